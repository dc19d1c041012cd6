package register_test

import (
	"slices"
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// TestPersonScope: what each of a few people sees of a small company. Own
// records, those of a team that one manages, and records of confidentiality 3
// and 4 only for whom they name.
func TestPersonScope(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		today := int64(20600)
		person := func(id, team string) register.Values {
			return register.Values{"id": id, "name": id, "email": id + "@example.org", "kind": "employee", "entity": "fr", "team": team, "uses_is": true, "first_day": int64(20000)}
		}
		owned := func(id, owner string, c any, more register.Values) register.Values {
			v := asset(id, id, "fr")
			v["owner"], v["c"] = owner, c
			for k, x := range more {
				v[k] = x
			}
			return v
		}
		err := b.Write(t.Context(), by, func(w *register.Writer) error {
			for _, r := range []struct {
				register *register.Register
				values   register.Values
			}{
				{catalog.Team, register.Values{"id": "t1", "name": "Un", "entity": "fr"}}, {catalog.Team, register.Values{"id": "t2", "name": "Deux", "entity": "fr"}},
				{catalog.Person, person("eva", "t1")}, {catalog.Person, person("bob", "t1")}, {catalog.Person, person("cyd", "t2")}, {catalog.Person, person("dan", "t2")},
				{catalog.Asset, owned("a-eva", "eva", int64(1), nil)}, {catalog.Asset, owned("a-bob", "bob", int64(2), register.Values{"deputy": "cyd"})},
				{catalog.Asset, owned("secret", "bob", int64(3), nil)}, {catalog.Asset, owned("lent", "bob", int64(4), nil)}, {catalog.Asset, owned("held", "bob", nil, register.Values{"holder": "dan"})},
				{catalog.AccessGrant, register.Values{"id": "g1", "asset": "lent", "person": "cyd", "level": "read", "granted_on": today - 5}},
				{catalog.AccessGrant, register.Values{"id": "g2", "asset": "secret", "person": "cyd", "level": "read", "granted_on": today - 5, "ends_on": today - 1}},
				{catalog.BackupPlan, register.Values{"id": "p-eva", "asset": "a-eva"}}, {catalog.BackupPlan, register.Values{"id": "p-secret", "asset": "secret"}},
			} {
				if _, err := w.Create(t.Context(), r.register, r.values); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		whole := func(string) bool { return true }
		nothing := func(string) bool { return false }
		sees := func(s register.Scope, r *register.Register) []string {
			t.Helper()
			s.Today = today
			page, err := b.List(t.Context(), r, register.ListQuery{Sort: "id", Scope: b.PersonScope(s)})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, rec := range page.Records {
				ids = append(ids, rec.ID)
			}
			return ids
		}
		for _, c := range []struct {
			name     string
			scope    register.Scope
			register *register.Register
			want     []string
		}{
			{"an owner", register.Scope{Person: "bob"}, catalog.Asset, []string{"a-bob", "held", "lent", "secret"}},
			{"a deputy, with one grant in force on a secret asset that is not his", register.Scope{Person: "cyd"}, catalog.Asset, []string{"a-bob"}},
			{"a holder", register.Scope{Person: "dan"}, catalog.Asset, []string{"held"}},
			{"the manager of a team", register.Scope{Person: "eva", Teams: []string{"t1"}}, catalog.Asset, []string{"a-eva", "a-bob", "held"}},
			{"somebody of no register", register.Scope{}, catalog.Asset, nil},
			{"the whole company, not cleared", register.Scope{Person: "cyd", Whole: whole}, catalog.Asset, []string{"a-eva", "a-bob", "held", "lent"}},
			{"the whole company, cleared", register.Scope{Person: "eva", Whole: whole, Cleared: true}, catalog.Asset, []string{"a-eva", "a-bob", "held", "lent", "secret"}},
			{"a hidden register", register.Scope{Person: "eva", Whole: whole, Hidden: whole, Cleared: true}, catalog.Asset, nil},
			{"what hangs from one's assets", register.Scope{Person: "eva"}, catalog.BackupPlan, []string{"p-eva"}},
			{"what hangs from a secret asset", register.Scope{Person: "cyd", Whole: whole}, catalog.BackupPlan, []string{"p-eva"}},
			{"one's grants, and not those on a secret that is closed", register.Scope{Person: "cyd", Whole: nothing}, catalog.AccessGrant, []string{"g1"}},
			{"oneself", register.Scope{Person: "cyd"}, catalog.Person, []string{"cyd"}},
			{"one's team", register.Scope{Person: "eva", Teams: []string{"t1"}}, catalog.Person, []string{"eva", "bob"}},
			{"entities too", register.Scope{Person: "eva", Whole: whole, Cleared: true, Entities: []string{"be"}}, catalog.Asset, nil},
			{"a common register, unless it is whole", register.Scope{Person: "eva"}, catalog.Software, nil},
		} {
			slices.Sort(c.want)
			if got := sees(c.scope, c.register); !slices.Equal(got, c.want) {
				t.Errorf("%s sees %v, want %v", c.name, got, c.want)
			}
		}
		// What one may not see one may not change, nor create for others.
		cyd := register.By{Actor: "cyd", Source: "test", Reason: "test", Scope: b.PersonScope(register.Scope{Person: "cyd", Today: today})}
		err = b.Write(t.Context(), cyd, func(w *register.Writer) error {
			_, err := w.Update(t.Context(), catalog.Asset, "secret", 0, register.Values{"c": int64(1)})
			return err
		})
		if vigie.CodeOf(err) != vigie.NotFound {
			t.Error(err)
		}
		err = b.Write(t.Context(), cyd, func(w *register.Writer) error {
			_, err := w.Create(t.Context(), catalog.AccessRequest, register.Values{"title": "Accès", "person": "eva", "requested_on": today})
			return err
		})
		if vigie.CodeOf(err) != vigie.Forbidden {
			t.Error(err)
		}
	})
}
