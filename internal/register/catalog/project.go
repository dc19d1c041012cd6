package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Project builds or buys a system (9.12.0, 9.14.1).
var Project = declare(register.Register{
	ID:     "project",
	Label:  vigie.Text{FR: "Projets", EN: "Projects"},
	Serves: []vigie.RuleID{"9.12.0", "9.14.1"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Owner"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "build", Label: vigie.Text{FR: "Développement", EN: "Build"}},
			{Value: "buy", Label: vigie.Text{FR: "Acquisition", EN: "Buy"}},
		}},
		{Name: "phase", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Phase", EN: "Phase"}, Options: []register.Option{
			{Value: "idea", Label: vigie.Text{FR: "Idée", EN: "Idea"}},
			{Value: "design", Label: vigie.Text{FR: "Conception", EN: "Design"}},
			{Value: "build", Label: vigie.Text{FR: "Réalisation", EN: "Build"}},
			{Value: "acceptance", Label: vigie.Text{FR: "Recette", EN: "Acceptance"}},
			{Value: "live", Label: vigie.Text{FR: "En service", EN: "Live"}},
			{Value: "stopped", Label: vigie.Text{FR: "Arrêté", EN: "Stopped"}},
		}},
		{Name: "started_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Début", EN: "Start"}},
		{Name: "decided_on", Kind: register.Date, Label: vigie.Text{FR: "Décision le", EN: "Decided on"}},
		{Name: "needs_analysed_on", Kind: register.Date, Label: vigie.Text{FR: "Besoins DICT analysés le", EN: "DICT needs analysed on"}},
		{Name: "d", Kind: register.Level, Label: vigie.Text{FR: "Disponibilité (D)", EN: "Availability (D)"}},
		{Name: "i", Kind: register.Level, Label: vigie.Text{FR: "Intégrité (I)", EN: "Integrity (I)"}},
		{Name: "c", Kind: register.Level, Label: vigie.Text{FR: "Confidentialité (C)", EN: "Confidentiality (C)"}},
		{Name: "t", Kind: register.Level, Label: vigie.Text{FR: "Traçabilité (T)", EN: "Traceability (T)"}},
		{Name: "dima_hours", Kind: register.Integer, Label: vigie.Text{FR: "DIMA (heures)", EN: "Longest allowed outage (hours)"}},
		{Name: "pdma_hours", Kind: register.Integer, Label: vigie.Text{FR: "PDMA (heures)", EN: "Oldest allowed data (hours)"}},
	},
})
