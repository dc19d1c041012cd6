package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// FirewallState compares the ruleset that runs with the one compiled from the
// matrix (9.8.2, 9.8.5).
var FirewallState = declare(register.Register{
	ID:     "firewall_state",
	Label:  vigie.Text{FR: "États des pare-feu", EN: "Firewall states"},
	Serves: []vigie.RuleID{"9.8.2", "9.8.5"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Unique: true, Label: vigie.Text{FR: "Pare-feu", EN: "Firewall"}},
		{Name: "compiled_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte attendue", EN: "Expected hash"}},
		{Name: "running_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte observée", EN: "Running hash"}},
		{Name: "observed_at", Kind: register.Time, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
	},
})
