package document

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A role is what a column of the history of editions holds.
type role string

const (
	dateRole     role = "date"
	versionRole  role = "version"
	authorRole   role = "author"
	approverRole role = "approver"
	reasonRole   role = "reason"
)

// roleWords name the columns, folded, in French and English.
var roleWords = map[role]*regexp.Regexp{
	dateRole:     regexp.MustCompile(`\bdates?\b`),
	versionRole:  regexp.MustCompile(`\b(?:versions?|editions?|ed\.|indices?|revisions?|rev\.?|issues?)(?:\W|$)`),
	authorRole:   regexp.MustCompile(`\b(?:auteurs?(?:\(s\))?|authors?(?:\(s\))?|redacteurs?|redige|redaction|written|prepared)\b`),
	approverRole: regexp.MustCompile(`\b(?:valide|validation|approuve|approved|approver|approval|approbation|approbateur|valideur|validated|verifie|reviewed)`),
	reasonRole:   regexp.MustCompile(`\b(?:motifs?|objets?|descriptions?|nature|modifications?|changes?|reasons?|comments?|commentaires?|evolutions?|summary)\b`),
}

// ofVersion hides the words of one column in the name of another: "Motif de la
// version", "Date d'approbation", "Reason for change".
var ofVersion = regexp.MustCompile(`\b(motifs?|objets?|descriptions?|nature|modifications?|changes?|reasons?|dates?|comments?|summary)\s+(?:(?:de|du|des|of|for)\s+|d['’]\s*)(?:la\s+|the\s+|l['’]\s*)?[a-z]+`)

// rolesOf returns the columns that a heading names, in their order.
func rolesOf(heading string) []role {
	k := ofVersion.ReplaceAllString(register.Fold(heading), "$1")
	at := map[role]int{}
	var roles []role
	for r, words := range roleWords {
		if m := words.FindStringIndex(k); m != nil {
			at[r] = m[0]
			roles = append(roles, r)
		}
	}
	slices.SortFunc(roles, func(a, b role) int { return at[a] - at[b] })
	if !slices.Contains(roles, dateRole) || !slices.Contains(roles, versionRole) || len(roles) < 3 {
		return nil
	}
	return roles
}

var (
	dateText = `(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}[-/.]\d{2}[-/.]\d{2}|\d{1,2}(?:er)?[ -]\p{L}{3,9}\.?,?[ -]\d{4}|\p{L}{3,9}\.? \d{1,2},? \d{4})`
	verText  = `(?:(?i:[ée]d(?:ition)?|v(?:ersion)?|r[ée]v(?:ision)?|issue|indice|n°)\s*\.?\s*)?(?:[A-Z]?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?|[A-Z])`

	aDate        = regexp.MustCompile(`^` + dateText + `$`)
	aVersion     = regexp.MustCompile(`^` + verText + `$`)
	startsDate   = regexp.MustCompile(`^` + dateText + `(?:\s|$)`)
	dateFirst    = regexp.MustCompile(`^(` + dateText + `)\s+(` + verText + `)(?:\s+(.*)|)$`)
	versionFirst = regexp.MustCompile(`^(` + verText + `)\s+(` + dateText + `)(?:\s+(.*)|)$`)
	wideGap      = regexp.MustCompile(`\s{2,}|\s*\|\s*`)
	versionWord  = regexp.MustCompile(`^(?i:[ée]d(?:ition)?|v(?:ersion)?|r[ée]v(?:ision)?|issue|indice|n°)(?:\s*\.?\s*)`)
	historyTitle = regexp.MustCompile(`^(?:suivi|historique|history|revision|version|edition|document|change)s?\b.{0,40}$`)
	approvalMark = regexp.MustCompile(`\(\s*([VvAa])\s*\)`)
)

// An entry is a line of the history before its columns are told apart.
type entry struct {
	line    int
	cells   map[role]string
	rest    string // what follows the date and the version, in one piece
	aligned bool   // the cells come from columns, not from words
}

// editions finds the history of editions and reads it.
func (d *Document) editions(lines []line) {
	for i := range lines {
		roles, next := heading(lines, i)
		if roles == nil {
			continue
		}
		entries, end := rows(lines, next, roles)
		if len(entries) == 0 {
			continue
		}
		for k := i; k < end; k++ {
			lines[k].used = true
		}
		if i > 0 && historyTitle.MatchString(register.Fold(lines[i-1].flow())) {
			lines[i-1].used = true
		}
		splitWords(entries, roles)
		d.keepEditions(entries)
		return
	}
}

