package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// ContinuityPlan covers the loss of a server room (9.14.4).
var ContinuityPlan = declare(register.Register{
	ID:     "continuity_plan",
	Label:  vigie.Text{FR: "Plans de continuité", EN: "Continuity plans"},
	Serves: []vigie.RuleID{"9.14.4"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "room", Kind: register.Ref, To: "room", Required: true, Label: vigie.Text{FR: "Salle", EN: "Room"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
		{Name: "offline_copy_on", Kind: register.Date, Label: vigie.Text{FR: "Copie hors ligne du", EN: "Offline copy of"}},
		{Name: "document", Kind: register.Ref, To: "document", Label: vigie.Text{FR: "Document", EN: "Document"}},
	},
})
