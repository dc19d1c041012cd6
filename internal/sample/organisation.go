package sample

import (
	"vigie.example/internal/register/catalog"
)

// domain is where the company's mail goes; nobody can own it.
const domain = "alveride.example"

// The sites.
const (
	lyon      = "lyon"
	grenoble  = "grenoble"
	bruxelles = "bruxelles"
	montreal  = "montreal"
)

// siteOf is where the people of an entity work.
var siteOf = map[string]string{"fr": lyon, "be": bruxelles, "ca": montreal}

// The people whom the story names. Their ids are their names.
const (
	director   = "helene-vasseur"
	ciso       = "karim-benali"
	cio        = "claire-delcourt"
	dpo        = "florence-mercier"
	hr         = "nadia-roussel"
	facilities = "marc-fontaine"
	auditor    = "valerie-girard"
	finance    = "delphine-renard"
	counsel    = "olivier-lambert"

	sysLead   = "thomas-lemaire"
	netLead   = "julie-perrin"
	sysAdmin  = "amine-diallo"
	netAdmin  = "lucas-henry"
	deskLead  = "camille-morel"
	deskAgent = "mehdi-arnaud"

	devLead     = "antoine-caron"
	accountsDev = "ines-vidal"
	payrollDev  = "romain-leclerc"
	stockDev    = "sophie-garnier"
	quality     = "laure-marchand"
	supportLead = "estelle-bouchard"
	salesLead   = "fabien-legrand"

	beLead    = "pieter-janssens"
	beSupport = "sofie-maes"
	caLead    = "marie-eve-tremblay"
	caDev     = "etienne-gagnon"

	formerCIO = "gerard-pons"
	leaver    = "damien-rey"
)

// importer signs what was brought in at the beginning.
const importer = "import:reprise-initiale.xlsx"

type unit struct{ id, name, entity, manager, profile string }

var teams = []unit{
	{"direction", "Direction", "fr", director, "gestion"},
	{"dsi", "Systèmes d’information", "fr", cio, "systeme"},
	{"assistance", "Assistance aux utilisateurs", "fr", deskLead, "systeme"},
	{"rd-compta", "R&D Comptabilité", "fr", accountsDev, "developpeur"},
	{"rd-paie", "R&D Paie", "fr", payrollDev, "developpeur"},
	{"rd-stock", "R&D Stocks", "fr", stockDev, "developpeur"},
	{"qualite", "Qualité logicielle", "fr", quality, "developpeur"},
	{"support", "Support client", "fr", supportLead, "support"},
	{"commerce", "Commerce", "fr", salesLead, "commerce"},
	{"rh", "Ressources humaines", "fr", hr, "gestion"},
	{"finances", "Finances", "fr", finance, "gestion"},
	{"juridique", "Juridique et conformité", "fr", dpo, "gestion"},
	{"moyens", "Services généraux", "fr", facilities, "gestion"},
	{"be-direction", "Direction Belgique", "be", beLead, "commerce"},
	{"be-support", "Support Belgique", "be", beSupport, "support"},
	{"ca-direction", "Direction Canada", "ca", caLead, "gestion"},
	{"ca-rd", "R&D Montréal", "ca", caDev, "developpeur"},
}

// The third parties.
const (
	host       = "altocime"
	cooling    = "brevelle"
	repair     = "tarvane"
	guard      = "soldane"
	payroll    = "fiscaline"
	helpdesk   = "kestrelow"
	consultant = "dorvaly"
	bank       = "mornay"
	recycler   = "refonta"
	customer   = "grandval"
)

