package catalog

import (
	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Asset is the inventory: whatever has a value for the company, with its DICT
// levels (§ 3, § 6, 9.2.1, 9.2.3, 9.2.4, 9.5.2, 9.5.5).
var Asset = declare(register.Register{
	ID:     "asset",
	Label:  vigie.Text{FR: "Biens", EN: "Assets"},
	Serves: []vigie.RuleID{"3", "6", "9.2.1", "9.2.3", "9.2.4", "9.5.2", "9.5.5"},
	Fields: []register.Field{
		{Name: "name", Kind: register.Text, Required: true, Label: vigie.Text{FR: "Nom", EN: "Name"}},
		{Name: "kind", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "Nature", EN: "Kind"}, Options: []register.Option{
			{Value: "server", Label: vigie.Text{FR: "Serveur", EN: "Server"}},
			{Value: "workstation", Label: vigie.Text{FR: "Poste fixe", EN: "Workstation"}},
			{Value: "laptop", Label: vigie.Text{FR: "Ordinateur portable", EN: "Laptop"}},
			{Value: "tablet", Label: vigie.Text{FR: "Tablette", EN: "Tablet"}},
			{Value: "phone", Label: vigie.Text{FR: "Téléphone", EN: "Phone"}},
			{Value: "network", Label: vigie.Text{FR: "Équipement réseau", EN: "Network equipment"}},
			{Value: "storage", Label: vigie.Text{FR: "Baie de stockage", EN: "Storage array"}},
			{Value: "peripheral", Label: vigie.Text{FR: "Périphérique", EN: "Peripheral"}},
			{Value: "application", Label: vigie.Text{FR: "Application", EN: "Application"}},
			{Value: "database", Label: vigie.Text{FR: "Base de données", EN: "Database"}},
			{Value: "data", Label: vigie.Text{FR: "Données", EN: "Data"}},
			{Value: "paper", Label: vigie.Text{FR: "Papier", EN: "Paper"}},
		}},
		{Name: "family", Kind: register.Enum, Label: vigie.Text{FR: "Famille", EN: "Family"}, Derive: family, Options: []register.Option{
			{Value: "hardware", Label: vigie.Text{FR: "Matériel", EN: "Hardware"}},
			{Value: "software", Label: vigie.Text{FR: "Logiciel", EN: "Software"}},
			{Value: "information", Label: vigie.Text{FR: "Information", EN: "Information"}},
		}},
		{Name: "environment", Kind: register.Enum, Label: vigie.Text{FR: "Environnement", EN: "Environment"}, Options: []register.Option{
			{Value: "production", Label: vigie.Text{FR: "Production", EN: "Production"}},
			{Value: "test", Label: vigie.Text{FR: "Test", EN: "Test"}},
			{Value: "development", Label: vigie.Text{FR: "Développement", EN: "Development"}},
			{Value: "acceptance", Label: vigie.Text{FR: "Recette", EN: "Acceptance"}},
		}},
		{Name: "entity", Kind: register.Ref, To: "entity", Required: true, Label: vigie.Text{FR: "Entité", EN: "Entity"}},
		{Name: "site", Kind: register.Ref, To: "site", Label: vigie.Text{FR: "Site", EN: "Site"}},
		{Name: "room", Kind: register.Ref, To: "room", Label: vigie.Text{FR: "Local", EN: "Room"}},
		{Name: "status", Kind: register.Enum, Required: true, Label: vigie.Text{FR: "État", EN: "Status"}, Options: []register.Option{
			{Value: "in_service", Label: vigie.Text{FR: "En service", EN: "In service"}},
			{Value: "stock", Label: vigie.Text{FR: "En stock", EN: "In stock"}},
			{Value: "returned", Label: vigie.Text{FR: "Restitué", EN: "Returned"}},
			{Value: "disposed", Label: vigie.Text{FR: "Mis au rebut", EN: "Disposed of"}},
		}},
		{Name: "owner", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Propriétaire", EN: "Owner"}},
		{Name: "deputy", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Suppléant", EN: "Deputy"}},
		{Name: "maintainer", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Chargé de la mise à jour", EN: "Maintainer"}},
		{Name: "holder", Kind: register.Ref, To: "person", Label: vigie.Text{FR: "Détenteur", EN: "Holder"}, Absent: vigie.Text{FR: "matériel partagé", EN: "shared equipment"}},
		{Name: "d", Kind: register.Level, Label: vigie.Text{FR: "Disponibilité (D)", EN: "Availability (D)"}},
		{Name: "i", Kind: register.Level, Label: vigie.Text{FR: "Intégrité (I)", EN: "Integrity (I)"}},
		{Name: "c", Kind: register.Level, Label: vigie.Text{FR: "Confidentialité (C)", EN: "Confidentiality (C)"}},
		{Name: "t", Kind: register.Level, Label: vigie.Text{FR: "Traçabilité (T)", EN: "Traceability (T)"}},
		{Name: "rated_on", Kind: register.Date, Label: vigie.Text{FR: "Classé le", EN: "Rated on"}},
		{Name: "dima_hours", Kind: register.Integer, Label: vigie.Text{FR: "DIMA (heures)", EN: "Longest allowed outage (hours)"}, Absent: vigie.Text{FR: "plafond de la note D", EN: "ceiling of the D level"}},
		{Name: "pdma_hours", Kind: register.Integer, Label: vigie.Text{FR: "PDMA (heures)", EN: "Oldest allowed data (hours)"}},
		{Name: "retention_days", Kind: register.Integer, Label: vigie.Text{FR: "Rétention (jours)", EN: "Retention (days)"}},
		{Name: "vital", Kind: register.Bool, Label: vigie.Text{FR: "Vital", EN: "Vital"}, Absent: vigie.Text{FR: "non marqué", EN: "not marked"}},
		{Name: "personal_data", Kind: register.Bool, Label: vigie.Text{FR: "Données personnelles", EN: "Personal data"}},
		{Name: "has_storage", Kind: register.Bool, Label: vigie.Text{FR: "Support de stockage", EN: "Has storage"}},
		{Name: "third_party_access", Kind: register.Bool, Label: vigie.Text{FR: "Ouvert à des tiers", EN: "Open to third parties"}},
		{Name: "publication_decided_on", Kind: register.Date, Label: vigie.Text{FR: "Décision de publication", EN: "Publication decided on"}},
		{Name: "level_justified", Kind: register.Bool, Label: vigie.Text{FR: "Niveau C de test qualifié par le propriétaire", EN: "Test C level qualified by the owner"}},
		{Name: "copy_of", Kind: register.Ref, To: "asset", Label: vigie.Text{FR: "Copie de", EN: "Copy of"}, Absent: vigie.Text{FR: "pas une copie", EN: "not a copy"}},
		{Name: "anonymised", Kind: register.Bool, Label: vigie.Text{FR: "Données anonymisées", EN: "Data anonymised"}},
		{Name: "copy_allowed_on", Kind: register.Date, Label: vigie.Text{FR: "Copie permise par le propriétaire le", EN: "Copy allowed by the owner on"}},
		{Name: "serial", Kind: register.Text, Indexed: true, Label: vigie.Text{FR: "Numéro de série", EN: "Serial number"}},
		{Name: "created_on", Kind: register.Date, Required: true, Label: vigie.Text{FR: "Créé le", EN: "Created on"}},
		{Name: "live_on", Kind: register.Date, Label: vigie.Text{FR: "Mis en service le", EN: "Live since"}, Absent: vigie.Text{FR: "pas en service", EN: "not live"}},
		{Name: "confirmed_at", Kind: register.Time, Label: vigie.Text{FR: "Confirmé le", EN: "Last confirmed"}},
		{Name: "support", Kind: register.Ref, To: "support_cycle", Label: vigie.Text{FR: "Version suivie", EN: "Support cycle"}},
	},
})
