package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Change is a planned change of the information system (9.1.4, 9.6.4,
// 9.12.1).
var Change = declare(register.Register{
	ID:     "change",
	Label:  vigie.Text{FR: "Changements majeurs et mineurs", EN: "Changes"},
	Serves: []vigie.RuleID{"9.1.4", "9.6.4", "9.12.1"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien principal", EN: "Main asset"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "opening", Label: vigie.Text{FR: "Ouverture vers l’extérieur", EN: "Opening to the outside"}},
			{Value: "architecture", Label: vigie.Text{FR: "Architecture", EN: "Architecture"}},
			{Value: "critical_application", Label: vigie.Text{FR: "Application critique", EN: "Critical application"}},
			{Value: "operating_system", Label: vigie.Text{FR: "Système d’exploitation", EN: "Operating system"}},
			{Value: "hardware", Label: vigie.Text{FR: "Matériel", EN: "Hardware"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "major", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Majeur", EN: "Major"}},
		{Name: "requested_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Demandeur", EN: "Requester"}},
		{Name: "planned_on", Kind: register.Date, Label: vigie.Text{FR: "Prévu le", EN: "Planned on"}},
		{Name: "risk_analysis", Kind: register.Ref, To: "risk_analysis", Label: vigie.Text{FR: "Analyse de risques", EN: "Risk analysis"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Approuvé par", EN: "Approved by"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
		{Name: "carried_out_on", Kind: register.Date, Label: vigie.Text{FR: "Réalisé le", EN: "Carried out on"}, Absent: vigie.Text{FR: "pas encore réalisé", EN: "not carried out yet"}},
	},
})
