package register_test

import (
	"errors"
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// TestEdit: many records get one value, all of them or none, and get the old
// values back together.
func TestEdit(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		create(t, b, catalog.Person, register.Values{"id": "bob", "name": "Bob", "email": "bob@example.org", "kind": "employee", "entity": "fr", "uses_is": true, "first_day": int64(20000)})
		for _, id := range []string{"a", "b", "c"} {
			v := asset(id, "Machine "+id, "fr")
			if id != "c" {
				v["owner"] = "ana"
			}
			create(t, b, catalog.Asset, v)
		}
		owner := func(id string) any {
			t.Helper()
			rec, err := b.Get(t.Context(), catalog.Asset, id, register.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			return rec.Values["owner"]
		}
		edit := func(value any, version int64, ids ...string) (string, int, error) {
			e := register.Edit{Register: catalog.Asset, Field: catalog.Asset.Field("owner"), Value: value}
			for _, id := range ids {
				e.Records = append(e.Records, register.Seen{ID: id, Version: version})
			}
			return b.Edit(t.Context(), e, by)
		}

		batch, n, err := edit("ana", 0, "a", "b", "c")
		if err != nil || n != 1 || owner("c") != "ana" {
			t.Fatalf("%d changed, %v", n, err)
		}
		made, err := b.Batch(t.Context(), batch)
		if err != nil || made.Field != "owner" || made.Updated != 1 || made.Skipped != 2 || made.Register != "asset" || made.Actor != by.Actor {
			t.Errorf("kept as %+v, %v", made, err)
		}
		if n, err := b.Undo(t.Context(), batch, by); err != nil || n != 1 || owner("c") != nil || owner("a") != "ana" {
			t.Errorf("undo put back %d, owner of c %v, %v", n, owner("c"), err)
		}

		// Nothing to change is nothing to undo.
		if batch, n, err := edit("ana", 0, "a", "b"); batch != "" || n != 0 || err != nil {
			t.Errorf("nothing to change is batch %q of %d, %v", batch, n, err)
		}

		// One record that cannot be changed keeps the others as they are.
		for want, try := range map[string]func() (string, int, error){
			"c": func() (string, int, error) { return edit("bob", 1, "a", "c") }, // c was changed since
			"a": func() (string, int, error) { return edit("nobody", 0, "a", "b") },
			"d": func() (string, int, error) { return edit("bob", 0, "a", "d") },
		} {
			batch, n, err := try()
			stopped, ok := errors.AsType[*register.EditError](err)
			if !ok || stopped.Record != want || batch != "" || n != 0 || owner("a") != "ana" {
				t.Errorf("want stopped by %s: batch %q, %d changed, owner of a %v: %v", want, batch, n, owner("a"), err)
			}
		}

		// A record changed since keeps the edit; another field of it does not.
		batch, _, err = edit("bob", 0, "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		change := func(v register.Values) {
			t.Helper()
			err := b.Write(t.Context(), by, func(w *register.Writer) error {
				_, err := w.Update(t.Context(), catalog.Asset, "b", 0, v)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		change(register.Values{"owner": nil})
		if _, err := b.Undo(t.Context(), batch, by); vigie.CodeOf(err) != vigie.Conflict || owner("a") != "bob" {
			t.Errorf("undo over a later change: owner of a %v, %v", owner("a"), err)
		}
		change(register.Values{"owner": "bob", "name": "Autre nom"})
		if _, err := b.Undo(t.Context(), batch, by); err != nil || owner("a") != "ana" || owner("b") != "ana" {
			t.Errorf("owners %v and %v, %v", owner("a"), owner("b"), err)
		}
	})
}
