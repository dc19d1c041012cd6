package web

import (
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A registerGroup is the registers that stand for one chapter.
type registerGroup struct {
	title     string
	registers []*register.Register
}

// registersPage lists the registers that the person may read, by chapter.
func registersPage(r *request) error {
	words := strings.Fields(register.Fold(r.URL.Query().Get("q")))
	byChapter := map[string][]*register.Register{}
	for _, reg := range r.s.App.Book.Registers() {
		if r.session.MayRead(reg.ID) && containsAll(register.Fold(reg.Label.FR+" "+reg.Label.EN+" "+reg.ID), words) {
			c := chapterOf(reg.Serves[0])
			byChapter[c] = append(byChapter[c], reg)
		}
	}
	var groups []registerGroup
	for _, c := range chapters {
		if list := byChapter[c.id]; len(list) > 0 {
			r.sortRegisters(list)
			groups = append(groups, registerGroup{title: c.id + " " + r.In(c.title), registers: list})
		}
	}
	return r.page(r.T("web.nav_registers"), registersView(r, groups))
}

// chapterOf returns the chapter of a rule, as policy.Rule.Chapter does.
func chapterOf(id vigie.RuleID) string {
	if i := strings.LastIndex(string(id), "."); i > 0 {
		return string(id)[:i]
	}
	return string(id)
}

func containsAll(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// compare orders texts as a dictionary of the reader's language does.
func (r *request) compare() func(a, b string) int {
	tag := language.French
	if r.lang == vigie.EN {
		tag = language.English
	}
	return collate.New(tag, collate.IgnoreCase, collate.Numeric).CompareString
}

func (r *request) sortRegisters(list []*register.Register) {
	compare := r.compare()
	slices.SortFunc(list, func(a, b *register.Register) int { return compare(r.In(a.Label), r.In(b.Label)) })
}
