package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// MaintenanceContract covers hardware with a guaranteed delay (9.5.5).
var MaintenanceContract = declare(register.Register{
	ID:     "maintenance_contract",
	Label:  vigie.Text{FR: "Contrats de maintenance", EN: "Maintenance contracts"},
	Serves: []vigie.RuleID{"9.5.5"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien couvert", EN: "Covered asset"}},
		{Name: "provider", Kind: register.Ref, To: "third_party", Label: vigie.Text{FR: "Prestataire", EN: "Provider"}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}},
		{Name: "response_hours", Kind: register.Integer, Label: vigie.Text{FR: "Délai garanti (heures)", EN: "Guaranteed delay (hours)"}},
	},
})
