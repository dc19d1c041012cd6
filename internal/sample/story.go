package sample

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

type values = register.Values

// reason is written beside each change.
const reason = "société d’exemple"

// life is how many days of the company are told.
const life = 365

// An on is a day relative to today: a value of a Date field.
type on int

// A moment is an instant of a day relative to today: a value of a Time field.
type moment struct{ day, hour, minute int }

// at returns an instant of a day relative to today, UTC.
func at(day, hour, minute int) moment { return moment{day, hour, minute} }

// An event is one record put, or changed, at an instant.
type event struct {
	at       int64
	actor    string
	register *register.Register
	id       string
	values   values
}

// A sensor is a record that a machine reports again and again while it works.
type sensor struct {
	register *register.Register
	id       string
	about    []string // records whose changes are seen at once
	from     int      // first day
	until    int      // last day; 0 while it works
	every    int      // reports each so many weeks; each week when 0

	quietFrom, quietUntil int // days of a silence; 0 when there is none

	actor string
	first values                 // what it says once
	each  func(now int64) values // what it says each time
}

func (s *sensor) alive(day int) bool {
	quiet := s.quietFrom != 0 && day >= s.quietFrom && day < s.quietUntil
	return day >= s.from && (s.until == 0 || day <= s.until) && !quiet
}

// due says whether the sensor reports by itself on a day that ends a week; all
// do today.
func (s *sensor) due(day int) bool { return s.every == 0 || day/7%s.every == 0 }

func (s *sensor) event(c *company, now int64) event {
	v := values{}
	for name, x := range s.first {
		v[name] = x
	}
	for name, x := range s.each(now) {
		v[name] = x
	}
	return event{now, s.actor, s.register, s.id, c.resolve(v)}
}

// dates are only the days and instants of what the sensor says at now.
func (s *sensor) dates(c *company, now int64) values {
	out := c.resolve(s.each(now))
	for name := range out {
		if k := s.register.Field(name).Kind; k != register.Date && k != register.Time {
			delete(out, name)
		}
	}
	return out
}

// A company is being told.
type company struct {
	now     time.Time
	today   vigie.Day
	rng     *rand.Rand
	events  []event
	late    []event // written after what the machines say that day
	sensors []*sensor

	people []*person
	assets []*asset
}

// tell imagines the whole life of the company as of now.
func tell(now time.Time) *company {
	c := &company{now: now, today: vigie.DayOf(now), rng: rand.New(rand.NewPCG(9, 17))}
	for _, chapter := range []func(){
		c.organisation, c.staff, c.inventory, c.policyLife, c.machines, c.traces, c.employment, c.sites, c.operations, c.network, c.access, c.backups, c.continuity, c.incidents, c.projects, c.privacy, c.keys, c.compliance, c.decisions,
	} {
		chapter()
	}
	return c
}

// put writes a record, or changes the fields of v in it, at a moment.
func (c *company) put(when moment, actor string, r *register.Register, id string, v values) {
	c.events = append(c.events, event{c.instant(when), actor, r, id, c.resolve(v)})
}

// delete removes a record at a moment.
func (c *company) delete(when moment, actor string, r *register.Register, id string) {
	c.events = append(c.events, event{at: c.instant(when), actor: actor, register: r, id: id})
}

// sense adds a sensor. Its record appears when it first reports.
func (c *company) sense(s *sensor) {
	c.sensors = append(c.sensors, s)
}

// later writes a record at the end of a day: after what the machines say that
// day, which it may name.
func (c *company) later(day int, actor string, r *register.Register, id string, v values) {
	c.late = append(c.late, event{c.instant(at(day, closing, 0)), actor, r, id, c.resolve(v)})
}

// resolve gives relative days and plain numbers the form that registers keep.
func (c *company) resolve(v values) values {
	out := make(values, len(v))
	for name, x := range v {
		switch x := x.(type) {
		case on:
			out[name] = int64(c.today) + int64(x)
		case moment:
			out[name] = c.instant(x)
		case int:
			out[name] = int64(x)
		default:
			out[name] = x
		}
	}
	return out
}

// instant is never in the future.
func (c *company) instant(m moment) int64 {
	t := (int64(c.today)+int64(m.day))*86400 + int64(m.hour)*3600 + int64(m.minute)*60
	return min(t, c.now.Unix()-60)
}

// dayOf is the day of an instant, relative to today.
func (c *company) dayOf(t int64) int { return int(t/86400 - int64(c.today)) }

// A step is what is written at one go: the events of a day and, once a week,
// what all the sensors say; then everything is judged.
type step struct {
	at     time.Time
	events []event
	weekly bool
}

// closing is the hour at which a day of the company is written.
const closing = 22

