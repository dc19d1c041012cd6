package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Flow is an allowed line of the flow matrix (9.8.2, 9.8.5, 9.12.2, 9.17.5).
var Flow = declare(register.Register{
	ID:     "flow",
	Label:  vigie.Text{FR: "Matrice des flux", EN: "Flow matrix"},
	Serves: []vigie.RuleID{"9.8.2", "9.8.5", "9.12.2", "9.17.5"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "src_zone", Kind: register.Ref, To: "zone", Required: true, Label: vigie.Text{FR: "Zone source", EN: "Source zone"}},
		{Name: "dst_zone", Kind: register.Ref, To: "zone", Required: true, Label: vigie.Text{FR: "Zone destination", EN: "Destination zone"}},
		{Name: "protocol", Kind: register.Ref, To: "protocol", Required: true, Label: vigie.Text{FR: "Protocole", EN: "Protocol"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien desservi", EN: "Served asset"}, Absent: vigie.Text{FR: "toute la zone destination", EN: "the whole destination zone"}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Owner"}},
		{Name: "justification", Kind: register.Text, Label: vigie.Text{FR: "Justification", EN: "Justification"}},
		{Name: "approved_on", Kind: register.Date, Label: vigie.Text{FR: "Approuvé le", EN: "Approved on"}},
		{Name: "reviewed_on", Kind: register.Date, Label: vigie.Text{FR: "Revu le", EN: "Reviewed on"}},
		{Name: "ends_on", Kind: register.Date, Label: vigie.Text{FR: "Fin", EN: "End"}, Absent: vigie.Text{FR: "permanent", EN: "permanent"}},
		{Name: "last_used_at", Kind: register.Time, Label: vigie.Text{FR: "Dernière utilisation", EN: "Last used"}},
		{Name: "confidentiality", Kind: register.Level, Label: vigie.Text{FR: "C des données", EN: "C of the data"}},
	},
	Indexes: []string{"src_zone, dst_zone, protocol"},
})
