package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// MediaAuthorisation lets sensitive data be placed on a nomadic medium or
// public cloud (9.10.3).
var MediaAuthorisation = declare(register.Register{
	ID:     "media_authorisation",
	Label:  vigie.Text{FR: "Autorisations de support nomade", EN: "Media authorisations"},
	Serves: []vigie.RuleID{"9.10.3"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Données", EN: "Data"}},
		{Name: "medium", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Support", EN: "Medium"}, Options: []register.Option{
			{Value: "laptop", Label: vigie.Text{FR: "PC portable", EN: "Laptop"}},
			{Value: "usb", Label: vigie.Text{FR: "Clé USB", EN: "USB key"}},
			{Value: "phone", Label: vigie.Text{FR: "Téléphone", EN: "Phone"}},
			{Value: "public_cloud", Label: vigie.Text{FR: "Cloud public", EN: "Public cloud"}},
		}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Bénéficiaire", EN: "Beneficiary"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Autorisé par", EN: "Authorised by"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Autorisé le", EN: "Authorised on"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}},
	},
})
