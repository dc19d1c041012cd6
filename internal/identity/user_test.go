package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

const good = "Cheval-Agrafe-7-Nuage-Pile"

var from = identity.From{Address: "192.0.2.7", Agent: "test"}

// A world is accounts at a time that the test moves.
type world struct {
	*identity.Service
	t    *testing.T
	now  time.Time
	book *register.Book
}

// each runs a test on both engines, with some persons in the registers.
func each(t *testing.T, fn func(w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), book: register.NewBook(db, catalog.All(), nil)}
		w.Service = &identity.Service{DB: db, Now: func() time.Time { return w.now }, Rules: func(context.Context) (identity.Rules, error) { return identity.Defaults, nil }}
		w.put(catalog.Entity, "e1", register.Values{"name": "Alpha", "country": "FR"})
		for _, id := range []string{"ana", "bob", "cyd"} {
			w.put(catalog.Person, id, register.Values{"name": id, "email": id + "@example.org", "kind": "employee", "entity": "e1", "uses_is": true, "first_day": int64(vigie.DayOf(w.now)) - 100})
		}
		w.put(catalog.RoleAssignment, "r1", register.Values{"role": "cio", "person": "bob", "starts_on": int64(vigie.DayOf(w.now)) - 10})
		fn(w)
	})
}

func (w *world) put(r *register.Register, id string, v register.Values) {
	w.t.Helper()
	err := w.book.Write(w.t.Context(), register.By{Actor: "test", Source: "test", Reason: "test", At: w.now}, func(wr *register.Writer) error { return wr.Put(w.t.Context(), r, id, v) })
	if err != nil {
		w.t.Fatal(err)
	}
}

// enrol invites somebody and accepts for them.
func (w *world) enrol(u identity.User) identity.User {
	w.t.Helper()
	link, _, err := w.Invite(w.t.Context(), u, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	u, err = w.Accept(w.t.Context(), link, good)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) login(email, password string) (string, identity.Step) {
	w.t.Helper()
	cookie, step, err := w.Login(w.t.Context(), email, password, from)
	if err != nil {
		w.t.Fatal(err)
	}
	return cookie, step
}

func (w *world) wantKey(err error, key string) {
	w.t.Helper()
	e, ok := err.(*vigie.Error)
	if !ok || e.Key != key {
		w.t.Errorf("%v, want %s", err, key)
	}
}

// TestEnrolment: a link opens once, for a week, and the account is that of the
// person of the register with the same address.
func TestEnrolment(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		if empty, err := w.Empty(ctx); err != nil || !empty {
			t.Error(empty, err)
		}
		link, u, err := w.Invite(ctx, identity.User{Email: " Ana@Example.org ", Name: "Ana"}, "test")
		if err != nil || u.Person != "ana" || u.Email != "ana@example.org" {
			t.Fatal(u, err)
		}
		if _, err := w.Accept(ctx, link, "short"); vigie.CodeOf(err) != vigie.Invalid {
			t.Error(err)
		}
		if _, err := w.Accept(ctx, link, good); err != nil {
			t.Fatal(err)
		}
		_, err = w.Accept(ctx, link, good+"x")
		w.wantKey(err, "invite.refused")
		_, _, err = w.Invite(ctx, identity.User{Email: "ana@example.org", Name: "Ana"}, "test")
		w.wantKey(err, "user.exists")
		_, _, err = w.Invite(ctx, identity.User{Email: "not an address", Name: ""}, "test")
		w.wantKey(err, "user.invalid")

		late, _, err := w.Invite(ctx, identity.User{Email: "cyd@example.org", Name: "Cyd"}, "test")
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.AddDate(0, 0, 8)
		_, err = w.Accept(ctx, late, good)
		w.wantKey(err, "invite.refused")
		_, err = w.Accept(ctx, "", good)
		w.wantKey(err, "invite.refused")
	})
}

