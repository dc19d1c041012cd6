package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RecoveryTest is a test of a recovery plan, with measured times (9.14.3).
var RecoveryTest = declare(register.Register{
	ID:     "recovery_test",
	Label:  vigie.Text{FR: "Tests de secours", EN: "Recovery tests"},
	Serves: []vigie.RuleID{"9.14.3"},
	Fields: []register.Field{
		{Name: "plan", Kind: register.Ref, To: "recovery_plan", Required: true, Label: vigie.Text{FR: "Plan", EN: "Plan"}},
		{Name: "tested_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "ok", Kind: register.Bool, Label: vigie.Text{FR: "Réussi", EN: "Successful"}},
		{Name: "measured_hours", Kind: register.Integer, Label: vigie.Text{FR: "Durée mesurée (heures)", EN: "Measured time (hours)"}},
		{Name: "measured_loss_hours", Kind: register.Integer, Label: vigie.Text{FR: "Perte mesurée (heures)", EN: "Measured loss (hours)"}},
	},
})
