package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// RoomAuthorisation lets a person enter a room (9.4.1, 9.4.2, 9.4.3).
var RoomAuthorisation = declare(register.Register{
	ID:     "room_authorisation",
	Label:  vigie.Text{FR: "Autorisations de local", EN: "Room authorisations"},
	Serves: []vigie.RuleID{"9.4.1", "9.4.2", "9.4.3"},
	Fields: []register.Field{
		{Name: "person", Kind: register.Ref, To: "person", Required: true, Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "room", Kind: register.Ref, To: "room", Required: true, Label: vigie.Text{FR: "Local", EN: "Room"}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
		{Name: "approved_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Approuvé par", EN: "Approved by"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
		{Name: "reviewed_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Revue par", EN: "Reviewed by"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revue le", EN: "Reviewed on"}},
	},
})
