package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
)

// home leads to the page that serves the person most.
func home(r *request) error {
	if r.session.May(identity.SeePosture) {
		return r.redirect(r.Link("/situation"))
	}
	if r.session.May(identity.ManageUsers) && r.session.User.Person == "" {
		v, err := r.start()
		if err != nil {
			return err
		}
		if v.founding {
			return r.redirect("/start")
		}
		return r.redirect("/accounts")
	}
	return r.redirect(r.Link("/me"))
}

// A situationView is the posture at a glance.
type situationView struct {
	posture control.Posture
	titles  map[vigie.RuleID]vigie.Text
	trend   []trendPoint
	turns   []control.Turn
	urgent  []control.Finding
	since   time.Time // of turns and movement
	visit   bool      // since is the reader's last visit
	moved   control.Movement
	mine    []control.Finding // the reader must act
	coming  comingView
	start   startView
}

// A trendPoint is the posture of one past day.
type trendPoint struct {
	day    vigie.Day
	counts map[vigie.Verdict]int
	open   int64
}

// Numbers of things shown on the page of the situation.
const (
	trendMonths = 12
	turnsShown  = 12
	urgentShown = 10
	turnsDays   = 30
	mineShown   = 5
	comingShown = 8
)

// situation is the page of the whole company, today or at the end of a past day.
func situation(r *request) error {
	v := situationView{titles: map[vigie.RuleID]vigie.Text{}}
	for _, rule := range r.s.App.Engine.Rules() {
		v.titles[rule.ID] = rule.Title
	}
	engine := r.s.App.Engine
	var err error
	if v.posture, err = engine.Posture(r.Context(), r.on, r.now); err != nil {
		return err
	}
	for month := trendMonths; month >= 0; month-- {
		day := vigie.DayOf(r.on.Time().AddDate(0, -month, 0))
		p := v.posture
		if month > 0 {
			if p, err = engine.Posture(r.Context(), day, r.now); err != nil {
				return err
			}
		}
		point := trendPoint{day: day, counts: p.Counts}
		for _, ch := range p.Chapters {
			point.open += ch.Open - ch.Waived
		}
		v.trend = append(v.trend, point)
	}
	until := r.now
	if r.past {
		until = r.endOfDay()
	}
	v.since = until.AddDate(0, 0, -turnsDays)
	if last := r.session.Since; !r.past && !last.IsZero() {
		v.since, v.visit = last, true
	}
	if v.turns, err = engine.Turns(r.Context(), v.since, until, turnsShown); err != nil {
		return err
	}
	if v.moved, err = engine.Movement(r.Context(), v.since, until, r.scope()); err != nil {
		return err
	}
	if person := r.session.User.Person; person != "" {
		if v.mine, err = r.findingsOf(person, mineShown); err != nil {
			return err
		}
	}
	if !r.past {
		if v.coming, err = r.ahead(comingShown); err != nil {
			return err
		}
		if v.start, err = r.start(); err != nil {
			return err
		}
	}
	no := false
	q := control.FindingQuery{Urgent: true, Limit: urgentShown, Waived: &no, Excluded: &no, Scope: r.scope()}
	if r.past {
		q.At = until
	}
	if v.urgent, _, err = engine.Findings(r.Context(), q, r.on); err != nil {
		return err
	}
	return r.page(r.T("web.nav_situation"), situationPage(r, v))
}

// verdictOrder is that of counts and legends.
var verdictOrder = []vigie.Verdict{vigie.Conforming, vigie.Waived, vigie.Deviating, vigie.Broken, vigie.Unknown, vigie.NotApplicable}

// A bar is one rectangle of the chart of the trend, in its units.
type bar struct {
	x, y, w, h float64
	verdict    vigie.Verdict
	title      string
}

// Sizes of the chart of the trend.
const (
	chartWidth  = 640
	chartHeight = 150
)

// bars stacks the verdicts of each point.
func (v situationView) bars(r *request) (out []bar) {
	step := float64(chartWidth) / float64(len(v.trend))
	for i, p := range v.trend {
		total := 0
		for _, n := range p.counts {
			total += n
		}
		if total == 0 {
			continue
		}
		y := float64(chartHeight)
		for _, verdict := range verdictOrder {
			h := float64(chartHeight) * float64(p.counts[verdict]) / float64(total)
			if h == 0 {
				continue
			}
			y -= h
			out = append(out, bar{x: float64(i)*step + 2, y: y, w: step - 4, h: h, verdict: verdict, title: r.Day(p.day) + " : " + r.In(verdict.Label()) + " " + r.Number(int64(p.counts[verdict]))})
		}
	}
	return out
}

// units writes a size of the chart.
func units(f float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") }

// count is how many rules have a verdict.
func (v situationView) count(verdict vigie.Verdict) int64 { return int64(v.posture.Counts[verdict]) }

// shown says whether the chart shows a verdict.
func (v situationView) shown(verdict vigie.Verdict) bool {
	return slices.ContainsFunc(v.trend, func(p trendPoint) bool { return p.counts[verdict] > 0 })
}

// acts names who must act.
func (r *request) acts(a control.Actor) string {
	role := ""
	if a.Role != "" {
		role = r.T("role." + a.Role)
	}
	switch {
	case a.Name == "" && role == "":
		return r.T("see.nobody")
	case a.Name == "":
		return role
	case role == "":
		return a.Name
	}
	return a.Name + " (" + role + ")"
}

// late says whether a finding is past its date on the day shown.
func (r *request) late(f control.Finding) bool { return f.DueOn < r.on }

// reason and fix are the sentences of a finding.
func (r *request) reason(f control.Finding) string { text, _ := f.Text(); return r.In(text) }
func (r *request) fix(f control.Finding) string    { _, fix := f.Text(); return r.In(fix) }

// recordLink is where a finding's record is shown.
func recordLink(f control.Finding) string { return "/registers/" + f.Register + "/records/" + f.Record }

// since says how long ago something was, in days.
func (r *request) since(t time.Time) string {
	days := int64(r.on - vigie.DayOf(t.UTC()))
	if days <= 0 {
		return r.T("see.today")
	}
	return r.T("see.days_ago", days)
}
