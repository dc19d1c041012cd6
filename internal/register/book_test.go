package register_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

var by = register.By{Actor: "ana", Source: "test", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}

// each runs fn on both engines, over books without watcher that hold two
// entities and a person.
func each(t *testing.T, fn func(t *testing.T, b *register.Book)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tables := register.Tables()
		for _, r := range catalog.All() {
			tables = append(tables, r.Table())
		}
		if err := store.Migrate(t.Context(), db, 1, tables); err != nil {
			t.Fatal(err)
		}
		b := register.NewBook(db, catalog.All(), nil)
		create(t, b, catalog.Entity, register.Values{"id": "fr", "name": "Alpha", "country": "FR"})
		create(t, b, catalog.Entity, register.Values{"id": "be", "name": "Bêta", "country": "BE"})
		create(t, b, catalog.Person, register.Values{"id": "ana", "name": "Ana", "email": "ana@example.org", "kind": "employee", "entity": "fr", "uses_is": true, "first_day": int64(20000)})
		fn(t, b)
	})
}

func create(t *testing.T, b *register.Book, r *register.Register, v register.Values) string {
	t.Helper()
	var id string
	err := b.Write(t.Context(), by, func(w *register.Writer) (err error) {
		id, err = w.Create(t.Context(), r, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func asset(id, name, entity string) register.Values {
	return register.Values{"id": id, "name": name, "kind": "server", "entity": entity, "status": "in_service", "created_on": int64(20000)}
}

// TestHistory: who, when, from which source, old and new values.
func TestHistory(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		create(t, b, catalog.Asset, asset("srv", "SQL 1", "fr"))
		later := by
		later.Actor, later.At, later.Reason = "léo", by.At.Add(time.Hour), "moved"
		if err := b.Write(t.Context(), later, func(w *register.Writer) error {
			_, err := w.Update(t.Context(), catalog.Asset, "srv", 1, register.Values{"entity": "be", "d": int64(3), "name": "SQL 1"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		h, err := b.History(t.Context(), register.HistoryQuery{Register: "asset", Record: "srv"})
		if err != nil || len(h) != 2 {
			t.Fatal(h, err)
		}
		if h[0].Actor != "léo" || !h[0].At.Equal(later.At) || h[0].Reason != "moved" || fmt.Sprint(h[0].Changes) != "map[d:[<nil> 3] entity:[fr be]]" {
			t.Errorf("history says %+v", h[0])
		}
		if h[1].Action != "create" || h[1].Changes["family"] != [2]any{nil, "hardware"} {
			t.Errorf("history says %+v", h[1])
		}
	})
}

// TestTwoWriters: the second is refused, and told what the first changed.
func TestTwoWriters(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		create(t, b, catalog.Asset, asset("srv", "SQL 1", "fr"))
		save := func(actor string, v register.Values) error {
			who := by
			who.Actor = actor
			return b.Write(t.Context(), who, func(w *register.Writer) error {
				_, err := w.Update(t.Context(), catalog.Asset, "srv", 1, v)
				return err
			})
		}
		if err := save("ana", register.Values{"name": "SQL one"}); err != nil {
			t.Fatal(err)
		}
		err := save("léo", register.Values{"name": "SQL un"})
		e, ok := errors.AsType[*vigie.Error](err)
		if !ok || e.Code != vigie.Conflict || e.Args[0] != "ana" || len(e.Fields) != 1 || fmt.Sprint(e.Fields[0].Args) != "[SQL 1 SQL one]" {
			t.Fatalf("second writer: %v", err)
		}
	})
}

// TestRefusals: what no register may hold, each with the field at fault.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		for name, c := range map[string]struct {
			register *register.Register
			values   register.Values
			want     string
		}{
			"required":        {catalog.Asset, register.Values{"name": "x"}, "kind: field.required"},
			"unknown record":  {catalog.Asset, asset("a", "x", "nowhere"), "entity: field.no_record"},
			"taken":           {catalog.Entity, register.Values{"name": "Alpha", "country": "FR"}, "name: field.taken"},
			"id with a slash": {catalog.Asset, asset("a/b", "x", "fr"), "id: field.id"},
		} {
			err := b.Write(t.Context(), by, func(w *register.Writer) error {
				_, err := w.Create(t.Context(), c.register, c.values)
				return err
			})
			if vigie.CodeOf(err) != vigie.Invalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
		err := b.Write(t.Context(), register.By{At: by.At, Reason: "closed"}, func(w *register.Writer) error {
			return w.Delete(t.Context(), catalog.Entity, "fr", 0)
		})
		if vigie.CodeOf(err) != vigie.Conflict {
			t.Errorf("an entity that a person names was deleted: %v", err)
		}
		err = b.Write(t.Context(), by, func(w *register.Writer) error { return w.Delete(t.Context(), catalog.Entity, "be", 0) })
		if vigie.CodeOf(err) != vigie.Invalid {
			t.Errorf("deleted without a reason: %v", err)
		}
	})
}

// TestList: pages in both orders, search, filters and scope choose the same
// records whatever the way they are looked up.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		err := b.Write(t.Context(), by, func(w *register.Writer) error {
			for i := range 2500 {
				v := asset(fmt.Sprintf("a%04d", i), fmt.Sprintf("Serveur n°%d", i%100), map[bool]string{true: "fr", false: "be"}[i%5 != 0])
				v["d"] = int64(i % 5)
				if i%7 == 0 {
					v["name"] = fmt.Sprintf("Serveurs SQL n°%d", i%100)
				}
				if i%500 == 0 {
					v["status"], v["name"] = "stock", "Réserve éteinte"
				}
				if _, err := w.Create(t.Context(), catalog.Asset, v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		walk := func(q register.ListQuery) (ids []string) {
			for {
				p, err := b.List(t.Context(), catalog.Asset, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range p.Records {
					ids = append(ids, r.ID)
				}
				if p.Next == "" {
					return ids
				}
				q.After = p.Next
			}
		}
		for name, c := range map[string]struct {
			q    register.ListQuery
			want int
		}{
			"everything":      {register.ListQuery{Limit: 400}, 2500},
			"by id, reversed": {register.ListQuery{Limit: 400, Sort: "-id"}, 2500},
			"rare value":      {register.ListQuery{Filters: []register.Filter{{Field: "status", Value: "stock"}}}, 5},
			"frequent value":  {register.ListQuery{Limit: 500, Filters: []register.Filter{{Field: "status", Value: "in_service"}}}, 2495},
			"range":           {register.ListQuery{Limit: 500, Filters: []register.Filter{{Field: "d", Range: true, From: int64(3)}}}, 1000},
			"unknown":         {register.ListQuery{Filters: []register.Filter{{Field: "owner"}}, Limit: 500}, 2500},
			"search, accents": {register.ListQuery{Search: "RESERVE étei"}, 5},
			"search, common":  {register.ListQuery{Search: "serv", Limit: 500}, 2495},
			"two common":      {register.ListQuery{Search: "serv n", Limit: 70}, 2495},
			"common, scoped":  {register.ListQuery{Search: "serv", Limit: 70, Scope: b.Scope([]string{"be"})}, 495},
			"common, other":   {register.ListQuery{Search: "serv", Limit: 30, Filters: []register.Filter{{Field: "d", Range: true, From: int64(4)}}}, 500},
			"common, sorted":  {register.ListQuery{Search: "serv", Limit: 70, Sort: "-id"}, 2495},
			"several forms":   {register.ListQuery{Search: "s", Limit: 70}, 2495},
			"search by id":    {register.ListQuery{Search: "a0042"}, 1},
			"scope":           {register.ListQuery{Limit: 500, Scope: b.Scope([]string{"be"})}, 500},
			"hostile search":  {register.ListQuery{Search: `%_' OR 1=1 --`}, 0},
		} {
			got := walk(c.q)
			if len(got) != c.want {
				t.Errorf("%s: %d records, want %d", name, len(got), c.want)
			}
			slices.Sort(got)
			if len(slices.Compact(got)) != c.want {
				t.Errorf("%s: a record comes twice", name)
			}
			if n, err := b.Count(t.Context(), catalog.Asset, c.q, 10000); err != nil || int(n) != c.want {
				t.Errorf("%s: counted %d (%v), want %d", name, n, err, c.want)
			}
		}
		for _, q := range []register.ListQuery{{After: "zzz"}, {Sort: "nothing"}, {Filters: []register.Filter{{Field: "id; DROP TABLE asset", Value: "x"}}}} {
			if _, err := b.List(t.Context(), catalog.Asset, q); vigie.CodeOf(err) != vigie.Invalid {
				t.Errorf("%+v: %v", q, err)
			}
		}
		// A scope hides records, and what hangs from them.
		if _, err := b.Get(t.Context(), catalog.Asset, "a0001", b.Scope([]string{"be"})); vigie.CodeOf(err) != vigie.NotFound {
			t.Error("a record of another entity was shown:", err)
		}
	})
}

// TestImport: encodings, separators, French dates, references by name, three
// strategies, preview, and undo of the whole.
func TestImport(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		run := func(file string, strategy register.Strategy, preview bool) *register.Result {
			t.Helper()
			res, err := b.Import(t.Context(), register.Import{Register: catalog.Asset, File: strings.NewReader(file), Name: "parc.csv", Strategy: strategy, Preview: preview}, by)
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		count := func() int64 {
			n, err := b.Count(t.Context(), catalog.Asset, register.ListQuery{}, 1000)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		file := "Nom;Nature;Entité;Propriétaire;État;Créé le;DIMA (heures);Couleur\r\nSQL 1;Serveur;Alpha;ana@example.org;En service;01/03/2024;1 500;bleu\r\nBêta 2;serveur;Bêta;;en service;2 mars 2024;;vert\r\n"
		latin1 := strings.NewReplacer("é", "\xe9", "É", "\xc9", "ê", "\xea").Replace(file)

		res := run(latin1, register.Stop, true)
		if len(res.Errors) > 0 || res.Created != 2 || res.Encoding != "windows-1252" || res.Separator != ";" || fmt.Sprint(res.Ignored) != "[Couleur]" || len(res.Sample) != 2 || count() != 0 {
			t.Fatalf("preview: %+v, %d assets", res, count())
		}
		res = run(latin1, register.Stop, false)
		if res.Created != 2 || res.Batch == "" || count() != 2 {
			t.Fatalf("import: %+v", res)
		}
		page, _ := b.List(t.Context(), catalog.Asset, register.ListQuery{})
		first := page.Records[1].Values
		if page.Records[0].Values["name"] != "Bêta 2" || first["owner"] != "ana" || first["dima_hours"] != int64(1500) || first["created_on"] != int64(19783) || first["entity"] != "fr" {
			t.Fatalf("imported: %v", page.Records)
		}
		if res := run(file, register.Stop, false); len(res.Errors) != 2 || res.Errors[0].Key != "import.exists" || res.Errors[0].Line != 2 {
			t.Errorf("stop: %+v", res)
		}
		if res := run(file, register.Skip, false); res.Skipped != 2 {
			t.Errorf("skip: %+v", res)
		}
		moved := strings.Replace(file, "SQL 1;Serveur;Alpha", "SQL 1;Serveur;Bêta", 1)
		change := run(moved, register.Update, false)
		if change.Updated != 1 || change.Unchanged != 1 || fmt.Sprint(change.Sample[0].Changes) != "map[entity:[fr be]]" {
			t.Errorf("update: %+v", change)
		}
		// The older import cannot be undone before the newer one.
		if _, err := b.Undo(t.Context(), res.Batch, by); vigie.CodeOf(err) != vigie.Conflict {
			t.Error("undo under a later change:", err)
		}
		for _, batch := range []string{change.Batch, res.Batch} {
			if _, err := b.Undo(t.Context(), batch, by); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Undo(t.Context(), res.Batch, by); vigie.CodeOf(err) != vigie.Conflict {
			t.Error("undone twice:", err)
		}
		if count() != 0 {
			t.Error("undo left records")
		}
		// Nothing is half imported: one bad line refuses the file, and says where.
		bad := file + "SQL 3;Serveur;Gamma;;En service;31/02/2024;12,5;rouge\r\n"
		res = run(bad, register.Stop, false)
		if count() != 0 || len(res.Errors) != 3 {
			t.Fatalf("bad line: %+v", res)
		}
		for i, want := range []string{"4 Entité import.no_record", "4 Créé le field.date", "4 DIMA (heures) field.integer"} {
			if e := res.Errors[i]; fmt.Sprint(e.Line, " ", e.Column, " ", e.Key) != want {
				t.Errorf("error %+v, want %s", e, want)
			}
		}
	})
}

// TestHostileFiles: a clear error, nothing kept, and memory stays bounded.
func TestHostileFiles(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		head := "Nom;Nature;Entité;État;Créé le\n"
		for name, c := range map[string]struct{ file, want string }{
			"empty":             {" \n\n", "import.empty"},
			"endless line":      {head + strings.Repeat("x", 3<<20), "import.line_too_long"},
			"endless quotes":    {head + `"` + strings.Repeat("x\n", 2<<20), "import.line_too_long"},
			"NUL":               {head + "SQL\x00;Serveur;Alpha;En service;01/01/2024\n", "import.nul"},
			"broken quotes":     {head + "\"SQL\"1;Serveur;Alpha;En service;01/01/2024\n", "import.quotes"},
			"more cells":        {head + "SQL;Serveur;Alpha;En service;01/01/2024;x\n", "import.more_cells"},
			"nothing known":     {"a;b\n1;2\n", "import.no_column"},
			"same column twice": {"Nom;Name\nx;y\n", "import.twice"},
			"PDF":               {"%PDF-1.7 …", "import.not_table"},
			"truncated XLSX":    {"PK\x03\x04 not a zip", "import.bad_xlsx"},
			"old Excel":         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "import.old_excel"},
		} {
			res, err := b.Import(t.Context(), register.Import{Register: catalog.Asset, File: strings.NewReader(c.file)}, by)
			said := ""
			if e, ok := errors.AsType[*vigie.Error](err); ok {
				said = e.Key
			} else if err == nil && len(res.Errors) > 0 {
				said = res.Errors[0].Key
			}
			if said != c.want {
				t.Errorf("%s: %q (%v), want %s", name, said, err, c.want)
			}
		}
		// A formula is kept as text, and goes out disarmed.
		res, err := b.Import(t.Context(), register.Import{Register: catalog.Asset, File: strings.NewReader(head + "\"=cmd|' /C calc'!A0\";Serveur;Alpha;En service;01/01/2024\n")}, by)
		if err != nil || res.Created != 1 {
			t.Fatal(res, err)
		}
		var out bytes.Buffer
		if err := b.ExportCSV(t.Context(), &out, catalog.Asset, register.ListQuery{}, vigie.FR); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), ";'=cmd|") {
			t.Error("the formula is alive:", out.String())
		}
		// What goes out comes back in unchanged, in both forms.
		var book bytes.Buffer
		if err := b.ExportXLSX(t.Context(), &book, catalog.Asset, register.ListQuery{}, vigie.EN); err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{out.Bytes(), book.Bytes()} {
			res, err := b.Import(t.Context(), register.Import{Register: catalog.Asset, File: bytes.NewReader(data), Strategy: register.Update}, by)
			if err != nil || len(res.Errors) > 0 || res.Unchanged != 1 {
				t.Errorf("round trip: %+v %v", res, err)
			}
		}
	})
}

