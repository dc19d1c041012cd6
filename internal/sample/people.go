package sample

import (
	"fmt"
	"strings"

	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// A person of the company, as the other chapters need to know them.
type person struct {
	id, name, entity, team, kind, profile string
	first, last                           int // days; last is 0 for people who stay

	moved      int // day of a change of team; 0 when there was none
	newProfile string
}

// present says whether the person works for the company on a day.
func (p *person) present(day int) bool { return p.first <= day && (p.last == 0 || p.last >= day) }

// arrived is the day on which the register learnt of the person.
func (p *person) arrived() int { return max(-life, p.first-12) }

// named are the people of the story.
var named = []struct {
	id, name, team string
	first, last    int
}{
	{director, "Hélène Vasseur", "direction", -3100, 0},
	{ciso, "Karim Benali", "direction", -900, 0},
	{cio, "Claire Delcourt", "dsi", -1900, 0},
	{dpo, "Florence Mercier", "juridique", -2300, 0},
	{hr, "Nadia Roussel", "rh", -1700, 0},
	{facilities, "Marc Fontaine", "moyens", -2900, 0},
	{auditor, "Valérie Girard", "finances", -1300, 0},
	{finance, "Delphine Renard", "finances", -2600, 0},
	{counsel, "Olivier Lambert", "juridique", -800, 0},
	{sysLead, "Thomas Lemaire", "dsi", -1500, 0},
	{netLead, "Julie Perrin", "dsi", -1250, 0},
	{sysAdmin, "Amine Diallo", "dsi", -980, 0},
	{netAdmin, "Lucas Henry", "dsi", -610, 0},
	{deskLead, "Camille Morel", "assistance", -2050, 0},
	{deskAgent, "Mehdi Arnaud", "assistance", -450, 0},
	{devLead, "Antoine Caron", "direction", -2400, 0},
	{accountsDev, "Inès Vidal", "rd-compta", -1650, 0},
	{payrollDev, "Romain Leclerc", "rd-paie", -1420, 0},
	{stockDev, "Sophie Garnier", "rd-stock", -1120, 0},
	{quality, "Laure Marchand", "qualite", -870, 0},
	{supportLead, "Estelle Bouchard", "support", -1980, 0},
	{salesLead, "Fabien Legrand", "commerce", -1560, 0},
	{beLead, "Pieter Janssens", "be-direction", -2200, 0},
	{beSupport, "Sofie Maes", "be-support", -1340, 0},
	{caLead, "Marie-Ève Tremblay", "ca-direction", -1010, 0},
	{caDev, "Étienne Gagnon", "ca-rd", -760, 0},
	{formerCIO, "Gérard Pons", "dsi", -5200, -240},
	{leaver, "Damien Rey", "rd-stock", -1230, -9},
	{"alice-colin", "Alice Colin", "commerce", -1350, -205},
	{"bastien-roy", "Bastien Roy", "support", -940, -148},
	{"chloe-masson", "Chloé Masson", "rd-paie", -720, -96},
	{"gael-noel", "Gaël Noël", "qualite", -560, -61},
}

var (
	firstNames = strings.Fields(`Adèle Adrien Agathe Aïcha Alexis Amélie Anaïs André Angèle Arnaud Aurélie Axel Baptiste Béatrice Benoît Bruno Capucine Cédric Charlotte Clara Clément
		Coralie Cyril Denis Diane Édouard Élise Éloïse Émile Emma Éric Eva Fatou Félix Gabriel Gaëlle Grégoire Guillaume Hugo Ibrahim Irène Jeanne Jérôme Joris
		Jules Justine Kévin Léa Léo Lina Loïc Louise Lucie Maëlle Malik Manon Margaux Mathieu Maud Maxime Mélanie Nathan Nina Noé Nora Océane Pascal Paul
		Perrine Quentin Rachid Rémi Rose Samuel Sarah Simon Solène Sylvain Théo Tiphaine Valentin Victor Violette Yann Yasmine Zoé`)
	lastNames = strings.Fields(`Aubert Bailly Baron Barbier Benoit Berger Bertin Blanc Boucher Bourdon Brunet Carpentier Charpentier Chevalier Claes Cloutier Colas Cordier Cousin
		Daniel Denis Dubois Dumas Durand Étienne Fabre Faure Ferrand Fleury Fournier Gaillard Gauthier Gérard Giraud Guérin Hamel Haddad Hubert Huet Jacquet
		Joly Klein Lacroix Laurent Leblanc Lefort Léger Lemoine Leroux Lucas Maillard Marin Martel Meunier Michaud Millet Monnier Moulin Nguyen Olivier Ouellet
		Pasquier Peeters Pelletier Perrot Picard Poirier Prévost Renaud Rivière Rolland Rousseau Royer Sanchez Schmitt Tessier Thibault Traoré Vasseur Vidal
		Wouters`)
)

// sizes are how many people each team has besides those who are named.
var sizes = []struct {
	team string
	n    int
}{
	{"direction", 1}, {"dsi", 2}, {"assistance", 3}, {"rd-compta", 15}, {"rd-paie", 14}, {"rd-stock", 11}, {"qualite", 8}, {"support", 15}, {"commerce", 12},
	{"rh", 2}, {"finances", 4}, {"juridique", 1}, {"moyens", 3}, {"be-direction", 2}, {"be-support", 11}, {"ca-direction", 2}, {"ca-rd", 12},
}

// joiners arrive during the year, a few of them in Montréal when it opens.
var joiners = map[string][]int{
	"rd-compta": {-160}, "rd-paie": {-78}, "support": {-276, -118}, "commerce": {-190}, "be-support": {-132}, "ca-rd": {-196, -196, -195, -188, -102}, "qualite": {-40}, "assistance": {-22},
}

// staff: everybody, in the order in which they arrived.
func (c *company) staff() {
	seen := map[string]bool{}
	for _, p := range named {
		seen[p.id] = true
		c.hire(p.id, p.name, p.team, "employee", p.first, p.last)
	}
	for _, s := range sizes {
		for i := range s.n {
			id, name := c.newName(seen)
			first := -life - 20 - c.rng.IntN(2400)
			if late := joiners[s.team]; i < len(late) {
				first = late[i]
			}
			kind := "employee"
			switch { // the last of the larger teams are not there for long
			case i == s.n-1 && s.n > 10:
				kind = "apprentice"
			case i == s.n-2 && s.n > 12:
				kind, first = "intern", -70-i
			case i == s.n-3 && s.n > 12:
				kind = "temp"
			}
			c.hire(id, name, s.team, kind, first, 0)
		}
	}
	for i, team := range []string{"rd-compta", "rd-paie", "dsi", "support"} { // consultants
		id, name := c.newName(seen)
		c.hire(id, name, team, "third_party", -330+i*70, 0)
	}
}

// newName draws a name that nobody has.
func (c *company) newName(seen map[string]bool) (id, name string) {
	for id == "" || seen[id] {
		name = c.pick(firstNames) + " " + c.pick(lastNames)
		id = strings.ReplaceAll(register.Fold(name), " ", "-")
	}
	seen[id] = true
	return id, name
}

// hire records a person on the day the company learns that they come, and, for
// those who leave, the day on which that is known.
func (c *company) hire(id, name, team, kind string, first, last int) {
	t := teams[0]
	for _, u := range teams {
		if u.id == team {
			t = u
		}
	}
	p := &person{id: id, name: name, entity: t.entity, team: team, kind: kind, profile: t.profile, first: first, last: last}
	c.people = append(c.people, p)
	manager := t.manager
	if manager == id {
		manager = director
	}
	v := values{"name": name, "email": address(id), "phone": phone(t.entity, len(c.people)), "kind": kind, "entity": t.entity, "team": team, "site": siteOf[t.entity],
		"profile": t.profile, "uses_is": true, "first_day": on(first)}
	if kind == "third_party" {
		v["company"] = consultant
	}
	actor, when := address(hr), at(p.arrived(), 10, 0)
	if p.arrived() == -life {
		actor = importer
	}
	c.put(when, actor, catalog.Person, id, v)
	if id != director {
		c.put(at(when.day, 10, 30), actor, catalog.Person, id, values{"manager": manager})
	}
	if last != 0 {
		c.put(at(last-28, 11, 0), address(hr), catalog.Person, id, values{"last_day": on(last)})
	}
}

// phone is a number that operators keep for fiction, or a like one.
func phone(entity string, n int) string {
	switch entity {
	case "be":
		return fmt.Sprintf("+32 2 555 01 %02d", n%100)
	case "ca":
		return fmt.Sprintf("+1 514 555 01%02d", n%100)
	}
	return fmt.Sprintf("+33 4 65 71 %02d %02d", n/100, n%100)
}
