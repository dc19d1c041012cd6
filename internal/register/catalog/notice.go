package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Notice is one of the three documents about personal data (9.16.6).
var Notice = declare(register.Register{
	ID:     "notice",
	Label:  vigie.Text{FR: "Documents RGPD", EN: "Personal-data notices"},
	Serves: []vigie.RuleID{"9.16.6"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "services", Label: vigie.Text{FR: "Services SaaS, professionnels et support", EN: "SaaS professional and support services"}},
			{Value: "staff", Label: vigie.Text{FR: "Information des collaborateurs", EN: "Staff notice"}},
			{Value: "processors", Label: vigie.Text{FR: "Exigences aux sous-traitants", EN: "Processor requirements"}},
		}},
		{Name: "in_force_on", Kind: register.Date, Label: vigie.Text{FR: "En vigueur le", EN: "In force on"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
		{Name: "ended_on", Kind: register.Date, Label: vigie.Text{FR: "Remplacé le", EN: "Replaced on"}, Absent: vigie.Text{FR: "en vigueur", EN: "in force"}},
	},
})
