package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/policy"
)

// A policyView is the text of the policy, to be read and acknowledged (9.1.1).
type policyView struct {
	edition  *edition  // shown; nil when no edition is known
	editions []edition // that the reader may open, the newest first
	chapters []policyChapter
	search   string
	words    []string // of search, folded
	found    int      // sections shown
	votes    []vote
	mayVote  bool
	err      *vigie.Error
}

// An edition is one edition of the policy, and what the reader has to do with it.
type edition struct {
	id       string
	values   register.Values
	mine     bool // in force, for the entity of the reader or the whole company
	read     *vigie.Day
	sealed   bool // what was read is the text as it is now
	readable bool // the reader may acknowledge it
}

// A policyChapter is a chapter with its rules, in the order of the policy.
type policyChapter struct {
	id       string
	title    string
	sections []policySection
}

// A policySection is one rule: in the company's own words where the edition has
// them, else in ours.
type policySection struct {
	id, title, objective, text string
	own                        bool         // in the company's own words
	rule                       *policy.Rule // nil when nothing judges it
}

// A vote is that of a member of the committee on an edition.
type vote struct {
	person, said string
	on           vigie.Day
}

// shownID returns the id of the edition shown, "" without one.
func (v *policyView) shownID() string {
	if v.edition == nil {
		return ""
	}
	return v.edition.id
}

// anchor names a section in the page.
func (s policySection) anchor() string { return "r-" + strings.ReplaceAll(s.id, ".", "-") }

func (e edition) text(field string) string { s, _ := e.values[field].(string); return s }

func (e edition) day(field string) *vigie.Day {
	n, ok := e.values[field].(int64)
	if !ok {
		return nil
	}
	d := vigie.Day(n)
	return &d
}

// asked says that the reader still has to acknowledge the edition.
func (e edition) asked() bool { return e.readable && (e.read == nil || !e.sealed) }

// readsPolicy lets in those who may read the editions of the policy.
func readsPolicy(r *request) bool { return r.session.MayRead("policy_edition") }

// policyPage is the policy as people read it: the edition in force for them, or
// another one that the address names.
func policyPage(r *request) error {
	v, err := r.policy(r.URL.Query().Get("edition"))
	if err != nil {
		return err
	}
	return r.page(r.T("web.nav_policy"), policyPageView(r, v))
}

// policy gathers what the page shows; id chooses an edition, "" the one in force.
//
// Errors: NotFound when there is no such edition.
func (r *request) policy(id string) (*policyView, error) {
	v := &policyView{search: r.URL.Query().Get("q")}
	v.words = strings.Fields(register.Fold(v.search))
	var err error
	if v.editions, err = r.editions(); err != nil {
		return nil, err
	}
	for i := range v.editions {
		if e := &v.editions[i]; e.id == id || id == "" && (v.edition == nil || e.mine && !v.edition.mine) {
			v.edition = e
		}
	}
	if v.edition == nil && id != "" {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "record.unknown", Args: []any{"policy_edition", id}}
	}
	if err := v.load(r); err != nil {
		return nil, err
	}
	return v, r.votes(v)
}

// all returns the records of a register in a scope, on the day shown, up to the
// most that one page holds.
func (r *request) all(name string, scope register.Scope, filters ...register.Filter) ([]register.Record, error) {
	reg, err := r.s.App.Book.Register(name)
	if err != nil {
		return nil, err
	}
	q := register.ListQuery{Filters: filters, Limit: 500, Scope: scope}
	var page register.Page
	if r.past {
		page, err = r.s.App.Book.ListAt(r.Context(), reg, q, r.endOfDay())
	} else {
		page, err = r.s.App.Book.List(r.Context(), reg, q)
	}
	return page.Records, err
}

