package sample

import (
	"fmt"

	"vigie.example/internal/register/catalog"
)

// continuity: recovery plans of what is sensitive, their trials, the plans of
// the server rooms and the yearly exercise.
func (c *company) continuity() {
	n := 0
	for _, a := range c.assets {
		if !a.level.sensitive() || a.gone != 0 {
			continue
		}
		n++
		c.recovery(n, a)
	}
	for i, p := range []struct{ id, title, room, document string }{
		{"pca-grenoble", "Perte de la salle A de Grenoble", roomGrenoble, "doc-continuite-grenoble"},
		{"pca-lyon", "Perte de la salle serveurs du siège", roomLyon, "doc-continuite-lyon"},
	} {
		day := -240 + 2*i
		c.put(at(day, 17, 0), address(cio), catalog.ContinuityPlan, p.id, values{"title": p.title, "room": p.room, "document": p.document, "approved_on": on(day),
			"reviewed_on": on(day), "offline_copy_on": on(day)})
		c.put(at(-71, 10, i), address(cio), catalog.ContinuityPlan, p.id, values{"offline_copy_on": on(-71)})
	}
	c.exercises()
}

// teamOf is who restores an asset.
func teamOf(a *asset) string {
	switch a.maintainer {
	case deskAgent:
		return "assistance"
	case sysAdmin, netAdmin:
		return "dsi"
	}
	return "direction"
}

// recovery: written in the first half of the year, tried since; one trial was
// too slow.
func (c *company) recovery(n int, a *asset) {
	day := max(-222+(n*7)%163, a.created+10)
	id := "reprise-" + a.id
	c.put(at(day, 11, 0), address(a.maintainer), catalog.RecoveryPlan, id, values{"asset": a.id, "team": teamOf(a), "approved_on": on(day), "reviewed_on": on(day),
		"steps": "1. Prévenir le propriétaire. 2. Isoler. 3. Reconstruire sur le site de secours. 4. Restaurer la dernière sauvegarde saine. 5. Vérifier avec le propriétaire. 6. Rouvrir."})
	tried := min(day+12+n%40, -24)
	hours, loss, ok := max(1, a.level.dima/3), max(1, a.level.pdma/2), true
	c.put(at(tried, 18, 0), address(sysLead), catalog.RecoveryTest, "epreuve-"+a.id, values{"plan": id, "tested_on": on(tried), "ok": ok, "measured_hours": hours, "measured_loss_hours": loss})
	if a.id == "srv-mail-2" {
		c.put(at(-51, 18, 0), address(sysLead), catalog.RecoveryTest, "epreuve-2-"+a.id, values{"plan": id, "tested_on": on(-51), "ok": false})
		c.put(at(-22, 18, 0), address(sysLead), catalog.RecoveryTest, "epreuve-3-"+a.id, values{"plan": id, "tested_on": on(-22), "ok": true, "measured_hours": 7, "measured_loss_hours": 6})
	}
}

// exercises: one was held for each room, and what it taught is being done.
func (c *company) exercises() {
	for i, x := range []struct{ id, plan, report, lessons string }{
		{"exercice-grenoble", "pca-grenoble", "Bascule simulée un samedi : services rendus en six heures, deux bases reprises à la main.", "Automatiser la reprise des deux bases ; mettre à jour la liste d’appel."},
		{"exercice-lyon", "pca-lyon", "Coupure de la salle du siège sur table : annuaire et partages reconstruits à Grenoble.", "Vérifier la copie hors ligne du plan ; prévoir des postes de secours."},
	} {
		day := -124 + i*33
		c.put(at(day-60, 9, 0), address(cio), catalog.Exercise, x.id, values{"plan": x.plan, "planned_on": on(day)})
		c.put(at(day, 19, 0), address(cio), catalog.Exercise, x.id, values{"done_on": on(day)})
		c.put(at(day+6, 11, 0), address(cio), catalog.Exercise, x.id, values{"report": x.report, "lessons": x.lessons})
		for j, a := range []struct {
			title, owner string
			due, done    int
		}{{"Reprendre sans intervention les deux bases", sysLead, day + 70, day + 62}, {"Tenir à jour la liste d’appel hors ligne", ciso, day + 40, day + 31}} {
			c.put(at(day+6, 12, j), address(cio), catalog.Action, fmt.Sprintf("action-%s-%d", x.id, j+1), values{"title": a.title, "entity": "fr", "owner": a.owner, "due_on": on(a.due),
				"progress": 0, "exercise": x.id, "rule": "9.14.5"})
			c.put(at(min(a.done, -2), 16, 0), address(a.owner), catalog.Action, fmt.Sprintf("action-%s-%d", x.id, j+1), values{"progress": 100, "done_on": on(min(a.done, -2))})
		}
	}
}
