package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// SubjectRequest is a request of a data subject (9.16.4).
var SubjectRequest = declare(register.Register{
	ID:     "subject_request",
	Label:  vigie.Text{FR: "Demandes des personnes", EN: "Data subject requests"},
	Serves: []vigie.RuleID{"9.16.4"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Référence", EN: "Reference"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Droit", EN: "Right"}, Options: []register.Option{
			{Value: "access", Label: vigie.Text{FR: "Accès", EN: "Access"}},
			{Value: "rectification", Label: vigie.Text{FR: "Rectification", EN: "Rectification"}},
			{Value: "erasure", Label: vigie.Text{FR: "Effacement", EN: "Erasure"}},
			{Value: "restriction", Label: vigie.Text{FR: "Limitation", EN: "Restriction"}},
			{Value: "portability", Label: vigie.Text{FR: "Portabilité", EN: "Portability"}},
			{Value: "objection", Label: vigie.Text{FR: "Opposition", EN: "Objection"}},
		}},
		{Name: "role", Kind: register.Enum, Label: vigie.Text{FR: "Notre qualité", EN: "Our role"}, Options: []register.Option{
			{Value: "controller", Label: vigie.Text{FR: "Responsable de traitement", EN: "Controller"}},
			{Value: "processor", Label: vigie.Text{FR: "Sous-traitant", EN: "Processor"}},
		}},
		{Name: "received_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Reçue le", EN: "Received on"}},
		{Name: "due_on", Kind: register.Date, Label: vigie.Text{FR: "À traiter avant le", EN: "Due"}, Derive: oneMonthAfterReceipt},
		{Name: "identity_checked_on", Kind: register.Date, Label: vigie.Text{FR: "Identité vérifiée le", EN: "Identity checked on"}},
		{Name: "answered_on", Kind: register.Date, Label: vigie.Text{FR: "Répondue le", EN: "Answered on"}},
		{Name: "result", Kind: register.Enum, Label: vigie.Text{FR: "Suite donnée", EN: "Result"}, Options: []register.Option{
			{Value: "granted", Label: vigie.Text{FR: "Satisfaite", EN: "Granted"}},
			{Value: "partial", Label: vigie.Text{FR: "Satisfaite en partie", EN: "Partly granted"}},
			{Value: "refused", Label: vigie.Text{FR: "Refusée avec motif", EN: "Refused with reasons"}},
			{Value: "no_data", Label: vigie.Text{FR: "Aucune donnée détenue", EN: "No data held"}},
		}},
		{Name: "answer_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte de la réponse", EN: "Answer hash"}},
		{Name: "forwarded_on", Kind: register.Date, Label: vigie.Text{FR: "Transmise au client le", EN: "Forwarded to the client on"}},
		{Name: "extended_until", Kind: register.Date, Label: vigie.Text{FR: "Prolongation légale", EN: "Legal extension"}, Absent: vigie.Text{FR: "sans prolongation", EN: "no extension"}},
	},
})
