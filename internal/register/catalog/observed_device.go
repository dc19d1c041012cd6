package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ObservedDevice is a device seen by a machine, in the inventory or not
// (9.2.1).
var ObservedDevice = declare(register.Register{
	ID:     "observed_device",
	Label:  vigie.Text{FR: "Appareils observés", EN: "Observed devices"},
	Serves: []vigie.RuleID{"9.2.1"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "address", Kind: register.Text, Label: vigie.Text{FR: "Adresse", EN: "Address"}},
		{Name: "origin", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Vu par", EN: "Seen by"}, Options: []register.Option{
			{Value: "network", Label: vigie.Text{FR: "Réseau", EN: "Network"}},
			{Value: "directory", Label: vigie.Text{FR: "Annuaire", EN: "Directory"}},
			{Value: "agent", Label: vigie.Text{FR: "Agent", EN: "Agent"}},
		}},
		{Name: "entity", Kind: register.Ref, To: "entity", Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "first_seen_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Vu la première fois", EN: "First seen"}},
		{Name: "last_seen_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Vu la dernière fois", EN: "Last seen"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "dismissed_reason", Kind: register.Text, Label: vigie.Text{FR: "Écarté parce que", EN: "Dismissed because"}},
	},
})
