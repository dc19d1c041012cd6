package trace

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vigie.example/evidence"
)

func options() Options {
	return Options{Origin: "vigie.example/traces/standard", SealAfter: 50 * time.Millisecond, PublishAfter: 20 * time.Millisecond, MinFree: -1}
}

func open(t testing.TB, dir string, opt Options) *Stream {
	t.Helper()
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func event(i int) []byte {
	app := []string{"sshd", "nginx", "cron"}[i%3]
	return fmt.Appendf(nil, "<38>1 2026-11-25T03:14:15.000000Z srv-web-%02d %s 123 - - Failed password for user%d from 10.1.2.%d port %d", i%7, app, i, i%250, 1000+i)
}

func verify(t testing.TB, s string, key string) *evidence.StreamReport {
	t.Helper()
	rep := evidence.VerifyStream(os.DirFS(s), evidence.Check{Key: key, Workers: 2})
	for _, p := range rep.Problems {
		t.Error(p)
	}
	return rep
}

func vkey(t testing.TB, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "log.vkey"))
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(data))
}

// entries returns the raw events of a stream, in order.
func entries(t testing.TB, dir string) (raw [][]byte) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "blocks", "*.zst"))
	reader := evidence.NewBlockReader()
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, _, err := evidence.ReadBlock(f)
			if err != nil {
				break
			}
			records, _, err := reader.Records(b)
			if err != nil {
				t.Fatal(err)
			}
			for len(records) > 0 {
				e, n, err := evidence.CutRecord(records)
				if err != nil {
					t.Fatal(err)
				}
				raw = append(raw, bytes.Clone(e.Raw))
				records = records[n:]
			}
		}
		f.Close()
	}
	return raw
}

func TestWhatIsAcknowledgedIsSealedAndVerifies(t *testing.T) {
	dir := t.TempDir()
	opt := options()
	opt.BlockBytes = 20_000
	n := 0
	for round := range 4 {
		s := open(t, dir, opt)
		for range 30 {
			var list [][]byte
			for range 1 + n%40 {
				list = append(list, event(n))
				n++
			}
			if err := s.Write(t.Context(), "10.0.0.1", list...); err != nil {
				t.Fatal(err)
			}
			if round == 2 {
				time.Sleep(10 * time.Millisecond)
			}
		}
		if round%2 == 1 {
			if err := s.RotateKey(); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		rep := verify(t, dir, vkey(t, dir))
		if rep.Entries != int64(n) {
			t.Errorf("%d entries, want %d", rep.Entries, n)
		}
	}
	for i, raw := range entries(t, dir) {
		if !bytes.Equal(raw, event(i)) {
			t.Fatalf("entry %d is %q", i, raw)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v %v", info.Mode(), err)
	}
}

func TestManyLeavesFillTiles(t *testing.T) {
	dir := t.TempDir()
	opt := options()
	opt.BlockBytes = 1 // every event is a block
	opt.fault = func(string, string) error { return nil }
	s := open(t, dir, opt)
	for i := range 700 {
		if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
			t.Fatal(err)
		}
		if i == 300 {
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if rep := verify(t, dir, vkey(t, dir)); rep.Leaves != 700 || rep.Blocks != 700 {
		t.Errorf("%+v", rep)
	}
	s = open(t, dir, opt)
	if err := s.Write(t.Context(), "10.0.0.1", event(700)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	verify(t, dir, vkey(t, dir))
}
