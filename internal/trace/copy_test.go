package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/trace/bucket"
	"vigie.example/internal/trace/bucket/buckettest"
)

// copied is a stream whose copy is in the bucket of a real server.
type copied struct {
	t      testing.TB
	server *buckettest.Server
	dir    string // of the stream
	s      *Stream
	c      *Copier
	events int
	*bench
}

func copyTo(t testing.TB, server *buckettest.Server) *copied {
	t.Helper()
	k := &copied{t: t, server: server, bench: &bench{}, dir: filepath.Join(t.TempDir(), "standard")}
	config, err := os.ReadFile(server.Config)
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(k.dir), bucket.ConfigFile), config, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.start()
	return k
}

// start opens the stream and its copier, as after a stop.
func (k *copied) start() {
	k.t.Helper()
	opt := options()
	opt.BlockBytes, opt.KeepMin, opt.KeepMax, opt.SealAfter = 1, 1, 10, time.Hour // every event is a block
	opt.Now, opt.fault = k.now, k.fault
	k.fail(nil)
	k.s = open(k.t, k.dir, opt)
	config, err := bucket.ReadConfig(filepath.Join(filepath.Dir(k.dir), bucket.ConfigFile))
	if err != nil {
		k.t.Fatal(err)
	}
	b, err := bucket.Open(config)
	if err != nil {
		k.t.Fatal(err)
	}
	k.c = &Copier{Stream: k.s, Bucket: b, Config: config}
}

func (k *copied) stop() {
	k.t.Helper()
	if err := k.s.Close(); err != nil {
		k.t.Fatal(err)
	}
}

func (k *copied) write(n int) {
	k.t.Helper()
	for range n {
		if err := k.s.Write(k.t.Context(), "10.0.0.1", event(k.events)); err != nil {
			k.t.Fatal(err)
		}
		k.events++
	}
	if err := k.s.Flush(); err != nil {
		k.t.Fatal(err)
	}
}

func (k *copied) pass() {
	k.t.Helper()
	if err := k.c.Pass(k.t.Context(), k.now()); err != nil {
		k.t.Fatal(err)
	}
}

// whole holds that the stream and its copy verify, with so many blocks.
func (k *copied) whole(blocks int) {
	k.t.Helper()
	for name, folder := range map[string]*Folder{"here": OpenFolder(k.dir), "copy": OpenCopy(k.server.Config, "standard")} {
		rep := evidence.VerifyStream(folder, evidence.Check{Key: vkey(k.t, k.dir), Workers: 2, Live: true})
		if err := folder.Err(); err != nil || len(rep.Problems) > 0 || rep.Blocks != int64(blocks) {
			k.t.Errorf("%s: %d blocks, want %d: %v %.300v", name, rep.Blocks, blocks, err, rep.Problems)
		}
	}
}

// segments says which segments are here, and which are lists of what is in the
// bucket.
func (k *copied) segments() string {
	k.t.Helper()
	entries, err := os.ReadDir(filepath.Join(k.dir, "blocks"))
	if err != nil {
		k.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimLeft(e.Name(), "0"))
	}
	return strings.Join(names, " ")
}

