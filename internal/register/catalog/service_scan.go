package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ServiceScan is the last time a machine was searched for network services,
// whether it offered any or not (9.8.3, 9.8.4, 9.17.6).
var ServiceScan = declare(register.Register{
	ID:     "service_scan",
	Label:  vigie.Text{FR: "Analyses des services", EN: "Service scans"},
	Serves: []vigie.RuleID{"9.8.3", "9.8.4", "9.17.6"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Unique: true, Label: vigie.Text{FR: "Machine", EN: "Machine"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Analysée le", EN: "Scanned at"}},
		{Name: "services", Kind: register.Integer, Label: vigie.Text{FR: "Services trouvés", EN: "Services found"}},
	},
})
