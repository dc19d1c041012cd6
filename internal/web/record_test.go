package web

import (
	"net/url"
	"strings"
	"testing"

	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store/storetest"
)

// TestRecordsLife: created, read, changed, deleted, each with its trace.
func TestRecordsLife(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		b.get("/registers/asset/new?owner=claire&kind=server").want(200).has("h1", "Biens", "nouvelle fiche").
			has("input[name=owner][value=Claire Petit]").has("input[name=owner.id][value=claire]").has("option[value=server][selected]")
		form := url.Values{"name": {"Neuf"}, "kind": {"server"}, "entity": {"Sud"}, "status": {"in_service"}, "owner": {"Claire Petit"}, "d": {"4"}, "created_on": {"01/03/2026"}}
		p := b.post("/registers/asset/new", form).want(200).has(".v-note", "La fiche est créée").has("h1", "Neuf")
		p.has("dd", "01/03/2026").has("dd a[href=/registers/person/records/claire]", "Claire Petit").has(".v-time li", "Création", "claire@exemple.fr")
		p.has(".v-finding", "Règle") // a new server breaks some rule, and the page says so at once
		path := p.url.Path

		p = b.get(path + "/edit").want(200).has("input[name=name][value=Neuf]").has("option[value=server][selected]").has("input[name=version][value=1]").has("input[name=created_on][value=2026-03-01]")
		edit := url.Values{}
		for _, in := range find(p.doc, "form.card input") {
			edit.Set(attr(in, "name"), attr(in, "value"))
		}
		for _, sel := range find(p.doc, "form.card select") {
			edit.Set(attr(sel, "name"), "")
			for _, o := range find(sel, "option[selected]") {
				edit.Set(attr(sel, "name"), attr(o, "value"))
			}
		}
		b.post(path+"/edit", edit).want(200)
		if rec := s.record(t, catalog.Asset, path); rec.Meta.Version != 1 {
			t.Error("a form sent back as it came changes the record")
		}
		edit.Set("name", "Renommé")
		edit.Set("owner", "")
		edit.Set("reason_for_change", "erreur de saisie")
		b.post(path+"/edit", edit).want(200).has("h1", "Renommé").has(".v-time li", "Nom", "Neuf", "Renommé").has(".v-time li", "erreur de saisie").has(".v-time li", "Propriétaire", "effacé")

		b.get(path+"/delete").want(200).has("h1", "Supprimer Renommé")
		b.post(path+"/delete", url.Values{"version": {"2"}, "reason": {"  "}}).want(422).has(".v-wrong", "Dites pourquoi")
		b.post(path+"/delete", url.Values{"version": {"1"}, "reason": {"vendu"}}).want(409).has("[role=alert]", "entre-temps")
		b.post(path+"/delete", url.Values{"version": {"2"}, "reason": {"vendu"}}).want(200).has(".v-note", "La fiche est supprimée")
		b.get(path).want(404)
	})
}

// record returns what the page at path is about.
func (s *site) record(t *testing.T, r *register.Register, path string) register.Record {
	t.Helper()
	rec, err := s.app.Book.Get(t.Context(), r, path[strings.LastIndex(path, "/")+1:], register.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestRefusedForms keep what was typed and say what is wrong where it is.
func TestRefusedForms(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		form := url.Values{"name": {""}, "kind": {"robot"}, "entity": {"Ouest"}, "d": {"7"}, "created_on": {"demain"}, "dima_hours": {"douze"}, "serial": {"gardé"}}
		p := b.post("/registers/asset/new", form).want(422).has("[role=alert]", "Certains champs sont à corriger")
		for field, word := range map[string]string{"kind": "robot", "entity": "Ouest", "d": "7", "created_on": "demain", "dima_hours": "douze"} {
			p.has("#f-"+field+"-wrong", word)
		}
		p.has("input[name=serial][value=gardé]").has("input[name=created_on][value=demain][type=text]").has("input[name=entity][value=Ouest]").has("form[data-guard=dirty]")
		form = url.Values{"name": {"X"}, "kind": {"server"}}
		b.post("/registers/asset/new", form).want(422).has("#f-entity-wrong", "doit être rempli").has("#f-status-wrong", "doit être rempli").has("input[name=name][value=X]")
		person := url.Values{"name": {"Double"}, "email": {"claire@exemple.fr"}, "kind": {"employee"}, "entity": {"Sud"}, "uses_is": {"true"}, "first_day": {"2026-01-05"}}
		b.post("/registers/person/new", person).want(422).has("#f-email-wrong", "déjà pris")
		b.post("/registers/asset/records/srv-1/edit", url.Values{"name": {"Y"}}).want(422) // without a version
		b.post("/registers/asset/records/srv-1/edit", url.Values{"version": {"0"}, "name": {"Y"}}).want(422)
	})
}

