package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BadgeOpening is a room that the access-control system opens for a badge
// (9.4.1).
var BadgeOpening = declare(register.Register{
	ID:     "badge_opening",
	Label:  vigie.Text{FR: "Ouvertures programmées", EN: "Programmed openings"},
	Serves: []vigie.RuleID{"9.4.1"},
	Fields: []register.Field{
		{Name: "badge", Kind: register.Ref, To: "badge", Required: true, Label: vigie.Text{FR: "Badge", EN: "Badge"}},
		{Name: "room", Kind: register.Ref, To: "room", Required: true, Label: vigie.Text{FR: "Local", EN: "Room"}},
	},
})
