package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Room is a place in a site, with the protections it has (9.4.1, 9.4.3, 9.5.1,
// 9.5.2, 9.5.3).
var Room = declare(register.Register{
	ID:     "room",
	Label:  vigie.Text{FR: "Locaux", EN: "Rooms"},
	Serves: []vigie.RuleID{"9.4.1", "9.4.3", "9.5.1", "9.5.2", "9.5.3"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "site", Kind: register.Ref, To: "site", Required: true, Label: vigie.Text{FR: "Site", EN: "Site"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "office", Label: vigie.Text{FR: "Bureau", EN: "Office"}},
			{Value: "server_room", Label: vigie.Text{FR: "Salle serveurs", EN: "Server room"}},
			{Value: "technical", Label: vigie.Text{FR: "Local technique", EN: "Technical room"}},
			{Value: "archive", Label: vigie.Text{FR: "Archives", EN: "Archive"}},
			{Value: "storage", Label: vigie.Text{FR: "Stockage", EN: "Storage"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "secured", Kind: register.Bool, Label: vigie.Text{FR: "Local sûr", EN: "Secured"}},
		{Name: "theft_protection", Kind: register.Bool, Label: vigie.Text{FR: "Protection contre le vol", EN: "Theft protection"}},
		{Name: "fire_protection", Kind: register.Bool, Label: vigie.Text{FR: "Protection incendie", EN: "Fire protection"}},
		{Name: "humidity_protection", Kind: register.Bool, Label: vigie.Text{FR: "Protection contre l’humidité", EN: "Humidity protection"}},
		{Name: "flood_protection", Kind: register.Bool, Label: vigie.Text{FR: "Protection contre l’inondation", EN: "Flood protection"}},
		{Name: "cooling", Kind: register.Bool, Label: vigie.Text{FR: "Climatisation", EN: "Cooling"}},
		{Name: "backup_power", Kind: register.Bool, Label: vigie.Text{FR: "Secours électrique", EN: "Backup power"}},
		{Name: "inspected_on", Kind: register.Date, Label: vigie.Text{FR: "Inspecté le", EN: "Inspected on"}},
	},
})
