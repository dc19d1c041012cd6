package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// SupportCycle is a version of a product and the end of its support (9.7.5).
var SupportCycle = declare(register.Register{
	ID:     "support_cycle",
	Label:  vigie.Text{FR: "Fins de support", EN: "Support cycles"},
	Serves: []vigie.RuleID{"9.7.5"},
	Fields: []register.Field{
		{Name: "product", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Produit", EN: "Product"}},
		{Name: "cycle", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Version", EN: "Cycle"}},
		{Name: "eol_on", Kind: register.Date, Label: vigie.Text{FR: "Fin du support", EN: "End of support"}},
		{Name: "open_ended", Kind: register.Bool, Label: vigie.Text{FR: "Suivi sans fin annoncée", EN: "Supported, no end announced"}},
		{Name: "extended_on", Kind: register.Date, Label: vigie.Text{FR: "Fin du support étendu", EN: "End of extended support"}, Absent: vigie.Text{FR: "pas de support étendu", EN: "no extended support"}},
		{Name: "refreshed_at", Kind: register.Time, Label: vigie.Text{FR: "Vérifiée le", EN: "Checked at"}},
	},
})
