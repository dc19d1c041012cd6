package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PolicyVote is the vote of a committee member on an edition (9.1.1).
var PolicyVote = declare(register.Register{
	ID:     "policy_vote",
	Label:  vigie.Text{FR: "Votes", EN: "Votes"},
	Serves: []vigie.RuleID{"9.1.1"},
	Fields: []register.Field{
		{Name: "edition", Kind: register.Ref, To: "policy_edition", Required: true, Label: vigie.Text{FR: "Édition", EN: "Edition"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Membre", EN: "Member"}},
		{Name: "vote", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Vote", EN: "Vote"}, Options: []register.Option{
			{Value: "approve", Label: vigie.Text{FR: "Pour", EN: "For"}},
			{Value: "reject", Label: vigie.Text{FR: "Contre", EN: "Against"}},
			{Value: "abstain", Label: vigie.Text{FR: "Abstention", EN: "Abstention"}},
		}},
		{Name: "voted_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
	},
})
