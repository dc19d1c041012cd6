package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Site is a place of work or of hosting (9.4.1, 9.4.2, 9.9.2, 9.16.5).
var Site = declare(register.Register{
	ID:     "site",
	Label:  vigie.Text{FR: "Sites", EN: "Sites"},
	Serves: []vigie.RuleID{"9.4.1", "9.4.2", "9.9.2", "9.16.5"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "country", Kind: register.Country, Required: true, Label: vigie.Text{FR: "Pays", EN: "Country"}},
		{Name: "city", Kind: register.Text, Label: vigie.Text{FR: "Ville", EN: "City"}},
		{Name: "address", Kind: register.Text, Label: vigie.Text{FR: "Adresse", EN: "Address"}},
		{Name: "utc_offset_hours", Kind: register.Integer, Label: vigie.Text{FR: "Décalage avec l’heure universelle (heures)", EN: "Offset from universal time (hours)"}, Absent: vigie.Text{FR: "heure universelle", EN: "universal time"}},
		{Name: "badge_log_read_at", Kind: register.Time, Label: vigie.Text{FR: "Journal des passages lu le", EN: "Badge log last read"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "office", Label: vigie.Text{FR: "Bureaux", EN: "Office"}},
			{Value: "datacentre", Label: vigie.Text{FR: "Centre de données", EN: "Data centre"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
	},
})
