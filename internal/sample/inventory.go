package sample

import (
	"fmt"
	"slices"
	"strings"

	"vigie.example/internal/register/catalog"
)

// An asset of the company, as the other chapters need to know it.
type asset struct {
	id, name, kind            string
	entity, site, room        string
	owner, deputy, maintainer string
	holder                    string
	level                     level
	created, gone             int // days; gone is 0 for what is in service
	values                    values
}

// A level is what security an asset needs: D, I, C, T, then the longest outage
// (DIMA) and the oldest data (PDMA) that it allows, in hours.
type level struct{ d, i, c, t, dima, pdma int }

// The usual needs.
var (
	ordinary = level{2, 2, 1, 1, 96, 24}
	minor    = level{1, 1, 1, 1, 240, 72}
	strong   = level{3, 3, 2, 3, 12, 12} // the business stops in a day without it
	vital    = level{4, 3, 2, 3, 3, 4}   // customers are stopped at once
	private  = level{2, 3, 3, 3, 48, 24} // for the persons concerned only
	secret   = level{3, 4, 4, 4, 20, 12} // for named persons only
)

func (l level) sensitive() bool { return max(l.d, l.i, l.c, l.t) >= 3 }

// serves says whether the asset is in service on a day.
func (a *asset) serves(day int) bool { return a.created <= day && (a.gone == 0 || a.gone > day) }

// machine says whether an agent can run on the asset.
func (a *asset) machine() bool {
	return slices.Contains([]string{"server", "workstation", "laptop"}, a.kind)
}

// A keeper is who answers for assets of one sort.
type keeper struct{ owner, deputy, maintainer string }

var (
	systems  = keeper{sysLead, netLead, sysAdmin}
	networks = keeper{netLead, sysLead, netAdmin}
	desks    = keeper{deskLead, deskAgent, deskAgent}
	brussels = keeper{beSupport, beLead, deskAgent}
	quebec   = keeper{caDev, caLead, sysAdmin}
	accounts = keeper{accountsDev, devLead, sysAdmin}
	payslips = keeper{payrollDev, devLead, sysAdmin}
	stocks   = keeper{stockDev, devLead, sysAdmin}
	research = keeper{devLead, quality, sysAdmin}
	clients  = keeper{supportLead, salesLead, sysAdmin}
	sales    = keeper{salesLead, supportLead, sysAdmin}
	humans   = keeper{hr, finance, sysAdmin}
	money    = keeper{finance, auditor, sysAdmin}
	law      = keeper{dpo, counsel, sysAdmin}
	premises = keeper{facilities, hr, netAdmin}
)

// The rooms.
const (
	roomGrenoble = "salle-a-grenoble"
	roomLyon     = "salle-serveurs-lyon"
	roomBrussels = "local-technique-bruxelles"
	roomMontreal = "local-technique-montreal"
	roomArchive  = "archives-lyon"
	roomLawBox   = "coffre-juridique"
	openLyon     = "plateau-lyon"
	openBrussels = "plateau-bruxelles"
	openMontreal = "plateau-montreal"
	stockRoom    = "reserve-materiel"
)

// roomOf is where machines of a site stand.
var roomOf = map[string]string{grenoble: roomGrenoble, lyon: roomLyon, bruxelles: roomBrussels, montreal: roomMontreal}

// The versions that are followed, with the end of their support. Their names
// are not those of real products, whose dates would be false here.
var cycles = []struct {
	id, product, cycle string
	ends, extended     on
}{
	{"socle-12", "Socle Linux", "12", 640, 1700},
	{"socle-11", "Socle Linux", "11", -40, 320},
	{"socle-9", "Socle Linux", "9", -760, 0},
	{"bureau-11", "Poste Bureau", "11", 720, 0},
	{"bureau-10", "Poste Bureau", "10", -20, 0},
	{"atelier-24", "Atelier Linux", "24", 900, 2700},
	{"mobile-18", "Système mobile", "18", 500, 0},
	{"rempart-9", "Système Rempart", "9", 480, 0},
	{"baie-6", "Système de baie", "6", 800, 0},
	{"tabulaire-16", "Base Tabulaire", "16", 1000, 0},
	{"tabulaire-12", "Base Tabulaire", "12", 95, 0},
}

