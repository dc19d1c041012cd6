package document

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// understand fills the document from its lines. Titles are what page headers
// said.
func (d *Document) understand(lines []line, titles []string) {
	d.mark(lines)
	d.editions(lines)
	blocks := join(lines)
	w := &walker{Document: d, rulesTop: rulesTop(blocks), byID: map[vigie.RuleID]int{}}
	for i := range blocks {
		w.block(&blocks[i])
	}
	w.endRule()
	w.endChapter()
	d.chooseTitle(w.front, titles)
}

// rulesTop returns the chapter under which most numbers of three parts stand:
// 9 in the source policy.
func rulesTop(blocks []block) int {
	count := map[int]int{}
	best := 0
	for _, b := range blocks {
		if b.head != nil && len(b.head.id) == 3 {
			n := b.head.id[0]
			if count[n]++; count[n] > count[best] {
				best = n
			}
		}
	}
	return best
}

// A mode is what the paragraphs that come are.
type mode int

const (
	prose      mode = iota // text of the chapter
	objectives             // after OBJECTIFS
	statements             // after REGLES, before the first number
)

// A walker puts blocks where they belong.
type walker struct {
	*Document
	rulesTop int
	mode     mode
	opened   int      // chapters so far
	chapter  *Chapter // open chapter, not yet in the list
	text     []block  // its paragraphs
	rule     *Rule    // open rule
	ruleHead *head
	ruleText []block
	ruleLine int
	byID     map[vigie.RuleID]int // place in Rules
	front    []block              // what stands before the first chapter
}

func (w *walker) block(b *block) {
	k := register.Fold(b.text)
	switch {
	case b.title:
		w.front = append(w.front, *b)
	case b.head != nil && w.numbered(b):
	case rulesLabel.MatchString(k) && w.inRules():
		w.endRule()
		w.mode = statements
	case objectiveLabel.MatchString(k) && w.inRules():
		w.endRule()
		w.mode = objectives
		if i := strings.IndexAny(b.text, ":|"); i >= 0 {
			if rest := strings.TrimSpace(b.text[i+1:]); rest != "" {
				w.content(&block{text: rest, line: b.line})
			}
		}
	case w.chapter != nil && (b.heading && b.head == nil || b.gap > 0 && b.level == 0 && annexLabel.MatchString(k)):
		w.heading(b)
	default:
		w.content(b)
	}
}

// inRules says whether the open chapter holds rules.
func (w *walker) inRules() bool {
	return w.chapter != nil && w.rulesTop > 0 && strings.HasPrefix(w.chapter.Number, strconv.Itoa(w.rulesTop)+".")
}

// numbered opens the chapter or the rule that a number begins; false when it is
// only a part of the text.
func (w *walker) numbered(b *block) bool {
	id := b.head.id
	switch {
	case len(id) == 1:
		w.open(b.head.label, b.head.rest)
	case len(id) == 2 && id[0] == w.rulesTop:
		w.open(b.head.label, b.head.rest)
	case len(id) == 3 && id[0] == w.rulesTop:
		w.endRule()
		parent := b.head.label[:strings.LastIndexByte(b.head.label, '.')]
		if w.chapter == nil || w.chapter.Number != parent {
			w.remark(b.n, "document.no_chapter", b.head.label, parent)
			w.open(parent, "")
		}
		w.startRule(vigie.RuleID(b.head.label), b.n)
		w.ruleHead = b.head
		if b.head.rest != "" {
			w.ruleText = []block{{text: b.head.rest, line: b.line}}
		}
	default:
		return false
	}
	return true
}

// heading opens a part without a number: an appendix, or a title in the text.
func (w *walker) heading(b *block) {
	if annexLabel.MatchString(register.Fold(b.text)) || !w.inRules() && w.rule == nil && len(w.Rules) > 0 {
		w.open("", b.text)
		return
	}
	w.content(b)
}

func (w *walker) open(number, title string) {
	if w.opened++; w.opened > maxChapters {
		return
	}
	w.endRule()
	w.endChapter()
	w.chapter = &Chapter{Number: number, Title: title}
	w.mode = prose
}

func (w *walker) startRule(id vigie.RuleID, line int) {
	if len(w.Rules) >= maxRules {
		return
	}
	w.rule, w.ruleText, w.ruleLine, w.ruleHead = &Rule{ID: id, Chapter: w.chapter.Number}, nil, line, nil
}

// content adds a paragraph to what is open.
func (w *walker) content(b *block) {
	switch {
	case w.chapter == nil:
		w.front = append(w.front, *b)
	case w.rule != nil:
		w.ruleText = append(w.ruleText, *b)
	case w.mode == statements:
		w.startRule(vigie.RuleID(w.chapter.Number+".0"), b.n)
		w.ruleText = append(w.ruleText, *b)
	case w.mode == objectives:
		w.objective(b)
	default:
		w.text = append(w.text, *b)
	}
}

