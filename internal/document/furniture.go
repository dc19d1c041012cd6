package document

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"vigie.example/internal/register"
)

const (
	edge      = 6  // lines at the top and the bottom of a page that may be furniture
	near      = 8  // lines around a page number that may be furniture, without pages
	fewPages  = 2  // page numbers that are too few for their furniture to come back
	longTitle = 90 // characters: a longer line is never furniture
)

var (
	// pageNumber is a whole line: "page 14/21", "14 / 21", "- 14 -", "Page 3 of 9".
	pageNumber = regexp.MustCompile(`(?i)^[-–—| ]*(?:(?:page|p\.?)\s*)?(\d{1,4})(?:\s*(?:/|sur|of|de)\s*(\d{1,4}))?[-–—| ]*$`)
	// pageTail ends a line: "QP 16 601 Ed. 6 page 14/21".
	pageTail = regexp.MustCompile(`(?i)(?:^|[\s|–—-])page\s*:?\s*\d{1,4}\s*(?:/|sur|of|de)\s*\d{1,4}[-–—| ]*$`)
	digits   = regexp.MustCompile(`\d+`)
	leaders  = regexp.MustCompile(`(?:\.\s?){4,}\s*\d{1,4}$|…{2,}\s*\d{1,4}$`)
	tocTail  = regexp.MustCompile(`\S\s+\d{1,4}$`)
)

// shape is what stays of a line of furniture from one page to the next.
func shape(s string) string {
	return strings.Join(strings.Fields(digits.ReplaceAllString(register.Fold(s), "#")), " ")
}

// dropFurniture removes the headers, the footers and the table of contents,
// remarks it, and returns the headers that may tell the title.
func (d *Document) dropFurniture(lines []line) (kept []line, titles []string) {
	drop := make([]bool, len(lines))
	pages := false
	for _, l := range lines {
		pages = pages || l.page
	}
	if pages {
		markPageEdges(lines, drop)
	}
	markPageNumbers(lines, drop)
	seen := map[string]int{} // shape → place in dropped
	var dropped []Remark
	for i, l := range lines {
		if !drop[i] {
			continue
		}
		text := l.flow()
		key := shape(text)
		at, known := seen[key]
		if !known {
			at = len(dropped)
			seen[key] = at
			dropped = append(dropped, Remark{Key: "document.furniture", Args: []any{text, 0}, Line: l.n})
			for _, c := range columnsOf(l.raw) {
				titles = append(titles, c.text)
			}
		}
		dropped[at].Args[1] = dropped[at].Args[1].(int) + 1
	}
	for _, r := range dropped {
		d.remark(r.Line, r.Key, r.Args...)
	}
	kept = closeGaps(lines, drop)
	return d.dropContents(kept), titles
}

// closeGaps returns the lines that stay; what follows furniture begins a page.
func closeGaps(lines []line, drop []bool) []line {
	var kept []line
	after := false
	for i, l := range lines {
		if drop[i] {
			after = true
			continue
		}
		if after && len(kept) > 0 {
			l.page, l.gap = true, max(l.gap, 1)
		}
		after = false
		kept = append(kept, l)
	}
	return kept
}

// body says whether a line is part of the text whatever surrounds it.
func (l *line) body() bool {
	text := l.flow()
	if utf8.RuneCountInString(text) > longTitle || isLabel(text) {
		return true
	}
	h := headOf(text)
	if h != nil && len(h.id) == 1 {
		return h.separated && titleLike(h.rest)
	}
	return h != nil && (len(h.id) > 2 || len(h.id) == 2 && h.rest != "") && !pageTail.MatchString(text)
}

// markPageEdges finds, from the edge of each page inwards, the lines that come
// back on a third of the pages, and the page numbers.
func markPageEdges(lines []line, drop []bool) {
	var pages [][2]int // from, to
	from := 0
	for i := range lines {
		if lines[i].page && i > from {
			pages = append(pages, [2]int{from, i})
			from = i
		}
	}
	pages = append(pages, [2]int{from, len(lines)})
	edges := func(p [2]int, bottom bool) (at []int) {
		for k := range min(edge, p[1]-p[0]) {
			if bottom {
				at = append(at, p[1]-1-k)
			} else {
				at = append(at, p[0]+k)
			}
		}
		return at
	}
	for _, bottom := range []bool{false, true} {
		count := map[string]int{}
		for _, p := range pages {
			here := map[string]bool{}
			for _, i := range edges(p, bottom) {
				here[shape(lines[i].flow())] = true
			}
			for s := range here {
				count[s]++
			}
		}
		need := max(2, (len(pages)+2)/3)
		for _, p := range pages {
			for _, i := range edges(p, bottom) {
				text := lines[i].flow()
				if lines[i].body() || !pageNumber.MatchString(text) && count[shape(text)] < need {
					break
				}
				drop[i] = true
			}
		}
	}
}

