package sample

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// machines: what agents see of servers, computers and phones, the software they
// run, the updates they wait for, the changes made on them.
func (c *company) machines() {
	n := 0
	for i, a := range c.assets {
		switch a.kind {
		case "server", "workstation", "laptop", "phone", "tablet":
			c.posture(i, n, a)
			n++
		case "network", "storage":
			c.firmware(i, a)
		}
	}
	c.catalogue()
	c.updates()
	c.changesSeen()
	c.devices()
}

// agentDay is the day on which a machine first reported: servers first, then a
// few dozen computers each week, and new machines as they come.
func agentDay(n int, a *asset) int {
	day := agents + n%14
	if a.kind != "server" {
		day = agents + 14 + (n*7)%46
	}
	return max(day, a.created)
}

// systemOf is what runs on a machine, by the version that is followed.
var systemOf = map[string][2]string{
	"socle-12": {"Socle Linux", "12.7"}, "socle-11": {"Socle Linux", "11.11"}, "socle-9": {"Socle Linux", "9.13"}, "bureau-11": {"Poste Bureau", "11.4"}, "bureau-10": {"Poste Bureau", "10.9"},
	"atelier-24": {"Atelier Linux", "24.4"}, "mobile-18": {"Système mobile", "18.2"},
}

// The machines of two incidents.
const (
	lostLaptop  = "pc-107" // forgotten in a train, brought back later
	clearLaptop = "pc-077" // whose encryption stopped for some days
	lostOn      = -121
	foundOn     = -109
	clearedOn   = -84
)

// posture is what a machine says of itself, each week.
func (c *company) posture(i, n int, a *asset) {
	cycle, _ := a.values["support"].(string)
	s := &sensor{register: catalog.HostPosture, id: "etat-" + a.id, about: []string{a.id}, from: agentDay(n, a), actor: "agent:" + a.name,
		first: values{"asset": a.id, "os_name": systemOf[cycle][0], "os_version": systemOf[cycle][1]}}
	if a.gone != 0 {
		s.until = a.gone - 1
	}
	delay := int64(600 + (i*97)%3000)
	switch a.kind {
	case "phone", "tablet":
		s.actor = "mdm:console-mobile"
		s.each = func(now int64) values {
			return values{"observed_at": now - delay, "disk_encrypted": !unencryptable(a), "encryption_reliable": !unencryptable(a), "session_lock_minutes": 2}
		}
	case "server":
		s.each = func(now int64) values { return agentFacts(c.dayOf(now), now, delay) }
	default:
		s.each = func(now int64) values {
			v := agentFacts(c.dayOf(now), now, delay)
			maps.Copy(v, computerFacts(c.dayOf(now), n, a))
			return v
		}
	}
	if a.id == lostLaptop {
		s.quietFrom, s.quietUntil = lostOn, foundOn
	}
	c.sense(s)
}

// agentFacts is what the agent says of any machine.
func agentFacts(day int, now, delay int64) values {
	seen := now - delay
	return values{"observed_at": seen, "agent_version": version(day), "software_observed_at": seen, "updates_observed_at": seen, "firewall_on": true, "malware_protection_on": true,
		"malware_signatures_at": now - 6*3600, "integrity_on": true, "time_synced": true, "last_backup_at": now - 20*3600, "backup_destination": "approved"}
}

// computerFacts is what the agent says of a workplace: the console encrypted
// disks one after the other, then the sessions were made to lock.
func computerFacts(day, n int, a *asset) values {
	encrypted, locked := day >= -225+(n*7)%158, day >= -150+(n*3)%112
	v := values{"session_lock_minutes": 30}
	if locked {
		v["session_lock_minutes"] = 10
	}
	if a.id == clearLaptop {
		encrypted = day < clearedOn || day > clearedOn+5
		if day >= clearedOn {
			v["encryption_lost_at"] = at(clearedOn, 10, 50)
		}
	}
	for _, name := range []string{"disk_encrypted", "encryption_central", "encryption_reliable", "recovery_key_escrowed"} {
		v[name] = encrypted
	}
	return v
}

// unencryptable says that the storage of a device cannot be encrypted: two tablets are
// too old for it.
func unencryptable(a *asset) bool { return a.id == "tablette-7" || a.id == "tablette-8" }

// firmware is what network and storage equipment says of its corrections.
func (c *company) firmware(i int, a *asset) {
	c.sense(&sensor{register: catalog.HostPosture, id: "etat-" + a.id, about: []string{a.id}, from: max(watched+20+i%15, a.created), actor: "supervision:microcode",
		first: values{"asset": a.id, "os_name": "Microcode", "os_version": "9.2"}, each: func(now int64) values { return values{"observed_at": now - 3600, "updates_observed_at": now - 3600} }})
}

