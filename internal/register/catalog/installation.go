package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Installation is a software product seen on an asset (9.2.2, 9.15.3, 9.15.4).
var Installation = declare(register.Register{
	ID:     "installation",
	Label:  vigie.Text{FR: "Installations", EN: "Installations"},
	Serves: []vigie.RuleID{"9.2.2", "9.15.3", "9.15.4"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "software", Kind: register.Ref, To: "software", Required: true, Label: vigie.Text{FR: "Logiciel", EN: "Software"}},
		{Name: "package", Kind: register.Text, Label: vigie.Text{FR: "Paquet", EN: "Package"}},
		{Name: "version_text", Kind: register.Text, Label: vigie.Text{FR: "Version", EN: "Version"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
	},
})
