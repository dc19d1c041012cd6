package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store/storetest"
)

// TestList: a list shows, searches, filters, sorts and pages; its address says
// it all.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		p := b.get("/registers/asset").want(200)
		p.has("h1", "Biens").has("td a[href=/registers/asset/records/srv-1]", "SQL 1").has("td", "Claire Petit").has("[role=status]", "3 fiches")
		p.has("th[aria-sort=ascending]", "Nom")

		p = b.get("/registers/asset?q=ete").want(200) // accents do not matter
		p.has("tbody td a", "Fichiers été").hasNot("tbody", "SQL 1").has(".v-pager", "1 fiche")

		p = b.get("/registers/asset?f.owner=claire&f.kind=server").want(200)
		p.has("tbody", "SQL 1").hasNot("tbody", "Nord 1").has("[role=group] a", "Propriétaire", "Claire Petit")

		p = b.get("/registers/asset?sort=-owner&cols=name,owner").want(200)
		if n := len(find(p.doc, "thead th")); n != 3 {
			t.Errorf("%d columns, want the two chosen and the boxes", n)
		}
		if first := find(p.doc, "tbody tr")[0]; !strings.Contains(text(first), "René Blanc") {
			t.Errorf("first by owner reversed: %s", text(first))
		}
		p.has("th[aria-sort=descending]", "Propriétaire")

		b.get("/registers/asset?f.room="+url.QueryEscape(emptyMark)).want(200).has(".v-pager", "3 fiches")
		b.get("/registers/asset?f.created_on.from=2025-01-01").want(200).has(".card", "Rien ne correspond")
		b.get("/registers/nothing").want(404)
		if p := b.get("/registers/asset?sort=nothing").want(200); p.url.RawQuery != "" {
			t.Errorf("an order that does not exist stays in %s", p.url)
		}
	})
}

// TestListForms: what a form of a list sends becomes the short address, which is
// the one to share; a filter that is not understood is said, and kept.
func TestListForms(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	p := b.get("/registers/asset?q=&f.kind=server&f.owner=Claire+Petit&f.owner.id=&f.site=&f.site.id=&col=name&col=owner&f.d=3&f.rated_on.from=").want(200)
	if got, want := p.url.RawQuery, "cols=name%2Cowner&f.d=3&f.kind=server&f.owner=claire"; got != want {
		t.Errorf("address %s, want %s", got, want)
	}
	p = b.get("/registers/asset?f.created_on.from=hier&f.owner=Personne").want(200)
	p.has("[role=alert]", "hier").has("[role=alert]", "Personne").has("input[name=f.created_on.from][value=hier]").has("input[name=f.owner][value=Personne]")
}

