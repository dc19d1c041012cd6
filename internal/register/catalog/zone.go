package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Zone is a part of the network behind a boundary (9.8.2, 9.8.5, 9.8.6).
var Zone = declare(register.Register{
	ID:     "zone",
	Label:  vigie.Text{FR: "Zones réseau", EN: "Network zones"},
	Serves: []vigie.RuleID{"9.8.2", "9.8.5", "9.8.6", "9.12.2"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "internet", Label: vigie.Text{FR: "Internet", EN: "Internet"}},
			{Value: "dmz", Label: vigie.Text{FR: "DMZ", EN: "DMZ"}},
			{Value: "users", Label: vigie.Text{FR: "Utilisateurs", EN: "Users"}},
			{Value: "servers", Label: vigie.Text{FR: "Serveurs", EN: "Servers"}},
			{Value: "admin", Label: vigie.Text{FR: "Administration", EN: "Administration"}},
			{Value: "test", Label: vigie.Text{FR: "Test", EN: "Test"}},
			{Value: "partner", Label: vigie.Text{FR: "Partenaire", EN: "Partner"}},
		}},
		{Name: "firewall", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Équipement qui garde la frontière", EN: "Device that guards the boundary"}},
		{Name: "web_filter", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Équipement qui filtre le web", EN: "Device that filters the web"}},
	},
})
