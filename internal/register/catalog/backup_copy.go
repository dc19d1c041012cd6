package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BackupCopy is a place where copies of a plan are kept (9.9.2).
var BackupCopy = declare(register.Register{
	ID:     "backup_copy",
	Label:  vigie.Text{FR: "Copies hors site", EN: "Offsite copies"},
	Serves: []vigie.RuleID{"9.9.2"},
	Fields: []register.Field{
		{Name: "plan", Kind: register.Ref, To: "backup_plan", Required: true, Label: vigie.Text{FR: "Plan", EN: "Plan"}},
		{Name: "site", Kind: register.Ref, To: "site", Required: true, Label: vigie.Text{FR: "Site", EN: "Site"}},
		{Name: "room", Kind: register.Ref, To: "room", Label: vigie.Text{FR: "Local", EN: "Room"}, Absent: vigie.Text{FR: "le site seul décrit le lieu", EN: "the site alone describes the place"}},
		{Name: "secured", Kind: register.Bool, Label: vigie.Text{FR: "Local sécurisé", EN: "Secured place"}},
		{Name: "immutable", Kind: register.Bool, Label: vigie.Text{FR: "Hors ligne ou non modifiable", EN: "Offline or immutable"}},
		{Name: "last_copy_at", Kind: register.Time, Label: vigie.Text{FR: "Dernière copie", EN: "Last copy"}},
	},
})
