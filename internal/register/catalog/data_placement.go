package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DataPlacement is data kept on a nomadic medium or public cloud (9.10.3).
var DataPlacement = declare(register.Register{
	ID:     "data_placement",
	Label:  vigie.Text{FR: "Données sur support nomade", EN: "Data placements"},
	Serves: []vigie.RuleID{"9.10.3"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Données", EN: "Data"}},
		{Name: "medium", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Support", EN: "Medium"}, Options: []register.Option{
			{Value: "laptop", Label: vigie.Text{FR: "PC portable", EN: "Laptop"}},
			{Value: "usb", Label: vigie.Text{FR: "Clé USB", EN: "USB key"}},
			{Value: "phone", Label: vigie.Text{FR: "Téléphone", EN: "Phone"}},
			{Value: "public_cloud", Label: vigie.Text{FR: "Cloud public", EN: "Public cloud"}},
		}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Détenteur", EN: "Holder"}},
		{Name: "encrypted", Kind: register.Bool, Label: vigie.Text{FR: "Support chiffré", EN: "Encrypted medium"}},
		{Name: "placed_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Depuis le", EN: "Since"}},
		{Name: "removed_on", Kind: register.Date, Label: vigie.Text{FR: "Retirées le", EN: "Removed on"}, Absent: vigie.Text{FR: "toujours présentes", EN: "still there"}},
	},
})
