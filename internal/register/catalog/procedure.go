package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Procedure is an operating procedure, for a family of assets or for one asset
// (9.6.1).
var Procedure = declare(register.Register{
	ID:     "procedure",
	Label:  vigie.Text{FR: "Procédures d’exploitation", EN: "Operating procedures"},
	Serves: []vigie.RuleID{"9.6.1"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "family", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Famille", EN: "Family"}, Options: []register.Option{
			{Value: "system", Label: vigie.Text{FR: "Système", EN: "System"}},
			{Value: "network", Label: vigie.Text{FR: "Réseau", EN: "Network"}},
			{Value: "workstation", Label: vigie.Text{FR: "Poste de travail", EN: "Workstation"}},
			{Value: "application", Label: vigie.Text{FR: "Application", EN: "Application"}},
		}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien particulier", EN: "Particular asset"}, Absent: vigie.Text{FR: "toute la famille", EN: "whole family"}},
		{Name: "document", Kind: register.Ref, To: "document", Label: vigie.Text{FR: "Texte", EN: "Text"}},
		{Name: "followed_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Suivi", EN: "Follow-up"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Approbation", EN: "Approval"}},
		{Name: "updated_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Mise à jour", EN: "Update"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvée le", EN: "Approved on"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revue le", EN: "Reviewed on"}},
	},
})