// inventory: about six hundred assets, and what was wrong with them at first.
func (c *company) inventory() {
	for _, s := range cycles {
		v := values{"product": s.product, "cycle": s.cycle, "eol_on": s.ends, "open_ended": false}
		if s.extended != 0 {
			v["extended_on"] = s.extended
		}
		v["refreshed_at"] = at(-life, 12, 0)
		c.put(at(-life, 13, 0), address(ciso), catalog.SupportCycle, s.id, v)
		c.sense(&sensor{register: catalog.SupportCycle, id: s.id, from: -290, every: 4, actor: "collecteur:veille", each: func(now int64) values { return values{"refreshed_at": now - 7*3600} }})
	}
	c.rooms()
	c.servers()
	c.equipment()
	c.workplaces()
	c.software()
	c.information()
	for i, a := range c.assets {
		c.importAsset(i, a)
	}
	c.confirmations()
	c.reviews()
	c.mistakes()
}

// mistakes are what went wrong in the inventory and nobody has mended.
func (c *company) mistakes() {
	c.put(at(-205, 11, 0), address(devLead), catalog.Asset, "app-qualite", values{"deputy": "gael-noel"}) // who left since
	c.put(at(-33, 11, 0), address(sysLead), catalog.Asset, "srv-journal-2", values{"dima_hours": 72})     // too long for its D
	c.put(at(-26, 11, 0), address(devLead), catalog.Asset, "jeu-de-paie-anonymise", values{"c": 2})       // and nobody says why
}

// rooms are told with the sites; the assets stand in them.
func (c *company) rooms() {
	for _, r := range []struct {
		id, name, site, kind                           string
		secured, theft, fire, damp, flood, cold, power bool
	}{
		{roomGrenoble, "Salle A de Grenoble", grenoble, "server_room", true, true, true, true, true, true, true},
		{roomLyon, "Salle serveurs du siège", lyon, "server_room", true, true, true, true, true, true, true},
		{roomBrussels, "Local technique de Bruxelles", bruxelles, "technical", false, true, true, false, true, true, true},
		{roomMontreal, "Local technique de Montréal", montreal, "technical", true, true, true, true, true, true, true},
		{roomArchive, "Archives du siège", lyon, "archive", true, true, true, true, true, false, false},
		{roomLawBox, "Coffre du service juridique", lyon, "archive", true, true, true, true, true, false, false},
		{openLyon, "Plateaux du siège", lyon, "office", false, false, true, false, false, true, false},
		{openBrussels, "Plateau de Bruxelles", bruxelles, "office", false, false, true, false, false, true, false},
		{openMontreal, "Plateau de Montréal", montreal, "office", false, false, true, false, false, true, false},
		{stockRoom, "Réserve de matériel", lyon, "storage", true, true, true, false, true, false, false},
	} {
		c.put(at(-life, 13, 0), importer, catalog.Room, r.id, values{"name": r.name, "site": r.site, "kind": r.kind, "secured": r.secured, "theft_protection": r.theft, "fire_protection": r.fire,
			"humidity_protection": r.damp, "flood_protection": r.flood, "cooling": r.cold, "backup_power": r.power})
	}
}

// own adds an asset to the company; importAsset tells it.
func (c *company) own(a asset) *asset {
	if a.entity == "" {
		a.entity = "fr"
	}
	if a.created == 0 {
		a.created = -life - 40 - (len(c.assets)*37)%1500
	}
	c.assets = append(c.assets, &a)
	return &a
}

func (k keeper) asset(kind, id, name string, l level) asset {
	return asset{id: id, name: name, kind: kind, level: l, owner: k.owner, deputy: k.deputy, maintainer: k.maintainer, values: values{}}
}

// find returns the asset called id.
func (c *company) find(id string) *asset {
	for _, a := range c.assets {
		if a.id == id {
			return a
		}
	}
	panic("sample: no asset " + id)
}

