package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store/storetest"
)

// TestRoutesByRole: each page opens to those who hold its right and to nobody
// else.
func TestRoutesByRole(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	rights := map[string]identity.Right{"/situation": identity.SeePosture, "/traces": identity.SearchTraces, "/traces/pack": identity.SearchTraces, "/traces/live": identity.SearchTraces, "/traces/senders": identity.SearchTraces, "/traces/views": identity.SearchTraces, "/traces/views/{view}/delete": identity.SearchTraces, "/situation/ahead": identity.SeePosture, "/accounts/{id}/link": identity.ManageUsers, "/rules": identity.SeePosture, "/rules/{id}": identity.SeePosture, "/findings": identity.SeePosture,
		"/findings/export": identity.SeePosture, "/findings/{seq}/waive": identity.Waive, "/findings/assign": identity.Assign, "/parameters": identity.SeePosture, "/parameters/{name}": identity.SeePosture,
		"/accounts": identity.ManageUsers, "/accounts/{id}/renew": identity.ManageUsers, "/accounts/{id}/disable": identity.ManageUsers, "/trail": identity.SeeTrail, "/policy/vote": identity.Waive,
		"/registers/{name}/import": identity.Import, "/registers/{name}/import/{upload}": identity.Import, "/registers/{name}/import/{upload}/progress": identity.Import}
	holders := map[identity.Right]string{identity.SeePosture: "ciso reader nord committee", identity.SearchTraces: "ciso reader committee", identity.Waive: "committee", identity.Assign: "ciso committee", identity.SetParameter: "committee", identity.ManageUsers: "admin",
		identity.Import: "ciso nord committee", identity.SeeTrail: "ciso reader committee admin"}
	seq := strconv.FormatInt(s.anyFinding().Seq, 10)
	seen := map[string]bool{}
	for _, rt := range routes {
		right, ok := rights[rt.path]
		if !ok {
			continue
		}
		seen[rt.path] = true
		if rt.path == "/parameters/{name}" && rt.method == "POST" {
			right = identity.SetParameter
		}
		name := "asset_review_days"
		if strings.HasPrefix(rt.path, "/registers/") {
			name = "acknowledgement" // which employees and suppliers write, and import nothing into
		}
		path := strings.NewReplacer("{id}", map[bool]string{true: "9.2.3", false: "nobody"}[strings.HasPrefix(rt.path, "/rules")], "{seq}", seq, "{name}", name, "{upload}", "x", "{view}", "none").Replace(rt.path)
		for who := range s.users {
			var p *page
			if rt.method == "GET" {
				p = s.as(who).get(path)
			} else {
				p = s.as(who).post(path, url.Values{})
			}
			in := strings.Contains(" "+holders[right]+" ", " "+who+" ")
			if in == (p.status == 403) {
				t.Errorf("%s %s answers %d to %s", rt.method, path, p.status, who)
			}
		}
	}
	for path := range rights {
		if !seen[path] {
			t.Errorf("no page at %s", path)
		}
	}
}

// anyFinding is an open finding of the small company: its servers have no backup
// plan.
func (s *site) anyFinding() control.Finding {
	s.t.Helper()
	list, _, err := s.app.Engine.Findings(context.Background(), control.FindingQuery{Rule: "9.9.1", Register: "asset", Record: "srv-1"}, vigie.DayOf(noon))
	if err != nil || len(list) == 0 {
		s.t.Fatal("srv-1 has no finding of 9.9.1", err)
	}
	return list[0]
}

// TestHome: everyone lands on the page that serves them.
func TestHome(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	for who, title := range map[string]string{"ciso": "Situation", "reader": "Situation", "employee": "Pour moi", "admin": "Comptes"} {
		s.as(who).get("/").want(200).has("h1", title)
	}
}

// TestSituation: the whole company at a glance, today and on a past day.
func TestSituation(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.as("ciso").get("/situation").want(200)
		p.has(".v-tile", "non conforme").has("#chapters", "Chapitres").has("th", "9.9 Sauvegarde").has("td", "SQL 1")
		if n := len(find(p.doc, "svg.v-chart rect")); n == 0 {
			t.Error("the trend is empty")
		}
		s.as("ciso").get("/situation?on=2026-01-05").want(200).hasNot(".v-tile", "non conforme").has(".v-quiet", "Aucun écart")
	})
}

