package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// CryptoKey is a key that the company holds (never its secret) (9.17.3,
// 9.17.4).
var CryptoKey = declare(register.Register{
	ID:     "crypto_key",
	Label:  vigie.Text{FR: "Clés", EN: "Keys"},
	Serves: []vigie.RuleID{"9.17.3", "9.17.4"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "signing", Label: vigie.Text{FR: "Signature", EN: "Signing"}},
			{Value: "encryption", Label: vigie.Text{FR: "Chiffrement", EN: "Encryption"}},
			{Value: "recovery", Label: vigie.Text{FR: "Recouvrement", EN: "Recovery"}},
			{Value: "tls", Label: vigie.Text{FR: "TLS", EN: "TLS"}},
			{Value: "ssh", Label: vigie.Text{FR: "SSH", EN: "SSH"}},
		}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien protégé", EN: "Protected asset"}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Owner"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Accès revus le", EN: "Access reviewed on"}},
		{Name: "disclosed_at", Kind: register.Time, Label: vigie.Text{FR: "Divulguée le", EN: "Disclosed at"}, Absent: vigie.Text{FR: "non divulguée", EN: "not disclosed"}},
		{Name: "revoked_at", Kind: register.Time, Label: vigie.Text{FR: "Révoquée le", EN: "Revoked at"}},
		{Name: "replaced_at", Kind: register.Time, Label: vigie.Text{FR: "Remplacée le", EN: "Replaced at"}},
		{Name: "incident", Kind: register.Ref, To: "incident", Label: vigie.Text{FR: "Incident ouvert", EN: "Incident opened"}},
	},
})
