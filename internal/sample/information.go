package sample

import (
	"strings"
)

// An application and the database behind it.
var applications = []struct {
	id, name         string
	keeper           keeper
	level            level
	personal, opened bool // holds personal data; open to third parties
	database         string
}{
	{"compta", "Alvéride Compta", accounts, vital, true, true, "tabulaire-16"},
	{"paie", "Alvéride Paie", payslips, private, true, true, "tabulaire-16"},
	{"stock", "Alvéride Stocks", stocks, strong, false, true, "tabulaire-16"},
	{"portail", "Portail des clients", clients, vital, true, true, "tabulaire-16"},
	{"site", "Site public", sales, ordinary, false, true, "tabulaire-16"},
	{"demandes", "Suivi des demandes", clients, strong, true, true, "tabulaire-16"},
	{"forge", "Forge logicielle", research, strong, false, false, "tabulaire-16"},
	{"integration", "Intégration continue", research, ordinary, false, false, ""},
	{"paquets", "Dépôt de paquets", research, ordinary, false, false, ""},
	{"messagerie", "Messagerie", systems, strong, true, false, ""},
	{"annuaire", "Annuaire", systems, strong, true, false, ""},
	{"fichiers", "Partages de fichiers", systems, private, true, false, ""},
	{"supervision", "Supervision", systems, ordinary, false, false, "tabulaire-16"},
	{"journaux", "Coffre des traces", systems, strong, true, false, ""},
	{"sauvegarde", "Sauvegarde", systems, strong, false, false, ""},
	{"vpn", "Accès distant", networks, strong, false, false, ""},
	{"mandataire", "Filtrage du web", networks, ordinary, true, false, ""},
	{"sirh", "Gestion du personnel", humans, secret, true, false, "tabulaire-16"},
	{"temps", "Temps et activités", humans, ordinary, true, false, "tabulaire-16"},
	{"notes-frais", "Notes de frais", money, ordinary, true, false, "tabulaire-16"},
	{"comptabilite", "Comptabilité interne", money, strong, false, false, "tabulaire-16"},
	{"tresorerie", "Trésorerie", money, private, false, false, "tabulaire-16"},
	{"clients", "Relation client", sales, private, true, false, "tabulaire-16"},
	{"devis", "Devis et contrats", sales, ordinary, false, false, "tabulaire-16"},
	{"ged", "Gestion documentaire", law, private, false, false, "tabulaire-16"},
	{"coffre", "Coffre documentaire", law, secret, false, false, ""},
	{"badges", "Contrôle d’accès", premises, ordinary, true, false, "tabulaire-12"},
	{"visiteurs", "Accueil des visiteurs", premises, minor, true, false, ""},
	{"intranet", "Intranet", humans, minor, false, false, "tabulaire-16"},
	{"formation", "Formation en ligne", humans, minor, true, false, "tabulaire-16"},
	{"telephonie", "Téléphonie", networks, ordinary, true, false, ""},
	{"visio", "Visioconférence", desks, minor, false, false, ""},
	{"deploiement", "Déploiement des postes", desks, ordinary, false, false, "tabulaire-16"},
	{"antivirus", "Console antivirus", desks, ordinary, false, false, "tabulaire-16"},
	{"chiffrement", "Chiffrement des postes", desks, strong, false, false, "tabulaire-16"},
	{"tickets", "Assistance interne", desks, minor, false, false, "tabulaire-16"},
	{"inventaire", "Inventaire du parc", desks, ordinary, false, false, "tabulaire-16"},
	{"be-support", "Support Belgique", brussels, ordinary, true, false, "tabulaire-16"},
	{"ca-recherche", "Banc d’essai de Montréal", quebec, minor, false, false, "tabulaire-16"},
	{"qualite", "Campagnes de test", research, minor, false, false, "tabulaire-16"},
	{"facturation", "Facturation reprise", money, ordinary, true, false, "tabulaire-12"},
}

// software: what runs on the servers, and its databases.
func (c *company) software() {
	for _, x := range applications {
		entity := map[string]string{"be-support": "be", "ca-recherche": "ca"}[x.id]
		a := x.keeper.asset("application", "app-"+x.id, x.name, x.level)
		a.entity, a.site = entity, grenoble
		a.values = values{"environment": "production", "personal_data": x.personal, "third_party_access": x.opened, "support": "socle-12"}
		switch x.id {
		case "ca-recherche":
			a.created, a.values["environment"] = -180, "test"
		case "facturation":
			a.created = -45
		}
		c.own(a)
		if x.database == "" {
			continue
		}
		b := x.keeper.asset("database", "bd-"+x.id, "Base "+x.name, x.level)
		b.entity, b.site, b.created = entity, grenoble, a.created
		b.values = values{"environment": a.values["environment"], "personal_data": x.personal, "third_party_access": false, "support": x.database, "publication_decided_on": on(-290)}
		c.own(b)
	}
}

