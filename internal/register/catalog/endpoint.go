package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Endpoint is a network service that a machine offers (9.8.3, 9.8.4, 9.17.6,
// 9.17.7, 9.17.8).
var Endpoint = declare(register.Register{
	ID:     "endpoint",
	Label:  vigie.Text{FR: "Services exposés", EN: "Endpoints"},
	Serves: []vigie.RuleID{"9.8.3", "9.8.4", "9.17.6", "9.17.7", "9.17.8"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Label: vigie.Text{FR: "Bien", EN: "Asset"}},
		{Name: "port", Kind: register.Integer, Label: vigie.Text{FR: "Port", EN: "Port"}},
		{Name: "service", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Service", EN: "Service"}, Options: []register.Option{
			{Value: "ssh", Label: vigie.Text{FR: "SSH", EN: "SSH"}},
			{Value: "tls", Label: vigie.Text{FR: "TLS", EN: "TLS"}},
			{Value: "https", Label: vigie.Text{FR: "HTTPS", EN: "HTTPS"}},
			{Value: "http", Label: vigie.Text{FR: "HTTP", EN: "HTTP"}},
			{Value: "ldap", Label: vigie.Text{FR: "LDAP", EN: "LDAP"}},
			{Value: "imap", Label: vigie.Text{FR: "IMAP", EN: "IMAP"}},
			{Value: "pop", Label: vigie.Text{FR: "POP", EN: "POP"}},
			{Value: "smtp", Label: vigie.Text{FR: "SMTP", EN: "SMTP"}},
			{Value: "ftp", Label: vigie.Text{FR: "FTP", EN: "FTP"}},
			{Value: "telnet", Label: vigie.Text{FR: "Telnet", EN: "Telnet"}},
			{Value: "vnc", Label: vigie.Text{FR: "VNC", EN: "VNC"}},
			{Value: "rdp", Label: vigie.Text{FR: "RDP", EN: "RDP"}},
			{Value: "vpn", Label: vigie.Text{FR: "VPN", EN: "VPN"}},
			{Value: "other", Label: vigie.Text{FR: "Autre", EN: "Other"}},
		}},
		{Name: "remote_access", Kind: register.Bool, Label: vigie.Text{FR: "Accès distant", EN: "Remote access"}},
		{Name: "redirect_only", Kind: register.Bool, Label: vigie.Text{FR: "Ne fait que renvoyer vers HTTPS", EN: "Only redirects to HTTPS"}},
		{Name: "audience", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Exposition", EN: "Audience"}, Options: []register.Option{
			{Value: "public", Label: vigie.Text{FR: "Public", EN: "Public"}},
			{Value: "third_party", Label: vigie.Text{FR: "Tiers", EN: "Third party"}},
			{Value: "internal", Label: vigie.Text{FR: "Interne", EN: "Internal"}},
			{Value: "loopback", Label: vigie.Text{FR: "Local", EN: "Loopback"}},
		}},
		{Name: "program", Kind: register.Text, Label: vigie.Text{FR: "Programme", EN: "Program"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
		{Name: "encrypted", Kind: register.Bool, Label: vigie.Text{FR: "Chiffré", EN: "Encrypted"}},
		{Name: "clear_login", Kind: register.Bool, Label: vigie.Text{FR: "Authentification en clair", EN: "Login in clear"}},
		{Name: "weak_protocol", Kind: register.Bool, Label: vigie.Text{FR: "Version obsolète", EN: "Obsolete version"}},
		{Name: "weak_suite", Kind: register.Bool, Label: vigie.Text{FR: "Suite obsolète", EN: "Obsolete suite"}},
		{Name: "weak_key", Kind: register.Bool, Label: vigie.Text{FR: "Clé ou groupe faible", EN: "Weak key or group"}},
		{Name: "weak_signature", Kind: register.Bool, Label: vigie.Text{FR: "Signature faible", EN: "Weak signature"}},
		{Name: "certificate", Kind: register.Ref, To: "certificate", Label: vigie.Text{FR: "Certificat", EN: "Certificate"}},
	},
})