// TestRulePage: a rule says its verdict, who must act, what was looked at.
func TestRulePage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("reader").get("/rules?q=sauvegarde&verdict=deviating").want(200).has("th a", "9.9.1").hasNot("th a", "9.2.1")
		p := s.as("reader").get("/rules/9.9.1").want(200)
		p.has("h1", "9.9.1").has("td", "SQL 1").has("h3", "Plan de sauvegarde").has("pre", "SELECT").has("dt", "sauvegarde").hasNot("td a", "Déroger")
		s.as("reader").get("/rules/12.1").want(404)
		s.as("reader").get("/rules/9.9.1?after=x").want(422)
	})
}

// TestFindings: the list obeys its filters, and so does the file.
func TestFindings(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("ciso").get("/findings?chapter=9.9&covered=no&order=urgent").want(200).has("td", "SQL 1").hasNot("td", "9.2.3")
		s.as("ciso").get("/findings?rule=nothing").want(200).has(".v-quiet", "Aucun écart")
		s.as("ciso").get("/findings?chapter=77").want(404)
		p := s.as("ciso").get("/findings/export?rule=9.9.1").want(200)
		lines := strings.Split(strings.TrimSpace(p.body), "\r\n")
		if !strings.HasPrefix(lines[0], "\ufeffRègle;Registre;Identifiant") || !strings.Contains(p.body, "9.9.1;asset;srv-1;SQL 1;") || strings.Contains(p.body, "\r\n9.2.") {
			t.Errorf("the file holds %q", lines[:min(len(lines), 3)])
		}
		s.as("ciso").get("/trail?kind=export").want(200).has("td", "finding")
	})
}

// TestExcludedFindings: what an excluded rule finds is asked of nobody: it is out of
// the list, its groups and its file, and a filter or the name of the rule shows it.
func TestExcludedFindings(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		b.get("/findings?register=asset&chapter=9.9").want(200).has("td", "SQL 1")
		s.as("nord").get("/me").want(200).has("td a", "9.9.1")
		err := s.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", At: noon}, func(w *register.Writer) error {
			return w.Put(t.Context(), catalog.Exclusion, "x1", register.Values{"rule": "9.9.1", "reason": "Hors périmètre", "decided_by": "paul", "starts_on": int64(vigie.DayOf(noon)), "ends_on": int64(vigie.DayOf(noon)) + 30})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/findings", "/findings?order=urgent", "/findings?who=nora", "/situation"} {
			b.get(path).want(200).hasNot("td a", "9.9.1")
		}
		s.as("nord").get("/me").want(200).hasNot("td a", "9.9.1")
		b.get("/findings?group=rule").want(200).hasNot("th a", "9.9.1")
		b.get("/findings?group=rule&excluded=all").want(200).has("th a[href=/findings?excluded=all&rule=9.9.1]", "9.9.1")
		b.get("/findings?excluded=only").want(200).has("tr", "9.9.1", "SQL 1", "Règle sans objet").hasNot("td a", "9.2.3").hasNot("td a", "Attribuer").has("option[value=only][selected]", "")
		b.get("/findings?rule=9.9.1").want(200).has("tr", "SQL 1", "Règle sans objet")
		b.get("/rules/9.9.1").want(200).has("tr", "SQL 1", "Règle sans objet")
		b.get("/registers/asset/records/srv-1").want(200).has(".v-finding", "Règle sans objet")
		if p := b.get("/findings/export").want(200); strings.Contains(p.body, "9.9.1;") {
			t.Error("the file holds what an excluded rule finds")
		}
		if p := b.get("/findings/export?excluded=all").want(200); !strings.Contains(p.body, "9.9.1;") {
			t.Error("the file that was asked with excluded rules is without them")
		}
		b.get("/findings?chapter=9.9&on=2026-11-20").want(200).has("td", "SQL 1") // when it applied
	})
}

