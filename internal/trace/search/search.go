package search

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
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

// Search gives the entries that a query finds, the newest first, at most limit (all
// when it is negative), until emit says no. It returns the Query.Before of those that
// follow, 0 when there are none.
func (x *Index) Search(ctx context.Context, q Query, limit int, emit func(Hit) bool) (next int64, err error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	blocks := x.chosen(q)
	slices.Reverse(blocks)
	most := math.MaxInt
	if limit >= 0 && limit < most {
		most = limit + 1 // to know whether there are more
	}
	// One block has enough of what is common; what is rare is searched in many blocks
	// at once, of one segment: another may be elsewhere, and out of reach.
	atOnce := 64
	if most > 10_000 { // so that what is found stays small
		atOnce = 4
	}
	for n := 1; len(blocks) > 0; {
		n = min(n, len(blocks))
		for blocks[n-1].segment != blocks[0].segment {
			n--
		}
		hits, err := x.hits(ctx, blocks[:n], q, most)
		if err != nil {
			return 0, err
		}
		blocks = blocks[n:]
		if len(hits) == 0 {
			n = min(2*n, atOnce)
		}
		for _, h := range hits {
			if limit == 0 {
				return next, nil
			}
			limit, most = limit-1, most-1
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
		hits, err := x.hits(ctx, []chosenBlock{b}, q, math.MaxInt)
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

// hits are the newest entries of some blocks that a query finds, at most so many,
// the newest first.
func (x *Index) hits(ctx context.Context, blocks []chosenBlock, q Query, most int) (hits []Hit, err error) {
	var mu sync.Mutex
	places := map[*block][]int32{}
	newest := map[*group][]Hit{}
	err = x.scan(ctx, blocks, q, func(*group) bool { return true }, func(f io.ReaderAt, b *block, g *group, entry int, e *evidence.Entry) error {
		mu.Lock()
		defer mu.Unlock()
		if places[b] == nil {
			var err error
			if places[b], err = positions(f, b); err != nil {
				return err
			}
		}
		if g.first+entry >= len(places[b]) {
			return errSidecar
		}
		number := b.first + int64(places[b][g.first+entry])
		if q.Before != 0 && number >= q.Before || number < q.Since {
			return nil
		}
		list := append(newest[g], Hit{Entry: number, Received: e.Received, Source: e.Source, Raw: bytes.Clone(e.Raw)})
		if len(list)/2 >= most { // those of a group come in order
			list = append(list[:0], list[len(list)-most:]...)
		}
		newest[g] = list
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, list := range newest {
		hits = append(hits, list...)
	}
	slices.SortFunc(hits, func(a, b Hit) int { return int(b.Entry - a.Entry) })
	hits = hits[:min(len(hits), most)]
	for i := range hits {
		hit := &hits[i]
		h := line.Parse(hit.Raw, hit.Received)
		hit.Host, hit.App = string(h.Host), string(h.App)
		if a, ok := access.Parse(h, hit.Raw); ok {
			hit.Access = &a
		}
	}
	return hits, nil
}

// positions are the places of the entries of a block, group after group.
func positions(f io.ReaderAt, b *block) ([]int32, error) {
	head, _, err := evidence.SkipBlock(io.NewSectionReader(f, b.at, b.end()-b.at))
	if err != nil {
		return nil, err
	}
	return evidence.NewBlockReader().Positions(head)
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
	err = x.scan(ctx, x.chosen(q), q, func(g *group) bool { return !q.counted(g, step, add) }, func(_ io.ReaderAt, _ *block, _ *group, _ int, e *evidence.Entry) error {
		add(e.Received, 1)
		return nil
	})
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
	length, times := g.times()
	inOne := step == 0 || g.from/step == g.to/step
	if t := q.terms[0]; len(q.terms) == 1 && t.token && (inOne || times > 1 && step%length == 0) {
		counts, known := g.counted(t.kind, t.hashes[0], times)
		for i, n := range counts {
			if n > 0 {
				add(max(g.from, (g.from/length+int64(i))*length), int64(n))
			}
		}
		return known
	}
	return false
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
	dec   *zstd.Decoder
	frame []byte
	plain []byte
	lower []byte
}

// scan reads the groups of blocks that may hold what a query finds and that want
// says to read, and gives each entry found, with its segment and its place in the
// group. Found is called by several goroutines.
func (x *Index) scan(ctx context.Context, blocks []chosenBlock, q Query, want func(*group) bool, found func(f io.ReaderAt, b *block, g *group, entry int, e *evidence.Entry) error) error {
	files := map[int64]trace.Segment{}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	var buf []byte
	for _, b := range blocks {
		for i := range b.groups {
			g := &b.groups[i]
			if q.From != 0 && g.to < q.From || q.To != 0 && g.from > q.To {
				continue
			}
			if !want(g) {
				continue
			}
			may, err := q.may(g, &buf)
			if err != nil {
				return errors.Join(err, workers.Wait())
			}
			if !may {
				continue
			}
			if working.Err() != nil {
				break
			}
			f := files[b.segment]
			if f == nil {
				if f, err = x.folder.Segment(b.segment); err != nil {
					return errors.Join(err, workers.Wait())
				}
				files[b.segment] = f
			}
			workers.Go(func() error {
				if err := working.Err(); err != nil {
					return err
				}
				s := scanners.Get().(*scanner)
				defer scanners.Put(s)
				if err := s.scan(f, b.block, g, q, found); err != nil {
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
func (q *Query) may(g *group, buf *[]byte) (bool, error) {
	for _, t := range q.terms {
		for _, h := range t.hashes {
			if may, err := g.filter.may(h, buf); err != nil || !may {
				return false, err
			}
		}
	}
	return true, nil
}

func (s *scanner) scan(f io.ReaderAt, b *block, g *group, q Query, found func(f io.ReaderAt, b *block, g *group, entry int, e *evidence.Entry) error) error {
	s.frame = slices.Grow(s.frame[:0], g.compressed)[:g.compressed]
	if _, err := f.ReadAt(s.frame, g.frame); err != nil {
		return err
	}
	var err error
	if s.plain, err = s.dec.DecodeAll(s.frame, s.plain[:0]); err != nil {
		return err
	}
	needle, folded := q.needle(g)
	lowered := q.lowered()
	text := s.plain
	if folded || lowered && len(needle) == 0 {
		s.lower = lower(s.lower[:0], s.plain)
	}
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
		_, n, err := evidence.SkipRecord(s.plain[at:])
		if err != nil {
			return err
		}
		stop := at + n
		if len(needle) > 0 && next >= stop {
			at = stop
			continue
		}
		e, _, err := evidence.CutRecord(s.plain[at:stop])
		if err != nil {
			return err
		}
		var low []byte
		switch {
		case folded || lowered && len(needle) == 0:
			low = s.lower[stop-1-len(e.Raw) : stop-1] // a record ends with its text and a new line
		case lowered:
			s.lower = lower(s.lower[:0], e.Raw)
			low = s.lower
		}
		if q.matches(&e, low) {
			if err := found(f, b, g, entry, &e); err != nil {
				return err
			}
		}
		at, next = stop, stop
	}
	return nil
}
