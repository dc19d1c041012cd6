package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace/search"
	"vigie.example/policy"
)

// A site is all the pages over a small company: two entities, some people and
// assets, and the whole policy.
type site struct {
	t        *testing.T
	app      *app.App
	server   *httptest.Server
	accounts *identity.Service
	now      time.Time
	users    map[string]identity.User
	people   map[string]string // cookie of each who signed in
	secrets  map[string]string // of second factors, by address
	provider *identity.Provider
	traces   string
}

// noon is when the tests happen unless they say otherwise.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// openEmpty serves an empty database.
func openEmpty(t *testing.T, db *store.DB) *site {
	t.Helper()
	if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, traces: t.TempDir(), provider: &identity.Provider{Name: "Essai"}, app: app.New(db, rules), now: noon, users: map[string]identity.User{}, people: map[string]string{}, secrets: map[string]string{}}
	s.users["admin"] = identity.User{Email: "admin@exemple.fr", Name: "Administratrice", Admin: true}
	s.accounts = &identity.Service{DB: db, Now: func() time.Time { return s.now }, Rules: func(context.Context) (identity.Rules, error) { return identity.Defaults, nil }}
	s.server = httptest.NewServer(New(s.app, s.accounts, func() time.Time { return s.now }, slog.New(slog.NewTextHandler(testLog{t}, nil)), Options{Provider: s.provider, Traces: &search.Vault{Dir: s.traces}}))
	t.Cleanup(s.server.Close)
	return s
}

