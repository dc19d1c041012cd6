package sample

import (
	"fmt"
	"slices"

	"vigie.example/internal/register/catalog"
)

// projects: what is being built or bought, its audits, its environments, and
// the vulnerabilities that concern what runs.
func (c *company) projects() {
	c.portfolio()
	c.audits()
	c.environments()
	c.links()
	c.vulnerabilities()
}

func (c *company) portfolio() {
	for _, p := range []struct {
		id, name, entity, owner, kind string
		started, analysed, decided    int
		phases                        map[int]string
		level                         level
	}{
		{"prj-vpn", "Accès distant à deux facteurs", "fr", netLead, "buy", -300, -280, -270, map[int]string{-300: "design", -262: "build", -240: "acceptance", -233: "live"}, strong},
		{"prj-portail", "Nouvelle authentification du portail", "fr", supportLead, "build", -150, -141, -130, map[int]string{-150: "design", -120: "build", -52: "acceptance", -36: "live"}, vital},
		{"prj-sirh", "Entretiens annuels dans la gestion du personnel", "fr", hr, "buy", -120, -104, -92, map[int]string{-120: "idea", -110: "design", -80: "build", -16: "acceptance"}, private},
		{"prj-montreal", "Banc d’essai de Montréal", "ca", caDev, "build", -190, -184, -181, map[int]string{-190: "design", -181: "build", -140: "live"}, minor},
		{"prj-mobile", "Application mobile de Stocks", "fr", stockDev, "build", -75, -61, -50, map[int]string{-75: "design", -44: "build"}, ordinary},
		{"prj-facturation", "Intégration de l’activité Facturation", "fr", finance, "buy", -40, 0, 0, map[int]string{-40: "idea"}, ordinary},
	} {
		days := []int{}
		for day := range p.phases {
			days = append(days, day)
		}
		slices.Sort(days)
		for i, day := range days {
			v := values{"phase": p.phases[day]}
			if i == 0 {
				v = values{"name": p.name, "entity": p.entity, "owner": p.owner, "kind": p.kind, "phase": p.phases[day], "started_on": on(p.started), "dima_hours": p.level.dima,
					"pdma_hours": p.level.pdma}
			}
			c.put(at(day, 10, 0), address(p.owner), catalog.Project, p.id, v)
		}
		if p.analysed != 0 {
			c.put(at(p.analysed, 14, 0), address(ciso), catalog.Project, p.id, values{"needs_analysed_on": on(p.analysed), "d": p.level.d, "i": p.level.i, "c": p.level.c, "t": p.level.t})
			c.put(at(p.decided, 11, 0), address(director), catalog.Project, p.id, values{"decided_on": on(p.decided)})
		}
	}
}

// audits: each application, each base and each sensitive machine within the
// year, and what is new when it goes live.
func (c *company) audits() {
	n := 0
	for _, a := range c.assets {
		wanted := a.kind == "application" || a.kind == "database" || a.level.sensitive() && (a.kind == "server" || a.kind == "network" || a.kind == "storage")
		if !wanted || a.gone != 0 {
			continue
		}
		n++
		day, why := -255+(n*7)%215, "periodic"
		if a.created > -life {
			day, why = a.created+4, "go_live"
		}
		if a.id == "app-facturation" || a.id == "bd-facturation" { // bought, and not looked at yet
			continue
		}
		c.audit("audit-"+a.id, a, why, day, n%4)
	}
	c.audit("audit-changement-vpn", c.find("app-vpn"), "major_change", -229, 1)
	c.audit("audit-changement-portail", c.find("app-portail"), "major_change", -31, 2)
	c.audit("audit-changement-baie", c.find("baie-3"), "major_change", -70, 0)
}

func (c *company) audit(id string, a *asset, why string, day, found int) {
	c.put(at(day, 16, 0), address(ciso), catalog.Audit, id, values{"asset": a.id, "reason": why, "done_on": on(day), "auditor": "Dorvaly Conseil", "findings_count": found, "report_hash": hash(id)})
	if found == 0 {
		return
	}
	action := "action-" + id
	c.put(at(day, 16, 30), address(ciso), catalog.Action, action, values{"title": fmt.Sprintf("Corriger %d constats de l’audit de %s", found, a.name), "entity": a.entity,
		"owner": a.maintainer, "due_on": on(day + 75), "progress": 0, "audit": id, "rule": "9.12.1"})
	if done := day + 30 + found*9; done < -1 {
		c.put(at(done, 17, 0), address(a.maintainer), catalog.Action, action, values{"progress": 100, "done_on": on(done)})
	}
}

