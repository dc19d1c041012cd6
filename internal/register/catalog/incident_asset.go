package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// IncidentAsset is an asset harmed by an incident and the information of its
// owner (§ 8, 9.13.1, 9.17.2).
var IncidentAsset = declare(register.Register{
	ID:     "incident_asset",
	Label:  vigie.Text{FR: "Biens touchés", EN: "Affected assets"},
	Serves: []vigie.RuleID{"8", "9.13.1", "9.17.2"},
	Fields: []register.Field{
		{Name: "incident", Kind: register.Ref, To: "incident", Required: true, Label: vigie.Text{FR: "Incident", EN: "Incident"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "owner_informed_at", Kind: register.Time, Label: vigie.Text{FR: "Propriétaire informé le", EN: "Owner informed at"}},
		{Name: "informed_of", Kind: register.Long, Label: vigie.Text{FR: "Circonstances et plan transmis", EN: "Circumstances and plan told"}},
	},
})