// TestPaging: pages follow one another and show each record once.
func TestPaging(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		err := s.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", At: noon}, func(w *register.Writer) error {
			for i := range 120 {
				if _, err := w.Create(t.Context(), catalog.Entity, register.Values{"name": fmt.Sprintf("Filiale %03d", i), "country": "FR"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		b := s.as("ciso")
		for _, order := range []string{"", "sort=-name", "sort=country"} {
			seen := map[string]bool{}
			path := "/registers/entity?" + order
			for pages := 0; path != "" && pages < 5; pages++ {
				p := b.get(path).want(200)
				for _, a := range find(p.doc, "tbody td a") {
					if href := attr(a, "href"); seen[href] {
						t.Errorf("%s: %s twice", order, href)
					} else {
						seen[href] = true
					}
				}
				path = ""
				if next := find(p.doc, "a[rel=next]"); len(next) > 0 {
					path = attr(next[0], "href")
				}
			}
			if len(seen) != 122 {
				t.Errorf("%q shows %d records, want 122", order, len(seen))
			}
		}
	})
}

// TestViews: a view is kept, shared by its link, and gives the first look.
func TestViews(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.post("/registers/asset/views", url.Values{"name": {"Serveurs de Claire"}, "shared": {"yes"}, "query": {"f.owner=claire&cols=name,owner"}}).want(200).
		has(".v-note", "La vue est enregistrée").has(".v-panel a", "Serveurs de Claire")
	p := s.as("reader").get("/registers/asset").want(200).has(".v-panel a", "Serveurs de Claire", "claire@exemple.fr")
	for _, a := range find(p.doc, ".v-view a") {
		s.as("reader").get(attr(a, "href")).want(200).has("tbody", "SQL 1").hasNot("tbody", "Nord 1")
	}
	var forget string
	for _, form := range find(b.get("/registers/asset").doc, ".v-view form") {
		forget = attr(form, "action")
	}
	s.as("reader").post(forget, url.Values{}).want(404)
	b.post(forget, url.Values{}).want(200).hasNot(".v-panel", "Serveurs de Claire")

	b.post("/registers/asset/views", url.Values{"first": {"yes"}, "query": {"cols=serial,owner"}}).want(200)
	if p := b.get("/registers/asset").want(200); p.url.Query().Get("cols") != "serial,owner" {
		t.Errorf("first look is %s", p.url)
	}
	if p := s.as("reader").get("/registers/asset").want(200); p.url.RawQuery != "" {
		t.Errorf("another's first look is %s", p.url)
	}
}

// TestScope: what a person of one entity may not see is nowhere: lists, search,
// records, choices, files, and nothing is changed by guessing ids.
func TestScope(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("nord")
		b.get("/registers/asset").want(200).has("tbody", "Nord 1").hasNot("body", "SQL 1")
		for _, path := range []string{"/registers/asset?q=SQL", "/search?q=SQL", "/palette?q=SQL", "/registers/asset/options?q=SQL", "/registers/asset/export?format=csv", "/registers/asset?f.owner=claire"} {
			if p := b.get(path); strings.Contains(p.body, "SQL 1") || strings.Contains(p.body, "Claire Petit") {
				t.Errorf("%s shows another entity: %s", path, text(p.doc))
			}
		}
		for _, path := range []string{"", "/edit", "/delete"} {
			b.get("/registers/asset/records/srv-1" + path).want(404)
		}
		b.get("/registers/asset/records/srv-1?on=2026-11-01").want(404)
		form := url.Values{"version": {"1"}, "name": {"Volé"}, "reason": {"x"}}
		b.post("/registers/asset/records/srv-1/edit", form).want(404)
		b.post("/registers/asset/records/srv-1/delete", form).want(404)
		b.post("/registers/asset/bulk", url.Values{"id": {"srv-1"}, "field": {"name"}, "name": {"Volé"}, "step": {"apply"}}).want(404)
		// nor is a record put where its author cannot see it, or made to name one.
		made := url.Values{"name": {"X"}, "kind": {"server"}, "entity": {"Sud"}, "entity.id": {"sud"}, "status": {"in_service"}, "created_on": {"2026-01-01"}}
		b.post("/registers/asset/new", made).want(422)
		rec, err := s.app.Book.Get(t.Context(), catalog.Asset, "srv-1", register.Scope{})
		if err != nil || rec.Values["name"] != "SQL 1" || rec.Meta.Version != 1 {
			t.Errorf("the record was touched: %v, %v", rec, err)
		}
	})
}

// TestReaders see and change nothing; who may not read a register sees none of it.
func TestReaders(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("reader")
	b.get("/registers/asset").want(200).hasNot("a", "Nouvelle fiche").hasNot("a", "Importer")
	b.get("/registers/asset/records/srv-1").want(200).hasNot("a", "Modifier").hasNot("a", "Supprimer")
	for _, rt := range routes {
		if !strings.HasPrefix(rt.path, "/registers/{name}") || strings.Contains(rt.path, "views") {
			continue
		}
		path := strings.NewReplacer("{name}", "asset", "{id}", "srv-1", "{upload}", "x").Replace(rt.path)
		if rt.method == "POST" {
			b.post(path, url.Values{}).want(403)
		}
	}
	b = s.as("supplier")
	b.get("/registers").want(200).has("li", "Personnes").hasNot("li", "Biens")
	b.get("/registers/asset").want(403)
	b.get("/registers/asset/records/srv-1").want(403)
	if p := b.get("/search?q=SQL"); strings.Contains(p.body, "SQL 1") {
		t.Error("search shows a register that may not be read")
	}
	b.get("/registers/person/records/tom").want(200).hasNot("svg", "SQL 1").hasNot("body", "SQL 1")
	b.get("/registers/person/records/claire").want(404)
}

