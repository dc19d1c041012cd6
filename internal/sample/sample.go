// Package sample is one believable company: a software publisher with three
// entities, in France, Belgium and Canada, lived through for twelve months.
// Demonstrations and tests stand on it, so every rule finds something to judge.
// It is the same each time, relative to the moment it is told.
//
// # The story
//
// Alvéride publishes management software: about a hundred and fifty persons,
// six hundred assets. A year ago a customer's audit went badly; the company
// took its forgotten policy out of the drawer and put it into Vigie. Day
// numbers count back from today.
//
//	-365  Organisation, people and a poor inventory are imported: half of the
//	      assets have no deputy, a third have no security level.
//	-340  The committee finds the policy four years old and lists eleven gaps.
//	-320  Directories are read; accounts of nobody come to light. Owners sit
//	      down one after the other to complete and review their assets.
//	-298  A second edition is voted and published, and sent to all to read.
//	-290  Documents and procedures are written; traces reach the vault.
//	-240  Backups are planned and report; agents come on machines, week by week.
//	-215  An unknown switch is found on the network.
//	-200  Montréal opens a development team: the organisation changes.
//	-176  Zones, flows and services are written down, and watched.
//	-152  Ransomware starts on a support PC: a crisis, and a bad month.
//	-121  A laptop is forgotten in a train; it was encrypted.
//	 -96  A signing key is published by mistake; it is replaced in a day.
//	 -75  Storage is replaced: a major change, analysed, approved, reviewed.
//	 -64  A restore takes longer than the business can wait. It still does.
//	 -45  The company buys an invoicing business; nobody has re-read the policy.
//	 -19  A vulnerability is exploited in the wild; one machine has no decision.
//	  -9  A developer leaves; his account, his badge and his PC do not.
//	   0  Six rules in ten conform, seven are waived, one is excluded; the others
//	      name a few records each, and who must act.
//
// Every rule judges something today, so none is unknown today: unknown is the
// verdict of the first months, when nothing yet told about machines, projects
// or flows, and the posture of those days shows it.
//
// # How it is told
//
// Each chapter of the company has a file and adds events, one record written
// at one instant, and sensors, facts that machines report again and again. The
// events are replayed in order, each at its own date, so that the history, the
// findings and the verdicts of past days are real.
package sample

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
)

// A Stage says what a database holds.
type Stage string

// The stages of a database.
const (
	Vacant  Stage = "vacant"  // nothing yet
	Filling Stage = "filling" // a part of the sample: Fill was interrupted
	Filled  Stage = "filled"  // the sample, and what was done with it since
	Foreign Stage = "foreign" // something else, which the sample leaves alone
)

// markName is where the database remembers what Fill did to it.
const markName = "sample"

// A mark is what the database remembers.
type mark struct {
	stage Stage
	now   time.Time // the moment the company is told at
	steps int       // steps of the story that are written
	shape int       // of the whole story: another version of Vigie may tell another one
}

func (m mark) String() string {
	return fmt.Sprintf("%s %d %d %d", m.stage, m.now.Unix(), m.steps, m.shape)
}

// StageOf says what a database holds.
func StageOf(ctx context.Context, db *store.DB) (Stage, error) {
	m, err := readMark(ctx, db)
	return m.stage, err
}

func readMark(ctx context.Context, db *store.DB) (mark, error) {
	text, err := db.Meta(ctx, markName)
	if err != nil {
		return mark{}, err
	}
	if text != "" {
		var m mark
		var at int64
		if _, err := fmt.Sscanf(text, "%s %d %d %d", &m.stage, &at, &m.steps, &m.shape); err != nil {
			return mark{}, fmt.Errorf("sample: mark %q: %w", text, err)
		}
		m.now = time.Unix(at, 0).UTC()
		return m, nil
	}
	// Whatever was written once has left a line in the history; a token is
	// given before anything is written.
	n, err := store.Count(ctx, db, "SELECT COUNT(*) FROM (SELECT seq FROM history LIMIT 1) h", nil)
	if err == nil && n == 0 {
		n, err = store.Count(ctx, db, "SELECT COUNT(*) FROM (SELECT id FROM token LIMIT 1) t", nil)
	}
	if n > 0 {
		return mark{stage: Foreign}, err
	}
	return mark{stage: Vacant}, err
}

// Stats is what the company holds.
type Stats struct{ Entities, Persons, Assets, Records int64 }

// Progress is called as the story advances: the day that was lived, and how
// many steps of the story are done.
type Progress func(day vigie.Day, done, total int)

