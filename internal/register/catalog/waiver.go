package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Waiver covers one finding of one record, approved, compensated, and ended (§
// 4, 9.7.5, 9.11.1, 9.11.6).
var Waiver = declare(register.Register{
	ID:     "waiver",
	Label:  vigie.Text{FR: "Dérogations", EN: "Waivers"},
	Serves: []vigie.RuleID{"4", "9.7.5", "9.11.1", "9.11.6"},
	Fields: []register.Field{
		{Name: "rule", Kind: register.Text, Indexed: true, Required: true, Label: vigie.Text{FR: "Règle", EN: "Rule"}},
		{Name: "register_id", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Registre", EN: "Register"}},
		{Name: "record_id", Kind: register.Text, Indexed: true, Required: true, Label: vigie.Text{FR: "Enregistrement", EN: "Record"}},
		{Name: "reason", Kind: register.Long, Required: true, Label: vigie.Text{FR: "Motif", EN: "Reason"}},
		{Name: "compensation", Kind: register.Long, Required: true, Label: vigie.Text{FR: "Mesure compensatoire", EN: "Compensating measure"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Approuvée par", EN: "Approved by"}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Fin", EN: "End"}},
	},
})
