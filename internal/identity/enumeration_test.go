package identity_test

import (
	"slices"
	"strings"
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// TestNoEnumeration: who tries addresses cannot tell which have an account, by the
// answer or by the work it takes: passwords are hashed as often and at the same
// cost, whatever became of the account.
func TestNoEnumeration(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		w.enrol(identity.User{Email: "cyd@example.org", Name: "Cyd"})
		closed := w.enrol(identity.User{Email: "closed@example.org", Name: "Closed"})
		if err := w.Disable(ctx, closed.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Invite(ctx, identity.User{Email: "invited@example.org", Name: "Invited"}, "test"); err != nil {
			t.Fatal(err)
		}
		w.enrol(identity.User{Email: "renewed@example.org", Name: "Renewed"})
		if _, err := w.Renew(ctx, "renewed@example.org", "test"); err != nil {
			t.Fatal(err)
		}
		w.put(catalog.Person, "cyd", register.Values{"last_day": int64(vigie.DayOf(w.now)) - 1}) // who left
		addresses := map[string]string{"ana@example.org": "wrong", "ANA@example.org ": "wrong", "nobody@example.org": good, "": good, "not an address": good, strings.Repeat("x", 5000) + "@example.org": good,
			"closed@example.org": good, "invited@example.org": good, "renewed@example.org": good, "cyd@example.org": good}
		try := func(email, password string) (hashed []string, err error) {
			hashed = identity.Hashed(func() { _, _, err = w.Login(ctx, email, password, from) })
			return hashed, err
		}
		known, err := try("ana@example.org", "wrong")
		w.wantKey(err, "login.refused")
		if len(known) != 1 {
			t.Fatalf("a wrong password costs %q", known)
		}
		for email, password := range addresses {
			hashed, err := try(email, password)
			w.wantKey(err, "login.refused")
			if !slices.Equal(hashed, known) {
				t.Errorf("%.40q: the work is %q, of a known account %q", email, hashed, known)
			}
		}
		if hashed, err := try("ana@example.org", good); err != nil || !slices.Equal(hashed, known) {
			t.Errorf("the right password costs %q, a wrong one %q: %v", hashed, known, err)
		}

		// A password too long to be one is refused before it is hashed, for all.
		for _, email := range []string{"ana@example.org", "nobody@example.org"} {
			if hashed, err := try(email, strings.Repeat("x", 2000)); len(hashed) != 0 {
				t.Errorf("%s: a huge password costs %q, %v", email, hashed, err)
			}
		}

		// Guesses lock addresses without an account as they lock accounts.
		locked := map[string]int{}
		for _, email := range []string{"ana@example.org", "nobody@example.org"} {
			for locked[email] < 50 {
				locked[email]++
				hashed, err := try(email, "wrong")
				if e, ok := err.(*vigie.Error); ok && e.Key == "login.wait" {
					if len(hashed) != 0 {
						t.Errorf("%s is locked and costs %q", email, hashed)
					}
					break
				}
			}
		}
		if locked["ana@example.org"] == 50 || locked["nobody@example.org"] == 50 {
			t.Errorf("guesses before the lock: %v", locked)
		}

		// Enrolment links that never were, were used or have ended look and cost the same.
		used, _, err := w.Invite(ctx, identity.User{Email: "used@example.org", Name: "Used"}, "test")
		if err == nil {
			_, err = w.Accept(ctx, used, good)
		}
		old, _, err2 := w.Invite(ctx, identity.User{Email: "old@example.org", Name: "Old"}, "test")
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		w.now = w.now.AddDate(0, 1, 0)
		for name, link := range map[string]string{"used": used, "old": old, "never was": "never-was", "empty": ""} {
			var err error
			if hashed := identity.Hashed(func() { _, err = w.Accept(ctx, link, good) }); len(hashed) != 0 {
				t.Errorf("a link that %s costs %q", name, hashed)
			}
			w.wantKey(err, "invite.refused")
		}
	})
}
