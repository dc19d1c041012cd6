package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BackupRun is one run of a backup plan (9.9.1).
var BackupRun = declare(register.Register{
	ID:     "backup_run",
	Label:  vigie.Text{FR: "Exécutions de sauvegarde", EN: "Backup runs"},
	Serves: []vigie.RuleID{"9.9.1"},
	Fields: []register.Field{
		{Name: "plan", Kind: register.Ref, To: "backup_plan", Required: true, Label: vigie.Text{FR: "Plan", EN: "Plan"}},
		{Name: "finished_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Terminée le", EN: "Finished at"}},
		{Name: "ok", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Réussie", EN: "Successful"}},
		{Name: "size_bytes", Kind: register.Integer, Label: vigie.Text{FR: "Taille (octets)", EN: "Size (bytes)"}},
		{Name: "oldest_kept_on", Kind: register.Date, Label: vigie.Text{FR: "Plus ancienne copie conservée", EN: "Oldest kept copy"}},
	},
})