// organisation: entities, sites, teams and those the company works with.
func (c *company) organisation() {
	start := at(-life, 9, 0)
	for _, e := range []struct{ id, name, country, parent string }{
		{"fr", "Alvéride SA", "FR", ""},
		{"be", "Alvéride Belgique SRL", "BE", "fr"},
		{"ca", "Alvéride Canada inc.", "CA", "fr"},
	} {
		v := values{"name": e.name, "country": e.country, "head": e.parent == ""}
		if e.parent != "" {
			v["parent"] = e.parent
		}
		c.put(start, importer, catalog.Entity, e.id, v)
	}
	for _, s := range []struct {
		id, name, entity, country, city, kind string
		offset                                int
	}{
		{lyon, "Siège de Lyon", "fr", "FR", "Lyon", "office", 1},
		{grenoble, "Centre de données de Grenoble", "fr", "FR", "Grenoble", "datacentre", 1},
		{bruxelles, "Bureaux de Bruxelles", "be", "BE", "Bruxelles", "office", 1},
		{montreal, "Bureaux de Montréal", "ca", "CA", "Montréal", "office", -5},
	} {
		c.put(start, importer, catalog.Site, s.id, values{"name": s.name, "entity": s.entity, "country": s.country, "city": s.city, "address": "1, rue de l’Exemple", "kind": s.kind,
			"utc_offset_hours": s.offset})
	}
	for _, t := range []struct {
		id, name, country, kind string
		qualified               on
	}{
		{host, "Altocime Hébergement", "FR", "host", 400},
		{cooling, "Brévelle Froid et Énergie", "FR", "maintenance", 210},
		{repair, "Tarvane Maintenance", "FR", "maintenance", 300},
		{guard, "Soldane Sécurité incendie", "FR", "maintenance", 150},
		{payroll, "Fiscaline Paie", "FR", "processor", 0},
		{helpdesk, "Kestrelow Helpdesk", "US", "processor", 0},
		{consultant, "Dorvaly Conseil", "FR", "supplier", 0},
		{bank, "Banque Mornay", "FR", "partner", 0},
		{recycler, "Refonta Recyclage", "FR", "supplier", 260},
		{customer, "Groupe Grandval", "FR", "customer", 0},
	} {
		v := values{"name": t.name, "country": t.country, "kind": t.kind}
		if t.qualified != 0 {
			v["qualified_until"] = t.qualified
		}
		c.put(start, importer, catalog.ThirdParty, t.id, v)
	}
	for _, p := range []struct{ id, name string }{
		{"developpeur", "Développement"}, {"support", "Support client"}, {"commerce", "Commerce"}, {"gestion", "Gestion"}, {"systeme", "Administration des systèmes"},
	} {
		c.put(start, importer, catalog.RoleProfile, p.id, values{"name": p.name})
	}
	for _, t := range teams {
		c.put(start, importer, catalog.Team, t.id, values{"name": t.name, "entity": t.entity})
	}
	// Managers are people, who are imported after their teams.
	for _, t := range teams {
		c.put(at(-life, 11, 0), importer, catalog.Team, t.id, values{"manager": t.manager})
	}
	c.roles()
}

// roles: who sits in the committee and holds the functions of the policy. Two
// people succeed each other as CIO during the year.
func (c *company) roles() {
	for i, r := range []struct {
		role, person string
		from, until  on
	}{
		{"committee", ciso, -700, 0},
		{"committee", formerCIO, -700, -251},
		{"committee", cio, -250, 0},
		{"committee", director, -1500, 0},
		{"committee", hr, -330, 0},
		{"ciso", ciso, -700, 0},
		{"cio", formerCIO, -1500, -251},
		{"cio", cio, -250, 0},
		{"dpo", dpo, -600, 0},
		{"it_team", sysLead, -1200, 0},
		{"it_team", netLead, -900, 0},
		{"hr", hr, -1100, 0},
		{"facilities", facilities, -1000, 0},
		{"auditor", auditor, -310, 0},
	} {
		id := "role-" + r.role + "-" + r.person
		v := values{"role": r.role, "person": r.person, "call_order": i + 1, "starts_on": r.from}
		when := at(max(-life, int(r.from)), 12, 0)
		c.put(when, address(ciso), catalog.RoleAssignment, id, v)
		if r.until != 0 {
			c.put(at(int(r.until)-10, 12, 0), address(director), catalog.RoleAssignment, id, values{"ends_on": r.until})
		}
	}
}
