package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vigie.example/evidence"
)

// Open opens the stream in a folder, or makes it, and brings what a stop may
// have left to where it would be without it. It reads the checkpoint, the right
// edge of the log, the last segment and the write-ahead log.
func Open(dir string, opt Options) (*Stream, error) {
	if err := opt.fill(dir); err != nil {
		return nil, err
	}
	s := &Stream{opt: opt, dir: dir, disk: disk{opt.fault}, pending: &batch{}, wake: make(chan struct{}, 1), stopped: make(chan struct{}), control: make(chan func() error)}
	s.room = sync.NewCond(&s.mu)
	s.sealers.New = func() any { return newSealer(opt.Level) }
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	s.report()
	s.checkSpace()
	go s.run()
	return s, nil
}

func (s *Stream) start() (err error) {
	if err := s.disk.makeDir(s.dir); err != nil {
		return err
	}
	if s.lock, err = os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if LockFile(s.lock) != nil {
		return ErrBusy
	}
	if err := s.begin(); err != nil {
		return err
	}
	if s.log, err = openLog(s.disk, filepath.Join(s.dir, "log"), s.opt.Origin, s.key.public); err != nil {
		return err
	}
	if err := s.lastLeaves(); err != nil {
		return err
	}
	if err := s.recoverSegments(); err != nil {
		return err
	}
	if err := s.recoverControl(); err != nil {
		return err
	}
	if s.wal, err = openWAL(s.disk, filepath.Join(s.dir, "wal"), int64(s.opt.BlockBytes)+1<<20); err != nil {
		return err
	}
	records, ends, err := s.wal.recover(s.next)
	if err != nil {
		return err
	}
	s.last = s.instant
	if len(ends) > 0 {
		// The same steps as in normal work. The write-ahead log stays as it is
		// until the blocks are durable: a stop here begins again.
		e, _, err := evidence.CutRecord(recordOf(records, ends, len(ends)-1))
		if err != nil {
			return err
		}
		s.last = max(s.last, e.Received)
		if err := s.seal(batch{records: records, ends: ends}); err != nil {
			return err
		}
	}
	if s.log.size > s.log.published {
		return s.publish()
	}
	return nil
}

// begin reads the key, or makes it with an empty log when the stream is new.
func (s *Stream) begin() (err error) {
	checkpoint := filepath.Join(s.dir, "log", "checkpoint")
	s.key, err = readKey(s.opt.KeyFile, s.opt.Origin)
	fresh := os.IsNotExist(err)
	if err != nil && !fresh {
		return err
	}
	if _, err := os.Stat(checkpoint); err == nil {
		if fresh {
			return fmt.Errorf("%s: the key of the vault is missing, and no other can sign for it", s.opt.KeyFile)
		}
		return nil
	}
	// No checkpoint: either the stream is new, or a stop came before the first
	// one, and then there is no block and the key may be there already.
	if _, err := os.Stat(filepath.Join(s.dir, "blocks")); err == nil {
		return fmt.Errorf("blocks without a checkpoint: %w", ErrDamaged)
	}
	if fresh {
		if s.key, err = newKey(s.opt.Origin); err != nil {
			return err
		}
		if err := s.disk.replace(s.opt.KeyFile, s.key.text(), 0o600); err != nil {
			return err
		}
	}
	if err := s.disk.replace(filepath.Join(s.dir, "log.vkey"), []byte(s.key.public+"\n"), 0o600); err != nil {
		return err
	}
	l := &log{disk: s.disk, dir: filepath.Join(s.dir, "log"), origin: s.opt.Origin}
	_, err = l.publish(s.key.signer)
	return err
}

// lastLeaves finds the number of the next entry and the last instant.
func (s *Stream) lastLeaves() error {
	for number := s.log.size - 1; number >= 0; number-- {
		text, err := s.log.leaf(number)
		if err != nil {
			return err
		}
		l, err := evidence.ParseLeaf(text)
		if err != nil {
			return fmt.Errorf("leaf %d: %w: %w", number, err, ErrDamaged)
		}
		s.instant = max(s.instant, l.Instant())
		if l.Block != nil {
			s.next = l.Block.First + l.Block.Entries
			break
		}
	}
	s.sealed = s.next
	return nil
}

