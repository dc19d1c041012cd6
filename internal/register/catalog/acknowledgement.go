package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Acknowledgement records that a person read an edition or a communication
// (9.1.1, 9.3.3, 9.10.2, 9.13.1).
var Acknowledgement = declare(register.Register{
	ID:     "acknowledgement",
	Label:  vigie.Text{FR: "Accusés de lecture", EN: "Acknowledgements"},
	Serves: []vigie.RuleID{"9.1.1", "9.3.3", "9.10.2", "9.13.1"},
	Fields: []register.Field{
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "edition", Kind: register.Ref, To: "policy_edition", Label: vigie.Text{FR: "Édition de la politique", EN: "Policy edition"}, Absent: vigie.Text{FR: "autre texte", EN: "another text"}},
		{Name: "communication", Kind: register.Ref, To: "communication", Label: vigie.Text{FR: "Communication", EN: "Communication"}, Absent: vigie.Text{FR: "autre texte", EN: "another text"}},
		{Name: "acknowledged_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "content_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte", EN: "Content hash"}},
	},
})
