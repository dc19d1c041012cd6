package trail

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace"
	"vigie.example/policy"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// A company is one that lives in a database, with its trail in a vault.
type company struct {
	t      *testing.T
	app    *app.App
	dir    string
	stream *trace.Stream
	keeper *Keeper
}

func open(t *testing.T, db *store.DB) *company {
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		t.Fatal(err)
	}
	c := &company{t: t, app: app.New(db, rules), dir: filepath.Join(t.TempDir(), Class)}
	if c.stream, err = trace.Open(c.dir, trace.Options{Origin: "test.example/traces/trail", MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stream.Close() })
	c.keeper = &Keeper{DB: db, Vault: c.stream}
	return c
}

// change makes, changes and judges an asset, so that findings open and close.
func (c *company) change() {
	c.t.Helper()
	ctx := c.t.Context()
	var registers [2]*register.Register
	for i, name := range []string{"entity", "asset"} {
		var err error
		if registers[i], err = c.app.Book.Register(name); err != nil {
			c.t.Fatal(err)
		}
	}
	entity, asset := registers[0], registers[1]
	var id string
	for step, do := range []func(w *register.Writer) error{
		func(w *register.Writer) error {
			at, err := w.Create(ctx, entity, register.Values{"name": "Nord " + rand.Text(), "country": "FR"})
			if err != nil {
				return err
			}
			id, err = w.Create(ctx, asset, register.Values{"kind": "server", "name": "srv-" + rand.Text(), "entity": at, "status": "in_service", "created_on": vigie.DayOf(noon)})
			return err
		},
		func(w *register.Writer) error { return w.Delete(ctx, asset, id, 0) },
	} {
		if err := c.app.Book.Write(ctx, register.By{Actor: "ana", Source: "test", Reason: "test", At: noon.Add(time.Duration(step) * time.Minute)}, do); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := c.app.Accounts(func() time.Time { return noon }).Trace(ctx, identity.Event{Kind: "refused", Actor: "bob", Subject: "/accounts", Address: "192.0.2.1"}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) drain() int {
	c.t.Helper()
	n, err := c.keeper.Drain(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

// compare seals what was kept and returns the differences.
func (c *company) compare() (int64, []Difference) {
	c.t.Helper()
	if err := c.stream.Flush(); err != nil {
		c.t.Fatal(err)
	}
	if rep := evidence.VerifyStream(os.DirFS(c.dir), evidence.Check{Key: c.stream.VKey(), Live: true}); len(rep.Problems) > 0 {
		c.t.Fatal(rep.Problems)
	}
	lines, out, err := Compare(c.t.Context(), c.app.DB, os.DirFS(c.dir))
	if err != nil {
		c.t.Fatal(err)
	}
	return lines, out
}

func (c *company) count(query string) (n int) {
	c.t.Helper()
	rows, err := c.app.DB.Query(c.t.Context(), query, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	if err := rows.Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c *company) tamper(query string) {
	c.t.Helper()
	if err := c.app.DB.Write(c.t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(c.t.Context(), query, nil); return err }); err != nil {
		c.t.Fatal(err)
	}
}

// text is all that the vault holds.
func (c *company) text() string {
	c.t.Helper()
	files, _ := filepath.Glob(filepath.Join(c.dir, "blocks", "*.zst"))
	var out strings.Builder
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			c.t.Fatal(err)
		}
		defer f.Close()
		r := evidence.NewBlockReader()
		for {
			b, _, err := evidence.ReadBlock(f)
			if err != nil {
				break
			}
			records, _, err := r.Records(b)
			if err != nil {
				c.t.Fatal(err)
			}
			out.Write(records)
		}
	}
	return out.String()
}

// TestTrail: what happens comes to the vault once, without the values of records,
// and the database is as the vault says.
func TestTrail(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := open(t, db)
		c.change()
		opened, closed := c.count("SELECT COUNT(*) FROM finding"), c.count("SELECT COUNT(*) FROM finding WHERE closed_at IS NOT NULL")
		if opened == 0 || closed == 0 {
			t.Fatal("no finding opened and closed", opened, closed)
		}
		want := c.count("SELECT COUNT(*) FROM history") + 1 + opened + closed
		if n := c.drain(); n != want {
			t.Errorf("%d lines, want %d", n, want)
		}
		if n := c.drain(); n != 0 {
			t.Errorf("%d lines again", n)
		}
		if n := c.count("SELECT COUNT(*) FROM finding_closed"); n != 0 {
			t.Errorf("%d closings stay", n)
		}
		if lines, out := c.compare(); lines != int64(want) || len(out) > 0 {
			t.Error(lines, want, out)
		}
		text := c.text()
		for _, part := range []string{`"actor":"ana"`, `"action":"delete"`, `"fields":["created_on","entity"`, `"kind":"refused"`, `"journal":"finding"`, `<110>1 2026-11-25T12:00:00Z - vigie - history - {`} {
			if !strings.Contains(text, part) {
				t.Errorf("no %s in\n%s", part, text)
			}
		}
		if strings.Contains(text, "srv-") {
			t.Error("the value of a field left the database")
		}
		c.change() // numbers of closings begin again
		if n := c.drain(); n == 0 {
			t.Error("nothing new")
		}
		if _, out := c.compare(); len(out) > 0 {
			t.Error(out)
		}
	})
}

