package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ProcessingAsset links a processing activity to an asset that carries it
// (9.16.1).
var ProcessingAsset = declare(register.Register{
	ID:     "processing_asset",
	Label:  vigie.Text{FR: "Biens des traitements", EN: "Processing assets"},
	Serves: []vigie.RuleID{"9.16.1"},
	Fields: []register.Field{
		{Name: "processing", Kind: register.Ref, To: "processing", Required: true, Label: vigie.Text{FR: "Traitement", EN: "Processing"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
	},
})
