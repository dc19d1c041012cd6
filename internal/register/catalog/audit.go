package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Audit is a vulnerability audit of an asset (9.12.1).
var Audit = declare(register.Register{
	ID:     "audit",
	Label:  vigie.Text{FR: "Audits de vulnérabilités", EN: "Vulnerability audits"},
	Serves: []vigie.RuleID{"9.12.1"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "reason", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Déclencheur", EN: "Trigger"}, Options: []register.Option{
			{Value: "go_live", Label: vigie.Text{FR: "Mise en place", EN: "Go-live"}},
			{Value: "periodic", Label: vigie.Text{FR: "Périodique", EN: "Periodic"}},
			{Value: "major_change", Label: vigie.Text{FR: "Évolution majeure", EN: "Major change"}},
			{Value: "major_vulnerability", Label: vigie.Text{FR: "Vulnérabilité majeure", EN: "Major vulnerability"}},
		}},
		{Name: "done_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "auditor", Kind: register.Text, Label: vigie.Text{FR: "Auditeur", EN: "Auditor"}},
		{Name: "findings_count", Kind: register.Integer, Label: vigie.Text{FR: "Nombre de constats", EN: "Number of findings"}},
		{Name: "report_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte du rapport", EN: "Report hash"}},
	},
})
