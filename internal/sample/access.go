package sample

import (
	"fmt"
	"slices"
	"strings"

	"vigie.example/internal/register/catalog"
)

// directories is the day from which accounts are read.
const directories = -320

// access: accounts in the directories, requests behind each of their changes,
// and what each person may do with each asset.
func (c *company) access() {
	c.directories()
	c.accounts()
	c.profiles()
	c.grants()
	c.ownersRules()
	c.realRights()
}

func (c *company) directories() {
	for _, d := range []struct{ id, name, kind, asset string }{
		{"ann-entreprise", "Annuaire de l’entreprise", "ad", "app-annuaire"},
		{"ann-forge", "Comptes de la forge", "ldap", "app-forge"},
		{"ann-sirh", "Comptes de la gestion du personnel", "saas", "app-sirh"},
	} {
		c.sense(&sensor{register: catalog.Directory, id: d.id, from: directories, actor: "collecteur:annuaires", first: values{"name": d.name, "kind": d.kind, "entity": "fr", "asset": d.asset},
			each: func(now int64) values { return values{"last_read_at": now - 1800} }})
		for _, p := range []struct {
			id, name           string
			privileged         bool
			length, classes    int
			history, age, lock int
		}{{"standard", "Mots de passe ordinaires", false, 12, 4, 5, 1095, 10}, {"admin", "Mots de passe privilégiés", true, 16, 4, 8, 365, 5}} {
			c.sense(&sensor{register: catalog.PasswordPolicy, id: p.id + "-" + d.id, from: directories, actor: "collecteur:annuaires",
				first: values{"name": p.name + " (" + d.name + ")", "directory": d.id, "privileged": p.privileged, "classes": p.classes, "history": p.history, "lockout_minutes": 15,
					"max_age_days": p.age},
				each: func(now int64) values {
					length, attempts := p.length, p.lock
					if c.dayOf(now) < -277 { // hardened in the spring
						length, attempts = 8, 0
					}
					return values{"min_length": length, "lockout_attempts": attempts, "observed_at": now - 1800}
				}})
		}
	}
}

// admins have a second account for administration.
var admins = []string{sysLead, sysAdmin, netLead, netAdmin, deskLead}

// services are accounts of programs, with who answers for them.
var services = []struct{ login, person string }{
	{"svc-sauvegarde", sysLead}, {"svc-supervision", sysLead}, {"svc-integration", devLead},
	{"svc-deploiement", deskLead}, {"svc-rapports", finance}, {"svc-impression", deskLead}, {"svc-paie", payrollDev},
	{"svc-portail", supportLead},
}

func (c *company) accounts() {
	for i, p := range c.people {
		c.account(i, "ann-entreprise", p, strings.ReplaceAll(p.id, "-", "."), false)
		if p.profile == "developpeur" || p.profile == "systeme" {
			c.account(i, "ann-forge", p, strings.ReplaceAll(p.id, "-", "."), false)
		}
		if p.team == "rh" || p.team == "direction" || p.team == "finances" {
			c.account(i, "ann-sirh", p, strings.ReplaceAll(p.id, "-", "."), false)
		}
		if slices.Contains(admins, p.id) {
			c.account(i, "ann-entreprise", p, "adm."+strings.ReplaceAll(p.id, "-", "."), true)
		}
	}
	for i, s := range services {
		c.robot(i, s.login, "service", s.person)
	}
	c.robot(8, "accueil", "generic", facilities)
	c.robot(9, "demonstration", "generic", salesLead)
	c.robot(10, "krbtgt", "system", sysLead)
	c.unasked("evt-integration", accountID("ann-entreprise", "svc-integration"), -77, -34)
	// The first reading of the directory found accounts of nobody.
	for i, login := range []string{"stagiaire2", "j.ancien", "test.vpn"} {
		c.sense(&sensor{register: catalog.Account, id: "compte-" + login, about: []string{"compte-" + login}, from: directories, actor: "collecteur:annuaires",
			first: values{"login": login, "directory": "ann-entreprise", "kind": "named", "privileged": false, "policy": "standard-ann-entreprise", "policy_exempt": false,
				"initial_password": false, "created_on": on(-1600 + i*90)},
			each: func(now int64) values { return values{"enabled": c.dayOf(now) < -303, "observed_at": now - 1800} }})
	}
	// And one was made last week by somebody in a hurry, without a request.
	c.sense(&sensor{register: catalog.Account, id: "compte-prestataire.clim", about: []string{"compte-prestataire.clim"}, from: -8, actor: "collecteur:annuaires",
		first: values{"login": "prestataire.clim", "directory": "ann-entreprise", "person": facilities, "kind": "named", "privileged": false, "policy": "standard-ann-entreprise",
			"policy_exempt": false, "initial_password": false, "created_on": on(-8)},
		each: func(now int64) values { return values{"enabled": true, "observed_at": now - 1800} }})
	c.accountEvent("evt-prestataire", "prestataire.clim", "compte-prestataire.clim", "created", -8, "")
}

