package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// AccessRequest asks for an account or a right (9.10.1, 9.11.2).
var AccessRequest = declare(register.Register{
	ID:     "access_request",
	Label:  vigie.Text{FR: "Demandes d’accès", EN: "Access requests"},
	Serves: []vigie.RuleID{"9.10.1", "9.11.2"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Objet", EN: "Subject"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Pour", EN: "For"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien", EN: "Asset"}, Absent: vigie.Text{FR: "compte seul", EN: "account only"}},
		{Name: "requested_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Demandé le", EN: "Requested on"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Approuvé par", EN: "Approved by"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
	},
})
