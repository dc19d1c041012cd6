package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PolicyEdition is one edition of the policy document (§ 0, 9.1.1, 9.1.3).
var PolicyEdition = declare(register.Register{
	ID:     "policy_edition",
	Label:  vigie.Text{FR: "Éditions de la politique", EN: "Policy editions"},
	Serves: []vigie.RuleID{"0", "9.1.1", "9.1.3"},
	Fields: []register.Field{
		{Name: "label", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Édition", EN: "Edition"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "dated_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Date", EN: "Date"}},
		{Name: "authors", Kind: register.Text, Label: vigie.Text{FR: "Auteurs", EN: "Authors"}},
		{Name: "reason", Kind: register.Long, Label: vigie.Text{FR: "Motif", EN: "Reason"}},
		{Name: "confidentiality", Kind: register.Level, Label: vigie.Text{FR: "Confidentialité", EN: "Confidentiality"}},
		{Name: "status", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "État", EN: "Status"}, Options: []register.Option{
			{Value: "draft", Label: vigie.Text{FR: "Projet", EN: "Draft"}},
			{Value: "in_force", Label: vigie.Text{FR: "En vigueur", EN: "In force"}},
			{Value: "superseded", Label: vigie.Text{FR: "Remplacée", EN: "Superseded"}},
		}},
		{Name: "approved_by_text", Kind: register.Text, Label: vigie.Text{FR: "Validé ou approuvé par", EN: "Validated or approved by"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvée le", EN: "Approved on"}},
		{Name: "published_on", Kind: register.Date, Label: vigie.Text{FR: "Publiée le", EN: "Published on"}},
		{Name: "content_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte", EN: "Content hash"}},
	},
})