// TestLogin: a right password opens a session; a wrong one, an unknown address,
// a closed account and somebody who left get the same answer.
func TestLogin(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		ana := w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		cookie, step := w.login("ANA@example.org", good)
		session, err := w.Authenticate(ctx, cookie)
		if err != nil || step != identity.Done || !session.Has(identity.Employee) || session.Entity != "e1" || session.User.ID != ana.ID {
			t.Fatal(session, step, err)
		}
		for email, password := range map[string]string{"ana@example.org": good + "!", "nobody@example.org": good, "": ""} {
			_, _, err := w.Login(ctx, email, password, from)
			w.wantKey(err, "login.refused")
		}
		for _, cookie := range []string{"", "x", strings.Repeat("a", 52), strings.Repeat("é", 30)} {
			_, err := w.Authenticate(ctx, cookie)
			w.wantKey(err, "session.none")
		}

		// Somebody whose last day is over is out at once, session included.
		w.put(catalog.Person, "ana", register.Values{"last_day": int64(vigie.DayOf(w.now)) - 1})
		_, err = w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.none")
		_, _, err = w.Login(ctx, "ana@example.org", good, from)
		w.wantKey(err, "login.refused")
		w.put(catalog.Person, "ana", register.Values{"last_day": nil})

		if err := w.Logout(ctx, cookie); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.none")
		cookie, _ = w.login("ana@example.org", good)
		if err := w.Disable(ctx, ana.ID, "test"); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.none")
		_, _, err = w.Login(ctx, "ana@example.org", good, from)
		w.wantKey(err, "login.refused")

		events, err := w.Events(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, e := range events {
			kinds[e.Kind]++
		}
		for _, kind := range []string{"invited", "enrolled", "login", "refused", "logout", "disabled"} {
			if kinds[kind] == 0 {
				t.Errorf("no trace of %s: %v", kind, kinds)
			}
		}
	})
}

// TestBruteForce: the wait grows, the account locks, and an account that does
// not exist behaves the same.
func TestBruteForce(t *testing.T) {
	each(t, func(w *world) {
		w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		story := func(email string) (waits []any) {
			for range 14 {
				_, _, err := w.Login(t.Context(), email, "wrong", identity.From{Address: email})
				e := err.(*vigie.Error)
				if e.Key == "login.wait" {
					waits = append(waits, e.Args[0])
					w.now = w.now.Add(time.Duration(e.Args[0].(int64)) * time.Second)
				}
			}
			return waits
		}
		known := story("ana@example.org")
		unknown := story("nobody@example.org")
		if len(known) < 5 || len(known) != len(unknown) {
			t.Fatal(known, unknown)
		}
		for i := range known {
			if known[i] != unknown[i] || i > 0 && known[i].(int64) < known[i-1].(int64) {
				t.Errorf("waits %v and %v", known, unknown)
			}
		}
		w.now = w.now.Add(24 * time.Hour)
		if _, step := w.login("ana@example.org", good); step != identity.Done {
			t.Error(step)
		}
	})
}

// TestIdle: a session that is not used locks, a password gives it back, and it
// ends after half a day.
func TestIdle(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		cookie, _ := w.login("ana@example.org", good)
		for range 5 { // in use
			w.now = w.now.Add(10 * time.Minute)
			if _, err := w.Authenticate(ctx, cookie); err != nil {
				t.Fatal(err)
			}
		}
		w.now = w.now.Add(16 * time.Minute)
		_, err := w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.locked")
		w.wantKey(w.Unlock(ctx, cookie, "wrong"), "login.refused")
		if err := w.Unlock(ctx, cookie, good); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Authenticate(ctx, cookie); err != nil {
			t.Error(err)
		}
		w.now = w.now.Add(13 * time.Hour)
		_, err = w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.none")
	})
}

