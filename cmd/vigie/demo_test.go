package main

import (
	"testing"
	"time"

	"vigie.example/internal/control"
)

// TestDemoPause: facts are brought again before each regular evaluation, and a
// minute before that of a new day.
func TestDemoPause(t *testing.T) {
	for _, c := range []struct {
		now   string
		every time.Duration
		want  time.Duration
	}{
		{"2026-03-18T10:00:00Z", time.Hour, time.Hour},
		{"2026-03-18T23:30:00Z", time.Hour, 29 * time.Minute},
		{"2026-03-18T23:59:30Z", time.Hour, time.Hour},
		{"2026-03-18T10:00:00Z", time.Second, time.Minute},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := demoPause(now, c.every); got != c.want {
			t.Errorf("at %s every %s: pause of %s, want %s", c.now, c.every, got, c.want)
		}
	}
}

// TestMoreUrgent: what is due first comes first, then what is open for longest.
func TestMoreUrgent(t *testing.T) {
	old, recent := time.Unix(1000, 0), time.Unix(2000, 0)
	list := []control.Finding{{DueOn: 10, OpenedAt: old, Record: "a"}, {DueOn: 10, OpenedAt: recent, Record: "b"}, {DueOn: 11, OpenedAt: old, Record: "c"}}
	for i := range list[1:] {
		if moreUrgent(list[i], list[i+1]) >= 0 || moreUrgent(list[i+1], list[i]) <= 0 {
			t.Errorf("%s is not before %s", list[i].Record, list[i+1].Record)
		}
	}
}
