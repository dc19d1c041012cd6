package register_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

var lists = []*register.Register{catalog.Entity, catalog.Site}

// TestAsItWas: a record and a list show a past instant whatever happened since.
func TestAsItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		book := openBook(t, db)
		day := func(n int) time.Time { return time.Date(2026, 5, n, 12, 0, 0, 0, time.UTC) }
		write := func(n int, fn func(w *register.Writer) error) {
			t.Helper()
			if err := book.Write(ctx, register.By{Actor: "a", Source: "test", Reason: "x", At: day(n)}, fn); err != nil {
				t.Fatal(err)
			}
		}
		put := func(n int, id, name string) {
			t.Helper()
			write(n, func(w *register.Writer) error {
				return w.Put(ctx, catalog.Entity, id, register.Values{"name": name, "country": "FR"})
			})
		}
		put(1, "a", "Alpha")
		put(1, "b", "Bravo")
		put(2, "c", "Charlie")
		put(3, "a", "Autre")
		put(4, "d", "Delta")
		write(5, func(w *register.Writer) error { return w.Delete(ctx, catalog.Entity, "b", 0) })

		names := func(n int, q register.ListQuery) (out []string) {
			t.Helper()
			for {
				page, err := book.ListAt(ctx, catalog.Entity, q, day(n).Add(time.Hour))
				if err != nil {
					t.Fatal(err)
				}
				for _, rec := range page.Records {
					out = append(out, rec.Values["name"].(string))
				}
				if page.Next == "" {
					return out
				}
				q.After = page.Next
			}
		}
		for n, want := range map[int][]string{0: nil, 1: {"Alpha", "Bravo"}, 2: {"Alpha", "Bravo", "Charlie"}, 3: {"Autre", "Bravo", "Charlie"}, 4: {"Autre", "Bravo", "Charlie", "Delta"}, 5: {"Autre", "Charlie", "Delta"}} {
			for _, limit := range []int{1, 2, 50} {
				if got := names(n, register.ListQuery{Limit: limit}); !slices.Equal(got, want) {
					t.Errorf("day %d by %d: %v, want %v", n, limit, got, want)
				}
			}
		}
		if got := names(1, register.ListQuery{Search: "alph"}); !slices.Equal(got, []string{"Alpha"}) {
			t.Errorf("search in the past finds %v", got)
		}
		if got := names(3, register.ListQuery{Filters: []register.Filter{{Field: "name", Value: "Bravo"}}}); !slices.Equal(got, []string{"Bravo"}) {
			t.Errorf("filter in the past finds %v", got)
		}
		rec, err := book.At(ctx, catalog.Entity, "a", day(2), register.Scope{})
		if err != nil || rec.Values["name"] != "Alpha" {
			t.Errorf("a was %v, %v", rec.Values, err)
		}
		if rec, err = book.At(ctx, catalog.Entity, "b", day(2), register.Scope{}); err != nil || rec.Values["name"] != "Bravo" {
			t.Errorf("b was %v, %v", rec.Values, err)
		}
		if _, err = book.At(ctx, catalog.Entity, "d", day(2), register.Scope{}); vigie.CodeOf(err) != vigie.NotFound {
			t.Errorf("d existed: %v", err)
		}
		if _, err = book.At(ctx, catalog.Entity, "b", day(2), book.Scope([]string{"c"})); vigie.CodeOf(err) != vigie.NotFound {
			t.Errorf("b is seen by another entity: %v", err)
		}
	})
}

// TestSort: a list in the order of any field shows each record once, page after
// page, both ways.
func TestSort(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		book := openBook(t, db)
		at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		err := book.Write(ctx, register.By{Actor: "a", Source: "test", At: at}, func(w *register.Writer) error {
			for i := range 23 {
				v := register.Values{"name": fmt.Sprintf("E%02d", i), "country": []string{"FR", "DE", "IT"}[i%3]}
				if err := w.Put(ctx, catalog.Entity, fmt.Sprintf("e%02d", i), v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range catalog.Entity.Fields {
			for _, sort := range []string{f.Name, "-" + f.Name} {
				var ids []string
				q := register.ListQuery{Sort: sort, Limit: 4}
				for {
					page, err := book.List(ctx, catalog.Entity, q)
					if err != nil {
						t.Fatal(sort, err)
					}
					for _, rec := range page.Records {
						ids = append(ids, rec.ID)
					}
					if page.Next == "" {
						break
					}
					q.After = page.Next
				}
				if n := len(ids); n != 23 {
					t.Errorf("%s shows %d records", sort, n)
				}
				slices.Sort(ids)
				if len(slices.Compact(ids)) != 23 {
					t.Errorf("%s shows a record twice", sort)
				}
			}
		}
		page, err := book.List(ctx, catalog.Entity, register.ListQuery{Sort: "-country", Limit: 1})
		if err != nil || page.Records[0].Values["country"] != "IT" {
			t.Errorf("first by country reversed: %v, %v", page.Records, err)
		}
	})
}

// TestTitles: names of records, hidden ones left out.
func TestTitles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		book := openBook(t, db)
		err := book.Write(ctx, register.By{Actor: "a", Source: "test", At: time.Now()}, func(w *register.Writer) error {
			for _, id := range []string{"x", "y"} {
				if err := w.Put(ctx, catalog.Entity, id, register.Values{"name": "Entité " + id, "country": "FR"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := book.Titles(ctx, catalog.Entity, []string{"x", "y", "x", "nobody"}, register.Scope{}, vigie.FR)
		if err != nil || len(got) != 2 || got["x"] != "Entité x" {
			t.Errorf("%v, %v", got, err)
		}
		got, err = book.Titles(ctx, catalog.Entity, []string{"x", "y"}, book.Scope([]string{"y"}), vigie.FR)
		if err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestViews: one's own and shared ones, kept by name, deleted by their owner.
func TestViews(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		book := openBook(t, db)
		at := time.Now()
		for _, v := range []register.View{{Register: "entity", Name: "À moi", Owner: "a", Query: "q=1"}, {Register: "entity", Name: "À tous", Owner: "a", Query: "q=2", Shared: true},
			{Register: "entity", Name: "À moi", Owner: "a", Query: "q=3"}, {Register: "entity", Owner: "a", Query: "cols=name", Shared: true}} {
			if err := book.SaveView(ctx, v, at); err != nil {
				t.Fatal(err)
			}
		}
		mine, err := book.Views(ctx, catalog.Entity.ID, "a")
		if err != nil || len(mine) != 3 || mine[0].Name != "" || mine[1].Query != "q=3" {
			t.Errorf("%+v, %v", mine, err)
		}
		others, err := book.Views(ctx, catalog.Entity.ID, "b")
		if err != nil || len(others) != 1 || others[0].Name != "À tous" {
			t.Errorf("%+v, %v", others, err)
		}
		if err := book.DeleteView(ctx, catalog.Entity.ID, others[0].ID, "b"); vigie.CodeOf(err) != vigie.NotFound {
			t.Errorf("another's view deleted: %v", err)
		}
		if err := book.DeleteView(ctx, catalog.Entity.ID, others[0].ID, "a"); err != nil {
			t.Error(err)
		}
	})
}

func openBook(t *testing.T, db *store.DB) *register.Book {
	t.Helper()
	tables := register.Tables()
	for _, r := range lists {
		tables = append(tables, r.Table())
	}
	if err := store.Migrate(context.Background(), db, 1, tables); err != nil {
		t.Fatal(err)
	}
	return register.NewBook(db, lists, nil)
}
