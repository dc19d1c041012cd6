package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Protocol is a network protocol and the decision taken on it (9.8.2, 9.17.5).
var Protocol = declare(register.Register{
	ID:     "protocol",
	Label:  vigie.Text{FR: "Protocoles", EN: "Protocols"},
	Serves: []vigie.RuleID{"9.8.2", "9.17.5"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "transport", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Transport", EN: "Transport"}, Options: []register.Option{
			{Value: "tcp", Label: vigie.Text{FR: "TCP", EN: "TCP"}},
			{Value: "udp", Label: vigie.Text{FR: "UDP", EN: "UDP"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "port", Kind: register.Integer, Label: vigie.Text{FR: "Port", EN: "Port"}},
		{Name: "status", Kind: register.Enum, Label: vigie.Text{FR: "Décision", EN: "Decision"}, Options: []register.Option{
			{Value: "allowed", Label: vigie.Text{FR: "Autorisé", EN: "Allowed"}},
			{Value: "forbidden", Label: vigie.Text{FR: "Interdit", EN: "Forbidden"}},
		}},
		{Name: "encrypted", Kind: register.Bool, Label: vigie.Text{FR: "Chiffré", EN: "Encrypted"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
	},
})
