package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

// ownRule is a rule with one check over assets, whose SQL the test gives.
func ownRule(t *testing.T, id, sql string, reasons ...string) *policy.Rule {
	t.Helper()
	var codes strings.Builder
	for _, r := range reasons {
		fmt.Fprintf(&codes, "      %s: {fr: Faute, en: Fault, fix: {fr: Corriger, en: Mend}}\n", r)
	}
	r, err := policy.Parse(id+".yaml", []byte("rule: "+id+`
title: {fr: Essai, en: Trial}
text: {fr: Essai., en: Trial.}
explain: {fr: Essai., en: Trial.}
acts: [owner, role:ciso]
params:
  review_days: {unit: days, default: 30, min: 1, max: 365, source: D, label: {fr: Délai, en: Delay}}
checks:
  - id: trial
    title: {fr: Essai, en: Trial}
    knows: register
    judges: asset
    due_days: 10
    sql: |
      `+sql+`
    reasons:
`+codes.String()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const reviewed = "SELECT a.id, CASE WHEN a.rated_on IS NULL THEN 'never' WHEN a.rated_on < :review_days_ago THEN 'old' END AS why FROM asset a WHERE a.status = 'in_service'"

// put makes changes at an instant.
func putAt(t *testing.T, a *app.App, at time.Time, changes ...func(w *register.Writer) error) {
	t.Helper()
	err := a.Book.Write(t.Context(), register.By{Actor: "ana", Source: "test", Reason: "test", At: at}, func(w *register.Writer) error {
		for _, change := range changes {
			if err := change(w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func record(t *testing.T, r *register.Register, id string, v register.Values) func(w *register.Writer) error {
	return func(w *register.Writer) error { return w.Put(t.Context(), r, id, v) }
}

// company adds an entity, two persons and some assets rated on a day.
func company(t *testing.T, a *app.App, assets int, rated time.Time) {
	t.Helper()
	putAt(t, a, rated, record(t, catalog.Entity, "e1", register.Values{"name": "Alpha", "country": "FR"}))
	person := func(id, name string) func(w *register.Writer) error {
		return record(t, catalog.Person, id, register.Values{"name": name, "email": id + "@example.org", "kind": "employee", "entity": "e1", "uses_is": true, "first_day": int64(vigie.DayOf(rated)) - 100})
	}
	putAt(t, a, rated, person("ana", "Ana"), person("bob", "Bob"),
		record(t, catalog.RoleAssignment, "r1", register.Values{"role": "ciso", "person": "bob", "starts_on": int64(vigie.DayOf(rated)) - 10}))
	for i := range assets {
		v := register.Values{"name": fmt.Sprintf("Serveur %d", i), "kind": "server", "entity": "e1", "status": "in_service", "created_on": int64(vigie.DayOf(rated)), "rated_on": int64(vigie.DayOf(rated))}
		if i == 0 {
			v["owner"] = "ana"
		}
		putAt(t, a, rated, record(t, catalog.Asset, fmt.Sprintf("a%d", i), v))
	}
}

func verdict(t *testing.T, a *app.App, rule vigie.RuleID, on vigie.Day, now time.Time) vigie.Verdict {
	t.Helper()
	p, err := a.Engine.Posture(t.Context(), on, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Rules {
		if r.Rule == rule {
			return r.Verdict
		}
	}
	t.Fatalf("no rule %s", rule)
	return ""
}

// TestTheLifeOfAVerdict: nothing to judge is unknown; facts expire without any
// write; a waiver covers one record until its end; an exclusion covers a rule;
// every past day keeps its posture.
func TestTheLifeOfAVerdict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db, []*policy.Rule{ownRule(t, "X1", reviewed, "never", "old")})
		day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
		on := func(n int) vigie.Day { return vigie.DayOf(day(n)) }
		tick := func(n int) {
			if err := a.Engine.Tick(t.Context(), day(n)); err != nil {
				t.Fatal(err)
			}
		}
		now := func(n int, want vigie.Verdict) {
			t.Helper()
			if got := verdict(t, a, "X1", on(n), day(n)); got != want {
				t.Errorf("day %d: %s, want %s", n, got, want)
			}
		}
		now(0, vigie.Unknown)
		company(t, a, 2, day(1))
		now(1, vigie.Conforming)
		tick(31)
		now(31, vigie.Conforming) // the thirtieth day still conforms
		tick(32)
		now(32, vigie.Deviating)
		list, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{}, on(32))
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		if f := list[0]; f.Record != "a0" || f.Reason != "old" || f.Actor.Name != "Ana" || f.Title != "Serveur 0" || f.DueOn != on(42) {
			t.Errorf("%+v", f)
		}
		if f := list[1]; f.Actor.Name != "Bob" || f.Actor.Role != "ciso" { // nobody owns it: the role acts
			t.Errorf("%+v", f)
		}

		waive := func(id string) func(w *register.Writer) error {
			return record(t, catalog.Waiver, "w-"+id, register.Values{"rule": "X1", "register_id": "asset", "record_id": id, "reason": "Migration", "compensation": "Surveillance",
				"approved_by": "bob", "starts_on": int64(on(33)), "ends_on": int64(on(40))})
		}
		putAt(t, a, day(33), waive("a0"))
		now(33, vigie.Deviating) // the other one remains
		putAt(t, a, day(33), waive("a1"))
		now(33, vigie.Waived)
		tick(40)
		now(40, vigie.Waived)
		tick(41)
		now(41, vigie.Deviating)

		putAt(t, a, day(50), record(t, catalog.Exclusion, "x1", register.Values{"rule": "X1", "reason": "Hors périmètre", "decided_by": "bob", "starts_on": int64(on(50)), "ends_on": int64(on(60))}))
		now(50, vigie.NotApplicable)
		found := func(excluded *bool, at time.Time) int {
			t.Helper()
			list, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{Excluded: excluded, At: at}, on(50))
			groups, err2 := a.Engine.FindingGroups(t.Context(), control.FindingQuery{Excluded: excluded, At: at}, control.ByRule, on(50))
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			counted := int64(0)
			for _, g := range groups {
				counted += g.Open
			}
			if counted != int64(len(list)) {
				t.Errorf("%d findings, %d in groups", len(list), counted)
			}
			for _, f := range list {
				if f.Excluded != at.IsZero() {
					t.Errorf("excluded is %t at %s", f.Excluded, at)
				}
			}
			return len(list)
		}
		yes, no := true, false
		for name, n := range map[string][2]int{"all": {found(nil, time.Time{}), 2}, "of rules that apply": {found(&no, time.Time{}), 0}, "of excluded rules": {found(&yes, time.Time{}), 2},
			"of rules that applied on day 45": {found(&no, day(45)), 2}, "of rules excluded on day 45": {found(&yes, day(45)), 0}} {
			if n[0] != n[1] {
				t.Errorf("findings %s: %d, want %d", name, n[0], n[1])
			}
		}
		tick(61)
		now(61, vigie.Deviating)
		putAt(t, a, day(62), record(t, catalog.Asset, "a0", register.Values{"rated_on": int64(on(62))}), record(t, catalog.Asset, "a1", register.Values{"rated_on": int64(on(62))}))
		now(62, vigie.Conforming)

		// The committee shortens the delay: judged again at once.
		putAt(t, a, day(64), record(t, catalog.PolicyParameter, "p1", register.Values{"name": "review_days", "value": int64(1), "reason": "Essai", "decided_on": int64(on(64))}))
		now(64, vigie.Deviating)
		putAt(t, a, day(65), record(t, catalog.Asset, "a0", register.Values{"status": "disposed"}), record(t, catalog.Asset, "a1", register.Values{"status": "disposed"}))
		now(65, vigie.Unknown)

		for n, want := range map[int]vigie.Verdict{0: vigie.Unknown, 1: vigie.Conforming, 20: vigie.Conforming, 32: vigie.Deviating, 35: vigie.Waived, 45: vigie.Deviating, 55: vigie.NotApplicable, 61: vigie.Deviating, 62: vigie.Conforming, 65: vigie.Unknown} {
			if got := verdict(t, a, "X1", on(n), day(70)); got != want {
				t.Errorf("day %d seen from day 70: %s, want %s", n, got, want)
			}
		}
		past, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{At: day(35)}, on(70))
		if err != nil || len(past) != 2 || past[0].ClosedAt == nil {
			t.Errorf("findings of day 35: %+v %v", past, err)
		}
	})
}

// TestABrokenRuleStopsNothing: a check that fails at run time is shown as
// broken, its findings stay, the other rules go on; once mended it judges again.
func TestABrokenRuleStopsNothing(t *testing.T) {
	const twice = "SELECT a.id, CASE WHEN a.d IS NULL THEN 'none' END AS why FROM asset a JOIN person p ON p.entity = a.entity"
	for name, sql := range map[string]string{
		"an undeclared reason":  "SELECT a.id, CASE WHEN a.d IS NULL THEN 'surprise' END AS why FROM asset a",
		"a record judged twice": twice,
		"an unknown column":     "SELECT a.id, CASE WHEN a.colour IS NULL THEN 'none' END AS why FROM asset a",
		"a call without sense":  "SELECT a.id, CASE WHEN SUBSTR(a.name) = 'x' THEN 'none' END AS why FROM asset a",
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				good := ownRule(t, "X1", reviewed, "never", "old")
				a := open(t, db, []*policy.Rule{good, ownRule(t, "X2", "SELECT a.id, CASE WHEN a.d IS NULL THEN 'none' END AS why FROM asset a", "none")})
				company(t, a, 3, noon)
				if got := verdict(t, a, "X2", vigie.DayOf(noon), noon); got != vigie.Deviating {
					t.Fatal(got)
				}
				worse := app.New(db, []*policy.Rule{good, ownRule(t, "X2", sql, "none")})
				if err := worse.Engine.Tick(t.Context(), noon); err != nil {
					t.Fatal(err)
				}
				if got := verdict(t, worse, "X2", vigie.DayOf(noon), noon); got != vigie.Broken {
					t.Errorf("%s, want broken", got)
				}
				if got := findings(t, worse)["X2/trial a0"]; got != "none" {
					t.Errorf("the findings of a broken check stay: %q", got)
				}
				putAt(t, worse, noon, record(t, catalog.Asset, "a0", register.Values{"rated_on": nil})) // writers do not mind
				if got := verdict(t, worse, "X1", vigie.DayOf(noon), noon); got != vigie.Deviating {
					t.Errorf("the other rule: %s", got)
				}
				x, err := worse.Engine.Explain(t.Context(), "X2", noon)
				if err != nil || x.Checks[0].State.Error == "" {
					t.Errorf("the explanation says why: %+v %v", x.Checks[0].State, err)
				}
				mended := app.New(db, a.Engine.Rules())
				if err := mended.Engine.Tick(t.Context(), noon); err != nil {
					t.Fatal(err)
				}
				if got := verdict(t, mended, "X2", vigie.DayOf(noon), noon); got != vigie.Deviating {
					t.Errorf("mended: %s", got)
				}
			})
		})
	}
}

