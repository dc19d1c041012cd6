package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// employment: contracts and their clauses, campaigns, arrivals and departures,
// breaches, access to the data of somebody absent.
func (c *company) employment() {
	c.contracts()
	c.campaigns()
	c.movements()
	c.breaches()
	c.absences()
	c.vettings()
}

var contractOf = map[string]string{"employee": "permanent", "temp": "temp", "intern": "internship", "apprentice": "apprenticeship"}

// contracts: at first a tenth of the clauses were not on file.
func (c *company) contracts() {
	for i, p := range c.people {
		if p.kind == "third_party" {
			continue
		}
		v := values{"person": p.id, "kind": contractOf[p.kind], "starts_on": on(p.first), "confidentiality_clause": true, "clause_signed_on": on(p.first - 2), "ownership_clause": true,
			"file_hash": hash("contrat-" + p.id)}
		switch p.kind {
		case "temp", "intern":
			v["ends_on"] = on(max(p.first+240, 60))
		case "apprentice":
			v["ends_on"] = on(max(p.first+700, 200))
		}
		id, when, actor := "contrat-"+p.id, at(max(-life, p.first-2), 16, 0), address(hr)
		if when.day == -life {
			actor = importer
		}
		if when.day == -life && i%10 == 3 {
			delete(v, "clause_signed_on")
			delete(v, "file_hash")
			day := -345 + i%30
			c.put(at(day, 14, 0), address(hr), catalog.EmploymentContract, id, values{"clause_signed_on": on(day - 1), "file_hash": hash("contrat-" + p.id)})
		}
		c.put(when, actor, catalog.EmploymentContract, id, v)
		if p.last != 0 {
			c.put(at(p.last-28, 11, 0), address(hr), catalog.EmploymentContract, id, values{"ends_on": on(p.last)})
		}
	}
}

// The texts that people read and acknowledge.
var communications = []struct {
	id, title, kind string
	day             int
}{
	{"reflexes-1", "Dix réflexes de sécurité", "awareness", -312},
	{"bureau-net", "Papiers, impressions et supports : ce qui se range, ce qui se détruit", "media_module", -281},
	{"que-faire", "Un doute, un incident : que faire, qui appeler", "reaction_procedure", -268},
	{"controles", "Ce que l’entreprise contrôle sur les postes, et pourquoi", "control_information", -256},
	{"reflexes-2", "Hameçonnage : ce que nous a appris l’incident de l’automne", "awareness", -70},
}

// campaigns: everybody reads, those who arrive later within some weeks.
func (c *company) campaigns() {
	for n, k := range communications {
		v := values{"title": k.title, "kind": k.kind, "published_on": on(k.day), "content_hash": hash(k.id)}
		if k.kind == "media_module" {
			v["covers_storage"], v["covers_shredding"], v["covers_printers"], v["covers_locking"] = true, true, true, true
		}
		c.put(at(k.day, 9, 0), address(ciso), catalog.Communication, k.id, v)
		for i, p := range c.people {
			day := k.day + 1 + (i*(n+3))%27
			if p.first > k.day-2 {
				day = p.first + 6 + (i*(n+3))%19
			}
			if !p.present(day) || day > 0 || p.forgets(i, k.id) {
				continue
			}
			c.put(at(day, 8+i%9, i%60), address(p.id), catalog.Acknowledgement, "lecture-"+k.id+"-"+p.id, values{"person": p.id, "communication": k.id, "acknowledged_on": on(day),
				"content_hash": hash(k.id)})
		}
	}
}

// forgets says who has not read a text: two people who arrived during the year
// have read neither awareness message, and the last one is not read by all yet.
func (p *person) forgets(i int, id string) bool {
	switch id {
	case "reflexes-1":
		return p.first == -118 || p.first == -102
	case "reflexes-2":
		return i%6 == 0 || p.first == -118 || p.first == -102
	}
	return false
}

// movements: who arrived, who changed team, who left.
func (c *company) movements() {
	for _, p := range c.people {
		if p.first > -life {
			id := "arrivee-" + p.id
			c.put(at(p.arrived(), 11, 0), address(hr), catalog.Movement, id, values{"person": p.id, "kind": "joiner", "effective_on": on(p.first)})
			if p.first+4 <= 0 {
				c.put(at(p.first+3, 17, 0), address(hr), catalog.Movement, id, values{"closed_on": on(p.first + 3)})
			}
		}
		if p.last != 0 {
			id := "depart-" + p.id
			c.put(at(p.last-28, 11, 30), address(hr), catalog.Movement, id, values{"person": p.id, "kind": "leaver", "effective_on": on(p.last)})
			if p.id != leaver {
				c.put(at(p.last+2, 17, 0), address(hr), catalog.Movement, id, values{"closed_on": on(p.last + 2), "data_outcome": "taken_over", "data_done_on": on(p.last)})
			}
		}
	}
	for i, m := range movers {
		p := c.member(m.team, m.nth)
		id := fmt.Sprintf("mutation-%d", i+1)
		c.put(at(m.day-14, 11, 0), address(hr), catalog.Movement, id, values{"person": p.id, "kind": "mover", "effective_on": on(m.day)})
		c.put(at(m.day, 9, 0), address(hr), catalog.Person, p.id, values{"team": m.to, "profile": m.profile, "manager": managerOf(m.to)})
		c.put(at(m.day+3, 17, 0), address(hr), catalog.Movement, id, values{"closed_on": on(m.day + 3), "data_outcome": "taken_over", "data_done_on": on(m.day + 2)})
		p.moved, p.newProfile = m.day, m.profile
	}
}

