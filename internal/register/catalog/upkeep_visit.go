package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// UpkeepVisit is a maintenance visit of a protection (9.5.4).
var UpkeepVisit = declare(register.Register{
	ID:     "upkeep_visit",
	Label:  vigie.Text{FR: "Entretiens", EN: "Upkeep visits"},
	Serves: []vigie.RuleID{"9.5.4"},
	Fields: []register.Field{
		{Name: "protection", Kind: register.Ref, To: "protection", Required: true, Label: vigie.Text{FR: "Protection", EN: "Protection"}},
		{Name: "visited_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "company", Kind: register.Ref, To: "third_party", Label: vigie.Text{FR: "Société", EN: "Company"}, Absent: vigie.Text{FR: "équipe interne", EN: "internal team"}},
		{Name: "performed_by", Kind: register.Text, Label: vigie.Text{FR: "Intervenant", EN: "Performed by"}},
		{Name: "report_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte du rapport", EN: "Report hash"}},
	},
})
