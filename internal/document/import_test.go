package document_test

import (
	"context"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/document"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, db *store.DB) *app.App {
	t.Helper()
	if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return app.New(db, rules)
}

func by(at time.Time) register.By { return register.By{Actor: "test", At: at, Reason: "test"} }

func create(t *testing.T, a *app.App, reg *register.Register, v register.Values) {
	t.Helper()
	if err := a.Book.Write(t.Context(), by(noon), func(w *register.Writer) error {
		_, err := w.Create(t.Context(), reg, v)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, a *app.App, reg *register.Register, id string) register.Record {
	t.Helper()
	rec, err := a.Book.Get(t.Context(), reg, id, register.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func importInto(t *testing.T, a *app.App, d *document.Document, name string) *document.Imported {
	t.Helper()
	owner, err := document.FindOwner(t.Context(), a.Book, name, "FR")
	if err != nil {
		t.Fatal(err)
	}
	done, err := document.Import(t.Context(), a.Book, d, owner, by(noon))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func day(t *testing.T, s string) int64 {
	t.Helper()
	d, err := vigie.ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return int64(d)
}

// TestImport: the editions and the wording land, a second time changes nothing,
// and the yearly review is missing at once: an edition is not a review.
func TestImport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db)
		d := read(t, "policy.txt", file(t, "policy.txt"))
		done := importInto(t, a, d, "Chantier Bellerive")
		want := document.Imported{Entity: "chantier-bellerive", Edition: "ed-chantier-bellerive-3", Editions: document.Counts{Created: 3}, Statements: document.Counts{Created: 8 + 3 + 10}}
		if *done != want {
			t.Errorf("got %+v, want %+v", *done, want)
		}
		latest := get(t, a, catalog.PolicyEdition, done.Edition).Values
		for name, want := range map[string]any{
			"label": "3", "entity": "chantier-bellerive", "dated_on": day(t, "2021-04-30"), "authors": "MB", "status": "in_force", "confidentiality": int64(1),
			"approved_by_text": "Comité de sécurité", "approved_on": nil, "published_on": nil, "content_hash": d.ContentHash,
			"reason": "Modification du paragraphe 2, correction de termes et d’un renvoi au paragraphe 9.1",
		} {
			if latest[name] != want {
				t.Errorf("%s: got %v, want %v", name, latest[name], want)
			}
		}
		first := get(t, a, catalog.PolicyEdition, "ed-chantier-bellerive-1").Values
		if first["status"] != "superseded" || first["content_hash"] != nil || first["confidentiality"] != nil {
			t.Error(first)
		}
		said := get(t, a, catalog.PolicyStatement, "ed-chantier-bellerive-3:9.2.1").Values
		if said["rule"] != "9.2.1" || said["chapter"] != "Gestion des biens" || said["statement"] != "Un inventaire des biens est tenu. Il comprend :\n- le numéro de série,\n- le lieu." ||
			!strings.HasPrefix(said["objective"].(string), "Connaître chaque bien matériel.\nConnaître chaque donnée") {
			t.Error(said)
		}
		entries, err := a.Book.History(t.Context(), register.HistoryQuery{Register: "policy_edition", Limit: 100})
		if err != nil || len(entries) != 3 || entries[0].Source != document.Source {
			t.Errorf("%v %+v", err, entries)
		}

		again := importInto(t, a, read(t, "policy.docx", asDOCX(t, d)), "")
		if again.Editions != (document.Counts{Unchanged: 3}) || again.Statements != (document.Counts{Unchanged: 21}) {
			t.Errorf("again: %+v", *again)
		}

		if err := a.Engine.Tick(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		findings, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{Rule: "9.1.3", Limit: 10}, vigie.DayOf(noon))
		if err != nil || len(findings) != 1 || findings[0].Record != "chantier-bellerive" || findings[0].Reason != "never" {
			t.Errorf("%v %+v", err, findings)
		}
		p, err := a.Engine.Posture(t.Context(), vigie.DayOf(noon), noon)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rules {
			if r.Rule == "9.1.3" && r.Verdict != vigie.Deviating {
				t.Errorf("9.1.3 is %s", r.Verdict)
			}
		}
	})
}

// TestImportLater: what people decided since stays; a newer edition supersedes;
// a text that lost a rule loses its statement.
func TestImportLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db)
		text := string(file(t, "policy.txt"))
		create(t, a, catalog.Entity, register.Values{"id": "e1", "name": "Bellerive", "country": "FR", "head": true})
		create(t, a, catalog.Entity, register.Values{"id": "e2", "name": "Filiale", "country": "BE", "parent": "e1"})
		create(t, a, catalog.PolicyEdition, register.Values{"id": "other", "label": "2", "entity": "e2", "status": "in_force", "dated_on": day(t, "2020-01-01")})
		create(t, a, catalog.PolicyEdition, register.Values{"id": "mine", "label": "Ed. 1", "entity": "e1", "status": "in_force", "dated_on": day(t, "2019-02-01"), "authors": "Marie"})

		done := importInto(t, a, read(t, "policy.txt", []byte(text)), "")
		if done.Entity != "e1" || done.Editions != (document.Counts{Created: 2, Updated: 1}) {
			t.Errorf("%+v", *done)
		}
		if v := get(t, a, catalog.PolicyEdition, "mine").Values; v["status"] != "superseded" || v["authors"] != "MB" || v["dated_on"] != day(t, "2019-02-04") || v["label"] != "Ed. 1" {
			t.Error(v)
		}
		if v := get(t, a, catalog.PolicyEdition, "ed-e1-2").Values; v["label"] != "2 (e1)" {
			t.Error(v)
		}
		if v := get(t, a, catalog.PolicyEdition, "other").Values; v["status"] != "in_force" {
			t.Error(v)
		}

		// A draft is being voted: the document that announces it does not end the
		// edition in force.
		create(t, a, catalog.PolicyEdition, register.Values{"id": "ed4", "label": "4", "entity": "e1", "status": "draft", "dated_on": day(t, "2026-11-01")})
		newer := strings.Replace(text, " 1 - Objet", "\n01/11/2026 Ed. 4 MB Comité de sécurité Ajout de la règle 9.3.3 \n 1 - Objet", 1)
		newer = strings.Replace(newer, "9.3.2 La production et les essais sont séparés. \n", "", 1)
		done = importInto(t, a, read(t, "policy.txt", []byte(newer)), "Bellerive")
		if done.Edition != "ed4" || done.Editions != (document.Counts{Updated: 1, Unchanged: 3}) {
			t.Errorf("%+v", *done)
		}
		if v := get(t, a, catalog.PolicyEdition, "ed-e1-3").Values; v["status"] != "in_force" {
			t.Error(v)
		}
		done = importInto(t, a, read(t, "policy.txt", []byte(strings.Replace(newer, "9.3.1 Des audits", "9.3.4 Des audits", 1))), "")
		if done.Statements.Created != 1 || done.Statements.Deleted != 1 {
			t.Errorf("%+v", *done)
		}
	})
}

