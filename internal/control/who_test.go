package control_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

// TestWhoMustAct: findings are found and counted by the person who must act, by
// that person's team and by entity; an assignment comes before the rule, until
// the person leaves.
func TestWhoMustAct(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db, []*policy.Rule{ownRule(t, "X1", reviewed, "never", "old"), ownRule(t, "X2", strings.Replace(reviewed, "'never'", "NULL", 1), "old")})
		company(t, a, 3, noon.AddDate(0, 0, -60))
		today := vigie.DayOf(noon)
		put := func(changes ...func(w *register.Writer) error) {
			t.Helper()
			putAt(t, a, noon, changes...)
		}
		put(record(t, catalog.Team, "t1", register.Values{"name": "Réseau", "entity": "e1"}),
			record(t, catalog.Person, "cyd", register.Values{"name": "Cyd", "email": "cyd@example.org", "kind": "employee", "entity": "e1", "uses_is": true, "first_day": int64(today) - 10, "team": "t1"}),
			record(t, catalog.FindingAssignment, "g1", register.Values{"rule": "X1", "register_id": "asset", "record_id": "a1", "person": "cyd", "assigned_on": int64(today)}))
		if err := a.Engine.Tick(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		list := func(q control.FindingQuery) (out []string) {
			t.Helper()
			all, _, err := a.Engine.Findings(t.Context(), q, today)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				s := string(f.Rule) + " " + f.Record + " " + f.Actor.Name
				if f.Actor.Role != "" {
					s += " as " + f.Actor.Role
				}
				if f.Actor.Assigned {
					s += " assigned"
				}
				out = append(out, s)
			}
			slices.Sort(out)
			return out
		}
		same := func(what string, got []string, want ...string) {
			t.Helper()
			if strings.Join(got, "; ") != strings.Join(want, "; ") {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		same("all", list(control.FindingQuery{}), "X1 a0 Ana", "X1 a1 Cyd assigned", "X1 a2 Bob as ciso", "X2 a0 Ana", "X2 a1 Bob as ciso", "X2 a2 Bob as ciso")
		same("by rule: to the owner", list(control.FindingQuery{Who: "ana"}), "X1 a0 Ana", "X2 a0 Ana")
		same("by role", list(control.FindingQuery{Who: "bob"}), "X1 a2 Bob as ciso", "X2 a1 Bob as ciso", "X2 a2 Bob as ciso")
		same("assigned", list(control.FindingQuery{Who: "cyd"}), "X1 a1 Cyd assigned")
		same("team", list(control.FindingQuery{Team: "t1"}), "X1 a1 Cyd assigned")
		same("entity", list(control.FindingQuery{Entity: "e1", Rule: "X2", Who: "ana"}), "X2 a0 Ana")
		same("no such entity", list(control.FindingQuery{Entity: "e2"}))
		same("no team", list(control.FindingQuery{Team: control.None, Rule: "X2", Who: "ana"}), "X2 a0 Ana")
		same("nobody", list(control.FindingQuery{Who: control.None}))
		same("scope", list(control.FindingQuery{Who: "bob", Scope: a.Book.Scope([]string{"e2"})}))

		groups := func(q control.FindingQuery, by control.Grouping) (out []string) {
			t.Helper()
			all, err := a.Engine.FindingGroups(t.Context(), q, by, today)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range all {
				out = append(out, strings.TrimSpace(g.Key+" "+g.Title)+" "+strings.Repeat("o", int(g.Open))+strings.Repeat("l", int(g.Late)))
			}
			return out
		}
		same("groups by person", groups(control.FindingQuery{}, control.ByWho), "bob Bob ooo", "ana Ana oo", "cyd Cyd o")
		same("groups by team", groups(control.FindingQuery{}, control.ByTeam), " ooooo", "t1 Réseau o")
		same("groups by entity", groups(control.FindingQuery{}, control.ByEntity), "e1 Alpha oooooo")
		same("groups by rule", groups(control.FindingQuery{Who: "bob"}, control.ByRule), "X2 oo", "X1 o")

		// Eleven days later all are late; who left acts no more.
		put(record(t, catalog.Person, "cyd", register.Values{"name": "Cyd", "email": "cyd@example.org", "kind": "employee", "entity": "e1", "uses_is": true, "first_day": int64(today) - 10, "last_day": int64(today), "team": "t1"}),
			record(t, catalog.RoleAssignment, "r1", register.Values{"role": "ciso", "person": "bob", "starts_on": int64(today) - 70, "ends_on": int64(today)}))
		today += 11
		if err := a.Engine.Tick(t.Context(), today.Time().Add(12*time.Hour)); err != nil {
			t.Fatal(err)
		}
		same("nobody is left", list(control.FindingQuery{Who: control.None, Rule: "X1", Late: true}), "X1 a1  as ciso", "X1 a2  as ciso")
		same("late", groups(control.FindingQuery{Late: true}, control.ByWho), " oooollll", "ana Ana ooll")
	})
}

// TestAhead: a fact that ages is told before it is a finding, with the shortest
// time in which it happens; what is one already is not told again.
func TestAhead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db, []*policy.Rule{ownRule(t, "X1", reviewed, "never", "old")})
		company(t, a, 2, noon.AddDate(0, 0, -15))
		for id, days := range map[string]int{"a0": 28, "a2": 60} {
			putAt(t, a, noon, record(t, catalog.Asset, id, register.Values{"name": "Serveur " + id, "kind": "server", "entity": "e1", "status": "in_service", "created_on": int64(vigie.DayOf(noon)) - 100, "rated_on": int64(vigie.DayOf(noon)) - int64(days)}))
		}
		var got []string
		list, err := a.Engine.Ahead(t.Context(), noon, 7, 30)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			got = append(got, fmt.Sprint(f.Rule(), f.Record, f.Reason, f.Within))
		}
		if strings.Join(got, " ") != "X1a0old7 X1a1old30" {
			t.Error(got)
		}
	})
}

// TestMovement counts what opened and closed between two visits.
func TestMovement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db, []*policy.Rule{ownRule(t, "X1", reviewed, "never", "old")})
		company(t, a, 3, noon.AddDate(0, 0, -60))
		if err := a.Engine.Tick(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		later := noon.Add(time.Hour)
		putAt(t, a, later, record(t, catalog.Asset, "a0", register.Values{"name": "Serveur 0", "kind": "server", "entity": "e1", "status": "in_service", "created_on": int64(20000), "rated_on": int64(vigie.DayOf(later))}))
		for _, c := range []struct {
			after, until time.Time
			scope        register.Scope
			want         control.Movement
		}{
			{noon.Add(-time.Hour), noon, register.Scope{}, control.Movement{Opened: 3}},
			{noon, later, register.Scope{}, control.Movement{Closed: 1}},
			{noon.Add(-time.Hour), later, register.Scope{}, control.Movement{Opened: 2}}, // one came and went
			{noon.Add(-time.Hour), later, a.Book.Scope([]string{"e2"}), control.Movement{}},
		} {
			if got, err := a.Engine.Movement(t.Context(), c.after, c.until, c.scope); err != nil || got != c.want {
				t.Errorf("%s to %s: %+v, want %+v, %v", c.after, c.until, got, c.want, err)
			}
		}
	})
}
