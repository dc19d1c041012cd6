package control

import (
	"context"
	"strings"
	"time"

	vigie "vigie.example"
)

// A Shift is what another value of a parameter would do to a check.
type Shift struct {
	Check  *Check
	Opens  int64 // records that would be at fault and are not
	Closes int64 // records at fault that would no longer be
	Judged int64 // records that would be judged
}

// WhatIf says what another value of a parameter would do, and changes nothing.
// Checks that would say the same are left out.
//
// Errors: NotFound when no rule has the parameter; Invalid when the value is
// outside its bounds.
func (e *Engine) WhatIf(ctx context.Context, name string, value int64, now time.Time) ([]Shift, error) {
	p, ok := e.params[name]
	if !ok {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "parameter.unknown", Args: []any{name}}
	}
	if value < p.Min || value > p.Max {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "parameter.bounds", Args: []any{p.Min, p.Max}, Fields: []vigie.FieldError{{Field: "value", Key: "parameter.bounds", Args: []any{p.Min, p.Max}}}}
	}
	set, err := e.set(ctx, e.db)
	if err != nil {
		return nil, err
	}
	set[name] = value
	params := values(e.params, set, now)
	var out []Shift
	for _, c := range e.checks {
		if c.query == nil || !c.uses(name) {
			continue
		}
		j, err := c.JudgeAll(ctx, e.db, params)
		if err != nil {
			return nil, err
		}
		open, err := openFindings(ctx, e.db, c, nil)
		if err != nil {
			return nil, err
		}
		s := Shift{Check: c, Judged: j.Judged}
		for id := range j.Reasons {
			if _, is := open[id]; !is {
				s.Opens++
			}
		}
		for id := range open {
			if _, still := j.Reasons[id]; !still {
				s.Closes++
			}
		}
		if s.Opens+s.Closes > 0 {
			out = append(out, s)
		}
	}
	return out, nil
}

// uses says whether the SQL of the check names a parameter, in any of its forms.
func (c *Check) uses(name string) bool {
	for p := range c.query.params {
		if p == name || strings.HasPrefix(p, name+"_ago") || strings.HasPrefix(p, name+"_ahead") {
			return true
		}
	}
	return false
}
