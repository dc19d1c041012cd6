package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Software is a product known to the company, with the decision taken on it
// (9.2.2, 9.15.3, 9.15.4).
var Software = declare(register.Register{
	ID:     "software",
	Label:  vigie.Text{FR: "Catalogue logiciel", EN: "Software catalogue"},
	Serves: []vigie.RuleID{"9.2.2", "9.15.3", "9.15.4"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "publisher", Kind: register.Text, Label: vigie.Text{FR: "Éditeur", EN: "Publisher"}},
		{Name: "status", Kind: register.Enum, Label: vigie.Text{FR: "Décision", EN: "Decision"}, Options: []register.Option{
			{Value: "approved", Label: vigie.Text{FR: "Autorisé", EN: "Approved"}},
			{Value: "study", Label: vigie.Text{FR: "À étudier", EN: "Under study"}},
			{Value: "banned", Label: vigie.Text{FR: "Interdit", EN: "Banned"}},
		}},
		{Name: "paid", Kind: register.Bool, Label: vigie.Text{FR: "Payant", EN: "Paid"}},
		{Name: "major_vulnerability", Kind: register.Bool, Label: vigie.Text{FR: "Vulnérabilité majeure", EN: "Major vulnerability"}},
	},
})