// TestDecimals: one decimal, with a comma or a point, and nothing rounded.
func TestDecimals(t *testing.T) {
	f := catalog.Vulnerability.Field("score")
	for text, want := range map[string]any{"9,8": int64(98), "9.8": int64(98), "10": int64(100), "1 234,50": int64(12345), "-0,5": int64(-5), "9,85": nil, "1.234,5": nil, "neuf": nil, "99999999999999999999": nil} {
		got, fault := f.Parse(text)
		if got != want || (fault == nil) != (want != nil) {
			t.Errorf("%s: %v %v, want %v", text, got, fault, want)
		}
	}
	if s := f.Format(int64(98), vigie.FR); s != "9,8" {
		t.Error(s)
	}
	if s, err := json.Marshal(f.JSON(int64(-5))); err != nil || string(s) != "-0.5" {
		t.Error(string(s), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"01/03/2026", "1er mars 2026", "1 500,00", "oui", "\xff", "3", "2026-03-01T08:30:00Z", "ana@example.org", strings.Repeat("9", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range []*register.Register{catalog.Asset, catalog.Person, catalog.Account, catalog.Vulnerability} {
			for _, field := range r.Fields {
				v, fault := field.Parse(s)
				if fault != nil && v != nil {
					t.Errorf("%s: both a value and a fault", field.Name)
				}
				if v != nil { // what was accepted is shown and read back the same
					again, fault := field.FromJSON(field.JSON(v))
					if n, ok := field.JSON(v).(json.Number); ok {
						again, fault = field.Parse(n.String())
					}
					if n, ok := field.JSON(v).(int64); ok {
						again, fault = field.Parse(fmt.Sprint(n))
					}
					if fault != nil || again != v {
						t.Errorf("%s: %q gives %v, read back as %v", field.Name, s, v, again)
					}
				}
			}
		}
	})
}

func FuzzImport(f *testing.F) {
	f.Add([]byte("Nom;Nature\nSQL;Serveur\n"))
	f.Add([]byte("\xff\xfeN\x00o\x00m\x00\n\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("Nom,Nature\r\n\"a\nb\",x\r\n"))
	db := storetest.Open(f, "sqlite")
	tables := register.Tables()
	for _, r := range catalog.All() {
		tables = append(tables, r.Table())
	}
	if err := store.Migrate(f.Context(), db, 1, tables); err != nil {
		f.Fatal(err)
	}
	b := register.NewBook(db, catalog.All(), nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := b.Import(t.Context(), register.Import{Register: catalog.Entity, File: bytes.NewReader(data), Preview: true}, by)
		if err != nil && vigie.CodeOf(err) == vigie.Internal {
			t.Fatal(err)
		}
	})
}
