package web

import (
	"net/http"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
)

// A findingsView is the list of findings, or the groups that they make, and what
// chooses them.
type findingsView struct {
	list                                                 []control.Finding
	groups                                               []control.FindingGroup
	more                                                 int64
	rule, chapter, covered, excluded, order, late, group string
	refs                                                 []refFilter
	rules                                                []vigie.RuleID
	titles                                               map[vigie.RuleID]vigie.Text
}

// A refFilter chooses findings by a record that they have to do with.
type refFilter struct {
	name, to  string // of the query, and the register
	label     string // key of its sentence
	none      string // key of the sentence for none
	id, shown string // what is chosen; "" when nothing is
	fault     string
}

// chosen is the id of what is chosen, for the field of a form.
func (f refFilter) chosen() string {
	if f.fault != "" {
		return ""
	}
	return f.id
}

// registerLabel names a register.
func (r *request) registerLabel(name string) vigie.Text {
	reg, err := r.s.App.Book.Register(name)
	if err != nil {
		return vigie.Text{FR: name, EN: name}
	}
	return reg.Label
}

// findingColumns says what a table of findings shows beside what it always does.
type findingColumns struct{ rule, choice bool }

// findingFilters reads what chooses findings from the address.
func (r *request) findingFilters() (v findingsView, q control.FindingQuery, err error) {
	get := r.URL.Query().Get
	v = findingsView{rule: get("rule"), chapter: get("chapter"), covered: get("covered"), excluded: get("excluded"), order: get("order"), late: get("late"), group: get("group"), refs: []refFilter{
		{name: "who", to: "person", label: "see.who", none: "see.nobody"},
		{name: "team", to: "team", label: "see.team", none: "see.no_team"},
		{name: "entity", to: "entity", label: "see.entity", none: "see.no_entity"},
	}}
	q = control.FindingQuery{Rule: vigie.RuleID(v.rule), Chapter: v.chapter, Urgent: v.order == "urgent", Late: v.late != "", Limit: 100, Scope: r.scope()}
	if v.covered != "" {
		only := v.covered == "yes"
		q.Waived = &only
	}
	if v.late != "" && v.covered == "" { // what is covered is not late
		no := false
		q.Waived = &no
	}
	switch { // a rule that is named is shown whether it applies or not
	case v.excluded == "only":
		only := true
		q.Excluded = &only
	case v.excluded == "" && v.rule == "":
		no := false
		q.Excluded = &no
	}
	if r.past {
		q.At = r.endOfDay()
	}
	for i, id := range []*string{&q.Who, &q.Team, &q.Entity} {
		f := &v.refs[i]
		if err := r.readRef(f); err != nil {
			return v, q, err
		}
		*id = f.id
	}
	q.After, err = number(get("after"))
	return v, q, err
}

// readRef reads which record a filter names: by its id, or by what was typed
// where there are no scripts.
func (r *request) readRef(f *refFilter) error {
	text := strings.TrimSpace(r.URL.Query().Get(f.name))
	if text == "" {
		return nil
	}
	if id := r.URL.Query().Get(f.name + ".id"); id != "" {
		text = id
	}
	if text == control.None {
		f.id, f.shown = text, r.T(f.none)
		return nil
	}
	if !r.session.MayRead(f.to) {
		return &vigie.Error{Code: vigie.Forbidden, Key: "web.not_allowed"}
	}
	id, title, fault, err := r.resolve(&register.Field{Name: f.name, Kind: register.Ref, To: f.to}, text)
	if err != nil {
		return err
	}
	f.shown = text
	if fault != nil {
		f.id, f.fault = "?", r.T(fault.Key, fault.Args...) // of no record: nothing is found
		return nil
	}
	f.id, f.shown = id.(string), title
	return nil
}

