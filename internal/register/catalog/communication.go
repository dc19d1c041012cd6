package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Communication is a message or module sent to people (9.3.3, 9.10.2, 9.13.1).
var Communication = declare(register.Register{
	ID:     "communication",
	Label:  vigie.Text{FR: "Communications", EN: "Communications"},
	Serves: []vigie.RuleID{"9.3.3", "9.10.2", "9.13.1"},
	Fields: []register.Field{
		{Name: "title", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Intitulé", EN: "Title"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "awareness", Label: vigie.Text{FR: "Sensibilisation", EN: "Awareness"}},
			{Value: "media_module", Label: vigie.Text{FR: "Bonnes pratiques supports", EN: "Media good practice"}},
			{Value: "reaction_procedure", Label: vigie.Text{FR: "Procédure de réaction", EN: "Reaction procedure"}},
			{Value: "control_information", Label: vigie.Text{FR: "Information sur les contrôles", EN: "Information about controls"}},
		}},
		{Name: "published_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Publiée le", EN: "Published on"}},
		{Name: "covers_storage", Kind: register.Bool, Label: vigie.Text{FR: "Traite du stockage sur un support adapté", EN: "Covers storage on a suitable medium"}},
		{Name: "covers_shredding", Kind: register.Bool, Label: vigie.Text{FR: "Traite de la destruction au broyeur", EN: "Covers shredding"}},
		{Name: "covers_printers", Kind: register.Bool, Label: vigie.Text{FR: "Traite des documents laissés à l’imprimante", EN: "Covers documents left on printers"}},
		{Name: "covers_locking", Kind: register.Bool, Label: vigie.Text{FR: "Traite du rangement sous clé", EN: "Covers locking away"}},
		{Name: "content_hash", Kind: register.Text, Label: vigie.Text{FR: "Empreinte", EN: "Content hash"}},
	},
})
