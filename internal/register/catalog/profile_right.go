package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ProfileRight is one right of a role profile (9.11.5).
var ProfileRight = declare(register.Register{
	ID:     "profile_right",
	Label:  vigie.Text{FR: "Droits des profils", EN: "Profile rights"},
	Serves: []vigie.RuleID{"9.11.5"},
	Fields: []register.Field{
		{Name: "profile", Kind: register.Ref, To: "role_profile", Required: true, Label: vigie.Text{FR: "Profil", EN: "Profile"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "level", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Niveau", EN: "Level"}, Options: []register.Option{
			{Value: "read", Label: vigie.Text{FR: "Lecture", EN: "Read"}},
			{Value: "write", Label: vigie.Text{FR: "Lecture-écriture", EN: "Read-write"}},
			{Value: "admin", Label: vigie.Text{FR: "Administration", EN: "Administration"}},
		}},
	},
})