// TestConflict: when somebody was faster, what was typed stays, what the other
// did is beside it, and the next attempt is made knowing it.
func TestConflict(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("committee").post("/registers/asset/records/srv-1/edit", url.Values{"version": {"1"}, "name": {"SQL de René"}, "owner": {"René Blanc"}}).want(200)
		b := s.as("ciso")
		form := url.Values{"version": {"1"}, "name": {"SQL de Claire"}, "owner": {"Claire Petit"}, "owner.id": {"claire"}, "serial": {"S1"}}
		p := b.post("/registers/asset/records/srv-1/edit", form).want(409).has("[role=alert]", "paul@exemple.fr", "25/11/2026")
		p.has("input[name=name][value=SQL de Claire]").has("input[name=serial][value=S1]").has(".v-wrong", "SQL de René").has(".v-wrong", "René Blanc").has("button", "Enregistrer ma version")
		p.has("input[name=version][value=2]")
		form.Set("version", "2")
		b.post("/registers/asset/records/srv-1/edit", form).want(200).has("h1", "SQL de Claire")
	})
}

// TestDeleteNamed: a record that others name stays, and they are shown.
func TestDeleteNamed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		b.get("/registers/person/records/claire/delete").want(200).has(".v-note", "Biens", "SQL 1")
		b.post("/registers/person/records/claire/delete", url.Values{"version": {"1"}, "reason": {"départ"}}).want(409).has("[role=alert]", "D’autres fiches la nomment").has("input[name=reason][value=départ]")
	})
}

// TestPastDay: a day of the past is shown as it was, and cannot be changed.
func TestPastDay(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		b.post("/registers/asset/records/srv-1/edit", url.Values{"version": {"1"}, "name": {"Renommé"}}).want(200)
		p := b.get("/registers/asset/records/srv-1?on=2026-11-24").want(200).has("h1", "SQL 1").has(".v-past", "24/11/2026").hasNot("a", "Modifier").hasNot(".v-time", "Renommé")
		for _, a := range find(p.doc, "main a") {
			if href := attr(a, "href"); strings.HasPrefix(href, "/") && !strings.Contains(href, "on=2026-11-24") {
				t.Errorf("%s leaves the past day", href)
			}
		}
		b.get("/registers/asset?on=2026-11-24").want(200).has("tbody", "SQL 1").hasNot("tbody", "Renommé").hasNot("a", "Nouvelle fiche")
		b.get("/registers/asset?on=2026-11-24&q=renomme").want(200).has(".card", "Rien ne correspond")
		b.get("/registers/asset/records/srv-1?on=2026-09-01").want(404) // before it existed
		b.get("/registers/asset?on=2026-09-01").want(200).has(".card", "Ce registre est encore vide")
		b.get("/registers/asset/records/srv-1?on=2026-11-26").want(422)
		b.get("/registers/asset/records/srv-1?on=jamais").want(422)
		b.get("/registers/asset/records/srv-1/edit?on=2026-11-24").want(409)
		b.post("/registers/asset/records/srv-1/edit?on=2026-11-24", url.Values{"version": {"2"}, "name": {"X"}}).want(409)
		if rec := s.record(t, catalog.Asset, "/srv-1"); rec.Values["name"] != "Renommé" {
			t.Errorf("the past changed today: %v", rec.Values["name"])
		}
	})
}

