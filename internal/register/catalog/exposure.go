package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Exposure is a vulnerability that matches an asset (9.12.1, 9.13.2).
var Exposure = declare(register.Register{
	ID:     "exposure",
	Label:  vigie.Text{FR: "Expositions", EN: "Exposures"},
	Serves: []vigie.RuleID{"9.12.1", "9.13.2"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "vulnerability", Kind: register.Ref, To: "vulnerability", Required: true, Label: vigie.Text{FR: "Vulnérabilité", EN: "Vulnerability"}},
		{Name: "detected_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Détectée le", EN: "Detected on"}},
		{Name: "decision", Kind: register.Enum, Label: vigie.Text{FR: "Décision", EN: "Decision"}, Options: []register.Option{
			{Value: "fix", Label: vigie.Text{FR: "À corriger", EN: "Fix"}},
			{Value: "mitigate", Label: vigie.Text{FR: "À atténuer", EN: "Mitigate"}},
			{Value: "accept", Label: vigie.Text{FR: "Acceptée", EN: "Accept"}},
			{Value: "not_exploitable", Label: vigie.Text{FR: "Non exploitable", EN: "Not exploitable"}},
		}},
		{Name: "decided_on", Kind: register.Date, Label: vigie.Text{FR: "Décidé le", EN: "Decided on"}},
		{Name: "fixed_on", Kind: register.Date, Label: vigie.Text{FR: "Corrigée le", EN: "Fixed on"}, Absent: vigie.Text{FR: "non corrigée", EN: "not fixed"}},
	},
})
