// Package traces turns what the vault holds into the facts of log sources: when
// each last spoke, how far back its traces go, whether they verify, whether its
// clock is right, and with what assurance they came. It serves 9.7.2, 9.7.3, 9.8.6,
// 9.11.3 and 9.11.4.
//
// A log source says how its events are found, in the words of a search of the
// vault (vault_query). Sources that do not say so keep the facts that people or
// imports give them.
package traces

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/line"
	"vigie.example/internal/trace/search"
)

// A Collector looks into one vault. It is not for use by several goroutines at
// once.
type Collector struct {
	Book  *register.Book
	Vault *search.Vault
	Every time.Duration // between two verifications of a class; a day when 0

	later map[string]time.Time // by class: not verified before, since its bucket did not answer
}

// How finely facts are kept: finer would write history for nothing.
const (
	lastStep = 30 * time.Minute // of the last event
	recent   = 100              // events that tell the clock of a source

	bucketAgain = time.Hour // a verification that a bucket did not let end is tried again
)

// A verification is the last one of a class. It is kept in the database.
//
// The key and the checkpoint are those of the last one that found nothing wrong:
// a vault that is replaced, rolled back or written again later does not verify.
type verification struct {
	At         int64  `json:"at"` // seconds
	Failed     bool   `json:"failed"`
	Key        string `json:"key,omitempty"`
	Checkpoint string `json:"checkpoint,omitempty"`
}

func mark(class string) string { return "traces.verified." + class }

// Verify verifies every entry of the classes whose last verification is too old,
// says what is wrong, and whether there was any to verify. A class that cannot be
// verified because its bucket does not answer is tried again later.
//
// Errors: trace.ErrBucket, when that is all.
func (c *Collector) Verify(ctx context.Context, now time.Time) (problems []evidence.Problem, verified bool, err error) {
	classes := c.Vault.Classes()
	every := c.Every
	if every == 0 {
		every = 24 * time.Hour
	}
	var outages []error
	for _, class := range classes {
		last, err := c.verified(ctx, class)
		if err != nil {
			return problems, verified, err
		}
		if age := now.Sub(time.Unix(last.At, 0)); age >= 0 && age < every {
			continue
		}
		if err := ctx.Err(); err != nil {
			return problems, verified, err
		}
		if now.Before(c.later[class]) {
			continue
		}
		verified = true
		found, err := c.verify(ctx, class, last, now)
		problems = append(problems, found...)
		if errors.Is(err, trace.ErrBucket) {
			if c.later == nil {
				c.later = map[string]time.Time{}
			}
			c.later[class] = now.Add(bucketAgain)
			outages = append(outages, fmt.Errorf("class %s: %w", class, err))
			continue
		}
		if err != nil {
			return problems, verified, err
		}
	}
	return problems, verified, errors.Join(outages...)
}

func (c *Collector) verify(ctx context.Context, class string, last verification, now time.Time) ([]evidence.Problem, error) {
	folder, err := c.Vault.Folder(class)
	if err != nil {
		return nil, err
	}
	dir := trace.OpenFolder(folder)
	if err := dir.Ready(ctx); err != nil {
		return nil, err
	}
	checkpoint, err := fs.ReadFile(dir, "log/checkpoint")
	if err != nil {
		return nil, err
	}
	check := evidence.Check{Key: last.Key, Live: true, Workers: 1}
	if last.Checkpoint != "" {
		known, err := evidence.ParseCheckpoint([]byte(last.Checkpoint))
		if err != nil {
			return nil, err
		}
		check.Known = append(check.Known, known)
	}
	rep := evidence.VerifyStream(dir, check)
	if err := dir.Err(); err != nil { // what was not found may be there
		return nil, err
	}
	last.At, last.Failed = now.Unix(), len(rep.Problems) > 0
	if !last.Failed {
		last.Key, last.Checkpoint = rep.Signer, string(checkpoint)
	}
	text, err := json.Marshal(last)
	if err != nil {
		return rep.Problems, err
	}
	return rep.Problems, c.Book.DB.SetMeta(ctx, mark(class), string(text))
}

func (c *Collector) verified(ctx context.Context, class string) (v verification, err error) {
	text, err := c.Book.DB.Meta(ctx, mark(class))
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &v)
	}
	return v, err
}

// A source is a log source that says how its events are found.
type source struct {
	id, query               string
	event, success, failure int64 // the last ones known, in seconds
}

// facts are what the vault says of a source.
type facts struct {
	class       string // where its newest event is
	first, last int64  // microseconds; 0 when there is none
	skew        int64  // microseconds
	skewed      bool   // skew is known
	assurance   string
	success     int64 // of the newest access that succeeded, and that was refused
	failure     int64
	away        bool // older events could not be read: a bucket does not answer
}

// wrong says whether an error is more than a bucket that does not answer: the
// newest events are not there.
func (f *facts) wrong(err error) bool {
	if errors.Is(err, trace.ErrBucket) {
		f.away = true
		return false
	}
	return err != nil
}

// Collect brings the facts of every log source that says how its events are
// found. What is wrong with the query of one is returned and stops no other:
// its facts become unknown.
func (c *Collector) Collect(ctx context.Context, now time.Time) error {
	sources, err := c.sources(ctx)
	if err != nil || len(sources) == 0 {
		return err
	}
	indexes, err := c.indexes()
	if err != nil || len(indexes) == 0 { // no vault: nobody knows more than before
		return err
	}
	var wrong []error
	for _, s := range sources {
		f, err := look(ctx, indexes, s.query, now)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("log source %s: %w", s.id, err))
			if vigie.CodeOf(err) != vigie.Invalid {
				continue // the vault could not be read: nothing is said
			}
		}
		if err := c.write(ctx, s, f, now); err != nil {
			wrong = append(wrong, fmt.Errorf("log source %s: %w", s.id, err))
		}
	}
	return errors.Join(wrong...)
}

