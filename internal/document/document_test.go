package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"

	vigie "vigie.example"
	"vigie.example/internal/document"
	"vigie.example/internal/i18n"
)

var update = flag.Bool("update", false, "write the golden files")

func read(t testing.TB, name string, data []byte) *document.Document {
	t.Helper()
	d, err := document.Read(t.Context(), name, bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// same compares what two documents say.
func same(t *testing.T, got, want *document.Document) {
	t.Helper()
	for what, pair := range map[string][2]any{
		"title": {got.Title, want.Title}, "mark": {got.Confidentiality, want.Confidentiality}, "editions": {got.Editions, want.Editions},
		"chapters": {got.Chapters, want.Chapters}, "rules": {got.Rules, want.Rules}, "hash": {got.ContentHash, want.ContentHash},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			g, _ := json.MarshalIndent(pair[0], "", " ")
			w, _ := json.MarshalIndent(pair[1], "", " ")
			t.Errorf("%s: got %s\nwant %s", what, g, w)
		}
	}
}

// TestGolden reads the small policies of testdata and compares everything that
// was understood.
func TestGolden(t *testing.T) {
	for _, name := range []string{"policy", "english", "dense", "markdown"} {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(read(t, name+".txt", file(t, name+".txt")), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := file(t, name+".golden.json"); string(got)+"\n" != string(want) {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestFormats: the same policy as DOCX and PDF is the same policy.
func TestFormats(t *testing.T) {
	want := read(t, "policy.txt", file(t, "policy.txt"))
	t.Run("docx", func(t *testing.T) {
		got := read(t, "policy.docx", asDOCX(t, want))
		same(t, got, want)
		if got.Format != document.DOCX || len(got.Remarks) != 1 || got.Remarks[0].Key != "document.contents" {
			t.Error(got.Format, got.Remarks)
		}
	})
	t.Run("pdf", func(t *testing.T) {
		got := read(t, "policy.pdf", asPDF(t, want))
		same(t, got, want)
		for _, r := range got.Remarks {
			if r.Key != "document.furniture" {
				t.Error(r)
			}
		}
	})
	t.Run("name says nothing", func(t *testing.T) {
		same(t, read(t, "policy.txt", asDOCX(t, want)), want)
	})
}

// TestEncodings: the same text, in what people's programs write.
func TestEncodings(t *testing.T) {
	text := string(file(t, "policy.txt"))
	want := read(t, "policy.txt", []byte(text))
	encode := func(s string, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return []byte(s)
	}
	twice := encode(charmap.Windows1252.NewDecoder().String(text))
	for name, c := range map[string]struct {
		data     []byte
		encoding string
		remark   string
	}{
		"bom":           {append([]byte("\xef\xbb\xbf"), text...), "utf-8", ""},
		"crlf":          {[]byte(strings.ReplaceAll(text, "\n", "\r\n")), "utf-8", ""},
		"windows-1252":  {encode(charmap.Windows1252.NewEncoder().String(text)), "windows-1252", ""},
		"utf-16le bom":  {encode(utf.UTF16(utf.LittleEndian, utf.UseBOM).NewEncoder().String(text)), "utf-16", ""},
		"utf-16be bom":  {encode(utf.UTF16(utf.BigEndian, utf.UseBOM).NewEncoder().String(text)), "utf-16", ""},
		"utf-16le":      {encode(utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewEncoder().String(text)), "utf-16", ""},
		"utf-16be":      {encode(utf.UTF16(utf.BigEndian, utf.IgnoreBOM).NewEncoder().String(text)), "utf-16", ""},
		"encoded twice": {twice, "utf-8", "document.encoded_twice"},
		"nuls":          {[]byte(strings.ReplaceAll(text, "Bellerive", "Belle\x00rive")), "utf-8", ""},
		"stray byte":    {[]byte(text + "\n\nFin \xff\n"), "utf-8", "document.bad_bytes"},
		"decomposed":    {[]byte(strings.ReplaceAll(text, "é", "e\u0301")), "utf-8", ""},
		"hard spaces":   {[]byte(strings.ReplaceAll(text, " :", "\u00a0:")), "utf-8", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, "policy.txt", c.data)
			if got.Encoding != c.encoding || c.remark != "" && (len(got.Remarks) == 0 || got.Remarks[0].Key != c.remark) {
				t.Error(got.Encoding, got.Remarks)
			}
			if name != "stray byte" {
				same(t, got, want)
			}
		})
	}
}

// TestNumbers: the ways companies write the number of a rule.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]document.Rule{
		"9.2.1 Un inventaire est tenu.":                              {Text: "Un inventaire est tenu."},
		"9.2.1. Un inventaire est tenu.":                             {Text: "Un inventaire est tenu."},
		"9.2.1 - Inventaire\n\nUn inventaire est tenu.":              {Title: "Inventaire", Text: "Un inventaire est tenu."},
		"9.2.1 Inventaire\n\nUn inventaire est tenu.":                {Title: "Inventaire", Text: "Un inventaire est tenu."},
		"9.2.1 – Inventaire\n\nUn inventaire est\ntenu.":             {Title: "Inventaire", Text: "Un inventaire est tenu."},
		"Règle 9.2.1\n\nUn inventaire est tenu.":                     {Text: "Un inventaire est tenu."},
		"RÈGLE N° 9.2.1 : un inventaire est tenu.":                   {Text: "un inventaire est tenu."},
		"Rule 9.2.1: an inventory is kept.":                          {Text: "an inventory is kept."},
		"9.02.1 Un inventaire est tenu.":                             {Text: "Un inventaire est tenu."},
		"9.2.1\nUn inventaire est tenu.":                             {Text: "Un inventaire est tenu."},
		"9.2.1 Un inventaire :\n\n• des serveurs,\n• du reste":       {Text: "Un inventaire :\n- des serveurs,\n- du reste"},
		"9.2.1 Un inventaire :\n\na) des serveurs\nb) du reste":      {Text: "Un inventaire :\n- a) des serveurs\n- b) du reste"},
		"9.2.1 Un inventaire :\n\n\uf0b7\nserveurs\n\n\uf0b7\nreste": {Text: "Un inventaire :\n- serveurs\n- reste"},
	} {
		d := read(t, "rule.txt", []byte("9 - Règles\n\n9.2 - Biens\n\nREGLES :\n\n"+text+"\n"))
		want.ID, want.Chapter = "9.2.1", "9.2"
		if len(d.Rules) != 1 || d.Rules[0] != want {
			t.Errorf("%q: got %+v", text, d.Rules)
		}
	}
}

// TestMark: the ways companies write the confidentiality of a document.
func TestMark(t *testing.T) {
	for text, want := range map[string]int64{
		"Confidentialité : 2":                                                              2,
		"Niveau de confidentialité : C3 – Confidentiel":                                    3,
		"Classification: Public":                                                           0,
		"Diffusion : restreinte à la société":                                              1,
		"Diffusion : restreinte":                                                           2,
		"Confidentiality level: secret":                                                    4,
		"Confidentialité\n\n☐ Public\n☒ Interne\n☐ Confidentiel":                           1,
		"Classification\n\n[ ] 0 Public\n[x] 1 Internal\n[ ] 2 Group":                      1,
		"Confidentialité\n\n0 Public\n\n1 Société\n\n2 Groupe de\npersonnes X\n\n3 Secret": 2,
		"Confidentialité\n\n0 Public\n1 Société":                                           -1,
		"Confidentialité\n\n0 Public X\n1 Société X":                                       -1,
		"Rien": -1,
	} {
		d := read(t, "mark.txt", []byte(text+"\n\n1 - Objet\n\nConfidentialité : public.\n"))
		got := int64(-1)
		if d.Confidentiality != nil {
			got = *d.Confidentiality
		}
		if got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
		for _, c := range d.Chapters {
			if c.Number == "1" && c.Text != "Confidentialité : public." {
				t.Errorf("%q: chapter %+v", text, c)
			}
		}
	}
}

// TestEditions: the ways companies lay out the history.
func TestEditions(t *testing.T) {
	type ed = document.Edition
	day := func(s string) vigie.DayText {
		v, err := vigie.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return vigie.DayText(v)
	}
	for name, c := range map[string]struct {
		text string
		want []ed
	}{
		"cell by cell": {"Date\n\nVersion\n\nAuteur\n\nApprouvé par\n\nMotif\n\n01/02/2020\n\nV1\n\nSV\n\nComité\n\nCréation\n\n03/04/2021\n\nV2\n\nJD\n\nDirection (V)\n\nAjout de la règle\n9.1.2\n\n1 - Objet\n\nTexte.\n",
			[]ed{{Number: "1", Label: "V1", Date: day("2020-02-01"), Authors: "SV", Approver: "Comité", Reason: "Création"},
				{Number: "2", Label: "V2", Date: day("2021-04-03"), Authors: "JD", Approver: "Direction", Approval: document.Validated, Reason: "Ajout de la règle 9.1.2"}}},
		"tabs": {"Version\tDate\tModifications\n1.0\t2020-02-01\tCréation\n1.1\t2021-04-03\tRelecture\n\n1 - Objet\n\nTexte.\n",
			[]ed{{Number: "1.0", Label: "1.0", Date: day("2020-02-01"), Reason: "Création"}, {Number: "1.1", Label: "1.1", Date: day("2021-04-03"), Reason: "Relecture"}}},
		"one flow, names": {"Date Version Auteur Approuvé par Motif\n1er février 2020 v1 J. Dupont Comité de pilotage Création du document\n3 avril 2021 v2 J. Dupont Comité de pilotage Mise à jour\nannuelle\n\n1 - Objet\n\nTexte.\n",
			[]ed{{Number: "1", Label: "v1", Date: day("2020-02-01"), Authors: "J. Dupont", Approver: "Comité de pilotage", Reason: "Création du document"},
				{Number: "2", Label: "v2", Date: day("2021-04-03"), Authors: "J. Dupont", Approver: "Comité de pilotage", Reason: "Mise à jour annuelle"}}},
		"pipes": {"| Date | Version | Auteur | Motif |\n| 01/02/2020 | 1 | SV | Première édition |\n\n1 - Objet\n\nTexte.\n",
			[]ed{{Number: "1", Label: "1", Date: day("2020-02-01"), Authors: "SV", Reason: "Première édition"}}},
		"english months": {"Version  Date              Author  Reason\nIssue 1  12 March 2020     AL      First\nIssue 2  April 3, 2021     AL      Second\n\n1 - Scope\n\nText.\n",
			[]ed{{Number: "1", Label: "Issue 1", Date: day("2020-03-12"), Authors: "AL", Reason: "First"}, {Number: "2", Label: "Issue 2", Date: day("2021-04-03"), Authors: "AL", Reason: "Second"}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(t, "history.txt", []byte(c.text))
			if !reflect.DeepEqual(d.Editions, c.want) {
				t.Errorf("got %+v\nwant %+v", d.Editions, c.want)
			}
			if len(d.Chapters) != 1 || !strings.HasPrefix(d.Chapters[0].Text, "Text") {
				t.Errorf("chapters %+v", d.Chapters)
			}
		})
	}
}

// TestWord: what only a word processor writes.
func TestWord(t *testing.T) {
	heading := para("Titre1", "Règles") + para("Titre2", "Biens")
	for name, c := range map[string]struct {
		body string
		want []document.Rule
	}{
		"typed numbers in heading styles": {para("Titre3", "9.2.1 - Inventaire") + para("", "Un inventaire est tenu."), []document.Rule{{ID: "9.2.1", Chapter: "9.2", Title: "Inventaire", Text: "Un inventaire est tenu."}}},
		"rules in a table": {heading + table([][]string{{"1.1.1", "Un inventaire est tenu."}, {"1.1.2", "Il est relu."}}),
			[]document.Rule{{ID: "1.1.1", Chapter: "1.1", Text: "Un inventaire est tenu."}, {ID: "1.1.2", Chapter: "1.1", Text: "Il est relu."}}},
		"hidden text, line breaks, tabs, text boxes": {heading + `<w:p><w:pPr><w:pStyle w:val="Regle"/><w:rPr><w:vanish/></w:rPr></w:pPr><w:r><w:rPr><w:vanish/></w:rPr><w:t>caché</w:t></w:r><w:r><w:t>Un</w:t><w:tab/><w:t>inventaire</w:t><w:br/><w:t>est tenu</w:t>` +
			`<mc:AlternateContent xmlns:mc="m"><mc:Choice><w:txbxContent>` + para("", "Note de côté.") + `</w:txbxContent></mc:Choice><mc:Fallback>` + para("", "Note de côté.") + `</mc:Fallback></mc:AlternateContent></w:r></w:p>`,
			[]document.Rule{{ID: "1.1.1", Chapter: "1.1", Text: "Un inventaire est tenu"}}},
		"a numbered list in a rule": {heading + para("Regle", "On tient :") + paraNum("", `<w:numPr><w:ilvl w:val="0"/><w:numId w:val="9"/></w:numPr>`, "la liste") + para("Regle", "Elle est relue."),
			[]document.Rule{{ID: "1.1.1", Chapter: "1.1", Text: "On tient :\nla liste"}, {ID: "1.1.2", Chapter: "1.1", Text: "Elle est relue."}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := read(t, "x.docx", docx(t, c.body))
			if name == "a numbered list in a rule" {
				c.want[0].Text = "On tient :\n\nla liste"
			}
			if !reflect.DeepEqual(d.Rules, c.want) {
				t.Errorf("got %+v\nwant %+v", d.Rules, c.want)
			}
		})
	}
	for name, box := range map[string]string{
		"content control": `<w:sdt><w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt>`,
		"symbol":          `<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>`,
		"form field":      `<w:r><w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData></w:r>`,
	} {
		row := func(n, label, box string) string {
			return "<w:tr><w:tc>" + para("", n) + "</w:tc><w:tc>" + para("", label) + "</w:tc><w:tc><w:p>" + box + "</w:p></w:tc></w:tr>"
		}
		d := read(t, "x.docx", docx(t, para("", "Confidentialité")+"<w:tbl>"+row("0", "Public", `<w:r><w:t>☐</w:t></w:r>`)+row("1", "Société", box)+"</w:tbl>"))
		if d.Confidentiality == nil || *d.Confidentiality != 1 {
			t.Errorf("%s: %v", name, d.Confidentiality)
		}
	}
}

// TestCompare: the ids of the catalogue are the checksum of a reading.
func TestCompare(t *testing.T) {
	d := read(t, "policy.txt", file(t, "policy.txt"))
	n := len(d.Remarks)
	d.Compare([]vigie.RuleID{"6", "9.1.1", "9.1.2", "9.1.3", "9.1.4", "9.2.1", "9.2.2", "9.2.3", "9.3.1", "9.3.2", "9.10.1", "9.9.2", "ACME.1"})
	got := d.Remarks[n:]
	want := []document.Remark{{Key: "document.missing_rules", Args: []any{2, "9.9.2, 9.10.1"}}, {Key: "document.extra_rules", Args: []any{1, "9.3.0"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	for _, r := range d.Remarks {
		for _, lang := range []vigie.Lang{vigie.FR, vigie.EN} {
			if s := i18n.T(lang, r.Key, r.Args...); s == r.Key || strings.Contains(s, "{") {
				t.Errorf("%s: %q", r.Key, s)
			}
		}
	}
}

// TestRemarks: what a person should know is said.
func TestRemarks(t *testing.T) {
	for text, want := range map[string]string{
		"9 - Règles\n\n9.2 - Biens\n\n9.2.1 Un.\n\n9.2.1 Un autre texte.\n":            "document.rule_twice",
		"9 - Règles\n\n9.2 - Biens\n\n9.3.1 Un.\n":                                     "document.no_chapter",
		"9 - Règles\n\n9.2 - Biens\n\n9.2.1\n\n9.2.2 Deux.\n":                          "document.empty_rule",
		"Un texte quelconque.":                                                         "document.no_rule",
		"Politique\n\nPour qui ?\n\n1 - Objet\n\nTexte.\n":                             "document.not_understood",
		"Date Version Auteur Motif\n31/02/2020 1 SV Création\n01/03/2020 2 SV Ajout\n": "document.edition_unclear",
		"Date Version Auteur Motif\n01/02/2020 1 SV Création\n01/03/2020 1 SV Ajout\n": "document.edition_twice",
		"Confidentialité\n\n0 Public X\n1 Société X\n":                                 "document.marks",
	} {
		d := read(t, "x.txt", []byte(text))
		found := false
		for _, r := range d.Remarks {
			found = found || r.Key == want
		}
		if !found {
			t.Errorf("%q: want %s, got %v", text, want, d.Remarks)
		}
	}
}

// endless gives the same byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// TestHostile: what is not a policy is refused, with a reason that a person can
// act on.
func TestHostile(t *testing.T) {
	good := asDOCX(t, read(t, "policy.txt", file(t, "policy.txt")))
	body := func(s string) []byte { return docx(t, s) }
	for name, c := range map[string]struct {
		data io.Reader
		want string
	}{
		"empty":                {strings.NewReader(" \n\t"), "document.empty"},
		"one line of 1 GB":     {io.LimitReader(endless('a'), 1<<30), "document.too_large"},
		"a line of 9 MB":       {io.LimitReader(endless('a'), 9<<20), "document.too_long"},
		"blank lines for 9 MB": {io.LimitReader(endless('\n'), 9<<20), "document.empty"},
		"300 000 lines":        {strings.NewReader(strings.Repeat("a\n", 300_000)), "document.too_long"},
		"zeros":                {bytes.NewReader(make([]byte, 1000)), "document.not_text"},
		"an image":             {strings.NewReader("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x01\x02\x1b\xff\x0e", 200)), "document.not_text"},
		"old word":             {strings.NewReader("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "document.old_word"},
		"rtf":                  {strings.NewReader(`{\rtf1 x}`), "document.other_format"},
		"odt":                  {bytes.NewReader(archive(t, map[string]string{"content.xml": "<a/>"})), "document.other_format"},
		"xlsx":                 {bytes.NewReader(archive(t, map[string]string{"xl/workbook.xml": "<a/>"})), "document.other_format"},
		"truncated zip":        {bytes.NewReader(good[:len(good)/2]), "document.damaged"},
		"zip of nothing":       {strings.NewReader("PK\x03\x04"), "document.damaged"},
		"zip bomb":             {bytes.NewReader(body(strings.Repeat(" ", 40<<20))), "document.damaged"},
		"a text of 2 MB":       {bytes.NewReader(body("<w:p><w:r><w:t>" + strings.Repeat("a", 2<<20) + "</w:t></w:r></w:p>")), "document.damaged"},
		"too much text":        {bytes.NewReader(body(strings.Repeat("<w:p><w:r><w:t>"+strings.Repeat("a", 100_000)+"</w:t></w:r></w:p>", 100))), "document.too_long"},
		"a million attributes": {bytes.NewReader(body("<w:p " + strings.Repeat(`a="" `, 1_000_000) + "/>")), "document.damaged"},
		"entities":             {bytes.NewReader(archive(t, map[string]string{"word/document.xml": `<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><w:document><w:p><w:t>&c;</w:t></w:p></w:document>`})), "document.damaged"},
		"an outside file":      {bytes.NewReader(archive(t, map[string]string{"word/document.xml": `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><w:document>&b;</w:document>`})), "document.damaged"},
		"unknown entity":       {bytes.NewReader(body("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>")), "document.damaged"},
		"deep nesting":         {bytes.NewReader(body(strings.Repeat("<w:p>", 100_000))), "document.damaged"},
		"unclosed":             {bytes.NewReader(archive(t, map[string]string{"word/document.xml": "<w:document><w:p>"})), "document.damaged"},
		"only ends":            {bytes.NewReader(archive(t, map[string]string{"word/document.xml": "</w:p></w:tr>"})), "document.damaged"},
		"another charset":      {bytes.NewReader(archive(t, map[string]string{"word/document.xml": `<?xml version="1.0" encoding="utf-7"?><w:document/>`})), "document.damaged"},
		"broken pdf":           {strings.NewReader("%PDF-1.4\nnothing"), "document.pdf_damaged"},
		"pdf of images":        {bytes.NewReader(pdf(t, [][]span{{}})), "document.pdf_scanned"},
		"not a pipe":           {io.MultiReader(strings.NewReader("a"), failing{}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := document.Read(t.Context(), "x", c.data)
			if c.want == "" {
				if !errors.Is(err, io.ErrNoProgress) {
					t.Errorf("got %v", err)
				}
				return
			}
			e, ok := errors.AsType[*vigie.Error](err)
			if !ok || e.Key != c.want || e.Code != vigie.Invalid {
				t.Fatalf("got %v %v, want %s", d, err, c.want)
			}
			if s, _ := i18n.Error(vigie.FR, e); s == e.Key || strings.Contains(s, "{") {
				t.Errorf("sentence %q", s)
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// TestNoPoppler: without pdftotext, the error names the package to install.
func TestNoPoppler(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := document.Read(t.Context(), "x.pdf", bytes.NewReader(pdf(t, [][]span{{{60, 60, "Politique"}}})))
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Key != "document.no_poppler" {
		t.Fatal(err)
	}
	if s, _ := i18n.Error(vigie.EN, e); !strings.Contains(s, "poppler-utils") {
		t.Error(s)
	}
}

// checkSound holds what is true of any reading, of whatever bytes.
func checkSound(t *testing.T, d *document.Document, err error) {
	t.Helper()
	if err != nil {
		if vigie.CodeOf(err) != vigie.Invalid {
			t.Fatalf("an error that nobody can act on: %v", err)
		}
		return
	}
	seen := map[vigie.RuleID]bool{}
	for _, r := range d.Rules {
		if seen[r.ID] || r.ID == "" || !strings.HasPrefix(string(r.ID), r.Chapter+".") {
			t.Fatalf("rule %q", r.ID)
		}
		seen[r.ID] = true
	}
	numbers := map[string]bool{}
	for _, e := range d.Editions {
		if numbers[e.Number] || e.Number == "" {
			t.Fatalf("edition %q", e.Number)
		}
		numbers[e.Number] = true
	}
	if c := d.Confidentiality; c != nil && (*c < 0 || *c > 4) {
		t.Fatal(*c)
	}
	out, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(out) {
		t.Fatal("not UTF-8")
	}
	for _, r := range d.Rules {
		if strings.ContainsFunc(r.Text+r.Title, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }) {
			t.Fatalf("%q", r.Text)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, name := range []string{"policy.txt", "english.txt", "dense.txt"} {
		f.Add(file(f, name))
	}
	for _, s := range []string{"", "9.1.1", "9.1.1 A\n9.1.1 B", "Date Version Motif\n01/01/2020 1 A", "Confidentialité\n0 A X\n1 B", "page 1/2\f\fpage 2/2", "\xff\xfea\x00", "1 - A\n1.1.1.1.1.1.1 b", "Sommaire\n1 A 3", "•", "-\n-", "a-\nb"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
			return // would start a program each time
		}
		d, err := document.Read(t.Context(), "x.txt", bytes.NewReader(data))
		checkSound(t, d, err)
	})
}

func FuzzDOCX(f *testing.F) {
	f.Add(para("Titre1", "Objet")+para("Regle", "Texte."), wordParts["word/numbering.xml"], wordParts["word/styles.xml"])
	f.Add(table([][]string{{"Date", "Version", "Motif"}, {"01/01/2020", "1", "Création"}}), "", "")
	f.Add(item(1, "a")+item(2, "b"), `<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>`, `<w:style w:styleId="a"><w:basedOn w:val="a"/></w:style>`)
	f.Add("<w:tc/><w:tr><w:p/></w:tr>", "<w:lvl/>", "<w:pPr/>")
	f.Fuzz(func(t *testing.T, body, numbering, styles string) {
		data := archive(t, map[string]string{"word/document.xml": "<w:document>" + body + "</w:document>", "word/numbering.xml": numbering, "word/styles.xml": styles})
		d, err := document.Read(t.Context(), "x.docx", bytes.NewReader(data))
		checkSound(t, d, err)
	})
}

// TestHyphens: a word cut at the end of a line is made whole; a compound keeps
// its hyphen.
func TestHyphens(t *testing.T) {
	text := "9 - Règles\n\n9.1 - Textes\n\n9.1.1 La production et les presta-\ntions des sous-\ntraitants sont dans la pro-\nduction d’un rendez-\nvous connu. Les prestations durent ; un rendez-vous suit.\n"
	want := "La production et les prestations des sous-traitants sont dans la production d’un rendez-vous connu. Les prestations durent ; un rendez-vous suit."
	if d := read(t, "x.txt", []byte(text)); d.Rules[0].Text != want {
		t.Errorf("got %q", d.Rules[0].Text)
	}
}

// TestPages: headers and footers go, whatever they say; the text that they cut
// is one.
func TestPages(t *testing.T) {
	page := func(n, body string) string {
		return "   ACME SA                         Réf. 12-" + n + "\n   Diffusion interne\n\n" + body + "\n\n                     " + n + "\n\f"
	}
	text := page("1", "Politique de sécurité\n\n1. Objet\n\nCe texte protège") + page("2", "nos données.\n\n2. Règles\n\n2.1. Biens\n\n2.1.1. Chaque bien a un responsable. En cas de départ du\n") +
		page("3", "Responsable, un autre est nommé.\n\n2.1.2. Voir la page 3/4 du guide.\n\n2.1.3. Le stock compte\n\n12\n\npostes.")
	d := read(t, "x.txt", []byte(text))
	want := []document.Rule{
		{ID: "2.1.1", Chapter: "2.1", Text: "Chaque bien a un responsable. En cas de départ du Responsable, un autre est nommé."},
		{ID: "2.1.2", Chapter: "2.1", Text: "Voir la page 3/4 du guide."},
		{ID: "2.1.3", Chapter: "2.1", Text: "Le stock compte\n\n12 postes."},
	}
	if !reflect.DeepEqual(d.Rules, want) || d.Chapters[0].Text != "Ce texte protège nos données." || d.Title != "Politique de sécurité" {
		t.Errorf("got %+v %+v %q", d.Rules, d.Chapters, d.Title)
	}
}
