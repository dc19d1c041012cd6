package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// AccessGrant is a right of a person on an asset, as approved (9.3.4, 9.3.6,
// 9.10.1, 9.11.5).
var AccessGrant = declare(register.Register{
	ID:     "access_grant",
	Label:  vigie.Text{FR: "Droits d’accès", EN: "Access grants"},
	Serves: []vigie.RuleID{"9.3.4", "9.3.6", "9.10.1", "9.11.5"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "level", Kind: register.Enum, Label: vigie.Text{FR: "Niveau", EN: "Level"}, Options: []register.Option{
			{Value: "read", Label: vigie.Text{FR: "Lecture", EN: "Read"}},
			{Value: "write", Label: vigie.Text{FR: "Lecture-écriture", EN: "Read-write"}},
			{Value: "admin", Label: vigie.Text{FR: "Administration", EN: "Administration"}},
		}},
		{Name: "granted_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Accordé le", EN: "Granted on"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Approuvé par", EN: "Approved by"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin prévue", EN: "Planned end"}, Absent: vigie.Text{FR: "sans terme", EN: "open-ended"}},
		{Name: "revoked_on", Kind: register.Date, Label: vigie.Text{FR: "Retiré le", EN: "Revoked on"}, Absent: vigie.Text{FR: "en vigueur", EN: "in force"}},
	},
})