// TestAnEndlessQueryIsStopped: within its limit, also inside a change, which
// then goes through.
func TestAnEndlessQueryIsStopped(t *testing.T) {
	const endless = "SELECT a.id, CASE WHEN (SELECT COUNT(*) FROM asset b JOIN asset c ON c.entity = b.entity JOIN asset d ON d.entity = c.entity JOIN asset e ON e.entity = d.entity JOIN asset f ON f.entity = e.entity JOIN asset g ON g.entity = f.entity WHERE b.entity = a.entity) > 0 THEN 'none' END AS why FROM asset a"
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db, []*policy.Rule{ownRule(t, "X1", reviewed, "never", "old")})
		company(t, a, 60, noon)
		slow := app.New(db, []*policy.Rule{ownRule(t, "X1", endless, "none")})
		slow.Engine.WholeLimit, slow.Engine.ChangeLimit = 200*time.Millisecond, 200*time.Millisecond
		start := time.Now()
		putAt(t, slow, noon, record(t, catalog.Asset, "a0", register.Values{"name": "Renommé", "entity": "e1", "d": int64(2)}))
		if err := slow.Engine.Tick(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
		x, err := slow.Engine.Explain(t.Context(), "X1", noon)
		if err != nil || x.Verdict != vigie.Broken || !strings.Contains(x.Checks[0].State.Error, "time limit") {
			t.Errorf("%+v %v", x.Checks[0].State, err)
		}
		rec, err := slow.Book.Get(t.Context(), catalog.Asset, "a0", register.Scope{})
		if err != nil || rec.Values["name"] != "Renommé" {
			t.Errorf("the change is kept: %v %v", rec.Values["name"], err)
		}
	})
}

