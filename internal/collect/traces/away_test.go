package traces

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/bucket"
	"vigie.example/internal/trace/bucket/buckettest"
	"vigie.example/internal/trace/search"
)

// TestBucketThatDoesNotAnswer: facts of today go on, those of older events stay as
// they were known, and no verification is said to have failed.
func TestBucketThatDoesNotAnswer(t *testing.T) {
	server := buckettest.Start(t, false, "local_days: 1\n")
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		server.Stop()
		server.Up()
		w := open(t, db, "host:srv-1")
		config, err := os.ReadFile(server.Config)
		if err == nil {
			err = os.WriteFile(filepath.Join(w.collector.Vault.Dir, bucket.ConfigFile), config, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 257 {
			w.send("tls:10.0.0.1", "srv-1", 0)
		}
		index, err := search.Keep(w.stream.Dir()) // as the vault does while it serves
		if err != nil {
			t.Fatal(err)
		}
		if err := index.Close(); err != nil {
			t.Fatal(err)
		}
		w.collect()
		before := map[string]string{"oldest_kept_on": "2026-11-25", "oldest_verified_on": "2026-11-25", "verification_failed": "no"}
		w.want(before)
		w.now = w.now.AddDate(0, 0, 3)
		c, err := bucket.ReadConfig(server.Config)
		if err != nil {
			t.Fatal(err)
		}
		b, err := bucket.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&trace.Copier{Stream: w.stream, Bucket: b, Config: c}).Pass(t.Context(), w.now); err != nil {
			t.Fatal(err)
		}
		w.collect() // reads the bucket
		w.want(before)
		server.Stop()
		w.now = w.now.AddDate(0, 0, 1)
		w.send("tls:10.0.0.1", "srv-1", 0)
		if err := w.collector.Vault.Close(); err != nil { // as after a restart
			t.Fatal(err)
		}
		if problems, _, err := w.collector.Verify(t.Context(), w.now); len(problems) > 0 || !errors.Is(err, trace.ErrBucket) {
			t.Errorf("%v %v", problems, err)
		}
		if _, verified, err := w.collector.Verify(t.Context(), w.now); verified || err != nil {
			t.Errorf("tried again at once: %v", err)
		}
		if err := w.collector.Collect(t.Context(), w.now); err != nil {
			t.Fatal(err)
		}
		w.want(before)
		w.want(map[string]string{"last_event_at": "2026-11-29 12:00:00"})
	})
}
