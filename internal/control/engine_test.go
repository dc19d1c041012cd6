package control_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, db *store.DB, rules []*policy.Rule) *app.App {
	t.Helper()
	if err := store.Migrate(t.Context(), db, 1, app.Tables()); err != nil {
		t.Fatal(err)
	}
	a := app.New(db, rules)
	if err := a.Engine.Tick(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	return a
}

func loadRules(t *testing.T) []*policy.Rule {
	t.Helper()
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func findings(t *testing.T, a *app.App) map[string]string {
	t.Helper()
	out := map[string]string{}
	q := control.FindingQuery{Limit: 500}
	for {
		list, next, err := a.Engine.Findings(t.Context(), q, vigie.DayOf(noon))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			out[f.CheckKey+" "+f.Record] = f.Reason
		}
		if next == 0 {
			return out
		}
		q.After = next
	}
}

// TestIncrementalIsFull: any sequence of changes gives the same findings judged
// change by change as judged from scratch. The records are those of the proof
// cases of all the rules, so that every check has something to say.
func TestIncrementalIsFull(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rules := loadRules(t)
		a := open(t, db, rules)
		fresh := func() map[string]string { // every check from scratch, without the engine's memory
			out := map[string]string{}
			params := control.Values(rules, noon)
			for _, r := range rules {
				for _, c := range control.Compile(r, catalog.All()) {
					j, err := c.JudgeAll(t.Context(), db, params)
					if err != nil {
						t.Fatal(c.Key, err)
					}
					for id, why := range j.Reasons {
						out[c.Key+" "+id] = why
					}
				}
			}
			return out
		}
		pool := casePool(t, rules)
		step := 0
		rapid.Check(t, func(rt *rapid.T) {
			ctx := context.Background()
			for range rapid.IntRange(1, 4).Draw(rt, "transactions") {
				step++
				by := register.By{Actor: "test", Source: "test", Reason: "test", At: noon, Batch: fmt.Sprint(step)}
				var log []string
				err := a.Book.Write(ctx, by, func(w *register.Writer) error {
					for range rapid.IntRange(1, 5).Draw(rt, "changes") {
						log = append(log, change(ctx, rt, w, pool))
					}
					return nil
				})
				if err != nil {
					rt.Fatal(log, err)
				}
				got, want := findings(t, a), fresh()
				if !maps.Equal(got, want) {
					rt.Fatalf("after %v:\n%s", log, diff(got, want))
				}
			}
		})
	})
}

func diff(got, want map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			fmt.Fprintf(&b, "%s: kept %q, from scratch %q\n", k, got[k], want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			fmt.Fprintf(&b, "%s: kept %q, from scratch nothing\n", k, got[k])
		}
	}
	return b.String()
}

// casePool gathers the records of all proof cases, with ids of their own kept
// short so that references often meet.
func casePool(t *testing.T, rules []*policy.Rule) map[string][]register.Values {
	t.Helper()
	pool := map[string][]register.Values{}
	for _, r := range rules {
		for _, k := range r.Cases {
			world, err := (&control.Proof{Catalog: catalog.All()}).World(k)
			if err != nil {
				t.Fatal(r.ID, err)
			}
			for table, rows := range world {
				pool[table] = append(pool[table], rows...)
			}
		}
	}
	return pool
}

// change makes one random change: a record of the pool created or copied over
// an existing one, one field moved, or a record deleted.
func change(ctx context.Context, rt *rapid.T, w *register.Writer, pool map[string][]register.Values) string {
	tables := slices.Sorted(maps.Keys(pool))
	reg := catalog.Get(rapid.SampledFrom(tables).Draw(rt, "register"))
	row := maps.Clone(rapid.SampledFrom(pool[reg.ID]).Draw(rt, "record"))
	id := fmt.Sprintf("%s-%d", reg.ID, rapid.IntRange(0, 5).Draw(rt, "id"))
	if rapid.IntRange(0, 9).Draw(rt, "delete") == 0 {
		if err := w.Delete(ctx, reg, id, 0); err != nil && vigie.CodeOf(err) == vigie.Internal {
			rt.Fatal(err)
		}
		return "delete " + id
	}
	for _, f := range reg.Fields {
		if f.Kind == register.Ref && row[f.Name] != nil { // references meet often
			row[f.Name] = fmt.Sprintf("%s-%d", f.To, rapid.IntRange(0, 5).Draw(rt, "ref"))
		}
	}
	put(ctx, rt, w, reg, id, row)
	return "put " + id
}

// put creates or changes a record, with the records that it names and the
// fields that it must have.
func put(ctx context.Context, rt *rapid.T, w *register.Writer, reg *register.Register, id string, row register.Values) {
	for _, f := range reg.Fields {
		if f.Kind == register.Ref && f.Unique && row[f.Name] != nil {
			row[f.Name] = f.To + id[strings.LastIndex(id, "-"):]
		}
		switch {
		case f.Kind == register.Ref && row[f.Name] == nil && f.Required:
			row[f.Name] = f.To + id[strings.LastIndex(id, "-"):]
			fallthrough
		case f.Kind == register.Ref && row[f.Name] != nil:
			to := catalog.Get(f.To)
			if _, _, err := w.Get(ctx, to, row[f.Name].(string)); err != nil {
				put(ctx, rt, w, to, row[f.Name].(string), register.Values{})
			}
		case f.Unique:
			row[f.Name] = id
			if f.Kind == register.Email {
				row[f.Name] = id + "@example.org"
			}
		case f.Required && row[f.Name] == nil:
			row[f.Name] = map[register.Kind]any{register.Integer: int64(1), register.Level: int64(1), register.Bool: true,
				register.Date: int64(vigie.DayOf(noon)) - 10, register.Time: noon.Unix() - 86400, register.Country: "FR"}[f.Kind]
			if f.Kind == register.Enum {
				row[f.Name] = f.Options[0].Value
			} else if row[f.Name] == nil {
				row[f.Name] = "x"
			}
		}
	}
	row["id"] = id
	_, err := w.Update(ctx, reg, id, 0, row)
	if vigie.CodeOf(err) == vigie.NotFound {
		_, err = w.Create(ctx, reg, row)
	}
	if err != nil {
		rt.Fatalf("%s %s: %v", reg.ID, id, err)
	}
}
