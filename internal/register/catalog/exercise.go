package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Exercise is a yearly exercise of a continuity plan (9.14.5).
var Exercise = declare(register.Register{
	ID:     "exercise",
	Label:  vigie.Text{FR: "Exercices de continuité", EN: "Continuity exercises"},
	Serves: []vigie.RuleID{"9.14.5"},
	Fields: []register.Field{
		{Name: "plan", Kind: register.Ref, To: "continuity_plan", Required: true, Label: vigie.Text{FR: "Plan", EN: "Plan"}},
		{Name: "planned_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Prévu le", EN: "Planned on"}},
		{Name: "done_on", Kind: register.Date, Label: vigie.Text{FR: "Réalisé le", EN: "Done on"}},
		{Name: "report", Kind: register.Long, Label: vigie.Text{FR: "Compte rendu", EN: "Report"}},
		{Name: "lessons", Kind: register.Long, Label: vigie.Text{FR: "Enseignements", EN: "Lessons"}},
	},
})
