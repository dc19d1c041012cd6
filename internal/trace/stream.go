// Package trace is the vault of traces: it receives events, makes them durable
// before it acknowledges them, seals them in blocks, logs the blocks in a Merkle
// tree and signs for it. What it writes is docs/evidence-format.md; package
// evidence verifies it. It serves 9.7.2, 9.7.3, 9.11.2, 9.11.3 and 9.11.4.
//
// The way of an event: Append gives it its number and instant and puts it in
// memory; the writer, alone, makes what has gathered durable, in the write-ahead
// log or directly in a block, and only then calls back; after some seconds or
// megabytes it seals a block, and within a second publishes a checkpoint. A stop
// at any point loses nothing that was called back: Open runs the same steps over
// what it finds.
package trace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"vigie.example/evidence"
)

// Options of a stream. Zero values take the defaults said.
type Options struct {
	Origin       string        // of the log; ends with the retention class
	KeepMin      int64         // days; 184
	KeepMax      int64         // days; 365
	KeyFile      string        // of the signing key; "key" in the folder of the stream
	BlockBytes   int           // of the records of a block; 8 MiB
	SealAfter    time.Duration // oldest acknowledged entry not sealed; 10 s
	PublishAfter time.Duration // oldest block without a checkpoint; 1 s
	MinFree      int64         // bytes of disk below which nothing is accepted; 256 MiB, none when negative
	Level        zstd.EncoderLevel
	Now          func() time.Time

	fault func(op, path string) error // of tests
}

