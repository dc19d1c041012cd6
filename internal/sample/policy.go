package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// The editions of the policy.
const (
	firstEdition  = "edition-1"
	secondEdition = "edition-2"
)

// published is the day of the second edition.
const published = -298

// hash imitates the fingerprint of a text: it is the same each time.
func hash(what string) string {
	h := uint64(14695981039346656037)
	out := ""
	for i := range 4 {
		for _, b := range []byte(fmt.Sprint(i, what)) {
			h = (h ^ uint64(b)) * 1099511628211
		}
		out += fmt.Sprintf("%016x", h)
	}
	return out
}

// policyLife: two editions, their votes and readers, the yearly review, what
// it found and what was done of it.
func (c *company) policyLife() {
	c.put(at(-life, 15, 0), importer, catalog.PolicyEdition, firstEdition, values{"label": "Édition 1", "entity": "fr", "dated_on": on(-1460), "authors": "Gérard Pons",
		"confidentiality": 1, "status": "in_force",
		"reason": "Première édition", "approved_by_text": "Direction, sans procès-verbal", "approved_on": on(-1450), "published_on": on(-1448), "content_hash": hash(firstEdition)})
	c.put(at(-320, 10, 0), address(ciso), catalog.PolicyEdition, secondEdition, values{"label": "Édition 2", "entity": "fr", "dated_on": on(-320),
		"authors": "Karim Benali, Florence Mercier", "confidentiality": 0,
		"status": "draft", "reason": "Revue annuelle : sauvegarde, accès, incidents et données personnelles réécrits"})
	for i, member := range []string{ciso, director, hr, formerCIO} {
		vote := "approve"
		if member == formerCIO {
			vote = "abstain"
		}
		c.put(at(-302, 10+i, 0), address(member), catalog.PolicyVote, "vote-2-"+member, values{"edition": secondEdition, "person": member, "vote": vote, "voted_on": on(-302)})
	}
	c.put(at(-300, 11, 0), address(ciso), catalog.PolicyEdition, secondEdition, values{"approved_on": on(-300), "approved_by_text": "Comité de sécurité", "content_hash": hash(secondEdition)})
	c.put(at(published, 9, 0), address(ciso), catalog.PolicyEdition, firstEdition, values{"status": "superseded"})
	c.put(at(published, 9, 0), address(ciso), catalog.PolicyEdition, secondEdition, values{"status": "in_force", "published_on": on(published)})
	c.readers()
	c.review()
	c.reexaminations()
	c.put(at(-335, 16, 0), address(ciso), catalog.PolicyParameter, "param-committee", values{"name": "committee_min_members", "value": 3,
		"reason": "Un quorum de deux exige un troisième membre en cas d’absence", "decided_by": director, "decided_on": on(-335)})
}

// readers: everybody acknowledges the edition, most at once, some when they
// are reminded; who arrives later reads it in the first weeks.
func (c *company) readers() {
	for i, p := range c.people {
		day := published + 1 + (i*i)%23
		if i%29 == 0 {
			day = published + 41
		}
		if p.first > published-3 {
			day = p.first + 3 + i%12
		}
		if !p.present(day) || day > 0 {
			continue
		}
		c.put(at(day, 8+i%9, i%60), address(p.id), catalog.Acknowledgement, "lecture-politique-"+p.id, values{"person": p.id, "edition": secondEdition, "acknowledged_on": on(day),
			"content_hash": hash(secondEdition)})
	}
}

// gaps are what the yearly review found, and the action for each.
var gaps = []struct {
	rule, description, action, owner string
	due, done                        int // done is 0 while the action runs
}{
	{"9.1.1", "La politique n’a pas été approuvée par un comité ni lue", "Rédiger, voter et diffuser une deuxième édition", ciso, -290, -298},
	{"9.2.3", "La moitié des biens n’ont pas de suppléant", "Faire compléter l’inventaire par les propriétaires", cio, -240, -238},
	{"9.2.4", "Un tiers des biens n’ont pas de niveau DICT", "Classer les biens en séance avec chaque propriétaire", ciso, -240, -241},
	{"9.7.3", "Les traces ne sont ni centralisées ni prouvables", "Raccorder les systèmes au coffre des traces", sysLead, -220, -232},
	{"9.8.1", "Personne ne sait quels postes sont protégés", "Installer l’agent sur toutes les machines", deskLead, -170, -171},
	{"9.9.1", "Plusieurs applications n’ont pas de plan de sauvegarde", "Écrire et valider les plans de sauvegarde", sysLead, -180, -182},
	{"9.14.2", "Aucun plan de reprise n’est écrit", "Écrire les plans de reprise des biens sensibles", devLead, -65, -55},
	{"9.17.1", "Le chiffrement des postes n’est pas vérifié", "Généraliser le chiffrement géré par la console", deskLead, -60, -62},
	{"9.8.5", "La matrice des flux n’a jamais été relue", "Relire la matrice avec chaque responsable", netLead, -20, 0},
	{"9.10.1", "Les droits réels ne sont pas comparés aux droits approuvés", "Comparer les groupes de l’annuaire aux droits définis", sysAdmin, 35, 0},
	{"9.4.1", "Les badges des partants ne sont pas rendus", "Rapprocher les badges du registre du personnel", facilities, -8, 0},
}

// review: the committee reviews the policy each year.
func (c *company) review() {
	c.put(at(-340, 10, 0), address(ciso), catalog.PolicyReview, "revue-1", values{"entity": "fr", "edition": firstEdition, "reviewed_on": on(-340),
		"minutes": "Politique vieille de quatre ans, jamais approuvée par un comité. Onze écarts relevés ; une deuxième édition est décidée."})
	c.put(at(-338, 17, 0), address(director), catalog.PolicyReview, "revue-1", values{"approved_on": on(-338)})
	for i, g := range gaps {
		gap, action := fmt.Sprintf("ecart-%02d", i+1), fmt.Sprintf("action-%02d", i+1)
		opened := -336
		if i == 6 { // forgotten at first
			opened = -318
		}
		c.put(at(-340, 15, i), address(ciso), catalog.ReviewGap, gap, values{"review": "revue-1", "rule": g.rule, "description": g.description, "found_on": on(-340)})
		c.put(at(opened, 9, i), address(ciso), catalog.Action, action, values{"title": g.action, "entity": "fr", "owner": g.owner, "due_on": on(g.due), "progress": 0, "rule": g.rule, "gap": gap})
		if half := (opened + g.due) / 2; half < 0 {
			c.put(at(half, 11, i), address(g.owner), catalog.Action, action, values{"progress": 50})
		}
		if g.done != 0 {
			c.put(at(g.done, 16, i), address(g.owner), catalog.Action, action, values{"done_on": on(g.done), "progress": 100})
		}
	}
}

// reexaminations: each change of the organisation leads to a decision about the
// policy. The last one waits for it.
func (c *company) reexaminations() {
	c.put(at(-200, 9, 0), address(director), catalog.OrganisationChange, "org-montreal", values{"title": "Ouverture de l’équipe de développement de Montréal", "entity": "ca", "occurred_on": on(-200)})
	c.put(at(-183, 11, 0), address(ciso), catalog.Reexamination, "reexamen-montreal", values{"organisation_change": "org-montreal", "decided_on": on(-183), "decision": "no_change"})
	c.put(at(-45, 9, 0), address(director), catalog.OrganisationChange, "org-facturation", values{"title": "Rachat de l’activité Facturation", "entity": "fr", "occurred_on": on(-45)})
}
