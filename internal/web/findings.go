package web

import (
	"net/http"
	"strconv"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
)

// A findingsView is the list of findings, and what chooses them.
type findingsView struct {
	list                          []control.Finding
	more                          int64
	rule, chapter, covered, order string
	rules                         []vigie.RuleID
}

// findingFilters reads what chooses findings from the address.
func (r *request) findingFilters() (v findingsView, q control.FindingQuery, err error) {
	get := r.URL.Query().Get
	v = findingsView{rule: get("rule"), chapter: get("chapter"), covered: get("covered"), order: get("order")}
	q = control.FindingQuery{Rule: vigie.RuleID(v.rule), Chapter: v.chapter, Urgent: v.order == "urgent", Limit: 100, Scope: r.scope()}
	if v.covered != "" {
		only := v.covered == "yes"
		q.Waived = &only
	}
	if r.past {
		q.At = r.endOfDay()
	}
	q.After, err = number(get("after"))
	return v, q, err
}

// findingsPage lists what is at fault, for the reader's own scope.
func findingsPage(r *request) error {
	v, q, err := r.findingFilters()
	if err != nil {
		return err
	}
	if q.Urgent {
		q.Limit = 500
	}
	for _, rule := range r.s.App.Engine.Rules() {
		v.rules = append(v.rules, rule.ID)
	}
	if v.list, v.more, err = r.s.App.Engine.Findings(r.Context(), q, r.on); err != nil {
		return err
	}
	if q.Urgent {
		v.more = 0
	}
	return r.page(r.T("web.nav_findings"), findingsPageView(r, v))
}

// next is where the following findings are.
func (v findingsView) next(r *request) string {
	return r.Link("/findings", "rule", v.rule, "chapter", v.chapter, "covered", v.covered, "after", strconv.FormatInt(v.more, 10))
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
