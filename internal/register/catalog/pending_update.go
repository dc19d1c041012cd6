package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PendingUpdate is a security update not yet applied on an asset (9.7.4).
var PendingUpdate = declare(register.Register{
	ID:     "pending_update",
	Label:  vigie.Text{FR: "Correctifs en attente", EN: "Pending updates"},
	Serves: []vigie.RuleID{"9.7.4"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "package", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Paquet", EN: "Package"}},
		{Name: "installed_version", Kind: register.Text, Label: vigie.Text{FR: "Version installée", EN: "Installed version"}},
		{Name: "candidate_version", Kind: register.Text, Label: vigie.Text{FR: "Version corrigée", EN: "Fixed version"}},
		{Name: "security", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Sécurité", EN: "Security"}},
		{Name: "severity", Kind: register.Enum, Label: vigie.Text{FR: "Gravité", EN: "Severity"}, Options: []register.Option{
			{Value: "critical", Label: vigie.Text{FR: "Critique", EN: "Critical"}},
			{Value: "important", Label: vigie.Text{FR: "Importante", EN: "Important"}},
			{Value: "moderate", Label: vigie.Text{FR: "Modérée", EN: "Moderate"}},
			{Value: "low", Label: vigie.Text{FR: "Faible", EN: "Low"}},
		}},
		{Name: "published_on", Kind: register.Date, Label: vigie.Text{FR: "Publié le", EN: "Published on"}, Absent: vigie.Text{FR: "inconnu : l’attente compte du premier constat", EN: "unknown: the wait counts from the first sighting"}},
		{Name: "first_seen_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "En attente depuis le", EN: "Pending since"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
		{Name: "cves", Kind: register.Long, Label: vigie.Text{FR: "Vulnérabilités (CVE)", EN: "Vulnerabilities (CVE)"}},
		{Name: "resolved_on", Kind: register.Date, Label: vigie.Text{FR: "Appliqué le", EN: "Applied on"}, Absent: vigie.Text{FR: "toujours en attente", EN: "still pending"}},
	},
})
