package sample_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/sample"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

// moment is when the company of the tests is told; the story is the same at any
// other.
var moment = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)

// designed are the verdicts of the company today; every other rule conforms.
var designed = map[vigie.Verdict][]vigie.RuleID{
	vigie.Deviating: {"3", "6", "9.1.2", "9.1.4", "9.1.5", "9.2.1", "9.2.2", "9.2.3", "9.3.3", "9.3.4", "9.4.1", "9.4.2", "9.5.3", "9.5.5", "9.6.3", "9.7.2", "9.7.4", "9.8.5", "9.9.2",
		"9.10.1", "9.10.5", "9.11.2", "9.12.1", "9.12.2", "9.13.2", "9.14.3", "9.16.4", "9.16.5", "9.17.8"},
	vigie.Waived:        {"9.5.2", "9.7.5", "9.10.6", "9.11.1", "9.11.6", "9.17.2", "9.17.6"},
	vigie.NotApplicable: {"9.15.4"},
}

// maxFindings bounds the findings of one rule: a company that works at it has a
// few, each of which says something.
const maxFindings = 8

// TestCompany tells the company once on each engine, interrupted on the way, and
// looks at it from all sides.
func TestCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db)
		fillInterrupted(t, a)
		t.Run("size", func(t *testing.T) { checkSize(t, a) })
		t.Run("records", func(t *testing.T) { checkRecords(t, a) })
		t.Run("history", func(t *testing.T) { checkHistory(t, a) })
		t.Run("verdicts", func(t *testing.T) { checkVerdicts(t, a, moment) })
		t.Run("findings", func(t *testing.T) { checkFindings(t, a) })
		t.Run("past", func(t *testing.T) { checkPast(t, a) })
		t.Run("adopted machine", func(t *testing.T) { checkAdopt(t, a) })
		t.Run("a day later", func(t *testing.T) { checkRefresh(t, a) })
	})
}

func open(t *testing.T, db *store.DB) *app.App {
	t.Helper()
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		t.Fatal(err)
	}
	return app.New(db, rules)
}

// fillInterrupted stops the story in its middle; the next Fill, later, goes on.
func fillInterrupted(t *testing.T, a *app.App) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	err := sample.Fill(ctx, a, moment, func(_ vigie.Day, done, total int) {
		if done == total/2 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted story gives %v", err)
	}
	if stage, err := sample.StageOf(t.Context(), a.DB); err != nil || stage != sample.Filling {
		t.Fatalf("an interrupted story is %q, %v", stage, err)
	}
	first := 0
	if err := sample.Fill(t.Context(), a, moment.Add(48*time.Hour), func(_ vigie.Day, done, total int) {
		if first == 0 {
			first = done
		}
	}); err != nil {
		t.Fatal(err)
	}
	if first < 2 {
		t.Error("an interrupted story begins again")
	}
	if err := sample.Fill(t.Context(), a, moment, nil); vigie.CodeOf(err) != vigie.Conflict {
		t.Errorf("telling the story twice gives %v", err)
	}
}

