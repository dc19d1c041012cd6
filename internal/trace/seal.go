package trace

import (
	"crypto/rand"
	"runtime"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"vigie.example/evidence"
	"vigie.example/internal/trace/line"
)

// Groups of a block: what applications say looks alike, so their entries are
// compressed together, and a search for a word of one need not read the others.
const (
	groupTarget = 1500 << 10 // plain bytes of a group
	groupLeast  = 96 << 10   // smaller ones go together
)

// A sealed block, before it is written.
type sealed struct {
	leaf  *evidence.Leaf
	text  []byte
	bytes []byte // as the segment file holds it
	err   error
}

// A sealer makes blocks and keeps its memory from one to the next.
type sealer struct {
	enc    *zstd.Encoder
	hashes []evidence.Hash
	apps   map[string]int
	group  []int32 // of each entry
	order  []int32
	plain  []byte
	frames []byte
}

func newSealer(level zstd.EncoderLevel) *sealer {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4<<20))
	if err != nil {
		panic(err) // options are constants
	}
	return &sealer{enc: enc, apps: map[string]int{}}
}

// seal makes the block of some records.
func (s *sealer) seal(leaf *evidence.Leaf, records []byte, ends []int) sealed {
	var secret evidence.Secret
	if _, err := rand.Read(secret[:]); err != nil {
		return sealed{err: err}
	}
	s.hashes = evidence.SealLeaf(leaf, secret, records, ends, s.hashes)
	groups := s.arrange(records, ends)
	s.frames = s.frames[:0]
	at := 0
	for i := range groups {
		g := &groups[i]
		s.plain = s.plain[:0]
		for _, e := range s.order[at : at+g.Entries] {
			s.plain = append(s.plain, recordOf(records, ends, int(e))...)
		}
		at += g.Entries
		before := len(s.frames)
		s.frames = s.enc.EncodeAll(s.plain, s.frames)
		g.Plain, g.Compressed = len(s.plain), len(s.frames)-before
	}
	text := leaf.Text()
	return sealed{leaf: leaf, text: text, bytes: evidence.AppendBlock(nil, text, secret, groups, s.order, s.frames, s.enc)}
}

func recordOf(records []byte, ends []int, i int) []byte {
	start := 0
	if i > 0 {
		start = ends[i-1]
	}
	return records[start:ends[i]]
}

// arrange fills s.order with the entries group after group, in order of receipt
// within each.
func (s *sealer) arrange(records []byte, ends []int) (groups []evidence.Group) {
	clear(s.apps)
	var count, size []int
	s.group = slices.Grow(s.group[:0], len(ends))[:len(ends)]
	for i := range ends {
		record := recordOf(records, ends, i)
		e, _, err := evidence.CutRecord(record)
		var app []byte
		if err == nil {
			app = line.Parse(e.Raw, e.Received).App
		}
		id, ok := s.apps[string(app)]
		if !ok {
			id = len(count)
			s.apps[string(app)] = id
			count, size = append(count, 0), append(size, 0)
		}
		s.group[i] = int32(id)
		count[id]++
		size[id] += len(record)
	}
	const small = -1
	first := make([]int, len(count)) // place of the next entry of a group, or small
	at, smallCount := 0, 0
	for id := range count {
		if size[id] < groupLeast {
			first[id] = small
			smallCount += count[id]
			continue
		}
		first[id] = at
		parts := (size[id] + groupTarget - 1) / groupTarget
		for p := range parts {
			if n := count[id]*(p+1)/parts - count[id]*p/parts; n > 0 {
				groups = append(groups, evidence.Group{Entries: n})
			}
		}
		at += count[id]
	}
	if smallCount > 0 {
		groups = append(groups, evidence.Group{Entries: smallCount})
	}
	s.order = slices.Grow(s.order[:0], len(ends))[:len(ends)]
	for i, id := range s.group {
		if first[id] == small {
			s.order[at] = int32(i)
			at++
			continue
		}
		s.order[first[id]] = int32(i)
		first[id]++
	}
	return groups
}

// sealAll makes the blocks of some records, several at once. Leaf numbers and
// entries follow on from those given.
func (s *Stream) sealAll(leaf, first int64, records []byte, ends []int) []sealed {
	var out []sealed
	type job struct {
		records []byte
		ends    []int
		leaf    *evidence.Leaf
	}
	var jobs []job
	blocks := (len(records) + s.opt.BlockBytes*3/2 - 1) / (s.opt.BlockBytes * 3 / 2)
	each := len(records)/max(blocks, 1) + 1
	from, start := 0, 0
	for i, end := range ends {
		last := i == len(ends)-1
		if !last && ends[i+1]-start <= each && i+1-from < evidence.MaxEntries {
			continue
		}
		j := job{records: records[start:end], ends: make([]int, i+1-from)}
		for k := range j.ends {
			j.ends[k] = ends[from+k] - start
		}
		j.leaf = &evidence.Leaf{Origin: s.opt.Origin, Number: leaf + int64(len(jobs)),
			Block: &evidence.BlockLeaf{First: first + int64(from), KeepMin: s.opt.KeepMin, KeepMax: s.opt.KeepMax}}
		jobs = append(jobs, j)
		from, start = i+1, end
	}
	out = make([]sealed, len(jobs))
	next := make(chan int, len(jobs))
	for i := range jobs {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		wg.Go(func() {
			sealer := s.sealers.Get().(*sealer)
			defer s.sealers.Put(sealer)
			for i := range next {
				out[i] = sealer.seal(jobs[i].leaf, jobs[i].records, jobs[i].ends)
			}
		})
	}
	wg.Wait()
	return out
}
