package search

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"

	"vigie.example/evidence"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/access"
	"vigie.example/internal/trace/line"
)

// A Hit is an entry that was found.
type Hit struct {
	Entry     int64 // its number, by which it is proved
	Received  int64 // microseconds since 1970
	Source    string
	Host, App string // as the message says; "" when it does not
	Raw       []byte
	Access    *access.Event // nil when it is not one
}

// Search gives the entries that a query finds, the newest first, at most limit,
// until emit says no. It returns the Query.Before of those that follow, 0 when
// there are none.
func (x *Index) Search(ctx context.Context, q Query, limit int, emit func(Hit) bool) (next int64, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	blocks := x.chosen(q)
	slices.Reverse(blocks)
	for _, b := range blocks {
		hits, err := x.hits(ctx, b, q)
		if err != nil {
			return 0, err
		}
		for _, h := range hits {
			if limit == 0 {
				return next, nil
			}
			limit--
			next = h.Entry
			if !emit(h) {
				return next, nil
			}
		}
	}
	return 0, nil
}

// Walk gives the entries that a query finds, the oldest first, until emit says no.
func (x *Index) Walk(ctx context.Context, q Query, emit func(Hit) bool) error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, b := range x.chosen(q) {
		hits, err := x.hits(ctx, b, q)
		if err != nil {
			return err
		}
		for _, h := range slices.Backward(hits) {
			if !emit(h) {
				return nil
			}
		}
	}
	return nil
}

// First gives the oldest entry that a query finds, and whether there is one.
func (x *Index) First(ctx context.Context, q Query) (first Hit, found bool, err error) {
	err = x.Walk(ctx, q, func(h Hit) bool {
		first, found = h, true
		return false
	})
	return first, found, err
}

// hits are the entries of a block that a query finds, the newest first.
func (x *Index) hits(ctx context.Context, b chosenBlock, q Query) (hits []Hit, err error) {
	var mu sync.Mutex
	err = x.scan(ctx, []chosenBlock{b}, q, func(g *group) bool { return true }, func(g *group, entry int, e *evidence.Entry, places []int32) {
		number := b.first + int64(places[entry])
		if q.Before != 0 && number >= q.Before || number < q.Since {
			return
		}
		h := line.Parse(e.Raw, e.Received)
		hit := Hit{Entry: number, Received: e.Received, Source: e.Source, Host: string(h.Host), App: string(h.App), Raw: bytes.Clone(e.Raw)}
		if a, ok := access.Parse(h, hit.Raw); ok {
			hit.Access = &a
		}
		mu.Lock()
		hits = append(hits, hit)
		mu.Unlock()
	})
	slices.SortFunc(hits, func(a, b Hit) int { return int(b.Entry - a.Entry) })
	return hits, err
}

// Bounds returns the instants of the first and the last entry, and how many there
// are.
func (x *Index) Bounds() (from, to, entries int64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, b := range x.chosen(Query{}) {
		if from == 0 {
			from = b.from
		}
		to, entries = max(to, b.to), entries+b.entries
	}
	return from, to, entries
}

// A Bucket is how many entries were received in a time.
type Bucket struct {
	At    int64 // its beginning, in microseconds since 1970
	Count int64
}

// Count counts the entries that a query finds, in all and by times of a length, in
// order; empty times are left out. A length of 0 counts in all alone.
func (x *Index) Count(ctx context.Context, q Query, length time.Duration) (total int64, out []Bucket, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	step := length.Microseconds()
	counts := map[int64]int64{}
	var mu sync.Mutex
	add := func(at, n int64) {
		if step > 0 {
			at -= at % step
		} else {
			at = 0
		}
		mu.Lock()
		counts[at] += n
		mu.Unlock()
	}
	err = x.scan(ctx, x.chosen(q), q, func(g *group) bool { return !q.counted(g, step, add) }, func(_ *group, _ int, e *evidence.Entry, _ []int32) { add(e.Received, 1) })
	if err != nil {
		return 0, nil, err
	}
	for at, n := range counts {
		total += n
		out = append(out, Bucket{at, n})
	}
	slices.SortFunc(out, func(a, b Bucket) int { return int((a.At - b.At) / max(step, 1)) })
	if step == 0 {
		out = nil
	}
	return total, out, nil
}

// counted counts a group by what the index says of it alone, where that is exact.
func (q *Query) counted(g *group, step int64, add func(at, n int64)) bool {
	if q.Before != 0 || q.Since != 0 || q.From != 0 && g.from < q.From || q.To != 0 && g.to > q.To {
		return false
	}
	if len(q.terms) == 0 {
		if step%minute != 0 {
			return false
		}
		for i := 0; i < len(g.minutes); i += 2 {
			add(g.minutes[i]*minute, g.minutes[i+1])
		}
		return true
	}
	t := q.terms[0]
	if len(q.terms) > 1 || t.not || t.re != nil || len(t.hashes) != 1 || t.kind == 0 && t.level == other || step > 0 && g.from-g.from%step != g.to-g.to%step {
		return false
	}
	n, exact := g.exactly(t.hashes[0])
	if exact {
		add(g.from, n)
	}
	return exact
}