// steps cuts the life of the company into days. What machines say is fresh on
// the day on which it is judged: each week for all of them, and on any day for
// those that something happens to.
func (c *company) steps() []step {
	for _, list := range [][]event{c.events, c.late} {
		slices.SortStableFunc(list, func(x, y event) int { return cmp.Compare(x.at, y.at) })
	}
	d := &diary{company: c, about: map[string][]*sensor{}, known: links{}, events: c.events, late: c.late}
	for _, x := range c.sensors {
		for _, id := range x.about {
			d.about[id] = append(d.about[id], x)
		}
	}
	var out []step
	for day := -life; day <= 0; day++ {
		if s := d.live(day); len(s.events) > 0 || s.weekly {
			out = append(out, s)
		}
	}
	return out
}

// A diary tells a company day after day.
type diary struct {
	*company
	about        map[string][]*sensor // by the record that they are about
	known        links
	events, late []event // that did not happen yet
}

// live tells one day: what people do, what machines say, what is read of both
// in the evening.
func (d *diary) live(day int) step {
	s := step{at: (d.today + vigie.Day(day)).Time().Add(closing * time.Hour), weekly: day%7 == 0}
	if day == 0 {
		s.at = d.now
	}
	var evening []event
	s.events, d.events = d.until(day, d.events)
	evening, d.late = d.until(day, d.late)
	var touched []string
	for _, e := range append(slices.Clone(s.events), evening...) {
		touched = append(touched, d.known.add(e)...)
	}
	heard := map[*sensor]bool{}
	hear := func(x *sensor) {
		if x.alive(day) && !heard[x] {
			heard[x] = true
			e := x.event(d.company, s.at.Unix())
			s.events = append(s.events, e)
			touched = append(touched, d.known.add(e)...)
		}
	}
	for _, x := range d.sensors {
		if s.weekly && x.due(day) || day == x.from {
			hear(x)
		}
	}
	for seen := map[string]bool{}; len(touched) > 0; touched = touched[1:] {
		id := touched[0]
		if seen[id] {
			continue
		}
		seen[id] = true
		touched = append(touched, d.known[id]...)
		for _, x := range d.about[id] {
			hear(x)
		}
	}
	s.events = append(s.events, evening...)
	return s
}

// until cuts a list of events, in order, after those of a day.
func (c *company) until(day int, list []event) (before, after []event) {
	end := (int64(c.today) + int64(day) + 1) * 86400
	n := 0
	for n < len(list) && list[n].at < end {
		n++
	}
	return slices.Clone(list[:n]), list[n:]
}

// links are the records that each record names, hubs left out.
type links map[string][]string

// hubs are registers whose records are named by too many others: what happens
// to one asset of an owner says nothing of his other assets.
var hubs = []string{"entity", "site", "team", "room", "person", "third_party", "role_profile", "software", "support_cycle", "protocol", "policy_edition", "communication"}

// add remembers what an event names and returns it, with the record itself.
func (l links) add(e event) []string {
	out := []string{e.id}
	for _, f := range e.register.Fields {
		to, ok := e.values[f.Name].(string)
		if !ok || f.Kind != register.Ref {
			continue
		}
		out = append(out, to)
		if !slices.Contains(hubs, f.To) && !slices.Contains(l[e.id], to) {
			l[e.id] = append(l[e.id], to)
		}
	}
	asset, _ := e.values["asset"].(string)
	switch e.register { // judged with what names them
	case catalog.Dependency:
		needs := e.values["needs"].(string)
		l[needs] = append(l[needs], asset)
	case catalog.IncidentAsset:
		if incident, ok := e.values["incident"].(string); ok {
			l[incident] = append(l[incident], asset)
		}
	}
	return out
}

// write writes the step and how far the story went, or nothing.
func (s step) write(ctx context.Context, a *app.App, m mark) error {
	return a.Book.Write(ctx, register.By{Source: "sample", At: s.at, Reason: reason}, func(w *register.Writer) error {
		for _, e := range s.events {
			w.By.Actor, w.By.At = e.actor, time.Unix(e.at, 0).UTC()
			if err := e.write(ctx, w); err != nil {
				return fmt.Errorf("sample: %s %s: %w", e.register.ID, e.id, err)
			}
		}
		return w.Tx.SetMeta(ctx, markName, m.String())
	})
}

// write puts the record or, when the event has no values, deletes it.
func (e event) write(ctx context.Context, w *register.Writer) error {
	if e.values == nil {
		return w.Delete(ctx, e.register, e.id, 0)
	}
	return w.Put(ctx, e.register, e.id, e.values)
}

// judge judges everything as of the step, once a week.
func (s step) judge(ctx context.Context, a *app.App) error {
	if !s.weekly {
		return nil
	}
	return a.Engine.Tick(ctx, s.at)
}

func (c *company) pick(list []string) string { return list[c.rng.IntN(len(list))] }
