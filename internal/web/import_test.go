package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store/storetest"
)

// TestImport: chosen, mapped, looked at, made, undone.
func TestImport(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso")
		b.get("/registers/asset/import").want(200).has("dd", "created_on", "date").has("input[type=file]")
		file := "Nom;Nature;Entité;État;Créé le;À qui\r\nImporté 1;Serveur;Sud;En service;01/03/2026;Claire Petit\r\nImporté 2;Serveur;Nord;En service;02/03/2026;René Blanc\r\n"
		p := b.upload("/registers/asset/import", `C:\dossier\parc.csv`, []byte(file), nil).want(200)
		p.has("h2", "Colonnes de parc.csv").has("td label", "À qui").has(".v-counts", "2 créations").has("td", "Importé 1")
		path := p.url.Path
		if n, _ := s.count(t, "asset"); n != 3 {
			t.Fatalf("the preview made %d records", n)
		}
		form := url.Values{"strategy": {"update"}}
		for i, label := range find(p.doc, "td label") {
			title := text(label)
			form.Add("column", title)
			for _, o := range find(p.doc, fmt.Sprintf("#field%d option[selected]", i)) {
				form.Set(fmt.Sprintf("field%d", i), attr(o, "value"))
			}
			if title == "À qui" {
				form.Set(fmt.Sprintf("field%d", i), "owner")
			}
		}
		b.post(path, form).want(200).has("td", "Claire Petit").has("option[value=owner][selected]").has("input[value=update][checked]")
		s.as("reader").get(path).want(403)
		s.as("committee").get(path).want(404)
		s.as("committee").post(path, form).want(404)
		form.Set("step", "apply")
		p = b.post(path, form).want(200).has("h1", "Import de parc.csv").has("dd", "2 créations")
		if n, _ := s.count(t, "asset"); n != 5 {
			t.Fatalf("%d records after the import", n)
		}
		batch := p.url.Path
		b.get("/imports").want(200).has("tr", "parc.csv", "Biens", "claire@exemple.fr")
		s.as("nord").get("/imports").want(200).hasNot("body", "parc.csv")
		s.as("nord").get(batch).want(404)
		s.as("nord").post(batch+"/undo", url.Values{"reason": {"x"}}).want(404)
		s.as("reader").get(batch).want(200).hasNot("button", "Défaire")
		s.as("reader").post(batch+"/undo", url.Values{"reason": {"x"}}).want(403)
		b.post(batch+"/undo", url.Values{"reason": {""}}).want(422).has(".v-wrong", "Dites pourquoi")
		b.post(batch+"/undo", url.Values{"reason": {"mauvais fichier"}}).want(200).has(".v-note", "L’import est défait")
		if n, _ := s.count(t, "asset"); n != 3 {
			t.Errorf("%d records after the undo", n)
		}
		b.post(batch+"/undo", url.Values{"reason": {"encore"}}).want(409)
	})
}

// TestImportRight: an owner changes several records of theirs together and takes that
// back, and brings no file in: that is another right.
func TestImportRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.users["rene"] = identity.User{Email: "rene@exemple.fr", Name: "René Blanc"} // who owns srv-2
		b := s.as("rene")
		b.get("/registers/asset").want(200).has("a[href=/registers/asset/new]", "").hasNot("a[href=/registers/asset/import]", "")
		b.get("/registers/asset/import").want(403)
		b.upload("/registers/asset/import", "parc.csv", []byte("Nom;Nature\nX;Serveur\n"), nil).want(403)
		s.as("ciso").get("/registers/asset").want(200).has("a[href=/registers/asset/import]", "Importer")

		edit := url.Values{"id": {"srv-2"}, "field": {"serial"}, "serial": {"S-42"}, "step": {"apply"}}
		p := b.post("/registers/asset/bulk", edit).want(200).has(".v-note", "1 fiche est changée")
		undo := attr(find(p.doc, ".v-note form")[0], "action")
		b.get("/imports").want(200).has("tr", "Changement groupé : Numéro de série")
		b.post(undo, url.Values{}).want(200).has(".v-note", "Le changement est défait")
		b.get("/registers/asset/records/srv-2").want(200).hasNot("dd", "S-42")

		// An import of his from the time when he had the right is not his to undo.
		by := register.By{Actor: "rene@exemple.fr", Source: "import", At: noon}
		done, err := s.app.Book.Import(t.Context(), register.Import{Register: catalog.Asset, File: strings.NewReader("id;Numéro de série\nsrv-2;S-43\n"), Name: "vieux.csv", Strategy: register.Update}, by)
		if err != nil || done.Batch == "" {
			t.Fatalf("%+v, %v", done, err)
		}
		b.get("/imports/"+done.Batch).want(200).hasNot("button", "Défaire")
		b.post("/imports/"+done.Batch+"/undo", url.Values{"reason": {"x"}}).want(403)
	})
}

