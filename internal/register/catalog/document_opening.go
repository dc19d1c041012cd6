package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DocumentOpening is a reading of a document that was observed (9.6.2).
var DocumentOpening = declare(register.Register{
	ID:     "document_opening",
	Label:  vigie.Text{FR: "Ouvertures de documents", EN: "Document openings"},
	Serves: []vigie.RuleID{"9.6.2"},
	Fields: []register.Field{
		{Name: "document", Kind: register.Ref, To: "document", Required: true, Label: vigie.Text{FR: "Document", EN: "Document"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "opened_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Le", EN: "At"}},
	},
})