// TestSecondFactor: compulsory for a CIO; a code serves once; recovery codes
// serve once; the cookie changes at each level.
func TestSecondFactor(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		w.enrol(identity.User{Email: "bob@example.org", Name: "Bob"})
		first, step := w.login("bob@example.org", good)
		if step != identity.EnrolFactor {
			t.Fatal(step)
		}
		session, err := w.Authenticate(ctx, first)
		w.wantKey(err, "session.enrol")
		setup, err := w.NewFactor(session.User)
		if err != nil || len(setup.Image) == 0 || !strings.HasPrefix(setup.URL, "otpauth://totp/") {
			t.Fatal(setup, err)
		}
		_, _, err = w.SetFactor(ctx, session, setup.Secret, "000000")
		w.wantKey(err, "factor.wrong")
		code := func() string {
			c, err := totp.GenerateCode(setup.Secret, w.now)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		codes, cookie, err := w.SetFactor(ctx, session, setup.Secret, code())
		if err != nil || len(codes) != 10 || cookie == first {
			t.Fatal(codes, err)
		}
		if _, err := w.Authenticate(ctx, cookie); err != nil {
			t.Error(err)
		}
		_, err = w.Authenticate(ctx, first) // the cookie of the lower level opens nothing any more
		w.wantKey(err, "session.none")

		w.now = w.now.Add(time.Minute)
		second, step := w.login("bob@example.org", good)
		if step != identity.SecondFactor {
			t.Fatal(step)
		}
		_, err = w.Authenticate(ctx, second)
		w.wantKey(err, "session.factor")
		used := code()
		full, err := w.Factor(ctx, second, used)
		if err != nil || full == second {
			t.Fatal(err)
		}
		third, _ := w.login("bob@example.org", good)
		_, err = w.Factor(ctx, third, used) // the same code again
		w.wantKey(err, "login.refused")
		if _, err := w.Factor(ctx, third, codes[3]); err != nil {
			t.Error(err)
		}
		fourth, _ := w.login("bob@example.org", good)
		_, err = w.Factor(ctx, fourth, codes[3])
		w.wantKey(err, "login.refused")
		if n, err := w.RecoveryLeft(ctx, session.User.ID); err != nil || n != 9 {
			t.Error(n, err)
		}
	})
}

// TestPasswords: sets, history, strength and expiry are those of the policy.
func TestPasswords(t *testing.T) {
	for password, want := range map[string]string{
		"Court-7":                             "password.too_short",
		"aaaaaaaaaaaaaaaaaaa":                 "password.too_simple",
		"Motdepasse-1234":                     "password.guessable",
		"Azertyuiop-1":                        "password.guessable",
		"nuage pile cheval agrafe":            "password.too_simple",
		"Nuage pile cheval agrafe":            "password.good",
		good:                                  "password.good",
		"\x00\xff" + strings.Repeat("é", 200): "password.too_simple",
	} {
		if got := identity.Defaults.Strength(password, false); got.Advice != want {
			t.Errorf("%q: %s (%d), want %s", password, got.Advice, got.Score, want)
		}
	}
	if got := identity.Defaults.Strength("Qx7#vT9!pL2z", true); got.Fits {
		t.Error("a privileged account wants 16 characters")
	}
	each(t, func(w *world) {
		ctx := t.Context()
		w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		cookie, _ := w.login("ana@example.org", good)
		other, _ := w.login("ana@example.org", good)
		session, err := w.Authenticate(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ChangePassword(ctx, session, "wrong", good+"-2"); vigie.CodeOf(err) != vigie.Invalid {
			t.Error(err)
		}
		if err := w.ChangePassword(ctx, session, good, good); vigie.CodeOf(err) != vigie.Invalid {
			t.Error("a former password is accepted", err)
		}
		if err := w.ChangePassword(ctx, session, good, good+"-2"); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(ctx, other) // the other sessions end
		w.wantKey(err, "session.none")
		w.now = w.now.AddDate(3, 0, 1)
		_, step := w.login("ana@example.org", good+"-2")
		if step != identity.ChangePassword {
			t.Error(step)
		}
	})
}

// TestSessions: one's own sessions can be listed and ended, not those of others.
func TestSessions(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		ana := w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		cyd := w.enrol(identity.User{Email: "cyd@example.org", Name: "Cyd"})
		cookie, _ := w.login("ana@example.org", good)
		w.login("ana@example.org", good)
		list, err := w.Sessions(ctx, ana.ID)
		if err != nil || len(list) != 2 || list[0].Agent != "test" {
			t.Fatal(list, err)
		}
		session, err := w.Authenticate(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		w.wantKey(w.Revoke(ctx, cyd, session.ID), "session.unknown")
		if err := w.Revoke(ctx, ana, session.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.none")
	})
}

// TestRenew: a new link for somebody who lost a password closes what was open.
func TestRenew(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		cookie, _ := w.login("ana@example.org", good)
		link, err := w.Renew(ctx, "Ana@example.org", "test")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(ctx, cookie)
		w.wantKey(err, "session.none")
		_, _, err = w.Login(ctx, "ana@example.org", good, from)
		w.wantKey(err, "login.refused")
		_, err = w.Accept(ctx, link, good) // the last passwords are still refused
		w.wantKey(err, "password.refused")
		if _, err := w.Accept(ctx, link, good+"-3"); err != nil {
			t.Error(err)
		}
		_, err = w.Renew(ctx, "nobody@example.org", "test")
		w.wantKey(err, "user.unknown")
	})
}