// TestExport: a file of what the list chooses, which no spreadsheet runs.
func TestExport(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.post("/registers/asset/records/srv-1/edit", url.Values{"version": {"1"}, "name": {`=HYPERLINK("http://evil")`}}).want(200)
	p := b.get("/registers/asset/export?format=csv&f.owner=claire").want(200)
	if got := p.header.Get("Content-Disposition"); got != `attachment; filename="asset-2026-11-25.csv"` {
		t.Error(got)
	}
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff")))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != `'=HYPERLINK("http://evil")` {
		t.Errorf("%v, %v", rows, err)
	}
	if p := b.get("/registers/asset/export?format=xlsx").want(200); !strings.HasPrefix(p.body, "PK") {
		t.Error("no workbook")
	}
	b.get("/registers/asset/export?format=exe").want(422)
	b.get("/registers/asset/export?format=csv&f.created_on.from=hier").want(422)
}

// TestBulk: one field of many records, after it was shown what changes; all or
// nothing.
func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		form := url.Values{"id": {"srv-1", "srv-2"}, "field": {"owner"}}
		b.post("/registers/asset/bulk", form).want(200).has("h1", "Biens").has("td", "Claire Petit").has("[role=combobox][name=owner]")
		form.Set("step", "preview")
		form.Set("owner", "Inconnu")
		b.post("/registers/asset/bulk", form).want(422).has(".v-wrong", "Inconnu")
		form.Set("owner", "Nora Nord")
		p := b.post("/registers/asset/bulk", form).want(200).has("td", "Nora Nord").has("button[value=apply]")
		apply := url.Values{}
		for _, in := range find(p.doc, "form.card input") {
			apply.Add(attr(in, "name"), attr(in, "value"))
		}
		apply.Set("step", "apply")
		apply.Set("reason_for_change", "départ")
		b.post("/registers/asset/bulk", apply).want(200).has(".v-note", "2 fiches sont changées").has("tr", "Fichiers été", "Nora Nord")
		// seen again, the same confirmation is too late for both.
		b.post("/registers/asset/bulk", apply).want(409).has("[role=alert]", "SQL 1", "rien n’a été changé")
		b.post("/registers/asset/bulk", url.Values{"id": {"srv-1", "srv-2"}, "field": {"name"}, "step": {"apply"}, "name": {""}}).want(422)
		b.post("/registers/asset/bulk", url.Values{"id": {"srv-1"}, "field": {"family"}, "step": {"apply"}}).want(422)  // computed
		b.post("/registers/person/bulk", url.Values{"id": {"claire"}, "field": {"email"}, "step": {"apply"}}).want(422) // unique
		b.post("/registers/asset/bulk", url.Values{"field": {"owner"}}).want(422)
	})
}