// objective adds an objective; what an objective ending with a colon announces
// is part of it, as are deeper items.
func (w *walker) objective(b *block) {
	list := w.chapter.Objectives
	if n := len(list); n > 0 && len(list[n-1]) < maxParagraph {
		lastLine := list[n-1][strings.LastIndexByte(list[n-1], '\n')+1:]
		opened := strings.HasSuffix(lastLine, ":") && strings.HasSuffix(b.text, ";")
		open := strings.HasPrefix(lastLine, "- ") && strings.HasSuffix(lastLine, ";")
		if b.level > 1 || opened || open {
			list[n-1] += "\n- " + b.text
			return
		}
	}
	w.chapter.Objectives = append(list, b.text)
}

// endRule keeps the open rule.
func (w *walker) endRule() {
	r := w.rule
	if r == nil {
		return
	}
	w.rule = nil
	paragraphs := w.ruleText
	if len(paragraphs) > 1 && w.ruleHead != nil && w.ruleHead.rest != "" && ruleTitle(paragraphs) {
		r.Title, paragraphs = paragraphs[0].text, paragraphs[1:]
	}
	if r.Unnumbered() && len(paragraphs) == 1 {
		paragraphs[0].level = 0 // one statement is no list
	}
	r.Text = render(paragraphs)
	if r.Text == "" {
		w.remark(w.ruleLine, "document.empty_rule", string(r.ID))
	}
	at, twice := w.byID[r.ID]
	if !twice {
		w.byID[r.ID] = len(w.Rules)
		w.Rules = append(w.Rules, *r)
		return
	}
	w.remark(w.ruleLine, "document.rule_twice", string(r.ID))
	if utf8.RuneCountInString(r.Text) > utf8.RuneCountInString(w.Rules[at].Text) {
		w.Rules[at] = *r
	}
}

// ruleTitle says whether the first paragraph of a rule is its title.
func ruleTitle(paragraphs []block) bool {
	first, second := paragraphs[0], paragraphs[1]
	if first.heading {
		return true
	}
	r, _ := utf8.DecodeRuneInString(second.text)
	return !terminated(first.text) && titleLike(first.text) && second.level == 0 && !unicode.IsLower(r) && !unicode.IsDigit(r)
}

// endChapter keeps the open chapter. One that came before, empty, was a line of
// an unrecognised table of contents.
func (w *walker) endChapter() {
	c := w.chapter
	if c == nil {
		return
	}
	w.chapter = nil
	c.Text, w.text = render(w.text), nil
	i := slices.IndexFunc(w.Chapters, func(o Chapter) bool { return o.Number == c.Number && c.Number != "" })
	switch {
	case i < 0:
		w.Chapters = append(w.Chapters, *c)
	case w.Chapters[i].Text == "" && w.Chapters[i].Objectives == nil:
		w.Chapters = append(slices.Delete(w.Chapters, i, i+1), *c)
	default: // the chapter goes on
		o := &w.Chapters[i]
		o.Objectives = append(o.Objectives, c.Objectives...)
		o.Text = strings.TrimSpace(o.Text + "\n\n" + c.Text)
	}
}

// render writes paragraphs: one per line, a blank line between two that are not
// items of a list.
func render(blocks []block) string {
	var b strings.Builder
	for i, p := range blocks {
		if i > 0 {
			b.WriteByte('\n')
			if p.level == 0 {
				b.WriteByte('\n')
			}
		}
		if p.level > 0 {
			b.WriteString(strings.Repeat("  ", min(p.level, 9)-1) + "- ")
		}
		b.WriteString(p.text)
	}
	return b.String()
}

// chooseTitle finds the title on the cover, else in the page headers. What else
// is on the cover was not understood.
func (d *Document) chooseTitle(front []block, headers []string) {
	policyWord := func(s string) bool {
		k := register.Fold(s)
		return strings.Contains(k, "politique") || strings.Contains(k, "policy") || strings.Contains(k, "pssi")
	}
	at := slices.IndexFunc(front, func(b block) bool { return b.title })
	if at < 0 {
		at = slices.IndexFunc(front, func(b block) bool { return policyWord(b.text) && len(b.text) <= 200 })
	}
	header := slices.IndexFunc(headers, policyWord)
	if at < 0 && header < 0 {
		at = slices.IndexFunc(front, func(b block) bool { return b.level == 0 && titleLike(b.text) })
	}
	switch {
	case at >= 0:
		d.Title = front[at].text
	case header >= 0:
		d.Title = headers[header]
	}
	for i, b := range front {
		if i != at {
			d.remark(b.n, "document.not_understood", shorten(b.text))
		}
	}
}

// shorten cuts a text that is only quoted.
func shorten(s string) string {
	const limit = 200
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}
