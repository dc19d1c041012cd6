package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"vigie.example/internal/trace"
)

// TestPruningEachDay: what is due is destroyed once a day, and not at the start,
// when the clock may not be set yet.
func TestPruningEachDay(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	stream, err := trace.Open(filepath.Join(t.TempDir(), "standard"), trace.Options{Origin: "test.example/traces/standard", KeepMin: 1, KeepMax: 10, MinFree: -1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	write := func() {
		t.Helper()
		if err := stream.Write(t.Context(), "udp:10.0.0.1", []byte("event")); err != nil {
			t.Fatal(err)
		}
		if err := stream.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	blocks := func(want int64) {
		t.Helper()
		there, _, err := trace.HeldBy(stream.Dir(), trace.Hold{})
		if err != nil || there.Blocks != want {
			t.Errorf("%s: %d blocks %v, want %d", now, there.Blocks, err, want)
		}
	}
	write()
	now = now.AddDate(0, 0, 1)
	write()
	now = now.AddDate(0, 0, 9).Add(time.Hour) // the first block is due
	var p pruning
	keep := func() { p.keep(stream, now, slog.New(slog.DiscardHandler)) }
	keep()
	blocks(2)
	now = now.Add(pruneAfter)
	keep()
	blocks(1)
	now = now.Add(pruneEvery - time.Second) // the second block is due, and it is not time
	keep()
	blocks(1)
	now = now.Add(time.Second)
	keep()
	blocks(0)
}