// lateClosing is by how many days the main account of somebody who left was
// closed too late; that of the last one still is not.
var lateClosing = map[string]int{"bastien-roy": 17, "chloe-masson": 24, "gael-noel": 31, leaver: life}

func accountID(directory string, login string) string {
	return "compte-" + strings.TrimPrefix(directory, "ann-") + "-" + login
}

// account follows the account of a person from the day it is asked for to the
// day it is closed.
func (c *company) account(i int, directory string, p *person, login string, privileged bool) {
	id := accountID(directory, login)
	policy := "standard-" + directory
	if privileged {
		policy = "admin-" + directory
	}
	from := max(directories, p.first)
	about := []string{id}
	if p.first > directories || p.last != 0 {
		about = append(about, p.id)
	}
	c.sense(&sensor{register: catalog.Account, id: id, about: about, from: from, every: 2, actor: "collecteur:annuaires",
		first: values{"login": login, "directory": directory, "person": p.id, "kind": "named", "privileged": privileged, "policy": policy, "policy_exempt": false, "created_on": on(p.first)},
		each: func(now int64) values {
			day := c.dayOf(now)
			enabled := p.present(day) || p.last != 0 && day <= p.last+lateClosing[p.id] && directory == "ann-entreprise"
			v := values{"enabled": enabled, "initial_password": day <= p.first+1, "observed_at": now - 1800}
			if enabled && day > p.first {
				v["last_login_at"] = now - int64(3600+(i*977)%60000)
			}
			return v
		}})
	if p.first > directories {
		request := "demande-" + id
		c.request(request, "Compte de "+p.name, p, "", p.first-6)
		c.accountEvent("evt-cree-"+id, login, id, "created", p.first, request)
	}
	if p.last != 0 && p.last > directories && p.id != leaver {
		closed := p.last
		if directory == "ann-entreprise" {
			closed += lateClosing[p.id]
		}
		request := "demande-fin-" + id
		c.request(request, "Clôture du compte de "+p.name, p, "", p.last-3)
		c.accountEvent("evt-clos-"+id, login, id, "closed", closed, request)
	}
}

// unasked closes an account for a day without a request, which is found and
// written down later.
func (c *company) unasked(id, account string, day, found int) {
	login := strings.TrimPrefix(account, "compte-entreprise-")
	c.accountEvent(id, login, account, "closed", day, "")
	c.put(at(found, 10, 0), address(devLead), catalog.AccessRequest, "demande-"+id, values{"title": "Arrêt de l’intégration le temps d’une migration", "person": devLead,
		"requested_on": on(day - 2), "approved_by": cio, "approved_on": on(day - 1)})
	c.put(at(found, 10, 5), address(cio), catalog.AccountEvent, id, values{"request": "demande-" + id})
}

// robot follows an account that is not of one person.
func (c *company) robot(i int, login, kind, person string) {
	id := accountID("ann-entreprise", login)
	exempt := login == "svc-sauvegarde" || kind == "system"
	c.sense(&sensor{register: catalog.Account, id: id, about: []string{id}, from: directories, actor: "collecteur:annuaires",
		first: values{"login": login, "directory": "ann-entreprise", "person": person, "kind": kind, "privileged": kind == "system", "policy": "standard-ann-entreprise",
			"policy_exempt":    exempt && kind != "system",
			"initial_password": false, "created_on": on(-1100 + i*31)},
		each: func(now int64) values {
			return values{"enabled": kind != "system", "last_login_at": now - 9*3600, "observed_at": now - 1800}
		}})
}

