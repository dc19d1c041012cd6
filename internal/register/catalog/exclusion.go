package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Exclusion is a rule that the committee declares not applicable, with a
// reason (9.15.1).
var Exclusion = declare(register.Register{
	ID:     "exclusion",
	Label:  vigie.Text{FR: "Règles sans objet", EN: "Rules not applicable"},
	Serves: []vigie.RuleID{"9.15.1"},
	Fields: []register.Field{
		{Name: "rule", Kind: register.Text, Indexed: true, Required: true, Label: vigie.Text{FR: "Règle", EN: "Rule"}},
		{Name: "reason", Kind: register.Long, Required: true, Label: vigie.Text{FR: "Motif", EN: "Reason"}},
		{Name: "decided_by", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Décidé par", EN: "Decided by"}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Fin", EN: "End"}},
	},
})
