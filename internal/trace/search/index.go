// Package search finds events in the vault of traces: by words, phrases, host,
// application, source, time and regular expression, and counts them over time. It
// serves 9.7.3, 9.11.3 and 9.13.2.
//
// Beside the sealed blocks it keeps an index that is made of them alone, can be
// removed and is made again: no proof stands on it, and what it says is always
// looked up in the block. For each group of a block (entries that are compressed
// together) it holds a filter of the tokens, the entries per minute, and in how
// many entries each frequent token is. Entries are seen once sealed, which takes
// ten seconds by default.
package search

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/access"
	"vigie.example/internal/trace/line"
)

// An Index is what is known of the blocks of one stream. Its methods may be
// called at the same time.
type Index struct {
	dir    string // of the stream
	folder *trace.Folder

	mu       sync.RWMutex
	segments map[int64]*segment
}

// A segment is one file of blocks.
type segment struct {
	number  int64
	blocks  []block
	end     int64       // of the blocks indexed, in the file
	sidecar *os.File    // nil when nothing is kept of it
	kept    int64       // bytes of the sidecar that hold
	memory  bool        // some blocks are indexed in memory alone
	write   bool        // the sidecar is open for writing
	seen    fs.FileInfo // of the file when all of it was taken
}

// A block is where its groups are.
type block struct {
	leaf     int64
	at, head int64  // where it begins, and the length of what is before its frames
	sum      uint32 // of its head, which says that it is still there
	first    int64  // number of its first entry
	entries  int64
	from, to int64 // instants
	groups   []group
}

// outcomes are what access: finds beside the activities: all, and how they ended.
var outcomes = []string{"any", "succeeded", "failed"}

// eachName gives the names by which an event of access is found.
func eachName(e access.Event, name func(kind byte, name string)) {
	name(kindAccess, outcomes[0])
	if e.Failed {
		name(kindAccess, outcomes[2])
	} else {
		name(kindAccess, outcomes[1])
	}
	name(kindAccess, e.Activity)
	for _, n := range []string{e.User, e.Actor} {
		if n != "" {
			name(kindUser, n)
		}
	}
	if e.Address != "" {
		name(kindFrom, e.Address)
	}
}

// A group is entries compressed together.
type group struct {
	frame             int64 // in the segment
	compressed, plain int
	from, to          int64    // instants
	minutes           []int64  // minute, entries, minute, entries …
	frequent          []uint64 // hashes of frequent tokens, in order
	counts            []uint32 // entries that hold each
	places            []byte   // of the entries in the block: differences as varints
	filter            io.ReaderAt
	filterAt          int64
	filterBlocks      int
}

