package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DataCategory is a category of personal data of a processing activity
// (9.16.2, 9.16.3).
var DataCategory = declare(register.Register{
	ID:     "data_category",
	Label:  vigie.Text{FR: "Catégories de données", EN: "Data categories"},
	Serves: []vigie.RuleID{"9.16.2", "9.16.3"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Catégorie", EN: "Category"}},
		{Name: "processing", Kind: register.Ref, To: "processing", Required: true, Label: vigie.Text{FR: "Traitement", EN: "Processing"}},
		{Name: "need", Kind: register.Long, Label: vigie.Text{FR: "Nécessité", EN: "Need"}},
		{Name: "special", Kind: register.Bool, Label: vigie.Text{FR: "Catégorie particulière", EN: "Special category"}},
	},
})