// heading reads the names of the columns at line i, over at most eight lines,
// and returns where the rows begin: at the first date.
func heading(lines []line, i int) ([]role, int) {
	k := register.Fold(lines[i].flow())
	if !roleWords[dateRole].MatchString(k) && !roleWords[versionRole].MatchString(k) || len(k) > 200 {
		return nil, 0
	}
	if lines[i].used || headOf(lines[i].flow()) != nil || historyTitle.MatchString(k) && strings.Contains(k, " ") && !roleWords[dateRole].MatchString(k) {
		return nil, 0
	}
	text := ""
	for n := i; n < min(len(lines), i+9); n++ {
		flow := lines[n].flow()
		if h := headOf(flow); dateOrVersionRow(flow) || h != nil && aVersion.MatchString(flow) {
			return rolesOf(text), n
		}
		text += " " + flow
	}
	return nil, 0
}

func dateOrVersionRow(s string) bool {
	return startsDate.MatchString(s) || versionFirst.MatchString(s)
}

// rows reads the lines of the history from line i, and returns where it ends.
func rows(lines []line, i int, roles []role) (entries []*entry, end int) {
	for i < len(lines) {
		l := &lines[i]
		text := l.flow()
		switch {
		case l.used:
			return entries, i
		case l.cells != nil:
			e := tableRow(l, roles)
			if e == nil {
				return entries, i
			}
			entries = append(entries, e)
			i++
		case dateOrVersionRow(text), aVersion.MatchString(text) && startsEntry(lines, i, roles):
			from := i
			for i++; i < len(lines) && continues(lines, from, i, roles); i++ {
			}
			if e := textRow(lines[from:i], roles); e != nil {
				entries = append(entries, e)
			}
		default:
			return entries, i
		}
	}
	return entries, i
}

// startsEntry says whether a lone version number is followed by its date: a
// table that was extracted cell by cell.
func startsEntry(lines []line, i int, roles []role) bool {
	return roles[0] == versionRole && i+1 < len(lines) && aDate.MatchString(lines[i+1].flow())
}

// continues says whether line i still belongs to the entry that begins at from.
func continues(lines []line, from, i int, roles []role) bool {
	l := &lines[i]
	text := l.flow()
	if l.used || l.cells != nil || dateOrVersionRow(text) && !aDate.MatchString(text) || startsEntry(lines, i, roles) || isLabel(text) || contentsTitle(text) {
		return false
	}
	alone := aDate.MatchString(lines[from].flow()) || aVersion.MatchString(lines[from].flow())
	if aDate.MatchString(text) {
		return alone && i == from+1 && roles[0] == versionRole
	}
	if h := headOf(text); h != nil && h.rest != "" && (h.separated || l.gap > 0) && len(h.id) == 1 && !aVersion.MatchString(text) {
		return false // "1 - Objet" after the table
	}
	if l.gap == 0 {
		return i-from < 30
	}
	if !alone {
		return lower(text) && l.page // a reason cut by the end of a page
	}
	return pieces(lines[from:i]) < len(roles) // cell by cell
}

// pieces counts the groups that blank lines separate, or the lines when none
// does.
func pieces(lines []line) int {
	n := 1
	for _, l := range lines[1:] {
		if l.gap > 0 {
			n++
		}
	}
	if n == 1 {
		return len(lines)
	}
	return n
}

// tableRow reads a row of a DOCX table; nil when it holds no date.
func tableRow(l *line, roles []role) *entry {
	cells := slices.Clone(l.cells)
	if len(cells) > len(roles) { // empty columns of a badly drawn table
		cells = slices.DeleteFunc(cells, func(s string) bool { return strings.TrimSpace(s) == "" })
	}
	e := &entry{line: l.n, cells: map[role]string{}, aligned: true}
	for i, r := range roles {
		if i < len(cells) {
			e.cells[r] = strings.Join(strings.Fields(cells[i]), " ")
		}
	}
	if !aDate.MatchString(e.cells[dateRole]) {
		return nil
	}
	return e
}

