package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// OrganisationChange is a change of activity or organisation (9.1.4).
var OrganisationChange = declare(register.Register{
	ID:     "organisation_change",
	Label:  vigie.Text{FR: "Changements d’organisation", EN: "Organisation changes"},
	Serves: []vigie.RuleID{"9.1.4"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "occurred_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Date", EN: "Date"}},
	},
})
