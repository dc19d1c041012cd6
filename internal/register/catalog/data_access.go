package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DataAccess is an access to the data of an absent person (9.3.5).
var DataAccess = declare(register.Register{
	ID:     "data_access",
	Label:  vigie.Text{FR: "Accès aux données d’un absent", EN: "Absent person’s data accesses"},
	Serves: []vigie.RuleID{"9.3.5"},
	Fields: []register.Field{
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne absente", EN: "Absent person"}},
		{Name: "requester", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Demandeur", EN: "Requester"}},
		{Name: "reason", Kind: register.Long, Label: vigie.Text{FR: "Motif", EN: "Reason"}},
		{Name: "scope", Kind: register.Long, Label: vigie.Text{FR: "Périmètre", EN: "Scope"}},
		{Name: "requested_on", Kind: register.Date, Label: vigie.Text{FR: "Demandé le", EN: "Requested on"}},
		{Name: "first_approver", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Premier approbateur", EN: "First approver"}},
		{Name: "first_approved_on", Kind: register.Date, Label: vigie.Text{FR: "Première approbation le", EN: "First approved on"}},
		{Name: "second_approver", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Second approbateur", EN: "Second approver"}},
		{Name: "second_approved_on", Kind: register.Date, Label: vigie.Text{FR: "Seconde approbation le", EN: "Second approved on"}},
		{Name: "accessed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Accès le", EN: "Accessed at"}},
		{Name: "ends_at", Kind: register.Time, Label: vigie.Text{FR: "Fin de l’accès", EN: "Access ends"}},
		{Name: "private_excluded", Kind: register.Bool, Label: vigie.Text{FR: "Éléments marqués privés laissés fermés", EN: "Items marked private left unopened"}},
		{Name: "report", Kind: register.Long, Label: vigie.Text{FR: "Compte rendu de ce qui a été consulté", EN: "Report of what was opened"}},
		{Name: "person_back_on", Kind: register.Date, Label: vigie.Text{FR: "Retour de la personne le", EN: "Person back on"}, Absent: vigie.Text{FR: "pas de retour", EN: "not back"}},
		{Name: "informed_on", Kind: register.Date, Label: vigie.Text{FR: "Personne informée le", EN: "Person informed on"}},
	},
})
