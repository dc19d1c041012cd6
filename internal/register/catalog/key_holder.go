package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// KeyHolder is a person who can reach a key, with the mission that needs it
// (9.17.3).
var KeyHolder = declare(register.Register{
	ID:     "key_holder",
	Label:  vigie.Text{FR: "Accès aux clés", EN: "Key holders"},
	Serves: []vigie.RuleID{"9.17.3"},
	Fields: []register.Field{
		{Name: "crypto_key", Kind: register.Ref, To: "crypto_key", Required: true, Label: vigie.Text{FR: "Clé", EN: "Key"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "mission", Kind: register.Text, Label: vigie.Text{FR: "Mission", EN: "Mission"}},
		{Name: "authorised_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Habilité par", EN: "Authorised by"}},
		{Name: "authorised_on", Kind: register.Date, Label: vigie.Text{FR: "Habilité le", EN: "Authorised on"}},
		{Name: "mission_ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin de mission", EN: "Mission ends"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
		{Name: "revoked_on", Kind: register.Date, Label: vigie.Text{FR: "Retiré le", EN: "Revoked on"}, Absent: vigie.Text{FR: "en vigueur", EN: "in force"}},
	},
})