// recoverSegments reads the segment that the next block goes in, and those that
// follow: blocks that no checkpoint covers are added to the log, and a block cut
// short by a stop is removed.
func (s *Stream) recoverSegments() error {
	for no := s.log.size >> 8; ; no++ {
		path := filepath.Join(s.dir, filepath.FromSlash(evidence.SegmentPath(no)))
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if os.IsNotExist(err) {
			return s.blocksAreThere(no, nil)
		}
		if err != nil {
			return err
		}
		err = s.recoverSegment(f, no)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if s.log.size>>8 == no {
			return nil
		}
	}
}

func (s *Stream) recoverSegment(f *os.File, no int64) error {
	r := bufio.NewReaderSize(f, 1<<20)
	there := map[int64]bool{}
	at := int64(0)
	var stopped error
	for {
		b, n, err := evidence.ReadBlock(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			stopped = err
			break
		}
		number := b.Leaf.Number
		switch {
		case number < s.log.published:
			text, err := s.log.leaf(number)
			if err != nil {
				return err
			}
			if !bytes.Equal(text, b.LeafText) {
				return fmt.Errorf("leaf %d: the block is not the one of the log: %w", number, ErrDamaged)
			}
			there[number] = true
		case number == s.log.size && b.Leaf.Origin == s.opt.Origin && b.Leaf.Block.First == s.next && b.Leaf.Instant() >= s.instant:
			if problems := evidence.NewBlockReader().Verify(b); len(problems) > 0 {
				return fmt.Errorf("%w: %w", problems[0], ErrDamaged)
			}
			s.log.add(b.LeafText)
			s.next, s.instant = b.Leaf.Block.First+b.Leaf.Block.Entries, b.Leaf.Instant()
			s.newSince = time.Now()
		default:
			return fmt.Errorf("segment %d: block of leaf %d where leaf %d was expected: %w", no, number, s.log.size, ErrDamaged)
		}
		at += n
	}
	s.sealed = s.next
	if stopped != nil {
		if err := s.cut(f, no, at, stopped); err != nil {
			return err
		}
	}
	return s.blocksAreThere(no, there)
}

// cut removes a block that a stop left unfinished. Nothing may follow it.
func (s *Stream) cut(f *os.File, no, at int64, why error) error {
	rest, err := io.ReadAll(io.NewSectionReader(f, at, 1<<40))
	if err != nil {
		return err
	}
	for i := 1; i < len(rest); i++ {
		j := bytes.Index(rest[i:], []byte{0x5e, 0x2a, 0x4d, 0x18})
		if j < 0 {
			break
		}
		i += j
		if _, _, err := evidence.ReadBlock(bytes.NewReader(rest[i:])); err == nil {
			return fmt.Errorf("segment %d, at byte %d: %w: %w", no, at, why, ErrDamaged)
		}
	}
	if err := s.disk.before("truncate", f.Name()); err != nil {
		return err
	}
	// A stop here leaves the unfinished block, and this begins again.
	if err := f.Truncate(at); err != nil {
		return err
	}
	return f.Sync()
}

// blocksAreThere checks that a segment holds the blocks that the checkpoint
// covers, unless they were pruned.
func (s *Stream) blocksAreThere(no int64, there map[int64]bool) error {
	before := int64(0)
	for number := s.log.published - 1; number >= no<<8; number-- {
		text, err := s.log.leaf(number)
		if err != nil {
			return err
		}
		l, err := evidence.ParseLeaf(text)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", number, err)
		}
		if l.Prune != nil {
			before = max(before, l.Prune.Before)
		}
		if l.Block != nil && !there[number] && number >= before {
			return fmt.Errorf("leaf %d: its block is missing: %w", number, ErrDamaged)
		}
	}
	return nil
}