// TestCopyInABucket: what is sealed is copied, what is old is dropped here, and all
// is still verified, exported and destroyed at the end of its retention.
func TestCopyInABucket(t *testing.T) {
	for _, lock := range []bool{false, true} {
		more := "local_days: 3\n"
		if lock {
			more += "lock: governance\n"
		}
		k := copyTo(t, buckettest.Start(t, lock, more))
		k.write(300)
		if err := k.s.RotateKey(); err != nil {
			t.Fatal(err)
		}
		k.pass()
		k.whole(300)
		k.day(1)
		k.write(300)
		k.pass()
		k.pass() // nothing new
		k.whole(600)
		if got := k.segments(); got != ".zst 1.zst 2.zst" {
			t.Errorf("segments %s", got)
		}
		k.day(4)
		k.pass()
		if got := k.segments(); got != ".away 1.zst 2.zst" {
			t.Errorf("segments %s", got)
		}
		k.day(5)
		k.pass()
		if got := k.segments(); got != ".away 1.away 2.zst" { // the last one is not full
			t.Errorf("segments %s", got)
		}
		k.whole(600)
		if rep := evidence.VerifyPack(exported(t, k.dir, Selection{Entries: []int64{200, 599}}), vkey(t, k.dir), nil); len(rep.Problems) > 0 || rep.Entries != 2 {
			t.Errorf("%+v", rep)
		}
		k.stop()
		k.start()
		k.write(5)
		k.pass()
		k.whole(605)

		leaves := blockLeaves(t, k.dir)
		if _, err := PlaceHold(k.dir, Hold{From: leaves[0].Block.From, To: leaves[0].Block.From, Reason: "complaint", By: "ana"}, k.now()); err != nil {
			t.Fatal(err)
		}
		waitTold(t, k.dir, 1)
		k.write(1)
		k.day(10)
		k.write(1)
		k.day(13)
		p, err := k.s.PruneDue() // the first day is held, the second is not
		if err != nil || p.Blocks != 300 || p.Held != 300 {
			t.Fatalf("%+v %v", p, err)
		}
		k.pass()
		k.whole(300 + 5 + 3)
		if _, err := LiftHold(k.dir, 1, Lift{Reason: "judged", By: "bob"}, k.now()); err != nil {
			t.Fatal(err)
		}
		if p, err = k.s.PruneDue(); err != nil || p.Blocks != 300 || p.Held != 0 {
			t.Fatalf("%+v %v", p, err)
		}
		k.pass()
		waitTold(t, k.dir, 2)
		if err := k.s.Flush(); err != nil {
			t.Fatal(err)
		}
		k.pass()
		if got := k.segments(); got != "2.zst" {
			t.Errorf("segments %s", got)
		}
		k.whole(5 + 4)
		k.stop()
		k.whole(5 + 4)
	}
}

// TestOutageOfTheBucket: what is received goes on, the outage is said, and no
// verification takes it for damage.
func TestOutageOfTheBucket(t *testing.T) {
	k := copyTo(t, buckettest.Start(t, false, "local_days: 1\n"))
	k.write(300)
	k.day(2)
	k.pass()
	k.server.Stop()
	k.write(3)
	for range 2 {
		if err := k.c.Pass(t.Context(), k.now()); err == nil {
			t.Error("a bucket that does not answer was copied to")
		}
	}
	k.write(3)
	state, err := ReadCopied(k.dir)
	if err != nil || state.Failures != 2 || state.Error == "" || !state.Since.Equal(k.now()) {
		t.Errorf("%+v %v", state, err)
	}
	folder := OpenFolder(k.dir)
	evidence.VerifyStream(folder, evidence.Check{Key: vkey(t, k.dir)})
	if err := folder.Err(); !errors.Is(err, ErrBucket) {
		t.Errorf("%v, want %v", err, ErrBucket)
	}
	k.server.Up()
	k.pass()
	k.pass()
	if state, err = ReadCopied(k.dir); err != nil || state.Failures != 0 || state.Error != "" {
		t.Errorf("%+v %v", state, err)
	}
	if err := k.s.Flush(); err != nil {
		t.Fatal(err)
	}
	k.pass()
	k.whole(300 + 6 + 2) // two entries tell of the outage
	k.stop()
}

