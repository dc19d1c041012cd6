package trace

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vigie.example/evidence"
)

// blockLeaves returns the leaves of the blocks in the log of a stream.
func blockLeaves(t testing.TB, dir string) (out []*evidence.Leaf) {
	t.Helper()
	err := eachLeaf(dir, func(l *evidence.Leaf) error {
		if l.Block != nil {
			out = append(out, l)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// kept returns the leaves whose blocks are there.
func kept(t testing.TB, dir string) (out []int64) {
	t.Helper()
	left, err := leftBelow(dir, 1<<62)
	if err != nil {
		t.Fatal(err)
	}
	for n := range left {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

var firstDay = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// A bench is the clock and the disk of a stream, which a test moves and breaks while
// the stream is open.
type bench struct {
	seconds atomic.Int64 // since firstDay
	broken  atomic.Pointer[func(op, path string) error]
}

func (b *bench) now() time.Time { return firstDay.Add(time.Duration(b.seconds.Load()) * time.Second) }

func (b *bench) day(n int) { b.seconds.Store(int64(n) * 86_400) }

// fail has the disk do something before each operation; nil mends it.
func (b *bench) fail(fault func(op, path string) error) { b.broken.Store(&fault) }

func (b *bench) fault(op, path string) error {
	if f := b.broken.Load(); f != nil && *f != nil {
		return (*f)(op, path)
	}
	return nil
}

// days makes a stream with a block a day, kept one to ten days.
func days(t testing.TB, dir string, n int) (*Stream, *bench) {
	t.Helper()
	b := &bench{}
	opt := options()
	opt.SealAfter = time.Hour
	opt.BlockBytes, opt.KeepMin, opt.KeepMax = 4096, 1, 10
	opt.Now, opt.fault = b.now, b.fault
	s := open(t, dir, opt)
	for i := range n {
		if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		b.day(i + 1)
	}
	return s, b
}

func onDay(n int) int64 { return firstDay.AddDate(0, 0, n).UnixMicro() }

// TestHeldBlocksStay: what a hold covers survives prunings and restarts, until it
// is lifted; the vault says in its own entries who held what, and why.
func TestHeldBlocksStay(t *testing.T) {
	dir := t.TempDir()
	s, b := days(t, dir, 6)
	if _, err := PlaceHold(dir, Hold{From: onDay(2), To: onDay(3), Reason: "complaint 2026-17", By: "ana"}, b.now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opt := s.opt
	b.day(31)
	s = open(t, dir, opt)
	waitTold(t, dir, 1)
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	plan, err := PlanPruning(dir, End(opt.Now(), opt.KeepMax), opt.Now())
	if err != nil || plan.Blocks != 4 || plan.Entries != 4 || plan.Held != 2 || plan.From != onDay(0) || plan.To != onDay(5) {
		t.Errorf("%+v %v", plan, err)
	}
	done, err := s.PruneDue()
	if err != nil || done.Blocks != 4 || done.Held != 2 {
		t.Errorf("%+v %v", done, err)
	}
	if got := kept(t, dir); !slices.Equal(got, []int64{2, 3, 6}) {
		t.Errorf("blocks %v are there", got)
	}
	if done, err = s.PruneDue(); err != nil || done.Blocks != 0 || done.Held != 2 {
		t.Errorf("nothing more is due: %+v %v", done, err)
	}
	verify(t, dir, vkey(t, dir))

	if _, err := LiftHold(dir, 1, Lift{Reason: "judged", By: "bob"}, opt.Now()); err != nil {
		t.Fatal(err)
	}
	waitTold(t, dir, 2)
	if done, err = s.PruneDue(); err != nil || done.Blocks != 2 || done.Held != 0 {
		t.Errorf("%+v %v", done, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, dir); len(got) == 0 || got[0] != 6 {
		t.Errorf("blocks %v are there", got)
	}
	rep := verify(t, dir, vkey(t, dir))
	if rep.Pruned != 6 {
		t.Errorf("%+v", rep)
	}
	told := strings.Join(strings.Split(string(slices.Concat(entries(t, dir)...)), "<110>"), "\n")
	for _, want := range []string{`- vigie - hold - {"hold":1,"act":"place"`, `"by":"ana","reason":"complaint 2026-17"`, `"act":"lift"`, `"by":"bob","reason":"judged"`} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not told in\n%s", want, told)
		}
	}
	holds, err := ReadHolds(dir)
	if err != nil || len(holds) != 1 || holds[0].Lift == nil || holds[0].Lift.By != "bob" || holds[0].To != onDay(3) {
		t.Errorf("%+v %v", holds, err)
	}
}

// waitTold waits until entries tell so many lines of the holds.
func waitTold(t testing.TB, dir string, lines int) {
	t.Helper()
	for range 1000 {
		if told, err := readTold(dir); err == nil && len(told) >= lines {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the holds are not told")
}

// TestNeverBelowTheMinimum: a policy made shorter does not reach what was sealed
// under a longer minimum, and the last instant of the minimum is kept.
func TestNeverBelowTheMinimum(t *testing.T) {
	dir := t.TempDir()
	s, b := days(t, dir, 3)
	reopen := func(least, most int64) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		opt := s.opt
		opt.KeepMin, opt.KeepMax = least, most
		s = open(t, dir, opt)
	}
	reopen(5, 10)
	if err := s.Write(t.Context(), "10.0.0.1", event(3)); err != nil {
		t.Fatal(err)
	}
	reopen(0, 1) // a shorter policy
	last := int64(8 * 86_400)
	for _, c := range []struct{ at, blocks int64 }{{last - 1, 3}, {last - 1, 0}, {last, 1}, {last, 0}} {
		b.seconds.Store(c.at)
		if p, err := s.PruneDue(); err != nil || p.Blocks != c.blocks {
			t.Errorf("at %d: %+v %v, want %d blocks", c.at, p, err, c.blocks)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if rep := verify(t, dir, vkey(t, dir)); rep.Pruned != 4 {
		t.Errorf("%+v", rep)
	}
}

// TestPruningStoppedAtEveryPoint: at whatever step a pruning stops, what is held
// stays, even when it was held after the pruning began; what is destroyed is
// announced.
func TestPruningStoppedAtEveryPoint(t *testing.T) {
	stopped := 0
	for stop := 0; ; stop++ {
		dir := t.TempDir()
		s, b := days(t, dir, 6)
		if _, err := PlaceHold(dir, Hold{From: onDay(1), To: onDay(1), Reason: "complaint", By: "ana"}, b.now()); err != nil {
			t.Fatal(err)
		}
		b.day(31)
		b.fail(power(stop))
		_, err := s.PruneDue()
		closed := s.Close()
		if err == nil && closed == nil {
			break
		}
		if err = errors.Join(err, closed); !errors.Is(err, errPower) {
			t.Fatal(err)
		}
		stopped++
		before := kept(t, dir)
		if _, err := PlaceHold(dir, Hold{From: onDay(4), Reason: "another", By: "bob"}, b.now()); err != nil {
			t.Fatal(err)
		}
		b.fail(power(stop % 7)) // and once more, in the recovery
		if again, err := Open(dir, s.opt); err == nil {
			_ = again.Close()
		}
		b.fail(nil)
		s = open(t, dir, s.opt)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		got := kept(t, dir)
		if !slices.Contains(got, 1) {
			t.Fatalf("stopped at %d: the held block is gone: %v", stop, got)
		}
		for _, held := range []int64{4, 5} {
			if slices.Contains(before, held) && !slices.Contains(got, held) {
				t.Fatalf("stopped at %d: block %d was held before it was destroyed: %v", stop, held, got)
			}
		}
		verify(t, dir, vkey(t, dir))
		if t.Failed() {
			t.Fatalf("stopped at %d", stop)
		}
	}
	if stopped < 10 {
		t.Errorf("stopped at %d points only", stopped)
	}
}

// TestHoldStoppedAtEveryPoint: placing and lifting either happened or did not.
func TestHoldStoppedAtEveryPoint(t *testing.T) {
	for stop := 0; ; stop++ {
		dir := t.TempDir()
		first, err := PlaceHold(dir, Hold{Reason: "one", By: "ana"}, firstDay)
		if err != nil {
			t.Fatal(err)
		}
		d := disk{power(stop)}
		_, err1 := placeHold(d, dir, Hold{From: 5, Reason: "two", By: "ana"}, firstDay)
		_, err2 := liftHold(d, dir, first.ID, Lift{Reason: "over", By: "bob"}, firstDay)
		holds, err := ReadHolds(dir)
		if err != nil {
			t.Fatalf("stopped at %d: %v", stop, err)
		}
		if err1 == nil && len(holds) != 2 || err2 == nil && holds[0].Lift == nil || len(holds) == 0 {
			t.Errorf("stopped at %d: %+v, %v, %v", stop, holds, err1, err2)
		}
		if err1 == nil && err2 == nil {
			return
		}
	}
}

func TestHoldsThatMakeNoSense(t *testing.T) {
	dir := t.TempDir()
	for _, h := range []Hold{{By: "ana"}, {Reason: " ", By: "ana"}, {Reason: "x"}, {Reason: "x\ny", By: "ana"}, {From: 5, To: 4, Reason: "x", By: "ana"}} {
		if _, err := PlaceHold(dir, h, firstDay); !errors.Is(err, ErrHoldForm) {
			t.Errorf("%+v: %v", h, err)
		}
	}
	if _, err := LiftHold(dir, 1, Lift{Reason: "x", By: "ana"}, firstDay); !errors.Is(err, ErrNoHold) {
		t.Error(err)
	}
	h, err := PlaceHold(dir, Hold{Reason: "x", By: "ana"}, firstDay)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LiftHold(dir, h.ID, Lift{Reason: "x", By: "ana"}, firstDay); err != nil {
		t.Error(err)
	}
	if _, err := LiftHold(dir, h.ID, Lift{Reason: "x", By: "ana"}, firstDay); !errors.Is(err, ErrLifted) {
		t.Error(err)
	}
	// Damaged holds are named, and nothing is destroyed over them.
	for _, bad := range []string{"{", `{"hold":2,"act":"lift","at":"2026-01-01T00:00:00Z","by":"a","reason":"b"}`, `{"hold":2,"act":"place","at":"2026-01-01T00:00:00Z","by":"a","reason":"b","from":"yesterday"}`} {
		if err := os.WriteFile(filepath.Join(dir, "holds"), []byte(bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadHolds(dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
