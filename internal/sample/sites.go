package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// sites: badges and the rooms they open, visitors, the devices that protect
// rooms, and the contracts that repair equipment.
func (c *company) sites() {
	c.badges()
	c.roomLife()
	c.passages()
	c.visits()
	c.protections()
	c.contractsOfUpkeep()
}

// doors are the rooms that badges open, and whom they open for.
var doors = []struct {
	room string
	to   []string
}{
	{roomGrenoble, []string{sysLead, sysAdmin, netLead, netAdmin, cio}},
	{roomLyon, []string{sysLead, sysAdmin, netLead, netAdmin, cio, deskLead, facilities}},
	{roomBrussels, []string{beSupport, netLead, netAdmin}},
	{roomMontreal, []string{caDev, caLead}},
	{roomArchive, []string{facilities, hr, finance, salesLead, counsel}},
	{roomLawBox, []string{dpo, counsel}},
	{stockRoom, []string{deskLead, deskAgent, facilities}},
}

var plateau = map[string]string{"fr": openLyon, "be": openBrussels, "ca": openMontreal}

// badges: one for each person, given on arrival and returned on leaving. The
// old ones were counted when the register was made.
func (c *company) badges() {
	for i, p := range c.people {
		start := max(-life, p.first)
		badge := "badge-" + p.id
		c.put(at(start, 17, 30), address(facilities), catalog.Badge, badge, values{"number": fmt.Sprintf("B%05d", 20400+i*3), "person": p.id, "issued_on": on(max(p.first, -880))})
		c.opens(start, badge, p.id, plateau[p.entity], cioOn(start))
		switch {
		case p.id == leaver: // nobody took it back
		case p.last != 0:
			c.put(at(p.last, 17, 0), address(facilities), catalog.Badge, badge, values{"returned_on": on(p.last), "blocked_on": on(p.last)})
			c.put(at(p.last, 17, 5), address(facilities), catalog.RoomAuthorisation, "acces-"+plateau[p.entity]+"-"+p.id, values{"ends_on": on(p.last)})
			c.delete(at(p.last, 17, 10), address(facilities), catalog.BadgeOpening, "ouvre-"+badge+"-"+plateau[p.entity])
		}
	}
	for _, d := range doors {
		for _, id := range d.to {
			day := -life
			if d.room == roomMontreal {
				day = -196
			}
			c.opens(day, "badge-"+id, id, d.room, cioOn(day))
		}
	}
	lost := c.member("support", 6)
	c.put(at(-58, 9, 0), address(facilities), catalog.Badge, "badge-"+lost.id, values{"lost_on": on(-58), "blocked_on": on(-58)})
	c.delete(at(-58, 9, 10), address(facilities), catalog.BadgeOpening, "ouvre-badge-"+lost.id+"-"+openLyon)
	c.put(at(-57, 9, 0), address(facilities), catalog.Badge, "badge-"+lost.id+"-2", values{"number": "B29001", "person": lost.id, "issued_on": on(-57)})
	c.put(at(-57, 9, 5), address(facilities), catalog.BadgeOpening, "ouvre-badge-"+lost.id+"-2-"+openLyon, values{"badge": "badge-" + lost.id + "-2", "room": openLyon})
}

// roomLife: the CIO looks at who enters technical rooms, the doors are read each
// day, and the rooms that keep papers are inspected.
func (c *company) roomLife() {
	for _, day := range []int{-190, -29} {
		for _, d := range doors {
			for _, id := range d.to {
				if d.room != roomMontreal || day > -190 {
					c.put(at(day, 11, 0), address(cio), catalog.RoomAuthorisation, "acces-"+d.room+"-"+id, values{"reviewed_on": on(day), "reviewed_by": cio})
				}
			}
		}
	}
	for i, p := range c.people { // everybody's access, one office after the other
		if day := -131 + len(p.entity+p.team)%9; p.present(day) && p.first < -life {
			c.put(at(day, 15, i%60), address(facilities), catalog.RoomAuthorisation, "acces-"+plateau[p.entity]+"-"+p.id, values{"reviewed_on": on(day), "reviewed_by": facilities})
		}
	}
	for _, site := range []string{lyon, grenoble, bruxelles, montreal} {
		from := -340
		if site == montreal {
			from = -195
		}
		c.sense(&sensor{register: catalog.Site, id: site, about: []string{site}, from: from, actor: "collecteur:portes", each: func(now int64) values { return values{"badge_log_read_at": now - 4*3600} }})
	}
	for i, room := range []string{roomArchive, roomLawBox} {
		c.put(at(-271+i*9, 15, 0), address(facilities), catalog.Room, room, values{"inspected_on": on(-271 + i*9)})
	}
}

