package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// compliance: inspections, licences, the end of life of equipment, removable
// media and public cloud.
func (c *company) compliance() {
	c.inspections()
	c.licences()
	c.returns()
	c.media()
}

// inspections without notice, in each entity, on machines and rules drawn by lot.
func (c *company) inspections() {
	asked := []string{"9.2.3", "9.4.1", "9.6.3", "9.7.4", "9.8.1", "9.10.1", "9.11.7", "9.12.1", "9.13.4", "9.14.2", "9.15.3", "9.16.3", "9.17.1"}
	for n, e := range []struct {
		entity       string
		first, every int
	}{{"fr", -309, 18}, {"be", -262, 62}, {"ca", -176, 71}} {
		for i, day := 0, e.first; day < -2; i, day = i+1, day+e.every {
			machines := c.working(e.entity, day)
			result := "conforming"
			if i%6 == 1 {
				result = "deviating"
			}
			c.inspect(fmt.Sprintf("controle-%s-%02d", e.entity, i+1), machines[(i*31+n)%len(machines)], asked[(i*3+n)%len(asked)], result, day)
		}
	}
}

// working are the machines of an entity that are in service on a day.
func (c *company) working(entity string, day int) (out []*asset) {
	for _, a := range c.ofKind("server", "laptop", "workstation") {
		if a.entity == entity && a.serves(day-1) {
			out = append(out, a)
		}
	}
	return out
}

func (c *company) inspect(id string, a *asset, rule, result string, day int) {
	c.put(at(day, 15, 0), address(auditor), catalog.Inspection, id, values{"title": "Contrôle inopiné de " + a.name, "entity": a.entity, "unannounced": true, "done_on": on(day),
		"asset": a.id, "rule": rule, "result": result, "inspector": auditor})
	if result == "deviating" {
		c.put(at(day, 16, 0), address(auditor), catalog.Action, "action-"+id, values{"title": "Corriger ce qu’a vu le contrôle de " + a.name, "entity": a.entity, "owner": a.maintainer,
			"due_on": on(day + 30), "progress": 0, "inspection": id, "rule": rule})
		c.put(at(min(day+20, -1), 16, 0), address(a.maintainer), catalog.Action, "action-"+id, values{"progress": 100, "done_on": on(min(day+20, -1))})
	}
}

// licences of paid software.
func (c *company) licences() {
	for _, s := range []struct {
		name   string
		seats  int
		metric string
	}{
		{"Plume Bureautique", 170, "device"},
		{"Vigile Antivirus", 200, "device"},
		{"Tabulaire Client", 80, "device"},
		{"Profileur", 62, "device"}, // fewer than are installed
		{"Prise en main", 40, "device"},
		{"Maquette", 20, "device"},
		{"Tableur Plus", 40, "device"},
		{"Signature", 40, "device"},
	} {
		c.put(at(agents-3, 11, 0), address(deskLead), catalog.Licence, "licence-"+slug(s.name), values{"software": "logiciel-" + slug(s.name), "seats": s.seats, "metric": s.metric,
			"starts_on": on(-500), "ends_on": on(230), "contract": "CTR-" + slug(s.name)})
	}
	for i, p := range c.people {
		if p.profile == "gestion" && p.last == 0 {
			c.put(at(max(agents, p.first+1), 11, i%60), address(deskLead), catalog.LicenceUser, "titulaire-signature-"+p.id, values{"software": "logiciel-signature", "person": p.id})
		}
	}
}

// returns: computers come back, are erased and serve again; old ones are
// destroyed. The certificate of one is missing.
func (c *company) returns() {
	for _, p := range c.people {
		if p.last == 0 || p.id == leaver {
			continue
		}
		for _, a := range c.assets {
			if a.holder != p.id || !a.machine() {
				continue
			}
			c.put(at(a.gone, 16, 10), address(deskLead), catalog.EquipmentReturn, "retour-"+a.id, values{"asset": a.id, "person": p.id, "returned_on": on(a.gone),
				"erased_on": on(a.gone), "method": "Effacement cryptographique et réinstallation", "report_hash": hash("retour-" + a.id), "erased_by": deskAgent})
		}
	}
	for i := range 12 {
		id, day := fmt.Sprintf("ancien-%02d", i+1), -330+i*26
		c.put(at(-life, 14, 30), importer, catalog.Asset, id, values{"name": fmt.Sprintf("ancien-pc-%02d", i+1), "kind": "laptop", "entity": "fr", "site": lyon, "status": "stock",
			"owner": deskLead, "deputy": deskAgent, "maintainer": deskAgent, "created_on": on(-1900 - i*20),
			"has_storage": true, "d": 1, "i": 1, "c": 1, "t": 1, "rated_on": on(-life), "serial": fmt.Sprintf("OLD%06d", 120000+i*3), "personal_data": false, "vital": false, "third_party_access": false})
		c.put(at(day, 10, 0), address(deskLead), catalog.Asset, id, values{"status": "disposed"})
		v := values{"asset": id, "removed_on": on(day), "destroyed_on": on(day + 9), "method": "Broyage", "certificate_hash": hash("destruction-" + id)}
		if i == 10 {
			delete(v, "certificate_hash")
		}
		c.put(at(day+9, 10, 0), address(deskLead), catalog.Disposal, "rebut-"+id, v)
	}
}

// media: what may leave on a key or in a public cloud, for whom and until when.
func (c *company) media() {
	for i, m := range []struct {
		asset, medium, person string
		from, until           int
	}{
		{"data-fichier-des-prospects", "laptop", salesLead, -190, 170},
		{"data-bulletins-des-clients", "usb", payrollDev, -92, 60},
		{"data-budget", "laptop", finance, -140, 200},
		{"data-contrats-des-clients", "usb", salesLead, -27, 60},
	} {
		c.put(at(m.from, 14, 0), address(c.find(m.asset).owner), catalog.MediaAuthorisation, fmt.Sprintf("support-%d", i+1), values{"asset": m.asset, "medium": m.medium, "person": m.person,
			"approved_by": c.find(m.asset).owner, "approved_on": on(m.from), "ends_on": on(m.until)})
		c.put(at(m.from+1, 14, 0), address(m.person), catalog.DataPlacement, fmt.Sprintf("place-%d", i+1), values{"asset": m.asset, "medium": m.medium, "person": m.person,
			"encrypted": true, "placed_on": on(m.from + 1)})
	}
	laptops := c.ofKind("laptop")
	for i, h := range []struct {
		day     int
		kind    string
		outcome string
	}{{-177, "usb", "dismissed"}, {-133, "usb", "dismissed"}, {-72, "public_cloud", "dismissed"}, {-29, "usb", "storage"}} {
		a := laptops[20+i*17]
		id := fmt.Sprintf("indice-%d", i+1)
		c.put(at(h.day, 12, 0), "agent:"+a.name, catalog.StorageHint, id, values{"asset": a.id, "kind": h.kind, "seen_at": at(h.day, 11, 50)})
		c.put(at(h.day+3, 12, 0), address(deskLead), catalog.StorageHint, id, values{"outcome": h.outcome})
		if h.outcome == "storage" {
			c.put(at(h.day+4, 12, 0), address(deskLead), catalog.StorageHint, id, values{"placement": "place-4"})
		}
	}
}
