package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ReviewGap is a gap found by a review of the policy (9.1.5).
var ReviewGap = declare(register.Register{
	ID:     "review_gap",
	Label:  vigie.Text{FR: "Écarts de revue", EN: "Review gaps"},
	Serves: []vigie.RuleID{"9.1.5"},
	Fields: []register.Field{
		{Name: "review", Kind: register.Ref, To: "policy_review", Required: true, Label: vigie.Text{FR: "Revue", EN: "Review"}},
		{Name: "rule", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Règle", EN: "Rule"}},
		{Name: "description", Kind: register.Long, Required: true, Label: vigie.Text{FR: "Description", EN: "Description"}},
		{Name: "found_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Constaté le", EN: "Found on"}},
	},
})