const (
	sidecarMagic = "VGX3\n"
	minute       = int64(time.Minute / time.Microsecond)
	frequentOf   = 64 // a token in one entry of so many is frequent
	frequentMin  = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Kinds of tokens of fields.
const (
	kindHost   = 'h'
	kindApp    = 'a'
	kindSource = 's'
	kindUser   = 'u' // of an event of access: whose account, or who acts
	kindAccess = 'x' // its activity, "failed" or "succeeded", and "any"
	kindFrom   = 'f' // its address
)

// Open returns the index of the stream in a folder, up to its last block. What
// the index lacks is made in memory; Build keeps it.
func Open(dir string) (*Index, error) {
	x := &Index{dir: dir, folder: trace.OpenFolder(dir), segments: map[int64]*segment{}}
	if err := x.Refresh(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// Keep is Open that writes what it makes, as Build does.
func Keep(dir string) (*Index, error) {
	x := &Index{dir: dir, folder: trace.OpenFolder(dir), segments: map[int64]*segment{}}
	if err := x.Build(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// Close gives the files back.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	var err error
	for _, s := range x.segments {
		if s.sidecar != nil {
			err = errors.Join(err, s.sidecar.Close())
		}
	}
	x.segments = map[int64]*segment{}
	return err
}

// Refresh takes the blocks that were sealed since.
func (x *Index) Refresh() error { return x.update(false) }

// Build is Refresh that writes what it makes beside the blocks. One program does
// so for a stream: another that tries is refused.
func (x *Index) Build() error { return x.update(true) }

func (x *Index) update(write bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if write {
		unlock, err := lock(x.dir)
		if err != nil {
			return err
		}
		defer unlock()
	}
	numbers, err := x.folder.Segments()
	if err != nil {
		return err
	}
	there := map[int64]bool{}
	for _, n := range numbers {
		there[n] = true
		if err := x.updateSegment(n, write); err != nil {
			return err
		}
	}
	for n, s := range x.segments { // pruned
		if !there[n] {
			if s.sidecar != nil {
				s.sidecar.Close()
			}
			delete(x.segments, n)
			if write {
				if err := os.Remove(x.sidecarPath(n)); err != nil && !errors.Is(err, os.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}

// lock takes the index of a stream for this program alone.
func lock(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "index"), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "index", "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if trace.LockFile(f) != nil {
		return nil, errors.Join(trace.ErrBusy, f.Close())
	}
	return f.Close, nil
}

// Forget removes the index of the stream in a folder; Build makes it again.
func Forget(dir string) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	files, err := filepath.Glob(filepath.Join(dir, "index", "*.vgx"))
	for _, path := range files {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (x *Index) sidecarPath(n int64) string {
	return filepath.Join(x.dir, "index", fmt.Sprintf("%08d.vgx", n))
}

// updateSegment indexes what a segment holds more than is known of it.
func (x *Index) updateSegment(n int64, write bool) error {
	info, err := x.folder.StatSegment(n)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s := x.segments[n]
	remake := s == nil || write && (s.memory || !s.write || !s.stillThere(x.sidecarPath(n)))
	if !remake && s.seen != nil && os.SameFile(s.seen, info) && s.seen.Size() == info.Size() && s.seen.ModTime().Equal(info.ModTime()) {
		return nil
	}
	f, err := x.folder.Segment(n)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if remake || !s.holds(f) {
		if s != nil && s.sidecar != nil {
			s.sidecar.Close()
		}
		if s, err = x.load(n, f, write); err != nil {
			return err
		}
		x.segments[n] = s
	}
	file, err := f.Stat()
	if err != nil {
		return err
	}
	if file.Size() <= s.end {
		s.seen = info
		return nil
	}
	if _, err := f.Seek(s.end, io.SeekStart); err != nil {
		return err
	}
	var m maker
	for {
		b, size, err := evidence.ReadBlock(f)
		if errors.Is(err, trace.ErrBucket) {
			return err
		}
		if err != nil { // the end, or a block that is being written
			return nil
		}
		head, sum := size, [4]byte{}
		for _, g := range b.Groups {
			head -= int64(g.Compressed)
		}
		if _, err := f.ReadAt(sum[:], s.end+head-4); err != nil {
			return err
		}
		text, err := m.encode(b, s.end, head, sum)
		if err != nil {
			return fmt.Errorf("segment %d: %w", n, err)
		}
		var src io.ReaderAt = bytes.NewReader(text)
		at := int64(0)
		s.memory = s.memory || !write
		if write {
			record := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
			record = binary.LittleEndian.AppendUint32(record, crc32.Checksum(text, castagnoli))
			if _, err := s.sidecar.WriteAt(append(record, text...), s.kept); err != nil {
				return err
			}
			src, at = s.sidecar, s.kept+8
			s.kept += 8 + int64(len(text))
		}
		made, err := decode(text, src, at)
		if err != nil {
			return err
		}
		s.blocks = append(s.blocks, made)
		s.end += size
	}
}

// load reads the sidecar of a segment as far as it holds. One that is for writing
// is kept open for that.
func (x *Index) load(n int64, blocks io.ReaderAt, write bool) (*segment, error) {
	s := &segment{number: n, write: write}
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR | os.O_CREATE
	}
	f, err := os.OpenFile(x.sidecarPath(n), flag, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	s.sidecar = f
	data, err := os.ReadFile(x.sidecarPath(n))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !bytes.HasPrefix(data, []byte(sidecarMagic)) { // new, or not ours: made again
		if !write {
			return s, nil
		}
		data = []byte(sidecarMagic)
		if _, err := f.WriteAt(data, 0); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	s.kept = int64(len(sidecarMagic))
	for rest := data[s.kept:]; len(rest) >= 8; {
		size := int(binary.LittleEndian.Uint32(rest))
		if size > len(rest)-8 || crc32.Checksum(rest[8:8+size], castagnoli) != binary.LittleEndian.Uint32(rest[4:]) {
			break
		}
		b, err := decode(rest[8:8+size], f, s.kept+8)
		if err != nil || b.at != s.end || !b.there(blocks) {
			break
		}
		s.blocks = append(s.blocks, b)
		s.end = b.end()
		s.kept += 8 + int64(size)
		rest = rest[8+size:]
	}
	if write {
		return s, s.sidecar.Truncate(s.kept)
	}
	return s, nil
}

func (b *block) end() int64 {
	at := b.at + b.head
	for _, g := range b.groups {
		at += int64(g.compressed)
	}
	return at
}

// there says whether the segment still has the block where it was: pruning moves
// blocks.
func (b *block) there(f io.ReaderAt) bool {
	var sum [4]byte
	_, err := f.ReadAt(sum[:], b.at+b.head-4)
	return err == nil && binary.LittleEndian.Uint32(sum[:]) == b.sum
}

// stillThere says whether the sidecar that is open is the one in the folder: the
// index may have been made again by another program.
func (s *segment) stillThere(path string) bool {
	mine, err := s.sidecar.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

func (s *segment) holds(f io.ReaderAt) bool {
	return !slices.ContainsFunc(s.blocks, func(b block) bool { return !b.there(f) })
}

// A maker indexes blocks and keeps its memory from one to the next.
type maker struct {
	reader *evidence.BlockReader
	tally  tally
	lower  []byte
}

// encode indexes a block that begins at an offset of its segment, with a head of
// some length and checksum.
func (m *maker) encode(b *evidence.Block, at, head int64, sum [4]byte) ([]byte, error) {
	if m.reader == nil {
		m.reader = evidence.NewBlockReader()
	}
	positions, err := m.reader.Positions(b)
	if err != nil {
		return nil, err
	}
	positions = slices.Clone(positions)
	l := b.Leaf.Block
	out := binary.AppendUvarint(nil, uint64(b.Leaf.Number))
	for _, n := range []int64{at, head, l.First, l.Entries, l.From, l.To, int64(len(b.Groups))} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	out = append(out, sum[:]...)
	frame := at + head
	for i, g := range b.Groups {
		plain, err := m.reader.Group(b, i)
		if err != nil {
			return nil, err
		}
		if out, err = m.group(out, plain, frame, g, positions[:g.Entries]); err != nil {
			return nil, err
		}
		positions = positions[g.Entries:]
		frame += int64(g.Compressed)
	}
	return out, nil
}

func (m *maker) group(out, plain []byte, frame int64, g evidence.Group, places []int32) ([]byte, error) {
	m.tally.reset()
	from, to := int64(0), int64(0)
	var minutes []int64
	entry := uint32(0)
	for rest := plain; len(rest) > 0; entry++ {
		e, n, err := evidence.CutRecord(rest)
		if err != nil {
			return nil, err
		}
		rest = rest[n:]
		if entry == 0 {
			from = e.Received
		}
		to = e.Received
		if k := len(minutes); k == 0 || minutes[k-2] != e.Received/minute {
			minutes = append(minutes, e.Received/minute, 0)
		}
		minutes[len(minutes)-1]++
		m.lower = lower(m.lower[:0], e.Raw)
		tokens(m.lower, func(start, end int) {
			if end-start <= maxToken {
				m.tally.add(hashOf(0, m.lower[start:end]), entry)
			}
		})
		h := line.Parse(e.Raw, e.Received)
		for _, field := range []struct {
			kind byte
			text []byte
		}{{kindHost, h.Host}, {kindApp, h.App}, {kindSource, []byte(e.Source)}} {
			if len(field.text) > 0 {
				m.lower = lower(m.lower[:0], field.text)
				m.tally.add(hashOf(field.kind, m.lower), entry)
			}
		}
		if a, ok := access.Parse(h, e.Raw); ok {
			eachName(a, func(kind byte, name string) { m.tally.add(hashOf(kind, []byte(name)), entry) })
		}
	}
	for _, n := range []int64{frame, int64(g.Compressed), int64(g.Plain), from, to - from, int64(len(minutes) / 2)} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	before := int64(0)
	for i := 0; i < len(minutes); i += 2 {
		out = binary.AppendUvarint(out, uint64(minutes[i]-before))
		out = binary.AppendUvarint(out, uint64(minutes[i+1]))
		before = minutes[i]
	}
	type many struct {
		hash  uint64
		count uint32
	}
	var frequent []many
	for i, k := range m.tally.keys {
		if c := m.tally.count[i]; c >= max(frequentMin, entry/frequentOf) {
			frequent = append(frequent, many{k, c})
		}
	}
	slices.SortFunc(frequent, func(a, b many) int {
		if a.hash < b.hash {
			return -1
		}
		return 1
	})
	out = binary.AppendUvarint(out, uint64(len(frequent)))
	for _, f := range frequent {
		out = binary.LittleEndian.AppendUint64(out, f.hash)
		out = binary.AppendUvarint(out, uint64(f.count))
	}
	var order []byte
	last := int32(0)
	for _, p := range places {
		order = binary.AppendUvarint(order, uint64(p-last))
		last = p
	}
	out = binary.AppendUvarint(out, uint64(len(order)))
	out = append(out, order...)
	filter := filterOf(&m.tally)
	out = binary.AppendUvarint(out, uint64(len(filter)/filterBlock))
	return append(out, filter...), nil
}

var errSidecar = errors.New("the index is damaged")

// decode reads one block of a sidecar; src holds its bytes from at on.
func decode(text []byte, src io.ReaderAt, at int64) (b block, err error) {
	rest := text
	failed := false
	number := func() int64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 || v > 1<<62 {
			failed, rest = true, nil
			return 0
		}
		rest = rest[n:]
		return int64(v)
	}
	take := func(n int64) []byte {
		if n < 0 || n > int64(len(rest)) {
			failed, rest = true, nil
			return nil
		}
		out := rest[:n]
		rest = rest[n:]
		return out
	}
	b.leaf, b.at, b.head, b.first, b.entries, b.from, b.to = number(), number(), number(), number(), number(), number(), number()
	groups := number()
	if sum := take(4); sum != nil {
		b.sum = binary.LittleEndian.Uint32(sum)
	}
	for range groups {
		if failed {
			return b, errSidecar
		}
		g := group{filter: src}
		g.frame, g.compressed, g.plain = number(), int(number()), int(number())
		g.from = number()
		g.to = g.from + number()
		before := int64(0)
		for n := number(); n > 0 && !failed; n-- {
			before += number()
			g.minutes = append(g.minutes, before, number())
		}
		for n := number(); n > 0 && !failed; n-- {
			if hash := take(8); hash != nil {
				g.frequent = append(g.frequent, binary.LittleEndian.Uint64(hash))
				g.counts = append(g.counts, uint32(number()))
			}
		}
		g.places = slices.Clone(take(number()))
		g.filterBlocks = int(number())
		g.filterAt = at + int64(len(text)-len(rest))
		take(int64(g.filterBlocks) * filterBlock)
		if g.filterBlocks < 1 || g.plain < 0 || g.plain > evidence.MaxBytes || g.compressed < 0 || g.compressed > evidence.MaxBytes {
			failed = true
		}
		b.groups = append(b.groups, g)
	}
	if failed || len(rest) != 0 {
		return b, errSidecar
	}
	return b, nil
}

// may says whether the group may hold a token, by its filter.
func (g *group) may(hash uint64) (bool, error) {
	var at [filterBlock]byte
	if _, err := g.filter.ReadAt(at[:], g.filterAt+int64(filterAt(hash, g.filterBlocks))); err != nil {
		return false, err
	}
	return filterHas(at[:], hash), nil
}

// exactly returns in how many entries a frequent token is.
func (g *group) exactly(hash uint64) (int64, bool) {
	i, found := slices.BinarySearch(g.frequent, hash)
	if !found {
		return 0, false
	}
	return int64(g.counts[i]), true
}
