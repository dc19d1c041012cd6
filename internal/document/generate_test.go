package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	vigie "vigie.example"
	"vigie.example/internal/document"
)

// The generators below write a Document as a word processor and a PDF printer
// would, so that a text can be compared with itself in the other formats.

// archive packs files into a ZIP.
func archive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// wordParts are the parts of a DOCX beside its text: chapters, sections and
// rules are numbered by one list, bullets by another.
var wordParts = map[string]string{
	"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
	"_rels/.rels":         `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
	"word/header1.xml":    `<w:hdr ` + wordNS + `><w:p><w:r><w:t>page 1/9</w:t></w:r></w:p></w:hdr>`,
	"word/styles.xml": `<w:styles ` + wordNS + `>
<w:style w:type="paragraph" w:styleId="Titre"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Base"><w:name w:val="heading base"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/><w:basedOn w:val="Base"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Titre2"><w:name w:val="heading 2"/><w:basedOn w:val="Base"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Regle"><w:name w:val="Règle"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="TM1"><w:name w:val="toc 1"/></w:style>
</w:styles>`,
	"word/numbering.xml": `<w:numbering ` + wordNS + `>
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Titre1"/><w:lvlText w:val="%1 - "/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Titre2"/><w:lvlText w:val="%1.%2 - "/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Regle"/><w:lvlText w:val="%1.%2.%3"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="5">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF0B7;"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="5"/></w:num>
</w:numbering>`,
}

// docx wraps the content of a body into a file.
func docx(t testing.TB, body string) []byte {
	t.Helper()
	files := map[string]string{"word/document.xml": `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document ` + wordNS + `><w:body>` + body + `</w:body></w:document>`}
	for name, content := range wordParts {
		files[name] = content
	}
	return archive(t, files)
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

// para is a paragraph of a style; its text is cut into runs, as Word does.
func para(style, text string) string { return paraNum(style, "", text) }

func paraNum(style, numbering, text string) string {
	half := len(text) / 2
	for half > 0 && text[half]&0xc0 == 0x80 {
		half--
	}
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/>` + numbering + `<w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">` + escape(text[:half]) + `</w:t></w:r>` +
		`<w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del><w:r><w:t xml:space="preserve">` + escape(text[half:]) + `</w:t></w:r></w:p>`
}

