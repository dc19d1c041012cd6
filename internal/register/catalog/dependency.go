package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Dependency says that an asset needs, hosts or holds another (§ 6, 9.2.4,
// 9.5.2, 9.5.5).
var Dependency = declare(register.Register{
	ID:     "dependency",
	Label:  vigie.Text{FR: "Dépendances", EN: "Dependencies"},
	Serves: []vigie.RuleID{"6", "9.2.4", "9.5.2", "9.5.5", "9.9.1", "9.12.1", "9.16.5"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "needs", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Dépend de", EN: "Needs"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "hosted_on", Label: vigie.Text{FR: "Hébergé sur", EN: "Hosted on"}},
			{Value: "uses", Label: vigie.Text{FR: "Utilise", EN: "Uses"}},
			{Value: "holds", Label: vigie.Text{FR: "Contient", EN: "Holds"}},
		}},
	},
})
