package document

import (
	"errors"
	"strconv"
	"strings"
)

var errTooLong = errors.New("document: too much text")

// A paragraph is being read.
type paragraph struct {
	text       strings.Builder
	style      string
	num, level string // direct numbering
	box        *node  // check box of a form being read
	boxOn      bool
}

// A row is the table row being read: the lines of each cell.
type row struct {
	cells [][]line
}

// bodyReader turns the main part into lines. Paragraphs may hold paragraphs (a
// text box), cells may hold tables: both are stacks.
type bodyReader struct {
	*docx
	paragraphs []*paragraph
	rows       []*row
	skip       int  // depth inside what is not text
	props      bool // inside the properties of a paragraph
	write      bool // inside a text element
	hidden     bool // the run is hidden
	inRun      bool // inside the properties of a run
}

func (p *docx) body(part string) error { return p.walk(part, &bodyReader{docx: p}) }

// skipped are elements whose content is not the text: what a reviewer took
// away, and the second copy of a drawing.
func skipped(name string) bool {
	switch name {
	case "Fallback", "del", "moveFrom", "instrText", "delText", "pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "numberingChange":
		return true
	}
	return false
}

func (r *bodyReader) open() *paragraph {
	if len(r.paragraphs) == 0 {
		return nil
	}
	return r.paragraphs[len(r.paragraphs)-1]
}

func (r *bodyReader) start(n *node) error {
	if r.skip > 0 || skipped(n.name) {
		r.skip++
		return nil
	}
	p := r.open()
	switch n.name {
	case "p":
		r.paragraphs = append(r.paragraphs, &paragraph{})
		r.hidden = false
	case "tr":
		r.rows = append(r.rows, &row{})
	case "tc":
		if len(r.rows) > 0 {
			top := r.rows[len(r.rows)-1]
			if len(top.cells) >= maxCells {
				return errXML
			}
			top.cells = append(top.cells, nil)
		}
	case "pPr":
		r.props = true
	case "r":
		r.hidden = false
	case "rPr":
		r.inRun = true
	case "vanish":
		r.hidden = r.hidden || r.inRun && !r.props && n.on()
	case "t":
		r.write = true
	}
	if p != nil {
		p.element(n, r)
	}
	return nil
}

// element handles what is inside a paragraph.
func (p *paragraph) element(n *node, r *bodyReader) {
	switch n.name {
	case "pStyle":
		p.style = n.val()
	case "numId":
		if r.props {
			p.num = n.val()
		}
	case "ilvl":
		if r.props {
			p.level = n.val()
		}
	case "tab":
		if !r.props { // otherwise a tab stop
			p.text.WriteByte('\t')
		}
	case "br", "cr":
		p.text.WriteByte('\n')
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "sym":
		p.text.WriteString(symbol(n.attrs["char"]))
	case "checkBox":
		p.box, p.boxOn = n, false
	case "checked":
		if p.box != nil {
			p.boxOn = n.on()
			p.box.attrs["checked"] = "said"
		}
	case "default":
		if p.box != nil && p.box.attrs["checked"] == "" {
			p.boxOn = n.on()
		}
	}
}

// symbol returns a character of a symbol font: the ticks and boxes, or the
// private character itself, which stands for a bullet.
func symbol(hex string) string {
	n, err := strconv.ParseUint(hex, 16, 16)
	if err != nil || n == 0 {
		return ""
	}
	switch n | 0xf000 {
	case 0xf0fe, 0xf0fd, 0xf053, 0xf078:
		return "☒"
	case 0xf052:
		return "☑"
	case 0xf0fc, 0xf0fb, 0xf050, 0xf051:
		return "✓"
	case 0xf0a8, 0xf06f, 0xf0a3, 0xf071:
		return "☐"
	}
	return string(rune(n | 0xf000))
}

func (r *bodyReader) text(s string) error {
	p := r.open()
	if p == nil || !r.write || r.skip > 0 || r.hidden {
		return nil
	}
	if r.size += len(s); r.size > maxText {
		return errTooLong
	}
	p.text.WriteString(s)
	return nil
}