// cioOn is who held the function of CIO on a day.
func cioOn(day int) string {
	if day <= -251 {
		return formerCIO
	}
	return cio
}

// opens authorises a person for a room and lets a badge open it.
func (c *company) opens(day int, badge, person, room, by string) {
	c.put(at(day, 17, 35), address(facilities), catalog.RoomAuthorisation, "acces-"+room+"-"+person, values{"person": person, "room": room, "starts_on": on(day), "approved_by": by,
		"approved_on": on(day)})
	c.put(at(day, 17, 40), address(facilities), catalog.BadgeOpening, "ouvre-"+badge+"-"+room, values{"badge": badge, "room": room})
}

// passages: what the doors recorded in the last weeks, which may not be kept
// for long.
func (c *company) passages() {
	n := 0
	for day := -84; day <= -1; day += 7 {
		for _, d := range doors[:4] {
			n++
			who := d.to[n%len(d.to)]
			c.put(at(day, 8+n%9, n%60), "import:passages.csv", catalog.BadgeEvent, fmt.Sprintf("passage-%03d", n), values{"badge": "badge-" + who, "room": d.room, "occurred_at": at(day, 8+n%9, n%50)})
		}
	}
}

// visits: someone comes each week, somebody receives and accompanies them. One
// of yesterday's visitors did not sign out.
func (c *company) visits() {
	companies := []string{"Groupe Grandval", "Dorvaly Conseil", "Brévelle Froid et Énergie", "Mairie de Valsonne", "Banque Mornay", "Candidature", "Tarvane Maintenance"}
	for i := range 70 {
		day := -352 + i*5
		site, entity := lyon, "fr"
		switch {
		case i%6 == 5:
			site, entity = bruxelles, "be"
		case i%11 == 10 && day > -195:
			site, entity = montreal, "ca"
		}
		present := c.presentIn(entity, day)
		host, escort := present[(i*7)%len(present)], present[(i*7+3)%len(present)]
		name := firstNames[(i*13)%len(firstNames)] + " " + lastNames[(i*17+5)%len(lastNames)]
		id, come := fmt.Sprintf("visite-%03d", i+1), 9+i%6
		c.put(at(day, come, 10), "accueil:"+site, catalog.Visit, id, values{"visitor": name, "company": companies[i%len(companies)], "site": site, "host": host.id, "escort": escort.id,
			"arrived_at": at(day, come, 10)})
		c.put(at(day, come+2, 40), "accueil:"+site, catalog.Visit, id, values{"left_at": at(day, come+2, 40)})
	}
	// In the first weeks visitors were not accompanied.
	host := c.member("support", 1)
	c.put(at(-360, 10, 0), "accueil:lyon", catalog.Visit, "visite-sans-escorte", values{"visitor": "Agnès Perrault", "company": "Candidature", "site": lyon, "host": host.id,
		"arrived_at": at(-360, 10, 0), "left_at": at(-360, 11, 0)})
	c.put(at(-71, 14, 0), "accueil:bruxelles", catalog.Visit, "visite-oubliee", values{"visitor": "Anouk Verbist", "company": "Groupe Grandval", "site": bruxelles, "host": beLead,
		"escort": beSupport, "arrived_at": at(-71, 14, 0)})
	c.put(at(-38, 10, 0), address(facilities), catalog.Visit, "visite-oubliee", values{"left_at": at(-71, 17, 0)})
	c.put(at(-2, 10, 5), "accueil:lyon", catalog.Visit, "visite-non-close", values{"visitor": "Robin Delaunay", "company": "Tarvane Maintenance", "site": lyon, "host": facilities,
		"escort": facilities, "arrived_at": at(-2, 10, 5)})
}

