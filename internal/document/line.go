package document

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vigie.example/internal/register"
)

// A line is one line of a text, or one paragraph or table row of a DOCX.
type line struct {
	n      int    // line number, from 1
	text   string // without the spaces around
	raw    string // with them: columns are read from it
	indent int    // columns before the text
	gap    int    // blank lines before
	page   bool   // begins a page
	last   bool   // ends a page

	cells   []string // of a table row
	level   int      // bullet depth that a DOCX states
	heading bool     // a DOCX says that it is a heading
	title   bool     // … or the title
	used    bool     // understood already
}

// splitLines cuts a normalised text; blank lines become gaps.
func splitLines(text string) []line {
	var out []line
	gap, page := 0, false
	for i, raw := range strings.Split(text, "\n") {
		for {
			before, after, found := strings.Cut(raw, "\f")
			if !found {
				break
			}
			if strings.TrimSpace(before) != "" {
				out = append(out, newLine(i+1, before, gap, page))
				gap = 0
			}
			if len(out) > 0 {
				out[len(out)-1].last = true
				page = true
			}
			raw = after
		}
		switch trimmed := strings.TrimSpace(raw); {
		case trimmed == "":
			gap++
			continue
		case markdownRule.MatchString(trimmed):
			continue
		}
		out = append(out, newLine(i+1, raw, gap, page))
		gap, page = 0, false
	}
	return out
}

func newLine(n int, raw string, gap int, page bool) line {
	raw = untab(strings.TrimRight(raw, " \t"))
	text := strings.TrimLeft(raw, " ")
	l := line{n: n, text: text, raw: raw, indent: len(raw) - len(text), gap: gap, page: page}
	if title := markdownTitle.ReplaceAllString(text, ""); title != text && title != "" {
		l.text, l.heading = title, true
	}
	if strings.HasPrefix(l.text, "**") {
		l.text = strings.ReplaceAll(l.text, "**", "")
	}
	if strings.Count(text, "|") >= 2 {
		for _, c := range strings.Split(strings.Trim(text, "| "), "|") {
			l.cells = append(l.cells, strings.TrimSpace(c))
		}
	}
	return l
}

// Markdown is text too: "## 9.1 - Title", and the rule under the names of the
// columns of a table.
var (
	markdownTitle = regexp.MustCompile(`^#{1,6}\s+`)
	markdownRule  = regexp.MustCompile(`^\|?[-:| ]*-[-:| ]*\|[-:| ]*$`)
)

// untab replaces tabs by at least two spaces: they separate columns.
func untab(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	column := 0
	for _, r := range s {
		if r == '\t' {
			n := 8 - column%8
			if n < 2 {
				n += 8
			}
			b.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		}
		b.WriteRune(r)
		column++
	}
	return b.String()
}

// flow returns the text of a line in one piece: table cells and columns become
// single spaces.
func (l *line) flow() string {
	if l.cells != nil {
		return strings.Join(strings.Fields(strings.Join(l.cells, " ")), " ")
	}
	return strings.Join(strings.Fields(l.text), " ")
}

// bullets are the characters that begin the item of a list. The private ones
// are those of the symbol fonts of word processors.
const bullets = "•●▪■▫□◦○‣⁃∙·➢➤►▶▸◆❖➔→✓✔"

// bullet splits the mark of a list item from its text; mark is "" when there
// is none. "a)" and "1)" stay in the text: they are referred to.
func bullet(s string) (mark, rest string) {
	r, size := utf8.DecodeRuneInString(s)
	after := strings.TrimLeft(s[size:], " ")
	spaced := len(s) == size || s[size] == ' '
	switch {
	case strings.ContainsRune(bullets, r), r >= 0xf000 && r <= 0xf0ff:
		return string(r), after
	case spaced && strings.ContainsRune("-–—*o§", r) && after != "":
		return string(r), after
	case lettered.MatchString(s):
		return ")", s
	}
	return "", s
}

var lettered = regexp.MustCompile(`^\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\)\s+\S`)

// numbered is "9.2.1 Text", "9.2.1 - Title", "9.2.1.", "Règle 9.2.1 : text",
// "1 - Objet".
var numbered = regexp.MustCompile(`^(?:(?i:r[èe]gle|rule|article|exigence|requirement|section|chapitre|chapter|§)\s*(?:[nN]°\s*)?)?(\d{1,2}(?:\.\d{1,3}){0,5})(\.?)\s*([-–—:|]\s*|\s|$)(.*)$`)

// number reads "9.2.1"; nil when s is no such number.
func number(s string) []int {
	var out []int
	for _, part := range strings.Split(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || len(part) > 3 {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// A head is the number that a line begins with.
type head struct {
	id        []int
	label     string // "9.2.1"
	separated bool   // something more than a space follows the number
	rest      string
}

func headOf(s string) *head {
	m := numbered.FindStringSubmatch(s)
	if m == nil {
		return nil
	}
	id := number(m[1])
	if id == nil {
		return nil
	}
	h := &head{id: id, separated: m[2] != "" || strings.TrimSpace(m[3]) != "", rest: strings.TrimSpace(m[4])}
	if strings.ContainsAny(m[3], "-–—") && len(id) > 1 && !strings.HasSuffix(m[3], " ") && h.rest != "" {
		if r, _ := utf8.DecodeRuneInString(h.rest); unicode.IsDigit(r) { // "2.5-3"
			return nil
		}
	}
	for i, n := range id { // "9.01.2" and "9.1.2" are one
		if i > 0 {
			h.label += "."
		}
		h.label += strconv.Itoa(n)
	}
	return h
}

// follows says whether number b may come right after a: the next at any depth,
// or the first one deeper.
func follows(a, b []int) bool {
	if len(a) == 0 {
		return len(b) > 0 && b[0] <= 1
	}
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	switch {
	case same == len(b):
		return false
	case same < len(a):
		if b[same] != a[same]+1 {
			return false
		}
		same++
	}
	for _, n := range b[same:] { // the parts below begin at 0 or 1
		if n > 1 {
			return false
		}
	}
	return true
}

// terminated says whether a sentence ends with s.
func terminated(s string) bool {
	s = strings.TrimRight(s, " »”\"')")
	r, _ := utf8.DecodeLastRuneInString(s)
	return s == "" || strings.ContainsRune(".:;!?…", r)
}

// lower says whether s goes on with a small letter.
func lower(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}

// titleLike says whether s may name a chapter rather than be a sentence.
func titleLike(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= 120 && !strings.ContainsAny(s[len(s)-1:], ".;,") && !lower(s)
}

var (
	objectiveLabel = regexp.MustCompile(`^(?:objectifs?|objectives?|goals?|buts?|purpose)(?: de securite| vises?)?\s*(?:[:|]\s*(.*)|)$`)
	rulesLabel     = regexp.MustCompile(`^(?:regles?|rules?|exigences?|requirements?|mesures|controls)(?: de securite| applicables?)?\s*:?$`)
	annexLabel     = regexp.MustCompile(`^(?:annexes?|appendix|appendices|annex|glossaire|glossary|references|bibliographie)\b[^.;]{0,80}$`)
)

// isLabel says whether a line announces objectives or rules.
func isLabel(text string) bool {
	if len(text) > 200 {
		return false
	}
	k := register.Fold(text)
	return rulesLabel.MatchString(k) || objectiveLabel.MatchString(k)
}
