package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DataPurge is a deletion of data at the end of its keeping period (9.16.3).
var DataPurge = declare(register.Register{
	ID:     "data_purge",
	Label:  vigie.Text{FR: "Purges", EN: "Purges"},
	Serves: []vigie.RuleID{"9.16.3"},
	Fields: []register.Field{
		{Name: "processing", Kind: register.Ref, To: "processing", Required: true, Label: vigie.Text{FR: "Traitement", EN: "Processing"}},
		{Name: "due_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Échéance", EN: "Due"}},
		{Name: "done_on", Kind: register.Date, Label: vigie.Text{FR: "Réalisée le", EN: "Done on"}},
		{Name: "proof_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte de la preuve", EN: "Proof hash"}},
		{Name: "oldest_left_on", Kind: register.Date, Label: vigie.Text{FR: "Plus ancienne donnée restante", EN: "Oldest data left"}},
	},
})
