package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// AccessRule is what the owner of an asset allows to a group of people
// (9.10.1).
var AccessRule = declare(register.Register{
	ID:     "access_rule",
	Label:  vigie.Text{FR: "Droits définis par les propriétaires", EN: "Rights defined by owners"},
	Serves: []vigie.RuleID{"9.10.1"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "audience", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Groupe", EN: "Group"}},
		{Name: "level", Kind: register.Enum, Label: vigie.Text{FR: "Niveau", EN: "Level"}, Options: []register.Option{
			{Value: "read", Label: vigie.Text{FR: "Lecture", EN: "Read"}},
			{Value: "write", Label: vigie.Text{FR: "Lecture-écriture", EN: "Read-write"}},
		}},
		{Name: "defined_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Défini par", EN: "Defined by"}},
		{Name: "defined_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
	},
})
