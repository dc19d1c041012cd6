package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Monitor is a probe that watches an asset (9.7.1).
var Monitor = declare(register.Register{
	ID:     "monitor",
	Label:  vigie.Text{FR: "Sondes", EN: "Monitors"},
	Serves: []vigie.RuleID{"9.7.1"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "icmp", Label: vigie.Text{FR: "Ping", EN: "ICMP"}},
			{Value: "tcp", Label: vigie.Text{FR: "TCP", EN: "TCP"}},
			{Value: "http", Label: vigie.Text{FR: "HTTP", EN: "HTTP"}},
			{Value: "tls", Label: vigie.Text{FR: "TLS", EN: "TLS"}},
			{Value: "dns", Label: vigie.Text{FR: "DNS", EN: "DNS"}},
			{Value: "agent", Label: vigie.Text{FR: "Agent", EN: "Agent"}},
			{Value: "external", Label: vigie.Text{FR: "Externe", EN: "External"}},
		}},
		{Name: "last_beat_at", Kind: register.Time, Label: vigie.Text{FR: "Dernier signe de vie", EN: "Last beat"}},
		{Name: "state", Kind: register.Enum, Label: vigie.Text{FR: "État", EN: "State"}, Options: []register.Option{
			{Value: "up", Label: vigie.Text{FR: "En marche", EN: "Up"}},
			{Value: "down", Label: vigie.Text{FR: "En panne", EN: "Down"}},
		}},
	},
})
