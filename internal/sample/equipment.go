package sample

import (
	"fmt"
	"slices"
)

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
