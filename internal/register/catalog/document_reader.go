package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DocumentReader is a person allowed to open a document (9.6.2).
var DocumentReader = declare(register.Register{
	ID:     "document_reader",
	Label:  vigie.Text{FR: "Lecteurs habilités", EN: "Authorised readers"},
	Serves: []vigie.RuleID{"9.6.2"},
	Fields: []register.Field{
		{Name: "document", Kind: register.Ref, To: "document", Required: true, Label: vigie.Text{FR: "Document", EN: "Document"}},
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Depuis le", EN: "Since"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
	},
})
