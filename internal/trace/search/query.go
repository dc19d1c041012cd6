package search

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/trace/access"
	"vigie.example/internal/trace/line"
)

// A Query is what entries must be to be found. Its zero value finds all.
type Query struct {
	From, To int64 // instants in microseconds, both included; 0 for no bound
	Before   int64 // only entries with a smaller number; 0 for no bound
	Since    int64 // only entries with this number or a larger one

	terms []term
}

// A term is one condition of a query.
type term struct {
	not    bool
	kind   byte   // 0 for the text, or that of a field
	text   []byte // in lower case
	level  byte   // of a token; other for a phrase
	re     *regexp.Regexp
	needle []byte   // what every match of re holds; nil when unknown
	folded bool     // the needle is in lower case, whatever the text is in
	hashes []uint64 // tokens that every entry found holds
	token  bool     // hashes is the one token that just the entries found hold
}

// maxQuery bounds a query, in bytes.
const maxQuery = 1000

// Parse reads a query: words that must all be there, "a phrase", host:NAME,
// app:NAME, source:NAME, user:NAME, access:ACTIVITY (or any, failed, succeeded),
// from:ADDRESS, /a regular expression/, each with - before for what must not be
// there. Letters of ASCII match in both cases, but in regular expressions,
// where (?i) says so.
//
// Errors: Invalid, with what is wrong.
func Parse(text string) (Query, error) {
	var q Query
	if len(text) > maxQuery {
		return q, &vigie.Error{Code: vigie.Invalid, Key: "search.too_long", Args: []any{maxQuery}}
	}
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		var t term
		if len(rest) > 1 && rest[0] == '-' {
			t.not, rest = true, rest[1:]
		}
		var err error
		switch rest[0] {
		case '"':
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return q, &vigie.Error{Code: vigie.Invalid, Key: "search.open_quote"}
			}
			t.phrase(rest[1 : 1+end])
			rest = rest[end+2:]
		case '/':
			end := closing(rest[1:])
			if end < 0 {
				return q, &vigie.Error{Code: vigie.Invalid, Key: "search.open_regexp"}
			}
			if err = t.regexp(strings.ReplaceAll(rest[1:1+end], `\/`, "/")); err != nil {
				return q, err
			}
			rest = rest[end+2:]
		default:
			one, after, _ := strings.Cut(rest, " ")
			rest = after
			if err = t.word(one); err != nil {
				return q, err
			}
		}
		if t.re != nil || len(t.text) > 0 {
			q.terms = append(q.terms, t)
		}
	}
	return q, nil
}

// closing is where a regular expression ends.
func closing(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '/':
			return i
		}
	}
	return -1
}

func (t *term) word(text string) error {
	for prefix, kind := range map[string]byte{"host:": kindHost, "app:": kindApp, "source:": kindSource, "user:": kindUser, "access:": kindAccess, "from:": kindFrom} {
		if name, ok := strings.CutPrefix(text, prefix); ok {
			t.kind, t.text = kind, lower(nil, []byte(name))
			if kind == kindUser || kind == kindAccess || kind == kindFrom { // names of all languages
				t.text = []byte(strings.ToLower(name))
			}
			if kind == kindAccess && len(t.text) > 0 && !slices.Contains(outcomes, string(t.text)) && !slices.Contains(access.Activities, string(t.text)) {
				return &vigie.Error{Code: vigie.Invalid, Key: "search.bad_activity", Args: []any{name, strings.Join(append(outcomes, access.Activities...), ", ")}}
			}
			switch {
			case t.not || len(t.text) == 0:
			case kind == kindFrom:
				t.hashes = []uint64{hashOf(0, t.text)}
			default:
				t.hashes, t.token = []uint64{hashOf(kind, t.text)}, true
			}
			return nil
		}
	}
	t.text = lower(nil, []byte(text))
	if t.level = level(t.text); t.level == other {
		t.phrase(text)
		return nil
	}
	switch {
	case t.not || len(t.text) > maxToken:
	case passing(t.text): // the tokens in it
		tokens(t.text, func(start, end int) {
			if !passing(t.text[start:end]) {
				t.hashes = append(t.hashes, hashOf(0, t.text[start:end]))
			}
		})
	default:
		t.hashes, t.token = []uint64{hashOf(0, t.text)}, true
	}
	return nil
}

// phrase is a text that is anywhere; the words inside it are tokens.
func (t *term) phrase(text string) {
	t.text, t.level = lower(nil, []byte(text)), other
	if !t.not {
		t.hashes = inner(t.text)
	}
}

// inner are the hashes of the words of a text in lower case that are whole
// wherever the text is: not the first one nor the last, of which the entry may
// hold more.
func inner(text []byte) (hashes []uint64) {
	tokens(text, func(start, end int) {
		whole := start > 0 && end < len(text) && end-start <= maxToken
		for _, b := range text[start:end] {
			whole = whole && classes[b] == word
		}
		if whole && !passing(text[start:end]) {
			hashes = append(hashes, hashOf(0, text[start:end]))
		}
	})
	return hashes
}

