package trace

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vigie.example/evidence"
)

// These tests stop the vault at every point where it touches the disk, and at
// random moments by kill -9 of a child with a client that counts what was
// acknowledged. VIGIE_TRACE_KILLS is the number of kills.

const childEnv = "VIGIE_TRACE_CHILD" // folder that the child writes in

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := child(dir, os.Getenv("VIGIE_TRACE_SEED")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child writes without end, and says each number of entries acknowledged.
func child(dir, seed string) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(n, 1))
	opt := options()
	opt.BlockBytes = 1 + r.IntN(40_000)
	opt.SealAfter = time.Duration(1+r.IntN(30)) * time.Millisecond
	opt.PublishAfter = time.Duration(1+r.IntN(30)) * time.Millisecond
	s, err := Open(dir, opt)
	if err != nil {
		return err
	}
	next := int(s.Stats().Durable)
	var acknowledged atomic.Int64
	said := make(chan int, 1<<16)
	go func() {
		for n := range said {
			fmt.Println(n)
		}
	}()
	for {
		var list [][]byte
		for range 1 + r.IntN(30) {
			list = append(list, event(next))
			next++
		}
		upTo := next
		err := s.Append(context.Background(), "10.0.0.1", list, func(err error) {
			if err == nil {
				acknowledged.Store(int64(upTo))
				said <- upTo
			}
		})
		if err != nil {
			return err
		}
		switch r.IntN(300) {
		case 0:
			err = s.RotateKey()
		case 1:
			err = s.Flush()
		default:
			if wait := r.IntN(4); wait > 0 {
				time.Sleep(time.Duration(wait) * 300 * time.Microsecond)
			}
		}
		if err != nil {
			return err
		}
	}
}

func TestKilledAtRandom(t *testing.T) {
	kills := 12
	if s := os.Getenv("VIGIE_TRACE_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	if testing.Short() {
		kills = 3
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	var dir string
	for kill := range kills {
		if kill%20 == 0 {
			dir = t.TempDir()
		}
		seed := r.Uint64()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+dir, fmt.Sprint("VIGIE_TRACE_SEED=", seed))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(10+r.IntN(150))*time.Millisecond, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
		acknowledged := 0
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if n, err := strconv.Atoi(lines.Text()); err == nil {
				acknowledged = n
			}
		}
		err = cmd.Wait()
		timer.Stop()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("seed %d: the child ended by itself: %v %s", seed, err, stderr.Bytes())
		}
		rep := afterStop(t, dir, acknowledged)
		if t.Failed() {
			t.Fatalf("kill %d, seed %d", kill, seed)
		}
		if kill%50 == 49 {
			t.Logf("%d kills, %d entries in the last vault", kill+1, rep.Entries)
		}
	}
}

// afterStop opens a vault again, and holds that nothing acknowledged is lost,
// that the content is what was sent, and that it verifies.
func afterStop(t *testing.T, dir string, acknowledged int) *evidence.StreamReport {
	t.Helper()
	s, err := Open(dir, options())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rep := verify(t, dir, vkey(t, dir))
	raw := entries(t, dir)
	if len(raw) < acknowledged {
		t.Errorf("%d entries are there, %d were acknowledged", len(raw), acknowledged)
	}
	for i := range raw {
		if !bytes.Equal(raw[i], event(i)) {
			t.Fatalf("entry %d is %q", i, raw[i])
		}
	}
	return rep
}

var errPower = errors.New("the power is off")

// power lets some operations of the disk pass and fails all that follow, as if
// the machine had stopped: nothing more reaches the disk.
func power(operations int) func(op, path string) error {
	var n atomic.Int64
	return func(string, string) error {
		if n.Add(1) > int64(operations) {
			return errPower
		}
		return nil
	}
}

// life writes, changes the key and prunes; it returns how many entries were
// acknowledged from the first one on.
func life(dir string, opt Options, from int) (acknowledged int, err error) {
	acknowledged = from
	s, err := Open(dir, opt)
	if err != nil {
		return acknowledged, err
	}
	next := max(int(s.Stats().Durable), from)
	acknowledged = next
	step := func(n int) {
		for range n {
			list := [][]byte{event(next), event(next + 1), event(next + 2)}
			if err == nil {
				err = s.Write(context.Background(), "10.0.0.1", list...)
			}
			if err == nil {
				next += len(list)
				acknowledged = next
			}
		}
	}
	step(4)
	if err == nil {
		err = s.Flush()
	}
	step(3)
	if err == nil {
		err = s.RotateKey()
	}
	step(2)
	if err == nil {
		_, err = s.Prune(time.Now().Add(-time.Hour), "end of retention")
	}
	step(3)
	return acknowledged, errors.Join(err, s.Close())
}

func TestStoppedAtEveryPoint(t *testing.T) {
	every := 3
	if testing.Short() {
		every = 17
	}
	for _, size := range []int{1, 900} { // a block for each write; some writes in the write-ahead log first
		opt := options()
		opt.BlockBytes = size
		opt.SealAfter, opt.PublishAfter = time.Hour, 4*time.Millisecond
		points := 0
		for stop := 0; ; stop += 1 + rand.IntN(every) {
			dir := t.TempDir()
			opt.fault = power(stop)
			acknowledged, err := life(dir, opt, 0)
			if err == nil {
				break
			}
			if !errors.Is(err, errPower) {
				t.Fatalf("stopped at %d: %v", stop, err)
			}
			// Stop once more, in the recovery.
			opt.fault = power(rand.IntN(25))
			again, err := life(dir, opt, acknowledged)
			if err != nil && !errors.Is(err, errPower) {
				t.Fatalf("stopped at %d, then again: %v", stop, err)
			}
			afterStop(t, dir, again)
			if t.Failed() {
				t.Fatalf("stopped at %d", stop)
			}
			points++
		}
		t.Logf("blocks of %d bytes: stopped at %d points, and again in each recovery", size, points)
	}
}