// TestStanding: roles come from the registers, and change with them.
func TestStanding(t *testing.T) {
	each(t, func(w *world) {
		ctx := t.Context()
		w.enrol(identity.User{Email: "cyd@example.org", Name: "Cyd"})
		cookie, _ := w.login("cyd@example.org", good)
		roles := func() identity.Standing {
			session, err := w.Authenticate(ctx, cookie)
			if session == nil {
				t.Fatal(err)
			}
			return session.Standing
		}
		if s := roles(); s.Has(identity.Owner, identity.ServiceManager) || s.May(identity.SeePosture) || s.Reads("asset") != identity.OwnOnly || s.Reads("breach_case") != identity.Nothing || s.Writes("asset") != identity.Nothing {
			t.Errorf("%+v", s)
		}
		w.put(catalog.Team, "t1", register.Values{"name": "Équipe", "entity": "e1", "manager": "cyd"})
		w.put(catalog.Asset, "a1", register.Values{"name": "A", "kind": "server", "entity": "e1", "status": "in_service", "created_on": int64(20000), "deputy": "cyd"})
		if s := roles(); !s.Has(identity.Owner) || !s.Has(identity.ServiceManager) || s.Writes("asset") != identity.OwnOnly {
			t.Errorf("%+v", s)
		}
		w.put(catalog.RoleAssignment, "r2", register.Values{"role": "dpo", "person": "cyd", "starts_on": int64(vigie.DayOf(w.now))})
		if s := roles(); s.Reads("subject_request") != identity.WholeCompany || s.Writes("processing") != identity.WholeCompany || s.Reads("breach_case") != identity.Nothing || s.Writes("waiver") != identity.Nothing {
			t.Errorf("%+v", s)
		}
		until := vigie.DayOf(w.now)
		w.enrol(identity.User{Email: "audit@example.net", Name: "Auditeur", AuditorUntil: &until})
		cookie, _ = w.login("audit@example.net", good)
		if s := roles(); !s.Has(identity.Auditor) || s.Reads("asset") != identity.WholeCompany || s.Writes("asset") != identity.Nothing {
			t.Errorf("%+v", s)
		}
		w.now = w.now.Add(12 * time.Hour)
		cookie, _ = w.login("audit@example.net", good)
		if s := roles(); s.Has(identity.Auditor) || s.Reads("asset") != identity.Nothing {
			t.Errorf("the audit is over: %+v", s)
		}
	})
}
