package control_test

import (
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

// TestWhatIf: another value of a parameter says what it would open and close, and
// changes nothing.
func TestWhatIf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a := open(t, db, []*policy.Rule{ownRule(t, "X1", reviewed, "never", "old")})
		company(t, a, 2, noon)
		now := noon.AddDate(0, 0, 20)
		if err := a.Engine.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		shifts, err := a.Engine.WhatIf(t.Context(), "review_days", 10, now)
		if err != nil || len(shifts) != 1 || shifts[0].Opens != 2 || shifts[0].Closes != 0 || shifts[0].Judged != 2 || shifts[0].Check.Key != "X1/trial" {
			t.Fatalf("%+v, %v", shifts, err)
		}
		if v := verdict(t, a, "X1", vigie.DayOf(now), now); v != vigie.Conforming {
			t.Error("the trial counted:", v)
		}
		if shifts, err = a.Engine.WhatIf(t.Context(), "review_days", 25, now); err != nil || len(shifts) != 0 {
			t.Errorf("%+v, %v", shifts, err)
		}
		later := noon.AddDate(0, 0, 40)
		if err := a.Engine.Tick(t.Context(), later); err != nil {
			t.Fatal(err)
		}
		if shifts, err = a.Engine.WhatIf(t.Context(), "review_days", 300, later); err != nil || len(shifts) != 1 || shifts[0].Closes != 2 || shifts[0].Opens != 0 {
			t.Errorf("%+v, %v", shifts, err)
		}
		if _, err := a.Engine.WhatIf(t.Context(), "review_days", 0, now); vigie.CodeOf(err) != vigie.Invalid {
			t.Error("below the bounds:", err)
		}
		if _, err := a.Engine.WhatIf(t.Context(), "nothing", 1, now); vigie.CodeOf(err) != vigie.NotFound {
			t.Error("no such parameter:", err)
		}

		turns, err := a.Engine.Turns(t.Context(), noon, later, 10)
		if err != nil || len(turns) != 1 || turns[0] != (control.Turn{Rule: "X1", From: vigie.Conforming, To: vigie.Deviating, At: turns[0].At}) || !turns[0].At.Equal(later) {
			t.Errorf("%+v, %v", turns, err)
		}
		list, _, err := a.Engine.Findings(t.Context(), control.FindingQuery{Urgent: true, Limit: 1}, vigie.DayOf(later))
		if err != nil || len(list) != 1 {
			t.Error(list, err)
		}
	})
}
