package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RiskAnalysis weighs a risk about an asset and says what was decided (9.6.4,
// 9.7.5, 9.17.6).
var RiskAnalysis = declare(register.Register{
	ID:     "risk_analysis",
	Label:  vigie.Text{FR: "Analyses de risques", EN: "Risk analyses"},
	Serves: []vigie.RuleID{"9.6.4", "9.7.5", "9.17.6"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "subject", Kind: register.Enum, Label: vigie.Text{FR: "Objet", EN: "Subject"}, Options: []register.Option{
			{Value: "change", Label: vigie.Text{FR: "Changement", EN: "Change"}},
			{Value: "obsolescence", Label: vigie.Text{FR: "Obsolescence", EN: "Obsolescence"}},
			{Value: "cryptography", Label: vigie.Text{FR: "Cryptographie", EN: "Cryptography"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "done_on", Kind: register.Date, Label: vigie.Text{FR: "Réalisée le", EN: "Done on"}},
		{Name: "valid_until", Kind: register.Date, Label: vigie.Text{FR: "Valable jusqu’au", EN: "Valid until"}},
		{Name: "decision", Kind: register.Enum, Label: vigie.Text{FR: "Décision", EN: "Decision"}, Options: []register.Option{
			{Value: "accepted", Label: vigie.Text{FR: "Risque accepté", EN: "Risk accepted"}},
			{Value: "reduced", Label: vigie.Text{FR: "Risque réduit", EN: "Risk reduced"}},
			{Value: "refused", Label: vigie.Text{FR: "Risque refusé", EN: "Risk refused"}},
		}},
		{Name: "accepted_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Acceptée par", EN: "Accepted by"}},
	},
})
