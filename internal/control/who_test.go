package control_test

import (
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