func (s *site) count(t *testing.T, reg string) (int64, error) {
	t.Helper()
	rows, err := s.app.DB.Query(t.Context(), "SELECT COUNT(*) FROM "+reg, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var n int64
	for rows.Next() {
		err = rows.Scan(&n)
	}
	return n, err
}

// TestImportFaults: each wrong line is named, and nothing is brought in.
func TestImportFaults(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	file := "Nom;Nature;Entité;État;Créé le\nA;Robot;Sud;En service;01/03/2026\nB;Serveur;Ouest;En service;hier\n"
	p := b.upload("/registers/asset/import", "parc.csv", []byte(file), nil).want(200)
	p.has("[role=alert] li", "Ligne 2", "Nature", "Robot").has("[role=alert] li", "Ligne 3", "Entité", "Ouest").has("[role=alert] li", "Ligne 3", "hier")
	if len(find(p.doc, "button[value=apply]")) > 0 {
		t.Error("a file with faults can be brought in")
	}
	b.post(p.url.Path, url.Values{"step": {"apply"}, "column": {"Nom", "Nature", "Entité", "État", "Créé le"}, "field0": {"name"}, "field1": {"kind"}, "field2": {"entity"}, "field3": {"status"}, "field4": {"created_on"}}).
		want(422).has("[role=alert] li", "Ligne 2")
	if n, _ := s.count(t, "asset"); n != 3 {
		t.Errorf("%d records", n)
	}
	// two columns for one field are refused where they were chosen.
	b = s.as("ciso")
	p = b.upload("/registers/asset/import", "parc.csv", []byte(file), nil).want(200)
	b.post(p.url.Path, url.Values{"column": {"Nom", "Nature"}, "field0": {"name"}, "field1": {"name"}}).want(200).has("[role=alert]", "Nature")
}

// TestUploads: what is no table is refused where it was chosen, whatever its name.
func TestUploads(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	for name, data := range map[string]string{
		"empty.csv": "", "page.csv": "<html><script>alert(1)</script>", "image.csv": "\x89PNG\r\n\x1a\n\x00\x00", "old.xlsx": "\xd0\xcf\x11\xe0rest", "doc.csv": "%PDF-1.7",
		"bad.xlsx": "PK\x03\x04nothing", "elf.csv": "\x7fELF\x00\x01", "zip.csv": "PK\x03\x04\x14\x00" + strings.Repeat("\x00", 100),
	} {
		p := b.upload("/registers/asset/import", name, []byte(data), nil).want(422).has("[role=alert]", "").has("input[type=file]")
		if strings.Contains(p.body, "<script>alert") {
			t.Errorf("%s comes back as it is", name)
		}
	}
	b.post("/registers/asset/import", url.Values{}).want(422).has("[role=alert]", "Choisissez un fichier")
	b.upload("/registers/asset/import", "<img src=x>.csv", []byte("Nom\nX\n"), nil).want(200).hasNot("img", "")
	b.get("/registers/asset/import/nothing").want(404)
	if n, _ := s.count(t, catalog.Asset.ID); n != 3 {
		t.Errorf("%d records", n)
	}
}

// TestUploadsEnd: a file that nobody comes back for is forgotten.
func TestUploadsEnd(t *testing.T) {
	now := noon
	u := newUploads(func() time.Time { return now })
	x, err := u.keep("a", "asset", "f.csv", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.get(x.id, "a", "person"); err == nil {
		t.Error("given to another register")
	}
	now = now.Add(uploadLife + time.Second)
	if _, err := u.keep("a", "asset", "g.csv", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := u.get(x.id, "a", "asset"); err == nil {
		t.Error("an old file is kept")
	}
}
