package control

import (
	"context"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/policy"
)

// A Foreseen is a record that will be at fault if nobody does anything: a fact
// that ages, a date that comes.
type Foreseen struct {
	Check  *Check
	Record string
	Reason string // code
	Within int    // days: the shortest of those asked in which it happens
}

// Rule names the rule of the check.
func (f Foreseen) Rule() vigie.RuleID { return f.Check.Rule.ID }

// maxForeseen bounds what is told of one check.
const maxForeseen = 200

// Ahead says what will be at fault in some days, shortest first, that is not
// today, were nothing to change; it changes nothing. Facts that machines bring by
// themselves are left out: they come again before they are too old. It costs as much as judging
// the checks that look at the clock once for each number of days.
func (e *Engine) Ahead(ctx context.Context, now time.Time, days ...int) ([]Foreseen, error) {
	set, err := e.set(ctx, e.db)
	if err != nil {
		return nil, err
	}
	out := []Foreseen{}
	for _, c := range e.checks {
		if c.query == nil || !c.ages() || c.Knows == "machine" {
			continue
		}
		today, err := e.faults(ctx, c, values(e.params, set, now))
		if err != nil {
			return nil, err
		}
		said, n := map[string]bool{}, 0
		for _, d := range days {
			then, err := e.faults(ctx, c, values(e.params, set, now.AddDate(0, 0, d)))
			if err != nil {
				return nil, err
			}
			for id, why := range then {
				if _, is := today[id]; is || said[id] || n >= maxForeseen {
					continue
				}
				said[id] = true
				n++
				out = append(out, Foreseen{c, id, why, d})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Foreseen) int {
		if a.Within != b.Within {
			return a.Within - b.Within
		}
		return policy.CompareIDs(a.Rule(), b.Rule())
	})
	return out, nil
}

// faults is what a check says with these parameters; a check that breaks says
// nothing here.
func (e *Engine) faults(ctx context.Context, c *Check, params map[string]any) (map[string]string, error) {
	limited, cancel := context.WithTimeout(ctx, e.WholeLimit)
	defer cancel()
	j, err := c.JudgeAll(limited, e.db, params)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, nil
	}
	return j.Reasons, nil
}

// ages says whether the check looks at the clock.
func (c *Check) ages() bool {
	for p := range c.query.params {
		if p == "now" || p == "today" {
			return true
		}
		for _, suffix := range []string{"_ago", "_ahead", "_ago_at", "_ahead_at"} {
			if strings.HasSuffix(p, suffix) {
				return true
			}
		}
	}
	return false
}

// Text returns the sentence of the reason, and what would prevent it.
func (f Foreseen) Text() (reason, fix vigie.Text) {
	return Finding{Check: f.Check, Reason: f.Reason}.Text()
}
