package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BreachCase is a breach of the policy by a person (restricted: HR and
// committee) (9.3.2).
var BreachCase = declare(register.Register{
	ID:     "breach_case",
	Label:  vigie.Text{FR: "Manquements", EN: "Breach cases"},
	Serves: []vigie.RuleID{"9.3.2"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "opened_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Ouvert le", EN: "Opened on"}},
		{Name: "incident", Kind: register.Ref, To: "incident", Label: vigie.Text{FR: "Incident", EN: "Incident"}, Absent: vigie.Text{FR: "sans incident", EN: "no incident"}},
		{Name: "decided_on", Kind: register.Date, Label: vigie.Text{FR: "Décidé le", EN: "Decided on"}},
		{Name: "decision", Kind: register.Long, Label: vigie.Text{FR: "Décision", EN: "Decision"}},
	},
})