// A chosenBlock is a block that may hold what is searched.
type chosenBlock struct {
	*block
	segment int64
}

// chosen returns the blocks of the times and numbers that a query wants, in order.
func (x *Index) chosen(q Query) (out []chosenBlock) {
	for _, s := range x.segments {
		for i := range s.blocks {
			b := &s.blocks[i]
			if q.From != 0 && b.to < q.From || q.To != 0 && b.from > q.To || q.Before != 0 && b.first >= q.Before || b.first+b.entries <= q.Since {
				continue
			}
			out = append(out, chosenBlock{b, s.number})
		}
	}
	slices.SortFunc(out, func(a, b chosenBlock) int { return int(a.leaf - b.leaf) })
	return out
}

// scanners keep the memory of scans.
var scanners = sync.Pool{New: func() any {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(evidence.MaxBytes+1<<20))
	if err != nil {
		panic(err) // options are constants
	}
	return &scanner{dec: dec}
}}

type scanner struct {
	dec    *zstd.Decoder
	frame  []byte
	plain  []byte
	lower  []byte
	places []int32
}

// scan reads the groups of blocks that may hold what a query finds and that want
// says to read, and gives each entry found: its place in the group, and the places
// of the entries of the group in the block. Found is called by several goroutines.
func (x *Index) scan(ctx context.Context, blocks []chosenBlock, q Query, want func(*group) bool, found func(g *group, entry int, e *evidence.Entry, places []int32)) error {
	files := map[int64]trace.Segment{}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for _, b := range blocks {
		f := files[b.segment]
		if f == nil {
			var err error
			if f, err = x.folder.Segment(b.segment); err != nil {
				return err
			}
			files[b.segment] = f
		}
		for i := range b.groups {
			g := &b.groups[i]
			if q.From != 0 && g.to < q.From || q.To != 0 && g.from > q.To {
				continue
			}
			may, err := q.may(g)
			if err != nil {
				return err
			}
			if !may || !want(g) {
				continue
			}
			if working.Err() != nil {
				break
			}
			workers.Go(func() error {
				if err := working.Err(); err != nil {
					return err
				}
				s := scanners.Get().(*scanner)
				defer scanners.Put(s)
				if err := s.scan(f, g, q, found); err != nil {
					return fmt.Errorf("block %d: %w", b.leaf, err)
				}
				return nil
			})
		}
	}
	if err := workers.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// may says whether a group may hold what the query finds.
func (q *Query) may(g *group) (bool, error) {
	for _, t := range q.terms {
		for _, h := range t.hashes {
			if may, err := g.may(h); err != nil || !may {
				return false, err
			}
		}
	}
	return true, nil
}

func (s *scanner) scan(f io.ReaderAt, g *group, q Query, found func(g *group, entry int, e *evidence.Entry, places []int32)) error {
	s.frame = slices.Grow(s.frame[:0], g.compressed)[:g.compressed]
	if _, err := f.ReadAt(s.frame, g.frame); err != nil {
		return err
	}
	var err error
	if s.plain, err = s.dec.DecodeAll(s.frame, s.plain[:0]); err != nil {
		return err
	}
	s.places = s.places[:0]
	last := int32(0)
	for rest := g.places; len(rest) > 0; {
		d, n := binary.Uvarint(rest)
		if n <= 0 {
			return errSidecar
		}
		rest, last = rest[n:], last+int32(d)
		s.places = append(s.places, last)
	}
	needle, folded := q.needle()
	s.lower = lower(s.lower[:0], s.plain)
	text := s.plain
	if folded {
		text = s.lower
	}
	next := 0 // where the needle is next
	at := 0
	for entry := 0; at < len(s.plain); entry++ {
		if len(needle) > 0 && next <= at {
			i := bytes.Index(text[at:], needle)
			if i < 0 {
				return nil
			}
			next = at + i
		}
		e, n, err := evidence.CutRecord(s.plain[at:])
		if err != nil {
			return err
		}
		stop := at + n
		if len(needle) == 0 || next < stop {
			raw := stop - 1 - len(e.Raw) // a record ends with its text and a new line
			if q.matches(&e, s.lower[raw:raw+len(e.Raw)]) {
				if entry >= len(s.places) {
					return errSidecar
				}
				found(g, entry, &e, s.places)
			}
			next = stop
		}
		at = stop
	}
	return nil
}
