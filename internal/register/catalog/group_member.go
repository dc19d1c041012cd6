package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// GroupMember is an account in a group (9.10.1).
var GroupMember = declare(register.Register{
	ID:     "group_member",
	Label:  vigie.Text{FR: "Membres des groupes", EN: "Group members"},
	Serves: []vigie.RuleID{"9.10.1"},
	Fields: []register.Field{
		{Name: "directory_group", Kind: register.Ref, To: "directory_group", Required: true, Label: vigie.Text{FR: "Groupe", EN: "Group"}},
		{Name: "account", Kind: register.Ref, To: "account", Required: true, Label: vigie.Text{FR: "Compte", EN: "Account"}},
		{Name: "first_seen_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Vu la première fois", EN: "First seen"}},
	},
})
