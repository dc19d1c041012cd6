package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Person is anyone in the perimeter: employee, temp, intern, apprentice or
// third party (§ 4, 9.1.1, 9.1.2, 9.2.3, 9.3.4).
var Person = declare(register.Register{
	ID:     "person",
	Label:  vigie.Text{FR: "Personnes", EN: "People"},
	Serves: []vigie.RuleID{"4", "9.1.1", "9.1.2", "9.2.3", "9.3.4"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "email", Kind: register.Email, Required: true, Unique: true, Label: vigie.Text{FR: "Courriel", EN: "E-mail"}},
		{Name: "phone", Kind: register.Text, Label: vigie.Text{FR: "Téléphone", EN: "Phone"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Statut", EN: "Status"}, Options: []register.Option{
			{Value: "employee", Label: vigie.Text{FR: "Salarié", EN: "Employee"}},
			{Value: "temp", Label: vigie.Text{FR: "Intérimaire", EN: "Temp"}},
			{Value: "intern", Label: vigie.Text{FR: "Stagiaire", EN: "Intern"}},
			{Value: "apprentice", Label: vigie.Text{FR: "Alternant", EN: "Apprentice"}},
			{Value: "third_party", Label: vigie.Text{FR: "Tiers", EN: "Third party"}},
		}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "team", Kind: register.Ref, To: "team", Label: vigie.Text{FR: "Service", EN: "Service"}},
		{Name: "site", Kind: register.Ref, To: "site", Label: vigie.Text{FR: "Site", EN: "Site"}},
		{Name: "manager", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Responsable", EN: "Manager"}},
		{Name: "company", Kind: register.Ref, To: "third_party", Label: vigie.Text{FR: "Société (tiers)", EN: "Company (third party)"}, Absent: vigie.Text{FR: "personnel interne", EN: "internal staff"}},
		{Name: "profile", Kind: register.Ref, To: "role_profile", Label: vigie.Text{FR: "Profil de droits", EN: "Role profile"}},
		{Name: "uses_is", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Utilise le SI", EN: "Uses the information system"}},
		{Name: "first_day", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Premier jour", EN: "First day"}},
		{Name: "last_day", Kind: register.Date, Label: vigie.Text{FR: "Dernier jour", EN: "Last day"}, Absent: vigie.Text{FR: "toujours présent", EN: "still present"}},
	},
})
