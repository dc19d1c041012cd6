package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Reexamination is the decision taken about the policy after a change (9.1.4).
var Reexamination = declare(register.Register{
	ID:     "reexamination",
	Label:  vigie.Text{FR: "Réexamens", EN: "Re-examinations"},
	Serves: []vigie.RuleID{"9.1.4"},
	Fields: []register.Field{
		{Name: "change", Kind: register.Ref, To: "change", Label: vigie.Text{FR: "Changement technique", EN: "Technical change"}, Absent: vigie.Text{FR: "sans objet", EN: "not relevant"}},
		{Name: "organisation_change", Kind: register.Ref, To: "organisation_change", Label: vigie.Text{FR: "Changement d’organisation", EN: "Organisation change"}, Absent: vigie.Text{FR: "sans objet", EN: "not relevant"}},
		{Name: "decided_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Décidé le", EN: "Decided on"}},
		{Name: "decision", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Décision", EN: "Decision"}, Options: []register.Option{
			{Value: "no_change", Label: vigie.Text{FR: "Politique inchangée", EN: "Policy unchanged"}},
			{Value: "new_edition", Label: vigie.Text{FR: "Nouvelle édition", EN: "New edition"}},
		}},
	},
})