func (r *bodyReader) end(name string) error {
	if r.skip > 0 {
		r.skip--
		return nil
	}
	switch name {
	case "p":
		return r.endParagraph()
	case "tr":
		return r.endRow()
	case "pPr":
		r.props = false
	case "rPr":
		r.inRun = false
	case "t":
		r.write = false
	case "checkBox":
		if p := r.open(); p != nil && p.box != nil {
			p.text.WriteString(map[bool]string{true: "☒ ", false: "☐ "}[p.boxOn])
			p.box = nil
		}
	}
	return nil
}

// endParagraph numbers a paragraph and keeps its lines.
func (r *bodyReader) endParagraph() error {
	p := r.open()
	if p == nil {
		return errXML
	}
	r.paragraphs = r.paragraphs[:len(r.paragraphs)-1]
	r.n++
	text := strings.TrimSpace(normalise(strings.ReplaceAll(p.text.String(), "\f", "\n")))
	if text == "" {
		return nil
	}
	if r.isContents(p.style) {
		r.contents++
		return nil
	}
	label, depth := r.numberOf(p.style, p.num, p.level)
	heading := r.isHeading(p.style)
	if label == "" && depth == 0 {
		depth = r.listStyle(p.style)
	}
	if label != "" && !heading && !strings.Contains(label, ".") && headOf(label+" x") == nil { // "a)", "1)"
		depth = max(level(p.level), 0) + 1
	}
	if label != "" && !heading && len(label) <= 3 && strings.HasSuffix(label, ".") { // "1." in a plain list
		depth = max(level(p.level), 0) + 1
	}
	if label != "" {
		text = label + " " + text
	}
	var out []line
	for i, part := range strings.Split(text, "\n") {
		l := newLine(r.n, part, 1, false)
		if l.text == "" {
			continue
		}
		l.indent = 0
		if i > 0 {
			l.gap = 0
		}
		l.level, l.heading, l.title = depth, heading && depth == 0, r.isTitle(p.style)
		if i > 0 {
			l.level = 0
		}
		out = append(out, l)
	}
	return r.keep(out)
}

// keep adds lines to the open cell or to the text.
func (r *bodyReader) keep(lines []line) error {
	if len(r.rows) > 0 {
		top := r.rows[len(r.rows)-1]
		if n := len(top.cells); n > 0 {
			top.cells[n-1] = append(top.cells[n-1], lines...)
			return nil
		}
	}
	r.lines = append(r.lines, lines...)
	if len(r.lines) > maxLines {
		return errTooLong
	}
	return nil
}

// endRow keeps a table row. Tables that only lay out the page, with one cell,
// or with a rule number beside its text, become ordinary paragraphs.
func (r *bodyReader) endRow() error {
	if len(r.rows) == 0 {
		return errXML
	}
	top := r.rows[len(r.rows)-1]
	r.rows = r.rows[:len(r.rows)-1]
	var filled [][]line
	for _, c := range top.cells {
		if len(c) > 0 {
			filled = append(filled, c)
		}
	}
	switch {
	case len(filled) == 0:
		return nil
	case len(filled) == 1 && len(top.cells) == 1:
		return r.keep(filled[0])
	case len(filled) > 1 && len(filled[0]) == 1 && aRuleNumber(filled[0][0].text):
		first := filled[1][0]
		first.text = filled[0][0].text + " " + first.text
		first.raw, first.level = first.text, 0
		rest := append([]line{first}, filled[1][1:]...)
		for _, c := range filled[2:] {
			rest = append(rest, c...)
		}
		return r.keep(rest)
	}
	l := line{n: r.n, gap: 1}
	for _, c := range top.cells {
		var text []string
		for _, part := range c {
			text = append(text, part.text)
		}
		l.cells = append(l.cells, strings.Join(text, " "))
	}
	l.text = l.flow()
	l.raw = l.text
	return r.keep([]line{l})
}

func aRuleNumber(s string) bool {
	h := headOf(s)
	return h != nil && len(h.id) == 3 && h.rest == ""
}