// editions returns those that the reader may open: those of the reader's entities
// and of the head company, which hold for everyone; drafts only for who decides.
func (r *request) editions() ([]edition, error) {
	records, err := r.all("policy_edition", register.Scope{})
	if err != nil {
		return nil, err
	}
	heads, err := r.all("entity", register.Scope{}, register.Filter{Field: "head", Value: true})
	if err != nil {
		return nil, err
	}
	home, read := "", map[string]register.Values{}
	if person := r.session.User.Person; person != "" {
		people, err := r.s.App.Book.Register("person")
		if err != nil {
			return nil, err
		}
		rec, err := r.s.App.Book.Get(r.Context(), people, person, register.Scope{})
		if err != nil && vigie.CodeOf(err) != vigie.NotFound {
			return nil, err
		}
		home, _ = rec.Values["entity"].(string)
		said, err := r.all("acknowledgement", r.scope(), register.Filter{Field: "person", Value: person})
		if err != nil {
			return nil, err
		}
		for _, a := range said {
			id, _ := a.Values["edition"].(string)
			if had := read[id]; had == nil || had["acknowledged_on"].(int64) < a.Values["acknowledged_on"].(int64) {
				read[id] = a.Values
			}
		}
	}
	var out []edition
	for _, rec := range records {
		e := edition{id: rec.ID, values: rec.Values}
		if e.text("status") == "draft" && !r.session.May(identity.SeePosture) {
			continue
		}
		entity := e.text("entity")
		head := slices.ContainsFunc(heads, func(h register.Record) bool { return h.ID == entity })
		if only := r.session.Entities; len(only) > 0 && !head && !slices.Contains(only, entity) {
			continue
		}
		e.mine = e.text("status") == "in_force" && (home == "" || entity == home || head)
		e.readable = e.mine && home != "" && !r.past && r.session.MayWrite("acknowledgement")
		if a := read[e.id]; a != nil {
			day := vigie.Day(a["acknowledged_on"].(int64))
			seal, _ := a["content_hash"].(string)
			e.read, e.sealed = &day, seal == e.text("content_hash")
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b edition) int {
		return cmp.Or(cmp.Compare(*b.day("dated_on"), *a.day("dated_on")), cmp.Compare(a.id, b.id))
	})
	return out, nil
}

// load fills the chapters with the sections that hold the words searched.
func (v *policyView) load(r *request) error {
	rules := r.s.App.Engine.Rules()
	var sections []policySection
	own := map[string]bool{}
	if v.edition != nil {
		statements, err := r.all("policy_statement", register.Scope{}, register.Filter{Field: "edition", Value: v.edition.id})
		if err != nil {
			return err
		}
		for _, s := range statements {
			text := func(field string) string { t, _ := s.Values[field].(string); return t }
			sec := policySection{id: text("rule"), title: text("title"), objective: text("objective"), text: text("statement"), own: true}
			if i := slices.IndexFunc(rules, func(p *policy.Rule) bool { return string(p.ID) == sec.id }); i >= 0 {
				sec.rule = rules[i]
			}
			if sec.title == "" {
				sec.title = text("chapter")
			}
			sections, own[sec.id] = append(sections, sec), true
		}
	}
	for _, rule := range rules {
		if !own[string(rule.ID)] {
			sections = append(sections, policySection{id: string(rule.ID), title: r.In(rule.Title), text: r.In(rule.Text), rule: rule})
		}
	}
	slices.SortStableFunc(sections, func(a, b policySection) int { return compareIDs(a.id, b.id) })
	for _, s := range sections {
		explained := ""
		if s.rule != nil {
			explained = r.In(s.rule.Explain)
		}
		if !containsAll(register.Fold(strings.Join([]string{s.id, s.title, s.objective, s.text, explained}, " ")), v.words) {
			continue
		}
		id := s.id
		if s.rule != nil {
			id = s.rule.Chapter()
		}
		if n := len(v.chapters); n == 0 || v.chapters[n-1].id != id {
			v.chapters = append(v.chapters, policyChapter{id: id, title: r.In(chapterTitle(id))})
		}
		last := &v.chapters[len(v.chapters)-1]
		last.sections = append(last.sections, s)
		v.found++
	}
	return nil
}

// compareIDs puts 9.2.1 before 9.10.1.
func compareIDs(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, errM := strconv.Atoi(x)
		n, errN := strconv.Atoi(y)
		if errM != nil || errN != nil {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(m, n)
	})
}

// votes adds those on the edition, for who may see them.
func (r *request) votes(v *policyView) error {
	if v.edition == nil || !r.session.MayRead("policy_vote") {
		return nil
	}
	v.mayVote = !r.past && r.session.May(identity.Waive) && r.session.User.Person != "" && v.edition.text("status") == "draft"
	reg, err := r.s.App.Book.Register("policy_vote")
	if err != nil {
		return err
	}
	records, err := r.all(reg.ID, r.scope(), register.Filter{Field: "edition", Value: v.edition.id})
	if err != nil || len(records) == 0 {
		return err
	}
	t, err := r.titlesOf(reg, []*register.Field{reg.Field("person")}, records, nil)
	if err != nil {
		return err
	}
	for _, rec := range records {
		id, _ := rec.Values["person"].(string)
		who, ok := t.of("person", id)
		if !ok {
			who = id
		}
		v.votes = append(v.votes, vote{who, reg.Field("vote").Format(rec.Values["vote"], r.lang), vigie.Day(rec.Values["voted_on"].(int64))})
	}
	slices.SortFunc(v.votes, func(a, b vote) int { return cmp.Or(cmp.Compare(b.on, a.on), cmp.Compare(a.person, b.person)) })
	return nil
}

