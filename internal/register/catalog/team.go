package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Team is a service or team of an entity, with its manager (§ 7).
var Team = declare(register.Register{
	ID:     "team",
	Label:  vigie.Text{FR: "Services", EN: "Services"},
	Serves: []vigie.RuleID{"7"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "manager", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Manager"}},
	},
})