// TestFindingGroups: findings are counted by who acts, team, entity and rule, and
// each group leads to its findings.
func TestFindingGroups(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		b.get("/findings?group=rule").want(200).has("th a", "9.9.1").has("th a[href=/findings?rule=9.9.1]", "")
		b.get("/findings?group=who&rule=9.9.1").want(200).has("tr", "Nora Nord", "1").has("a[href=/findings?rule=9.9.1&who=nora]", "Nora")
		b.get("/findings?rule=9.9.1&who=nora").want(200).has("td", "Nord 1").hasNot("td", "SQL 1")
		b.get("/findings?rule=9.9.1&who=Nora+Nord").want(200).has("td", "Nord 1").hasNot("td", "SQL 1")
		b.get("/findings?group=entity&rule=9.9.1").want(200).has("tr", "Nord", "1").has("tr", "Sud", "2")
		b.get("/findings?rule=9.9.1&entity=nord").want(200).has("td", "Nord 1").hasNot("td", "SQL 1")
		b.get("/findings?group=team&rule=9.9.1").want(200).has("tr", "Aucun service", "3").has("a[href=/findings?rule=9.9.1&team=-]", "Aucun")
		b.get("/findings?rule=9.9.1&team=-&who=rene").want(200).has("td", "Fichiers")
		b.get("/findings?who=personne").want(200).has("[data-wrong]", "personne").has(".v-quiet", "Aucun écart")
		b.get("/findings?late=1&rule=9.9.1&order=urgent").want(200).has("td", "en retard")
		b.get("/findings?group=colour").want(422)
		if p := b.get("/findings/export?rule=9.9.1&who=nora").want(200); strings.Contains(p.body, "SQL 1") || !strings.Contains(p.body, "Nord 1") {
			t.Errorf("the file holds %q", p.body)
		}
	})
}

// TestAssign: findings are given to a person, who is then the one who acts, and
// given back.
func TestAssign(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		seq := strconv.FormatInt(s.anyFinding().Seq, 10)
		b.get("/findings?rule=9.9.1").want(200).has("td a", "Attribuer").has("form[data-choose] input[name=id]", "")
		b.get("/findings/assign?id="+seq+"&back=/findings%3Frule%3D9.9.1").want(200).has("li", "SQL 1")
		b.post("/findings/assign", url.Values{"id": {seq}, "person": {"Personne"}}).want(422).has("[data-wrong]", "Personne")
		b.post("/findings/assign", url.Values{"id": {seq}, "person": {" "}}).want(422).has("[data-wrong]", "")
		b.post("/findings/assign", url.Values{"person": {"Emma Neuve"}}).want(422)
		b.post("/findings/assign", url.Values{"id": {"999999"}, "person": {"Emma Neuve"}}).want(404)
		p := b.post("/findings/assign", url.Values{"id": {seq}, "person": {"Emma Neuve"}, "note": {"Avant Noël"}, "back": {"/findings?rule=9.9.1"}}).want(200)
		p.has(".v-note-good", "attribué").has("td", "Emma Neuve", "attribué")
		s.as("employee").get("/me").want(200).has("td", "SQL 1").has("td", "Avant Noël")
		b.get("/findings?rule=9.9.1&who=emma").want(200).has("td", "SQL 1")
		b.post("/findings/assign", url.Values{"id": {seq}, "person": {"René"}, "person.id": {"rene"}}).want(200)
		s.as("employee").get("/me").want(200).hasNot("td", "SQL 1")
		b.get("/findings/assign?id="+seq).want(200).has("button", "Rendre")
		b.post("/findings/assign", url.Values{"id": {seq}, "release": {"yes"}, "back": {"https://elsewhere.example/"}}).want(200).has(".v-note-good", "").hasNot("td", "attribué")
		s.as("reader").post("/findings/assign", url.Values{"id": {seq}, "person": {"Emma Neuve"}}).want(403)
	})
}

// TestWaive: the committee covers a finding, with a reason, a compensation and an
// end; the finding stays in sight.
func TestWaive(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		path := "/findings/" + strconv.FormatInt(s.anyFinding().Seq, 10) + "/waive"
		b := s.as("committee")
		b.get("/rules/9.9.1").want(200).has("td a", "Déroger")
		b.get(path).want(200).has("strong", "SQL 1")
		good := url.Values{"reason": {"Machine retirée en janvier"}, "compensation": {"Copie quotidienne à la main"}, "ends_on": {"2027-01-31"}}
		for name, bad := range map[string]string{"reason": " ", "compensation": "", "ends_on": "2026-11-25"} {
			form := url.Values{}
			for k, v := range good {
				form[k] = v
			}
			form.Set(name, bad)
			b.post(path, form).want(422).has("#f-"+name+"-wrong", "").has("[data-wrong] [name="+name+"]", "")
		}
		b.post(path, url.Values{"reason": good["reason"], "compensation": good["compensation"], "ends_on": {"2040-01-01"}}).want(422).has("[data-wrong]", "au plus tard")
		b.post(path, good).want(200).has(".v-note-good", "dérogation").has("td", "Sous dérogation").has("li", "Machine retirée")
		s.as("ciso").get("/findings?rule=9.9.1&covered=yes").want(200).has("td", "SQL 1")
		if f := s.anyFinding(); f.Waiver == "" {
			t.Error("the finding is not covered")
		}
		b.get("/findings/999999/waive").want(404)
	})
}

