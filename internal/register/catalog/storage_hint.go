package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// StorageHint is a USB or cloud client seen in use: to confirm, not a verdict
// (9.9.4, 9.10.3).
var StorageHint = declare(register.Register{
	ID:     "storage_hint",
	Label:  vigie.Text{FR: "Indices de stockage externe", EN: "External storage hints"},
	Serves: []vigie.RuleID{"9.9.4", "9.10.3"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Machine", EN: "Machine"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "usb", Label: vigie.Text{FR: "USB", EN: "USB"}},
			{Value: "public_cloud", Label: vigie.Text{FR: "Cloud public", EN: "Public cloud"}},
		}},
		{Name: "seen_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Vu le", EN: "Seen at"}},
		{Name: "outcome", Kind: register.Enum, Label: vigie.Text{FR: "Suite donnée", EN: "Outcome"}, Options: []register.Option{
			{Value: "backup", Label: vigie.Text{FR: "Sauvegarde confirmée", EN: "Confirmed backup"}},
			{Value: "storage", Label: vigie.Text{FR: "Stockage confirmé", EN: "Confirmed storage"}},
			{Value: "dismissed", Label: vigie.Text{FR: "Écarté", EN: "Dismissed"}},
		}},
		{Name: "placement", Kind: register.Ref, To: "data_placement", Label: vigie.Text{FR: "Données placées", EN: "Data placed"}},
		{Name: "ended_on", Kind: register.Date, Label: vigie.Text{FR: "Usage terminé le", EN: "Use ended on"}, Absent: vigie.Text{FR: "usage en cours", EN: "still in use"}},
	},
})
