package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// operations: documents and procedures, major changes, monitoring.
func (c *company) operations() {
	c.documents()
	c.procedures()
	c.changes()
	c.monitors()
	c.alerts()
}

// papers are the documents that rules ask for, kept in the vault.
var papers = []struct {
	id, title, kind, owner string
	level, day             int
}{
	{"doc-reglement", "Règlement intérieur", "disciplinary", hr, 1, -306},
	{"doc-mouvements", "Arrivées, mutations et départs", "movement", hr, 1, -301},
	{"doc-absents", "Accès aux données d’une personne absente", "data_access", dpo, 1, -296},
	{"doc-restitution", "Restitution du matériel", "restitution", deskLead, 1, -294},
	{"doc-correctifs", "Application des correctifs", "patching", sysLead, 2, -291},
	{"doc-reaction", "Réagir à un incident", "reaction", ciso, 1, -290},
	{"doc-architecture", "Dossier d’architecture", "architecture", sysLead, 3, -288},
	{"doc-adressage", "Plan d’adressage", "architecture", netLead, 3, -287},
	{"doc-exploitation", "Exploitation des serveurs", "operation", sysLead, 2, -286},
	{"doc-reseaux", "Exploitation des réseaux", "operation", netLead, 2, -285},
	{"doc-postes", "Exploitation des postes de travail", "operation", deskLead, 2, -284},
	{"doc-applications", "Exploitation des applications", "operation", sysAdmin, 2, -283},
	{"doc-mots-de-passe", "Remise d’un mot de passe", "password_delivery", deskLead, 1, -282},
	{"doc-continuite-grenoble", "Plan de continuité de la salle A de Grenoble", "other", cio, 2, -240},
	{"doc-continuite-lyon", "Plan de continuité de la salle du siège", "other", cio, 2, -238},
	{"doc-restauration", "Restaurer une base de production", "operation", sysLead, 2, -236},
	{"doc-livraison", "Livrer une version d’un produit", "operation", devLead, 2, -234},
	{"doc-pare-feu", "Modifier une règle de pare-feu", "operation", netLead, 2, -232},
}

// documents: written in two months when the policy was voted, then reviewed.
func (c *company) documents() {
	for _, d := range papers {
		c.put(at(d.day, 15, 0), address(d.owner), catalog.Document, d.id, values{"title": d.title, "kind": d.kind, "entity": "fr", "owner": d.owner, "confidentiality": d.level,
			"in_force_on": on(d.day),
			"reviewed_on": on(d.day), "sanctions": d.kind == "disciplinary", "store": "app-coffre", "in_vault": true, "file_hash": hash(d.id)})
		if d.level < 2 {
			continue
		}
		for i, reader := range []string{sysLead, sysAdmin, netLead, netAdmin, cio, ciso, auditor} {
			if reader != d.owner {
				c.put(at(d.day, 15, 10+i), address(d.owner), catalog.DocumentReader, "lecteur-"+d.id+"-"+reader, values{"document": d.id, "person": reader, "starts_on": on(d.day)})
			}
		}
	}
	readers := []string{sysAdmin, netAdmin, cio, ciso, auditor}
	for i := range 24 {
		d, reader, day := papers[4+i%9], readers[i%len(readers)], -86+i*3
		if d.level >= 2 {
			c.put(at(day, 9+i%8, 20), "coffre:documents", catalog.DocumentOpening, fmt.Sprintf("ouverture-%02d", i+1), values{"document": d.id, "person": reader, "opened_at": at(day, 9+i%8, 20)})
		}
	}
}

// procedures: one for each family, and one where a thing needs its own.
func (c *company) procedures() {
	for _, p := range []struct {
		id, title, family, asset, document string
		follows, updates                   string
		day                                int
	}{
		{"proc-serveurs", "Exploiter les serveurs", "system", "", "doc-exploitation", sysLead, sysAdmin, -286},
		{"proc-reseaux", "Exploiter les réseaux", "network", "", "doc-reseaux", netLead, netAdmin, -285},
		{"proc-postes", "Exploiter les postes de travail", "workstation", "", "doc-postes", deskLead, deskAgent, -284},
		{"proc-applications", "Exploiter les applications", "application", "", "doc-applications", sysLead, sysAdmin, -283},
		{"proc-restauration", "Restaurer une base de production", "system", "app-sauvegarde", "doc-restauration", sysLead, sysAdmin, -236},
		{"proc-livraison", "Livrer une version", "application", "app-forge", "doc-livraison", devLead, quality, -234},
		{"proc-pare-feu", "Modifier une règle de pare-feu", "network", "pare-feu-1", "doc-pare-feu", netLead, netAdmin, -232},
	} {
		approver := cioOn(p.day)
		v := values{"title": p.title, "family": p.family, "followed_by": p.follows, "approved_by": approver, "updated_by": p.updates, "approved_on": on(p.day), "reviewed_on": on(p.day),
			"document": p.document}
		if p.asset != "" {
			v["asset"] = p.asset
		}
		c.put(at(p.day, 16, 0), address(p.updates), catalog.Procedure, p.id, v)
		if approver == formerCIO { // taken over a week after he left
			c.put(at(-232, 10, 0), address(cio), catalog.Procedure, p.id, values{"approved_by": cio, "approved_on": on(-232)})
		}
	}
}

