package identity_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"golang.org/x/text/language"

	vigie "vigie.example"
	"vigie.example/internal/identity"
)

// A directory is the people of a provider, each with a password of "secret".
type directory struct {
	mu     sync.Mutex
	people map[string]*storage.User
}

func (d *directory) GetUserByID(id string) *storage.User {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.people[id]
}
func (d *directory) GetUserByUsername(name string) *storage.User { return d.GetUserByID(name) }
func (d *directory) ExampleClientID() string                     { return storage.ServiceUserID }

// put says what the provider knows of somebody.
func (d *directory) put(id, email string, verified bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[id] = &storage.User{ID: id, Username: id, Password: "secret", Email: email, EmailVerified: verified, PreferredLanguage: language.French}
}

const providerBack = "http://vigie.example/login/provider/back"

// openProvider runs a real provider of OpenID Connect (zitadel's) and returns it
// as we know it.
func openProvider(t *testing.T) (*identity.Provider, *directory) {
	t.Helper()
	people := &directory{people: map[string]*storage.User{}}
	before := slog.Default() // which the provider replaces
	t.Cleanup(func() { slog.SetDefault(before) })
	server := httptest.NewUnstartedServer(nil)
	issuer := "http://" + server.Listener.Addr().String()
	storage.RegisterClients(storage.WebClient("vigie", "hush", providerBack))
	server.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(people), slog.New(slog.DiscardHandler), false)
	server.Start()
	t.Cleanup(server.Close)
	return &identity.Provider{Issuer: issuer, ClientID: "vigie", ClientSecret: "hush", Name: "Zitadel"}, people
}

// signInThere goes to the provider as a browser does, signs in there, and returns
// what the provider sends back.
func signInThere(t *testing.T, address, user string) url.Values {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(req *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), providerBack) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the provider answers %d, %v: %s", res.StatusCode, err, body)
	}
	form := url.Values{"username": {user}, "password": {"secret"}, "id": {res.Request.URL.Query().Get("authRequestID")}}
	if res, err = client.PostForm(res.Request.URL.Scheme+"://"+res.Request.URL.Host+"/login/username", form); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	to, err := res.Location()
	if err != nil {
		t.Fatalf("the provider does not send back: %d, %v", res.StatusCode, err)
	}
	return to.Query()
}

