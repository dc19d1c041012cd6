package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// MailServer is a mail exchanger of ours (9.17.7).
var MailServer = declare(register.Register{
	ID:     "mail_server",
	Label:  vigie.Text{FR: "Serveurs de messagerie", EN: "Mail servers"},
	Serves: []vigie.RuleID{"9.17.7"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Unique: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "starttls", Kind: register.Bool, Label: vigie.Text{FR: "STARTTLS proposé", EN: "STARTTLS offered"}},
		{Name: "outbound_tls", Kind: register.Bool, Label: vigie.Text{FR: "Chiffre les envois quand le destinataire l’accepte", EN: "Encrypts outgoing mail when the recipient accepts"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
	},
})
