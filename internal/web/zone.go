package web

import (
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // of machines that have none

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// Cookies that say in which zone the reader's clock is: the one chosen on the page
// of the account, else that of the machine, which zone.js tells.
const (
	zoneCookie = "vigie_zone"
	hereCookie = "vigie_here"
)

// zones are those offered on the page of the account, beside that of the machine.
var zones = []string{"UTC", "Africa/Abidjan", "Africa/Algiers", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "Africa/Tunis", "America/Cayenne", "America/Chicago", "America/Denver", "America/Guadeloupe", "America/Los_Angeles", "America/Martinique",
	"America/Miquelon", "America/New_York", "America/Sao_Paulo", "America/Toronto", "Asia/Dubai", "Asia/Hong_Kong", "Asia/Kolkata", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin",
	"Europe/Brussels", "Europe/Dublin", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Paris", "Europe/Rome", "Europe/Zurich", "Indian/Mayotte", "Indian/Mauritius", "Indian/Reunion", "Pacific/Auckland", "Pacific/Noumea", "Pacific/Tahiti"}

// known keeps the zones that were read: there are a few hundred of them.
var known sync.Map

// zoneOf returns the zone of an IANA name, nil when there is none of that name.
func zoneOf(name string) *time.Location {
	switch name {
	case "", "Local": // Local is the zone of the server
		return nil
	case "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu":
		return time.UTC
	}
	if z, ok := known.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	known.Store(name, z)
	return z
}

// readZone finds the zone of the reader in the cookies; UTC when they say none.
func (r *request) readZone() {
	r.zone = time.UTC
	for _, name := range []string{hereCookie, zoneCookie} {
		c, err := r.Cookie(name)
		if err != nil {
			continue
		}
		if z := zoneOf(c.Value); z != nil {
			r.zone, r.chosenZone = z, name == zoneCookie
		}
	}
}

// zoneChoices are the zones that the reader chooses among, the present one
// included.
func (r *request) zoneChoices() []string {
	if !r.chosenZone || slices.Contains(zones, r.zone.String()) {
		return zones
	}
	return append([]string{r.zone.String()}, zones...)
}

// Time returns the day and the minute in the reader's zone. Universal time says
// that it is.
func (r *request) Time(t time.Time) string { return r.wallClock(t, "15:04") }

// Moment is Time to the second.
func (r *request) Moment(t time.Time) string { return r.wallClock(t, "15:04:05") }

func (r *request) wallClock(t time.Time, clock string) string {
	day := "02/01/2006 "
	if r.lang == vigie.EN {
		day = "2006-01-02 "
	}
	if r.zone == time.UTC {
		return t.UTC().Format(day + clock + " UTC")
	}
	return t.In(r.zone).Format(day + clock)
}

// Value returns a value of a field as the reader reads it; "" when unknown.
func (r *request) Value(f *register.Field, v any) string {
	if n, ok := v.(int64); ok && f.Kind == register.Time {
		return r.Moment(time.Unix(n, 0))
	}
	return f.Format(v, r.lang)
}

// inputTime is the form of the browser's input of a moment, which names no zone:
// it is the reader's.
const inputTime = "2006-01-02T15:04:05"

// input returns a value as the input of its field holds it.
func (r *request) input(f *register.Field, v any) string {
	if n, ok := v.(int64); ok && f.Kind == register.Time {
		return time.Unix(n, 0).In(r.zone).Format(inputTime)
	}
	return plain(f, v)
}

// understand returns what was typed in a field, nil when that is empty. A moment
// is of the reader's zone unless it names another.
func (r *request) understand(f *register.Field, text string) (any, *vigie.FieldError) {
	v, fault := f.Parse(text)
	n, ok := v.(int64)
	if fault != nil || !ok || f.Kind != register.Time {
		return v, fault
	}
	if _, err := time.Parse(time.RFC3339, strings.TrimSpace(text)); err == nil {
		return v, nil
	}
	t := time.Unix(n, 0).UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, r.zone).Unix(), nil
}