// TestProviderLogin: who signs in at the provider comes to the account whose
// address it has verified, then to that account by identity whatever the address;
// nobody else does, and each refusal leaves a trace.
func TestProviderLogin(t *testing.T) {
	p, people := openProvider(t)
	people.put("a1", "Ana@Example.org", true)
	people.put("b1", "bob@example.org", true)
	people.put("c1", "cyd@example.org", false)
	people.put("x1", "nobody@example.org", true)
	each(t, func(w *world) {
		w.now = time.Now()
		ana := w.enrol(identity.User{Email: "ana@example.org", Name: "Ana"})
		w.enrol(identity.User{Email: "bob@example.org", Name: "Bob"})
		w.enrol(identity.User{Email: "cyd@example.org", Name: "Cyd"})
		enter := func(user string) (string, identity.Step, error) {
			t.Helper()
			address, state, err := w.BeginProvider(w.t.Context(), p, providerBack, "/rules")
			if err != nil {
				w.t.Fatal(err)
			}
			said := signInThere(w.t, address, user)
			cookie, next, going, err := w.ProviderLogin(w.t.Context(), p, providerBack, said.Get("state"), state, said.Get("code"), from)
			if err == nil && going != "/rules" {
				w.t.Errorf("%s goes to %s", user, going)
			}
			return cookie, next, err
		}
		cookie, next, err := enter("a1")
		if session, lookErr := w.Look(w.t.Context(), cookie); err != nil || next != identity.Done || lookErr != nil || session.User.ID != ana.ID {
			w.t.Fatal(next, err, lookErr)
		}
		// Bob is a CIO: the provider does not stand for a second factor.
		if _, next, err := enter("b1"); err != nil || next != identity.EnrolFactor {
			w.t.Error(next, err)
		}
		for user, why := range map[string]string{"c1": "address not verified", "x1": "unknown"} {
			_, _, err := enter(user)
			w.refused(err, "login.refused_provider")
			if e := w.last("refused"); e.Detail != why {
				w.t.Errorf("%s is refused for %q, want %q", user, e.Detail, why)
			}
		}
		// Another identity with the same address, later: the account is taken.
		people.put("a2", "ana@example.org", true)
		_, _, err = enter("a2")
		w.refused(err, "login.refused_provider")
		// The same identity under another address stays who it is.
		people.put("a1", "ana.new@example.org", false)
		if _, _, err := enter("a1"); err != nil {
			w.t.Error(err)
		}
		people.put("a1", "Ana@Example.org", true)

		// A state of another browser, one that served, a code of nobody.
		address, state, err := w.BeginProvider(w.t.Context(), p, providerBack, "/")
		if err != nil {
			w.t.Fatal(err)
		}
		said := signInThere(w.t, address, "a1")
		_, _, _, err = w.ProviderLogin(w.t.Context(), p, providerBack, said.Get("state"), "another", said.Get("code"), from)
		w.refused(err, "challenge.over")
		if _, _, _, err = w.ProviderLogin(w.t.Context(), p, providerBack, said.Get("state"), state, said.Get("code"), from); err != nil {
			w.t.Error(err)
		}
		_, _, _, err = w.ProviderLogin(w.t.Context(), p, providerBack, said.Get("state"), state, said.Get("code"), from)
		w.refused(err, "challenge.over")
		_, other, err := w.BeginProvider(w.t.Context(), p, providerBack, "/")
		if err != nil {
			w.t.Fatal(err)
		}
		_, _, _, err = w.ProviderLogin(w.t.Context(), p, providerBack, other, other, said.Get("code"), from)
		w.refused(err, "provider.refused")
		// A code that belongs to another journey: its verifier and nonce differ.
		address, _, err = w.BeginProvider(w.t.Context(), p, providerBack, "/")
		if err != nil {
			w.t.Fatal(err)
		}
		stolen := signInThere(w.t, address, "a1")
		_, mine, err := w.BeginProvider(w.t.Context(), p, providerBack, "/")
		if err != nil {
			w.t.Fatal(err)
		}
		_, _, _, err = w.ProviderLogin(w.t.Context(), p, providerBack, mine, mine, stolen.Get("code"), from)
		w.refused(err, "provider.refused")

		if err := w.Disable(w.t.Context(), ana.ID, "test"); err != nil {
			w.t.Fatal(err)
		}
		_, _, err = enter("a1")
		w.refused(err, "login.refused_provider")
	})
}

// TestProviderAway: a provider that does not answer is said so, and is asked
// again the next time.
func TestProviderAway(t *testing.T) {
	away := true
	server := httptest.NewUnstartedServer(nil)
	server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if away {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		base := "http://" + r.Host
		io.WriteString(rw, `{"issuer":"`+base+`","authorization_endpoint":"`+base+`/auth","token_endpoint":"`+base+`/token","jwks_uri":"`+base+`/keys","id_token_signing_alg_values_supported":["RS256"]}`)
	})
	server.Start()
	t.Cleanup(server.Close)
	p := &identity.Provider{Issuer: server.URL, ClientID: "vigie", Name: "Ailleurs"}
	each(t, func(w *world) {
		away, p = true, &identity.Provider{Issuer: server.URL, ClientID: "vigie", Name: "Ailleurs"}
		_, _, err := w.BeginProvider(w.t.Context(), p, providerBack, "/")
		w.refused(err, "provider.away")
		away = false
		if address, _, err := w.BeginProvider(w.t.Context(), p, providerBack, "/"); err != nil || !strings.HasPrefix(address, server.URL+"/auth?") || !strings.Contains(address, "code_challenge_method=S256") {
			w.t.Error(address, err)
		}
	})
}

// refused fails unless an error has a key.
func (w *world) refused(err error, key string) {
	w.t.Helper()
	if e, ok := err.(*vigie.Error); !ok || e.Key != key {
		w.t.Errorf("%v, want %s", err, key)
	}
}

// last returns the last trace of a kind.
func (w *world) last(kind string) identity.Event {
	w.t.Helper()
	list, err := w.Events(w.t.Context(), 50)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == kind {
			return e
		}
	}
	w.t.Fatalf("no trace of %s", kind)
	return identity.Event{}
}