// request is asked by the manager and approved by who answers for the asset.
func (c *company) request(id, title string, p *person, asset string, day int) {
	approver := managerOf(p.team)
	if approver == p.id {
		approver = director
	}
	v := values{"title": title, "person": p.id, "requested_on": on(day)}
	if asset != "" {
		v["asset"] = asset
		approver = c.find(asset).owner
		if approver == p.id {
			approver = c.find(asset).deputy
		}
	}
	c.put(at(max(-life, day), 10, 0), address(managerOf(p.team)), catalog.AccessRequest, id, v)
	c.put(at(max(-life, day)+1, 10, 30), address(approver), catalog.AccessRequest, id, values{"approved_by": approver, "approved_on": on(day + 1)})
}

func (c *company) accountEvent(id, login, account, kind string, day int, request string) {
	v := values{"login": login, "directory": directoryOf(account), "kind": kind, "occurred_at": at(day, 13, 0), "account": account}
	if request != "" {
		v["request"] = request
	}
	// The directory is read after the event, when the account is known.
	c.later(day, "collecteur:annuaires", catalog.AccountEvent, id, v)
}

func directoryOf(account string) string {
	for _, d := range []string{"forge", "sirh"} {
		if strings.HasPrefix(account, "compte-"+d+"-") {
			return "ann-" + d
		}
	}
	return "ann-entreprise"
}

// rights are what each profile needs.
var rights = []struct{ profile, asset, level string }{
	{"developpeur", "app-forge", "write"}, {"developpeur", "app-integration", "write"}, {"developpeur", "app-qualite", "write"},
	{"support", "app-demandes", "write"}, {"support", "app-portail", "read"}, {"support", "app-tickets", "write"},
	{"commerce", "app-devis", "write"}, {"commerce", "app-clients", "write"},
	{"gestion", "app-intranet", "write"}, {"gestion", "app-ged", "read"},
	{"systeme", "app-supervision", "admin"}, {"systeme", "app-deploiement", "admin"}, {"systeme", "app-inventaire", "write"},
}

func (c *company) profiles() {
	for _, r := range rights {
		c.put(at(-305, 10, 0), address(cioOn(-305)), catalog.ProfileRight, "profil-"+r.profile+"-"+r.asset, values{"profile": r.profile, "asset": r.asset, "level": r.level})
	}
}

// granted is the day on which the rights of everybody were written down.
const granted = -276

// grants: what each person may do, by the profile, approved by owners.
func (c *company) grants() {
	for _, p := range c.people {
		profile := p.profile
		c.grantProfile(p, profile, max(granted, p.first), max(p.first, -900))
		if p.moved != 0 {
			if p.newProfile != profile {
				c.revokeProfile(p, profile, p.moved)
				c.grantProfile(p, p.newProfile, p.moved, p.moved)
			}
			profile = p.newProfile
		}
		if p.last != 0 && p.last > granted && p.id != leaver {
			c.revokeProfile(p, profile, p.last)
		}
	}
	// What people need besides their profile.
	for i, g := range []struct{ person, asset, level string }{
		{hr, "app-sirh", "write"}, {finance, "app-tresorerie", "write"}, {finance, "app-comptabilite", "write"},
		{dpo, "app-coffre", "write"}, {counsel, "app-ged", "write"}, {director, "app-sirh", "read"},
		{ciso, "app-journaux", "read"},
		{auditor, "app-comptabilite", "read"}, {sysLead, "app-sauvegarde", "admin"}, {netLead, "app-vpn", "admin"},
		{devLead, "app-forge", "admin"}, {payrollDev, "app-paie", "admin"}, {accountsDev, "app-compta", "admin"},
		{facilities, "app-badges", "write"},
	} {
		c.grant(c.one(g.person), g.asset, g.level, granted, granted-20-i)
	}
	// A right given for a time, which ended.
	c.grant(c.member("rd-paie", 3), "app-paie", "read", -132, -132)
	c.put(at(-102, 16, 0), address(payrollDev), catalog.AccessGrant, "droit-"+c.member("rd-paie", 3).id+"-app-paie", values{"ends_on": on(-102), "revoked_on": on(-102)})
}

// one returns the person called id.
func (c *company) one(id string) *person {
	i := slices.IndexFunc(c.people, func(p *person) bool { return p.id == id })
	if i < 0 {
		panic("sample: no person " + id)
	}
	return c.people[i]
}

func (c *company) grantProfile(p *person, profile string, day, since int) {
	if p.last != 0 && p.last < day {
		return
	}
	for _, r := range rights {
		if r.profile == profile {
			c.grant(p, r.asset, r.level, day, since)
		}
	}
}

