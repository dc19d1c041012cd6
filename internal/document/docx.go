package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"vigie.example/internal/register"
)

// Limits of a DOCX, which is a packed file: what it may unpack to.
const (
	maxPart    = 32 << 20 // bytes of one part
	maxParts   = 20_000   // files in the archive
	maxDepth   = 200      // elements inside elements
	maxElement = 1 << 20  // bytes of one tag or one run of text
	maxCells   = 100      // cells of one table row
)

var errXML = errors.New("document: XML beyond the limits")

// readDOCX reads the main part of a word-processor file: paragraphs with their
// computed numbers, tables row by row. Headers and footers are parts of their
// own, and are not read.
func readDOCX(name string, data []byte) (*Document, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(archive.File) > maxParts {
		return nil, invalid("document.damaged", name)
	}
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		files[strings.TrimPrefix(f.Name, "/")] = f
	}
	p := &docx{files: files}
	main, err := p.mainPart()
	if err != nil {
		return nil, invalid("document.damaged", name)
	}
	if files[main] == nil {
		return nil, invalid("document.other_format", name, kindOfZip(files))
	}
	styles, err := p.styles(path.Join(path.Dir(main), "styles.xml"))
	if err == nil {
		err = p.numbering(path.Join(path.Dir(main), "numbering.xml"), styles)
	}
	if err == nil {
		err = p.body(main)
	}
	if errors.Is(err, errTooLong) {
		return nil, invalid("document.too_long", name)
	}
	if err != nil {
		return nil, invalid("document.damaged", name)
	}
	d := &Document{Format: DOCX}
	if p.contents > 0 {
		d.remark(0, "document.contents", p.contents)
	}
	d.understand(d.dropContents(p.lines), p.coreTitle())
	return d, nil
}

func kindOfZip(files map[string]*zip.File) string {
	switch {
	case files["xl/workbook.xml"] != nil:
		return "XLSX"
	case files["ppt/presentation.xml"] != nil:
		return "PPTX"
	case files["content.xml"] != nil:
		return "ODT"
	}
	return "ZIP"
}

// A docx is an archive being read.
type docx struct {
	files    map[string]*zip.File
	style    map[string]*style
	lists    *lists
	lines    []line
	size     int // bytes of text so far
	n        int // paragraphs so far
	contents int // lines of the table of contents
}

// A node is one element, its attributes without name spaces and its text.
type node struct {
	name  string
	attrs map[string]string
}

func (n *node) val() string { return n.attrs["val"] }

// on reads a switch: present means on, unless it says otherwise.
func (n *node) on() bool {
	switch n.val() {
	case "0", "false", "off", "none":
		return false
	}
	return true
}

// A handler is told of the elements of a part, in order.
type handler interface {
	start(n *node) error
	text(s string) error
	end(name string) error
}

