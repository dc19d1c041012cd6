package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Directory is a system that holds accounts (9.1.2, 9.11.1, 9.11.2,
// 9.11.6).
var Directory = declare(register.Register{
	ID:     "directory",
	Label:  vigie.Text{FR: "Annuaires", EN: "Directories"},
	Serves: []vigie.RuleID{"9.1.2", "9.11.1", "9.11.2", "9.11.6"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "ldap", Label: vigie.Text{FR: "LDAP", EN: "LDAP"}},
			{Value: "ad", Label: vigie.Text{FR: "Active Directory", EN: "Active Directory"}},
			{Value: "local", Label: vigie.Text{FR: "Comptes locaux", EN: "Local accounts"}},
			{Value: "saas", Label: vigie.Text{FR: "SaaS", EN: "SaaS"}},
			{Value: "database", Label: vigie.Text{FR: "Base de données", EN: "Database"}},
		}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "last_read_at", Kind: register.Time, Label: vigie.Text{FR: "Lu le", EN: "Last read"}},
	},
})
