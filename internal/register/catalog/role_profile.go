package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RoleProfile is the set of rights that a position needs (9.11.5).
var RoleProfile = declare(register.Register{
	ID:     "role_profile",
	Label:  vigie.Text{FR: "Profils de droits", EN: "Role profiles"},
	Serves: []vigie.RuleID{"9.11.5"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
	},
})
