package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Protection is a device that protects a room: fire, cooling, power… (9.5.3,
// 9.5.4).
var Protection = declare(register.Register{
	ID:     "protection",
	Label:  vigie.Text{FR: "Protections des locaux", EN: "Room protections"},
	Serves: []vigie.RuleID{"9.5.3", "9.5.4"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "room", Kind: register.Ref, To: "room", Required: true, Label: vigie.Text{FR: "Local", EN: "Room"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "fire", Label: vigie.Text{FR: "Incendie", EN: "Fire"}},
			{Value: "cooling", Label: vigie.Text{FR: "Climatisation", EN: "Cooling"}},
			{Value: "ups", Label: vigie.Text{FR: "Onduleur", EN: "UPS"}},
			{Value: "water", Label: vigie.Text{FR: "Détection d’eau", EN: "Water detection"}},
			{Value: "theft", Label: vigie.Text{FR: "Anti-intrusion", EN: "Intrusion"}},
		}},
		{Name: "visit_period_days", Kind: register.Integer, Label: vigie.Text{FR: "Périodicité d’entretien (jours)", EN: "Upkeep period (days)"}},
		{Name: "installed_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Installé le", EN: "Installed on"}},
		{Name: "replace_on", Kind: register.Date, Label: vigie.Text{FR: "À remplacer le", EN: "Replace on"}},
		{Name: "state", Kind: register.Enum, Label: vigie.Text{FR: "État observé", EN: "Observed state"}, Options: []register.Option{
			{Value: "normal", Label: vigie.Text{FR: "Normal", EN: "Normal"}},
			{Value: "on_battery", Label: vigie.Text{FR: "Sur batterie", EN: "On battery"}},
			{Value: "fault", Label: vigie.Text{FR: "En défaut", EN: "Fault"}},
		}},
		{Name: "observed_at", Kind: register.Time, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
		{Name: "autonomy_minutes", Kind: register.Integer, Label: vigie.Text{FR: "Autonomie relevée (minutes)", EN: "Measured autonomy (minutes)"}},
		{Name: "temperature_c", Kind: register.Integer, Label: vigie.Text{FR: "Température relevée (°C)", EN: "Measured temperature (°C)"}},
	},
})
