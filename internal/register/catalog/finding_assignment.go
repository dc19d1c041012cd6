package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// FindingAssignment is to whom somebody gave the findings of a rule on a record,
// in place of who would act by the rule (§ 4). It outlives a finding that closes
// and opens again.
var FindingAssignment = declare(register.Register{
	ID:      "finding_assignment",
	Label:   vigie.Text{FR: "Écarts attribués", EN: "Assigned findings"},
	Serves:  []vigie.RuleID{"4"},
	Indexes: []string{"record_id, register_id, rule"},
	Fields: []register.Field{
		{Name: "rule", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Règle", EN: "Rule"}},
		{Name: "register_id", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Registre", EN: "Register"}},
		{Name: "record_id", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Enregistrement", EN: "Record"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "assigned_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Attribué le", EN: "Assigned on"}},
		{Name: "note", Kind: register.Long, Label: vigie.Text{FR: "Consigne", EN: "Instruction"}},
	},
})