func (t *term) regexp(text string) error {
	re, err := regexp.Compile(text)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "search.bad_regexp", Args: []any{text, strings.TrimPrefix(err.Error(), "error parsing regexp: ")}, Err: err}
	}
	t.re = re
	if t.not {
		return nil
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil // it compiled: search without help
	}
	for _, l := range literals(tree.Simplify()) {
		if len(l.text) > len(t.needle) {
			t.needle, t.folded = []byte(l.text), l.folded
		}
		t.hashes = append(t.hashes, inner(lower(nil, []byte(l.text)))...)
	}
	return nil
}

// A literal is a text that every match of a regular expression holds.
type literal struct {
	text   string
	folded bool // in lower case here, in any there
}

// literals are those of a regular expression.
func literals(re *syntax.Regexp) (out []literal) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return foldedLiterals(re.Rune)
		}
		if utf8.ValidString(string(re.Rune)) {
			out = append(out, literal{text: string(re.Rune)})
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			out = append(out, literals(sub)...)
		}
	case syntax.OpCapture, syntax.OpPlus:
		out = literals(re.Sub[0])
	}
	return out
}

// foldedLiterals are those of a text in any case. It is cut at letters that others
// than those of ASCII equal, such as k, of which the sign of kelvins is a capital.
func foldedLiterals(text []rune) (out []literal) {
	var part []byte
	for _, r := range append(slices.Clone(text), utf8.RuneError) {
		plain := r < utf8.RuneSelf
		for f := unicode.SimpleFold(r); plain && f != r; f = unicode.SimpleFold(f) {
			plain = f < utf8.RuneSelf
		}
		if plain {
			part = lower(part, []byte{byte(r)})
		} else if len(part) > 0 {
			out = append(out, literal{string(part), true})
			part = nil
		}
	}
	return out
}

// needle returns a text that every entry found holds, and whether it is in lower
// case; nil when there is none. Of several it is the longest among those that are
// not known as frequent in the group.
func (q *Query) needle(g *group) (text []byte, folded bool) {
	rare := false
	_, times := g.times()
	for i := range q.terms {
		t := &q.terms[i]
		if t.not || t.kind != 0 && t.kind != kindHost && t.kind != kindApp { // not as it is written
			continue
		}
		here, hereFolded := t.text, true
		if t.re != nil {
			here, hereFolded = t.needle, t.folded
		}
		hereRare := false
		if t.token {
			counts, known := g.counted(t.kind, t.hashes[0], times)
			sum := uint32(0)
			for _, n := range counts {
				sum += n
			}
			hereRare = !known || int(sum)*frequentOf < g.entries
		}
		if len(here) > 0 && (hereRare && !rare || hereRare == rare && len(here) > len(text)) {
			text, folded, rare = here, hereFolded, hereRare
		}
	}
	return text, folded
}

// lowered says whether matches looks at the text in lower case.
func (q *Query) lowered() bool {
	return slices.ContainsFunc(q.terms, func(t term) bool { return t.re == nil && t.kind == 0 })
}

// Finds says whether the query finds an event, whatever its number.
func (q *Query) Finds(h Hit) bool {
	return q.matches(&evidence.Entry{Received: h.Received, Source: h.Source, Raw: h.Raw}, lower(nil, h.Raw))
}

// matches says whether an entry meets every term; low is its text in lower case, if
// lowered says so.
func (q *Query) matches(e *evidence.Entry, low []byte) bool {
	if q.From != 0 && e.Received < q.From || q.To != 0 && e.Received > q.To {
		return false
	}
	var h line.Header
	parsed := false
	for i := range q.terms {
		t := &q.terms[i]
		found := false
		switch {
		case t.re != nil:
			found = t.re.Match(e.Raw)
		case t.kind == kindSource:
			found = bytes.Equal(lower(nil, []byte(e.Source)), t.text)
		case t.kind == kindUser || t.kind == kindAccess || t.kind == kindFrom:
			if !parsed {
				h, parsed = line.Parse(e.Raw, e.Received), true
			}
			if a, ok := access.Parse(h, e.Raw); ok {
				eachName(a, func(kind byte, name string) { found = found || kind == t.kind && name == string(t.text) })
			}
		case t.kind != 0:
			if !parsed {
				h, parsed = line.Parse(e.Raw, e.Received), true
			}
			field := h.Host
			if t.kind == kindApp {
				field = h.App
			}
			found = bytes.Equal(lower(nil, field), t.text)
		case t.level == other:
			found = bytes.Contains(low, t.text)
		default:
			found = holds(low, t.text, t.level)
		}
		if found == t.not {
			return false
		}
	}
	return true
}

// holds says whether a text holds a token.
func holds(text, token []byte, level byte) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], token)
		if i < 0 {
			return false
		}
		at += i
		if boundary(text, at-1, -1, level) && boundary(text, at+len(token), 1, level) {
			return true
		}
		at++
	}
}