// version is that of the agent on a day.
func version(day int) string {
	switch {
	case day < -160:
		return "1.2.0"
	case day < -50:
		return "1.3.1"
	}
	return "1.4.0"
}

// products are the catalogue of software. Their names are not those of real
// products.
var products = []struct {
	name, publisher, status string
	paid                    bool
	on                      string // kind of workplace that has it: all, developpeur, gestion, support, commerce
}{
	{"Cap Navigateur", "Fondation Cap", "approved", false, "all"},
	{"Plume Bureautique", "Éditions Plume", "approved", true, "all"},
	{"Vigile Antivirus", "Vigile", "approved", true, "all"},
	{"Coffre de mots de passe", "Clavis", "approved", false, "all"},
	{"Passage VPN", "Passage", "approved", false, "all"},
	{"Établi Code", "Établi", "approved", false, "developpeur"},
	{"Conteneur", "Fondation Quai", "approved", false, "developpeur"},
	{"Tabulaire Client", "Base Tabulaire", "approved", true, "developpeur"},
	{"Profileur", "Établi", "approved", true, "developpeur"},
	{"Prise en main", "Relais", "approved", true, "support"},
	{"Casque Téléphonie", "Relais", "approved", false, "support"},
	{"Maquette", "Atelier du trait", "approved", true, "commerce"},
	{"Tableur Plus", "Éditions Plume", "approved", true, "gestion"},
	{"Signature", "Parafe", "approved", true, "gestion"},
	{"Partage Nuage", "Nuage public", "banned", false, ""},
	{"Torrentiel", "Torrentiel", "banned", false, ""},
	{"Lecteur Vidéo", "Fondation Cap", "approved", false, ""},
	{"Assistant de code", "Établi", "study", true, ""},
}

// catalogue: what is approved, and what is installed where.
func (c *company) catalogue() {
	for i, s := range products {
		v := values{"name": s.name, "publisher": s.publisher, "status": s.status, "paid": s.paid, "major_vulnerability": false}
		c.put(at(agents-5, 10, i), address(deskLead), catalog.Software, "logiciel-"+slug(s.name), v)
	}
	n := 0
	for i, a := range c.assets {
		switch a.kind {
		case "server", "workstation", "laptop", "phone", "tablet":
			n++
		}
		if a.kind != "laptop" && a.kind != "workstation" {
			continue
		}
		profile := c.profileOf(a.holder)
		for _, s := range products {
			if s.on == "all" || s.on != "" && s.on == profile {
				c.install(agentDay(n-1, a), a, s.name, fmt.Sprintf("%d.%d", 3+i%2, i%7))
			}
		}
	}
	laptops := c.ofKind("laptop")
	c.trial(-170, -141, laptops[40], "Torrentiel")
	c.trial(-74, -27, laptops[22], "Partage Nuage")
	for _, a := range laptops[30:34] { // without a licence
		c.trial(-66, -24, a, "Assistant de code")
	}
	c.install(-6, laptops[71], "Partage Nuage", "8.0")
}