// movers changed team during the year.
var movers = []struct {
	team    string
	nth     int
	to      string
	profile string
	day     int
}{
	{"support", 4, "qualite", "developpeur", -237},
	{"rd-compta", 6, "support", "support", -143},
	{"commerce", 5, "be-direction", "commerce", -88},
	{"rd-stock", 5, "rd-paie", "developpeur", -27},
}

func managerOf(team string) string {
	for _, t := range teams {
		if t.id == team {
			return t.manager
		}
	}
	panic("sample: no team " + team)
}

// member is the nth employee of a team.
func (c *company) member(team string, nth int) *person {
	for _, p := range c.people {
		if p.team == team && p.kind == "employee" && p.last == 0 && p.first < -life {
			if nth == 0 {
				return p
			}
			nth--
		}
	}
	panic("sample: team too small: " + team)
}

// breaches: two cases were decided, a third is being looked into.
func (c *company) breaches() {
	for _, b := range []struct {
		id, title, person string
		opened, decided   int
		decision          string
	}{
		{"manquement-1", "Logiciel interdit installé malgré un rappel", c.member("commerce", 2).id, -164, -139, "Rappel écrit ; logiciel retiré"},
		{"manquement-2", "Clé de signature publiée dans un dépôt ouvert", c.member("rd-stock", 1).id, -94, -71, "Erreur sans intention : entretien et formation, pas de sanction"},
		{"manquement-3", "Partage de fichiers personnels sur un nuage public", c.member("commerce", 7).id, -5, 0, ""},
	} {
		v := values{"title": b.title, "person": b.person, "opened_on": on(b.opened)}
		if b.id == "manquement-2" {
			v["incident"] = "incident-cle"
		}
		c.put(at(b.opened, 15, 0), address(hr), catalog.BreachCase, b.id, v)
		if b.decided != 0 {
			c.put(at(b.decided, 15, 0), address(hr), catalog.BreachCase, b.id, values{"decided_on": on(b.decided), "decision": b.decision})
		}
	}
}

// absences: the data of somebody absent was opened twice, each time with two
// approvals, for an end, and with a word on return.
func (c *company) absences() {
	for _, a := range []struct {
		id, person, requester, scope, why string
		day, back                         int
	}{
		{"acces-absent-1", c.member("commerce", 3).id, salesLead, "Dossier « Offre Grandval » de la messagerie", "Offre à remettre pendant un arrêt de maladie", -112, -98},
		{"acces-absent-2", c.member("be-support", 2).id, beSupport, "Échanges avec un client sur un incident en cours", "Reprise d’une demande urgente pendant un congé", -37, -30},
	} {
		c.put(at(a.day, 9, 0), address(a.requester), catalog.DataAccess, a.id, values{"person": a.person, "requester": a.requester, "reason": a.why, "scope": a.scope, "requested_on": on(a.day - 1),
			"first_approver": ciso, "first_approved_on": on(a.day - 1), "second_approver": dpo, "second_approved_on": on(a.day), "accessed_at": at(a.day, 14, 0), "ends_at": at(a.day, 16, 0), "private_excluded": true})
		c.put(at(a.day+1, 10, 0), address(a.requester), catalog.DataAccess, a.id, values{"report": "Seuls les messages de l’affaire ont été ouverts ; les messages marqués privés ont été écartés."})
		c.put(at(a.back, 10, 0), address(hr), catalog.DataAccess, a.id, values{"person_back_on": on(a.back), "informed_on": on(a.back)})
	}
}

// vettings: who may see confidential assets was checked, or attested, before.
func (c *company) vettings() {
	for i, p := range c.people {
		day := max(-life, p.first-5)
		v := values{"person": p.id, "kind": []string{"attestation", "verification"}[i%2], "done_on": on(p.first - 5), "done_by": hr}
		if p.id == hr {
			v["done_by"] = director
		}
		if p.kind == "third_party" {
			v["valid_until"] = on(p.first + 720)
		}
		c.put(at(day, 17, 0), address(hr), catalog.Vetting, "verification-"+p.id, v)
	}
}