// TestBulkUndo: what a bulk edit did is taken back whole, by one button of the list
// or from the list of imports, unless a record changed since.
func TestBulkUndo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		edit := func(owner string) *page {
			return b.post("/registers/asset/bulk", url.Values{"id": {"srv-1", "srv-2"}, "field": {"owner"}, "owner": {owner}, "step": {"apply"}, "back": {"/registers/asset?q=SQL"}}).want(200)
		}
		undo := func(p *page) string {
			forms := find(p.doc, ".v-note form")
			if len(forms) != 1 {
				t.Fatalf("%d ways to undo on %s: %s", len(forms), p.url, text(p.doc))
			}
			return attr(forms[0], "action")
		}
		p := edit("Nora Nord").has(".v-note button", "Défaire").has("tr", "SQL 1", "Nora Nord").hasNot("tr", "Fichiers été")
		first := undo(p)
		b.get("/imports").want(200).has("tr", "Changement groupé", "2 modifications")
		b.get(strings.TrimSuffix(first, "/undo")).want(200).has("tr", "Fichiers été", "Propriétaire", "René Blanc", "Nora Nord").has("a[href=/registers/asset/records/srv-1]", "SQL 1")
		for _, who := range []string{"nord", "employee"} {
			s.as(who).post(first, url.Values{}).want(404)
		}
		s.as("reader").post(first, url.Values{}).want(403)
		s.as("reader").get(p.url.RequestURI()).want(200).hasNot("button", "Défaire")
		b.post(first, url.Values{"back": {"/registers/asset?q=SQL"}}).want(200).has(".v-note", "Le changement est défait").has("tr", "SQL 1", "Claire Petit").hasNot("tr", "Fichiers été")
		b.get("/registers/asset/records/srv-2").want(200).has("dd", "René Blanc")
		b.get(p.url.RequestURI()).want(200).hasNot("button", "Défaire")
		b.post(first, url.Values{}).want(409).has("[role=alert]", "déjà")

		// A record that changed since keeps the others as they are.
		second := undo(edit("Nora Nord"))
		b.post("/registers/asset/records/srv-2/edit", url.Values{"version": {"4"}, "owner": {"Paul Comité"}}).want(200)
		b.post(second, url.Values{}).want(409).has("[role=alert]", "Fichiers été", "claire@exemple.fr").has("h1", "Changement groupé : Propriétaire")
		b.get("/registers/asset/records/srv-1").want(200).has("dd", "Nora Nord")
		b.get("/imports").want(200).has("tr", "Défait")

		// What changes nothing leaves nothing to undo.
		edit("Nora Nord") // srv-2 only
		edit("Nora Nord").has(".v-note", "Rien n’est changé").hasNot("button", "Défaire")
		b.get("/registers/asset?done=bulk&batch=nothing").want(200).hasNot("button", "Défaire")
	})
}

// TestSearch: pages, registers and records, from the page and from the palette.
func TestSearch(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.get("/search?q=claire").want(200).has("a[href=/registers/person/records/claire]", "Claire Petit")
	b.get("/search?q=biens").want(200).has("a[href=/registers/asset]", "Biens")
	b.get("/search?q=zzz").want(200).has("main", "Rien ne correspond")
	b.get("/search").want(200)
	b.get("/palette?q=sql").want(200).has("[role=option][data-href=/registers/asset/records/srv-1]", "SQL 1")
	b.get("/palette").want(200).has("[role=option]", "Registres")
	b.get("/registers/person/options?q=bla").want(200).has("[role=option][data-id=rene]", "René Blanc")
}

// TestFragments: htmx gets the part it asks for, and a refusal it can show.
func TestFragments(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.header = http.Header{"Hx-Request": {"true"}, "Sec-Fetch-Site": {"same-origin"}}
	p := b.get("/registers/asset?q=sql&col=name").want(200)
	if got := p.header.Get("HX-Replace-Url"); got != "/registers/asset?cols=name&q=sql" {
		t.Errorf("replaces the address by %q", got)
	}
	b.post("/registers/asset/check?field=created_on", url.Values{"created_on": {"bientôt"}}).want(200).has(".v-wrong", "bientôt").hasNot("body", "Registres")
	b.post("/registers/asset/check?field=created_on", url.Values{"created_on": {"1/3/2026"}}).want(200).hasNot("body", "date")
	b.post("/registers/asset/check?field=name", url.Values{"name": {""}}).want(200).has(".v-wrong", "doit être rempli")
	b.post("/registers/asset/check?field=owner", url.Values{"owner": {"Personne"}}).want(200).has(".v-wrong", "Personne")
	b.post("/registers/person/check?field=email&id=rene", url.Values{"email": {"claire@exemple.fr"}}).want(200).has(".v-wrong", "déjà pris")
	b.post("/registers/person/check?field=email&id=claire", url.Values{"email": {"claire@exemple.fr"}}).want(200).hasNot("body", "déjà pris")
	b.get("/registers/asset/records/nothing").want(404).has(".v-note", "nothing").hasNot("body", "Déconnecter")
	stranger := s.as("")
	stranger.header = b.header
	if p := stranger.get("/registers/asset?q=x"); p.header.Get("HX-Redirect") != "/login" {
		t.Errorf("a session that ended is told by %v", p.header)
	}
}
