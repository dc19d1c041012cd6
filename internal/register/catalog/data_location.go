package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// DataLocation is a country where personal data is stored, sent, supported or
// reached from (9.16.5).
var DataLocation = declare(register.Register{
	ID:     "data_location",
	Label:  vigie.Text{FR: "Localisations des données", EN: "Data locations"},
	Serves: []vigie.RuleID{"9.16.5"},
	Fields: []register.Field{
		{Name: "processing", Kind: register.Ref, To: "processing", Required: true, Label: vigie.Text{FR: "Traitement", EN: "Processing"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "storage", Label: vigie.Text{FR: "Stockage", EN: "Storage"}},
			{Value: "transfer", Label: vigie.Text{FR: "Transmission", EN: "Transfer"}},
			{Value: "support", Label: vigie.Text{FR: "Support", EN: "Support"}},
			{Value: "access", Label: vigie.Text{FR: "Accès distant", EN: "Remote access"}},
		}},
		{Name: "country", Kind: register.Country, Label: vigie.Text{FR: "Pays", EN: "Country"}},
		{Name: "third_party", Kind: register.Ref, To: "third_party", Label: vigie.Text{FR: "Tiers", EN: "Third party"}, Absent: vigie.Text{FR: "interne", EN: "internal"}},
		{Name: "ended_on", Kind: register.Date, Label: vigie.Text{FR: "Terminé le", EN: "Ended on"}, Absent: vigie.Text{FR: "en cours", EN: "still running"}},
	},
})
