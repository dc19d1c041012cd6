package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BlockList is a list of forbidden sites (9.8.6).
var BlockList = declare(register.Register{
	ID:     "block_list",
	Label:  vigie.Text{FR: "Listes de sites interdits", EN: "Block lists"},
	Serves: []vigie.RuleID{"9.8.6"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "updated_on", Kind: register.Date, Label: vigie.Text{FR: "Mise à jour le", EN: "Updated on"}},
		{Name: "entries", Kind: register.Integer, Label: vigie.Text{FR: "Entrées", EN: "Entries"}},
	},
})
