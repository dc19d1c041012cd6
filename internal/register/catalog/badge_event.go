package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// BadgeEvent is a passage read from the access-control log (9.4.1, 9.4.3).
var BadgeEvent = declare(register.Register{
	ID:     "badge_event",
	Label:  vigie.Text{FR: "Passages", EN: "Badge events"},
	Serves: []vigie.RuleID{"9.4.1", "9.4.3"},
	Fields: []register.Field{
		{Name: "badge", Kind: register.Ref, To: "badge", Required: true, Label: vigie.Text{FR: "Badge", EN: "Badge"}},
		{Name: "room", Kind: register.Ref, To: "room", Required: true, Label: vigie.Text{FR: "Local", EN: "Room"}},
		{Name: "occurred_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Le", EN: "At"}},
	},
})
