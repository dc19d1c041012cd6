package web

import (
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
)

func findingReason(r *request, f control.Finding) string {
	reason, _ := f.Text()
	return r.In(reason)
}

func findingFix(r *request, f control.Finding) string {
	_, fix := f.Text()
	return r.In(fix)
}

func dayOf(t time.Time) vigie.Day { return vigie.DayOf(t.UTC()) }

// trace keeps who took data out, or saw what few may see.
func (r *request) trace(event, reg, record string) error { return nil }

// traceReading keeps the reading of a record of confidentiality 3 or 4.
func (r *request) traceReading(reg *register.Register, rec register.Record) error { return nil }