// Fill tells the life of the company until now, judging every week as it goes,
// so that past days have a posture too. On a database where it was interrupted
// it goes on from there, as of the moment it had begun.
//
// Errors: Conflict, with key sample.foreign when the database holds something
// else, sample.filled when it is complete, and sample.other_story when another
// version of Vigie was interrupted on it; nothing is changed then.
func Fill(ctx context.Context, a *app.App, now time.Time, progress Progress) error {
	m, err := readMark(ctx, a.DB)
	if err != nil {
		return err
	}
	switch m.stage {
	case Foreign, Filled:
		return &vigie.Error{Code: vigie.Conflict, Key: map[Stage]string{Foreign: "sample.foreign", Filled: "sample.filled"}[m.stage]}
	case Vacant:
		m = mark{stage: Filling, now: now.UTC().Truncate(time.Second)}
	}
	steps := tell(m.now).steps()
	switch shape := shapeOf(steps); m.shape {
	case 0:
		m.shape = shape
	case shape:
	default:
		return &vigie.Error{Code: vigie.Conflict, Key: "sample.other_story"}
	}
	if m.steps > 0 { // what was written last may not have been judged
		if err := steps[m.steps-1].judge(ctx, a); err != nil {
			return err
		}
	}
	for m.steps < len(steps) {
		s := steps[m.steps]
		m.steps++
		err := ctx.Err()
		if err == nil {
			err = s.write(ctx, a, m)
		}
		if err == nil {
			err = s.judge(ctx, a)
		}
		if err != nil {
			return cmp.Or(ctx.Err(), err) // a database that is interrupted says it otherwise
		}
		if progress != nil {
			progress(vigie.DayOf(s.at), m.steps, len(steps))
		}
	}
	m.stage = Filled
	return a.DB.SetMeta(ctx, markName, m.String())
}

// shapeOf tells one story from another.
func shapeOf(steps []step) int {
	n := len(steps)
	for i, s := range steps {
		n += (i + 1) * len(s.events)
	}
	return n
}

// Refresh lets the machines of the company report at now, as they do all year:
// facts that nobody brings grow old. They say what they said last; what people
// changed since in the demonstration stays. The database holds the sample.
func Refresh(ctx context.Context, a *app.App, now time.Time) error {
	m, err := readMark(ctx, a.DB)
	if err != nil || m.stage != Filled || !now.After(m.now) {
		return err
	}
	c := tell(m.now)
	return a.Book.Write(ctx, register.By{Source: "sample", At: now, Reason: reason}, func(w *register.Writer) error {
		for _, s := range c.sensors {
			if !s.alive(0) {
				continue
			}
			w.By.Actor = s.actor
			_, err := w.Update(ctx, s.register, s.id, 0, s.dates(c, now.Unix()))
			if err != nil && vigie.CodeOf(err) != vigie.NotFound { // somebody deleted it
				return fmt.Errorf("sample: %s %s: %w", s.register.ID, s.id, err)
			}
		}
		return nil
	})
}

// Count says what the company holds.
func Count(ctx context.Context, a *app.App) (Stats, error) {
	var s Stats
	for _, r := range catalog.All() {
		n, err := store.Count(ctx, a.DB, "SELECT COUNT(*) FROM "+r.ID, nil)
		if err != nil {
			return s, err
		}
		s.Records += n
		switch r {
		case catalog.Entity:
			s.Entities = n
		case catalog.Person:
			s.Persons = n
		case catalog.Asset:
			s.Assets = n
		}
	}
	return s, nil
}

// Adopt gives a machine that reported by itself, and that nobody looks after
// yet, to the team that looks after machines in France. They rate it, and write
// down that what its distribution brings is free software.
func Adopt(ctx context.Context, a *app.App, asset string, now time.Time) error {
	by := register.By{Actor: address(sysLead), Source: "sample", Reason: "nouvelle machine vue par l’agent", At: now}
	return a.Book.Write(ctx, by, func(w *register.Writer) error {
		had, _, err := w.Get(ctx, catalog.Asset, asset)
		if err != nil {
			return err
		}
		if had["owner"] == nil {
			today := int64(vigie.DayOf(now.UTC()))
			if err := w.Put(ctx, catalog.Asset, asset, values{"entity": "fr", "site": lyon, "owner": sysLead, "deputy": netLead, "maintainer": sysAdmin, "environment": "test",
				"vital": false, "personal_data": false,
				"d": int64(1), "i": int64(1), "c": int64(1), "t": int64(1), "rated_on": today, "dima_hours": int64(240), "pdma_hours": int64(72), "retention_days": int64(30)}); err != nil {
				return err
			}
		}
		free, err := undecided(ctx, w, asset)
		if err != nil {
			return err
		}
		for _, id := range free {
			if err := w.Put(ctx, catalog.Software, id, values{"paid": false, "status": "approved"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// undecided returns the software of a machine of which nobody said whether it
// is paid for.
func undecided(ctx context.Context, w *register.Writer, asset string) (ids []string, err error) {
	rows, err := w.Tx.Query(ctx, "SELECT s.id FROM software s WHERE s.paid IS NULL AND EXISTS (SELECT 1 FROM installation n WHERE n.software = s.id AND n.asset = :asset) ORDER BY s.id", map[string]any{"asset": asset})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// address is how a person signs the history.
func address(person string) string { return strings.ReplaceAll(person, "-", ".") + "@" + domain }
