package trace

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"vigie.example/evidence"
)

// A Pruning says what is destroyed, or would be.
type Pruning struct {
	Blocks   int64
	Entries  int64
	From, To int64 // instants of the first and last entry destroyed
	Held     int64 // blocks that stay for a hold
	before   int64 // the leaf below which blocks may be absent
}

// day is 86,400 s in microseconds.
const day = 86_400_000_000

// overdue says whether retention lets a block be destroyed: all its entries were
// received before an instant, and its least retention is over.
func overdue(b *evidence.BlockLeaf, before, now int64) bool {
	return b.To < before && b.To+b.KeepMin*day <= now
}

// End returns the instant such that what was received before it has been kept as
// long as the policy of a stream allows.
func End(now time.Time, keepMax int64) time.Time {
	return now.UTC().Add(-time.Duration(keepMax) * 24 * time.Hour)
}

// PlanPruning says what Prune would destroy in the stream of a folder. The vault may
// be serving.
func PlanPruning(dir string, before, now time.Time) (Pruning, error) {
	held, err := ReadHolds(dir)
	if err != nil {
		return Pruning{}, err
	}
	return planPruning(dir, before.UnixMicro(), now.UnixMicro(), held)
}

// planPruning follows the leaves of the published log. Blocks are destroyed from
// the oldest on, without gap but for those held; what was held when those around
// it were destroyed follows once its hold is lifted.
func planPruning(dir string, before, now int64, held Holds) (p Pruning, err error) {
	earlier := int64(0)
	err = eachLeaf(dir, func(l *evidence.Leaf) error {
		if l.Prune != nil {
			earlier = max(earlier, l.Prune.Before)
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	left, err := leftBelow(dir, earlier)
	if err != nil {
		return p, err
	}
	err = eachLeaf(dir, func(l *evidence.Leaf) error {
		if l.Block != nil && !overdue(l.Block, before, now) {
			return errEnough
		}
		p.before = l.Number + 1
		switch {
		case l.Block == nil || l.Number < earlier && !left[l.Number]:
		case held.Keep(l):
			p.Held++
		default:
			if p.Blocks == 0 {
				p.From = l.Block.From
			}
			p.Blocks++
			p.Entries += l.Block.Entries
			p.To = l.Block.To
		}
		return nil
	})
	p.before = max(p.before, earlier)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return p, err
}

var errEnough = errors.New("enough")

// eachLeaf gives the published leaves of the stream in a folder, in order.
func eachLeaf(dir string, do func(*evidence.Leaf) error) error {
	raw, err := os.ReadFile(filepath.Join(dir, "log", "checkpoint"))
	if err != nil {
		return err
	}
	cp, err := evidence.ParseCheckpoint(raw)
	if err != nil {
		return err
	}
	x := &exporter{dir: dir}
	return x.eachLeaf(cp.Size, func(l *evidence.Leaf, _ []byte) error { return do(l) })
}

// leftBelow returns the leaves below a number whose blocks are there.
func leftBelow(dir string, before int64) (map[int64]bool, error) {
	left := map[int64]bool{}
	folder := OpenFolder(dir)
	segments, err := folder.Segments()
	for _, no := range segments {
		if no<<8 >= before {
			continue
		}
		if err := eachBlock(folder, no, func(leaf int64) { left[leaf] = true }); err != nil {
			return nil, fmt.Errorf("segment %d: %w", no, err)
		}
	}
	return left, err
}

// eachBlock gives the leaves of the blocks of a segment.
func eachBlock(folder *Folder, no int64, do func(leaf int64)) error {
	f, err := folder.Segment(no)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // destroyed meanwhile
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if away, ok := f.(*awayFile); ok {
		for _, b := range away.blocks {
			do(b.leaf)
		}
		return nil
	}
	for {
		b, _, err := evidence.SkipBlock(f)
		if errors.Is(err, io.EOF) || errors.Is(err, evidence.ErrTorn) { // ErrTorn: being written
			return nil
		}
		if err != nil {
			return err
		}
		do(b.Leaf.Number)
	}
}

// Prune destroys the blocks whose entries were all received before an instant, as
// far as their retention allows and but for those held, and logs that it does. It
// logs nothing when there is nothing to destroy.
func (s *Stream) Prune(before time.Time, reason string) (p Pruning, err error) {
	if !evidence.ValidReason(reason) {
		return p, fmt.Errorf("reason %q", reason)
	}
	now := s.opt.Now().UnixMicro()
	if err := s.Flush(); err != nil {
		return p, err
	}
	held, unlock, err := lockHolds(s.disk, s.dir)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if p, err = planPruning(s.dir, before.UnixMicro(), now, held); err != nil || p.Blocks == 0 {
		return p, err
	}
	return p, s.do(func() error {
		if err := s.publish(); err != nil {
			return err
		}
		at := s.controlInstant()
		if at < now { // the clock went back meanwhile: the next time
			p = Pruning{}
			return nil
		}
		return s.logControl(&evidence.Leaf{Prune: &evidence.PruneLeaf{At: at, Before: p.before, Reason: reason}}, held)
	})
}

// PruneDue destroys what has been kept for as long as the policy of the stream
// allows (Options.KeepMax), as Prune does.
func (s *Stream) PruneDue() (Pruning, error) {
	return s.Prune(End(s.opt.Now(), s.opt.KeepMax), fmt.Sprintf("retention policy: kept %d to %d days", s.opt.KeepMin, s.opt.KeepMax))
}

// HeldBy says which blocks a hold covers now, and how many that it covers were
// destroyed before.
func HeldBy(dir string, h Hold) (there Pruning, gone int64, err error) {
	pruned := int64(0)
	var old []*evidence.Leaf
	err = eachLeaf(dir, func(l *evidence.Leaf) error {
		if l.Prune != nil {
			pruned = max(pruned, l.Prune.Before)
		}
		if l.Block != nil && h.covers(l.Block) {
			old = append(old, l)
		}
		return nil
	})
	if err != nil {
		return there, 0, err
	}
	left, err := leftBelow(dir, pruned)
	for _, l := range old {
		if l.Number < pruned && !left[l.Number] {
			gone++
			continue
		}
		if there.Blocks == 0 {
			there.From = l.Block.From
		}
		there.Blocks++
		there.Entries += l.Block.Entries
		there.To = l.Block.To
	}
	return there, gone, err
}
