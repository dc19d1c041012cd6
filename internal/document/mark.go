package document

import (
	"regexp"
	"slices"
	"strings"

	"vigie.example/internal/register"
)

var (
	tick      = `(?:[xX]|☒|☑|✓|✔|✗|✘|■|●|\[[xX]\]|\([xX]\)|[\x{f052}\x{f0fc}\x{f0fb}\x{f0fe}\x{f0fd}])`
	noTick    = `(?:☐|□|○|\[ ?\]|\( ?\)|[\x{f06f}\x{f0a8}])`
	levelRow  = regexp.MustCompile(`^(?:` + tick + `\s*|` + noTick + `\s*)?[Cc]?([0-4])(?:\s*[-–—:.)|]\s*|\s+)\S`)
	tickFirst = regexp.MustCompile(`^` + tick + `(?:\s|$)`)
	tickLast  = regexp.MustCompile(`(?:\s|\|)` + tick + `\s*\|?$`)
	boxFirst  = regexp.MustCompile(`^(?:` + tick + `|` + noTick + `)\s*(\pL.*)$`)
	inline    = regexp.MustCompile(`^(?:(?:niveau|degre|level|marquage|mention|marking)\s+(?:de\s+|d['’]\s*)?)?(?:confidentialite|confidentiality|classification|diffusion|sensibilite)(?:\s+level)?(?:\s+du document)?\s*[:=|]\s*(.+)$`)
	levelOf   = regexp.MustCompile(`\b[cn]?\s?([0-4])\b`)
)

// levelWords name the levels, folded; the first that matches decides, so that
// "restreint à la société" is not "restreint".
var levelWords = []struct {
	words *regexp.Regexp
	level int64
}{
	{regexp.MustCompile(`\b(?:secret|secrete|strictly confidential|tres secret)\b`), 4},
	{regexp.MustCompile(`\b(?:confidentiel|confidentielle|confidential)\b`), 3},
	{regexp.MustCompile(`\b(?:societe|interne|internal|entreprise|company)\b`), 1},
	{regexp.MustCompile(`\b(?:restreinte?|restricted|limitee?|limited|groupe|group)\b`), 2},
	{regexp.MustCompile(`\b(?:publique?|public|libre|open)\b`), 0},
}

// coverLines is where the cover ends, when no chapter says it earlier.
const coverLines = 600

// mark finds the confidentiality of the document on its cover: the ticked row
// of a list of levels, or "Confidentialité : …".
func (d *Document) mark(lines []line) {
	for i := range lines[:min(len(lines), coverLines)] {
		if lines[i].used {
			continue
		}
		text := lines[i].flow()
		if h := headOf(text); i > 0 && h != nil && h.label == "1" && titleLike(h.rest) {
			return // the first chapter: the cover is behind
		}
		k := register.Fold(text)
		if m := inline.FindStringSubmatch(k); m != nil {
			if level, ok := levelNamed(m[1]); ok {
				d.Confidentiality = &level
				lines[i].used = true
				return
			}
		}
		if strings.Contains(k, "confidentialit") || strings.Contains(k, "classification") {
			if d.levelRows(lines, i) {
				return
			}
		}
	}
}

// A levelChoice is one row of a list of levels.
type levelChoice struct {
	level  int64
	ticked bool
}

// levelRows reads the rows that follow a heading at line i, and says whether
// there are any.
func (d *Document) levelRows(lines []line, i int) bool {
	var rows []levelChoice
	end, begun := i+1, 0
	for k := i + 1; k < len(lines) && k < i+40; k++ {
		text := lines[k].flow()
		level, ok := rowLevel(text)
		switch {
		case lines[k].used || ok && len(rows) > 0 && level <= rows[len(rows)-1].level:
			k = len(lines)
			continue
		case ok:
			rows = append(rows, levelChoice{level, ticked(text)})
			if begun == 0 {
				begun = k
			}
		case len(rows) == 0 && k-i > 4: // only the names of the columns may come between
			return false
		case len(rows) > 0 && lines[k].gap > 0 && !tickFirst.MatchString(text):
			k = len(lines)
			continue
		case len(rows) > 0: // the end of a wrapped row, or its mark alone
			last := &rows[len(rows)-1]
			last.ticked = last.ticked || ticked(text)
		}
		end = k + 1
	}
	if len(rows) < 2 {
		return false
	}
	for k := i; k < end; k++ {
		lines[k].used = true
	}
	rows = slices.DeleteFunc(rows, func(c levelChoice) bool { return !c.ticked })
	switch len(rows) {
	case 1:
		d.Confidentiality = &rows[0].level
	case 0:
	default:
		d.remark(lines[i].n, "document.marks", len(rows))
	}
	return true
}

// rowLevel reads "2 Document restreint à un groupe" or "☒ Public".
func rowLevel(text string) (int64, bool) {
	if m := levelRow.FindStringSubmatch(text); m != nil {
		return int64(m[1][0] - '0'), true
	}
	if m := boxFirst.FindStringSubmatch(text); m != nil {
		return levelNamed(register.Fold(m[1]))
	}
	return 0, false
}

func ticked(text string) bool {
	return tickFirst.MatchString(text) || tickLast.MatchString(text)
}

// levelNamed reads "C2", "niveau 2" or a word, folded.
func levelNamed(k string) (int64, bool) {
	if len(k) > 80 {
		return 0, false
	}
	if m := levelOf.FindStringSubmatch(k); m != nil {
		return int64(m[1][0] - '0'), true
	}
	for _, w := range levelWords {
		if w.words.MatchString(k) {
			return w.level, true
		}
	}
	return 0, false
}
