package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DirectoryGroup is a group of accounts in a directory (9.10.1).
var DirectoryGroup = declare(register.Register{
	ID:     "directory_group",
	Label:  vigie.Text{FR: "Groupes", EN: "Groups"},
	Serves: []vigie.RuleID{"9.10.1"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "directory", Kind: register.Ref, To: "directory", Required: true, Label: vigie.Text{FR: "Annuaire", EN: "Directory"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Ouvre l’accès à", EN: "Gives access to"}, Absent: vigie.Text{FR: "aucun bien", EN: "no asset"}},
		{Name: "level", Kind: register.Enum, Label: vigie.Text{FR: "Niveau", EN: "Level"}, Options: []register.Option{
			{Value: "read", Label: vigie.Text{FR: "Lecture", EN: "Read"}},
			{Value: "write", Label: vigie.Text{FR: "Lecture-écriture", EN: "Read-write"}},
			{Value: "admin", Label: vigie.Text{FR: "Administration", EN: "Administration"}},
		}},
	},
})