// policyAcknowledge keeps that the reader has read an edition, sealed with the
// text that was before them (9.1.1).
func policyAcknowledge(r *request) error {
	id := r.form("edition")
	v, err := r.policy(id)
	if err != nil {
		return err
	}
	e := v.edition
	switch {
	case e == nil || !e.readable:
		return &vigie.Error{Code: vigie.Forbidden, Key: "policy.not_asked"}
	case r.form("seal") != e.text("content_hash"):
		v.err = &vigie.Error{Code: vigie.Conflict, Key: "policy.text_changed"}
		return r.pageWith(statuses[v.err.Code], r.T("web.nav_policy"), policyPageView(r, v))
	case e.asked():
		values := register.Values{"person": r.session.User.Person, "edition": e.id, "acknowledged_on": int64(r.today)}
		if seal := e.text("content_hash"); seal != "" {
			values["content_hash"] = seal
		}
		if err := r.create("acknowledgement", values); err != nil {
			return err
		}
	}
	return r.redirect("/policy?edition=" + e.id + "&done=read")
}

// policyVote keeps the vote of a member of the committee on a draft (9.1.1).
func policyVote(r *request) error {
	v, err := r.policy(r.form("edition"))
	if err != nil {
		return err
	}
	if v.edition == nil || !v.mayVote {
		return &vigie.Error{Code: vigie.Invalid, Key: "policy.no_vote"}
	}
	reg, err := r.s.App.Book.Register("policy_vote")
	if err != nil {
		return err
	}
	said, fault := reg.Field("vote").Parse(r.form("vote"))
	if fault != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: fault.Key, Args: fault.Args}
	}
	values := register.Values{"edition": v.edition.id, "person": r.session.User.Person, "vote": said, "voted_on": int64(r.today)}
	if err := r.create("policy_vote", values); err != nil {
		return err
	}
	return r.redirect("/policy?edition=" + v.edition.id + "&done=voted")
}

// create makes one record in the name of the reader.
func (r *request) create(name string, values register.Values) error {
	reg, err := r.s.App.Book.Register(name)
	if err != nil {
		return err
	}
	return r.s.App.Book.Write(r.Context(), r.by(""), func(w *register.Writer) error {
		_, err := w.Create(r.Context(), reg, values)
		return err
	})
}

// A piece of a text; hit pieces hold a word that was searched.
type piece struct {
	text string
	hit  bool
}

// pieces cuts a text at the words searched, which are folded: without accents
// and in lower case.
func pieces(text string, words []string) []piece {
	if len(words) == 0 {
		return []piece{{text: text}}
	}
	// folded[at[i]:at[i+1]] comes from the rune that begins at starts[i].
	var folded strings.Builder
	var starts, at []int
	for i, c := range text {
		starts, at = append(starts, i), append(at, folded.Len())
		if unicode.IsSpace(c) {
			folded.WriteByte(' ')
		} else {
			folded.WriteString(register.Fold(string(c))) // nothing for an accent of its own
		}
	}
	starts, at = append(starts, len(text)), append(at, folded.Len())
	hit := make([]bool, len(starts)-1)
	for _, w := range words {
		for from := 0; ; {
			i := strings.Index(folded.String()[from:], w)
			if i < 0 {
				break
			}
			first, _ := slices.BinarySearch(at, from+i+1) // the rune after the one where the word begins
			for k := first - 1; k < len(hit) && (at[k] < from+i+len(w) || at[k] == at[k+1]); k++ {
				hit[k] = true
			}
			from += i + len(w)
		}
	}
	var out []piece
	for k := 0; k < len(hit); {
		end := k
		for end < len(hit) && hit[end] == hit[k] {
			end++
		}
		out = append(out, piece{text[starts[k]:starts[end]], hit[k]})
		k = end
	}
	return out
}