func checkSize(t *testing.T, a *app.App) {
	s, err := sample.Count(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if s.Entities != 3 || s.Persons < 145 || s.Persons > 160 || s.Assets < 585 || s.Assets > 615 {
		t.Errorf("the company has %+v", s)
	}
}

// checkRecords: the registers hold what the story says, and nothing else.
func checkRecords(t *testing.T, a *app.App) {
	want, _ := sample.Told(moment)
	for _, r := range catalog.All() {
		got := map[string]register.Values{}
		q := register.ListQuery{Limit: 500}
		for {
			page, err := a.Book.List(t.Context(), r, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range page.Records {
				got[rec.ID] = rec.Values
			}
			if page.Next == "" {
				break
			}
			q.After = page.Next
		}
		if len(got) != len(want[r.ID]) {
			t.Errorf("%s: %d records, the story has %d", r.ID, len(got), len(want[r.ID]))
		}
		for id, v := range want[r.ID] {
			for _, f := range r.Fields {
				if f.Derive == nil && got[id][f.Name] != v[f.Name] {
					t.Errorf("%s %s: %s is %v, the story says %v", r.ID, id, f.Name, got[id][f.Name], v[f.Name])
				}
			}
		}
	}
}

// checkHistory: every change is there, at its own date, by who made it.
func checkHistory(t *testing.T, a *app.App) {
	_, want := sample.Told(moment)
	var got []string
	for before := int64(0); ; {
		list, err := a.Book.History(t.Context(), register.HistoryQuery{Before: before, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			got = append(got, fmt.Sprintln(e.At.Unix(), e.Actor, e.Source, e.Action, e.Register, e.Record))
			before = e.Seq
		}
		if len(list) < 1000 {
			break
		}
	}
	slices.Reverse(got)
	if len(got) != len(want) {
		t.Errorf("%d lines of history, the story has %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("line %d of the history is %q, the story says %q", i+1, got[i], want[i])
		}
	}
}

// checkVerdicts: the verdicts are those designed, no rule is without anything to
// judge, none is broken.
func checkVerdicts(t *testing.T, a *app.App, now time.Time) {
	p, err := a.Engine.Posture(t.Context(), vigie.DayOf(now), now)
	if err != nil {
		t.Fatal(err)
	}
	want := map[vigie.RuleID]vigie.Verdict{}
	for v, rules := range designed {
		for _, r := range rules {
			want[r] = v
		}
	}
	for _, r := range p.Rules {
		v := vigie.Conforming
		if w, ok := want[r.Rule]; ok {
			v = w
		}
		if r.Verdict != v {
			t.Errorf("%s is %s, want %s; %s", r.Rule, r.Verdict, v, reasons(t, a, r.Rule))
		}
		if r.Judged == 0 {
			t.Errorf("%s judges nothing", r.Rule)
		}
		if r.Open > maxFindings {
			t.Errorf("%s has %d findings", r.Rule, r.Open)
		}
	}
	if share := p.Counts[vigie.Conforming] * 100 / len(p.Rules); share < 50 || share > 65 {
		t.Errorf("%d %% of the rules conform", share)
	}
}

// reasons says why a rule has its verdict, for a failing test.
func reasons(t *testing.T, a *app.App, rule vigie.RuleID) string {
	list, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{Rule: rule, Limit: 5}, vigie.DayOf(moment))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		out = append(out, f.CheckKey+" "+f.Record+" "+f.Reason)
	}
	return strings.Join(out, ", ")
}

// checkFindings: each names a record by its title and somebody who must act, and
// is found and counted by that person.
func checkFindings(t *testing.T, a *app.App) {
	acts := map[string]int64{}
	defer func() {
		groups, err := a.Engine.FindingGroups(t.Context(), control.FindingQuery{}, control.ByWho, vigie.DayOf(moment))
		if err != nil || len(groups) != len(acts) {
			t.Fatalf("%d persons must act, counted %d, %v", len(acts), len(groups), err)
		}
		for _, g := range groups {
			list, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{Who: g.Key, Limit: 500}, vigie.DayOf(moment))
			if err != nil || g.Open != acts[g.Key] || int64(len(list)) != g.Open {
				t.Errorf("%s must act on %d, counted %d, found %d, %v", g.Key, acts[g.Key], g.Open, len(list), err)
			}
		}
	}()
	for q := (control.FindingQuery{Limit: 500}); ; {
		list, next, err := a.Engine.Findings(t.Context(), q, vigie.DayOf(moment))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			acts[f.Actor.Person]++
			if f.Actor.Person == "" {
				t.Errorf("%s %s: nobody must act", f.CheckKey, f.Record)
			}
			if f.Title == "" || f.OpenedAt.After(moment) {
				t.Errorf("%s %s: title %q, opened %s", f.CheckKey, f.Record, f.Title, f.OpenedAt)
			}
		}
		if next == 0 {
			return
		}
		q.After = next
	}
}

// checkPast: the company was in a bad way a year ago, did not know half of it,
// and got better.
func checkPast(t *testing.T, a *app.App) {
	seen := map[vigie.Verdict]bool{}
	var conforming []int
	var open []int64
	for _, ago := range []vigie.Day{360, 270, 180, 0} {
		p, err := a.Engine.Posture(t.Context(), vigie.DayOf(moment)-ago, moment)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for _, r := range p.Rules {
			n += r.Open
		}
		conforming, open = append(conforming, p.Counts[vigie.Conforming]), append(open, n)
		for v, n := range p.Counts {
			seen[v] = seen[v] || n > 0
		}
	}
	if !slices.IsSorted(conforming[:3]) || conforming[0] > 10 || conforming[0] == conforming[1] || conforming[1] == conforming[2] {
		t.Errorf("rules that conform, from the oldest day: %v", conforming)
	}
	if slices.Reverse(open); !slices.IsSorted(open) || open[0]*10 > open[2] {
		t.Errorf("open findings, from today back: %v", open)
	}
	for _, v := range []vigie.Verdict{vigie.Conforming, vigie.Deviating, vigie.Waived, vigie.Unknown, vigie.NotApplicable} {
		if !seen[v] {
			t.Errorf("no rule was ever %s", v)
		}
	}
	if seen[vigie.Broken] {
		t.Error("a check was broken")
	}
}

