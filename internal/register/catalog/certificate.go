package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Certificate is a certificate that an endpoint presents (9.17.6, 9.17.8).
var Certificate = declare(register.Register{
	ID:     "certificate",
	Label:  vigie.Text{FR: "Certificats", EN: "Certificates"},
	Serves: []vigie.RuleID{"9.17.6", "9.17.8"},
	Fields: []register.Field{
		{Name: "subject", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Sujet", EN: "Subject"}},
		{Name: "issuer", Kind: register.Text, Label: vigie.Text{FR: "Émetteur", EN: "Issuer"}},
		{Name: "public_authority", Kind: register.Bool, Label: vigie.Text{FR: "Autorité publique reconnue", EN: "Recognised public authority"}},
		{Name: "name_matches", Kind: register.Bool, Label: vigie.Text{FR: "Nom conforme", EN: "Name matches"}},
		{Name: "valid_from", Kind: register.Date, Label: vigie.Text{FR: "Valable du", EN: "Valid from"}},
		{Name: "valid_to", Kind: register.Date, Label: vigie.Text{FR: "Valable jusqu’au", EN: "Valid to"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
	},
})
