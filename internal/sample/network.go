package sample

import (
	"fmt"
	"slices"

	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// mapped is the day on which networks and flows were written down.
const mapped = -176

// The zones.
const (
	internet  = "zone-internet"
	dmz       = "zone-dmz"
	hosts     = "zone-serveurs"
	usersFR   = "zone-utilisateurs-lyon"
	usersBE   = "zone-utilisateurs-bruxelles"
	usersCA   = "zone-utilisateurs-montreal"
	admin     = "zone-administration"
	tests     = "zone-essais"
	dev       = "zone-developpement"
	partnerIn = "zone-banque"
)

// network: zones, protocols, the flow matrix and what is really seen, what each
// machine offers, certificates and mail.
func (c *company) network() {
	c.zones()
	c.protocols()
	c.flows()
	c.certificates()
	c.endpoints()
	c.mail()
}

func (c *company) zones() {
	for _, z := range []struct{ id, name, entity, kind, firewall, filter string }{
		{internet, "Internet", "fr", "internet", "", ""},
		{dmz, "Zone exposée", "fr", "dmz", "pare-feu-1", ""},
		{hosts, "Serveurs de Grenoble", "fr", "servers", "pare-feu-2", ""},
		{usersFR, "Utilisateurs de Lyon", "fr", "users", "pare-feu-lyon-1", "app-mandataire"},
		{usersBE, "Utilisateurs de Bruxelles", "be", "users", "pare-feu-bxl-1", "app-mandataire"},
		{usersCA, "Utilisateurs de Montréal", "ca", "users", "pare-feu-mtl-1", "app-mandataire"},
		{admin, "Administration", "fr", "admin", "pare-feu-2", ""},
		{tests, "Essais", "fr", "test", "pare-feu-lyon-1", ""},
		{dev, "Développement", "ca", "test", "pare-feu-mtl-1", ""},
		{partnerIn, "Banque Mornay", "fr", "partner", "", ""},
	} {
		v := values{"name": z.name, "entity": z.entity, "kind": z.kind}
		if z.firewall != "" {
			v["firewall"] = z.firewall
		}
		if z.filter != "" {
			v["web_filter"] = z.filter
		}
		c.put(at(mapped, 10, 0), address(netLead), catalog.Zone, z.id, v)
	}
	for i, id := range []string{"pare-feu-1", "pare-feu-2", "pare-feu-lyon-1", "pare-feu-bxl-1", "pare-feu-mtl-1"} {
		c.sense(&sensor{register: catalog.FirewallState, id: "regles-" + id, about: []string{id, "app-mandataire"}, from: mapped, actor: "collecteur:pare-feu", first: values{"asset": id}, each: func(now int64) values {
			day := c.dayOf(now)
			compiled := hash(fmt.Sprint("regles", i, day/40))[:16]
			running := compiled
			if i == 2 && day >= -131 && day <= -125 { // a rule was added by hand
				running = hash("a la main")[:16]
			}
			return values{"compiled_hash": compiled, "running_hash": running, "observed_at": now - 1800}
		}})
	}
	c.sense(&sensor{register: catalog.BlockList, id: "liste-web", from: mapped, actor: "collecteur:listes", first: values{"name": "Sites interdits", "entity": "fr"},
		each: func(now int64) values {
			return values{"updated_on": on(c.dayOf(now) - 1), "entries": 184000 + (c.dayOf(now)+life)*37}
		}})
}

// protocols are decided once a year; seven are forbidden.
func (c *company) protocols() {
	for i, p := range []struct {
		id, name, transport string
		port                int
		allowed, encrypted  bool
	}{
		{"https", "HTTPS", "tcp", 443, true, true}, {"ssh", "SSH", "tcp", 22, true, true}, {"ldaps", "LDAPS", "tcp", 636, true, true}, {"imaps", "IMAPS", "tcp", 993, true, true},
		{"smtp", "SMTP avec STARTTLS", "tcp", 25, true, true}, {"dns", "DNS", "udp", 53, true, false}, {"ntp", "NTP", "udp", 123, true, false}, {"sql", "Base de données (TLS)", "tcp", 5432, true, true},
		{"smb", "SMB 3 chiffré", "tcp", 445, true, true}, {"syslog", "Syslog (TLS)", "tcp", 6514, true, true}, {"snmp", "SNMP v3", "udp", 161, true, true}, {"vpn", "VPN", "udp", 51820, true, true},
		{"sauvegarde", "Sauvegarde (TLS)", "tcp", 8555, true, true}, {"http", "HTTP", "tcp", 80, false, false}, {"ftp", "FTP", "tcp", 21, false, false}, {"telnet", "Telnet", "tcp", 23, false, false},
		{"ldap", "LDAP en clair", "tcp", 389, false, false}, {"rdp", "Bureau à distance", "tcp", 3389, false, true}, {"vnc", "VNC", "tcp", 5900, false, false}, {"smb1", "SMB 1", "tcp", 139, false, false},
	} {
		status := "forbidden"
		if p.allowed {
			status = "allowed"
		}
		c.put(at(mapped, 11, i), address(netLead), catalog.Protocol, "proto-"+p.id, values{"name": p.name, "transport": p.transport, "port": p.port, "status": status,
			"encrypted": p.encrypted, "reviewed_on": on(mapped)})
	}
}

// matrix is who may speak to whom.
var matrix = []struct {
	id, name, from, to, protocol, owner, why string
	level                                    int
	since, last                              int // last is the day it was last used; 0 while it is
}{
	{"flux-01", "Clients vers les produits", internet, dmz, "https", supportLead, "Service rendu aux clients", 2, mapped, 0},
	{"flux-02", "Produits vers les bases", dmz, hosts, "sql", sysLead, "Données des produits", 3, mapped, 0},
	{"flux-03", "Courrier entrant", internet, dmz, "smtp", sysLead, "Messagerie", 2, mapped, 0},
	{"flux-04", "Accès distant", internet, dmz, "vpn", netLead, "Télétravail", 2, mapped, 0},
	{"flux-05", "Postes de Lyon vers les applications", usersFR, hosts, "https", cio, "Applications internes", 3, mapped, 0},
	{"flux-06", "Postes de Bruxelles vers les applications", usersBE, hosts, "https", beSupport, "Applications internes", 3, mapped, 0},
	{"flux-07", "Postes de Montréal vers la forge", usersCA, hosts, "https", caDev, "Développement", 2, mapped, 0},
	{"flux-08", "Postes de Lyon vers les partages", usersFR, hosts, "smb", cio, "Fichiers", 3, mapped, 0},
	{"flux-09", "Annuaire", usersFR, hosts, "ldaps", sysLead, "Authentification", 2, mapped, 0},
	{"flux-10", "Noms", usersFR, hosts, "dns", netLead, "Résolution", 1, mapped, 0},
	{"flux-11", "Administration des serveurs", admin, hosts, "ssh", sysLead, "Exploitation", 2, mapped, 0},
	{"flux-12", "Administration de la zone exposée", admin, dmz, "ssh", sysLead, "Exploitation", 2, mapped, 0},
	{"flux-13", "Traces de la zone exposée", dmz, hosts, "syslog", sysLead, "Coffre des traces", 3, mapped, 0},
	{"flux-14", "Navigation", usersFR, internet, "https", netLead, "Navigation filtrée", 1, mapped, 0},
	{"flux-15", "Heure", hosts, internet, "ntp", netLead, "Horloge", 0, mapped, 0},
	{"flux-16", "Virements", hosts, partnerIn, "https", finance, "Banque en ligne", 3, mapped, 0},
	{"flux-17", "Livraison vers les essais", usersFR, tests, "ssh", quality, "Recette", 1, mapped, 0},
	{"flux-22", "Postes de Montréal vers le développement", usersCA, dev, "ssh", caDev, "Développement", 1, mapped, 0},
	{"flux-18", "Supervision", admin, hosts, "snmp", sysLead, "Mesures", 1, mapped, 0},
	{"flux-19", "Sauvegarde de Bruxelles", usersBE, hosts, "sauvegarde", sysLead, "Copie hors site", 3, mapped, 0},
	{"flux-20", "Courrier sortant", dmz, internet, "smtp", sysLead, "Messagerie", 2, mapped, 0},
	{"flux-21", "Ancienne télémaintenance de la climatisation", partnerIn, admin, "https", facilities, "Relevés de la salle A", 1, -420, -196},
}

// flows: the matrix, and what the probes see. Montréal reads the file shares,
// which no line allows.
func (c *company) flows() {
	for _, f := range matrix {
		v := values{"name": f.name, "src_zone": f.from, "dst_zone": f.to, "protocol": "proto-" + f.protocol, "owner": f.owner, "justification": f.why, "approved_on": on(f.since),
			"reviewed_on": on(mapped), "confidentiality": f.level}
		if f.last != 0 { // of the old matrix
			v["last_used_at"] = at(f.last, 9, 0)
		}
		c.put(at(mapped, 14, 0), address(netLead), catalog.Flow, f.id, v)
		if f.last == 0 {
			c.sense(&sensor{register: catalog.Flow, id: f.id, from: mapped, every: 4, actor: "sonde:reseau", each: func(now int64) values { return values{"last_used_at": now - 900} }})
			c.seen(f.id, f.from, f.to, f.protocol, f.level, mapped, 0)
		}
	}
	c.seen("flux-inconnu", usersCA, hosts, "smb", 2, -6, 0)
	c.seen("flux-essai", tests, hosts, "sql", 1, -118, -112)
	c.seen("flux-visio", usersBE, usersFR, "rdp", 1, -88, -81)
}

// seen adds an observed flow.
func (c *company) seen(id, from, to, protocol string, level, since, until int) {
	p := c.written(catalog.Protocol, "proto-"+protocol)
	c.sense(&sensor{register: catalog.ObservedFlow, id: "vu-" + id, from: since, until: until, every: 3, actor: "sonde:reseau",
		first: values{"src_zone": from, "dst_zone": to, "protocol": "proto-" + protocol, "transport": p["transport"], "port": p["port"], "src_address": "10.9.0." + fmt.Sprint(10+len(c.sensors)%200),
			"dst_address": "10.2.0." + fmt.Sprint(10+len(c.sensors)%150), "confidentiality": level},
		each: func(now int64) values { return values{"last_seen_at": now - 900} }})
}

// written returns what was first written of a record.
func (c *company) written(r *register.Register, id string) values {
	i := slices.IndexFunc(c.events, func(e event) bool { return e.register == r && e.id == id })
	if i < 0 {
		panic("sample: no " + r.ID + " " + id)
	}
	return c.events[i].values
}

// scanned is the day of the first scan of services.
const scanned = -184

// endpoints: SSH on each server, HTTPS on those that serve applications, and
// what remains of older times.
func (c *company) endpoints() {
	for i, a := range c.ofKind("server", "network", "storage") {
		from := max(scanned+i%5, a.created)
		c.sense(&sensor{register: catalog.ServiceScan, id: "analyse-" + a.id, from: from, every: 3, actor: "sonde:services", first: values{"asset": a.id, "services": 1 + i%3},
			each: func(now int64) values { return values{"observed_at": now - 7200} }})
		c.endpoint("ssh-"+a.id, "Administration de "+a.name, a.id, 22, "ssh", "internal", true, from, 0, values{"remote_access": true, "program": "sshd"})
	}
	for i, w := range []struct {
		id, name, asset, audience, certificate string
	}{
		{"compta", "Alvéride Compta", "srv-web-1", "public", "cert-produits"},
		{"paie", "Alvéride Paie", "srv-web-2", "public", "cert-produits"},
		{"stock", "Alvéride Stocks", "srv-web-3", "public", "cert-produits"},
		{"portail", "Portail des clients", "srv-web-4", "third_party", "cert-portail"},
		{"site", "Site public", "srv-app-1", "public", "cert-site"},
		{"demandes", "Suivi des demandes", "srv-app-2", "third_party", "cert-demandes"},
		{"forge", "Forge logicielle", "srv-forge-1", "internal", "cert-interne"},
		{"sirh", "Gestion du personnel", "srv-app-3", "internal", "cert-interne"},
		{"ged", "Gestion documentaire", "srv-app-5", "internal", "cert-interne"},
		{"supervision", "Supervision", "srv-journal-1", "internal", "cert-interne"},
	} {
		c.endpoint("https-"+w.id, w.name, w.asset, 443, "https", w.audience, true, scanned+i, 0, values{"remote_access": false, "certificate": w.certificate, "program": "serveur-web"})
	}
	c.endpoint("smtp-1", "Courrier", "srv-mail-1", 25, "smtp", "public", true, scanned, 0, values{"remote_access": false, "program": "messagerie"})
	c.endpoint("imaps-1", "Boîtes aux lettres", "srv-mail-2", 993, "imap", "internal", true, scanned, 0, values{"remote_access": false, "program": "messagerie", "certificate": "cert-interne"})
	c.endpoint("ldaps-1", "Annuaire", "srv-annuaire-1", 636, "ldap", "internal", true, scanned, 0, values{"remote_access": false, "program": "annuaire", "certificate": "cert-interne"})
	c.endpoint("vpn-1", "Accès distant", "pare-feu-1", 51820, "vpn", "public", true, scanned, 0, values{"remote_access": true, "program": "vpn"})
	// Closed after the first scan.
	c.endpoint("telnet-onduleur", "Onduleur de Lyon", "commutateur-2", 23, "telnet", "internal", false, scanned, -131, values{"remote_access": true, "clear_login": true, "program": "telnetd"})
	c.endpoint("ftp-livraison", "Ancien dépôt de livraison", "srv-forge-2", 21, "ftp", "internal", false, scanned, -84, values{"remote_access": true, "clear_login": true, "program": "ftpd"})
	// Kept, with a risk analysis, until the readers of badges are replaced.
	c.endpoint("tls-badges", "Lecteurs de badges", "srv-badges-1", 8443, "https", "internal", true, scanned, 0, values{"remote_access": false, "program": "controle-acces",
		"weak_protocol": true, "weak_suite": true, "certificate": "cert-badges"})
}

// endpoint adds a service that a machine offers; last is the day it closed.
func (c *company) endpoint(id, name, asset string, port int, service, audience string, encrypted bool, from, last int, more values) {
	v := values{"name": name, "asset": asset, "port": port, "service": service, "audience": audience, "encrypted": encrypted, "clear_login": false, "redirect_only": false}
	if encrypted {
		v["weak_protocol"], v["weak_suite"], v["weak_key"], v["weak_signature"] = false, false, false, false
	}
	for name, x := range more {
		v[name] = x
	}
	until := 0
	if last != 0 {
		until = last - 1
	}
	c.sense(&sensor{register: catalog.Endpoint, id: id, from: from, until: until, every: 3, actor: "sonde:services", first: v, each: func(now int64) values { return values{"observed_at": now - 7200} }})
	if last != 0 {
		c.delete(at(last, 16, 0), "sonde:services", catalog.Endpoint, id)
	}
}

// certificates: renewed in time, but for the one of the requests portal.
func (c *company) certificates() {
	for _, k := range []struct {
		id, subject, issuer string
		public              bool
		from, days, renewed int // renewed each so many days; 0 is never
	}{
		{"cert-produits", "*.produits." + domain, "Autorité publique Exemple", true, -250, 90, 55},
		{"cert-portail", "portail." + domain, "Autorité publique Exemple", true, -240, 90, 55},
		{"cert-site", "www." + domain, "Autorité publique Exemple", true, -230, 90, 55},
		{"cert-demandes", "demandes." + domain, "Autorité publique Exemple", true, -190, 199, 0},
		{"cert-interne", "*.interne." + domain, "Autorité interne Alvéride", false, -280, 730, 0},
		{"cert-badges", "badges.interne." + domain, "Autorité interne Alvéride", false, -400, 1095, 0},
	} {
		c.sense(&sensor{register: catalog.Certificate, id: k.id, about: []string{k.id}, from: scanned, actor: "sonde:services",
			first: values{"subject": k.subject, "issuer": k.issuer, "public_authority": k.public, "name_matches": true},
			each: func(now int64) values {
				start := k.from
				for k.renewed != 0 && start+k.renewed <= c.dayOf(now) {
					start += k.renewed
				}
				return values{"valid_from": on(start), "valid_to": on(start + k.days), "observed_at": now - 7200}
			}})
	}
}

// mail: our servers, and the partners with whom encryption is an obligation.
func (c *company) mail() {
	for _, s := range []struct{ id, name, asset string }{{"mx-1", "mx1." + domain, "srv-mail-1"}, {"mx-2", "mx2." + domain, "srv-mail-2"}} {
		c.sense(&sensor{register: catalog.MailServer, id: s.id, about: []string{s.id, s.asset}, from: scanned, actor: "sonde:courrier", first: values{"name": s.name, "asset": s.asset},
			each: func(now int64) values {
				return values{"starttls": true, "outbound_tls": c.dayOf(now) > -97, "observed_at": now - 5400}
			}})
	}
	for i, p := range []struct {
		domain, party string
		mandatory     bool
	}{{"mornay.example", bank, true}, {"grandval.example", customer, true}, {"fiscaline.example", payroll, true}, {"dorvaly.example", consultant, false}, {"kestrelow.example", helpdesk, false}} {
		c.sense(&sensor{register: catalog.MailPartner, id: "courrier-" + p.party, about: []string{p.party}, from: scanned + i, actor: "sonde:courrier",
			first: values{"domain": p.domain, "third_party": p.party, "mandatory": p.mandatory,
				"enforced": p.mandatory}, each: func(now int64) values { return values{"tested_on": on(c.dayOf(now) - 2)} }})
	}
}
