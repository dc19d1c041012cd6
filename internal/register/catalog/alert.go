package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Alert is a dysfunction raised to the technical teams (9.7.1).
var Alert = declare(register.Register{
	ID:     "alert",
	Label:  vigie.Text{FR: "Alertes", EN: "Alerts"},
	Serves: []vigie.RuleID{"9.7.1"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "severity", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Gravité", EN: "Severity"}, Options: []register.Option{
			{Value: "info", Label: vigie.Text{FR: "Information", EN: "Information"}},
			{Value: "warning", Label: vigie.Text{FR: "Avertissement", EN: "Warning"}},
			{Value: "critical", Label: vigie.Text{FR: "Critique", EN: "Critical"}},
		}},
		{Name: "raised_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Levée le", EN: "Raised at"}},
		{Name: "delivered_at", Kind: register.Time, Label: vigie.Text{FR: "Remise aux équipes le", EN: "Delivered to the teams at"}},
		{Name: "taken_at", Kind: register.Time, Label: vigie.Text{FR: "Prise en charge le", EN: "Taken at"}},
		{Name: "taken_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Prise en charge par", EN: "Taken by"}},
		{Name: "closed_at", Kind: register.Time, Label: vigie.Text{FR: "Close le", EN: "Closed at"}, Absent: vigie.Text{FR: "toujours ouverte", EN: "still open"}},
	},
})
