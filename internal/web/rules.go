package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
	"vigie.example/policy"
)

// A rulesView is the policy, one line for each rule.
type rulesView struct {
	rules                    []ruleLine
	search, chapter, verdict string
}

type ruleLine struct {
	*policy.Rule
	control.RulePosture
}

// rulesPage is the reading view of the policy, with the verdict of each rule.
func rulesPage(r *request) error {
	p, err := r.s.App.Engine.Posture(r.Context(), r.on, r.now)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := rulesView{search: q.Get("q"), chapter: q.Get("chapter"), verdict: q.Get("verdict")}
	words := strings.Fields(register.Fold(v.search))
	for i, rule := range r.s.App.Engine.Rules() {
		all := register.Fold(strings.Join([]string{string(rule.ID), r.In(rule.Title), r.In(rule.Text), r.In(rule.Explain)}, " "))
		if v.chapter != "" && rule.Chapter() != v.chapter || v.verdict != "" && string(p.Rules[i].Verdict) != v.verdict || !containsAll(all, words) {
			continue
		}
		v.rules = append(v.rules, ruleLine{rule, p.Rules[i]})
	}
	return r.page(r.T("web.nav_rules"), rulesPageView(r, v))
}

// A ruleView is all that the page of a rule shows.
type ruleView struct {
	*control.Explanation
	findings []control.Finding
	more     int64 // After of the next findings; 0 at the end
	waivers  []register.Record
}

// rulePage is the page of one rule: its text, its verdict and why.
func rulePage(r *request) error {
	id := vigie.RuleID(r.PathValue("id"))
	x, err := r.s.App.Engine.Explain(r.Context(), id, r.now)
	if err != nil {
		return err
	}
	v := &ruleView{Explanation: x}
	q := control.FindingQuery{Rule: id, Limit: 50, Scope: r.scope()}
	if q.After, err = number(r.URL.Query().Get("after")); err != nil {
		return err
	}
	if r.past {
		q.At = r.endOfDay()
		x.Verdict = vigie.Unknown
		for _, p := range x.History {
			if !p.From.After(q.At) && (p.To == nil || p.To.After(q.At)) {
				x.Verdict = p.Verdict
			}
		}
	}
	if v.findings, v.more, err = r.s.App.Engine.Findings(r.Context(), q, r.on); err != nil {
		return err
	}
	waivers, err := r.s.App.Book.Register("waiver")
	if err != nil {
		return err
	}
	if r.session.MayRead(waivers.ID) {
		page, err := r.s.App.Book.List(r.Context(), waivers, register.ListQuery{Filters: []register.Filter{{Field: "rule", Value: string(id)}}, Limit: 50, Scope: r.scope()})
		if err != nil {
			return err
		}
		v.waivers = page.Records
	}
	return r.page(string(id)+" "+r.In(x.Rule.Title), rulePageView(r, v))
}

// number reads a whole number of a query; 0 when absent.
func number(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, &vigie.Error{Code: vigie.Invalid, Key: "api.number", Args: []any{"after", text}}
	}
	return n, nil
}

// reasons are the codes of a check, in order.
func reasons(c control.CheckView) []string {
	var codes []string
	for code := range c.Reasons {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// periodsBackwards are the verdicts of a rule, the newest first.
func periodsBackwards(list []control.Period) []control.Period {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list[:min(len(list), 40)]
}

// frameworks are the ids of the same demand elsewhere.
func frameworks(m policy.Maps) (out [][2]string) {
	for _, f := range []struct {
		name string
		ids  []string
	}{{"ISO/IEC 27001:2022", m.ISO27001}, {"ANSSI, guide d’hygiène", m.Hygiene}, {"ReCyF", m.ReCyF}} {
		if len(f.ids) > 0 {
			out = append(out, [2]string{f.name, strings.Join(f.ids, ", ")})
		}
	}
	return out
}

// origins say where a check has its facts from.
var origins = map[string]string{"machine": "see.knows_machine", "register": "see.knows_register", "attested": "see.knows_attested"}

// ended is the end of a period, for people.
func (r *request) ended(p control.Period) string {
	if p.To == nil {
		return r.T("see.until_now")
	}
	return r.Time(*p.To)
}

// aged says how old the last change of a fact is.
func (r *request) aged(t time.Time) string {
	if t.IsZero() || t.Unix() == 0 {
		return r.T("see.never")
	}
	return r.Time(t)
}
