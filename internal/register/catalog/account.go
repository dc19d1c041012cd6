package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Account is an account seen in a directory or on a machine (9.1.2, 9.3.4,
// 9.11.1, 9.11.2, 9.11.5, 9.11.6). The person of a service or system account
// is the one who answers for it.
var Account = declare(register.Register{
	ID:     "account",
	Label:  vigie.Text{FR: "Comptes", EN: "Accounts"},
	Serves: []vigie.RuleID{"9.1.2", "9.3.4", "9.11.1", "9.11.2", "9.11.5", "9.11.6"},
	Fields: []register.Field{
		{Name: "login", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Identifiant", EN: "Login"}},
		{Name: "directory", Kind: register.Ref, To: "directory", Required: true, Label: vigie.Text{FR: "Annuaire", EN: "Directory"}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Personne", EN: "Person"}},
		{Name: "kind", Kind: register.Enum, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "named", Label: vigie.Text{FR: "Nominatif", EN: "Named"}},
			{Value: "service", Label: vigie.Text{FR: "Service", EN: "Service"}},
			{Value: "generic", Label: vigie.Text{FR: "Générique", EN: "Generic"}},
			{Value: "system", Label: vigie.Text{FR: "Système", EN: "System"}},
		}},
		{Name: "enabled", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Actif", EN: "Enabled"}},
		{Name: "privileged", Kind: register.Bool, Label: vigie.Text{FR: "Privilégié", EN: "Privileged"}},
		{Name: "users_count", Kind: register.Integer, Label: vigie.Text{FR: "Utilisateurs constatés", EN: "Observed users"}, Absent: vigie.Text{FR: "aucun partage constaté", EN: "no sharing observed"}},
		{Name: "created_on", Kind: register.Date, Label: vigie.Text{FR: "Créé le", EN: "Created on"}},
		{Name: "last_login_at", Kind: register.Time, Label: vigie.Text{FR: "Dernière connexion", EN: "Last login"}},
		{Name: "policy", Kind: register.Ref, To: "password_policy", Label: vigie.Text{FR: "Politique appliquée", EN: "Applied policy"}},
		{Name: "policy_exempt", Kind: register.Bool, Label: vigie.Text{FR: "Exempté de la politique", EN: "Exempt from policy"}},
		{Name: "initial_password", Kind: register.Bool, Label: vigie.Text{FR: "Mot de passe initial jamais changé", EN: "Initial password never changed"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
	},
})
