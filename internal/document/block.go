package document

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"vigie.example/internal/register"
)

// A block is one paragraph, list item, heading or table row, its lines joined.
type block struct {
	text  string
	level int // depth in a list, from 1; 0 for a paragraph
	head  *head
	line
}

// A joiner turns lines into blocks.
type joiner struct {
	words     *words
	lost      bool         // list marks were lost: items begin with a space
	separated bool         // chapters are "1 - Title": a number alone is none
	parents   map[int]bool // chapters that have parts: 9 when there is a 9.1
	top       int          // last chapter; -1 before the first
	last      []int        // last number
	marks     []string     // marks of the open list, the outermost first
	out       []block
}

func join(lines []line) []block {
	j := &joiner{words: wordsOf(lines), parents: map[int]bool{}, top: -1}
	for _, l := range lines {
		if h := headOf(l.flow()); h != nil && len(h.id) == 2 && titleLike(h.rest) {
			j.parents[h.id[0]] = true
		}
	}
	j.lost = lostBullets(lines)
	j.separated = separatedChapters(lines)
	for i := range lines {
		if !lines[i].used {
			j.add(&lines[i])
		}
	}
	return j.out
}

// lostBullets says whether the marks of lists were lost on the way: nearly all
// lines begin at the margin, and the others follow a blank line with a space.
func lostBullets(lines []line) bool {
	flush, items := 0, 0
	for _, l := range lines {
		switch {
		case l.cells != nil || l.level > 0:
			return false
		case l.indent == 0:
			flush++
		case l.indent <= 3 && l.gap > 0:
			items++
		}
		if r, _ := utf8.DecodeRuneInString(l.text); !l.used && strings.ContainsRune(bullets, r) {
			return false
		}
	}
	return items >= 2 && flush*10 >= len(lines)*6
}

// separatedChapters says whether two chapters at least are "1 - Title" or
// "1. Title".
func separatedChapters(lines []line) bool {
	n := 0
	for _, l := range lines {
		if h := headOf(l.text); h != nil && len(h.id) == 1 && h.separated && h.id[0] == n+1 && titleLike(h.rest) {
			n++
		}
	}
	return n >= 2
}

// previous returns the block that a line may go on, or nil.
func (j *joiner) previous() *block {
	if len(j.out) == 0 {
		return nil
	}
	return &j.out[len(j.out)-1]
}

func (j *joiner) add(l *line) {
	text := l.flow()
	if l.cells != nil {
		text = strings.Join(nonEmpty(l.cells), " | ")
	}
	if text == "" {
		return
	}
	prev := j.previous()
	if l.gap > 0 && !terminated(text) && annexLabel.MatchString(register.Fold(text)) {
		l.heading = true
	}
	if h := j.accept(l, prev, text); h != nil {
		j.marks = nil
		j.last = h.id
		if len(h.id) == 1 {
			j.top = h.id[0]
		}
		j.out = append(j.out, block{text: text, head: h, line: *l})
		return
	}
	if isLabel(text) || l.title || l.heading || l.cells != nil {
		j.marks = nil
		j.out = append(j.out, block{text: text, line: *l})
		return
	}
	level, rest := j.item(l, text)
	switch {
	case level > 0:
		j.out = append(j.out, block{text: rest, level: level, line: *l})
	case prev != nil && prev.text == "" && prev.level > 0: // the mark stood alone on its line
		prev.text = text
	case prev != nil && j.goesOn(prev, l, text):
		prev.text = joinText(prev.text, text, j.words)
		if prev.head != nil {
			prev.head.rest = joinText(prev.head.rest, text, j.words)
		}
		prev.gap, prev.last = 0, l.last
	default:
		j.marks = nil
		j.out = append(j.out, block{text: text, line: *l})
	}
}

func nonEmpty(list []string) (out []string) {
	for _, s := range list {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// accept returns the number that begins a chapter or a rule, nil when the line
// only happens to begin with one.
func (j *joiner) accept(l *line, prev *block, text string) *head {
	h := headOf(text)
	if h == nil {
		return nil
	}
	if len(h.id) == 1 {
		if j.chapter(h, l, prev) {
			return h
		}
		return nil
	}
	next := follows(j.last, h.id)
	if h.rest == "" && len(h.id) == 2 && !next {
		return nil
	}
	if j.boundary(l, prev) {
		if l.heading || h.separated || next || !lower(h.rest) {
			return h
		}
		return nil
	}
	if next && h.rest != "" && !lower(h.rest) {
		return h
	}
	return nil
}

// chapter says whether a single number begins a chapter.
func (j *joiner) chapter(h *head, l *line, prev *block) bool {
	if l.heading {
		return h.rest != ""
	}
	if !titleLike(h.rest) || l.cells != nil || l.level > 0 || !j.boundary(l, prev) {
		return false
	}
	n := h.id[0]
	first := j.top < 0 && n <= 1
	if j.separated && !h.separated {
		return false
	}
	if h.separated && n > j.top && (n <= j.top+3 || j.parents[n]) {
		return true
	}
	return first || n == j.top+1
}

// boundary says whether a new paragraph may begin at a line.
func (j *joiner) boundary(l *line, prev *block) bool {
	return prev == nil || l.gap > 0 || l.page || j.soft(l) || terminated(prev.text) || isLabel(prev.text)
}

// soft says that a line begins a page, in a text where pages left only a space.
func (j *joiner) soft(l *line) bool { return j.lost && l.gap == 0 && l.indent > 0 }

// item returns the depth of a list item, 0 for a paragraph, and its text.
func (j *joiner) item(l *line, text string) (int, string) {
	if l.level > 0 {
		return l.level, text
	}
	mark, rest := bullet(text)
	if mark == "" && j.lost && (l.gap > 0 && l.indent > 0 || l.gap == 0 && l.indent > 1) {
		mark = " "
	}
	if mark == "" {
		return 0, text
	}
	for i, m := range j.marks {
		if m == mark {
			j.marks = j.marks[:i+1]
			return i + 1, rest
		}
	}
	j.marks = append(j.marks, mark)
	return len(j.marks), rest
}

// longHeading is how long a title is when it may go on in the next line.
const longHeading = 60

// linkWord ends a line that says nothing without the next.
var linkWord = regexp.MustCompile(`(?:^|[\s'’])(?:de|du|des|d|l|la|le|les|et|of|the|and|for|pour|en)['’]?$`)

// linked says whether s wants more.
func linked(s string) bool {
	return linkWord.MatchString(register.Fold(strings.ToValidUTF8(s[max(0, len(s)-20):], "")))
}

// maxParagraph is the length, in bytes, at which a paragraph ends whatever
// follows: joining its lines costs their number times its length.
const maxParagraph = 20_000

// shortLine is how long a line may be without reaching the right margin.
const shortLine = 45

// goesOn says whether a line continues the paragraph before it.
func (j *joiner) goesOn(prev *block, l *line, text string) bool {
	if prev.cells != nil || prev.heading || prev.title || isLabel(prev.text) || len(prev.text) > maxParagraph {
		return false
	}
	open := !terminated(prev.text)
	switch {
	case prev.head != nil && len(prev.head.id) < 3: // a title, which may be long
		return l.gap == 0 && (lower(text) || open && utf8.RuneCountInString(prev.text) > longHeading && titleLike(text))
	case len(j.last) == 0 && l.gap == 0: // the cover
		return lower(text) || linked(prev.text)
	case l.page:
		return open && (lower(text) || linked(prev.text))
	case l.gap > 0:
		return open && lower(text)
	case j.soft(l):
		return open && (lower(text) || utf8.RuneCountInString(prev.text) > shortLine)
	}
	return true
}
