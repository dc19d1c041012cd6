package identity_test

import (
	"testing"

	"github.com/descope/virtualwebauthn"

	"vigie.example/internal/identity"
)

const origin = "https://vigie.example"

// A machine is what holds passkeys of a person.
type machine struct {
	party virtualwebauthn.RelyingParty
	auth  virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
}

func newMachine(user identity.User) *machine {
	return &machine{virtualwebauthn.RelyingParty{Name: "Vigie", ID: "vigie.example", Origin: origin},
		virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(user.ID)}), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
}

// make answers a request for a new passkey.
func (m *machine) make(t *testing.T, ask []byte) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(string(ask))
	if err != nil {
		t.Fatal(err)
	}
	m.auth.AddCredential(m.key)
	return []byte(virtualwebauthn.CreateAttestationResponse(m.party, m.auth, m.key, *options))
}

// prove answers a request for a passkey.
func (m *machine) prove(t *testing.T, ask []byte) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(string(ask))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAssertionResponse(m.party, m.auth, m.key, *options))
}

// TestPasskey: a passkey opens the account of who added it, counts as two
// factors, serves once per challenge, and can be removed; one that was copied,
// changed or is for another site opens nothing.
func TestPasskey(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.t.Context()
		bob := w.enrol(identity.User{Email: "bob@example.org", Name: "Bob"}) // a CIO, who needs two factors
		cookie, _, err := w.Login(ctx, bob.Email, good, from)
		if err != nil {
			w.t.Fatal(err)
		}
		session, _ := w.Look(ctx, cookie) // the error says that a factor is wanted
		m := newMachine(bob)
		ask, challenge, err := w.BeginPasskey(ctx, session, origin)
		if err != nil {
			w.t.Fatal(err)
		}
		answer := m.make(w.t, ask)
		if err := w.AddPasskey(ctx, session, origin, challenge, "Portable", answer); err != nil {
			w.t.Fatal(err)
		}
		w.refused(w.AddPasskey(ctx, session, origin, challenge, "Encore", answer), "challenge.over")
		if keys, err := w.Passkeys(ctx, bob.ID); err != nil || len(keys) != 1 || keys[0].Name != "Portable" || keys[0].UsedAt != nil {
			w.t.Fatal(keys, err)
		}

		enter := func(m *machine, at string) (string, identity.Step, error) {
			w.t.Helper()
			ask, challenge, err := w.BeginPasskeyLogin(ctx, at)
			if err != nil {
				w.t.Fatal(err)
			}
			m.key.Counter++
			return w.PasskeyLogin(ctx, at, challenge, m.prove(w.t, ask), from)
		}
		cookie, next, err := enter(m, origin)
		if session, lookErr := w.Look(ctx, cookie); err != nil || next != identity.Done || lookErr != nil || session.User.ID != bob.ID {
			w.t.Fatal(next, err, lookErr)
		}
		if e := w.last("login"); e.Subject != bob.Email {
			w.t.Errorf("%+v", e)
		}
		// A password alone does not let somebody set another second factor.
		if _, next, err := w.Login(ctx, bob.Email, good, from); err != nil || next != identity.SecondFactor {
			w.t.Error(next, err)
		}
		// A copy counts on its own.
		copied := *m
		copied.key.Counter = 0
		_, _, err = enter(&copied, origin)
		w.refused(err, "passkey.refused")
		if e := w.last("refused"); e.Detail != "passkey copied" {
			w.t.Errorf("%+v", e)
		}
		// Another key under the same name, and a site that looks like ours.
		other := newMachine(bob)
		other.auth.AddCredential(other.key)
		_, _, err = enter(other, origin)
		w.refused(err, "passkey.refused")
		phished := *m
		phished.party.Origin = "https://vigie.example.evil.example"
		_, _, err = enter(&phished, origin)
		w.refused(err, "passkey.refused")
		// An answer that is not one.
		_, challenge, err = w.BeginPasskeyLogin(ctx, origin)
		if err != nil {
			w.t.Fatal(err)
		}
		_, _, err = w.PasskeyLogin(ctx, origin, challenge, []byte(`{"id":`), from)
		w.refused(err, "passkey.refused")
		_, _, err = w.PasskeyLogin(ctx, origin, challenge, []byte(`{}`), from)
		w.refused(err, "challenge.over")

		m.key.Counter += 10
		session, err = w.Look(ctx, cookie)
		if err != nil {
			w.t.Fatal(err)
		}
		keys, err := w.Passkeys(ctx, bob.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		w.refused(w.DropPasskey(ctx, &identity.Session{User: identity.User{ID: "somebody"}}, keys[0].ID), "passkey.unknown")
		if err := w.DropPasskey(ctx, session, keys[0].ID); err != nil {
			w.t.Fatal(err)
		}
		_, _, err = enter(m, origin)
		w.refused(err, "passkey.refused")
	})
}

// TestPasskeysNeedAName: an address of the network has none.
func TestPasskeysNeedAName(t *testing.T) {
	for at, can := range map[string]bool{"https://vigie.example": true, "http://localhost:8443": true, "https://vigie.example:8443": true, "http://vigie.example": false,
		"http://127.0.0.1:8443": false, "https://192.0.2.1": false, "https://[2001:db8::1]:8443": false, "": false} {
		if identity.PasskeysAt(at) != can {
			t.Errorf("%s: %t", at, !can)
		}
	}
}
