package web

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// Numbers of the form of a waiver, in days: how long it lasts unless somebody
// says otherwise, and at most.
const (
	waiverDays    = 90
	waiverMaxDays = 366
)

// mayWaive says whether the person may cover a finding.
func (r *request) mayWaive(f control.Finding) bool {
	return !r.past && r.session.May(identity.Waive) && r.session.User.Person != "" && f.ClosedAt == nil
}

// A waiverView is the form that covers a finding.
type waiverView struct {
	form
	finding control.Finding
	title   vigie.Text // of the rule
}

// finding returns the open finding that the path names, if the person may see it.
func (r *request) finding() (v waiverView, err error) {
	seq, err := number(r.PathValue("seq"))
	if err != nil {
		return v, err
	}
	list, _, err := r.s.App.Engine.Findings(r.Context(), control.FindingQuery{After: seq - 1, Limit: 1, Scope: r.scope()}, r.today)
	if err != nil {
		return v, err
	}
	if len(list) == 0 || list[0].Seq != seq {
		return v, &vigie.Error{Code: vigie.NotFound, Key: "see.finding_closed"}
	}
	v.finding = list[0]
	for _, rule := range r.s.App.Engine.Rules() {
		if rule.ID == v.finding.Rule {
			v.title = rule.Title
		}
	}
	return v, nil
}

// waivePage is the form of a waiver (§ 4): why, what makes up for it, until when.
func waivePage(r *request) error {
	v, err := r.finding()
	if err != nil {
		return err
	}
	v.values = map[string]string{"ends_on": (r.today + waiverDays).String()}
	return r.page(r.T("see.waive_title"), waiveForm(r, v))
}

// waiveSave keeps a waiver; the finding stays open and is covered.
func waiveSave(r *request) error {
	v, err := r.finding()
	if err != nil {
		return err
	}
	reg, err := r.s.App.Book.Register("waiver")
	if err != nil {
		return err
	}
	values := register.Values{"rule": string(v.finding.Rule), "register_id": v.finding.Register, "record_id": v.finding.Record,
		"reason": strings.TrimSpace(r.form("reason")), "compensation": strings.TrimSpace(r.form("compensation")), "approved_by": r.session.User.Person, "starts_on": int64(r.today)}
	var faults []vigie.FieldError
	for _, name := range []string{"reason", "compensation"} {
		if values[name] == "" {
			faults = append(faults, vigie.FieldError{Field: name, Key: "field.required"})
		}
	}
	ends, err := vigie.ParseDay(r.form("ends_on"))
	if err != nil || ends <= r.today || ends > r.today+waiverMaxDays {
		faults = append(faults, vigie.FieldError{Field: "ends_on", Key: "see.waiver_ends", Args: []any{r.Day(r.today + waiverMaxDays)}})
	}
	values["ends_on"] = int64(ends)
	if r.session.User.Person == "" {
		err = &vigie.Error{Code: vigie.Forbidden, Key: "see.waiver_person"}
	} else if len(faults) > 0 {
		err = &vigie.Error{Code: vigie.Invalid, Key: "page.form_faults", Fields: faults}
	} else {
		err = r.s.App.Book.Write(r.Context(), r.by(r.form("reason")), func(w *register.Writer) error {
			_, err := w.Create(r.Context(), reg, values)
			return err
		})
	}
	if err == nil {
		return r.redirect("/rules/" + string(v.finding.Rule) + "?done=waived")
	}
	if v.form, err = r.refused(err, "reason", "compensation", "ends_on"); err != nil {
		return err
	}
	return r.pageWith(statuses[v.err.Code], r.T("see.waive_title"), waiveForm(r, v))
}

// unitWords are the units of the parameters, as a number is written with them.
var unitWords = map[string]string{"days": "unit.days", "hours": "unit.hours", "minutes": "unit.minutes", "seconds": "unit.seconds", "level": "unit.level", "count": "unit.count", "percent": "unit.percent"}

// quantity writes the value of a parameter.
func (r *request) quantity(value int64, unit string) string {
	switch key := unitWords[unit]; {
	case unit == "flag" && value == 0:
		return r.T("unit.no")
	case unit == "flag":
		return r.T("unit.yes")
	case key == "":
		return r.Number(value)
	default:
		return r.T(key, value)
	}
}

// maySet says whether the person may set a parameter.
func (r *request) maySet() bool { return !r.past && r.session.May(identity.SetParameter) }