// walk reads one part of the archive. An absent part is an empty one.
//
// encoding/xml knows no entity but the five of XML and opens no file; a DOCTYPE
// is refused all the same: no word processor writes one.
func (p *docx) walk(name string, h handler) error {
	f := p.files[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	dec := xml.NewDecoder(&guard{in: io.LimitReader(r, maxPart+1)})
	dec.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errXML }
	depth := 0
	for {
		token, err := dec.RawToken()
		if err == io.EOF {
			if depth != 0 {
				return errXML
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errXML
			}
			n := &node{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			err = h.start(n)
		case xml.EndElement:
			if depth--; depth < 0 {
				return errXML
			}
			err = h.end(t.Name.Local)
		case xml.CharData:
			err = h.text(string(t))
		case xml.Directive:
			err = errXML
		}
		if err != nil {
			return err
		}
	}
}

// A guard refuses a part that is too large, or whose tags or texts are.
type guard struct {
	in    io.Reader
	total int
	since int // bytes since the last "<"
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.total += n
	if i := bytes.LastIndexByte(p[:n], '<'); i >= 0 {
		g.since = n - i
	} else {
		g.since += n
	}
	if g.total > maxPart || g.since > maxElement {
		return 0, errXML
	}
	return n, err
}

// A reader calls functions for elements: a small handler.
type reader struct {
	onStart func(n *node) error
	onText  func(s string) error
	onEnd   func(name string) error
}

func (r *reader) start(n *node) error {
	if r.onStart == nil {
		return nil
	}
	return r.onStart(n)
}

func (r *reader) text(s string) error {
	if r.onText == nil {
		return nil
	}
	return r.onText(s)
}

func (r *reader) end(name string) error {
	if r.onEnd == nil {
		return nil
	}
	return r.onEnd(name)
}

// mainPart returns the name of the part that holds the text.
func (p *docx) mainPart() (string, error) {
	main := "word/document.xml"
	err := p.walk("_rels/.rels", &reader{onStart: func(n *node) error {
		if n.name == "Relationship" && strings.HasSuffix(n.attrs["Type"], "/officeDocument") {
			target := strings.TrimPrefix(path.Clean(n.attrs["Target"]), "/")
			if strings.HasPrefix(target, "word/") {
				main = target
			}
		}
		return nil
	}})
	return main, err
}

// coreTitle returns the title in the properties of the file, if any.
func (p *docx) coreTitle() []string {
	title, inside := "", false
	err := p.walk("docProps/core.xml", &reader{
		onStart: func(n *node) error { inside = n.name == "title"; return nil },
		onText: func(s string) error {
			if inside && len(title) < 500 {
				title += s
			}
			return nil
		},
		onEnd: func(string) error { inside = false; return nil },
	})
	title = strings.Join(strings.Fields(normalise(title)), " ")
	if err != nil || title == "" || len(title) > 500 {
		return nil
	}
	return []string{title}
}

// A style is what a paragraph style says of numbers and headings.
type style struct {
	name    string // folded
	based   string
	num     string // numId, "" when it says nothing
	level   string // ilvl
	outline string // outlineLvl
}

const maxBased = 20 // styles based on styles

// find returns the first answer along the styles that one is based on.
func (p *docx) find(id string, get func(s *style) string) string {
	for range maxBased {
		s := p.style[id]
		if s == nil {
			return ""
		}
		if v := get(s); v != "" {
			return v
		}
		id = s.based
	}
	return ""
}

var headingNames = []string{"heading ", "titre ", "title ", "uberschrift "}

// isHeading says whether paragraphs of a style are headings.
func (p *docx) isHeading(id string) bool {
	name := ""
	if s := p.style[id]; s != nil {
		name = s.name
	}
	for _, prefix := range headingNames {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	outline := p.find(id, func(s *style) string { return s.outline })
	return outline != "" && outline != "9" // 9 is body text
}

func (p *docx) isTitle(id string) bool {
	s := p.style[id]
	return s != nil && (s.name == "title" || s.name == "titre") || id == "Title" || id == "Titre"
}

// isContents says whether a style is one of the table of contents.
func (p *docx) isContents(id string) bool {
	s := p.style[id]
	return s != nil && (strings.HasPrefix(s.name, "toc ") || strings.HasPrefix(s.name, "tm ")) || strings.HasPrefix(id, "TOC") || strings.HasPrefix(id, "TM") && len(id) == 3
}

func (p *docx) styles(part string) (map[string]*style, error) {
	p.style = map[string]*style{}
	var s *style
	inParagraph := false
	return p.style, p.walk(part, &reader{
		onStart: func(n *node) error {
			switch n.name {
			case "style":
				s = &style{}
				if len(p.style) < maxParts {
					p.style[n.attrs["styleId"]] = s
				}
			case "pPr":
				inParagraph = true
			}
			if s == nil {
				return nil
			}
			switch {
			case n.name == "name":
				s.name = register.Fold(n.val())
			case n.name == "basedOn":
				s.based = n.val()
			case n.name == "numId" && inParagraph:
				s.num = n.val()
			case n.name == "ilvl" && inParagraph:
				s.level = n.val()
			case n.name == "outlineLvl" && inParagraph:
				s.outline = n.val()
			}
			return nil
		},
		onEnd: func(name string) error {
			switch name {
			case "style":
				s = nil
			case "pPr":
				inParagraph = false
			}
			return nil
		},
	})
}

// level reads a list level; 0 when it makes no sense.
func level(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 8 {
		return 0
	}
	return n
}
