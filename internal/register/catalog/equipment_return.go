package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// EquipmentReturn is equipment given back and what was done with it (9.10.4,
// 9.3.4).
var EquipmentReturn = declare(register.Register{
	ID:     "equipment_return",
	Label:  vigie.Text{FR: "Restitutions", EN: "Equipment returns"},
	Serves: []vigie.RuleID{"9.10.4", "9.3.4"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Matériel", EN: "Equipment"}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Rendu par", EN: "Returned by"}},
		{Name: "returned_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Rendu le", EN: "Returned on"}},
		{Name: "erased_on", Kind: register.Date, Label: vigie.Text{FR: "Effacé le", EN: "Erased on"}},
		{Name: "method", Kind: register.Text, Label: vigie.Text{FR: "Méthode", EN: "Method"}},
		{Name: "report_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte du rapport", EN: "Report hash"}},
		{Name: "erased_by", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Effacé par", EN: "Erased by"}},
		{Name: "reassigned_on", Kind: register.Date, Label: vigie.Text{FR: "Réattribué le", EN: "Reassigned on"}, Absent: vigie.Text{FR: "pas réattribué", EN: "not reassigned"}},
	},
})
