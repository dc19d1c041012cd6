package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// IncidentNotice is a word given to a committee member about an incident (§
// 8).
var IncidentNotice = declare(register.Register{
	ID:     "incident_notice",
	Label:  vigie.Text{FR: "Notifications d’incident", EN: "Incident notices"},
	Serves: []vigie.RuleID{"8"},
	Fields: []register.Field{
		{Name: "incident", Kind: register.Ref, To: "incident", Required: true, Label: vigie.Text{FR: "Incident", EN: "Incident"}},
		{Name: "member", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Membre informé", EN: "Member told"}},
		{Name: "channel", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Moyen", EN: "Means"}, Options: []register.Option{
			{Value: "oral", Label: vigie.Text{FR: "De vive voix", EN: "By word of mouth"}},
			{Value: "phone", Label: vigie.Text{FR: "Par téléphone", EN: "By telephone"}},
			{Value: "portal", Label: vigie.Text{FR: "Portail", EN: "Portal"}},
			{Value: "email", Label: vigie.Text{FR: "Courriel", EN: "E-mail"}},
		}},
		{Name: "told_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Le", EN: "At"}},
	},
})
