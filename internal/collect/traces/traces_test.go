package traces

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/search"
	"vigie.example/policy"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// A world is a sensitive server, its log source and a vault.
type world struct {
	t         *testing.T
	app       *app.App
	collector *Collector
	stream    *trace.Stream
	now       time.Time
}

func open(t *testing.T, db *store.DB, query string) *world {
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, app: app.New(db, rules), now: noon}
	day := func(text string) int64 {
		d, err := vigie.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return int64(d)
	}
	if err := w.app.Book.Write(t.Context(), register.By{Actor: "ana", Source: "test", At: noon}, func(b *register.Writer) error {
		for _, r := range []struct {
			register *register.Register
			values   register.Values
		}{
			{catalog.Entity, register.Values{"id": "e", "name": "Nord", "country": "FR"}},
			{catalog.Asset, register.Values{"id": "srv", "name": "srv-1", "kind": "server", "entity": "e", "status": "in_service", "created_on": day("2026-01-01"), "d": int64(4)}},
			{catalog.LogSource, register.Values{"id": "s", "asset": "srv", "kind": "system", "onboarded_on": day("2026-11-25"), "vault_query": query, "personal_data": true}},
		} {
			if _, err := b.Create(t.Context(), r.register, r.values); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	vault := t.TempDir()
	if w.stream, err = trace.Open(filepath.Join(vault, "standard"), trace.Options{Origin: "test.example/traces/standard", MinFree: -1, Now: func() time.Time { return w.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stream.Close() })
	w.collector = &Collector{Book: w.app.Book, Vault: &search.Vault{Dir: vault}}
	t.Cleanup(func() { w.collector.Vault.Close() })
	return w
}

// send brings an event to the vault from a sender whose clock is ahead.
func (w *world) send(source, host string, ahead time.Duration) {
	w.t.Helper()
	if err := w.stream.Write(w.t.Context(), source, []byte("<34>1 "+w.now.Add(ahead).Format(time.RFC3339)+" "+host+" sshd 1 - - Accepted publickey for bob from 192.0.2.7 port 60014 ssh2")); err != nil {
		w.t.Fatal(err)
	}
	if err := w.stream.Flush(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) collect() {
	w.t.Helper()
	if _, _, err := w.collector.Verify(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
	if err := w.collector.Collect(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
}

// want compares fields of the log source, as people read them.
func (w *world) want(fields map[string]string) {
	w.t.Helper()
	rec, err := w.app.Book.Get(w.t.Context(), catalog.LogSource, "s", register.Scope{})
	if err != nil {
		w.t.Fatal(err)
	}
	for name, want := range fields {
		got := ""
		if v := rec.Values[name]; v != nil {
			got = catalog.LogSource.Field(name).Format(v, vigie.EN)
		}
		if got != want {
			w.t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// reasons are those of the open findings of the log source and of its asset under
// 9.7.2 and 9.7.3.
func (w *world) reasons() string {
	w.t.Helper()
	if err := w.app.Engine.Tick(w.t.Context(), w.now); err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.app.DB.Query(w.t.Context(), "SELECT check_key, reason FROM finding WHERE closed_at IS NULL AND record IN ('s', 'srv') AND rule IN ('9.7.2', '9.7.3') ORDER BY check_key", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var key, reason string
		if err := rows.Scan(&key, &reason); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, key+" "+reason)
	}
	return strings.Join(out, ", ")
}

// TestFacts: the vault says of a log source what the rules judge.
func TestFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, "host:srv-1")
		w.collect()
		w.want(map[string]string{"last_event_at": "", "verified_at": ""})
		w.send("tcp:192.0.2.9", "srv-2", 0) // of another
		w.collect()
		w.want(map[string]string{"last_event_at": "", "assurance": ""})
		if got := w.reasons(); !strings.Contains(got, "9.7.3/clock unknown") || !strings.Contains(got, "9.7.3/kept unknown") {
			t.Error(got)
		}

		w.send("relp+tls:192.0.2.1/srv-1", "srv-1", 200*time.Millisecond)
		w.collect()
		w.want(map[string]string{"last_event_at": "2026-11-25 12:00:00", "oldest_kept_on": "2026-11-25", "oldest_verified_on": "2026-11-25", "verified_at": "2026-11-25 12:00:00",
			"verification_failed": "no", "clock_skew_seconds": "0", "assurance": "Acknowledged", "last_success_at": "2026-11-25 12:00:00", "last_failure_at": ""})
		if got := w.reasons(); got != "" {
			t.Error("conforming, but", got)
		}

		w.now = noon.Add(20 * time.Minute) // not for so little
		w.send("udp:192.0.2.1", "srv-1", 7*time.Second)
		w.collect()
		w.want(map[string]string{"last_event_at": "2026-11-25 12:00:00", "clock_skew_seconds": "7", "assurance": "UDP"})
		if got := w.reasons(); got != "9.7.3/clock skewed" {
			t.Error(got)
		}

		w.now = noon.Add(40 * time.Minute)
		w.send("udp:192.0.2.1", "srv-1", 0)
		w.collect()
		w.want(map[string]string{"last_event_at": "2026-11-25 12:40:00"})
		w.now = noon.Add(26 * time.Hour)
		w.collect()
		if got := w.reasons(); !strings.Contains(got, "9.7.2") || !strings.Contains(got, "silent") {
			t.Error("silence is not seen:", got)
		}
	})
}

// TestFactsDamaged: traces that do not verify are said of the source.
func TestFactsDamaged(t *testing.T) {
	w := open(t, storetest.Open(t, "sqlite"), "host:srv-1")
	w.send("relp:192.0.2.1", "srv-1", 0)
	w.collect()
	path := filepath.Join(w.collector.Vault.Dir, "standard", "log", "checkpoint")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-10] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w.collect() // verified less than a day ago
	w.want(map[string]string{"verification_failed": "no"})
	w.now = noon.Add(25 * time.Hour)
	problems, _, err := w.collector.Verify(t.Context(), w.now)
	if err != nil || len(problems) == 0 {
		t.Fatal(problems, err)
	}
	w.collect()
	w.want(map[string]string{"verification_failed": "yes", "oldest_verified_on": "", "oldest_kept_on": "2026-11-25"})
	if got := w.reasons(); !strings.Contains(got, "9.7.3/verified failed") {
		t.Error(got)
	}
}

// TestFactsReplaced: a vault that is put in the place of the one seen before does not
// verify, though it is whole.
func TestFactsReplaced(t *testing.T) {
	w := open(t, storetest.Open(t, "sqlite"), "host:srv-1")
	w.send("relp:192.0.2.1", "srv-1", 0)
	w.collect()
	dir := filepath.Join(w.collector.Vault.Dir, "standard")
	if err := errors.Join(w.stream.Close(), os.Rename(dir, dir+".old"), os.Rename(dir+".old", filepath.Join(t.TempDir(), "old"))); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.stream, err = trace.Open(dir, trace.Options{Origin: "test.example/traces/standard", MinFree: -1, Now: func() time.Time { return w.now }}); err != nil {
		t.Fatal(err)
	}
	w.send("relp:192.0.2.1", "srv-1", 0)
	w.now = noon.Add(25 * time.Hour)
	problems, _, err := w.collector.Verify(t.Context(), w.now)
	if err != nil || len(problems) == 0 {
		t.Error("a replaced vault verifies", err)
	}
}

// TestFactsQuery: a query that is not understood makes the facts of its source
// unknown, and says so.
func TestFactsQuery(t *testing.T) {
	w := open(t, storetest.Open(t, "sqlite"), `"srv`)
	w.send("relp:192.0.2.1", "srv-1", 0)
	if err := w.collector.Collect(t.Context(), w.now); err == nil || !strings.Contains(err.Error(), "log source s") {
		t.Error(err)
	}
	w.want(map[string]string{"last_event_at": ""})
}

// TestFactsElsewhere: without a vault the facts stay as they are.
func TestFactsElsewhere(t *testing.T) {
	w := open(t, storetest.Open(t, "sqlite"), "host:srv-1")
	w.send("relp:192.0.2.1", "srv-1", 0)
	w.collect()
	w.collector = &Collector{Book: w.app.Book, Vault: &search.Vault{Dir: t.TempDir()}}
	w.collect()
	w.want(map[string]string{"last_event_at": "2026-11-25 12:00:00"})
}
