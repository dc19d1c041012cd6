package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Document is a reference document of the company (9.3.2, 9.3.4, 9.3.5,
// 9.6.1, 9.6.2, 9.7.4, 9.10.4, 9.11.5, 9.11.6, 9.13.1).
var Document = declare(register.Register{
	ID:     "document",
	Label:  vigie.Text{FR: "Documents", EN: "Documents"},
	Serves: []vigie.RuleID{"9.3.2", "9.3.4", "9.3.5", "9.6.1", "9.6.2", "9.7.4", "9.10.4", "9.11.5", "9.11.6", "9.13.1"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "disciplinary", Label: vigie.Text{FR: "Règlement intérieur", EN: "Disciplinary rules"}},
			{Value: "movement", Label: vigie.Text{FR: "Procédure de mouvement", EN: "Movement procedure"}},
			{Value: "data_access", Label: vigie.Text{FR: "Procédure d’accès aux données d’un absent", EN: "Absent person’s data procedure"}},
			{Value: "restitution", Label: vigie.Text{FR: "Procédure de restitution", EN: "Restitution procedure"}},
			{Value: "patching", Label: vigie.Text{FR: "Procédure de correctifs", EN: "Patching procedure"}},
			{Value: "reaction", Label: vigie.Text{FR: "Procédure de réaction", EN: "Reaction procedure"}},
			{Value: "architecture", Label: vigie.Text{FR: "Architecture", EN: "Architecture"}},
			{Value: "operation", Label: vigie.Text{FR: "Exploitation", EN: "Operation"}},
			{Value: "password_delivery", Label: vigie.Text{FR: "Remise du mot de passe", EN: "Password delivery"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Owner"}},
		{Name: "confidentiality", Kind: register.Level, Label: vigie.Text{FR: "Confidentialité", EN: "Confidentiality"}},
		{Name: "in_force_on", Kind: register.Date, Label: vigie.Text{FR: "En vigueur depuis le", EN: "In force since"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
		{Name: "sanctions", Kind: register.Bool, Label: vigie.Text{FR: "Prévoit les sanctions du non-respect de la politique", EN: "States the sanctions for breaches of the policy"}},
		{Name: "store", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Espace de stockage", EN: "Store"}},
		{Name: "in_vault", Kind: register.Bool, Label: vigie.Text{FR: "Dans le coffre documentaire", EN: "In the document vault"}},
		{Name: "file_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte", EN: "File hash"}},
	},
})