// textRow reads an entry of a text: cell by cell, in columns, or in one flow.
func textRow(lines []line, roles []role) *entry {
	if len(lines) == 0 {
		return nil
	}
	first := lines[0].flow()
	e := &entry{line: lines[0].n, cells: map[role]string{}}
	if aDate.MatchString(first) || aVersion.MatchString(first) {
		return cellByCell(e, lines, roles)
	}
	if columns := wideGap.Split(lines[0].text, -1); len(columns) == len(roles) {
		return inColumns(e, lines, roles)
	}
	flow := ""
	for _, l := range lines {
		flow = joinText(flow, l.flow(), nil)
	}
	if m := dateFirst.FindStringSubmatch(flow); m != nil {
		e.cells[dateRole], e.cells[versionRole], e.rest = m[1], m[2], m[3]
		return e
	}
	if m := versionFirst.FindStringSubmatch(flow); m != nil {
		e.cells[versionRole], e.cells[dateRole], e.rest = m[1], m[2], m[3]
		return e
	}
	return nil
}

// cellByCell gives each group of lines to one column; the last takes the rest.
func cellByCell(e *entry, lines []line, roles []role) *entry {
	e.aligned = true
	grouped := pieces(lines) != len(lines)
	at := -1
	for i, l := range lines {
		if i == 0 || !grouped || l.gap > 0 {
			at++
		}
		r := roles[min(at, len(roles)-1)]
		e.cells[r] = joinText(e.cells[r], l.flow(), nil)
	}
	if !aDate.MatchString(e.cells[dateRole]) {
		return nil
	}
	return e
}

// inColumns gives each piece to the column under whose start it stands.
func inColumns(e *entry, lines []line, roles []role) *entry {
	e.aligned = true
	var starts []int
	for _, c := range columnsOf(lines[0].raw) {
		starts = append(starts, c.at)
	}
	for _, l := range lines {
		for _, c := range columnsOf(l.raw) {
			best := 0
			for i, s := range starts {
				if abs(s-c.at) < abs(starts[best]-c.at) {
					best = i
				}
			}
			r := roles[min(best, len(roles)-1)]
			e.cells[r] = joinText(e.cells[r], c.text, nil)
		}
	}
	if !aDate.MatchString(e.cells[dateRole]) {
		return nil
	}
	return e
}

// A column is a piece of a line, and where it begins, in characters.
type column struct {
	at   int
	text string
}

func columnsOf(raw string) (out []column) {
	from := 0
	add := func(to int) {
		piece := raw[from:to]
		text := strings.TrimLeft(piece, " |")
		if text = strings.TrimRight(text, " |"); text != "" {
			at := from + len(piece) - len(strings.TrimLeft(piece, " |"))
			out = append(out, column{utf8.RuneCountInString(raw[:at]), text})
		}
	}
	for _, m := range wideGap.FindAllStringIndex(raw, -1) {
		add(m[0])
		from = m[1]
	}
	add(len(raw))
	return out
}

func abs(n int) int { return max(n, -n) }

// reasonStart is a word that begins the reason of an edition, in entries whose
// columns are lost.
var reasonStart = regexp.MustCompile(`^(?:versions?|creations?|ajouts?|modifications?|modifie|corrections?|mises?|suppressions?|revisions?|refonte|initiale?s?|premiere|clarifications?|precisions?|prise|changements?|evolutions?|relecture|reprise|first|original|initial|added|addition|adds?|updates?|updated|removal|removed|changes?|changed|corrected|fix(?:ed|es)?|rewrit\w*|new|nouvelle?s?|annual|yearly|review(?:ed)?)$`)

// splitWords tells authors, approver and reason apart in entries that came in
// one flow. Where the reason begins is known by its first word, or by the words
// that every entry shares; authors are the initials or names before.
func splitWords(entries []*entry, roles []role) {
	var flows [][]string
	for _, e := range entries {
		if !e.aligned {
			flows = append(flows, strings.Fields(e.rest))
		}
	}
	common := commonStart(flows)
	hasAuthor, hasApprover := slices.Contains(roles, authorRole), slices.Contains(roles, approverRole)
	for _, e := range entries {
		if e.aligned {
			continue
		}
		words := strings.Fields(e.rest)
		from := 0
		if hasAuthor || hasApprover {
			from = reasonAt(words, common)
		}
		who := words[:from]
		e.cells[reasonRole] = strings.Join(words[from:], " ")
		switch {
		case hasAuthor && hasApprover:
			n := authorWords(who)
			e.cells[authorRole], e.cells[approverRole] = strings.Join(who[:n], " "), strings.Join(who[n:], " ")
		case hasAuthor:
			e.cells[authorRole] = strings.Join(who, " ")
		default:
			e.cells[approverRole] = strings.Join(who, " ")
		}
	}
}

