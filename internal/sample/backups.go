package sample

import (
	"fmt"
	"slices"

	"vigie.example/internal/register/catalog"
)

// planned is the day from which backups are planned and report.
const planned = -240

// backups: a plan for what holds something, its runs, its copies on another
// site, and restore tests. One restore takes too long.
func (c *company) backups() {
	n := 0
	for _, a := range c.assets {
		if !slices.Contains([]string{"server", "application", "database", "data", "storage", "network"}, a.kind) {
			continue
		}
		n++
		c.backup(n, a)
	}
}

// backup plans that of one asset.
func (c *company) backup(n int, a *asset) {
	plan, day := "plan-"+a.id, max(planned+n%50, a.created)
	hours := max(min(a.level.pdma, 24), 1)
	kind := []string{"incremental", "full", "incremental", "differential"}[n%4]
	c.put(at(day, 16, 0), address(a.maintainer), catalog.BackupPlan, plan, values{"asset": a.id, "responsible": sysLead, "frequency_hours": hours, "kind": kind,
		"medium": []string{"disk", "object"}[n%2], "retention_days": 35, "restore_test_days": 365})
	c.put(at(day, 17, 0), address(a.owner), catalog.BackupPlan, plan, values{"validated_on": on(day), "validated_by": a.owner, "reviewed_on": on(day), "reviewed_by": sysLead})
	c.sense(&sensor{register: catalog.BackupRun, id: "passage-" + a.id, about: []string{plan, a.id}, from: day, actor: "collecteur:sauvegarde",
		first: values{"plan": plan, "ok": true},
		each: func(now int64) values {
			today := c.dayOf(now)
			return values{"finished_at": now - int64(hours*1200), "size_bytes": 1_000_000_000 + (today+life)*(3_000_000+n), "oldest_kept_on": on(max(day, today-36))}
		}})
	site, room := lyon, roomLyon
	if a.site == lyon {
		site, room = grenoble, roomGrenoble
	}
	if a.id == "data-plan-d-adressage" { // its copy stands beside it
		site, room = grenoble, roomGrenoble
	}
	c.sense(&sensor{register: catalog.BackupCopy, id: "copie-" + a.id, about: []string{plan, a.id}, from: day, actor: "collecteur:sauvegarde",
		first: values{"plan": plan, "site": site, "room": room, "secured": true, "immutable": true},
		each:  func(now int64) values { return values{"last_copy_at": now - int64(hours*1500)} }})
	if tested := min(max(day+30+(n*7)%210, -200), -27); tested > day {
		c.put(at(tested, 17, 0), address(sysAdmin), catalog.RestoreTest, "essai-"+a.id, values{"plan": plan, "tested_on": on(tested), "ok": true, "measured_hours": max(1, a.level.dima/4)})
	}
	if a.id == "bd-tresorerie" {
		c.put(at(-64, 18, 0), address(sysAdmin), catalog.RestoreTest, "essai-2-"+a.id, values{"plan": plan, "tested_on": on(-64), "ok": true, "measured_hours": a.level.dima + 9})
	}
	for i := range 3 { // failures of the year, made good the same night
		if n%31 == i*7 {
			c.put(at(day+40+i*51, 3, 0), "collecteur:sauvegarde", catalog.BackupRun, fmt.Sprintf("echec-%s-%d", a.id, i), values{"plan": plan, "ok": false, "finished_at": at(day+40+i*51, 2, 40)})
		}
	}
}
