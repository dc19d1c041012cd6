package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ObservedChange is a change seen on a machine by a collector (9.6.3, 9.12.1).
var ObservedChange = declare(register.Register{
	ID:     "observed_change",
	Label:  vigie.Text{FR: "Changements observés", EN: "Observed changes"},
	Serves: []vigie.RuleID{"9.6.3", "9.12.1"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Le", EN: "At"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "package", Label: vigie.Text{FR: "Paquet", EN: "Package"}},
			{Value: "service", Label: vigie.Text{FR: "Service", EN: "Service"}},
			{Value: "account", Label: vigie.Text{FR: "Compte", EN: "Account"}},
			{Value: "configuration", Label: vigie.Text{FR: "Configuration", EN: "Configuration"}},
			{Value: "operating_system", Label: vigie.Text{FR: "Système d’exploitation", EN: "Operating system"}},
			{Value: "hardware", Label: vigie.Text{FR: "Matériel", EN: "Hardware"}},
		}},
		{Name: "detail", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Détail", EN: "Detail"}},
	},
})
