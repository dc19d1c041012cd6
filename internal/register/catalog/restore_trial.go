package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RestoreTest is a restoration really tried (9.9.1, 9.14.3).
var RestoreTest = declare(register.Register{
	ID:     "restore_test",
	Label:  vigie.Text{FR: "Tests de restauration", EN: "Restore tests"},
	Serves: []vigie.RuleID{"9.9.1", "9.14.3"},
	Fields: []register.Field{
		{Name: "plan", Kind: register.Ref, To: "backup_plan", Required: true, Label: vigie.Text{FR: "Plan", EN: "Plan"}},
		{Name: "tested_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "ok", Kind: register.Bool, Label: vigie.Text{FR: "Réussi", EN: "Successful"}},
		{Name: "measured_hours", Kind: register.Integer, Label: vigie.Text{FR: "Durée mesurée (heures)", EN: "Measured time (hours)"}},
	},
})