func (c *company) presentIn(entity string, day int) (out []*person) {
	for _, p := range c.people {
		if p.entity == entity && p.present(day) && p.present(day+1) {
			out = append(out, p)
		}
	}
	return out
}

// protections of rooms, the visits of those who maintain them, and what they
// report of themselves.
func (c *company) protections() {
	names := map[string]string{"fire": "Détection et extinction", "cooling": "Climatisation", "ups": "Onduleur", "water": "Détection d’eau", "theft": "Anti-intrusion"}
	companies := map[string]string{"fire": guard, "cooling": cooling, "ups": cooling, "water": cooling, "theft": guard}
	for _, r := range []struct {
		room, label string
		from        int
		kinds       []string
	}{
		{roomGrenoble, "Grenoble", -2200, []string{"fire", "cooling", "ups", "water", "theft"}},
		{roomLyon, "Lyon", -1900, []string{"fire", "cooling", "ups", "water", "theft"}},
		{roomBrussels, "Bruxelles", -1600, []string{"fire", "cooling", "ups"}},
		{roomMontreal, "Montréal", -198, []string{"fire", "cooling", "ups", "theft"}},
		{roomArchive, "Archives", -2000, []string{"fire", "water", "theft"}},
		{roomLawBox, "Coffre juridique", -2000, []string{"fire", "theft"}},
		{openLyon, "Plateaux de Lyon", -2400, []string{"fire"}},
		{openBrussels, "Plateau de Bruxelles", -2400, []string{"fire"}},
	} {
		for _, kind := range r.kinds {
			id := kind + "-" + r.room
			v := values{"name": names[kind] + " " + r.label, "room": r.room, "kind": kind, "visit_period_days": 180, "installed_on": on(r.from)}
			if kind == "ups" {
				v["replace_on"] = on(r.from + 2900)
				if r.room == roomBrussels {
					v["replace_on"] = on(-12)
				}
			}
			start := max(-life, r.from)
			c.sense(&sensor{register: catalog.Protection, id: id, about: []string{id}, from: start, actor: "supervision:locaux", first: v, each: func(now int64) values {
				state := "normal"
				if day := c.dayOf(now); kind == "ups" && r.room == roomLyon && day == -161 {
					state = "on_battery"
				}
				v := values{"state": state, "observed_at": now - 300}
				switch kind {
				case "ups":
					v["autonomy_minutes"] = 22
				case "cooling":
					v["temperature_c"] = 21 + (c.dayOf(now)+life)%4
					if day := c.dayOf(now); r.room == roomBrussels && day >= -78 && day <= -47 { // a hot spell
						v["temperature_c"] = 30
					}
				}
				return v
			}})
			for n, day := range []int{-344, -176, -20} {
				if kind == "cooling" && r.room == roomGrenoble && n == 1 {
					day = -121 // late, which was seen
				}
				if day > r.from {
					c.put(at(day, 14, 0), address(facilities), catalog.UpkeepVisit, fmt.Sprintf("entretien-%s-%d", id, n+1), values{"protection": id, "visited_on": on(day), "company": companies[kind],
						"performed_by": "Technicien qualifié", "report_hash": hash(fmt.Sprint(id, day))})
				}
			}
		}
	}
}

// contractsOfUpkeep: sensitive equipment is repaired within its longest outage.
// One contract ends soon.
func (c *company) contractsOfUpkeep() {
	for _, a := range c.ofKind("server", "storage", "network") {
		if !a.level.sensitive() {
			continue
		}
		hours := map[bool]int{true: 2, false: 8}[a.level.dima < 8]
		start, end := -700, 410
		if a.created > -life {
			start, end = a.created, a.created+1095
		}
		if a.id == "coeur-2" {
			end = 24
		}
		first := max(-life, start)
		if a.kind == "storage" && a.created < -life { // not covered when the register was made
			first, start = -301, -301
		}
		c.put(at(first, 16, 30), address(cioOn(first)), catalog.MaintenanceContract, "contrat-"+a.id, values{"asset": a.id, "provider": repair, "starts_on": on(start),
			"ends_on": on(end), "response_hours": hours})
	}
}