// ofKind returns the assets of some kinds.
func (c *company) ofKind(kinds ...string) (out []*asset) {
	for _, a := range c.assets {
		if slices.Contains(kinds, a.kind) {
			out = append(out, a)
		}
	}
	return out
}

func (c *company) servers() {
	for _, s := range []struct {
		role   string
		n      int
		site   string
		level  level
		vital  bool
		cycle  string
		env    string
		keeper keeper
	}{
		{"web", 4, grenoble, vital, true, "socle-12", "production", systems},
		{"app", 6, grenoble, strong, false, "socle-12", "production", systems},
		{"sql", 6, grenoble, vital, true, "socle-12", "production", systems},
		{"paie", 2, grenoble, private, false, "socle-12", "production", payslips},
		{"mail", 2, grenoble, strong, false, "socle-12", "production", systems},
		{"dns", 2, grenoble, strong, false, "socle-12", "production", networks},
		{"journal", 2, grenoble, strong, false, "socle-12", "production", systems},
		{"sauvegarde", 2, lyon, strong, false, "socle-12", "production", systems},
		{"annuaire", 2, lyon, strong, false, "socle-12", "production", systems},
		{"forge", 2, lyon, strong, false, "socle-12", "production", research},
		{"fichiers", 2, lyon, private, false, "socle-12", "production", systems},
		{"impression", 1, lyon, minor, false, "socle-11", "production", desks},
		{"badges", 1, lyon, ordinary, false, "socle-9", "production", premises},
		{"calcul", 2, grenoble, ordinary, false, "socle-12", "production", research},
		{"recette", 3, lyon, minor, false, "socle-12", "acceptance", research},
		{"essais", 3, lyon, minor, false, "socle-12", "test", research},
		{"fichiers-bxl", 1, bruxelles, strong, false, "socle-12", "production", brussels},
		{"annuaire-bxl", 1, bruxelles, ordinary, false, "socle-12", "production", brussels},
		{"dev-mtl", 3, montreal, ordinary, false, "socle-12", "development", quebec},
	} {
		for i := range s.n {
			id := fmt.Sprintf("srv-%s-%d", s.role, i+1)
			a := s.keeper.asset("server", id, fmt.Sprintf("%s-%s-%02d", s.site[:3], s.role, i+1), s.level)
			a.site, a.room, a.entity = s.site, roomOf[s.site], map[string]string{lyon: "fr", grenoble: "fr", bruxelles: "be", montreal: "ca"}[s.site]
			if s.site == montreal {
				a.created = -198
			}
			a.values = values{"environment": s.env, "support": s.cycle, "vital": s.vital, "has_storage": true, "serial": fmt.Sprintf("SRV%06d", 310000+len(c.assets)*17)}
			c.own(a)
		}
	}
}