// TestTamperedBucket: what is altered or gone in the bucket is found, and named.
func TestTamperedBucket(t *testing.T) {
	k := copyTo(t, buckettest.Start(t, false, "local_days: 1\n"))
	k.write(300)
	k.day(2)
	k.pass()
	k.stop()
	object := func(leaf int64) string { return filepath.Join(k.server.Files, "standard", blockObject(leaf)) }
	data, err := os.ReadFile(object(7))
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-3] ^= 1
	other, err := os.ReadFile(object(21))
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{object(7): data, object(20): other} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(object(10)); err != nil {
		t.Fatal(err)
	}
	want := []string{"leaf 10: the block of entries 10 to 10 is missing", "leaf 20: the block of entries 20 to 20 is missing", "leaf 21: its block is present twice", "leaf 7: the block is damaged"}
	for _, folder := range []*Folder{OpenFolder(k.dir), OpenCopy(k.server.Config, "standard")} {
		rep := evidence.VerifyStream(folder, evidence.Check{Key: vkey(t, k.dir)})
		if folder.Err() != nil || len(rep.Problems) != len(want) {
			t.Errorf("%v %v", folder.Err(), rep.Problems)
		}
		for i, w := range want[:min(len(want), len(rep.Problems))] {
			if !strings.HasPrefix(rep.Problems[i].String(), w) {
				t.Errorf("%q, want %q", rep.Problems[i], w)
			}
		}
	}
}

// TestCopyStoppedAtEveryPoint: wherever copying, dropping and destroying stop, the
// stream is whole, and the next passes end what was begun.
func TestCopyStoppedAtEveryPoint(t *testing.T) {
	server := buckettest.Start(t, false, "local_days: 1\n")
	for stop := 0; ; stop += 1 + rand.IntN(15) {
		if err := os.RemoveAll(filepath.Join(server.Files, "standard")); err != nil {
			t.Fatal(err)
		}
		k := copyTo(t, server)
		k.write(270)
		k.day(2)
		k.fail(power(stop))
		done := k.c.Pass(t.Context(), k.now())
		if done != nil && !errors.Is(done, errPower) {
			t.Fatal(done)
		}
		_ = k.s.Close()
		if done == nil {
			break
		}
		k.start()
		k.pass()
		k.whole(270)
		if got := k.segments(); got != ".away 1.zst" {
			t.Fatalf("stopped at %d: segments %s", stop, got)
		}
		k.day(20)
		k.fail(power(stop % 11))
		_, pruned := k.s.PruneDue()
		copying := k.c.Pass(t.Context(), k.now())
		_ = k.s.Close()
		if err := errors.Join(pruned, copying); err != nil && !errors.Is(err, errPower) && !errors.Is(err, ErrClosed) {
			t.Fatal(err)
		}
		k.start()
		if _, err := k.s.PruneDue(); err != nil {
			t.Fatal(err)
		}
		k.pass()
		k.whole(0)
		k.stop()
		if t.Failed() {
			t.Fatalf("stopped at %d", stop)
		}
	}
}

// TestAwayFilesThatAreDamaged are named, and not read as blocks.
func TestAwayFilesThatAreDamaged(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenFolder(dir).Segment(0); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "blocks"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "vigie-away/v2\n", awayMagic + "1 2\n", awayMagic + "1 100 60 00\n", awayMagic + "300 100 60 00000000\n", awayMagic + "2 100 60 00000000\n1 100 60 00000000\n", awayMagic + "1 10 60 00000000\n"} {
		if err := os.WriteFile(awayPath(dir, 0), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFolder(dir).Segment(0); !errors.Is(err, ErrDamaged) {
			t.Errorf("%q: %v", text, err)
		}
	}
	blocks := []awayBlock{{1, 100, 60, [4]byte{1, 2, 3, 4}}, {255, 90, 50, [4]byte{5}}}
	if err := os.WriteFile(awayPath(dir, 0), awayText(blocks), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, _, err := readAway(dir, 0); err != nil || !slices.Equal(got, blocks) {
		t.Error(got, err)
	}
	// Without a configuration the bucket cannot be read, which is no damage.
	f, err := OpenFolder(dir).Segment(0)
	if err != nil {
		t.Fatal(err)
	}
	sum := make([]byte, 4)
	if _, err := f.ReadAt(sum, 56); err != nil || fmt.Sprint(sum) != "[1 2 3 4]" {
		t.Error(sum, err)
	}
	if _, err := f.Read(sum); !errors.Is(err, ErrBucket) {
		t.Error(err)
	}
}