// TestParameters: another value is tried before it is set, stays in its bounds,
// and rules are judged by it at once.
func TestParameters(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("committee")
		b.get("/parameters?q=revues").want(200).has("th", "revues d’un bien")
		b.get("/parameters?set=1").want(200).has(".v-quiet", "Aucun paramètre")
		b.get("/parameters/nothing").want(404)
		s.as("reader").get("/parameters/sensitive_level").want(200).hasNot("h2", "Changer")
		b.get("/parameters/sensitive_level").want(200).has("dd", "niveau 3")
		b.post("/parameters/sensitive_level", url.Values{"value": {"4"}}).want(200).has("td a", "9.").has("dd", "niveau 3")
		for _, bad := range []string{"9", "x", ""} {
			b.post("/parameters/sensitive_level", url.Values{"value": {bad}, "set": {"1"}, "reason": {"Décision"}}).want(422).has("[data-wrong]", "La valeur va de")
		}
		b.post("/parameters/sensitive_level", url.Values{"value": {"4"}, "set": {"1"}}).want(422).has("[data-wrong] [name=reason]", "")
		b.post("/parameters/sensitive_level", url.Values{"value": {"4"}, "set": {"1"}, "reason": {"Décision du 25 novembre"}}).want(200).has("dd", "niveau 4").has(".v-note-good", "fixé")
		b.post("/parameters/sensitive_level", url.Values{"value": {"3"}, "set": {"1"}, "reason": {"Retour en arrière"}}).want(200).has("dd", "niveau 3")
		b.get("/parameters?set=1").want(200).has("td", "niveau 3")
	})
}

// TestMe: everyone sees what they must do and what they hold, and nothing of
// others.
func TestMe(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("nord").get("/me").want(200).has("dd", "équipe informatique").has("li a", "Nord 1").hasNot("li a", "SQL 1").has("td", "Nord 1")
		s.as("employee").get("/me").want(200).has("dd", "salarié").hasNot("td", "SQL 1")
		s.as("admin").get("/me").want(200).has(".v-note", "relié à personne")
	})
}

// TestAccounts: an administrator invites, renews and closes; the link is shown
// once and opens once.
func TestAccounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("admin")
		s.as("employee").get("/me").want(200)
		s.as("ciso").get("/me").want(200)
		b.post("/accounts", url.Values{"email": {"nobody"}, "name": {""}}).want(422).has("[data-wrong] [name=email]", "").has("[data-wrong] [name=name]", "")
		b.post("/accounts", url.Values{"email": {"ada@exemple.fr"}, "name": {"Ada"}, "auditor_until": {"2020-01-01"}}).want(422).has("[data-wrong]", "date à venir")
		b.post("/accounts", url.Values{"email": {"emma@exemple.fr"}, "name": {"Emma"}}).want(409).has(".v-note-bad", "déjà un compte")
		p := b.post("/accounts", url.Values{"email": {"ada@exemple.fr"}, "name": {"Ada"}}).want(200).has(".v-note-good", "ada@exemple.fr").has("td", "invité")
		link := text(find(p.doc, ".v-note-good code")[0])
		s.as("").get(link[strings.Index(link, "/welcome/"):]).want(200)
		b.get("/accounts").want(200).hasNot("code", "/welcome/")
		users, err := s.accounts.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]string{}
		for _, u := range users {
			ids[u.Email] = u.ID
		}
		b.post("/accounts/"+ids["emma@exemple.fr"]+"/renew", nil).want(200).has(".v-note-good", "emma@exemple.fr")
		s.as("employee").get("/me").has("h1", "Connexion") // the session is over
		b.post("/accounts/"+ids["claire@exemple.fr"]+"/disable", nil).want(200).has(".v-note-good", "fermé")
		s.as("ciso").get("/me").has("h1", "Connexion")
		b.post("/accounts/"+ids["admin@exemple.fr"]+"/disable", nil).want(409)
		b.post("/accounts/nobody/disable", nil).want(404)
		b.get("/trail?q=claire&kind=disabled").want(200).has("td", "compte fermé").has("td", "admin@exemple.fr")
	})
}

