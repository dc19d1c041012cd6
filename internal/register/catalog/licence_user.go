package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// LicenceUser is a person entitled to use a licensed product (9.15.4).
var LicenceUser = declare(register.Register{
	ID:     "licence_user",
	Label:  vigie.Text{FR: "Utilisateurs habilités", EN: "Entitled users"},
	Serves: []vigie.RuleID{"9.15.4"},
	Fields: []register.Field{
		{Name: "software", Kind: register.Ref, To: "software", Required: true, Label: vigie.Text{FR: "Logiciel", EN: "Software"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
	},
})