// TestHostileSQL: what is not one harmless SELECT is refused before it runs, and
// the connection that runs checks cannot write anyway.
func TestHostileSQL(t *testing.T) {
	for sql, want := range map[string]string{
		"DELETE FROM asset": "one SELECT",
		"SELECT a.id, NULL AS why FROM asset a; DROP TABLE asset":                                    "not allowed",
		"SELECT a.id, load_extension('x') AS why FROM asset a":                                       "function load_extension",
		"SELECT a.id, pg_sleep(10) AS why FROM asset a":                                              "function pg_sleep",
		"SELECT a.id, (SELECT t.hash FROM token t) AS why FROM asset a":                              "no register called token",
		"SELECT a.id, NULL AS why FROM sqlite_master a":                                              "no register called",
		"SELECT a.id, NULL AS why FROM asset a -- comment":                                           "comments",
		"SELECT a.id, NULL AS why FROM asset a WHERE a.id IN (WITH x AS (SELECT 1) SELECT * FROM x)": "WITH",
		"SELECT a.id, NULL AS why FROM asset a WHERE a.name = $$x$$":                                 "not allowed",
		"SELECT a.id, NULL AS why FROM \"asset\" a":                                                  "not allowed",
		"SELECT p.id, NULL AS why FROM person p":                                                     "judges asset",
		"SELECT a.id, NULL AS why FROM asset a WHERE a.rated_on < :unheard":                          "not declared",
		"SELECT a.id, NULL AS why FROM asset a UNION SELECT p.id, NULL FROM person p":                "UNION",
		"SELECT a.id, NULL AS why FROM asset a WHERE a.id = 'x":                                      "does not end",
		"SELECT a.id, NULL AS why FROM asset a WHERE (a.id = 'x'":                                    "not closed",
		"SELECT a.id, NULL AS why FROM asset a WHERE a.id = 'x')":                                    "closing bracket",
		"SELECT a.id, NULL AS why FROM (SELECT * FROM asset) a":                                      "only tables",
		"SELECT a.id, NULL AS why FROM asset a ORDER BY a.id":                                        "ORDER",
		"SELECT a.id, CASE WHEN SUM(a.d) > 3 THEN 'none' END AS why FROM asset a":                    "SUM belongs",
		"SELECT a.id, NULL AS why FROM asset a, LATERAL (SELECT 1) b":                                "not allowed",
	} {
		wrong := strings.Join(control.Lint([]*policy.Rule{ownRule(t, "X1", sql, "none")}, catalog.All()), "\n")
		if !strings.Contains(wrong, want) {
			t.Errorf("%s: lint says %q, want %q in it", sql, wrong, want)
		}
	}
}

// FuzzUnderstand: no text makes the reader of SQL panic, and what it accepts is
// one SELECT.
func FuzzUnderstand(f *testing.F) {
	f.Add(reviewed)
	f.Add("SELECT a.id, CASE WHEN EXISTS (SELECT 1 FROM access_grant g WHERE g.asset = a.id AND (g.person = a.owner OR g.person = a.deputy)) THEN 'x' END AS why FROM asset a LEFT JOIN person p ON p.id = a.owner WHERE a.d BETWEEN 1 AND 3 OR NOT a.vital")
	f.Add("SELECT (((")
	f.Add("SELECT a.id FROM asset a WHERE a.id IN (a.owner, 'x', :y)")
	f.Fuzz(func(t *testing.T, sql string) {
		r := &policy.Rule{ID: "X1", Checks: []policy.Check{{ID: "trial", Judges: "asset", SQL: sql}}}
		for _, c := range control.Compile(r, catalog.All()) {
			_ = c.Key
		}
	})
}
