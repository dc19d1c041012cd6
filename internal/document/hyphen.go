package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vigie.example/internal/register"
)

// words are those of a text, to tell the hyphen of "sous-traitants" from the
// one that cuts a word at the end of a line.
type words struct {
	known      map[string]bool // whole words and "sous-traitants", folded
	hyphenated bool            // the text cuts words
}

func wordsOf(lines []line) *words {
	w := &words{known: map[string]bool{}}
	var cuts [][2]string
	for i, l := range lines {
		tokens := strings.FieldsFunc(register.Fold(l.text), notWord)
		for _, t := range tokens {
			if !strings.HasSuffix(t, "-") {
				w.known[t] = true
			}
		}
		if i+1 < len(lines) {
			if before, after, ok := cut(l.text, lines[i+1].text); ok {
				cuts = append(cuts, [2]string{before, after})
			}
		}
	}
	cutWords, compounds := 0, 0
	for _, c := range cuts {
		switch {
		case w.known[c[0]+"-"+c[1]]:
			compounds++
		case w.known[c[0]+c[1]]:
			cutWords++
		}
	}
	w.hyphenated = cutWords > compounds
	return w
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

func notWord(r rune) bool { return !unicode.IsLetter(r) && r != '-' }

// cut returns the two halves, folded, of a word with a hyphen between two
// lines.
func cut(a, b string) (before, after string, ok bool) {
	head := strings.TrimSuffix(a, "-")
	r, _ := utf8.DecodeLastRuneInString(head)
	if head == a || !unicode.IsLetter(r) || !lower(b) {
		return "", "", false
	}
	before = head[strings.LastIndexFunc(head, notLetter)+1:]
	after = b
	if i := strings.IndexFunc(b, notLetter); i >= 0 {
		after = b[:i]
	}
	return register.Fold(before), register.Fold(after), true
}

// compoundStart are beginnings that keep their hyphen.
var compoundStart = map[string]bool{"sous": true, "non": true, "vice": true, "ex": true, "mi": true, "self": true, "well": true}

// joinText puts together two lines of a paragraph. A word cut at the end of the
// line loses its hyphen when the text writes it elsewhere without; without such
// evidence, when the text cuts words.
func joinText(a, b string, w *words) string {
	if a == "" || b == "" {
		return a + b
	}
	before, after, ok := cut(a, b)
	switch {
	case !ok:
		return a + " " + b
	case w == nil || w.known[before+"-"+after]:
		return a + b
	case w.known[before+after], w.hyphenated && !compoundStart[before]:
		return strings.TrimSuffix(a, "-") + b
	}
	return a + b
}
