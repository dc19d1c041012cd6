package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// EmploymentContract is the contract or internship agreement of a person
// (9.3.1, 9.15.5).
var EmploymentContract = declare(register.Register{
	ID:     "employment_contract",
	Label:  vigie.Text{FR: "Contrats de travail", EN: "Employment contracts"},
	Serves: []vigie.RuleID{"9.3.1", "9.15.5"},
	Fields: []register.Field{
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "permanent", Label: vigie.Text{FR: "CDI", EN: "Permanent"}},
			{Value: "fixed_term", Label: vigie.Text{FR: "CDD", EN: "Fixed term"}},
			{Value: "temp", Label: vigie.Text{FR: "Intérim", EN: "Temp"}},
			{Value: "internship", Label: vigie.Text{FR: "Convention de stage", EN: "Internship"}},
			{Value: "apprenticeship", Label: vigie.Text{FR: "Alternance", EN: "Apprenticeship"}},
		}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "sans terme", EN: "open-ended"}},
		{Name: "confidentiality_clause", Kind: register.Bool, Label: vigie.Text{FR: "Clause de confidentialité", EN: "Confidentiality clause"}},
		{Name: "clause_signed_on", Kind: register.Date, Label: vigie.Text{FR: "Clause signée le", EN: "Clause signed on"}},
		{Name: "ownership_clause", Kind: register.Bool, Label: vigie.Text{FR: "Clause de propriété des œuvres", EN: "Ownership of works clause"}},
		{Name: "file_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte du fichier", EN: "File hash"}},
	},
})