// TestSensitiveReading: reading a record of confidentiality 3 or 4 leaves a
// trace.
func TestSensitiveReading(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("ciso").get("/registers/asset/records/srv-1").want(200) // its confidentiality is 2
		s.as("ciso").get("/trail?kind=read").want(200).has("p", "Rien ne correspond")
		err := s.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", At: noon}, func(w *register.Writer) error {
			_, err := w.Update(t.Context(), catalog.Asset, "srv-1", 1, register.Values{"c": int64(4)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s.as("ciso").get("/registers/asset/records/srv-1").want(200)
		s.as("ciso").get("/trail?kind=read").want(200).has("td", "asset/srv-1 4").has("td", "claire@exemple.fr")
	})
}

// TestNamedReader: a document of confidentiality 3 opens to who is named to read it,
// an employee too, and to nobody else who is not cleared; the reading leaves a trace.
func TestNamedReader(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		err := s.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", At: noon}, func(w *register.Writer) error {
			err := w.Put(t.Context(), catalog.Document, "plan", register.Values{"title": "Plan du réseau", "kind": "architecture", "entity": "sud", "confidentiality": int64(3)})
			if err == nil {
				err = w.Put(t.Context(), catalog.DocumentReader, "lecteur", register.Values{"document": "plan", "person": "emma", "starts_on": int64(vigie.DayOf(noon)) - 1})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		const path = "/registers/document/records/plan"
		s.as("employee").get(path).want(200).has("h1", "Plan du réseau")
		s.as("employee").get("/registers/document").want(200).has("td", "Plan du réseau")
		s.as("ciso").get("/trail?kind=read").want(200).has("td", "document/plan 3").has("td", "emma@exemple.fr")
		for _, who := range []string{"nord", "reader", "supplier"} {
			s.as(who).get(path).want(map[string]int{"nord": 404, "reader": 404, "supplier": 403}[who])
			s.as(who).get("/search?q=plan").want(200).hasNot("a", "Plan du réseau")
		}
		s.as("nord").get("/registers/document").want(200).hasNot("td", "Plan du réseau")
		s.as("nord").get("/findings?excluded=all").want(200).hasNot("td", "Plan du réseau")
		// Who may not read it does not name himself among its readers.
		s.as("nord").post("/registers/document_reader/new", url.Values{"document": {"plan"}, "document.id": {"plan"}, "person": {"Nora Nord"}, "starts_on": {"2026-11-01"}}).want(422)
		s.as("nord").get(path).want(404)
		s.as("ciso").get(path).want(200).has("a", "Modifier")
	})
}

// TestReadsAllChangesOwn: an auditor who owns an asset changes that asset and no
// other, although every asset is shown.
func TestReadsAllChangesOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		until := vigie.DayOf(noon) + 30
		s.people["rene"] = s.signIn(s.accounts, identity.User{Email: "rene@exemple.fr", Name: "René Blanc", AuditorUntil: &until})
		b := s.as("rene") // who owns srv-2
		b.get("/registers/asset/records/srv-2").want(200).has("a", "Modifier")
		b.get("/registers/asset/records/srv-1").want(200).hasNot("a", "Modifier").hasNot("a", "Supprimer")
		b.get("/registers/asset/records/srv-1/edit").want(403)
		b.get("/registers/asset/records/srv-1/delete").want(403)
		b.post("/registers/asset/records/srv-1/edit", url.Values{"version": {"1"}, "name": {"Pris"}}).want(403)
		b.post("/registers/asset/records/srv-1/delete", url.Values{"version": {"1"}, "reason": {"Pris"}}).want(403)
		b.post("/registers/asset/bulk", url.Values{"id": {"srv-1"}, "field": {"serial"}, "value": {"PRIS"}, "version": {"1"}, "step": {"apply"}, "reason": {"Pris"}})
		b.upload("/registers/asset/import", "biens.csv", []byte("id;name\nsrv-1;Pris\n"), nil)
		b.get("/registers/asset/records/srv-1").want(200).has("h1", "SQL 1").hasNot("dd", "PRIS")
		b.post("/registers/asset/records/srv-2/edit", url.Values{"version": {"1"}, "name": {"Fichiers de René"}, "kind": {"server"}, "entity": {"Sud"}, "entity.id": {"sud"}, "status": {"in_service"}, "owner": {"René Blanc"}, "owner.id": {"rene"}, "created_on": {"2024-05-02"}}).want(200).has("h1", "Fichiers de René")
	})
}