// checkAdopt: a machine that an agent added is given to somebody, once.
func checkAdopt(t *testing.T, a *app.App) {
	by := register.By{Actor: "agent:test", Source: "agent", At: moment}
	if err := a.Book.Write(t.Context(), by, func(w *register.Writer) error {
		err := w.Put(t.Context(), catalog.Asset, "host-test", register.Values{"name": "test", "kind": "server", "entity": "fr", "status": "in_service", "created_on": int64(vigie.DayOf(moment))})
		if err == nil {
			err = w.Put(t.Context(), catalog.Software, "sw-test", register.Values{"name": "paquet"})
		}
		if err == nil {
			err = w.Put(t.Context(), catalog.Installation, "host-test:paquet", register.Values{"asset": "host-test", "software": "sw-test", "observed_at": moment.Unix()})
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sample.Adopt(t.Context(), a, "host-test", moment); err != nil {
			t.Fatal(err)
		}
	}
	host, err := a.Book.Get(t.Context(), catalog.Asset, "host-test", register.Scope{})
	if err != nil || host.Values["owner"] == nil || host.Values["owner"] == host.Values["deputy"] || host.Meta.Version != 2 {
		t.Errorf("an adopted machine is %v, %v", host, err)
	}
	soft, err := a.Book.Get(t.Context(), catalog.Software, "sw-test", register.Scope{})
	if err != nil || soft.Values["paid"] != false {
		t.Errorf("its software is %v, %v", soft, err)
	}
	if err := a.Book.Write(t.Context(), register.By{Actor: "test", At: moment, Reason: "test"}, func(w *register.Writer) error {
		return errors.Join(w.Delete(t.Context(), catalog.Installation, "host-test:paquet", 0), w.Delete(t.Context(), catalog.Software, "sw-test", 0), w.Delete(t.Context(), catalog.Asset, "host-test", 0))
	}); err != nil {
		t.Fatal(err)
	}
}

// checkRefresh: a day later facts have grown old; once the machines have
// reported again, the verdicts are as designed.
func checkRefresh(t *testing.T, a *app.App) {
	later := moment.Add(26 * time.Hour)
	if err := sample.Refresh(t.Context(), a, later); err != nil {
		t.Fatal(err)
	}
	if err := a.Engine.Tick(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	checkVerdicts(t, a, later)
}

// TestForeign: a database that holds something else is refused and left as it
// is.
func TestForeign(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db)
		if stage, err := sample.StageOf(t.Context(), db); err != nil || stage != sample.Vacant {
			t.Fatalf("an empty database is %q, %v", stage, err)
		}
		if err := a.Book.Write(t.Context(), register.By{Actor: "test", At: moment}, func(w *register.Writer) error {
			return w.Put(t.Context(), catalog.Entity, "other", register.Values{"name": "Autre", "country": "FR"})
		}); err != nil {
			t.Fatal(err)
		}
		err := sample.Fill(t.Context(), a, moment, nil)
		if e, ok := errors.AsType[*vigie.Error](err); !ok || e.Code != vigie.Conflict || e.Key != "sample.foreign" {
			t.Errorf("a database that holds something else gives %v", err)
		}
		n, err := store.Count(t.Context(), db, "SELECT COUNT(*) FROM history", nil)
		if err != nil || n != 1 {
			t.Errorf("the history has %d lines, %v", n, err)
		}
		if stage, err := sample.StageOf(t.Context(), db); err != nil || stage != sample.Foreign {
			t.Errorf("it is %q, %v", stage, err)
		}
	})
}

// TestOtherStory: a story that another version of Vigie began is not gone on
// with.
func TestOtherStory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db)
		if err := db.SetMeta(t.Context(), "sample", fmt.Sprintf("filling %d 12 34", moment.Unix())); err != nil {
			t.Fatal(err)
		}
		err := sample.Fill(t.Context(), a, moment, nil)
		if e, ok := errors.AsType[*vigie.Error](err); !ok || e.Key != "sample.other_story" {
			t.Errorf("it gives %v", err)
		}
	})
}

// TestSameEachTime: the same moment gives the same story, and another moment the
// same at other dates.
func TestSameEachTime(t *testing.T) {
	records, history := sample.Told(moment)
	again, historyAgain := sample.Told(moment)
	if !slices.Equal(history, historyAgain) {
		t.Error("the history differs")
	}
	elsewhen, historyElsewhen := sample.Told(time.Date(2027, 1, 1, 0, 5, 0, 0, time.UTC))
	if len(history) != len(historyElsewhen) {
		t.Errorf("the history has %d lines at a moment and %d at another", len(history), len(historyElsewhen))
	}
	for id, all := range records {
		if !maps.EqualFunc(all, again[id], func(x, y register.Values) bool { return maps.Equal(x, y) }) {
			t.Errorf("%s differs", id)
		}
		if !slices.Equal(slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(elsewhen[id]))) {
			t.Errorf("%s has other records at another moment", id)
		}
	}
}