func item(level int, text string) string {
	return paraNum("Liste", fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="2"/></w:numPr>`, level-1), text)
}

func table(rows [][]string) string {
	var b strings.Builder
	b.WriteString("<w:tbl><w:tblPr/>")
	for _, r := range rows {
		b.WriteString("<w:tr>")
		for _, c := range r {
			b.WriteString("<w:tc>" + para("", c) + "</w:tc>")
		}
		b.WriteString("</w:tr>")
	}
	return b.String() + "</w:tbl>"
}

// editionRows is the history of a document as a table.
func editionRows(d *document.Document) [][]string {
	rows := [][]string{{"Date", "Versions", "Auteur(s)", "Validé (V) / Approuvé (A) par", "Motif de la version"}}
	for _, e := range d.Editions {
		rows = append(rows, []string{vigie.Day(e.Date).Time().Format("02/01/2006"), e.Label, e.Authors, e.Approver, e.Reason})
	}
	return rows
}

var levels = []string{"Document public", "Document restreint à la société", "Document restreint à un groupe", "Document confidentiel", "Document secret"}

func levelRows(d *document.Document) [][]string {
	rows := [][]string{{"Note", "Confidentialité", "Niveau (à cocher)"}}
	for i, name := range levels {
		x := ""
		if int64(i) == *d.Confidentiality {
			x = "X"
		}
		rows = append(rows, []string{strconv.Itoa(i), name, x})
	}
	return rows
}

// A piece is one paragraph of a document, whatever it is printed on.
type piece struct {
	kind string // chapter, section, rule, text, item, label
	text string
	id   string
	deep int
}

// pieces lists the paragraphs of a document in their order.
func pieces(d *document.Document) []piece {
	var out []piece
	text := func(s, first, id string) {
		for i, l := range strings.Split(strings.ReplaceAll(s, "\n\n", "\n"), "\n") {
			trimmed := strings.TrimLeft(l, " ")
			switch {
			case strings.HasPrefix(trimmed, "- "):
				out = append(out, piece{kind: "item", text: trimmed[2:], deep: (len(l)-len(trimmed))/2 + 1})
			case i == 0 && first != "":
				out = append(out, piece{kind: first, text: l, id: id})
			case len(l) > 4 && l[1] == '.' && l[3:6] == " - ":
				out = append(out, piece{kind: "section", text: l[6:], id: l[:3]})
			default:
				out = append(out, piece{kind: "text", text: l})
			}
		}
	}
	for _, c := range d.Chapters {
		kind := "chapter"
		if strings.Contains(c.Number, ".") {
			kind = "section"
		}
		out = append(out, piece{kind: kind, text: c.Title, id: c.Number})
		if c.Text != "" {
			text(c.Text, "", "")
		}
		if c.Objectives != nil {
			out = append(out, piece{kind: "label", text: "OBJECTIFS :"})
		}
		for _, o := range c.Objectives {
			first, rest, more := strings.Cut(o, "\n")
			out = append(out, piece{kind: "item", text: first, deep: 1})
			if more {
				for _, l := range strings.Split(rest, "\n") {
					out = append(out, piece{kind: "item", text: strings.TrimPrefix(l, "- "), deep: 2})
				}
			}
		}
		if kind == "section" && c.Objectives != nil {
			out = append(out, piece{kind: "label", text: "REGLES :"})
		}
		for _, r := range d.Rules {
			switch {
			case r.Chapter != c.Number:
			case strings.HasSuffix(string(r.ID), ".0"):
				out = append(out, piece{kind: "item", text: r.Text, deep: 1})
			default:
				text(r.Text, "rule", string(r.ID))
			}
		}
	}
	return out
}

// asDOCX writes a document with automatic numbers and real tables.
func asDOCX(t testing.TB, d *document.Document) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString(para("Titre", d.Title) + table(levelRows(d)) + para("", "Suivi des versions") + table(editionRows(d)))
	b.WriteString(para("TM1", "1 - Objet\t2") + para("TM1", "2 - Contexte\t3"))
	for _, p := range pieces(d) {
		switch p.kind {
		case "chapter":
			b.WriteString(para("Titre1", p.text))
		case "section":
			b.WriteString(para("Titre2", p.text))
		case "rule":
			b.WriteString(para("Regle", p.text))
		case "item":
			b.WriteString(item(p.deep, p.text))
		default:
			b.WriteString(para("", p.text))
		}
	}
	return docx(t, b.String())
}

// A span is text at a place of a page, in points from the top left.
type span struct {
	x, y float64
	text string
}

const (
	pageTop, pageBottom = 110.0, 760.0
	lineHeight          = 13.0
)

// A printer lays lines out on pages.
type printer struct {
	pages [][]span
	y     float64
}

func (p *printer) line(x float64, text string) {
	if len(p.pages) == 0 || p.y > pageBottom {
		p.pages = append(p.pages, nil)
		p.y = pageTop
	}
	last := len(p.pages) - 1
	p.pages[last] = append(p.pages[last], span{x, p.y, text})
}

func (p *printer) down(lines float64) { p.y += lines * lineHeight }

// wrap cuts a text into lines of at most n characters.
func wrap(s string, n int) (lines []string) {
	line := ""
	for _, w := range strings.Fields(s) {
		if line != "" && len([]rune(line+" "+w)) > n {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	return append(lines, line)
}

func (p *printer) block(x, hang float64, first, text string, n int) {
	for i, l := range wrap(text, n) {
		if i == 0 && first != "" {
			p.line(x, first)
		}
		p.line(x+hang, l)
		p.down(1)
	}
	p.down(0.8)
}

// row prints the cells of a table row at their columns, wrapped.
func (p *printer) row(at []float64, width []int, cells []string) {
	if p.y > pageBottom-60 {
		p.y = pageBottom + 1
	}
	p.line(at[0], cells[0])
	top, lowest := p.y, p.y
	for i, c := range cells {
		p.y = top
		for k, l := range wrap(c, width[i]) {
			if i > 0 || k > 0 {
				p.line(at[i], l)
			}
			p.down(1)
		}
		lowest = max(lowest, p.y)
	}
	p.y = lowest
	p.down(0.5)
}

// asPDF prints a document with a header and a footer on every page.
func asPDF(t testing.TB, d *document.Document) []byte {
	t.Helper()
	p := &printer{}
	p.line(60, "Confidentialité")
	p.down(2)
	for _, r := range levelRows(d) {
		p.row([]float64{60, 110, 420}, []int{8, 60, 20}, r)
	}
	p.down(1)
	p.line(60, "Suivi des versions")
	p.down(2)
	for _, r := range editionRows(d) {
		p.row([]float64{60, 125, 175, 235, 360}, []int{12, 10, 9, 22, 36}, r)
	}
	p.y = pageBottom + 1
	for _, b := range pieces(d) {
		switch b.kind {
		case "chapter", "section":
			p.block(60, 0, "", b.id+" - "+b.text, 80)
		case "rule":
			p.block(80, 45, b.id, b.text, 70)
		case "item":
			p.block(90+20*float64(b.deep), 15, []string{"•", "o"}[b.deep-1], b.text, 66)
		case "label":
			p.block(60, 0, "", b.text, 80)
		default:
			p.block(60, 0, "", b.text, 84)
		}
	}
	for i := range p.pages {
		p.pages[i] = append(p.pages[i], span{60, 40, d.Title}, span{430, 40, "QP 16 601"}, span{430, 53, "Ed. 6"},
			span{430, 66, fmt.Sprintf("page %d/%d", i+1, len(p.pages))}, span{200, 810, "Système de Management de la Qualité"})
	}
	return pdf(t, p.pages)
}

// pdf writes the smallest file that holds these pages: one font, no
// compression.
func pdf(t testing.TB, pages [][]span) []byte {
	t.Helper()
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n", len(offsets))
		fmt.Fprintf(&b, format, args...)
		b.WriteString("\nendobj\n")
	}
	b.WriteString("%PDF-1.4\n")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [%s] /Count %d >>", kids.String(), len(pages))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	for i, spans := range pages {
		var s bytes.Buffer
		for _, sp := range spans {
			text, err := charmap.Windows1252.NewEncoder().String(sp.text)
			if err != nil {
				t.Fatalf("%q: %v", sp.text, err)
			}
			text = strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(text)
			fmt.Fprintf(&s, "BT /F1 10 Tf %.1f %.1f Td (%s) Tj ET\n", sp.x, 842-sp.y, text)
		}
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i)
		object("<< /Length %d >>\nstream\n%sendstream", s.Len(), s.String())
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, xref)
	return b.Bytes()
}
