package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// NoticeDelivery is a notice given to a person or third party (9.16.6).
var NoticeDelivery = declare(register.Register{
	ID:     "notice_delivery",
	Label:  vigie.Text{FR: "Remises de documents RGPD", EN: "Notice deliveries"},
	Serves: []vigie.RuleID{"9.16.6"},
	Fields: []register.Field{
		{Name: "notice", Kind: register.Ref, To: "notice", Required: true, Label: vigie.Text{FR: "Document", EN: "Notice"}},
		{Name: "person", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Personne", EN: "Person"}, Absent: vigie.Text{FR: "remis à un tiers", EN: "given to a third party"}},
		{Name: "third_party", Kind: register.Ref, To: "third_party", Label: vigie.Text{FR: "Tiers", EN: "Third party"}, Absent: vigie.Text{FR: "remis à une personne", EN: "given to a person"}},
		{Name: "given_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Le", EN: "On"}},
	},
})
