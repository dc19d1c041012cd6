package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// LogSource is a stream of events that an asset is expected to send (9.7.2,
// 9.7.3, 9.8.6, 9.11.3, 9.11.4).
var LogSource = declare(register.Register{
	ID:     "log_source",
	Label:  vigie.Text{FR: "Sources de traces", EN: "Log sources"},
	Serves: []vigie.RuleID{"9.7.2", "9.7.3", "9.8.6", "9.11.3", "9.11.4"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "system", Label: vigie.Text{FR: "Système", EN: "System"}},
			{Value: "access", Label: vigie.Text{FR: "Accès", EN: "Access"}},
			{Value: "application", Label: vigie.Text{FR: "Application", EN: "Application"}},
			{Value: "proxy", Label: vigie.Text{FR: "Filtrage web", EN: "Web filter"}},
			{Value: "resolver", Label: vigie.Text{FR: "Résolveur", EN: "Resolver"}},
			{Value: "badge", Label: vigie.Text{FR: "Badges", EN: "Badges"}},
		}},
		// How its events are found in the vault: its facts are then brought by
		// collect/traces.
		{Name: "vault_query", Kind: register.Text, Indexed: true, Label: vigie.Text{FR: "Recherche dans le coffre (ex. host:srv-1 app:sshd)", EN: "Search in the vault (e.g. host:srv-1 app:sshd)"},
			Absent: vigie.Text{FR: "ses faits sont donnés par des personnes ou des imports", EN: "its facts are given by people or imports"}},
		{Name: "exception_reason", Kind: register.Text, Label: vigie.Text{FR: "Exception : motif", EN: "Exception: reason"}},
		{Name: "exception_until", Kind: register.Date, Label: vigie.Text{FR: "Exception jusqu’au", EN: "Exception until"}},
		{Name: "onboarded_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Raccordée le", EN: "Onboarded on"}},
		{Name: "last_event_at", Kind: register.Time, Label: vigie.Text{FR: "Dernier événement", EN: "Last event"}},
		{Name: "last_success_at", Kind: register.Time, Label: vigie.Text{FR: "Dernier accès réussi tracé", EN: "Last successful access traced"}},
		{Name: "last_failure_at", Kind: register.Time, Label: vigie.Text{FR: "Dernier accès refusé tracé", EN: "Last refused access traced"}},
		{Name: "oldest_verified_on", Kind: register.Date, Label: vigie.Text{FR: "Plus ancienne trace vérifiée", EN: "Oldest verified trace"}},
		{Name: "oldest_kept_on", Kind: register.Date, Label: vigie.Text{FR: "Plus ancienne trace conservée", EN: "Oldest kept trace"}},
		{Name: "verified_at", Kind: register.Time, Label: vigie.Text{FR: "Vérifiée le", EN: "Verified at"}},
		{Name: "verification_failed", Kind: register.Bool, Label: vigie.Text{FR: "Vérification en échec", EN: "Verification failed"}},
		{Name: "clock_skew_seconds", Kind: register.Integer, Label: vigie.Text{FR: "Décalage d’horloge (s)", EN: "Clock skew (s)"}},
		{Name: "personal_data", Kind: register.Bool, Label: vigie.Text{FR: "Données personnelles", EN: "Personal data"}},
		{Name: "retention_reason", Kind: register.Text, Label: vigie.Text{FR: "Motif de conservation longue", EN: "Reason for long retention"}},
		{Name: "assurance", Kind: register.Enum, Label: vigie.Text{FR: "Assurance", EN: "Assurance"}, Options: []register.Option{
			{Value: "acknowledged", Label: vigie.Text{FR: "Acquittée", EN: "Acknowledged"}},
			{Value: "tls", Label: vigie.Text{FR: "TCP ou TLS", EN: "TCP or TLS"}},
			{Value: "udp", Label: vigie.Text{FR: "UDP", EN: "UDP"}},
		}},
	},
})
