package api

import (
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/policy"
)

// day reads a day of the query, today when absent.
func (r *request) day(name string) (vigie.Day, error) {
	s := r.URL.Query().Get(name)
	today := vigie.DayOf(r.now.UTC())
	if s == "" {
		return today, nil
	}
	d, err := vigie.ParseDay(s)
	if err != nil || d > today {
		return 0, &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{name, s}}
	}
	return d, nil
}

type postureView struct {
	On vigie.DayText `json:"on"`
	control.Posture
}

// posture counts every entity: it is refused to tokens that see some only.
func posture(r *request) (any, error) {
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	on, err := r.day("on")
	if err != nil {
		return nil, err
	}
	p, err := r.s.Engine.Posture(r.Context(), on, r.now)
	return postureView{vigie.DayText(on), p}, err
}

type ruleSummary struct {
	ID      vigie.RuleID `json:"id"`
	Chapter string       `json:"chapter"`
	Title   vigie.Text   `json:"title"`
	Text    vigie.Text   `json:"text"`
	Maps    policy.Maps  `json:"maps"`
}

func summarize(p *policy.Rule) ruleSummary {
	return ruleSummary{ID: p.ID, Chapter: p.Chapter(), Title: p.Title, Text: p.Text, Maps: p.Maps}
}

func rules(r *request) (any, error) {
	out := []ruleSummary{}
	for _, p := range r.s.Engine.Rules() {
		out = append(out, summarize(p))
	}
	return map[string]any{"rules": out}, nil
}

type ruleView struct {
	ruleSummary
	Explain   vigie.Text         `json:"explain"`
	Acts      []string           `json:"acts"`
	Verdict   vigie.Verdict      `json:"verdict"`
	Exclusion *control.Exclusion `json:"exclusion,omitempty"`
	Params    []paramView        `json:"params"`
	Checks    []checkView        `json:"checks"`
	History   []control.Period   `json:"history"`
}

type paramView struct {
	Name string `json:"name"`
	policy.Param
	Value int64 `json:"value"`
	Set   bool  `json:"set"` // by the committee, in place of the default
}

type checkView struct {
	ID          string                `json:"id"`
	Title       vigie.Text            `json:"title"`
	Knows       string                `json:"knows"`
	Judges      string                `json:"judges"`
	Verdict     vigie.Verdict         `json:"verdict"`
	Judged      int64                 `json:"judged"`
	Open        int64                 `json:"open"`
	Waived      int64                 `json:"waived"`
	Error       string                `json:"error,omitempty"` // why the check is broken
	EvaluatedAt *time.Time            `json:"evaluated_at,omitempty"`
	SQL         string                `json:"sql"`
	Facts       []factView            `json:"facts"`
	Reasons     map[string]reasonView `json:"reasons"`
}

type factView struct {
	Register  string     `json:"register"`
	Label     vigie.Text `json:"label"`
	Records   int64      `json:"records"` // counted up to 1000
	ChangedAt *time.Time `json:"changed_at,omitempty"`
	ChangedBy string     `json:"changed_by,omitempty"`
	Source    string     `json:"source,omitempty"`
}

type reasonView struct {
	Text vigie.Text `json:"text"`
	Fix  vigie.Text `json:"fix"` // what would make the record conform
}

func rule(r *request) (any, error) {
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	x, err := r.s.Engine.Explain(r.Context(), vigie.RuleID(r.PathValue("id")), r.now)
	if err != nil {
		return nil, err
	}
	v := ruleView{ruleSummary: summarize(x.Rule), Explain: x.Rule.Explain, Acts: x.Rule.Acts, Verdict: x.Verdict, Exclusion: x.Exclusion, Params: []paramView{}, History: x.History}
	for _, p := range x.Params {
		v.Params = append(v.Params, paramView(p))
	}
	for _, c := range x.Checks {
		cv := checkView{ID: c.ID, Title: c.Title, Knows: c.Knows, Judges: c.Judges, Verdict: c.Verdict, Judged: c.State.Judged, Open: c.State.Open, Waived: c.State.Waived,
			Error: c.State.Error, EvaluatedAt: moment(c.State.EvaluatedAt), SQL: c.SQL, Facts: []factView{}, Reasons: map[string]reasonView{}}
		for _, f := range c.Facts {
			cv.Facts = append(cv.Facts, factView{Register: f.Register.ID, Label: f.Register.Label, Records: f.Records, ChangedAt: moment(f.LastAt), ChangedBy: f.LastActor, Source: f.LastFrom})
		}
		for why, reason := range c.Reasons {
			cv.Reasons[why] = reasonView{Text: reason.Text(), Fix: reason.Fix}
		}
		v.Checks = append(v.Checks, cv)
	}
	return v, nil
}

func moment(t time.Time) *time.Time {
	if t.IsZero() || t.Unix() == 0 {
		return nil
	}
	return &t
}

type findingView struct {
	Seq      int64         `json:"seq"`
	Rule     vigie.RuleID  `json:"rule"`
	Check    string        `json:"check"`
	Register string        `json:"register"`
	Record   string        `json:"record"`
	Title    string        `json:"title"`
	Reason   string        `json:"reason"`
	Text     vigie.Text    `json:"text"`
	Fix      vigie.Text    `json:"fix"`
	OpenedAt time.Time     `json:"opened_at"`
	DueOn    vigie.DayText `json:"due_on"`
	ClosedAt *time.Time    `json:"closed_at,omitempty"`
	Waiver   string        `json:"waiver,omitempty"`
	Excluded bool          `json:"excluded,omitempty"` // its rule does not apply
	Acts     actorView     `json:"acts"`
}

type actorView struct {
	Person string `json:"person,omitempty"`
	Name   string `json:"name,omitempty"`
	Role   string `json:"role,omitempty"`

	Assigned bool   `json:"assigned,omitempty"`
	Note     string `json:"note,omitempty"`
}

func findings(r *request) (any, error) {
	params := r.URL.Query()
	q := control.FindingQuery{Rule: vigie.RuleID(params.Get("rule")), Chapter: params.Get("chapter"), Check: params.Get("check"),
		Register: params.Get("register"), Record: params.Get("record"), Scope: r.scope()}
	today := vigie.DayOf(r.now.UTC())
	on, err := r.day("on")
	if err != nil {
		return nil, err
	}
	if on < today {
		q.At = on.Time().AddDate(0, 0, 1).Add(-time.Second)
	}
	for name, want := range map[string]**bool{"waived": &q.Waived, "excluded": &q.Excluded} {
		s := params.Get(name)
		if s == "" {
			continue
		}
		yes := s == "true"
		if !yes && s != "false" {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "api.bool", Args: []any{name, s}}
		}
		*want = &yes
	}
	if q.After, err = r.number("after"); err != nil {
		return nil, err
	}
	limit, err := r.number("limit")
	if err != nil {
		return nil, err
	}
	q.Limit = int(limit)
	list, next, err := r.s.Engine.Findings(r.Context(), q, today)
	if err != nil {
		return nil, err
	}
	out := []findingView{}
	for _, f := range list {
		text, fix := f.Text()
		out = append(out, findingView{Seq: f.Seq, Rule: f.Rule, Check: f.CheckKey, Register: f.Register, Record: f.Record, Title: f.Title, Reason: f.Reason, Text: text, Fix: fix,
			OpenedAt: f.OpenedAt, DueOn: vigie.DayText(f.DueOn), ClosedAt: f.ClosedAt, Waiver: f.Waiver, Excluded: f.Excluded, Acts: actorView(f.Actor)})
	}
	return map[string]any{"findings": out, "next": next}, nil
}
