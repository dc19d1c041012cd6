package sample

import (
	"fmt"
	"slices"

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
