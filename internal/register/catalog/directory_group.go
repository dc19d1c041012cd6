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
	},
})