// environments of each application: where it runs, is tried and is made. They
// were set apart one after the other; those of the business just bought are not.
func (c *company) environments() {
	webs := []string{"srv-web-1", "srv-web-2", "srv-web-3", "srv-web-4", "srv-app-1", "srv-app-2", "srv-app-3", "srv-app-4", "srv-app-5", "srv-app-6"}
	for i, x := range applications {
		if x.id == "facturation" || x.id == "ca-recherche" {
			continue
		}
		for j, e := range []struct {
			kind, host, zone string
			day              int
		}{
			{"production", webs[i%len(webs)], hosts, mapped + 8},
			{"acceptance", fmt.Sprintf("srv-recette-%d", 1+i%3), tests, mapped + 10 + i},
			{"test", fmt.Sprintf("srv-essais-%d", 1+i%3), tests, mapped + 12 + (i*7)%120},
			{"development", fmt.Sprintf("srv-dev-mtl-%d", 1+i%3), dev, mapped + 9 + (i*11)%145},
		} {
			v := values{"application": "app-" + x.id, "kind": e.kind, "host": e.host, "zone": e.zone}
			if i < 4 && e.kind == "production" {
				v["zone"] = dmz
			}
			if e.kind == "production" && x.database != "" {
				v["database_asset"] = "bd-" + x.id
			}
			c.put(at(e.day, 10, (i*4+j)%60), address(devLead), catalog.AppEnvironment, "env-"+x.id+"-"+e.kind, v)
		}
	}
}

// links say what stands on what.
func (c *company) links() {
	web := map[string]string{"compta": "srv-web-1", "paie": "srv-paie-1", "stock": "srv-web-3", "portail": "srv-web-4", "demandes": "srv-app-2",
		"sirh": "srv-app-3", "ged": "srv-app-5", "forge": "srv-forge-1", "badges": "srv-badges-1", "messagerie": "srv-mail-1"}
	n := 0
	for _, x := range applications {
		if host := web[x.id]; host != "" {
			n++
			c.put(at(-214, 9, n), address(sysLead), catalog.Dependency, "lien-"+x.id+"-machine", values{"asset": "app-" + x.id, "needs": host, "kind": "hosted_on"})
		}
		if x.database != "" {
			n++
			day := max(-214, c.find("app-"+x.id).created+2)
			c.put(at(day, 9, n), address(sysLead), catalog.Dependency, "lien-"+x.id+"-base", values{"asset": "app-" + x.id, "needs": "bd-" + x.id, "kind": "uses"})
		}
	}
}

// flaws are the vulnerabilities of the year. Their numbers are not those of
// real ones.
var flaws = []struct {
	cve              string
	score            int
	exploited        bool
	day              int
	assets           []string
	decision         string
	decided, applied int
}{
	{"CVE-2099-1001", 75, false, -238, []string{"srv-web-1", "srv-web-2"}, "fix", -236, -230},
	{"CVE-2099-1017", 91, false, -201, []string{"srv-forge-1", "app-forge"}, "fix", -200, -197},
	{"CVE-2099-1042", 98, true, -171, []string{"pare-feu-1", "pare-feu-2", "pare-feu-lyon-1"}, "fix", -170, -168},
	{"CVE-2099-1063", 54, false, -140, []string{"app-ged"}, "accept", -131, 0},
	{"CVE-2099-1088", 81, false, -118, []string{"srv-mail-1", "srv-mail-2"}, "mitigate", -115, 0},
	{"CVE-2099-1120", 72, false, -90, []string{"bd-compta", "bd-paie", "bd-stock"}, "fix", -88, -80},
	{"CVE-2099-1151", 65, false, -57, []string{"app-intranet"}, "not_exploitable", -52, 0},
	{"CVE-2099-1177", 88, true, -84, []string{"srv-app-1", "srv-app-2"}, "fix", -51, -48},
	{"CVE-2099-1204", 97, true, -19, []string{"srv-app-4", "srv-app-6", "srv-badges-1"}, "fix", -17, -14},
	{"CVE-2099-1219", 71, false, -6, []string{"srv-sql-3"}, "", 0, 0},
}

// vulnerabilities: feeds that are read each day, what they say, and what was
// decided. Of the last one exploited, one machine was forgotten.
func (c *company) vulnerabilities() {
	for i, f := range []struct{ id, name, kind string }{
		{"flux-vuln", "Vulnérabilités", "vulnerability"},
		{"flux-kev", "Vulnérabilités exploitées", "exploited"},
		{"flux-fin", "Fins de support", "end_of_life"},
		{"flux-epss", "Probabilités d’exploitation", "likelihood"},
	} {
		c.sense(&sensor{register: catalog.Feed, id: f.id, about: []string{f.id}, from: -245 + i, actor: "collecteur:veille", first: values{"name": f.name, "kind": f.kind,
			"entity": "fr"}, each: func(now int64) values { return values{"refreshed_at": now - 5*3600} }})
	}
	for _, x := range flaws {
		v := values{"cve": x.cve, "published_on": on(x.day - 2), "score": x.score, "exploited": x.exploited}
		if x.exploited {
			v["exploited_on"] = on(x.day)
		}
		id := slug(x.cve)
		c.put(at(x.day, 6, 0), "collecteur:veille", catalog.Vulnerability, id, v)
		for _, asset := range x.assets {
			e := "exposition-" + id + "-" + asset
			c.put(at(x.day, 6, 30), "collecteur:veille", catalog.Exposure, e, values{"asset": asset, "vulnerability": id, "detected_on": on(x.day)})
			if x.decision == "" || asset == "srv-badges-1" {
				continue
			}
			c.put(at(x.decided, 11, 0), address(c.find(asset).maintainer), catalog.Exposure, e, values{"decision": x.decision, "decided_on": on(x.decided)})
			if x.applied != 0 {
				c.put(at(x.applied, 21, 0), address(c.find(asset).maintainer), catalog.Exposure, e, values{"fixed_on": on(x.applied)})
			}
		}
	}
}
