package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Processing is a processing activity of the article 30 register (9.16.1,
// 9.16.2, 9.16.3).
var Processing = declare(register.Register{
	ID:     "processing",
	Label:  vigie.Text{FR: "Traitements de données", EN: "Processing activities"},
	Serves: []vigie.RuleID{"9.16.1", "9.16.2", "9.16.3"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "role", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Qualité", EN: "Role"}, Options: []register.Option{
			{Value: "controller", Label: vigie.Text{FR: "Responsable de traitement", EN: "Controller"}},
			{Value: "processor", Label: vigie.Text{FR: "Sous-traitant", EN: "Processor"}},
		}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable opérationnel", EN: "Operational owner"}},
		{Name: "purpose", Kind: register.Long, Label: vigie.Text{FR: "Finalité", EN: "Purpose"}},
		{Name: "legal_basis", Kind: register.Enum, Label: vigie.Text{FR: "Base légale", EN: "Legal basis"}, Options: []register.Option{
			{Value: "consent", Label: vigie.Text{FR: "Consentement", EN: "Consent"}},
			{Value: "contract", Label: vigie.Text{FR: "Contrat", EN: "Contract"}},
			{Value: "obligation", Label: vigie.Text{FR: "Obligation légale", EN: "Legal obligation"}},
			{Value: "interest", Label: vigie.Text{FR: "Intérêt légitime", EN: "Legitimate interest"}},
			{Value: "public_task", Label: vigie.Text{FR: "Mission publique", EN: "Public task"}},
			{Value: "vital", Label: vigie.Text{FR: "Intérêts vitaux", EN: "Vital interests"}},
		}},
		{Name: "keeping_days", Kind: register.Integer, Label: vigie.Text{FR: "Conservation (jours)", EN: "Keeping period (days)"}},
		{Name: "subjects", Kind: register.Long, Label: vigie.Text{FR: "Personnes concernées", EN: "Data subjects"}},
		{Name: "recipients", Kind: register.Long, Label: vigie.Text{FR: "Destinataires", EN: "Recipients"}},
		{Name: "controllers", Kind: register.Long, Label: vigie.Text{FR: "Responsables de traitement servis", EN: "Controllers served"}},
		{Name: "security_measures", Kind: register.Long, Label: vigie.Text{FR: "Mesures de sécurité", EN: "Security measures"}},
		{Name: "ended_on", Kind: register.Date, Label: vigie.Text{FR: "Terminé le", EN: "Ended on"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
	},
})
