package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PolicyStatement is one rule or chapter of an edition in the company's own
// words, shown beside ours (§ 0, 9.1.1).
var PolicyStatement = declare(register.Register{
	ID:     "policy_statement",
	Label:  vigie.Text{FR: "Texte de la politique", EN: "Wording of the policy"},
	Serves: []vigie.RuleID{"0", "9.1.1"},
	Fields: []register.Field{
		{Name: "rule", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Règle ou chapitre", EN: "Rule or chapter"}},
		{Name: "edition", Kind: register.Ref, To: "policy_edition", Required: true, Label: vigie.Text{FR: "Édition", EN: "Edition"}},
		{Name: "chapter", Kind: register.Text, Label: vigie.Text{FR: "Titre du chapitre", EN: "Title of the chapter"}},
		{Name: "title", Kind: register.Text, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "objective", Kind: register.Long, Label: vigie.Text{FR: "Objectifs", EN: "Objectives"}},
		{Name: "statement", Kind: register.Long, Label: vigie.Text{FR: "Énoncé", EN: "Statement"}},
	},
})
