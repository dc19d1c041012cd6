package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Inspection is a control of the application of the policy (9.15.1).
var Inspection = declare(register.Register{
	ID:     "inspection",
	Label:  vigie.Text{FR: "Contrôles", EN: "Inspections"},
	Serves: []vigie.RuleID{"9.15.1"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "unannounced", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Inopiné", EN: "Unannounced"}},
		{Name: "done_on", Kind: register.Date, Label: vigie.Text{FR: "Réalisé le", EN: "Done on"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien contrôlé", EN: "Inspected asset"}},
		{Name: "rule", Kind: register.Text, Label: vigie.Text{FR: "Règle contrôlée", EN: "Inspected rule"}},
		{Name: "result", Kind: register.Enum, Label: vigie.Text{FR: "Résultat", EN: "Result"}, Options: []register.Option{
			{Value: "conforming", Label: vigie.Text{FR: "Conforme", EN: "Conforming"}},
			{Value: "deviating", Label: vigie.Text{FR: "Non conforme", EN: "Deviating"}},
		}},
		{Name: "inspector", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Contrôleur", EN: "Inspector"}},
	},
})
