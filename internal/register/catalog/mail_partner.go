package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// MailPartner is a partner domain and the encryption it needs (9.17.7).
var MailPartner = declare(register.Register{
	ID:     "mail_partner",
	Label:  vigie.Text{FR: "Partenaires de messagerie", EN: "Mail partners"},
	Serves: []vigie.RuleID{"9.17.7"},
	Fields: []register.Field{
		{Name: "domain", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Domaine", EN: "Domain"}},
		{Name: "third_party", Kind: register.Ref, To: "third_party", Label: vigie.Text{FR: "Tiers", EN: "Third party"}, Absent: vigie.Text{FR: "domaine isolé", EN: "standalone domain"}},
		{Name: "mandatory", Kind: register.Bool, Required: true, Label: vigie.Text{FR: "Chiffrement obligatoire", EN: "Encryption mandatory"}},
		{Name: "enforced", Kind: register.Bool, Label: vigie.Text{FR: "Chiffrement imposé", EN: "Encryption enforced"}},
		{Name: "tested_on", Kind: register.Date, Label: vigie.Text{FR: "Vérifié le", EN: "Checked on"}},
		{Name: "last_clear_at", Kind: register.Time, Label: vigie.Text{FR: "Dernier envoi en clair", EN: "Last clear delivery"}, Absent: vigie.Text{FR: "aucun envoi en clair vu", EN: "no clear delivery seen"}},
	},
})