// TestDiskErrorStopsTheIntake: after an error of the disk nothing more is
// acknowledged, and the vault says so.
func TestDiskErrorStopsTheIntake(t *testing.T) {
	for _, failing := range []string{"sync", "write", "rename", "syncdir"} {
		for _, cause := range []error{syscall.EIO, syscall.ENOSPC} {
			dir := t.TempDir()
			opt := options()
			var on atomic.Bool
			opt.fault = func(op, path string) error {
				if on.Load() && op == failing {
					return cause
				}
				return nil
			}
			s := open(t, dir, opt)
			if err := s.Write(t.Context(), "10.0.0.1", event(0)); err != nil {
				t.Fatal(err)
			}
			on.Store(true)
			var err error
			for i := 1; err == nil && i < 1000; i++ {
				err = s.Write(t.Context(), "10.0.0.1", event(i))
				if err == nil && (failing == "sync" || failing == "write") {
					t.Fatalf("%s fails, yet the entry was acknowledged", failing)
				}
			}
			if !errors.Is(err, cause) {
				t.Errorf("%s: %v, want %v", failing, err, cause)
			}
			on.Store(false) // the disk works again: the vault still refuses, it must look first
			if err := s.Write(t.Context(), "10.0.0.1", event(1)); !errors.Is(err, cause) {
				t.Errorf("accepted after a failure: %v", err)
			}
			if s.Stats().Failed == nil {
				t.Error("the vault does not say that it stopped")
			}
			if err := s.Close(); !errors.Is(err, cause) {
				t.Error(err)
			}
			s = open(t, dir, options())
			if err := s.Write(t.Context(), "10.0.0.1", []byte("after")); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			verify(t, dir, vkey(t, dir))
		}
	}
}

// TestFullDisk: on a nearly full disk nothing is accepted, and what was
// accepted is sealed.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	opt := options()
	s := open(t, dir, opt)
	if err := s.Write(t.Context(), "10.0.0.1", event(0)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opt.MinFree = 1 << 60
	s = open(t, dir, opt)
	if err := s.Write(t.Context(), "10.0.0.1", event(1)); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want %v", err, ErrFull)
	}
	if !errors.Is(s.Stats().Failed, ErrFull) {
		t.Error("the vault does not say that the disk is full")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStartReadsTheLastSegment: what is older is not read at the start, and is
// found missing by a verification.
func TestStartReadsTheLastSegment(t *testing.T) {
	dir := t.TempDir()
	opt := options()
	opt.BlockBytes = 1 // each write is a block
	s := open(t, dir, opt)
	for i := range 300 {
		if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "blocks", "00000000.zst")); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, opt)
	if err := s.Write(t.Context(), "10.0.0.1", event(300)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rep := evidence.VerifyStream(os.DirFS(dir), evidence.Check{Key: vkey(t, dir)})
	if len(rep.Problems) != 256 || rep.Problems[0].Key != "evidence.block_missing" {
		t.Errorf("%v", rep.Problems)
	}
}

// TestDamagedStart: the vault does not start over what is damaged.
func TestDamagedStart(t *testing.T) {
	build := func() string {
		dir := t.TempDir()
		opt := options()
		opt.SealAfter = time.Hour
		s := open(t, dir, opt)
		for i := range 20 {
			if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
				t.Fatal(err)
			}
			if i == 4 || i == 9 {
				if err := s.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		// As after a stop: ten entries sealed, ten in the write-ahead log.
		s.mu.Lock()
		s.failed = errPower
		s.mu.Unlock()
		_ = s.closeFiles()
		return dir
	}
	flip := func(path string, at int64) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		b := make([]byte, 1)
		if _, err := f.ReadAt(b, at); err != nil {
			t.Fatal(err)
		}
		b[0] ^= 1
		if _, err := f.WriteAt(b, at); err != nil {
			t.Fatal(err)
		}
	}
	for name, damage := range map[string]func(dir string){
		"an entry in the middle of the write-ahead log": func(dir string) { flip(filepath.Join(dir, "wal"), 200) },
		"head of the write-ahead log":                   func(dir string) { flip(filepath.Join(dir, "wal"), 2) },
		"a block":                                       func(dir string) { flip(filepath.Join(dir, "blocks", "00000000.zst"), 700) },
		"no block":                                      func(dir string) { os.RemoveAll(filepath.Join(dir, "blocks")) },
		"a tile":                                        func(dir string) { flip(filepath.Join(dir, "log", "tile", "0", "000.p", "2"), 3) },
		"no checkpoint":                                 func(dir string) { os.Remove(filepath.Join(dir, "log", "checkpoint")) },
		"a checkpoint":                                  func(dir string) { flip(filepath.Join(dir, "log", "checkpoint"), 35) },
	} {
		dir := build()
		damage(dir)
		if s, err := Open(dir, options()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, want %v", name, err, ErrDamaged)
			if err == nil {
				s.Close()
			}
		}
	}
	dir := build()
	os.Remove(filepath.Join(dir, "key"))
	if _, err := Open(dir, options()); err == nil {
		t.Error("a lost key was replaced by another")
	}
	dir = build() // untouched
	afterStop(t, dir, 20)
}
