package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ObservedFlow is traffic seen between two zones (9.8.2, 9.8.5, 9.12.2,
// 9.17.5).
var ObservedFlow = declare(register.Register{
	ID:     "observed_flow",
	Label:  vigie.Text{FR: "Flux observés", EN: "Observed flows"},
	Serves: []vigie.RuleID{"9.8.2", "9.8.5", "9.12.2", "9.17.5"},
	Fields: []register.Field{
		{Name: "src_zone", Kind: register.Ref, To: "zone", Required: true, Label: vigie.Text{FR: "Zone source", EN: "Source zone"}},
		{Name: "dst_zone", Kind: register.Ref, To: "zone", Required: true, Label: vigie.Text{FR: "Zone destination", EN: "Destination zone"}},
		{Name: "protocol", Kind: register.Ref, To: "protocol", Label: vigie.Text{FR: "Protocole reconnu", EN: "Recognised protocol"}},
		{Name: "transport", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Transport", EN: "Transport"}, Options: []register.Option{
			{Value: "tcp", Label: vigie.Text{FR: "TCP", EN: "TCP"}},
			{Value: "udp", Label: vigie.Text{FR: "UDP", EN: "UDP"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "port", Kind: register.Integer, Label: vigie.Text{FR: "Port", EN: "Port"}},
		{Name: "src_address", Kind: register.Text, Label: vigie.Text{FR: "Source", EN: "Source"}},
		{Name: "dst_address", Kind: register.Text, Label: vigie.Text{FR: "Destination", EN: "Destination"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "confidentiality", Kind: register.Level, Label: vigie.Text{FR: "C des données", EN: "C of the data"}},
		{Name: "last_seen_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Vu le", EN: "Last seen"}},
	},
})
