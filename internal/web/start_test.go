package web

import (
	"context"
	"net/url"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

// TestStart: an administrator of an empty company says who leads its security,
// once, and that person is invited; the rest is done by who holds a role.
func TestStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openEmpty(t, db)
		b := s.as("admin")
		b.get("/").want(200).has("h1", "Premiers pas").has("form[action=/start] [name=company]", "")
		b.post("/start", url.Values{"company": {"Alpha"}, "country": {"Frankreich"}, "name": {""}, "email": {"nobody"}}).want(422).has("[data-wrong] [name=country]", "").has("[data-wrong] [name=name]", "").has("[data-wrong] [name=email]", "").has("[name=company][value=Alpha]", "")
		b.post("/start", url.Values{"company": {"Alpha"}, "country": {"FR"}, "name": {"Rosa"}, "email": {"rosa@exemple.fr"}}).want(200).has("code", "/welcome/").has("li", "Dire qui", "Fait").has("li", "Importer les personnes", "À faire")
		b.post("/start", url.Values{"company": {"Beta"}, "country": {"FR"}, "name": {"Max"}, "email": {"max@exemple.fr"}}).want(409)
		b.get("/").want(200).has("h1", "Comptes")
		b.get("/registers/person").want(403)
		page, err := s.app.Book.List(t.Context(), catalog.RoleAssignment, register.ListQuery{})
		if err != nil || len(page.Records) != 1 || page.Records[0].Values["role"] != "ciso" {
			t.Error(page.Records, err)
		}
	})
}

// TestStartAsOneself: who administers may be the CISO too; the account takes that
// person's rights.
func TestStartAsOneself(t *testing.T) {
	s := openEmpty(t, storetest.Open(t, "sqlite"))
	b := s.as("admin")
	b.post("/start", url.Values{"company": {"Alpha"}, "country": {"FR"}, "name": {"Ada"}, "email": {"admin@exemple.fr"}}).want(200).has(".v-note-good", "vous tenez ce rôle")
	b.get("/situation").want(200).has(".v-note a[href=/start]", "1 étapes")
	b.get("/start").want(200).has("li a[href=/registers/asset/import]", "Importer les actifs")
}

// TestLinkAccount: an account made before its person is linked later.
func TestLinkAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("admin")
		id := s.accountOf("audit@exemple.fr")
		b.post("/accounts/"+id+"/link", nil).want(404)
		b.post("/accounts/"+s.accountOf("claire@exemple.fr")+"/link", nil).want(409)
		s.put(catalog.Person, "audrey", register.Values{"name": "Audrey", "email": "audit@exemple.fr", "kind": "third_party", "entity": "sud", "uses_is": true, "first_day": int64(20000)})
		b.post("/accounts/"+id+"/link", nil).want(200).has(".v-note-good", "relié")
		s.as("admin").get("/trail?kind=linked").want(200).has("td", "audit@exemple.fr")
	})
}

// accountOf returns the id of somebody's account, who signs in if need be.
func (s *site) accountOf(email string) string {
	s.t.Helper()
	for who, u := range s.users {
		if u.Email == email {
			s.as(who)
		}
	}
	users, err := s.accounts.Users(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, u := range users {
		if u.Email == email {
			return u.ID
		}
	}
	s.t.Fatalf("no account of %s", email)
	return ""
}

// TestSinceMyVisit: the page of the situation says what changed since the reader
// was last seen, and what the reader must do.
func TestSinceMyVisit(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("ciso").get("/situation").want(200).has("h2", "depuis trente jours")
		s.now = noon.Add(24 * time.Hour)
		s.put(catalog.Asset, "srv-9", register.Values{"name": "Neuf", "kind": "server", "entity": "sud", "status": "in_service", "created_on": int64(20000)})
		s.now = s.now.Add(time.Hour)
		cookie, _, err := s.accounts.Login(t.Context(), s.users["ciso"].Email, password, identity.From{Address: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		s.people["ciso"] = cookie
		p := s.as("ciso").get("/situation").want(200).has("h2", "Depuis votre visite du 25/11/2026 12:00 UTC")
		p.has("p", "écarts ouverts, 0 refermé").has("#situation h2", "Ce que j’ai à faire").has("#situation a[href=/findings?order=urgent&who=claire]", "")
		s.as("reader").get("/situation").want(200).hasNot("h2", "Ce que j’ai à faire")
	})
}

// TestAhead: what will be at fault soon is told before it is, to who may see the
// record.
func TestAhead(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("ciso").get("/situation/ahead").want(200).hasNot("td", "SQL 1")
		s.put(catalog.AssetReview, "review-1", register.Values{"asset": "srv-1", "reviewer": "claire", "classification_confirmed": true, "reviewed_on": int64(vigie.DayOf(noon)) - 175})
		s.now = noon.Add(12 * time.Minute) // what was worked out before is too old
		s.as("ciso").get("/situation/ahead").want(200).has("tr", "7 jours", "9.2.5", "SQL 1")
		s.as("ciso").get("/situation").want(200).has("#situation section", "Ce qui vient", "SQL 1")
		s.as("employee").get("/situation/ahead").want(403)
	})
}

// put writes one record.
func (s *site) put(reg *register.Register, id string, v register.Values) {
	s.t.Helper()
	err := s.app.Book.Write(context.Background(), register.By{Actor: "test", Source: "test", At: s.now}, func(w *register.Writer) error {
		return w.Put(context.Background(), reg, id, v)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