// holdings are the sets of information, by who answers for them.
var holdings = []struct {
	keeper   keeper
	level    level
	personal bool
	names    string
}{
	{accounts, strong, true, "Écritures des clients; Exports fiscaux"},
	{accounts, ordinary, false, "Plans comptables; Modèles de déclaration"},
	{payslips, private, true, "Bulletins des clients; Déclarations sociales"},
	{payslips, ordinary, false, "Barèmes de cotisation"},
	{stocks, ordinary, false, "Catalogues d’articles; Mouvements de stock"},
	{research, strong, false, "Code source Compta; Code source Paie; Code source Stocks"},
	{research, ordinary, false, "Spécifications; Feuille de route; Rapports d’anomalies; Résultats de test"},
	{research, secret, false, "Clés de signature des livraisons"},
	{clients, private, true, "Dossiers de support; Copies de bases de clients"},
	{clients, ordinary, true, "Comptes des clients; Enquêtes de satisfaction"},
	{sales, private, true, "Fichier des prospects; Contrats des clients"},
	{sales, minor, false, "Plaquettes; Communiqués; Site public; Supports de salon"},
	{humans, secret, true, "Dossiers du personnel; Rémunérations; Dossiers disciplinaires"},
	{humans, private, true, "Candidatures; Entretiens annuels"},
	{humans, ordinary, false, "Organigrammes; Plan de formation"},
	{money, private, false, "Comptes de la société; Budget; Relevés bancaires"},
	{money, ordinary, true, "Factures des fournisseurs; Notes de frais"},
	{law, private, false, "Contrats des fournisseurs; Contentieux; Registre des traitements"},
	{law, secret, false, "Dossier de rachat"},
	{systems, strong, false, "Configurations des serveurs; Dossier d’architecture"},
	{systems, private, true, "Traces; Journaux de connexion"},
	{networks, strong, false, "Plan d’adressage; Configurations des réseaux"},
	{premises, ordinary, true, "Registre des visites; Passages de badge"},
	{brussels, ordinary, true, "Dossiers de support Belgique"},
	{quebec, ordinary, false, "Prototypes de Montréal"},
}

// testSets are data that imitate production.
var testSets = []string{"Jeu comptable anonymisé", "Jeu de paie anonymisé", "Jeu de stocks", "Base de démonstration", "Jeu de charge", "Jeu de recette Compta", "Jeu de recette Paie", "Jeu de recette Stocks",
	"Jeu du portail", "Jeu de migration", "Jeu de formation", "Jeu de non-régression", "Jeu de Montréal", "Jeu du banc d’essai", "Jeu d’intégration", "Jeu d’exports"}

// shelves are the papers of the company.
var shelves = []struct {
	keeper keeper
	level  level
	room   string
	names  string
}{
	{law, private, roomLawBox, "Contrats signés; Statuts et registres sociaux; Contentieux clos; Dossier de rachat (papier)"},
	{humans, private, roomArchive, "Dossiers du personnel (papier); Registre unique du personnel; Médecine du travail; Visas et permis"},
	{money, private, roomArchive, "Liasses fiscales; Pièces comptables 1; Pièces comptables 2; Relevés de banque; Contrats d’assurance"},
	{sales, ordinary, roomArchive, "Contrats anciens; Appels d’offres; Bons de commande; Fiches de salon"},
	{premises, minor, openLyon, "Plans d’évacuation; Notices de matériel; Registre de sécurité; Bons de livraison"},
	{research, minor, openLyon, "Livres de référence; Cahiers de conception"},
	{systems, ordinary, roomArchive, "Plans de câblage; Classeur de crise; Enveloppes de secours; Bandes anciennes; Schémas électriques; Registre des interventions"},
	{brussels, minor, openBrussels, "Dossiers de Bruxelles; Bons de Bruxelles"},
	{quebec, minor, openMontreal, "Dossiers de Montréal"},
}

// information: data sets, test sets and papers.
func (c *company) information() {
	for _, h := range holdings {
		for name := range strings.SplitSeq(h.names, "; ") {
			a := h.keeper.asset("data", "data-"+slug(name), name, h.level)
			a.site = grenoble
			a.entity = map[string]string{beSupport: "be", caDev: "ca"}[h.keeper.owner]
			a.values = values{"environment": "production", "personal_data": h.personal, "publication_decided_on": on(-290)}
			c.own(a)
		}
	}
	for _, name := range testSets {
		a := research.asset("data", slug(name), name, minor)
		a.site = grenoble
		a.values = values{"environment": "test", "personal_data": false}
		c.own(a)
	}
	for _, s := range shelves {
		for name := range strings.SplitSeq(s.names, "; ") {
			a := s.keeper.asset("paper", "papier-"+slug(name), name, s.level)
			a.room = s.room
			a.site = map[string]string{openBrussels: bruxelles, openMontreal: montreal}[s.room]
			if a.site == "" {
				a.site = lyon
			}
			a.entity = map[string]string{bruxelles: "be", montreal: "ca"}[a.site]
			a.values = values{"environment": "production", "publication_decided_on": on(-290), "personal_data": s.keeper == humans}
			c.own(a)
		}
	}
}