// TestScripts: what looks like a script in any text of a register is text on
// every page, and in every address that repeats it.
func TestScripts(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}`
	inert := func(p *page) {
		t.Helper()
		if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "<img src=x") {
			t.Errorf("%s: a script is in the page", p.url)
		}
		for _, selector := range []string{"img", "[onerror]", "iframe"} {
			if len(find(p.doc, selector)) > 0 {
				t.Errorf("%s: %s in the page", p.url, selector)
			}
		}
	}
	for _, reg := range []*register.Register{catalog.Asset, catalog.Person, catalog.Project, catalog.Incident, catalog.Document} {
		v := register.Values{}
		for _, f := range reg.Fields {
			switch {
			case f.Kind == register.Text || f.Kind == register.Long:
				v[f.Name] = evil
			case f.Kind == register.Email:
				v[f.Name] = `"<script>alert(1)</script>"@exemple.fr`
			case !f.Required:
			case f.Kind == register.Ref:
				v[f.Name] = map[string]string{"entity": "sud", "person": "claire", "asset": "srv-1"}[f.To]
			case f.Kind == register.Enum:
				v[f.Name] = f.Options[0].Value
			case f.Kind == register.Bool:
				v[f.Name] = true
			default:
				v[f.Name] = int64(1)
			}
		}
		var id string
		err := s.app.Book.Write(t.Context(), register.By{Actor: evil, Source: evil, Reason: evil, At: noon}, func(w *register.Writer) (err error) {
			if id, err = w.Create(t.Context(), reg, v); err != nil {
				return err
			}
			for _, f := range reg.Fields {
				if f.Kind == register.Text {
					v[f.Name] = evil + "2"
				}
			}
			_, err = w.Update(t.Context(), reg, id, 0, v)
			return err
		})
		if err != nil {
			t.Fatal(reg.ID, err)
		}
		path := recordPathOf(reg, id)
		for _, p := range []string{path, path + "/edit", path + "/delete", "/registers/" + reg.ID, "/registers/" + reg.ID + "/options?q=script", "/search?q=script", "/palette?q=script", path + "?on=2026-11-25"} {
			inert(b.get(p))
		}
		form := url.Values{"version": {"1"}}
		for _, f := range reg.Fields {
			form.Set(f.Name, evil)
		}
		inert(b.post(path+"/edit", form))
		inert(b.post("/registers/"+reg.ID+"/new", form))
		for _, f := range reg.Fields {
			inert(b.get("/registers/" + reg.ID + "?" + url.Values{"f." + f.Name: {evil}, "f." + f.Name + ".from": {evil}, "q": {evil}, "sort": {evil}, "cols": {evil}}.Encode()))
			inert(b.post("/registers/"+reg.ID+"/check?field="+f.Name, url.Values{f.Name: {evil}}))
		}
	}
	for _, path := range []string{"/search?q=", "/registers?q=", "/palette?q=", "/nowhere/", "/registers/asset/records/", "/registers/asset?done=", "/registers?on=", "/imports/"} {
		inert(b.get(path + url.PathEscape(evil)))
	}
	b.post("/registers/asset/views", url.Values{"name": {evil}, "shared": {"yes"}, "query": {"q=" + url.QueryEscape(evil)}})
	inert(s.as("reader").get("/registers/asset"))
}

// A reference to a record that the person may not see stays as it is when the
// rest of the record changes; another one is refused.
func TestHiddenReference(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.put(catalog.Site, "siege", register.Values{"name": "Siège", "entity": "sud", "country": "FR", "kind": "office"})
		s.put(catalog.Room, "salle", register.Values{"name": "Salle des machines", "kind": "server_room", "site": "siege"})
		s.put(catalog.Room, "autre", register.Values{"name": "Autre salle", "kind": "server_room", "site": "siege"})
		s.put(catalog.Asset, "srv-2", register.Values{"name": "Fichiers", "kind": "server", "entity": "sud", "status": "in_service", "owner": "rene", "room": "salle", "created_on": int64(20000)})
		s.users["owner"] = identity.User{Email: "rene@exemple.fr", Name: "René Blanc"}
		b := s.as("owner")
		b.get("/registers/room").want(403)
		form := url.Values{"version": {"2"}, "name": {"Fichiers de René"}, "room": {"salle"}, "room.id": {"salle"}}
		b.post("/registers/asset/check?field=room&id=srv-2", form).want(200).hasNot(".v-wrong", "")
		b.post("/registers/asset/records/srv-2/edit", form).want(200).has("h1", "Fichiers de René")
		form = url.Values{"version": {"3"}, "room": {"autre"}, "room.id": {"autre"}}
		b.post("/registers/asset/records/srv-2/edit", form).want(422).has("[data-wrong] #f-room", "")
	})
}
