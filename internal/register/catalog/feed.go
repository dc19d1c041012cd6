package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Feed is a source of vulnerability or end-of-life data (9.13.2).
var Feed = declare(register.Register{
	ID:     "feed",
	Label:  vigie.Text{FR: "Sources de veille", EN: "Watch feeds"},
	Serves: []vigie.RuleID{"9.13.2"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "vulnerability", Label: vigie.Text{FR: "Vulnérabilités", EN: "Vulnerabilities"}},
			{Value: "exploited", Label: vigie.Text{FR: "Vulnérabilités exploitées", EN: "Exploited vulnerabilities"}},
			{Value: "end_of_life", Label: vigie.Text{FR: "Fins de support", EN: "End of life"}},
			{Value: "likelihood", Label: vigie.Text{FR: "Probabilité d’exploitation", EN: "Exploit likelihood"}},
		}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "refreshed_at", Kind: register.Time, Label: vigie.Text{FR: "Actualisée le", EN: "Refreshed at"}},
	},
})
