package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Movement is an arrival, a move or a departure and what was done for it
// (9.3.4, 9.11.5).
var Movement = declare(register.Register{
	ID:     "movement",
	Label:  vigie.Text{FR: "Mouvements", EN: "Movements"},
	Serves: []vigie.RuleID{"9.3.4", "9.11.5"},
	Fields: []register.Field{
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "joiner", Label: vigie.Text{FR: "Arrivée", EN: "Arrival"}},
			{Value: "mover", Label: vigie.Text{FR: "Mutation", EN: "Move"}},
			{Value: "leaver", Label: vigie.Text{FR: "Départ", EN: "Departure"}},
		}},
		{Name: "effective_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Date d’effet", EN: "Effective on"}},
		{Name: "closed_on", Kind: register.Date, Label: vigie.Text{FR: "Clos le", EN: "Closed on"}},
		{Name: "data_outcome", Kind: register.Enum, Label: vigie.Text{FR: "Données", EN: "Data"}, Options: []register.Option{
			{Value: "deleted", Label: vigie.Text{FR: "Supprimées", EN: "Deleted"}},
			{Value: "archived", Label: vigie.Text{FR: "Archivées", EN: "Archived"}},
			{Value: "taken_over", Label: vigie.Text{FR: "Reprises", EN: "Taken over"}},
		}},
		{Name: "data_done_on", Kind: register.Date, Label: vigie.Text{FR: "Données traitées le", EN: "Data handled on"}},
	},
})
