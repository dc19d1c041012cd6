package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Entity is a legal entity of the perimeter: the company or one of its
// subsidiaries (§ 4, § 7).
var Entity = declare(register.Register{
	ID:     "entity",
	Label:  vigie.Text{FR: "Entités", EN: "Legal entities"},
	Serves: []vigie.RuleID{"4", "7"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "country", Kind: register.Country, Required: true, Label: vigie.Text{FR: "Pays", EN: "Country"}},
		{Name: "head", Kind: register.Bool, Derive: head, Label: vigie.Text{FR: "Société mère", EN: "Head company"}},
		{Name: "parent", Kind: register.Ref, To: "entity", Label: vigie.Text{FR: "Filiale de", EN: "Subsidiary of"}, Absent: vigie.Text{FR: "société mère", EN: "head company"}},
	},
})