// equipment: storage, networks and shared devices.
func (c *company) equipment() {
	for i := range 5 {
		a := systems.asset("storage", fmt.Sprintf("baie-%d", i+1), fmt.Sprintf("Baie de stockage %d", i+1), strong)
		a.site, a.room = grenoble, roomGrenoble
		if i == 4 {
			a.site, a.room = lyon, roomLyon
		}
		if i < 2 { // bought for the migration of storage
			a.created = -90
		}
		a.values = values{"environment": "production", "support": "baie-6", "has_storage": true, "vital": i < 2, "serial": fmt.Sprintf("BAI%06d", 550100+i)}
		c.own(a)
	}
	for _, n := range []struct {
		name, label string
		n           int
		site        string
		level       level
	}{
		{"pare-feu", "Pare-feu", 2, grenoble, vital},
		{"pare-feu-lyon", "Pare-feu du siège", 1, lyon, strong},
		{"pare-feu-bxl", "Pare-feu de Bruxelles", 1, bruxelles, ordinary},
		{"pare-feu-mtl", "Pare-feu de Montréal", 1, montreal, ordinary},
		{"coeur", "Cœur de réseau", 2, grenoble, strong},
		{"commutateur", "Commutateur du siège", 10, lyon, ordinary},
		{"commutateur-bxl", "Commutateur de Bruxelles", 2, bruxelles, ordinary},
		{"commutateur-mtl", "Commutateur de Montréal", 2, montreal, ordinary},
		{"wifi", "Borne Wi-Fi du siège", 10, lyon, minor},
		{"wifi-bxl", "Borne Wi-Fi de Bruxelles", 2, bruxelles, minor},
	} {
		for i := range n.n {
			a := networks.asset("network", fmt.Sprintf("%s-%d", n.name, i+1), fmt.Sprintf("%s %d", n.label, i+1), n.level)
			a.site, a.room, a.entity = n.site, roomOf[n.site], map[string]string{lyon: "fr", grenoble: "fr", bruxelles: "be", montreal: "ca"}[n.site]
			if n.site == montreal {
				a.created = -198
			}
			a.values = values{"environment": "production", "support": "rempart-9", "has_storage": false, "serial": fmt.Sprintf("RES%06d", 720000+len(c.assets)*13)}
			c.own(a)
		}
	}
	for i := range 60 {
		site := []string{lyon, lyon, lyon, bruxelles, montreal}[i%5]
		label := []string{"Imprimante", "Vidéoprojecteur", "Scanner", "Écran de salle"}[i%4]
		a := desks.asset("peripheral", fmt.Sprintf("periph-%02d", i+1), fmt.Sprintf("%s %02d", label, i+1), minor)
		a.site, a.entity = site, map[string]string{lyon: "fr", bruxelles: "be", montreal: "ca"}[site]
		a.room = map[string]string{lyon: openLyon, bruxelles: openBrussels, montreal: openMontreal}[site]
		a.values = values{"environment": "production", "has_storage": i%4 == 0, "serial": fmt.Sprintf("PER%06d", 810000+i*7)}
		c.own(a)
	}
}

// workplaces: a computer for each person, and a phone for those who move.
func (c *company) workplaces() {
	for i, p := range c.people {
		kind, cycle := "laptop", "bureau-11"
		switch p.profile {
		case "support":
			kind = "workstation"
		case "developpeur", "systeme":
			cycle = "atelier-24"
		}
		k := desks
		if p.entity == "be" {
			k = brussels
		}
		a := k.asset(kind, fmt.Sprintf("pc-%03d", i+1), fmt.Sprintf("pc-%s", p.id), ordinary)
		a.entity, a.site, a.holder, a.created = p.entity, siteOf[p.entity], p.id, p.first-3
		if p.first < -life {
			a.created = -life - 30 - (i*53)%1100
		}
		if p.last != 0 && p.id != leaver {
			a.gone = p.last + 1
		}
		a.values = values{"environment": "production", "support": cycle, "has_storage": true, "serial": fmt.Sprintf("PC%07d", 4400000+i*29)}
		c.own(a)
	}
	for i, p := range c.people {
		if p.last != 0 || p.kind != "employee" || !slices.Contains([]string{"direction", "dsi", "commerce", "be-direction", "ca-direction", "moyens", "finances", "juridique", "support", "assistance", "rh"}, p.team) && i%2 != 0 {
			continue
		}
		a := desks.asset("phone", fmt.Sprintf("tel-%03d", i+1), "Téléphone de "+p.name, minor)
		a.entity, a.site, a.holder, a.created = p.entity, siteOf[p.entity], p.id, min(-30, p.first-3)
		if p.first < -life {
			a.created = -life - 10 - (i*31)%700
		}
		a.values = values{"environment": "production", "support": "mobile-18", "has_storage": true, "serial": fmt.Sprintf("TEL%07d", 9100000+i*11)}
		c.own(a)
	}
	for i := range 12 {
		a := desks.asset("laptop", fmt.Sprintf("pret-%02d", i+1), fmt.Sprintf("pc-pret-%02d", i+1), minor)
		a.site = lyon
		a.values = values{"environment": "production", "support": "bureau-11", "has_storage": true, "serial": fmt.Sprintf("PRT%06d", 770000+i*5)}
		c.own(a)
	}
	for i := range 8 {
		a := sales.asset("tablet", fmt.Sprintf("tablette-%d", i+1), fmt.Sprintf("Tablette de démonstration %d", i+1), minor)
		a.site = lyon
		a.values = values{"environment": "production", "support": "mobile-18", "has_storage": true, "serial": fmt.Sprintf("TAB%06d", 660000+i*3)}
		c.own(a)
	}
}

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

