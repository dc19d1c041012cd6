package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// HostPosture is the last picture that a machine gave of itself (9.2.2, 9.8.1,
// 9.9.4, 9.10.6, 9.11.7, 9.15.2, 9.17.1).
var HostPosture = declare(register.Register{
	ID:     "host_posture",
	Label:  vigie.Text{FR: "États des machines", EN: "Host postures"},
	Serves: []vigie.RuleID{"9.2.2", "9.8.1", "9.9.4", "9.10.6", "9.11.7", "9.15.2", "9.17.1"},
	Fields: []register.Field{
		{Name: "asset", Kind: register.Ref, To: "asset", Required: true, Unique: true, Label: vigie.Text{FR: "Machine", EN: "Machine"}},
		{Name: "observed_at", Kind: register.Time, Required: true, Label: vigie.Text{FR: "Observé le", EN: "Observed at"}},
		{Name: "agent_version", Kind: register.Text, Label: vigie.Text{FR: "Version de l’agent", EN: "Agent version"}},
		{Name: "os_name", Kind: register.Text, Label: vigie.Text{FR: "Système", EN: "Operating system"}},
		{Name: "os_version", Kind: register.Text, Label: vigie.Text{FR: "Version du système", EN: "System version"}},
		{Name: "kernel", Kind: register.Text, Label: vigie.Text{FR: "Noyau", EN: "Kernel"}},
		{Name: "software_observed_at", Kind: register.Time, Label: vigie.Text{FR: "Logiciels observés le", EN: "Software observed at"}},
		{Name: "disk_encrypted", Kind: register.Bool, Label: vigie.Text{FR: "Disque chiffré", EN: "Disk encrypted"}},
		{Name: "encryption_central", Kind: register.Bool, Label: vigie.Text{FR: "Chiffrement géré centralement", EN: "Encryption centrally managed"}},
		{Name: "encryption_reliable", Kind: register.Bool, Label: vigie.Text{FR: "Chiffrement fiable (AES 128 bits au moins)", EN: "Reliable encryption (AES 128 bits or more)"}},
		{Name: "encryption_lost_at", Kind: register.Time, Label: vigie.Text{FR: "Dernière perte du chiffrement", EN: "Last loss of encryption"}, Absent: vigie.Text{FR: "jamais perdu", EN: "never lost"}},
		{Name: "recovery_key_escrowed", Kind: register.Bool, Label: vigie.Text{FR: "Clé de secours sous séquestre", EN: "Recovery key escrowed"}},
		{Name: "firewall_on", Kind: register.Bool, Label: vigie.Text{FR: "Pare-feu actif", EN: "Firewall on"}},
		{Name: "malware_protection_on", Kind: register.Bool, Label: vigie.Text{FR: "Antivirus actif", EN: "Malware protection on"}},
		{Name: "malware_signatures_at", Kind: register.Time, Label: vigie.Text{FR: "Signatures du", EN: "Signatures of"}},
		{Name: "integrity_on", Kind: register.Bool, Label: vigie.Text{FR: "Surveillance d’intégrité", EN: "Integrity monitoring on"}},
		{Name: "time_synced", Kind: register.Bool, Label: vigie.Text{FR: "Horloge synchronisée", EN: "Clock synchronised"}},
		{Name: "session_lock_minutes", Kind: register.Integer, Label: vigie.Text{FR: "Verrouillage de session (minutes)", EN: "Session lock (minutes)"}},
		{Name: "last_backup_at", Kind: register.Time, Label: vigie.Text{FR: "Dernière sauvegarde vue", EN: "Last backup seen"}},
		{Name: "backup_destination", Kind: register.Enum, Label: vigie.Text{FR: "Destination de sauvegarde", EN: "Backup destination"}, Options: []register.Option{
			{Value: "approved", Label: vigie.Text{FR: "Stockage approuvé", EN: "Approved storage"}},
			{Value: "usb", Label: vigie.Text{FR: "USB", EN: "USB"}},
			{Value: "public_cloud", Label: vigie.Text{FR: "Cloud public", EN: "Public cloud"}},
			{Value: "unknown", Label: vigie.Text{FR: "Inconnue", EN: "Unknown"}},
		}},
		{Name: "unknown_reasons", Kind: register.Long, Label: vigie.Text{FR: "Ce que la machine n’a pu dire", EN: "What the machine could not tell"}},
	},
})
