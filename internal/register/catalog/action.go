package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Action is a line of the action plan (9.1.5, 9.12.1, 9.13.4,
// 9.14.5).
var Action = declare(register.Register{
	ID:     "action",
	Label:  vigie.Text{FR: "Plan d’action", EN: "Actions"},
	Serves: []vigie.RuleID{"9.1.5", "9.12.1", "9.13.4", "9.14.5"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Owner"}},
		{Name: "due_on", Kind: register.Date, Label: vigie.Text{FR: "Échéance", EN: "Due"}},
		{Name: "done_on", Kind: register.Date, Label: vigie.Text{FR: "Réalisée le", EN: "Done on"}},
		{Name: "progress", Kind: register.Integer, Label: vigie.Text{FR: "Avancement (%)", EN: "Progress (%)"}},
		{Name: "rule", Kind: register.Text, Label: vigie.Text{FR: "Règle", EN: "Rule"}},
		{Name: "gap", Kind: register.Ref, To: "review_gap", Label: vigie.Text{FR: "Écart de revue", EN: "Review gap"}, Absent: vigie.Text{FR: "autre origine", EN: "other origin"}},
		{Name: "incident", Kind: register.Ref, To: "incident", Label: vigie.Text{FR: "Incident", EN: "Incident"}, Absent: vigie.Text{FR: "autre origine", EN: "other origin"}},
		{Name: "exercise", Kind: register.Ref, To: "exercise", Label: vigie.Text{FR: "Exercice", EN: "Exercise"}, Absent: vigie.Text{FR: "autre origine", EN: "other origin"}},
		{Name: "inspection", Kind: register.Ref, To: "inspection", Label: vigie.Text{FR: "Contrôle", EN: "Inspection"}, Absent: vigie.Text{FR: "autre origine", EN: "other origin"}},
		{Name: "audit", Kind: register.Ref, To: "audit", Label: vigie.Text{FR: "Audit", EN: "Audit"}, Absent: vigie.Text{FR: "autre origine", EN: "other origin"}},
	},
})
