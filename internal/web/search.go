package web

import (
	"net/http"
	"slices"
	"strings"

	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// A hit is a place that a search leads to.
type hit struct{ title, kind, path string }

// searchedRegisters are the registers whose records the general search looks through,
// those that people know by name; the others have their own.
var searchedRegisters = []string{"person", "asset", "third_party", "team", "site", "room", "software", "document", "incident", "project", "procedure", "account", "processing", "zone", "endpoint"}

// pagesFor are the pages, registers and rules whose names hold the words.
func (r *request) pagesFor(words []string) (out []hit) {
	for _, rt := range r.navigation() {
		if containsAll(register.Fold(r.T(rt.nav.label)), words) {
			out = append(out, hit{r.T(rt.nav.label), r.T("page.kind_page"), r.Link(rt.path)})
		}
	}
	if r.session.May(identity.SeePosture) {
		for _, rule := range r.s.App.Engine.Rules() {
			title := string(rule.ID) + " " + r.In(rule.Title)
			if len(words) > 0 && containsAll(register.Fold(title), words) {
				out = append(out, hit{title, r.T("page.kind_rule"), r.rulePath(rule.ID)})
			}
		}
	}
	regs := slices.Clone(r.s.App.Book.Registers())
	r.sortRegisters(regs)
	for _, reg := range regs {
		if r.session.MayRead(reg.ID) && containsAll(register.Fold(r.In(reg.Label)), words) {
			out = append(out, hit{r.In(reg.Label), r.T("page.kind_register"), r.Link("/registers/" + reg.ID)})
		}
	}
	return out
}

// recordsFor are the first records of each register that a search finds.
func (r *request) recordsFor(search string, limit int) (out []hit, err error) {
	for _, id := range searchedRegisters {
		if !r.session.MayRead(id) {
			continue
		}
		reg, err := r.s.App.Book.Register(id)
		if err != nil {
			return nil, err
		}
		list, err := r.options(reg, search, limit)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			out = append(out, hit{o.title, r.In(reg.Label) + " · " + o.detail, r.Link(recordPathOf(reg, o.id))})
		}
	}
	return out, nil
}

// searchPage shows the pages, registers, rules and records that the words find.
func searchPage(r *request) error {
	search := strings.TrimSpace(r.URL.Query().Get("q"))
	words := strings.Fields(register.Fold(search))
	var pages, records []hit
	if len(words) > 0 {
		pages = r.pagesFor(words)
		var err error
		if records, err = r.recordsFor(search, 10); err != nil {
			return err
		}
	}
	return r.page(r.T("web.search"), searchView(r, search, pages, records))
}

// maxPalette is how many places the palette offers at once.
const maxPalette = 12

// closeness is 2 for a title that is what was typed, 1 for one that begins so.
func closeness(title, typed string) int {
	switch title = register.Fold(title); {
	case title == typed:
		return 2
	case strings.HasPrefix(title, typed):
		return 1
	}
	return 0
}

// palettePart is the list under the palette.
func palettePart(r *request) error {
	search := strings.TrimSpace(r.URL.Query().Get("q"))
	words := strings.Fields(register.Fold(search))
	list := r.pagesFor(words)
	begins := register.Fold(search)
	slices.SortStableFunc(list, func(a, b hit) int { // what begins as is typed comes first
		return closeness(b.title, begins) - closeness(a.title, begins)
	})
	if len(list) > maxPalette/2 && len(words) > 0 {
		list = list[:maxPalette/2]
	}
	if len([]rune(search)) >= 2 {
		records, err := r.recordsFor(search, 3)
		if err != nil {
			return err
		}
		list = append(list, records...)
	}
	return r.fragment(http.StatusOK, paletteItems(list[:min(len(list), maxPalette)]))
}
