package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PolicyParameter is a value that the committee set in place of the default
// (9.1.3).
var PolicyParameter = declare(register.Register{
	ID:     "policy_parameter",
	Label:  vigie.Text{FR: "Paramètres de la politique", EN: "Policy parameters"},
	Serves: []vigie.RuleID{"9.1.3"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Paramètre", EN: "Parameter"}},
		{Name: "value", Kind: register.Integer, Required: true, Label: vigie.Text{FR: "Valeur", EN: "Value"}},
		{Name: "reason", Kind: register.Long, Required: true, Label: vigie.Text{FR: "Motif", EN: "Reason"}},
		{Name: "decided_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Décidé par", EN: "Decided by"}, Absent: vigie.Text{FR: "commande d’administration", EN: "administration command"}},
		{Name: "decided_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Décidé le", EN: "Decided on"}},
	},
})
