package web

import (
	"strconv"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

func dayOf(t time.Time) vigie.Day { return vigie.DayOf(t.UTC()) }

// traceReading keeps the reading of a record of confidentiality 3 or 4.
func (r *request) traceReading(reg *register.Register, rec register.Record) error {
	if level := rec.Confidentiality(); level >= register.Confidential {
		return r.trace("read", reg.ID+"/"+rec.ID, strconv.FormatInt(level, 10))
	}
	return nil
}

// trace keeps what the person did.
func (r *request) trace(kind, subject, detail string) error {
	return r.s.Accounts.Trace(r.Context(), identity.Event{Kind: kind, Actor: r.session.User.Email, Subject: subject, Detail: detail, Address: r.from().Address})
}
