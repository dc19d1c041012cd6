package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ObservedRight is a right that a system really gives (9.6.2, 9.10.1).
var ObservedRight = declare(register.Register{
	ID:     "observed_right",
	Label:  vigie.Text{FR: "Droits observés", EN: "Observed rights"},
	Serves: []vigie.RuleID{"9.6.2", "9.10.1"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "account", Kind: register.Ref, To: "account", Required: true, Label: vigie.Text{FR: "Compte", EN: "Account"}},
		{Name: "level", Kind: register.Enum, Label: vigie.Text{FR: "Niveau", EN: "Level"}, Options: []register.Option{
			{Value: "read", Label: vigie.Text{FR: "Lecture", EN: "Read"}},
			{Value: "write", Label: vigie.Text{FR: "Lecture-écriture", EN: "Read-write"}},
			{Value: "admin", Label: vigie.Text{FR: "Administration", EN: "Administration"}},
		}},
		{Name: "first_seen_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Vu la première fois", EN: "First seen"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
	},
})
