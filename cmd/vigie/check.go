package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/i18n"
)

type checkCmd struct {
	database
	Rule   string `help:"Only this rule." placeholder:"ID"`
	On     string `help:"The posture at the end of a past day, instead of judging now." placeholder:"DATE"`
	Format string `help:"table, json or csv." enum:"table,json,csv" default:"table"`
	Limit  int    `help:"Findings shown in the table for each rule." default:"5"`
}

func (c *checkCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	now := time.Now()
	on, err := day(c.On, now)
	if err != nil {
		return err
	}
	if c.On == "" {
		if err := a.Engine.Tick(g.ctx, now); err != nil {
			return err
		}
	}
	if c.Rule != "" {
		if _, err := a.Engine.Explain(g.ctx, vigie.RuleID(c.Rule), now); err != nil {
			return err
		}
	}
	p, err := a.Engine.Posture(g.ctx, on, now)
	if err != nil {
		return err
	}
	worst := vigie.NotApplicable
	var kept []control.RulePosture
	for _, r := range p.Rules {
		if c.Rule == "" || string(r.Rule) == c.Rule {
			kept = append(kept, r)
			worst = worst.Worse(r.Verdict)
		}
	}
	p.Rules = kept
	var at time.Time
	if c.On != "" && on < vigie.DayOf(now.UTC()) {
		at = on.Time().AddDate(0, 0, 1).Add(-time.Second)
	}
	switch c.Format {
	case "json":
		err = writeJSON(g, a, p, at, now)
	case "csv":
		err = writeCSV(g, a, p, at, now)
	default:
		err = writeTable(g, os.Stdout, a, p, at, now, c.Limit)
	}
	switch {
	case err != nil:
		return err
	case worst == vigie.Broken:
		return exitCode(2)
	case worst == vigie.Deviating:
		return exitCode(1)
	}
	return nil
}

// eachFinding gives the findings of a rule in order, up to limit; 0 is all.
func eachFinding(g *global, a *app.App, rule vigie.RuleID, at, now time.Time, limit int, do func(control.Finding) error) error {
	q := control.FindingQuery{Rule: rule, At: at, Limit: 500}
	if limit > 0 {
		q.Limit = min(limit, 500)
	}
	for n := 0; ; {
		list, next, err := a.Engine.Findings(g.ctx, q, vigie.DayOf(now.UTC()))
		if err != nil {
			return err
		}
		for _, f := range list {
			if err := do(f); err != nil {
				return err
			}
			if n++; n == limit {
				return nil
			}
		}
		if next == 0 {
			return nil
		}
		q.After = next
	}
}

type findingLine struct {
	Rule     vigie.RuleID  `json:"rule"`
	Check    string        `json:"check"`
	Register string        `json:"register"`
	Record   string        `json:"record"`
	Title    string        `json:"title"`
	Reason   string        `json:"reason"`
	Text     string        `json:"text"`
	Fix      string        `json:"fix"`
	OpenedAt time.Time     `json:"opened_at"`
	DueOn    vigie.DayText `json:"due_on"`
	Waiver   string        `json:"waiver,omitempty"`
	Acts     string        `json:"acts,omitempty"`
}

func line(g *global, f control.Finding) findingLine {
	text, fix := f.Text()
	return findingLine{Rule: f.Rule, Check: f.CheckKey, Register: f.Register, Record: f.Record, Title: f.Title, Reason: f.Reason, Text: text.In(g.lang), Fix: fix.In(g.lang),
		OpenedAt: f.OpenedAt, DueOn: vigie.DayText(f.DueOn), Waiver: f.Waiver, Acts: who(g, f.Actor)}
}

// who names who must act.
func who(g *global, a control.Actor) string {
	role := ""
	if a.Role != "" {
		role = i18n.T(g.lang, "role."+a.Role)
	}
	switch {
	case a.Name == "":
		return role
	case role == "":
		return a.Name
	}
	return a.Name + " (" + role + ")"
}

func writeJSON(g *global, a *app.App, p control.Posture, at, now time.Time) error {
	out := struct {
		On vigie.DayText `json:"on"`
		control.Posture
		Findings []findingLine `json:"findings"`
	}{On: vigie.DayText(p.On), Posture: p, Findings: []findingLine{}}
	for _, r := range p.Rules {
		if err := eachFinding(g, a, r.Rule, at, now, 0, func(f control.Finding) error {
			out.Findings = append(out.Findings, line(g, f))
			return nil
		}); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func writeCSV(g *global, a *app.App, p control.Posture, at, now time.Time) error {
	w := csv.NewWriter(os.Stdout)
	if err := w.Write([]string{"rule", "verdict", "check", "register", "record", "title", "reason", "text", "fix", "opened_at", "due_on", "waiver", "acts"}); err != nil {
		return err
	}
	for _, r := range p.Rules {
		n := 0
		err := eachFinding(g, a, r.Rule, at, now, 0, func(f control.Finding) error {
			n++
			l := line(g, f)
			return w.Write([]string{string(l.Rule), string(r.Verdict), l.Check, l.Register, l.Record, l.Title, l.Reason, l.Text, l.Fix, l.OpenedAt.Format(time.RFC3339), vigie.Day(l.DueOn).String(), l.Waiver, l.Acts})
		})
		if err == nil && n == 0 {
			err = w.Write([]string{string(r.Rule), string(r.Verdict), "", "", "", "", "", "", "", "", "", "", ""})
		}
		if err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// writeTable prints the verdict of each rule, then for each that deviates its
// oldest findings: what, since when, who acts by when.
func writeTable(g *global, out io.Writer, a *app.App, p control.Posture, at, now time.Time, limit int) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	T := func(key string, args ...any) string { return i18n.T(g.lang, key, args...) }
	fmt.Fprintln(w, strings.Join([]string{T("check.rule"), T("check.verdict"), T("check.judged"), T("check.open"), T("check.title")}, "\t"))
	for _, r := range p.Rules {
		open := strconv.FormatInt(r.Open, 10)
		if r.Waived > 0 {
			open += " (" + T("check.waived", r.Waived) + ")"
		}
		judged := strconv.FormatInt(r.Judged, 10)
		if !at.IsZero() {
			judged = "–"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Rule, r.Verdict.Label().In(g.lang), judged, open, r.Title.In(g.lang))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range p.Rules {
		if r.Verdict != vigie.Deviating || limit <= 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s %s\n", r.Rule, r.Title.In(g.lang))
		if err := eachFinding(g, a, r.Rule, at, now, limit, func(f control.Finding) error {
			l := line(g, f)
			_, err := fmt.Fprintln(out, "  "+T("check.finding", l.Title, l.Text, l.OpenedAt.Format(time.DateOnly), firstOf(l.Acts, T("check.nobody")), vigie.Day(l.DueOn).String()))
			return err
		}); err != nil {
			return err
		}
		if more := r.Open - int64(limit); more > 0 {
			fmt.Fprintln(out, "  "+T("check.more", more))
		}
	}
	fmt.Fprintf(out, "\n%s\n", T("check.summary", p.On.String(), p.Counts[vigie.Conforming], p.Counts[vigie.Deviating], p.Counts[vigie.Waived], p.Counts[vigie.Unknown], p.Counts[vigie.NotApplicable], p.Counts[vigie.Broken]))
	return nil
}