// TestImportFuture: an edition that is dated after today is a draft.
func TestImportFuture(t *testing.T) {
	a := open(t, storetest.Open(t, "sqlite"))
	d := read(t, "policy.txt", []byte("Date Version Motif\n01/01/2020 1 Création\n01/01/2027 2 Ajout\n\n1 - Objet\n\nTexte.\n"))
	importInto(t, a, d, "Acme")
	for id, want := range map[string]string{"ed-acme-1": "in_force", "ed-acme-2": "draft"} {
		if v := get(t, a, catalog.PolicyEdition, id).Values; v["status"] != want {
			t.Errorf("%s is %v", id, v["status"])
		}
	}
}

// TestImportRefused: nothing is written when something cannot be.
func TestImportRefused(t *testing.T) {
	a := open(t, storetest.Open(t, "sqlite"))
	ctx := t.Context()
	key := func(err error) string {
		if e, ok := err.(*vigie.Error); ok {
			return e.Key
		}
		return ""
	}
	if _, err := document.FindOwner(ctx, a.Book, "", "FR"); key(err) != "document.no_entity" {
		t.Error(err)
	}
	owner := document.Owner{ID: "x", Name: "X", Country: "FR", New: true}
	if _, err := document.Import(ctx, a.Book, read(t, "x.txt", []byte("1 - Objet\n\nTexte.")), owner, by(noon)); key(err) != "document.no_edition_import" {
		t.Error(err)
	}
	long := "Date Version Motif\n01/01/2020 1 Création\n\n1 - Objet\n\n" + strings.Repeat("mot ", 6000) + ".\n"
	if _, err := document.Import(ctx, a.Book, read(t, "x.txt", []byte(long)), owner, by(noon)); vigie.CodeOf(err) != vigie.Invalid {
		t.Error(err)
	}
	if _, err := document.Import(context.Background(), a.Book, read(t, "policy.txt", file(t, "policy.txt")), document.Owner{ID: "gone"}, by(noon)); vigie.CodeOf(err) != vigie.NotFound {
		t.Error(err)
	}
	for _, reg := range []string{"entity", "policy_edition", "policy_statement"} {
		if n, err := store.Count(ctx, a.DB, "SELECT COUNT(*) FROM "+reg, nil); err != nil || n != 0 {
			t.Errorf("%s: %d records, %v", reg, n, err)
		}
	}
	create(t, a, catalog.Entity, register.Values{"id": "e1", "name": "Un", "country": "FR", "head": true})
	create(t, a, catalog.Entity, register.Values{"id": "e2", "name": "Deux", "country": "FR", "head": true})
	if _, err := document.FindOwner(ctx, a.Book, "", "FR"); key(err) != "document.which_entity" {
		t.Error(err)
	}
	if _, err := document.FindOwner(ctx, a.Book, "Trois", "FR"); key(err) != "document.unknown_entity" {
		t.Error(err)
	}
	if o, err := document.FindOwner(ctx, a.Book, "DEUX", "FR"); err != nil || o.ID != "e2" || o.New {
		t.Error(o, err)
	}
}
