package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// AppEnvironment is an environment of an application (9.12.2).
var AppEnvironment = declare(register.Register{
	ID:     "app_environment",
	Label:  vigie.Text{FR: "Environnements", EN: "Environments"},
	Serves: []vigie.RuleID{"9.12.2"},
	Fields: []register.Field{
		{Name: "application", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Application", EN: "Application"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "production", Label: vigie.Text{FR: "Production", EN: "Production"}},
			{Value: "acceptance", Label: vigie.Text{FR: "Recette", EN: "Acceptance"}},
			{Value: "test", Label: vigie.Text{FR: "Test", EN: "Test"}},
			{Value: "development", Label: vigie.Text{FR: "Développement", EN: "Development"}},
		}},
		{Name: "host", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Hôte", EN: "Host"}},
		{Name: "zone", Kind: register.Ref, To: "zone", Label: vigie.Text{FR: "Réseau", EN: "Network"}},
		{Name: "database_asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Base de données", EN: "Database"}, Absent: vigie.Text{FR: "sans base", EN: "no database"}},
	},
})
