package document

import (
	"strconv"
	"strings"

	"vigie.example/internal/register"
)

// lists computes the automatic numbers of a DOCX, which its text does not hold.
type lists struct {
	abstract map[string]*abstractList
	instance map[string]*listInstance
	counts   map[string]*[9]int // abstract list → count at each level; -1 before the first
}

// An abstractList is the definition of a list, level by level.
type abstractList struct {
	levels [9]listLevel
	link   string // style whose list this one is
}

type listLevel struct {
	format string // decimal, bullet, lowerLetter…
	text   string // "%1.%2 - "
	start  int
	style  string // paragraph style that is at this level
	legal  bool   // all numbers are decimal
}

// A listInstance is a use of a definition, some levels of which it may restart.
type listInstance struct {
	abstract string
	restart  [9]int // -1 when the level goes on
	used     [9]bool
}

func (p *docx) numbering(part string, styles map[string]*style) error {
	l := &lists{abstract: map[string]*abstractList{}, instance: map[string]*listInstance{}, counts: map[string]*[9]int{}}
	p.lists = l
	r := &numberingReader{lists: l}
	if err := p.walk(part, r); err != nil {
		return err
	}
	for _, a := range l.abstract { // a list that is the one of a style
		if s := styles[a.link]; a.link != "" && s != nil {
			if in := l.instance[s.num]; in != nil && l.abstract[in.abstract] != nil {
				a.levels = l.abstract[in.abstract].levels
			}
		}
	}
	return nil
}

type numberingReader struct {
	*lists
	open     *abstractList
	instance *listInstance
	override int
	at       *listLevel
}

func (r *numberingReader) start(n *node) error {
	switch n.name {
	case "abstractNum":
		r.open = &abstractList{}
		for i := range r.open.levels {
			r.open.levels[i].start = 1
		}
		if len(r.abstract) < maxParts {
			r.abstract[n.attrs["abstractNumId"]] = r.open
		}
	case "num":
		r.instance = &listInstance{restart: [9]int{-1, -1, -1, -1, -1, -1, -1, -1, -1}}
		if len(r.lists.instance) < maxParts {
			r.lists.instance[n.attrs["numId"]] = r.instance
		}
	case "lvl":
		r.at = nil
		if r.open != nil {
			r.at = &r.open.levels[level(n.attrs["ilvl"])]
		}
	case "numStyleLink":
		if r.open != nil {
			r.open.link = n.val()
		}
	case "abstractNumId":
		if r.instance != nil {
			r.instance.abstract = n.val()
		}
	case "lvlOverride":
		r.override = level(n.attrs["ilvl"])
	case "startOverride":
		if r.instance != nil {
			r.instance.restart[r.override] = count(n.val())
		}
	}
	if r.at != nil {
		r.at.set(n)
	}
	return nil
}

func (l *listLevel) set(n *node) {
	switch n.name {
	case "start":
		l.start = count(n.val())
	case "numFmt":
		l.format = n.val()
	case "lvlText":
		l.text = normalise(n.val())
	case "pStyle":
		l.style = n.val()
	case "isLgl":
		l.legal = n.on()
	}
}

// count reads where a list starts.
func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 9999 {
		return 1
	}
	return n
}

func (r *numberingReader) text(string) error { return nil }

func (r *numberingReader) end(name string) error {
	switch name {
	case "abstractNum":
		r.open = nil
	case "num":
		r.instance = nil
	case "lvl":
		r.at = nil
	}
	return nil
}

// next counts a paragraph of a list, and returns its number as Word shows it,
// or the depth of the bullet.
func (l *lists) next(numID string, ilvl int) (label string, bullet int) {
	in := l.instance[numID]
	if in == nil || l.abstract[in.abstract] == nil {
		return "", 0
	}
	a := l.abstract[in.abstract]
	c := l.counts[in.abstract]
	if c == nil {
		c = &[9]int{-1, -1, -1, -1, -1, -1, -1, -1, -1}
		l.counts[in.abstract] = c
	}
	switch {
	case in.restart[ilvl] >= 0 && !in.used[ilvl]:
		c[ilvl] = in.restart[ilvl]
	case c[ilvl] < 0:
		c[ilvl] = a.levels[ilvl].start
	default:
		c[ilvl]++
	}
	in.used[ilvl] = true
	for i := range c {
		if i > ilvl {
			c[i] = -1
		} else if c[i] < 0 {
			c[i] = a.levels[i].start
		}
	}
	lv := a.levels[ilvl]
	switch {
	case lv.format == "bullet":
		return "", ilvl + 1
	case lv.format == "none" || lv.text == "":
		return "", 0
	}
	var b strings.Builder
	for i := 0; i < len(lv.text); i++ {
		if lv.text[i] == '%' && i+1 < len(lv.text) && lv.text[i+1] >= '1' && lv.text[i+1] <= '9' {
			k := int(lv.text[i+1] - '1')
			format := a.levels[k].format
			if lv.legal {
				format = "decimal"
			}
			b.WriteString(counter(c[k], format))
			i++
			continue
		}
		b.WriteByte(lv.text[i])
	}
	return strings.TrimSpace(b.String()), 0
}

// counter writes a number as a list does.
func counter(n int, format string) string {
	switch format {
	case "lowerLetter", "upperLetter":
		if n < 1 || n > 26*20 {
			break
		}
		s := strings.Repeat(string(rune('a'+(n-1)%26)), (n-1)/26+1)
		if format == "upperLetter" {
			s = strings.ToUpper(s)
		}
		return s
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalZero":
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
	}
	return strconv.Itoa(max(n, 0))
}

func roman(n int) string {
	var b strings.Builder
	for _, v := range []struct {
		n int
		s string
	}{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= v.n && b.Len() < 20 {
			b.WriteString(v.s)
			n -= v.n
		}
	}
	return b.String()
}

// numberOf returns the automatic number of a paragraph, or the depth of its
// bullet, and counts it.
func (p *docx) numberOf(styleID, numID, ilvl string) (label string, bullet int) {
	if numID == "" {
		numID = p.find(styleID, func(s *style) string { return s.num })
		if ilvl == "" {
			ilvl = p.find(styleID, func(s *style) string { return s.level })
		}
		if in := p.lists.instance[numID]; ilvl == "" && in != nil && p.lists.abstract[in.abstract] != nil {
			for i, lv := range p.lists.abstract[in.abstract].levels {
				if lv.style == styleID && styleID != "" {
					ilvl = strconv.Itoa(i)
				}
			}
		}
	}
	if numID == "" || numID == "0" {
		return "", 0
	}
	return p.lists.next(numID, level(ilvl))
}

// listStyle returns the depth of a bullet that only the name of its style tells.
func (p *docx) listStyle(id string) int {
	s := p.style[id]
	if s == nil {
		return 0
	}
	k := register.Fold(s.name)
	if !strings.HasPrefix(k, "list bullet") && !strings.HasPrefix(k, "liste a puces") {
		return 0
	}
	n, err := strconv.Atoi(k[len(k)-1:])
	if err != nil || n < 1 {
		return 1
	}
	return n
}