// open serves the small company from an empty database.
func open(t *testing.T, db *store.DB) *site {
	t.Helper()
	ctx := context.Background()
	s := openEmpty(t, db)
	by := register.By{Actor: "test", Source: "test", At: noon.AddDate(0, -2, 0)}
	day := func(text string) int64 {
		d, err := vigie.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return int64(d)
	}
	var err error
	err = s.app.Book.Write(ctx, by, func(w *register.Writer) error {
		put := func(r *register.Register, id string, v register.Values) {
			if err == nil {
				err = w.Put(ctx, r, id, v)
			}
		}
		put(catalog.Entity, "sud", register.Values{"name": "Sud", "country": "FR"})
		put(catalog.Entity, "nord", register.Values{"name": "Nord", "country": "FR", "parent": "sud"})
		person := func(id, name, entity, kind string) {
			put(catalog.Person, id, register.Values{"name": name, "email": strings.ReplaceAll(strings.ToLower(id), "-", ".") + "@exemple.fr", "kind": kind,
				"entity": entity, "uses_is": true, "first_day": day("2020-01-06")})
		}
		person("claire", "Claire Petit", "sud", "employee")
		person("rene", "René Blanc", "sud", "employee")
		person("nora", "Nora Nord", "nord", "employee")
		person("paul", "Paul Comité", "sud", "employee")
		person("emma", "Emma Neuve", "sud", "employee")
		person("tom", "Tom Tiers", "sud", "third_party")
		for role, id := range map[string]string{"ciso": "claire", "it_team": "nora", "committee": "paul"} {
			put(catalog.RoleAssignment, "role-"+id, register.Values{"role": role, "person": id, "starts_on": day("2024-01-08")})
		}
		asset := func(id, name, entity, owner string) {
			put(catalog.Asset, id, register.Values{"name": name, "kind": "server", "entity": entity, "status": "in_service", "owner": owner,
				"d": int64(3), "i": int64(2), "c": int64(2), "t": int64(1), "created_on": day("2024-05-02")})
		}
		asset("srv-1", "SQL 1", "sud", "claire")
		asset("srv-2", "Fichiers été", "sud", "rene")
		asset("srv-3", "Nord 1", "nord", "nora")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Engine.Tick(ctx, noon.AddDate(0, -2, 0)); err != nil {
		t.Fatal(err)
	}
	until := vigie.DayOf(noon) + 30
	for who, u := range map[string]identity.User{
		"ciso":      {Email: "claire@exemple.fr", Name: "Claire Petit"},
		"reader":    {Email: "audit@exemple.fr", Name: "Auditrice", AuditorUntil: &until},
		"nord":      {Email: "nora@exemple.fr", Name: "Nora Nord"},
		"committee": {Email: "paul@exemple.fr", Name: "Paul Comité"},
		"employee":  {Email: "emma@exemple.fr", Name: "Emma Neuve"},
		"supplier":  {Email: "tom@exemple.fr", Name: "Tom Tiers"},
	} {
		s.users[who] = u
	}
	return s
}

// password is that of everyone in tests.
const password = "Cheval-Agrafe-7-Nuage-Pile"

// signIn invites somebody, accepts for them and returns the cookie of a session.
func (s *site) signIn(accounts *identity.Service, u identity.User) string {
	s.t.Helper()
	ctx := context.Background()
	link, _, err := accounts.Invite(ctx, u, "test")
	if err == nil {
		_, err = accounts.Accept(ctx, link, password)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	cookie, step, err := accounts.Login(ctx, u.Email, password, identity.From{Address: "192.0.2.1"})
	if err != nil {
		s.t.Fatal(err)
	}
	if step == identity.EnrolFactor {
		session, _ := accounts.Look(ctx, cookie) // the error says that the factor is wanted
		setup, err := accounts.NewFactor(session.User)
		if err != nil {
			s.t.Fatal(err)
		}
		s.secrets[u.Email] = setup.Secret
		code, err := totp.GenerateCode(setup.Secret, s.now)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, cookie, err = accounts.SetFactor(ctx, session, setup.Secret, code); err != nil {
			s.t.Fatal(err)
		}
	}
	return cookie
}

// each runs fn on the small company, on each engine.
func each(t *testing.T, fn func(t *testing.T, s *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, open(t, db)) })
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// A browser is one person at the site; "" is a stranger.
type browser struct {
	t      *testing.T
	site   *site
	client *http.Client
	header http.Header
}

// as returns the browser of a person of the site.
func (s *site) as(person string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	base, err := url.Parse(s.server.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	cookies := []*http.Cookie{{Name: langCookie, Value: "fr", Path: "/"}}
	if person != "" && s.people[person] == "" {
		s.people[person] = s.signIn(s.accounts, s.users[person])
	}
	if person != "" {
		cookies = append(cookies, &http.Cookie{Name: "vigie", Value: s.people[person], Path: "/"})
	}
	jar.SetCookies(base, cookies)
	return &browser{t: s.t, site: s, client: &http.Client{Jar: jar}, header: http.Header{}}
}

// A page is what the site answered.
type page struct {
	t      *testing.T
	status int
	url    *url.URL // after redirections
	header http.Header
	body   string
	doc    *html.Node
}

func (b *browser) do(req *http.Request) *page {
	b.t.Helper()
	for name, values := range b.header {
		req.Header[name] = values
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		b.t.Fatal(err)
	}
	return &page{t: b.t, status: res.StatusCode, url: res.Request.URL, header: res.Header, body: string(data), doc: doc}
}

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.t.Helper()
	req, err := http.NewRequest(method, b.site.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return req
}

// get asks for a page and follows redirections.
func (b *browser) get(path string) *page {
	b.t.Helper()
	return b.do(b.request("GET", path, nil))
}

// post sends a form from this site and follows redirections.
func (b *browser) post(path string, form url.Values) *page {
	b.t.Helper()
	req := b.request("POST", path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

// upload sends a file and other fields.
func (b *browser) upload(path, name string, data []byte, form url.Values) *page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	part.Write(data)
	for field, values := range form {
		for _, v := range values {
			if err := w.WriteField(field, v); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	req := b.request("POST", path, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

// want fails unless the page has this status.
func (p *page) want(status int) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s answers %d, want %d: %s", p.url, p.status, status, text(p.doc))
	}
	return p
}

// has fails unless an element that the selector matches reads all of words.
func (p *page) has(selector string, words ...string) *page {
	p.t.Helper()
	list := find(p.doc, selector)
	for _, n := range list {
		ok := true
		for _, w := range words {
			ok = ok && strings.Contains(text(n), w)
		}
		if ok {
			return p
		}
	}
	var seen []string
	for _, n := range list {
		seen = append(seen, text(n))
	}
	p.t.Errorf("%s: no %s reads %q; seen: %q", p.url, selector, words, seen)
	return p
}

// hasNot fails when an element that the selector matches reads word.
func (p *page) hasNot(selector, word string) *page {
	p.t.Helper()
	for _, n := range find(p.doc, selector) {
		if strings.Contains(text(n), word) {
			p.t.Errorf("%s: %s reads %q: %s", p.url, selector, word, text(n))
		}
	}
	return p
}
