package register_test

import (
	"slices"
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// TestNamedReaders: documents of confidentiality 3 and 4, and what is about them,
// are read by those who are named, whatever else they see of the company.
func TestNamedReaders(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		today := int64(20600)
		document := func(id string, level any, more register.Values) register.Values {
			v := register.Values{"id": id, "title": id, "kind": "operation", "entity": "fr", "confidentiality": level}
			for k, x := range more {
				v[k] = x
			}
			return v
		}
		reader := func(id, document, person string, more register.Values) register.Values {
			v := register.Values{"id": id, "document": document, "person": person, "starts_on": today - 5}
			for k, x := range more {
				v[k] = x
			}
			return v
		}
		safe := asset("safe", "Coffre", "fr")
		safe["c"] = int64(4)
		put := func(by register.By, r *register.Register, v register.Values) error {
			return b.Write(t.Context(), by, func(w *register.Writer) error {
				_, err := w.Create(t.Context(), r, v)
				return err
			})
		}
		for _, r := range []struct {
			register *register.Register
			values   register.Values
		}{
			{catalog.Person, register.Values{"id": "bob", "name": "Bob", "email": "bob@example.org", "kind": "employee", "entity": "fr", "uses_is": true, "first_day": int64(20000)}},
			{catalog.Person, register.Values{"id": "cyd", "name": "Cyd", "email": "cyd@example.org", "kind": "employee", "entity": "fr", "uses_is": true, "first_day": int64(20000)}},
			{catalog.Asset, safe},
			{catalog.Document, document("open", int64(2), nil)}, {catalog.Document, document("unrated", nil, nil)}, {catalog.Document, document("closed", int64(3), register.Values{"owner": "bob"})},
			{catalog.Document, document("stored", int64(4), register.Values{"store": "safe"})}, {catalog.Document, document("shelved", int64(1), register.Values{"store": "safe"})},
			{catalog.DocumentReader, reader("r1", "closed", "cyd", nil)}, {catalog.DocumentReader, reader("r2", "stored", "cyd", nil)},
			{catalog.DocumentReader, reader("r3", "closed", "ana", register.Values{"ends_on": today - 1})}, {catalog.DocumentReader, reader("r4", "stored", "ana", register.Values{"starts_on": today + 1})},
			{catalog.DocumentOpening, register.Values{"id": "o1", "document": "closed", "person": "cyd", "opened_at": today * 86400}}, {catalog.DocumentOpening, register.Values{"id": "o2", "document": "open", "person": "cyd", "opened_at": today * 86400}},
			{catalog.Procedure, register.Values{"id": "p1", "title": "Restaurer", "family": "system", "document": "closed"}},
		} {
			if err := put(by, r.register, r.values); err != nil {
				t.Fatal(r.values["id"], err)
			}
		}
		whole := func(string) bool { return true }
		for _, c := range []struct {
			name     string
			scope    register.Scope
			register *register.Register
			want     []string
		}{
			{"the whole company, named in a list that ended and in one to come", register.Scope{Person: "ana", Whole: whole}, catalog.Document, []string{"open", "unrated"}},
			{"the whole company, owner", register.Scope{Person: "bob", Whole: whole}, catalog.Document, []string{"closed", "open", "unrated"}},
			{"the whole company, reader wherever it is stored", register.Scope{Person: "cyd", Whole: whole}, catalog.Document, []string{"closed", "open", "stored", "unrated"}},
			{"the whole company, cleared", register.Scope{Person: "ana", Whole: whole, Cleared: true}, catalog.Document, []string{"closed", "open", "shelved", "stored", "unrated"}},
			{"the whole company, of no register", register.Scope{Whole: whole}, catalog.Document, []string{"open", "unrated"}},
			{"one's own: those that one is named to read", register.Scope{Person: "cyd"}, catalog.Document, []string{"closed", "stored"}},
			{"one's own: a list that ended opens nothing", register.Scope{Person: "ana"}, catalog.Document, nil},
			{"lists of readers", register.Scope{Person: "ana", Whole: whole}, catalog.DocumentReader, nil},
			{"lists of readers, to a reader", register.Scope{Person: "cyd", Whole: whole}, catalog.DocumentReader, []string{"r1", "r2", "r3", "r4"}},
			{"openings", register.Scope{Person: "ana", Whole: whole}, catalog.DocumentOpening, []string{"o2"}},
			{"openings, to the owner", register.Scope{Person: "bob", Whole: whole}, catalog.DocumentOpening, []string{"o1", "o2"}},
			{"what only mentions a closed document", register.Scope{Person: "ana", Whole: whole}, catalog.Procedure, []string{"p1"}},
			{"a closed asset that names nobody, to who is of no register", register.Scope{Whole: whole}, catalog.Asset, nil},
		} {
			c.scope.Today = today
			page, err := b.List(t.Context(), c.register, register.ListQuery{Sort: "id", Scope: b.PersonScope(c.scope)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, rec := range page.Records {
				got = append(got, rec.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s sees %v, want %v", c.name, got, c.want)
			}
		}

		// Nobody opens to himself, or to others, what is closed to him.
		ana := by
		ana.Scope = b.PersonScope(register.Scope{Person: "ana", Whole: whole, Today: today})
		for _, try := range []struct {
			name     string
			register *register.Register
			values   register.Values
			open     bool
		}{
			{"a reader of a closed document", catalog.DocumentReader, reader("n1", "closed", "ana", nil), false},
			{"a grant on a closed asset", catalog.AccessGrant, register.Values{"id": "n2", "asset": "safe", "person": "ana", "level": "read", "granted_on": today - 1}, false},
			{"a reader of an open document", catalog.DocumentReader, reader("n3", "open", "ana", nil), true},
		} {
			err := put(ana, try.register, try.values)
			if open := err == nil; open != try.open || !open && vigie.CodeOf(err) != vigie.Invalid {
				t.Errorf("%s: %v", try.name, err)
			}
		}
		cyd := by
		cyd.Scope = b.PersonScope(register.Scope{Person: "cyd", Whole: whole, Today: today})
		if err := put(cyd, catalog.DocumentReader, reader("n4", "closed", "ana", nil)); err != nil {
			t.Errorf("a reader of a document names another: %v", err)
		}
	})
}
