package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PolicyReview is a review of the policy by the committee (9.1.3, 9.1.5).
var PolicyReview = declare(register.Register{
	ID:     "policy_review",
	Label:  vigie.Text{FR: "Revues de la politique", EN: "Policy reviews"},
	Serves: []vigie.RuleID{"9.1.3", "9.1.5"},
	Fields: []register.Field{
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "edition", Kind: register.Ref, To: "policy_edition", Required: true, Label: vigie.Text{FR: "Édition", EN: "Edition"}},
		{Name: "reviewed_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Revue le", EN: "Reviewed on"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Validée par le comité le", EN: "Approved by the committee on"}},
		{Name: "minutes", Kind: register.Long, Label: vigie.Text{FR: "Compte rendu", EN: "Minutes"}},
	},
})
