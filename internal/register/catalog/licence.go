package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Licence is a right of use bought for a software product (9.15.3, 9.15.4).
var Licence = declare(register.Register{
	ID:     "licence",
	Label:  vigie.Text{FR: "Licences", EN: "Licences"},
	Serves: []vigie.RuleID{"9.15.3", "9.15.4"},
	Fields: []register.Field{
		{Name: "software", Kind: register.Ref, To: "software", Required: true, Label: vigie.Text{FR: "Logiciel", EN: "Software"}},
		{Name: "seats", Kind: register.Integer, Label: vigie.Text{FR: "Nombre de droits", EN: "Seats"}},
		{Name: "metric", Kind: register.Enum, Label: vigie.Text{FR: "Décompte", EN: "Counted by"}, Options: []register.Option{
			{Value: "device", Label: vigie.Text{FR: "Par machine", EN: "By device"}},
			{Value: "user", Label: vigie.Text{FR: "Par utilisateur", EN: "By user"}},
			{Value: "unlimited", Label: vigie.Text{FR: "Illimité", EN: "Unlimited"}},
		}},
		{Name: "starts_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "perpétuelle", EN: "perpetual"}},
		{Name: "contract", Kind: register.Text, Label: vigie.Text{FR: "Référence", EN: "Reference"}},
	},
})