// changes of the information system: each major one was analysed and approved
// before, then the policy was looked at again.
func (c *company) changes() {
	for _, x := range []struct {
		id, title, asset, kind      string
		major                       bool
		by                          string
		analysed, approved, carried int
		reexamined                  int
	}{
		{"chg-vpn", "Accès distant : second facteur et nouveau serveur", "app-vpn", "opening", true, netLead, -248, -246, -233, -219},
		{"chg-stockage", "Remplacement des baies de stockage", "baie-3", "architecture", true, sysLead, -96, -89, -75, -58},
		{"chg-portail", "Portail des clients : nouvelle authentification", "app-portail", "critical_application", true, supportLead, -54, -44, -36, -17},
		{"chg-impression", "Nouveau serveur d’impression", "srv-impression-1", "other", false, deskLead, 0, -150, -148, 0},
		{"chg-commutateurs", "Remplacement de deux commutateurs", "commutateur-3", "hardware", false, netLead, 0, -110, -108, 0},
		{"chg-facturation", "Reprise de l’application Facturation", "app-facturation", "architecture", true, finance, 0, 0, 0, 0},
	} {
		v := values{"title": x.title, "entity": "fr", "asset": x.asset, "kind": x.kind, "major": x.major, "requested_by": x.by}
		if x.carried == 0 { // still to come
			v["planned_on"] = on(32)
			c.put(at(-14, 9, 0), address(x.by), catalog.Change, x.id, v)
			continue
		}
		v["planned_on"] = on(x.carried)
		c.put(at(x.approved-12, 9, 0), address(x.by), catalog.Change, x.id, v)
		if x.major {
			c.put(at(x.analysed, 10, 0), address(ciso), catalog.RiskAnalysis, "analyse-"+x.id, values{"title": "Analyse : " + x.title, "asset": x.asset, "subject": "change",
				"done_on": on(x.analysed), "valid_until": on(x.analysed + 730),
				"decision": "reduced", "accepted_by": cio})
			c.put(at(x.analysed, 11, 0), address(ciso), catalog.Change, x.id, values{"risk_analysis": "analyse-" + x.id})
		}
		c.put(at(x.approved, 15, 0), address(cio), catalog.Change, x.id, values{"approved_by": cio, "approved_on": on(x.approved)})
		c.put(at(x.carried, 20, 0), address(x.by), catalog.Change, x.id, values{"carried_out_on": on(x.carried)})
		if x.reexamined != 0 {
			c.put(at(x.reexamined, 11, 0), address(ciso), catalog.Reexamination, "reexamen-"+x.id, values{"change": x.id, "decided_on": on(x.reexamined), "decision": "no_change"})
		}
	}
}

// watched is the day from which equipment is monitored.
const watched = -216

// monitors: servers by their agent, the rest from outside. One access point is
// down since yesterday, and somebody is on it.
func (c *company) monitors() {
	for i, a := range c.ofKind("server", "storage", "network") {
		kind := "external"
		if a.kind == "server" {
			kind = "agent"
		}
		c.sense(&sensor{register: catalog.Monitor, id: "sonde-" + a.id, about: []string{a.id}, from: max(watched+i%12, a.created), actor: "supervision:sondes",
			first: values{"asset": a.id, "kind": kind}, each: func(now int64) values {
				state := "up"
				if a.id == "wifi-3" && c.dayOf(now) >= -1 {
					state = "down"
				}
				return values{"last_beat_at": now - 30, "state": state}
			}})
	}
}

// alerts of the year: each was delivered and taken; two of them late.
func (c *company) alerts() {
	titles := []string{"Disque rempli à 90 %", "Processeur saturé", "Service arrêté", "Lien réseau instable", "Température élevée", "Sauvegarde en échec"}
	assets := c.ofKind("server", "storage", "network")
	for i := range 36 {
		a, day, hour := assets[(i*7)%len(assets)], watched+14+i*7, 6+(i*5)%15
		if !a.serves(day) {
			continue
		}
		taken := 4 + (i*7)%22
		if i == 5 || i == 20 {
			taken = 55
		}
		c.put(at(day, hour, 0), "supervision:alertes", catalog.Alert, fmt.Sprintf("alerte-%02d", i+1), values{"title": titles[i%len(titles)], "asset": a.id,
			"severity":  []string{"warning", "critical"}[i%3/2],
			"raised_at": at(day, hour, 0), "delivered_at": at(day, hour, 1)})
		c.put(at(day, hour+taken/60, taken%60), "supervision:alertes", catalog.Alert, fmt.Sprintf("alerte-%02d", i+1), values{"taken_at": at(day, hour, taken),
			"taken_by": []string{sysAdmin, netAdmin, sysLead}[i%3], "closed_at": at(day, hour+1, 30)})
	}
	c.put(at(-1, 14, 10), "supervision:alertes", catalog.Alert, "alerte-wifi", values{"title": "Borne Wi-Fi injoignable", "asset": "wifi-3", "severity": "warning",
		"raised_at": at(-1, 14, 5), "delivered_at": at(-1, 14, 6), "taken_at": at(-1, 14, 9), "taken_by": netAdmin})
}
