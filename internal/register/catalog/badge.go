package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Badge opens rooms for one person (9.4.1, 9.3.4).
var Badge = declare(register.Register{
	ID:     "badge",
	Label:  vigie.Text{FR: "Badges et clés", EN: "Badges and keys"},
	Serves: []vigie.RuleID{"9.4.1", "9.3.4"},
	Fields: []register.Field{
		{Name: "number", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Numéro", EN: "Number"}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Porteur", EN: "Holder"}},
		{Name: "kind", Kind: register.Enum, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "badge", Label: vigie.Text{FR: "Badge", EN: "Badge"}},
			{Value: "key", Label: vigie.Text{FR: "Clé", EN: "Key"}},
		}},
		{Name: "issued_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Remis le", EN: "Issued on"}},
		{Name: "returned_on", Kind: register.Date, Label: vigie.Text{FR: "Rendu le", EN: "Returned on"}, Absent: vigie.Text{FR: "non rendu", EN: "not returned"}},
		{Name: "lost_on", Kind: register.Date, Label: vigie.Text{FR: "Déclaré perdu le", EN: "Reported lost on"}, Absent: vigie.Text{FR: "non perdu", EN: "not lost"}},
		{Name: "blocked_on", Kind: register.Date, Label: vigie.Text{FR: "Désactivé le", EN: "Blocked on"}, Absent: vigie.Text{FR: "actif", EN: "active"}},
	},
})
