package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ThirdParty is a company we work with (§ 4, 9.5.4, 9.16.5, 9.16.6).
var ThirdParty = declare(register.Register{
	ID:     "third_party",
	Label:  vigie.Text{FR: "Tiers", EN: "Third parties"},
	Serves: []vigie.RuleID{"4", "9.5.4", "9.16.5", "9.16.6"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "country", Kind: register.Country, Label: vigie.Text{FR: "Pays", EN: "Country"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "host", Label: vigie.Text{FR: "Hébergeur", EN: "Host"}},
			{Value: "processor", Label: vigie.Text{FR: "Sous-traitant (RGPD)", EN: "Processor"}},
			{Value: "maintenance", Label: vigie.Text{FR: "Maintenance", EN: "Maintenance"}},
			{Value: "supplier", Label: vigie.Text{FR: "Fournisseur", EN: "Supplier"}},
			{Value: "customer", Label: vigie.Text{FR: "Client", EN: "Customer"}},
			{Value: "partner", Label: vigie.Text{FR: "Partenaire", EN: "Partner"}},
		}},
		{Name: "qualified_until", Kind: register.Date, Label: vigie.Text{FR: "Qualification valable jusqu’au", EN: "Qualified until"}},
	},
})
