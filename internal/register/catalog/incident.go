package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Incident is a security incident, from the first word of mouth to the lessons
// (§ 8, 9.13.1, 9.13.3, 9.13.4, 9.17.2).
var Incident = declare(register.Register{
	ID:     "incident",
	Label:  vigie.Text{FR: "Incidents", EN: "Incidents"},
	Serves: []vigie.RuleID{"8", "9.13.1", "9.13.3", "9.13.4", "9.17.2"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "detected_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Détecté le", EN: "Detected at"}},
		{Name: "encryption_failure", Kind: register.Bool, Label: vigie.Text{FR: "Défaillance du chiffrement", EN: "Encryption failure"}},
		{Name: "severity", Kind: register.Enum, Label: vigie.Text{FR: "Gravité", EN: "Severity"}, Options: []register.Option{
			{Value: "minor", Label: vigie.Text{FR: "Mineur", EN: "Minor"}},
			{Value: "major", Label: vigie.Text{FR: "Majeur", EN: "Major"}},
			{Value: "critical", Label: vigie.Text{FR: "Critique", EN: "Critical"}},
		}},
		{Name: "first_action_at", Kind: register.Time, Label: vigie.Text{FR: "Première mesure le", EN: "First action at"}},
		{Name: "contained_at", Kind: register.Time, Label: vigie.Text{FR: "Contenu le", EN: "Contained at"}},
		{Name: "crisis", Kind: register.Bool, Label: vigie.Text{FR: "Réunion de crise décidée", EN: "Crisis meeting decided"}},
		{Name: "crisis_decided_at", Kind: register.Time, Label: vigie.Text{FR: "Décision de crise le", EN: "Crisis decided at"}},
		{Name: "communication_plan", Kind: register.Long, Label: vigie.Text{FR: "Plan de communication", EN: "Communication plan"}},
		{Name: "remediation_plan", Kind: register.Long, Label: vigie.Text{FR: "Plan de remédiation", EN: "Remediation plan"}},
		{Name: "origin", Kind: register.Enum, Label: vigie.Text{FR: "Origine", EN: "Origin"}, Options: []register.Option{
			{Value: "internal", Label: vigie.Text{FR: "Interne", EN: "Internal"}},
			{Value: "external", Label: vigie.Text{FR: "Externe", EN: "External"}},
			{Value: "supplier", Label: vigie.Text{FR: "Fournisseur", EN: "Supplier"}},
			{Value: "unknown", Label: vigie.Text{FR: "Indéterminée", EN: "Undetermined"}},
		}},
		{Name: "cause", Kind: register.Long, Label: vigie.Text{FR: "Cause", EN: "Cause"}},
		{Name: "impact_d", Kind: register.Level, Label: vigie.Text{FR: "Impact D", EN: "Impact on D"}},
		{Name: "impact_i", Kind: register.Level, Label: vigie.Text{FR: "Impact I", EN: "Impact on I"}},
		{Name: "impact_c", Kind: register.Level, Label: vigie.Text{FR: "Impact C", EN: "Impact on C"}},
		{Name: "impact_t", Kind: register.Level, Label: vigie.Text{FR: "Impact T", EN: "Impact on T"}},
		{Name: "analysis", Kind: register.Long, Label: vigie.Text{FR: "Analyse", EN: "Analysis"}},
		{Name: "no_action_reason", Kind: register.Text, Label: vigie.Text{FR: "Pourquoi aucune action", EN: "Why no action"}},
		{Name: "closed_at", Kind: register.Time, Label: vigie.Text{FR: "Clos le", EN: "Closed at"}, Absent: vigie.Text{FR: "ouvert", EN: "open"}},
	},
})
