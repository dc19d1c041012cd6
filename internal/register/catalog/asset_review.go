package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// AssetReview is the owner's review of classification and access rights
// (9.2.5).
var AssetReview = declare(register.Register{
	ID:     "asset_review",
	Label:  vigie.Text{FR: "Revues des biens", EN: "Asset reviews"},
	Serves: []vigie.RuleID{"9.2.5"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "reviewer", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Revu par", EN: "Reviewed by"}},
		{Name: "reviewed_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
		{Name: "classification_confirmed", Kind: register.Bool, Label: vigie.Text{FR: "Classification confirmée", EN: "Classification confirmed"}, Absent: vigie.Text{FR: "non examinée", EN: "not looked at"}},
		{Name: "rights_approved", Kind: register.Bool, Label: vigie.Text{FR: "Droits approuvés", EN: "Rights approved"}, Absent: vigie.Text{FR: "non examinés", EN: "not looked at"}},
	},
})
