package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Visit is the presence of a visitor on a site (9.4.2).
var Visit = declare(register.Register{
	ID:     "visit",
	Label:  vigie.Text{FR: "Visites", EN: "Visits"},
	Serves: []vigie.RuleID{"9.4.2"},
	Fields: []register.Field{
		{Name: "visitor", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Visiteur", EN: "Visitor"}},
		{Name: "company", Kind: register.Text, Label: vigie.Text{FR: "Société", EN: "Company"}},
		{Name: "site", Kind: register.Ref, To: "site", Required: true, Label: vigie.Text{FR: "Site", EN: "Site"}},
		{Name: "host", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Hôte", EN: "Host"}},
		{Name: "escort", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Accompagnateur", EN: "Escort"}},
		{Name: "arrived_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Arrivée", EN: "Arrival"}},
		{Name: "left_at", Kind: register.Time, Label: vigie.Text{FR: "Départ", EN: "Departure"}},
	},
})