// A parametersView is every number of the policy.
type parametersView struct {
	list   []control.ParamInForce
	users  map[string][]vigie.RuleID
	search string
	set    bool // only what the committee set
}

// parametersPage lists the numbers of the policy, and what the committee set.
func parametersPage(r *request) error {
	inForce, err := r.s.App.Engine.InForce(r.Context())
	if err != nil {
		return err
	}
	q := r.URL.Query()
	v := parametersView{users: map[string][]vigie.RuleID{}, search: q.Get("q"), set: q.Get("set") != ""}
	words := strings.Fields(register.Fold(v.search))
	for _, name := range slices.Sorted(maps.Keys(inForce)) {
		p := inForce[name]
		if (!v.set || p.Set) && containsAll(register.Fold(name+" "+r.In(p.Label)), words) {
			v.list = append(v.list, p)
		}
	}
	slices.SortStableFunc(v.list, func(a, b control.ParamInForce) int { return cmp.Compare(r.In(a.Label), r.In(b.Label)) })
	for _, rule := range r.s.App.Engine.Rules() {
		for name := range rule.Params {
			v.users[name] = append(v.users[name], rule.ID)
		}
	}
	return r.page(r.T("web.nav_parameters"), parametersPageView(r, v))
}

// A parameterView is one parameter, the form that sets it and what another value
// would do.
type parameterView struct {
	form
	control.ParamInForce
	tried  bool
	shifts []control.Shift
}

func (r *request) parameter() (v parameterView, err error) {
	inForce, err := r.s.App.Engine.InForce(r.Context())
	if err != nil {
		return v, err
	}
	p, ok := inForce[r.PathValue("name")]
	if !ok {
		return v, &vigie.Error{Code: vigie.NotFound, Key: "parameter.unknown", Args: []any{r.PathValue("name")}}
	}
	v.ParamInForce = p
	v.values = map[string]string{"value": strconv.FormatInt(p.Value, 10)}
	return v, nil
}

// parameterPage is the page of one parameter.
func parameterPage(r *request) error {
	v, err := r.parameter()
	if err != nil {
		return err
	}
	return r.page(r.In(v.Label), parameterPageView(r, v))
}

// parameterSave shows what a value would do, or sets it: the same form has both
// buttons.
func parameterSave(r *request) error {
	v, err := r.parameter()
	if err != nil {
		return err
	}
	text, reason := strings.TrimSpace(r.form("value")), strings.TrimSpace(r.form("reason"))
	v.values = map[string]string{"value": text, "reason": reason}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		value = v.Min - 1 // not a number: outside the bounds
	}
	v.shifts, err = r.s.App.Engine.WhatIf(r.Context(), v.Name, value, r.now)
	v.tried = err == nil && r.form("set") == ""
	if err == nil && !v.tried {
		if reason == "" {
			err = &vigie.Error{Code: vigie.Invalid, Key: "page.form_faults", Fields: []vigie.FieldError{{Field: "reason", Key: "field.required"}}}
		} else {
			err = r.setParameter(v.Name, value, reason)
		}
		if err == nil {
			return r.redirect("/parameters/" + v.Name + "?done=set")
		}
	}
	if err != nil {
		if v.form, err = r.refused(err, "value", "reason"); err != nil {
			return err
		}
		return r.pageWith(statuses[v.err.Code], r.In(v.Label), parameterPageView(r, v))
	}
	return r.page(r.In(v.Label), parameterPageView(r, v))
}

// setParameter writes the value of a parameter (9.1.3), in place of the one that
// the committee had set.
func (r *request) setParameter(name string, value int64, reason string) error {
	book := r.s.App.Book
	reg, err := book.Register("policy_parameter")
	if err != nil {
		return err
	}
	page, err := book.List(r.Context(), reg, register.ListQuery{Filters: []register.Filter{{Field: "name", Value: name}}, Limit: 1, Scope: r.scope()})
	if err != nil {
		return err
	}
	values := register.Values{"name": name, "value": value, "reason": reason, "decided_on": int64(r.today)}
	if r.session.User.Person != "" {
		values["decided_by"] = r.session.User.Person
	}
	return book.Write(r.Context(), r.by(reason), func(w *register.Writer) error {
		if len(page.Records) == 0 {
			_, err := w.Create(r.Context(), reg, values)
			return err
		}
		_, err := w.Update(r.Context(), reg, page.Records[0].ID, page.Records[0].Meta.Version, values)
		return err
	})
}
