package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// JournalEntry is an action carried out on an asset (9.6.3).
var JournalEntry = declare(register.Register{
	ID:     "journal_entry",
	Label:  vigie.Text{FR: "Journal des actions", EN: "Journal of actions"},
	Serves: []vigie.RuleID{"9.6.3"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "occurred_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Le", EN: "At"}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Par", EN: "By"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "update", Label: vigie.Text{FR: "Mise à jour", EN: "Update"}},
			{Value: "configuration", Label: vigie.Text{FR: "Paramétrage", EN: "Configuration"}},
			{Value: "error", Label: vigie.Text{FR: "Erreur", EN: "Error"}},
			{Value: "fix", Label: vigie.Text{FR: "Correction", EN: "Fix"}},
		}},
		{Name: "description", Kind: register.Long, Required: true, Label: vigie.Text{FR: "Description", EN: "Description"}},
	},
})