// importAsset tells an asset: half of the first inventory had no deputy and a
// third no level, which owners completed within some months.
func (c *company) importAsset(i int, a *asset) {
	v := values{"name": a.name, "kind": a.kind, "entity": a.entity, "status": "in_service", "owner": a.owner, "created_on": on(a.created), "live_on": on(a.created + 5),
		"personal_data": false, "third_party_access": false, "vital": false, "has_storage": false}
	for name, x := range a.values {
		v[name] = x
	}
	for name, x := range map[string]string{"site": a.site, "room": a.room, "holder": a.holder} {
		if x != "" {
			v[name] = x
		}
	}
	people := values{"deputy": a.deputy, "maintainer": a.maintainer}
	l := a.level
	needs := values{"d": l.d, "i": l.i, "c": l.c, "t": l.t, "dima_hours": l.dima, "pdma_hours": l.pdma, "retention_days": 30, "rated_on": on(max(a.created, -life-200))}
	late := values{}
	if a.created < -life {
		if i%2 == 0 {
			late, people = people, nil
		}
		if i%3 == 0 {
			needs["rated_on"] = on(c.sitting(a.owner))
			for name, x := range needs {
				late[name] = x
			}
			needs = nil
		}
		if p, ok := v["publication_decided_on"]; ok {
			delete(v, "publication_decided_on")
			late["publication_decided_on"] = p
		}
	}
	for _, more := range []values{people, needs} {
		for name, x := range more {
			v[name] = x
		}
	}
	who := importer
	if a.created >= -life {
		who = address(a.owner)
	}
	c.put(at(max(-life, a.created), 14, 0), who, catalog.Asset, a.id, v)
	if len(late) > 0 {
		c.put(at(c.sitting(a.owner), 15, 0), address(a.owner), catalog.Asset, a.id, late)
	}
	if a.gone != 0 {
		c.put(at(a.gone, 16, 0), address(deskLead), catalog.Asset, a.id, values{"status": "returned"})
	}
}

// sitting is the day on which an owner completed and reviewed his assets, one
// owner after the other.
func (c *company) sitting(owner string) int { return -322 + 4*c.rank(owner) }

// rank is the place of an owner among those who have assets.
func (c *company) rank(owner string) int {
	var owners []string
	for _, a := range c.assets {
		if !slices.Contains(owners, a.owner) {
			owners = append(owners, a.owner)
		}
	}
	return slices.Index(owners, owner)
}

// confirmations: every quarter somebody looks whether things are still there.
// Machines with an agent say it themselves.
func (c *company) confirmations() {
	for _, day := range []int{-350, -266, -182, -98, -12} {
		for _, a := range c.assets {
			if a.serves(day) && !(a.machine() && day > agents) {
				c.put(at(day, 10, 0), address(a.maintainer), catalog.Asset, a.id, values{"confirmed_at": at(day, 9, 45)})
			}
		}
	}
}

// agents is the day from which machines have an agent.
const agents = -238

// reviews: each owner looks at all his assets in one sitting; the sensitive
// ones again half a year later, the secret ones each quarter.
func (c *company) reviews() {
	for _, a := range c.assets {
		first := c.sitting(a.owner)
		days := []int{}
		if a.created < first {
			days = append(days, first)
		}
		if a.level.sensitive() {
			days = append(days, first+180+c.rank(a.owner))
		}
		if a.level.c >= 4 {
			days = append(days, first+86, first+258)
		}
		slices.Sort(days)
		for n, day := range days {
			if a.serves(day) {
				c.put(at(day, 15, 30), address(a.owner), catalog.AssetReview, fmt.Sprintf("revue-%s-%d", a.id, n+1),
					values{"asset": a.id, "reviewer": a.owner, "reviewed_on": on(day), "classification_confirmed": true, "rights_approved": true})
			}
		}
	}
}
