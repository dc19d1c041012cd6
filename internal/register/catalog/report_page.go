package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ReportPage is an address where anyone on the internal network reports an
// incident without an account, as a probe last saw it (9.13.1).
var ReportPage = declare(register.Register{
	ID:     "report_page",
	Label:  vigie.Text{FR: "Pages de signalement", EN: "Report pages"},
	Serves: []vigie.RuleID{"9.13.1"},
	Fields: []register.Field{
		{Name: "url", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Adresse", EN: "Address"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "checked_at", Kind: register.Time, Label: vigie.Text{FR: "Essayée le", EN: "Tried at"}},
		{Name: "answers", Kind: register.Bool, Label: vigie.Text{FR: "Répond sur le réseau interne", EN: "Answers on the internal network"}},
		{Name: "asks_account", Kind: register.Bool, Label: vigie.Text{FR: "Demande un compte", EN: "Asks for an account"}},
	},
})