// slug makes an id of a name.
func slug(name string) string {
	words := strings.FieldsFunc(register.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}

func (c *company) install(day int, a *asset, name, number string) {
	if !a.serves(day) {
		return
	}
	c.put(at(day, 20, 0), "agent:"+a.name, catalog.Installation, a.id+":"+slug(name), values{"asset": a.id, "software": "logiciel-" + slug(name), "package": slug(name),
		"version_text": number, "observed_at": at(day, 20, 0)})
}

func (c *company) profileOf(id string) string {
	for _, p := range c.people {
		if p.id == id {
			return p.profile
		}
	}
	return ""
}

// trial installs a product that the agent no longer sees later.
func (c *company) trial(from, until int, a *asset, name string) {
	if a.serves(from) && a.serves(until) {
		c.install(from, a, name, "1.0")
		c.delete(at(until, 20, 0), "agent:"+a.name, catalog.Installation, a.id+":"+slug(name))
	}
}

// updates: security updates appear and are applied within some days. Three
// wait for too long.
func (c *company) updates() {
	packages := []string{"noyau", "bibliotheque-tls", "serveur-web", "base-tabulaire", "navigateur", "bureautique", "ssh", "interprete"}
	servers, computers := c.ofKind("server"), c.ofKind("laptop", "workstation")
	for i := range 54 {
		machines := servers
		if i%3 == 2 {
			machines = computers
		}
		a, seen := machines[(i*11)%len(machines)], -228+i*4
		if !a.serves(seen) || a.gone != 0 {
			continue
		}
		severity := []string{"important", "moderate", "low", "important", "critical"}[i%5]
		c.pending(fmt.Sprintf("maj-%02d", i+1), a, packages[i%len(packages)], severity, seen, seen+3+i%3)
	}
	c.pending("maj-lente-1", c.find("srv-impression-1"), "interprete", "important", -118, -63)
	c.pending("maj-lente-2", c.find("srv-dev-mtl-2"), "noyau", "important", -97, -52)
	c.pending("maj-critique", c.find("srv-app-4"), "bibliotheque-tls", "critical", -16, 0)
	c.pending("maj-badges", c.find("srv-badges-1"), "noyau", "important", -52, 0)
	c.pending("maj-poste", computers[33], "navigateur", "important", -41, 0)
	c.pending("maj-recente", c.find("srv-sql-3"), "base-tabulaire", "important", -5, 0)
}

func (c *company) pending(id string, a *asset, name, severity string, seen, resolved int) {
	c.put(at(seen, 6, 0), "agent:"+a.name, catalog.PendingUpdate, id, values{"asset": a.id, "package": name, "installed_version": "4.1-2", "candidate_version": "4.1-3",
		"security": true, "severity": severity,
		"first_seen_on": on(seen), "published_on": on(seen - 1), "observed_at": at(seen, 6, 0)})
	if resolved != 0 {
		c.put(at(resolved, 7, 0), "agent:"+a.name, catalog.PendingUpdate, id, values{"resolved_on": on(resolved), "observed_at": at(resolved, 7, 0)})
		return
	}
	c.sense(&sensor{register: catalog.PendingUpdate, id: id, about: []string{a.id, id}, from: seen, actor: "agent:" + a.name, each: func(now int64) values { return values{"observed_at": now - 900} }})
}

// changesSeen: what agents see change on servers, and the journal of those who
// did it. One change has no entry.
func (c *company) changesSeen() {
	works := []struct{ kind, detail, entry, text string }{
		{"package", "serveur-web 4.1-2 → 4.1-3", "update", "Mise à jour de sécurité du serveur web"},
		{"service", "ordonnanceur redémarré", "fix", "Redémarrage de l’ordonnanceur après blocage"},
		{"configuration", "/etc/serveur-web/portail.conf", "configuration", "Durcissement des en-têtes du portail"},
		{"account", "svc-rapports ajouté", "configuration", "Compte de service pour les rapports nocturnes"},
		{"package", "noyau 6.8-1 → 6.8-4", "update", "Mise à jour du noyau et redémarrage"},
		{"configuration", "/etc/socle/depots.conf", "configuration", "Changement du dépôt de paquets"},
	}
	servers := c.ofKind("server")
	for i := range 40 {
		a, w, day := servers[(i*5)%len(servers)], works[i%len(works)], -230+(i*23)/4
		if !a.serves(day - 1) {
			continue
		}
		who := []string{sysAdmin, sysLead, netAdmin}[i%3]
		written := at(day, 10, i)
		if i == 25 || i == 29 { // remembered later
			written = at(day+45, 10, i)
		}
		if i != 37 { // nobody wrote it down
			c.put(written, address(who), catalog.JournalEntry, fmt.Sprintf("journal-%02d", i+1), values{"asset": a.id, "occurred_at": at(day, 9, 30), "person": who, "kind": w.entry,
				"description": w.text})
		}
		c.put(at(day, 11, i), "agent:"+a.name, catalog.ObservedChange, fmt.Sprintf("constat-%02d", i+1), values{"asset": a.id, "observed_at": at(day, 10, 15), "kind": w.kind, "detail": w.detail})
	}
}

// devices: what the network shows. Two were in no inventory: one was dealt
// with, the other came last week.
func (c *company) devices() {
	for i, a := range c.ofKind("network", "storage", "peripheral") {
		if i%2 == 1 {
			continue
		}
		from := max(-215, a.created+1)
		c.sense(&sensor{register: catalog.ObservedDevice, id: "vu-" + a.id, from: from, every: 4, actor: "sonde:reseau",
			first: values{"name": slug(a.name), "address": fmt.Sprintf("10.%d.%d.%d", map[string]int{lyon: 1, grenoble: 2, bruxelles: 3, montreal: 4}[a.site], 10+i/200, 10+i%200),
				"origin": "network", "entity": a.entity,
				"first_seen_at": at(from, 3, 0), "asset": a.id},
			each: func(now int64) values { return values{"last_seen_at": now - 1200} }})
	}
	c.sense(&sensor{register: catalog.ObservedDevice, id: "vu-commutateur-inconnu", from: -215, until: -199, actor: "sonde:reseau",
		first: values{"name": "switch-5p", "address": "10.1.44.2", "origin": "network", "entity": "fr",
			"first_seen_at": at(-215, 3, 0)}, each: func(now int64) values { return values{"last_seen_at": now - 1200} }})
	c.put(at(-198, 11, 0), address(netAdmin), catalog.ObservedDevice, "vu-commutateur-inconnu", values{"dismissed_reason": "Petit commutateur apporté par une équipe : débranché et rendu"})
	c.sense(&sensor{register: catalog.ObservedDevice, id: "vu-imprimante-inconnue", from: -81, until: -37, actor: "sonde:reseau",
		first: values{"name": "imprimante-hall", "address": "10.3.44.9", "origin": "network", "entity": "be",
			"first_seen_at": at(-81, 3, 0)}, each: func(now int64) values { return values{"last_seen_at": now - 1200} }})
	c.put(at(-36, 11, 0), address(netAdmin), catalog.ObservedDevice, "vu-imprimante-inconnue", values{"asset": "periph-04"})
	c.sense(&sensor{register: catalog.ObservedDevice, id: "vu-nano-ordinateur", from: -11, actor: "sonde:reseau",
		first: values{"name": "nano-pc", "address": "10.1.52.77", "origin": "network", "entity": "fr",
			"first_seen_at": at(-11, 11, 20)}, each: func(now int64) values { return values{"last_seen_at": now - 2400} }})
}

// traces: every system sends its accesses to the vault, servers their system
// logs too. The application of the reception desk fell silent.
func (c *company) traces() {
	for i, a := range c.assets {
		if !slices.Contains([]string{"server", "network", "storage", "application", "database", "workstation", "laptop"}, a.kind) {
			continue
		}
		from := max(-290+(i*13)%40, a.created)
		if a.kind == "workstation" || a.kind == "laptop" {
			from = max(-246+(i*7)%48, a.created)
		}
		c.source(i, a, "access", from, a.gone)
		if a.kind == "server" {
			c.source(i, a, "system", from, a.gone)
		}
	}
	c.source(1, c.find("app-visiteurs"), "application", -240, -4)
	c.source(6, c.find("app-telephonie"), "application", -240, 0)
	c.mute("traces-application-app-telephonie", -92, -41)
	c.mute("traces-access-"+lostLaptop, lostOn, foundOn-1)
	c.source(2, c.find("app-badges"), "badge", -240, 0)
	c.source(3, c.find("app-mandataire"), "proxy", -240, 0)
	c.source(4, c.find("srv-dns-1"), "resolver", -240, 0)
	c.source(5, c.find("app-ca-recherche"), "application", -60, -30)
	c.put(at(-30, 9, 0), address(sysAdmin), catalog.LogSource, "traces-application-app-ca-recherche", values{"exception_reason": "Banc d’essai éteint entre deux campagnes",
		"exception_until": on(120)})
}

// mute silences a source between two days.
func (c *company) mute(id string, from, until int) {
	for _, s := range c.sensors {
		if s.id != id {
			continue
		}
		speak := s.each
		s.each = func(now int64) values {
			v := speak(now)
			if day := c.dayOf(now); day >= from && day <= until {
				delete(v, "last_event_at")
			}
			return v
		}
	}
}

// keep is how many days traces are kept.
const keep = 300

// source sends traces until the day it falls silent; the vault goes on
// verifying those it holds.
func (c *company) source(i int, a *asset, kind string, from, silent int) {
	days := keep
	if kind == "badge" {
		days = 88
	}
	c.sense(&sensor{register: catalog.LogSource, id: "traces-" + kind + "-" + a.id, about: []string{a.id}, from: from, actor: "collecteur:coffre-des-traces",
		first: values{"asset": a.id, "kind": kind, "onboarded_on": on(from), "personal_data": kind != "system", "assurance": []string{"acknowledged", "tls"}[i%2], "verification_failed": false},
		each: func(now int64) values {
			day := c.dayOf(now)
			oldest := max(from, day-days)
			v := values{"oldest_verified_on": on(oldest), "oldest_kept_on": on(oldest), "verified_at": now - 20*3600}
			if silent == 0 || day < silent {
				v["last_event_at"], v["last_success_at"], v["last_failure_at"], v["clock_skew_seconds"] = now-int64(60+(i*41)%1500), now-int64(600+(i*41)%1500), now-int64(5*3600+(i*61)%9000), i%2
			}
			return v
		}})
}