// commonStart counts the words that all flows begin with; 0 for a single one.
func commonStart(flows [][]string) int {
	if len(flows) < 2 {
		return 0
	}
	n := len(flows[0])
	for _, f := range flows[1:] {
		n = min(n, len(f))
		for i := range n {
			if f[i] != flows[0][i] {
				n = i
				break
			}
		}
	}
	return n
}

// reasonAt returns the place of the word that begins the reason.
func reasonAt(words []string, common int) int {
	for i, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		if i > 0 && unicode.IsUpper(r) && reasonStart.MatchString(strings.Trim(register.Fold(w), ":,.")) {
			return i
		}
	}
	return min(common, len(words))
}

// initials are "SV", "S.V.", "SV/JD".
var initials = regexp.MustCompile(`^(?:\p{Lu}\.?-?){1,4}(?:[,/&](?:\p{Lu}\.?){1,4})*,?$`)

// authorWords counts the words that name authors: initials, else "J. Dupont" or
// "Jeanne DUPONT".
func authorWords(who []string) int {
	n := 0
	for n < len(who)-1 && (initials.MatchString(who[n]) || n > 0 && (who[n] == "et" || who[n] == "and" || who[n] == "&" || who[n] == "/")) {
		n++
	}
	upper := func(s string) bool { return s == strings.ToUpper(s) && utf8.RuneCountInString(s) > 1 }
	if n == 1 && strings.HasSuffix(who[0], ".") && len(who) > 2 || n == 0 && len(who) > 2 && upper(who[1]) {
		return 2
	}
	return n
}

// keepEditions checks and keeps what was read; an entry without a readable date
// or version becomes a remark.
func (d *Document) keepEditions(entries []*entry) {
	var texts []string
	for _, e := range entries {
		texts = append(texts, e.cells[dateRole])
	}
	monthFirst := isMonthFirst(texts)
	seen := map[string]bool{}
	for _, e := range entries {
		day, ok := parseDate(e.cells[dateRole], monthFirst)
		label := e.cells[versionRole]
		n := versionNumber(label)
		switch {
		case !ok || n == "":
			d.remark(e.line, "document.edition_unclear", strings.TrimSpace(e.cells[dateRole]+" "+label+" "+e.cells[reasonRole]))
			continue
		case seen[n]:
			d.remark(e.line, "document.edition_twice", label)
			continue
		}
		seen[n] = true
		ed := Edition{Number: n, Label: label, Date: vigie.DayText(day), Authors: e.cells[authorRole], Reason: e.cells[reasonRole]}
		ed.Approver, ed.Approval = approval(e.cells[approverRole])
		d.Editions = append(d.Editions, ed)
	}
}

// versionNumber takes the word out of "Ed. 6" and "v1.2".
func versionNumber(label string) string {
	if n := versionWord.ReplaceAllString(label, ""); n != "" {
		return n
	}
	return label
}

// approval takes the mark "(V)" or "(A)" out of the name of an approver.
func approval(s string) (string, Approval) {
	m := approvalMark.FindStringSubmatch(s)
	if m == nil {
		return s, ""
	}
	name := strings.Join(strings.Fields(approvalMark.ReplaceAllString(s, " ")), " ")
	if strings.EqualFold(m[1], "V") {
		return name, Validated
	}
	return name, Approved
}

var numericDate = regexp.MustCompile(`^(\d{1,2})[/.-](\d{1,2})[/.-]\d`)

// isMonthFirst says whether dates are written as Americans do: some cannot be
// read otherwise, and all can be read so.
func isMonthFirst(texts []string) bool {
	first := false
	for _, s := range texts {
		m := numericDate.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		if number(m[1])[0] > 12 {
			return false
		}
		first = first || number(m[2])[0] > 12
	}
	return first
}

var frenchDate = register.Field{Name: "date", Kind: register.Date}

// parseDate reads a day in French or English.
func parseDate(s string, monthFirst bool) (vigie.Day, bool) {
	if m := numericDate.FindStringSubmatchIndex(s); monthFirst && m != nil {
		s = s[m[4]:m[5]] + "/" + s[m[2]:m[3]] + "/" + s[m[5]+1:]
	}
	if v, fault := frenchDate.Parse(s); fault == nil && v != nil {
		return vigie.Day(v.(int64)), true
	}
	clean := strings.NewReplacer(".", "", ",", "", "-", " ").Replace(s)
	for _, form := range []string{"2 January 2006", "2 Jan 2006", "January 2 2006", "Jan 2 2006", "2 1 2006", "2006 01 02"} {
		if t, err := time.Parse(form, clean); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return vigie.DayOf(t), true
		}
	}
	return 0, false
}
