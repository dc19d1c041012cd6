package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RoleAssignment gives a person a role of the policy (§ 7).
var RoleAssignment = declare(register.Register{
	ID:     "role_assignment",
	Label:  vigie.Text{FR: "Rôles", EN: "Role assignments"},
	Serves: []vigie.RuleID{"7"},
	Fields: []register.Field{
		{Name: "role", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Rôle", EN: "Role"}, Options: []register.Option{
			{Value: "committee", Label: vigie.Text{FR: "Comité de sécurité", EN: "Security committee"}},
			{Value: "ciso", Label: vigie.Text{FR: "RSSI", EN: "CISO"}},
			{Value: "cio", Label: vigie.Text{FR: "Responsable DSI", EN: "CIO"}},
			{Value: "dpo", Label: vigie.Text{FR: "Délégué à la protection des données", EN: "Data-protection officer"}},
			{Value: "it_team", Label: vigie.Text{FR: "Équipe informatique", EN: "IT team"}},
			{Value: "hr", Label: vigie.Text{FR: "Ressources humaines", EN: "Human resources"}},
			{Value: "facilities", Label: vigie.Text{FR: "Services généraux", EN: "Facilities"}},
			{Value: "auditor", Label: vigie.Text{FR: "Auditeur", EN: "Auditor"}},
		}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "call_order", Kind: register.Integer, Label: vigie.Text{FR: "Ordre d’appel", EN: "Call order"}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
	},
})