func (c *company) revokeProfile(p *person, profile string, day int) {
	for _, r := range rights {
		if r.profile == profile {
			c.put(at(day, 17, 0), address(c.find(r.asset).owner), catalog.AccessGrant, "droit-"+p.id+"-"+r.asset, values{"revoked_on": on(day)})
		}
	}
}

// grant writes on a day that a person holds a right since another.
func (c *company) grant(p *person, asset, level string, day, since int) {
	owner := c.find(asset).owner
	if owner == p.id {
		owner = c.find(asset).deputy
	}
	c.put(at(day, 15, 0), address(owner), catalog.AccessGrant, "droit-"+p.id+"-"+asset, values{"asset": asset, "person": p.id, "level": level, "granted_on": on(since),
		"approved_by": owner, "approved_on": on(min(since, day))})
}

// ownersRules: each owner says who may read and write what, in his sitting.
func (c *company) ownersRules() {
	for _, a := range c.ofKind("application", "database", "data", "paper") {
		day := max(c.sitting(a.owner), a.created+1)
		for _, r := range []struct{ audience, level string }{{"Service propriétaire", "write"}, {"Services habilités", "read"}} {
			c.put(at(day, 16, 0), address(a.owner), catalog.AccessRule, "regle-"+r.level+"-"+a.id, values{"asset": a.id, "audience": r.audience, "level": r.level, "defined_by": a.owner,
				"defined_on": on(day)})
		}
	}
}

// compared is the day from which real rights are read.
const compared = -140

// realRights: the groups of the directory, and what applications really give.
func (c *company) realRights() {
	for _, r := range rights {
		group := "groupe-" + r.profile + "-" + r.asset
		c.put(at(compared, 10, 0), "collecteur:annuaires", catalog.DirectoryGroup, group, values{"name": strings.ToUpper(r.profile[:3]) + "-" + r.asset, "directory": "ann-entreprise",
			"asset": r.asset, "level": r.level})
		for _, p := range c.people {
			profile, since := p.profile, max(compared, p.first+1)
			if p.moved != 0 && p.newProfile != p.profile {
				profile, since = p.newProfile, max(compared, p.moved+1)
			}
			if profile != r.profile || p.last != 0 || since > -1 {
				continue
			}
			account := accountID("ann-entreprise", strings.ReplaceAll(p.id, "-", "."))
			c.later(since, "collecteur:annuaires", catalog.GroupMember, "membre-"+group+"-"+p.id, values{"directory_group": group, "account": account, "first_seen_at": at(since, 21, 30)})
			if r.asset == "app-clients" || r.asset == "app-ged" || r.asset == "app-demandes" {
				c.right(account, r.asset, r.level, since)
			}
		}
	}
	c.openGroups()
	// A developer still reads the customers' file.
	c.right(accountID("ann-entreprise", strings.ReplaceAll(c.member("rd-compta", 2).id, "-", ".")), "app-clients", "read", -23)
}

// openGroups: the groups that open what is confidential, compared one owner after
// the other.
func (c *company) openGroups() {
	n := 0
	for _, a := range c.ofKind("application", "database", "data") {
		if a.level.c < 3 {
			continue
		}
		n++
		day, group := max(compared+(n*11)%135, a.created+3), "groupe-proprietaire-"+a.id
		c.put(at(day, 10, 0), "collecteur:annuaires", catalog.DirectoryGroup, group, values{"name": "PROPRIETAIRE-" + a.id, "directory": "ann-entreprise", "asset": a.id, "level": "write"})
		for _, id := range []string{a.owner, a.deputy} {
			c.grant(c.one(id), a.id, "write", max(granted, a.created+2), max(granted-30, a.created+2))
			c.later(day, "collecteur:annuaires", catalog.GroupMember, "membre-"+group+"-"+id, values{"directory_group": group,
				"account": accountID("ann-entreprise", strings.ReplaceAll(id, "-", ".")), "first_seen_at": at(day, 21, 30)})
		}
	}
}

func (c *company) right(account, asset, level string, since int) {
	c.sense(&sensor{register: catalog.ObservedRight, id: fmt.Sprintf("reel-%s-%s", asset, account), from: since, actor: "collecteur:annuaires",
		first: values{"asset": asset, "account": account, "level": level, "first_seen_at": at(since, 21, 30)}, each: func(now int64) values { return values{"observed_at": now - 1800} }})
}
