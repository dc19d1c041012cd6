package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RecoveryPlan says how an asset is brought back (9.14.2, 9.14.3).
var RecoveryPlan = declare(register.Register{
	ID:     "recovery_plan",
	Label:  vigie.Text{FR: "Plans de secours", EN: "Recovery plans"},
	Serves: []vigie.RuleID{"9.14.2", "9.14.3"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "team", Kind: register.Ref, To: "team", Label: vigie.Text{FR: "Équipe", EN: "Team"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
		{Name: "steps", Kind: register.Long, Label: vigie.Text{FR: "Étapes", EN: "Steps"}},
		{Name: "ended_on", Kind: register.Date, Label: vigie.Text{FR: "Retiré le", EN: "Withdrawn on"}, Absent: vigie.Text{FR: "en vigueur", EN: "in force"}},
	},
})
