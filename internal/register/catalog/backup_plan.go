package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BackupPlan says how an asset is backed up (9.9.1, 9.9.2, 9.9.3).
var BackupPlan = declare(register.Register{
	ID:     "backup_plan",
	Label:  vigie.Text{FR: "Plans de sauvegarde", EN: "Backup plans"},
	Serves: []vigie.RuleID{"9.9.1", "9.9.2", "9.9.3"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "responsible", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Responsible"}},
		{Name: "frequency_hours", Kind: register.Integer, Label: vigie.Text{FR: "Fréquence (heures)", EN: "Frequency (hours)"}},
		{Name: "kind", Kind: register.Enum, Label: vigie.Text{FR: "Type", EN: "Type"}, Options: []register.Option{
			{Value: "full", Label: vigie.Text{FR: "Complète", EN: "Full"}},
			{Value: "incremental", Label: vigie.Text{FR: "Incrémentale", EN: "Incremental"}},
			{Value: "differential", Label: vigie.Text{FR: "Différentielle", EN: "Differential"}},
		}},
		{Name: "medium", Kind: register.Enum, Label: vigie.Text{FR: "Support", EN: "Medium"}, Options: []register.Option{
			{Value: "disk", Label: vigie.Text{FR: "Disque", EN: "Disk"}},
			{Value: "tape", Label: vigie.Text{FR: "Bande", EN: "Tape"}},
			{Value: "object", Label: vigie.Text{FR: "Objet", EN: "Object storage"}},
		}},
		{Name: "retention_days", Kind: register.Integer, Label: vigie.Text{FR: "Rétention (jours)", EN: "Retention (days)"}},
		{Name: "restore_test_days", Kind: register.Integer, Label: vigie.Text{FR: "Période des tests de restauration (jours)", EN: "Restore-test period (days)"}},
		{Name: "validated_on", Kind: register.Date, Label: vigie.Text{FR: "Validé le", EN: "Validated on"}},
		{Name: "validated_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Validé par", EN: "Validated by"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
		{Name: "reviewed_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Revu par", EN: "Reviewed by"}},
	},
})