func (o *Options) fill(dir string) error {
	if !evidence.ValidOrigin(o.Origin) {
		return fmt.Errorf("origin %q", o.Origin)
	}
	if o.KeepMin == 0 && o.KeepMax == 0 {
		o.KeepMin, o.KeepMax = 184, 365
	}
	if o.KeepMin < 0 || o.KeepMin > o.KeepMax {
		return fmt.Errorf("keep %d to %d days", o.KeepMin, o.KeepMax)
	}
	if o.KeyFile == "" {
		o.KeyFile = filepath.Join(dir, "key")
	}
	if o.BlockBytes == 0 {
		o.BlockBytes = 8 << 20
	}
	if o.BlockBytes < 1 || o.BlockBytes > evidence.MaxBytes/4 {
		return fmt.Errorf("blocks of %d bytes", o.BlockBytes)
	}
	if o.SealAfter == 0 {
		o.SealAfter = 10 * time.Second
	}
	if o.PublishAfter == 0 {
		o.PublishAfter = time.Second
	}
	if o.MinFree == 0 {
		o.MinFree = 256 << 20
	}
	if o.Level == 0 {
		o.Level = zstd.SpeedBetterCompression
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

// maxPending bounds what waits in memory for the writer.
const maxPending = 24 << 20

// Errors of a stream.
var (
	ErrClosed = errors.New("the vault is closed")
	ErrFull   = errors.New("the disk of the vault is nearly full: nothing is accepted")
	ErrBusy   = errors.New("another program writes in this vault")
	ErrRaw    = errors.New("the event is too long")
)

// A batch is entries with consecutive numbers and what to call once they are
// durable, or are known not to be.
type batch struct {
	records []byte
	ends    []int
	done    []func(error)
}

func (b *batch) reset() { b.records, b.ends, b.done = b.records[:0], b.ends[:0], b.done[:0] }

// A Stream is one retention class of the vault: its entries, log and key.
type Stream struct {
	opt  Options
	dir  string
	disk disk
	lock *os.File
	key  *key

	mu      sync.Mutex
	room    *sync.Cond // pending has been taken
	wake    chan struct{}
	pending *batch
	last    int64 // instant of the last entry accepted
	behind  bool  // the clock is behind last, and an entry says so
	full    bool
	failed  error // why nothing is accepted any more
	closing bool
	stopped chan struct{}
	control chan func() error
	stats   Stats

	// What follows belongs to the writer.
	wal       *wal
	log       *log
	next      int64 // number of the next entry to be made durable
	sealed    int64 // entries in blocks
	open      batch // durable in the write-ahead log, not sealed
	openSince time.Time
	segment   *os.File
	segmentNo int64
	segmentAt int64
	newSince  time.Time // oldest block that no checkpoint covers
	instant   int64     // of the last leaf
	holdsTold int       // lines of the holds that entries tell, or are about to
	sealers   sync.Pool
	spare     *batch
	worked    time.Time // when a batch was last made durable
}

// Stats say where a stream stands.
type Stats struct {
	Durable   int64 // entries
	Sealed    int64 // entries in blocks
	Leaves    int64 // covered by the checkpoint
	Syncs     int64
	Failed    error // why the intake stands still
	LastEntry int64 // instant
}

// Stats returns where the stream stands.
func (s *Stream) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.LastEntry = s.last
	st.Failed = s.failed
	if s.full && st.Failed == nil {
		st.Failed = ErrFull
	}
	return st
}

// Append accepts events of one source, in order, as consecutive entries. It
// returns when they are in memory and waits while too much is; done, which may
// be nil, is called when they are durable, with nil, or when they may not be,
// with the reason. What Append refuses by an error was not taken, not even in
// part, and done is not called.
func (s *Stream) Append(ctx context.Context, source string, events [][]byte, done func(error)) error {
	if !evidence.ValidSource(source) {
		return fmt.Errorf("source %q", source)
	}
	size := 0
	for _, raw := range events {
		if len(raw) > evidence.MaxRaw {
			return ErrRaw
		}
		size += len(raw) + len(source) + 32
	}
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.room.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.failed == nil && !s.full && !s.closing && ctx.Err() == nil && len(s.pending.records) > 0 && len(s.pending.records)+size > maxPending {
		s.room.Wait()
	}
	switch {
	case s.failed != nil:
		return s.failed
	case s.full:
		return ErrFull
	case s.closing:
		return ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	now := s.now()
	for _, raw := range events {
		s.add(evidence.Entry{Received: now, Source: source, Raw: raw})
	}
	if done != nil {
		s.pending.done = append(s.pending.done, done)
	}
	s.signal()
	return nil
}

func (s *Stream) add(e evidence.Entry) {
	s.pending.records = evidence.AppendRecord(s.pending.records, e)
	s.pending.ends = append(s.pending.ends, len(s.pending.records))
}

// now returns the instant of what is accepted now. It never goes back; when the
// clock does, by more than a second, an entry of the vault itself says so.
func (s *Stream) now() int64 {
	now := s.opt.Now().UnixMicro()
	if now >= s.last {
		s.last, s.behind = now, false
	} else if back := s.last - now; back > 1_000_000 && !s.behind {
		s.behind = true
		s.add(evidence.Entry{Received: s.last, Source: "vigie", Raw: fmt.Appendf(nil, "clock went back by %d microseconds, to %d", back, now)})
	}
	return s.last
}

func (s *Stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Write is Append that waits until the events are durable.
func (s *Stream) Write(ctx context.Context, source string, events ...[]byte) error {
	result := make(chan error, 1)
	if err := s.Append(ctx, source, events, func(err error) { result <- err }); err != nil {
		return err
	}
	return <-result
}

// run is the writer.
func (s *Stream) run() {
	defer close(s.stopped)
	tick := time.NewTicker(min(s.opt.PublishAfter, s.opt.SealAfter, time.Second) / 4)
	defer tick.Stop()
	for {
		var order func() error
		select {
		case <-s.wake:
		case <-tick.C:
			s.checkSpace()
			s.tellHolds()
		case order = <-s.control:
		}
		taken, closing := s.take()
		err := s.commit(taken)
		if err == nil && len(s.open.ends) > 0 && (closing || order != nil || time.Since(s.openSince) >= s.opt.SealAfter) {
			err = s.seal(batch{})
		}
		if err == nil && order != nil {
			err = order()
		}
		if err == nil && s.log.size > s.log.published && (closing || time.Since(s.newSince) >= s.opt.PublishAfter) {
			err = s.publish()
		}
		if err != nil {
			s.fail(err)
		}
		s.report()
		s.rest()
		if closing || err != nil {
			return
		}
	}
}

// take takes what waits, and leaves an empty batch in its place.
func (s *Stream) take() (taken *batch, closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken, s.pending, s.spare = s.pending, s.spare, nil
	if s.pending == nil {
		s.pending = &batch{}
	}
	s.room.Broadcast()
	return taken, s.closing
}

// restAfter is how long nothing comes before the memory of batches is given up.
const restAfter = 10 * time.Second

// rest gives up the memory of batches when nothing comes.
func (s *Stream) rest() {
	if s.worked.IsZero() || len(s.open.ends) > 0 || time.Since(s.worked) < restAfter {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending.ends) == 0 {
		s.pending, s.spare, s.open, s.worked = &batch{}, nil, batch{}, time.Time{}
		s.wal.buf = nil
	}
}

// commit makes a batch durable and calls back.
func (s *Stream) commit(b *batch) error {
	if len(b.ends) == 0 {
		s.spare = b
		return nil
	}
	s.worked = time.Now()
	var err error
	if len(s.open.records)+len(b.records) >= s.opt.BlockBytes || !s.wal.fits(len(b.records)) {
		// Enough for a block: sealing it makes it durable by itself.
		err = s.seal(*b)
	} else if err = s.wal.append(s.next, b.records); err == nil {
		s.count()
		if len(s.open.ends) == 0 {
			s.openSince = time.Now()
		}
		for _, end := range b.ends {
			s.open.ends = append(s.open.ends, len(s.open.records)+end)
		}
		s.open.records = append(s.open.records, b.records...)
		s.next += int64(len(b.ends))
	}
	// A stop here leaves entries that are durable and whose sender does not know
	// it: it may send them again, and they are kept twice.
	for _, done := range b.done {
		done(err)
	}
	if cap(b.records) <= 2*maxPending {
		b.reset()
		s.spare = b
	}
	return err
}

// seal makes blocks of what is in the write-ahead log and of b, writes them and
// logs them.
func (s *Stream) seal(b batch) error {
	records, ends := s.open.records, s.open.ends
	for _, end := range b.ends {
		ends = append(ends, len(records)+end)
	}
	records = append(records, b.records...)
	first := s.next - int64(len(s.open.ends))
	blocks := s.sealAll(s.log.size, first, records, ends)
	for from := 0; from < len(blocks); {
		// Write the blocks that belong in one segment file.
		no := blocks[from].leaf.Number >> 8
		to := from
		var data []byte
		for ; to < len(blocks) && blocks[to].leaf.Number>>8 == no; to++ {
			if blocks[to].err != nil {
				return blocks[to].err
			}
			data = append(data, blocks[to].bytes...)
		}
		if err := s.openSegment(no); err != nil {
			return err
		}
		// A stop during this write leaves a block cut short at the end of the
		// segment, which recovery removes: its entries are either still in the
		// write-ahead log or were never acknowledged. A stop after it leaves
		// blocks that the log does not know yet: recovery adds them.
		if err := s.disk.writeAt(s.segment, data, s.segmentAt); err != nil {
			return err
		}
		s.count()
		s.segmentAt += int64(len(data))
		from = to
	}
	if s.log.size == s.log.published && len(blocks) > 0 {
		s.newSince = time.Now()
	}
	for _, block := range blocks {
		s.log.add(block.text)
		s.instant = block.leaf.Instant()
	}
	s.next = first + int64(len(ends))
	s.sealed = s.next
	s.open = batch{records: records[:0], ends: ends[:0]}
	if cap(records) > 4*s.opt.BlockBytes {
		s.open = batch{}
	}
	// From here on the write-ahead log is written over: what it holds is in
	// blocks, and recovery passes over it by its numbers.
	s.wal.reset()
	return nil
}

// openSegment opens the segment file of a number for the next block.
func (s *Stream) openSegment(no int64) error {
	if s.segment != nil && s.segmentNo == no {
		return nil
	}
	if s.segment != nil {
		if err := s.segment.Close(); err != nil {
			return err
		}
		s.segment = nil
	}
	path := filepath.Join(s.dir, filepath.FromSlash(evidence.SegmentPath(no)))
	if err := s.disk.makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		// A stop before this leaves no file, or an empty one: both are a segment
		// without blocks.
		err = s.disk.syncDir(filepath.Dir(path))
	}
	if err != nil {
		f.Close()
		return err
	}
	s.segment, s.segmentNo, s.segmentAt = f, no, info.Size()
	return nil
}

// publish signs for all the blocks sealed so far.
func (s *Stream) publish() error {
	_, err := s.log.publish(s.key.signer)
	return err
}

// fail stops the intake for good: after an error of the disk nobody knows what
// is on it, so nothing more is acknowledged until the vault is opened again and
// has looked.
func (s *Stream) fail(err error) {
	s.mu.Lock()
	s.failed = fmt.Errorf("the vault stopped: %w", err)
	waiting := s.pending.done
	s.pending = &batch{}
	s.room.Broadcast()
	failed := s.failed
	s.mu.Unlock()
	for _, done := range waiting {
		done(failed)
	}
}

func (s *Stream) count() {
	s.mu.Lock()
	s.stats.Syncs++
	s.mu.Unlock()
}

func (s *Stream) report() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Durable, s.stats.Sealed, s.stats.Leaves = s.next, s.sealed, s.log.published
}

// checkSpace refuses new entries before the disk is full, while there is room
// for what was accepted.
func (s *Stream) checkSpace() {
	if s.opt.MinFree < 0 {
		return
	}
	free, err := freeBytes(s.dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = err == nil && free < s.opt.MinFree
	if s.full {
		s.room.Broadcast()
	}
}

// do runs something in the writer, with nothing left to be sealed.
func (s *Stream) do(order func() error) error {
	result := make(chan error, 1)
	select {
	case s.control <- func() error {
		err := order()
		result <- err
		return err
	}:
	case <-s.stopped:
		return s.whyStopped()
	}
	select {
	case err := <-result:
		return err
	case <-s.stopped:
		select {
		case err := <-result:
			return err
		default:
			return s.whyStopped()
		}
	}
}

func (s *Stream) whyStopped() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	return ErrClosed
}

// Flush seals and publishes what was accepted.
func (s *Stream) Flush() error { return s.do(s.publish) }

// Close seals and publishes what was accepted, and ends.
func (s *Stream) Close() error {
	s.mu.Lock()
	s.closing = true
	s.room.Broadcast()
	s.mu.Unlock()
	s.signal()
	<-s.stopped
	s.mu.Lock()
	err := s.failed
	s.mu.Unlock()
	return errors.Join(err, s.closeFiles())
}

func (s *Stream) closeFiles() error {
	var errs []error
	if s.wal != nil {
		errs = append(errs, s.wal.file.Close())
	}
	if s.segment != nil {
		errs = append(errs, s.segment.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// VKey returns the public key that signs now.
func (s *Stream) VKey() string { return s.key.public }

// Dir returns the folder of the stream, as evidence.VerifyStream reads it.
func (s *Stream) Dir() string { return s.dir }
