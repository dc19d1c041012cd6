package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// PasswordPolicy is a password policy as a directory really applies it
// (9.11.6).
var PasswordPolicy = declare(register.Register{
	ID:     "password_policy",
	Label:  vigie.Text{FR: "Politiques de mots de passe", EN: "Password policies"},
	Serves: []vigie.RuleID{"9.11.6"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "directory", Kind: register.Ref, To: "directory", Required: true, Label: vigie.Text{FR: "Annuaire", EN: "Directory"}},
		{Name: "privileged", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Comptes à privilèges", EN: "Privileged accounts"}},
		{Name: "min_length", Kind: register.Integer, Label: vigie.Text{FR: "Longueur minimale", EN: "Minimum length"}},
		{Name: "classes", Kind: register.Integer, Label: vigie.Text{FR: "Types de caractères", EN: "Character classes"}},
		{Name: "history", Kind: register.Integer, Label: vigie.Text{FR: "Historique", EN: "History"}},
		{Name: "lockout_attempts", Kind: register.Integer, Label: vigie.Text{FR: "Tentatives avant verrouillage", EN: "Attempts before lockout"}},
		{Name: "lockout_minutes", Kind: register.Integer, Label: vigie.Text{FR: "Durée de verrouillage (minutes)", EN: "Lockout time (minutes)"}},
		{Name: "max_age_days", Kind: register.Integer, Label: vigie.Text{FR: "Expiration (jours)", EN: "Expiry (days)"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observée le", EN: "Observed at"}},
	},
})
