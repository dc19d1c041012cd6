package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Disposal is equipment discarded and the destruction of its storage (9.10.5).
var Disposal = declare(register.Register{
	ID:     "disposal",
	Label:  vigie.Text{FR: "Mises au rebut", EN: "Disposals"},
	Serves: []vigie.RuleID{"9.10.5"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Matériel", EN: "Equipment"}},
		{Name: "removed_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Retiré le", EN: "Removed on"}},
		{Name: "destroyed_on", Kind: register.Date, Label: vigie.Text{FR: "Détruit le", EN: "Destroyed on"}},
		{Name: "method", Kind: register.Text, Label: vigie.Text{FR: "Méthode", EN: "Method"}},
		{Name: "certificate_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte du certificat", EN: "Certificate hash"}},
	},
})
