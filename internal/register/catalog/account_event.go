package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// AccountEvent is the creation, change or closing of an account, seen in a
// directory (9.11.2).
var AccountEvent = declare(register.Register{
	ID:     "account_event",
	Label:  vigie.Text{FR: "Événements de compte", EN: "Account events"},
	Serves: []vigie.RuleID{"9.11.2"},
	Fields: []register.Field{
		{Name: "login", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Identifiant", EN: "Login"}},
		{Name: "directory", Kind: register.Ref, To: "directory", Required: true, Label: vigie.Text{FR: "Annuaire", EN: "Directory"}},
		{Name: "account", Kind: register.Ref, To: "account", Label: vigie.Text{FR: "Compte", EN: "Account"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "created", Label: vigie.Text{FR: "Création", EN: "Created"}},
			{Value: "changed", Label: vigie.Text{FR: "Modification", EN: "Changed"}},
			{Value: "closed", Label: vigie.Text{FR: "Clôture", EN: "Closed"}},
		}},
		{Name: "occurred_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Le", EN: "At"}},
		{Name: "request", Kind: register.Ref, To: "access_request", Label: vigie.Text{FR: "Demande", EN: "Request"}},
	},
})