// markPageNumbers finds page numbers in the middle of a text whose pages are
// not marked, and the furniture around them: lines that come back around most
// of them or, when there is hardly a page number, short lines that are set apart
// by more blank lines than paragraphs are.
func markPageNumbers(lines []line, drop []bool) {
	var anchors []int
	for i := range lines {
		text := lines[i].flow()
		if drop[i] || lines[i].body() {
			continue
		}
		m := pageNumber.FindStringSubmatch(text)
		if m != nil && (m[2] != "" || strings.Contains(strings.ToLower(text), "page")) && plausiblePage(m) || pageTail.MatchString(text) {
			anchors = append(anchors, i)
		}
	}
	anchors = append(anchors, counted(lines, drop)...)
	slices.Sort(anchors)
	count := map[string]int{} // lines of a shape that are near a page number
	next := 0
	for _, a := range anchors {
		for next = max(next, a-near); next < min(len(lines), a+near+1); next++ {
			count[shape(lines[next].flow())]++
		}
	}
	for _, a := range anchors {
		drop[a] = true
		for _, step := range []int{-1, 1} {
			for i := a + step; i >= 0 && i < len(lines) && i >= a-near && i <= a+near; i += step {
				repeated := count[shape(lines[i].flow())] > max(1, len(anchors)/2)
				if lines[i].body() || !repeated && (len(anchors) > fewPages || !apart(lines, i, step)) {
					break
				}
				drop[i] = true
			}
		}
	}
}

// plausiblePage refuses "3/4" that cannot be a page: its number is beyond the
// last.
func plausiblePage(m []string) bool {
	n, _ := strconv.Atoi(m[1])
	of, _ := strconv.Atoi(m[2])
	return n >= 1 && (m[2] == "" || n <= of)
}

// counted returns the lines that hold nothing but a number, when they count 1,
// 2, 3… or 2, 3, 4… through the whole text.
func counted(lines []line, drop []bool) (at []int) {
	last := 0
	for i := range lines {
		m := pageNumber.FindStringSubmatch(lines[i].text)
		if drop[i] || m == nil || m[2] != "" || lines[i].gap == 0 && !strings.HasPrefix(lines[i].text, "-") || lines[i].cells != nil {
			continue
		}
		n, _ := strconv.Atoi(m[1])
		switch {
		case last == 0 && n <= 2, n == last+1:
			at, last = append(at, i), n
		default:
			return nil
		}
	}
	if len(at) < 3 {
		return nil
	}
	return at
}

// apart says whether line i, met when going by step from a page number, belongs
// to a short group that more than one blank line sets apart, and that is no
// sentence.
func apart(lines []line, i, step int) bool {
	text := lines[i].flow()
	if terminated(text) || lower(text) {
		return false
	}
	first, last := i, i
	for first > 0 && lines[first].gap == 0 && i-first < 3 {
		first--
	}
	if step > 0 {
		for last+1 < len(lines) && lines[last+1].gap == 0 && last-i < 3 {
			last++
		}
		if terminated(lines[last].flow()) || last-i == 3 {
			return false
		}
	}
	return lines[first].gap > 1
}

// dropContents removes the table of contents: lines that lead to a page number,
// with dots or under its title.
func (d *Document) dropContents(lines []line) []line {
	var kept []line
	n, first, under := 0, 0, false
	for _, l := range lines {
		text := l.flow()
		entry := leaders.MatchString(text) || under && tocTail.MatchString(text) && !terminated(text)
		title := contentsTitle(text)
		if title || entry {
			if n++; first == 0 {
				first = l.n
			}
			under = true
			continue
		}
		under = false
		kept = append(kept, l)
	}
	if n > 0 {
		d.remark(first, "document.contents", n)
	}
	return kept
}

func contentsTitle(s string) bool {
	switch strings.TrimSuffix(register.Fold(s), " :") {
	case "sommaire", "table des matieres", "contents", "table of contents", "summary of contents":
		return true
	}
	return false
}