func (c *Collector) sources(ctx context.Context) (out []source, err error) {
	rows, err := c.Book.DB.Query(ctx, "SELECT id, vault_query, COALESCE(last_event_at, 0), COALESCE(last_success_at, 0), COALESCE(last_failure_at, 0) FROM log_source WHERE vault_query > ''", nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s source
		if err := rows.Scan(&s.id, &s.query, &s.event, &s.success, &s.failure); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// indexes are those of the classes, with what was sealed since; the trail of the
// product itself is not of a source.
func (c *Collector) indexes() (map[string]*search.Index, error) {
	out := map[string]*search.Index{}
	for _, class := range c.Vault.Classes() {
		if class == "trail" {
			continue
		}
		x, err := c.Vault.Index(class)
		if err != nil {
			return nil, err
		}
		out[class] = x
	}
	return out, nil
}

// look finds what the vault says of the events that a query finds.
func look(ctx context.Context, indexes map[string]*search.Index, query string, now time.Time) (f facts, err error) {
	q, err := search.Parse(query)
	if err != nil {
		return f, err
	}
	if strings.TrimSpace(query) == "" {
		return f, nil
	}
	for class, x := range indexes {
		first, found, err := x.First(ctx, q)
		if f.wrong(err) {
			return facts{}, err
		}
		if !found && err == nil {
			continue
		}
		if first.Received != 0 && (f.first == 0 || first.Received < f.first) {
			f.first = first.Received
		}
		var skew int64
		skewed, newest := false, true
		if _, err := x.Search(ctx, q, recent, func(h search.Hit) bool {
			if newest && h.Received > f.last {
				f.last, f.class, f.assurance = h.Received, class, assurance(h.Source)
				f.skewed = false
			}
			newest = false
			if f.class != class {
				return false
			}
			if stamp := line.Parse(h.Raw, h.Received); stamp.Zoned {
				// An event can be late, never early: the earliest of several tells the clock.
				if ahead := stamp.At - h.Received; !skewed || ahead > skew {
					skew, skewed = ahead, true
				}
			}
			return true
		}); f.wrong(err) {
			return facts{}, err
		}
		if f.class == class {
			f.skew, f.skewed = skew, skewed
		}
		for outcome, to := range map[string]*int64{"succeeded": &f.success, "failed": &f.failure} {
			one, err := search.Parse(query + " access:" + outcome)
			if err != nil {
				return facts{}, err
			}
			if _, err := x.Search(ctx, one, 1, func(h search.Hit) bool { *to = max(*to, h.Received); return false }); f.wrong(err) {
				return facts{}, err
			}
		}
	}
	return f, nil
}

// assurance is the lowest that the way of an event leaves.
func assurance(source string) string {
	way, _, _ := strings.Cut(source, ":")
	switch way {
	case "relp", "relp+tls", "http", "http+tls", "vigie":
		return "acknowledged"
	case "udp":
		return "udp"
	}
	return "tls"
}

// write keeps the facts of a source.
func (c *Collector) write(ctx context.Context, s source, f facts, now time.Time) error {
	v := register.Values{"last_event_at": nil, "last_success_at": nil, "last_failure_at": nil, "oldest_kept_on": nil, "oldest_verified_on": nil, "verified_at": nil, "verification_failed": nil, "clock_skew_seconds": nil}
	if f.last != 0 {
		v["assurance"] = f.assurance
		for name, at := range map[string][2]int64{"last_event_at": {s.event, f.last}, "last_success_at": {s.success, f.success}, "last_failure_at": {s.failure, f.failure}} {
			if at[1] != 0 {
				v[name] = latest(at[0], at[1]/1_000_000)
			}
		}
		oldest := int64(vigie.DayOf(time.UnixMicro(f.first).UTC()))
		v["oldest_kept_on"] = oldest
		if f.skewed {
			v["clock_skew_seconds"] = (f.skew + sign(f.skew)*500_000) / 1_000_000
		}
		done, err := c.verified(ctx, f.class)
		if err != nil {
			return err
		}
		if done.At != 0 {
			v["verified_at"], v["verification_failed"] = done.At, done.Failed
			if !done.Failed {
				v["oldest_verified_on"] = oldest
			}
		}
	}
	if f.away { // what was known of the rest stays
		for _, name := range []string{"oldest_kept_on", "oldest_verified_on"} {
			v[name] = nil
		}
		maps.DeleteFunc(v, func(_ string, value any) bool { return value == nil })
		if len(v) == 0 {
			return nil
		}
	}
	return c.Book.Write(ctx, register.By{Actor: "vigie", Source: "vault", At: now}, func(w *register.Writer) error {
		_, err := w.Update(ctx, catalog.LogSource, s.id, 0, v)
		return err
	})
}

// latest is the instant to keep of the last event: the one known, when it is not
// much older.
func latest(known, seen int64) int64 {
	if known != 0 && seen >= known && seen-known < int64(lastStep/time.Second) {
		return known
	}
	return seen
}

func sign(n int64) int64 {
	if n < 0 {
		return -1
	}
	return 1
}
