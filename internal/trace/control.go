package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vigie.example/evidence"
)

// Leaves that are no block: changes of key and prunings. The leaf is written in
// the file "control" before anything else happens, and the file is removed when
// all has: recovery finds it and goes through the same steps, each of which may
// be done twice.

func (s *Stream) controlFile() string { return filepath.Join(s.dir, "control") }
func (s *Stream) nextKeyFile() string { return s.opt.KeyFile + ".next" }

// RotateKey replaces the signing key by a new one, announced in the log.
func (s *Stream) RotateKey() error {
	return s.do(func() error {
		next, err := newKey(s.opt.Origin)
		if err != nil {
			return err
		}
		// A stop here leaves a key that nothing announces: recovery removes it.
		if err := s.disk.replace(s.nextKeyFile(), next.text(), 0o600); err != nil {
			return err
		}
		return s.logControl(&evidence.Leaf{Key: &evidence.KeyLeaf{At: s.controlInstant(), Key: next.public}}, nil)
	})
}

// controlInstant returns the instant of a leaf made now: not before what is
// sealed, not after what waits.
func (s *Stream) controlInstant() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending.records) > 0 {
		if e, _, err := evidence.CutRecord(s.pending.records); err == nil {
			return max(e.Received, s.instant)
		}
	}
	s.last = max(s.last, s.instant, s.opt.Now().UnixMicro())
	return s.last
}

func (s *Stream) logControl(l *evidence.Leaf, held Holds) error {
	l.Origin, l.Number = s.opt.Origin, s.log.size
	// A stop before this is complete leaves the log as it was.
	if err := s.disk.replace(s.controlFile(), l.Text(), 0o600); err != nil {
		return err
	}
	return s.finishControl(l, held)
}

// finishControl does what a control leaf says, as far as it is not done.
func (s *Stream) finishControl(l *evidence.Leaf, held Holds) error {
	if l.Number == s.log.size {
		s.log.add(l.Text())
		s.instant = max(s.instant, l.Instant())
	}
	var err error
	if l.Key != nil {
		err = s.changeKey(l)
	} else {
		if err = s.publish(); err == nil {
			err = s.prune(l.Prune.Before, held)
		}
	}
	if err != nil {
		return err
	}
	// A stop here leaves the file: all the steps are done again, to no effect.
	return s.disk.remove(s.controlFile())
}

// changeKey publishes the bridge, and puts the new key in the place of the
// former, which is destroyed.
func (s *Stream) changeKey(l *evidence.Leaf) error {
	if s.key.public != l.Key.Key {
		next, err := readKey(s.nextKeyFile(), s.opt.Origin)
		if err == nil && next.public != l.Key.Key {
			err = errors.New("not the key that the log announces")
		}
		if err != nil {
			return fmt.Errorf("next key: %w: %w", err, ErrDamaged)
		}
		// A stop between these steps leaves the former key in place, with the
		// checkpoint signed by both: the next start signs the same bytes again.
		bridge, err := s.log.publish(s.key.signer, next.signer)
		if err != nil {
			return err
		}
		if err := s.disk.replace(filepath.Join(s.dir, "log", "bridge", fmt.Sprint(l.Number)), bridge, 0o600); err != nil {
			return err
		}
		if err := s.disk.replace(s.opt.KeyFile, next.text(), 0o600); err != nil {
			return err
		}
		s.mu.Lock()
		s.key = next
		s.mu.Unlock()
	}
	return s.disk.remove(s.nextKeyFile())
}

// prune removes the blocks of leaves below a number that are not held.
func (s *Stream) prune(before int64, held Holds) error {
	keep := func(l *evidence.Leaf) bool { return l.Number >= before || held.Keep(l) }
	segments, err := OpenFolder(s.dir).Segments()
	if err != nil {
		return err
	}
	for _, no := range segments {
		if no<<8 >= before {
			continue
		}
		path := filepath.Join(s.dir, filepath.FromSlash(evidence.SegmentPath(no)))
		if _, err = os.Stat(path); err == nil {
			err = s.rewrite(path, no, keep)
		}
		// A list may be there beside its segment, from a stop while it was dropped.
		if _, away := os.Stat(awayPath(s.dir, no)); away == nil && (err == nil || os.IsNotExist(err)) {
			err = s.rewriteAway(no, keep)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rewrite writes a segment again without the blocks that are not kept. A stop
// during it leaves the former file whole.
func (s *Stream) rewrite(path string, no int64, keep func(*evidence.Leaf) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var kept bytes.Buffer
	removed := false
	r, at := bufio.NewReaderSize(f, 1<<20), int64(0)
	for {
		b, n, err := evidence.ReadBlock(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if keep(b.Leaf) {
			if _, err := io.Copy(&kept, io.NewSectionReader(f, at, n)); err != nil {
				return err
			}
		} else {
			removed = true
		}
		at += n
	}
	if !removed {
		return nil
	}
	if s.segment != nil && s.segmentNo == no {
		if err := s.segment.Close(); err != nil {
			return err
		}
		s.segment = nil // opened again, at its new end, for the next block
	}
	if kept.Len() == 0 && (no+1)<<8 <= s.log.size {
		return s.disk.remove(path)
	}
	return s.disk.replace(path, kept.Bytes(), 0o600)
}

// recoverControl ends what a stop interrupted. A hold that was placed since is
// respected.
func (s *Stream) recoverControl() error {
	text, err := os.ReadFile(s.controlFile())
	if os.IsNotExist(err) {
		return s.disk.remove(s.nextKeyFile())
	}
	if err != nil {
		return err
	}
	l, err := evidence.ParseLeaf(text)
	if err != nil || l.Block != nil || l.Origin != s.opt.Origin || l.Number > s.log.size {
		return fmt.Errorf("%s: %w", s.controlFile(), ErrDamaged)
	}
	if l.Number < s.log.size {
		logged, err := s.log.leaf(l.Number)
		if err != nil {
			return err
		}
		if !bytes.Equal(logged, text) {
			return fmt.Errorf("%s: another leaf than the log's: %w", s.controlFile(), ErrDamaged)
		}
	}
	held, unlock, err := lockHolds(s.disk, s.dir)
	if err != nil {
		return err
	}
	defer unlock()
	return s.finishControl(l, held)
}
