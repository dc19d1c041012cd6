package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Vetting is a verification or attestation about a person (9.3.6).
var Vetting = declare(register.Register{
	ID:     "vetting",
	Label:  vigie.Text{FR: "Vérifications", EN: "Vettings"},
	Serves: []vigie.RuleID{"9.3.6"},
	Fields: []register.Field{
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "verification", Label: vigie.Text{FR: "Vérification", EN: "Verification"}},
			{Value: "attestation", Label: vigie.Text{FR: "Attestation", EN: "Attestation"}},
		}},
		{Name: "done_on", Kind: register.Date, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "done_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Faite ou recueillie par", EN: "Done or collected by"}},
		{Name: "valid_until", Kind: register.Date, Label: vigie.Text{FR: "Valable jusqu’au", EN: "Valid until"}, Absent: vigie.Text{FR: "sans limite", EN: "no limit"}},
	},
})