// findingsPage lists what is at fault, for the reader's own scope.
func findingsPage(r *request) error {
	v, q, err := r.findingFilters()
	if err != nil {
		return err
	}
	v.titles = map[vigie.RuleID]vigie.Text{}
	for _, rule := range r.s.App.Engine.Rules() {
		v.rules = append(v.rules, rule.ID)
		v.titles[rule.ID] = rule.Title
	}
	if v.group != "" {
		if v.groups, err = r.s.App.Engine.FindingGroups(r.Context(), q, control.Grouping(v.group), r.on); err != nil {
			return err
		}
		return r.page(r.T("web.nav_findings"), findingsPageView(r, v))
	}
	if q.Urgent {
		q.Limit = 500
	}
	if v.list, v.more, err = r.s.App.Engine.Findings(r.Context(), q, r.on); err != nil {
		return err
	}
	if q.Urgent {
		v.more = 0
	}
	return r.page(r.T("web.nav_findings"), findingsPageView(r, v))
}

// link is the address of the findings chosen, with something else.
func (v findingsView) link(r *request, path string, pairs ...string) string {
	all := []string{"rule", v.rule, "chapter", v.chapter, "covered", v.covered, "excluded", v.excluded, "late", v.late, "order", v.order}
	for _, f := range v.refs {
		all = append(all, f.name, f.id)
	}
	return r.Link(path, append(all, pairs...)...)
}

// next is where the following findings are.
func (v findingsView) next(r *request) string {
	return v.link(r, "/findings", "after", strconv.FormatInt(v.more, 10))
}

// groupKeys name the groupings.
var groupKeys = map[control.Grouping]string{control.ByWho: "see.who", control.ByTeam: "see.team", control.ByEntity: "see.entity", control.ByRule: "see.rule"}

// groupTitle names a group to people.
func (v findingsView) groupTitle(r *request, g control.FindingGroup) string {
	if v.group == string(control.ByRule) {
		return strings.TrimSpace(g.Key + " " + r.In(v.titles[vigie.RuleID(g.Key)]))
	}
	if g.Key != "" {
		return g.Title
	}
	for _, f := range v.refs {
		if f.name == v.group {
			return r.T(f.none)
		}
	}
	return ""
}

// groupLink is where the findings of a group are.
func (v findingsView) groupLink(r *request, g control.FindingGroup) string {
	key := g.Key
	if key == "" {
		key = control.None
	}
	return v.link(r, "/findings", v.group, key)
}

// findingsFile gives the findings that a list chooses as a CSV file. It leaves a
// trace.
func findingsFile(r *request) error {
	_, q, err := r.findingFilters()
	if err != nil {
		return err
	}
	q.Urgent, q.After, q.Limit = false, 0, 500
	list, next, err := r.s.App.Engine.Findings(r.Context(), q, r.on)
	if err != nil {
		return err
	}
	if err := r.trace("export", "finding", ""); err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="findings-`+r.on.String()+`.csv"`)
	r.done = true
	w, err := register.SheetWriter(r.w, r.lang)
	if err != nil {
		return nil // the reader left
	}
	var cells []string
	for _, key := range []string{"see.rule", "see.register", "see.record_id", "see.record", "see.fault", "see.fix", "see.who", "see.opened", "see.due", "see.waiver"} {
		cells = append(cells, r.T(key))
	}
	w.Write(cells)
	for {
		for _, f := range list {
			cells := []string{string(f.Rule), f.Register, f.Record, f.Title, r.reason(f), r.fix(f), r.acts(f.Actor), vigie.DayOf(f.OpenedAt).String(), f.DueOn.String(), f.Waiver}
			for i, c := range cells {
				cells[i] = register.EscapeFormula(c)
			}
			w.Write(cells)
		}
		if w.Flush(); next == 0 || w.Error() != nil {
			return nil
		}
		q.After = next
		if list, next, err = r.s.App.Engine.Findings(r.Context(), q, r.on); err != nil {
			r.s.Log.Error("export", "of", "finding", "error", err)
			panic(http.ErrAbortHandler) // cut, so that the reader sees that it is not whole
		}
	}
}