// TestTrailTampered: whoever changes the database after the fact is found out.
func TestTrailTampered(t *testing.T) {
	for name, tc := range map[string]struct {
		query string
		want  Difference
	}{
		"author":  {"UPDATE history SET actor = 'eve' WHERE seq = 1", Difference{"history", 1, "trail.changed"}},
		"value":   {"UPDATE history SET changes = '{\"kind\":[null,\"x\"]}' WHERE seq = 2", Difference{"history", 2, "trail.changed"}},
		"removed": {"DELETE FROM history WHERE seq = 1", Difference{"history", 1, "trail.removed"}},
		"last":    {"DELETE FROM identity_event", Difference{"identity_event", 1, "trail.removed"}},
		"finding": {"DELETE FROM finding WHERE seq = 1", Difference{"finding", 1, "trail.removed"}},
		"closed":  {"UPDATE finding SET closed_at = 7 WHERE seq = $", Difference{"finding_closed", 0, "trail.changed"}},
		"opened":  {"UPDATE finding SET closed_at = NULL WHERE seq = $", Difference{"finding_closed", 0, "trail.removed"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, storetest.Open(t, "sqlite"))
			c.change()
			c.drain()
			if first := c.count("SELECT MIN(seq) FROM finding WHERE closed_at IS NOT NULL"); tc.want.Seq == 0 {
				tc.want.Seq = int64(first)
				tc.query = strings.ReplaceAll(tc.query, "$", strconv.Itoa(first))
			}
			c.tamper(tc.query)
			if _, out := c.compare(); len(out) == 0 || out[0] != tc.want && out[len(out)-1] != tc.want {
				t.Errorf("%v, want %v", out, tc.want)
			}
		})
	}
	t.Run("added", func(t *testing.T) {
		c := open(t, storetest.Open(t, "sqlite"))
		c.change()
		c.tamper("UPDATE history SET seq = seq + 10")
		c.drain()
		c.tamper("INSERT INTO history SELECT 3, at, actor, source, register, record, action, changes, batch, reason FROM history LIMIT 1")
		if _, out := c.compare(); len(out) != 1 || out[0] != (Difference{"history", 3, "trail.added"}) {
			t.Error(out)
		}
	})
}

// failing is a vault that dies after it kept what it was given, or before.
type failing struct {
	Vault
	before, after bool
}

var errDied = errors.New("died")

func (f *failing) Write(ctx context.Context, source string, events ...[]byte) error {
	if f.before {
		return errDied
	}
	if err := f.Vault.Write(ctx, source, events...); err != nil || !f.after {
		return err
	}
	return errDied
}

// TestTrailInterrupted: a stop at any moment loses no line; those kept twice are
// known as the same.
func TestTrailInterrupted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := open(t, db)
		c.change()
		for _, dies := range []*failing{{Vault: c.stream, before: true}, {Vault: c.stream, after: true}, {Vault: c.stream, after: true}} {
			c.keeper.Vault = dies
			if _, err := c.keeper.Drain(t.Context()); !errors.Is(err, errDied) {
				t.Fatal(err)
			}
		}
		c.keeper.Vault = c.stream
		want := c.drain()
		if lines, out := c.compare(); lines != int64(want) || len(out) > 0 {
			t.Error(lines, want, out)
		}
	})
}

// TestTrailLong: a long reason is cut in the event; its hash is not of the cut.
func TestTrailLong(t *testing.T) {
	long := strings.Repeat("é", 5000)
	a, err := journals[0].event(1, []any{int64(1), "ana", "", "asset", "1", "update", "{}", "", long})
	if err != nil || len(a) > 2*longest {
		t.Fatal(err, len(a))
	}
	b, err := journals[0].event(1, []any{int64(1), "ana", "", "asset", "1", "update", "{}", "", long + "!"})
	if err != nil || string(a) == string(b) {
		t.Error("the end of a long text does not count")
	}
	if _, err := journals[0].event(1, []any{int64(1), "ana", "", "asset", "1", "update", "no JSON", "", ""}); err == nil {
		t.Error("a line that is not well formed is told")
	}
}
