// Package search finds events in the vault of traces: by words, phrases, host,
// application, source, time and regular expression, and counts them over time. It
// serves 9.7.3, 9.11.3 and 9.13.2.
//
// Beside the sealed blocks it keeps an index that is made of them alone, can be
// removed and is made again: no proof stands on it, and what it says is always
// looked up in the block. For each group of a block (entries that are compressed
// together) it holds a filter of the tokens, the entries per minute, and in how
// many entries each host, application, source, activity and frequent word is.
// Entries are seen once sealed, which takes
// ten seconds by default.
package search

import (
	"bufio"
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

	"github.com/FastFilter/xorfilter"
	"github.com/klauspost/compress/zstd"

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
	first, entries    int      // place of its entries among those of the block, and how many
	from, to          int64    // instants
	minutes           []int64  // minute, entries, minute, entries …
	fields            counters // hosts, applications, sources, activities
	allFields         bool     // fields has every one
	hostsSaid         bool     // the counts of hosts are those of their names as words
	words             counters // frequent words, and names of accounts
	filter            filter
}

// Counters are in how many entries some tokens are, by times.
type counters struct {
	hashes []uint64 // in order
	counts []uint32 // of a token in each of the times, then of the next
}

const (
	sidecarMagic = "VGX4\n"
	minute       = int64(time.Minute / time.Microsecond)
	frequentOf   = 64 // a token in one entry of so many is frequent
	frequentMin  = 8
	mostFields   = 1000 // of a group, of which all are counted

	flagAllFields = 1
	flagHostsSaid = 2
)

// times returns the length of the times that the tokens of a group are counted by,
// and how many there are: short ones in short groups, so that there are few.
func (g *group) times() (length int64, n int) {
	for _, t := range []struct {
		length int64
		most   int
	}{{10 * minute, 2}, {60 * minute, 8}} {
		if n := g.to/t.length - g.from/t.length + 1; n <= int64(t.most) {
			return t.length, int(n)
		}
	}
	return 1 << 62, 1
}

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
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r := bufio.NewReaderSize(f, 1<<16)
	var magic [len(sidecarMagic)]byte
	_, err = io.ReadFull(r, magic[:])
	ours := err == nil && string(magic[:]) == sidecarMagic // or it is new, or another's: made again
	if !ours && !write {
		return s, nil
	}
	if !ours {
		if _, err := f.WriteAt([]byte(sidecarMagic), 0); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	s.kept = int64(len(sidecarMagic))
	var start [8]byte
	var text []byte
	for ours {
		if _, err := io.ReadFull(r, start[:]); err != nil {
			break
		}
		size := int64(binary.LittleEndian.Uint32(start[:]))
		if size > info.Size()-s.kept-8 {
			break
		}
		text = slices.Grow(text[:0], int(size))[:size]
		if _, err := io.ReadFull(r, text); err != nil || crc32.Checksum(text, castagnoli) != binary.LittleEndian.Uint32(start[4:]) {
			break
		}
		b, err := decode(text, f, s.kept+8)
		if err != nil || b.at != s.end || !b.there(blocks) {
			break
		}
		s.blocks = append(s.blocks, b)
		s.end = b.end()
		s.kept += 8 + size
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
	reader  *evidence.BlockReader
	words   tally
	fields  tally
	hosts   []uint64 // as words
	hidden  []uint64 // addresses that are no token of their entry, as those of the filter
	lower   []byte
	keys    []uint64
	builder xorfilter.BinaryFuseBuilder
}

// What the sidecar says of a block, but for filters, is compressed.
var (
	compressor, _   = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	decompressor, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(evidence.MaxBytes))
)

// encode indexes a block that begins at an offset of its segment, with a head of
// some length and checksum.
func (m *maker) encode(b *evidence.Block, at, head int64, sum [4]byte) ([]byte, error) {
	if m.reader == nil {
		m.reader = evidence.NewBlockReader()
	}
	l := b.Leaf.Block
	out := binary.AppendUvarint(nil, uint64(b.Leaf.Number))
	for _, n := range []int64{at, head, l.First, l.Entries, l.From, l.To, int64(len(b.Groups))} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	out = append(out, sum[:]...)
	frame := at + head
	var filters []byte
	for i, g := range b.Groups {
		plain, err := m.reader.Group(b, i)
		if err != nil {
			return nil, err
		}
		if out, filters, err = m.group(out, filters, plain, frame, g); err != nil {
			return nil, err
		}
		frame += int64(g.Compressed)
	}
	packed := compressor.EncodeAll(out, nil)
	out = binary.AppendUvarint(out[:0], uint64(len(packed)))
	return append(append(out, packed...), filters...), nil
}

func (m *maker) group(out, filters, plain []byte, frame int64, part evidence.Group) (newOut, newFilters []byte, err error) {
	m.words.reset()
	m.fields.reset()
	m.hosts, m.hidden = m.hosts[:0], m.hidden[:0]
	var g group
	if g.from, _, err = evidence.SkipRecord(plain); err != nil {
		return nil, nil, err
	}
	for rest := plain; len(rest) > 0; { // entries are in order
		received, n, err := evidence.SkipRecord(rest)
		if err != nil {
			return nil, nil, err
		}
		g.to, rest = received, rest[n:]
	}
	length, times := g.times()
	before := make([][2]tally, 0, times-1) // words and fields at the end of each time
	entry := uint32(0)
	for rest := plain; len(rest) > 0; entry++ {
		e, n, err := evidence.CutRecord(rest)
		if err != nil {
			return nil, nil, err
		}
		rest = rest[n:]
		if k := len(g.minutes); k == 0 || g.minutes[k-2] != e.Received/minute {
			g.minutes = append(g.minutes, e.Received/minute, 0)
		}
		g.minutes[len(g.minutes)-1]++
		for e.Received/length-g.from/length > int64(len(before)) {
			before = append(before, [2]tally{m.words.snapshot(), m.fields.snapshot()})
		}
		m.entry(&e, entry)
	}
	for _, n := range []int64{frame, int64(part.Compressed), int64(part.Plain), g.from, g.to - g.from, int64(len(g.minutes) / 2)} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	last := int64(0)
	for i := 0; i < len(g.minutes); i += 2 {
		out = binary.AppendUvarint(out, uint64(g.minutes[i]-last))
		out = binary.AppendUvarint(out, uint64(g.minutes[i+1]))
		last = g.minutes[i]
	}
	frequent := max(frequentMin, entry/frequentOf)
	least, flags := uint32(1), uint64(flagAllFields)
	if m.fields.used > mostFields {
		least, flags = frequent, 0
	}
	if m.hostsSaid(before) {
		flags |= flagHostsSaid
	}
	out = binary.AppendUvarint(out, flags)
	out = appendCounters(out, &m.fields, least, before, 1)
	out = appendCounters(out, &m.words, frequent, before, 0)
	m.keys = append(m.keys[:0], m.hidden...)
	for _, t := range []*tally{&m.words, &m.fields} {
		t.each(func(key uint64, _ uint32) { m.keys = append(m.keys, key) })
	}
	out, filters = appendFilter(out, filters, &m.builder, m.keys)
	return out, filters, nil
}

// entry counts the tokens of an entry.
func (m *maker) entry(e *evidence.Entry, entry uint32) {
	m.lower = lower(m.lower[:0], e.Raw)
	tokens(m.lower, func(start, end int) {
		if token := m.lower[start:end]; len(token) <= maxToken && !passing(token) {
			m.words.add(hashOf(0, token), entry)
		}
	})
	h := line.Parse(e.Raw, e.Received)
	a, isAccess := access.Parse(h, e.Raw)
	for _, field := range []struct {
		kind byte
		text []byte
	}{{kindHost, h.Host}, {kindApp, h.App}, {kindSource, []byte(e.Source)}} {
		if len(field.text) > 0 {
			m.lower = lower(m.lower[:0], field.text)
			key := hashOf(field.kind, m.lower)
			if field.kind == kindHost && m.fields.of(key) == 0 {
				m.hosts = append(m.hosts, hashOf(0, m.lower))
			}
			m.fields.add(key, entry)
		}
	}
	if !isAccess {
		return
	}
	eachName(a, func(kind byte, name string) {
		switch kind {
		case kindFrom: // nearly always a word of the text
			if key := hashOf(0, []byte(name)); !m.words.has(key, entry) {
				m.hidden = append(m.hidden, key)
			}
		case kindUser:
			m.words.add(hashOf(kind, []byte(name)), entry)
		default:
			m.fields.add(hashOf(kind, []byte(name)), entry)
		}
	})
}

// hostsSaid says whether counts of hosts are also those of their names as words.
func (m *maker) hostsSaid(before [][2]tally) bool {
	for _, h := range m.hosts {
		host := withKind(kindHost, h)
		if m.words.of(h) != m.fields.of(host) {
			return false
		}
		for i := range before {
			if before[i][0].of(h) != before[i][1].of(host) {
				return false
			}
		}
	}
	return true
}

// appendCounters appends the tokens that are in so many entries at least, and in
// how many they are in each of the times; before tells the tallies at the end of all
// times but the last.
func appendCounters(out []byte, t *tally, least uint32, before [][2]tally, which int) []byte {
	var hashes []uint64
	t.each(func(key uint64, count uint32) {
		if count >= least {
			hashes = append(hashes, key)
		}
	})
	slices.Sort(hashes)
	out = binary.AppendUvarint(out, uint64(len(hashes)))
	for _, h := range hashes {
		out = binary.LittleEndian.AppendUint64(out, h)
	}
	for _, h := range hashes {
		sum := uint32(0)
		for i := range before {
			n := before[i][which].of(h)
			out = binary.AppendUvarint(out, uint64(n-sum))
			sum = n
		}
		out = binary.AppendUvarint(out, uint64(t.of(h)-sum))
	}
	return out
}

var errSidecar = errors.New("the index is damaged")

// A cutter cuts numbers and bytes off a text.
type cutter struct {
	rest   []byte
	failed bool
}

func (c *cutter) number() int64 {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 || v > 1<<62 {
		c.failed, c.rest = true, nil
		return 0
	}
	c.rest = c.rest[n:]
	return int64(v)
}

func (c *cutter) take(n int64) []byte {
	if n < 0 || n > int64(len(c.rest)) {
		c.failed, c.rest = true, nil
		return nil
	}
	out := c.rest[:n]
	c.rest = c.rest[n:]
	return out
}

func (c *cutter) uint64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// counters cuts counters of some times. Groups of the same machines share their
// tokens with the group before.
func (c *cutter) counters(times int, before counters) (k counters) {
	n := c.number()
	if c.failed || n > int64(len(c.rest)/8) {
		c.failed = true
		return counters{}
	}
	k.hashes = make([]uint64, n)
	for i := range k.hashes {
		k.hashes[i] = c.uint64()
	}
	if slices.Equal(k.hashes, before.hashes) {
		k.hashes = before.hashes
	}
	k.counts = make([]uint32, len(k.hashes)*times)
	for i := range k.counts {
		k.counts[i] = uint32(c.number())
	}
	return k
}

// decode reads one block of a sidecar; src holds its bytes from at on.
func decode(text []byte, src io.ReaderAt, at int64) (b block, err error) {
	outer := cutter{rest: text}
	packed := outer.take(outer.number())
	plain, err := decompressor.DecodeAll(packed, nil)
	if outer.failed || err != nil {
		return b, errSidecar
	}
	filterAt, end := at+int64(len(text)-len(outer.rest)), at+int64(len(text))
	c := cutter{rest: plain}
	b.leaf, b.at, b.head, b.first, b.entries, b.from, b.to = c.number(), c.number(), c.number(), c.number(), c.number(), c.number(), c.number()
	groups := c.number()
	if sum := c.take(4); sum != nil {
		b.sum = binary.LittleEndian.Uint32(sum)
	}
	first := 0
	var last group
	for range groups {
		if c.failed {
			return b, errSidecar
		}
		g := group{first: first}
		g.frame, g.compressed, g.plain = c.number(), int(c.number()), int(c.number())
		g.from = c.number()
		g.to = g.from + c.number()
		before := int64(0)
		for n := c.number(); n > 0 && !c.failed; n-- {
			before += c.number()
			g.minutes = append(g.minutes, before, c.number())
			g.entries += int(g.minutes[len(g.minutes)-1])
		}
		first += g.entries
		flags := c.number()
		g.allFields, g.hostsSaid = flags&flagAllFields != 0, flags&flagHostsSaid != 0
		_, times := g.times()
		g.fields = c.counters(times, last.fields)
		g.words = c.counters(times, last.words)
		g.filter = filter{seed: c.uint64(), segment: uint32(c.number()), spread: uint32(c.number()), src: src, at: filterAt, places: int(c.number())}
		filterAt += g.filter.size()
		if g.filter.valid() != nil || filterAt > end || g.plain < 0 || g.plain > evidence.MaxBytes || g.compressed < 0 || g.compressed > evidence.MaxBytes {
			return b, errSidecar
		}
		b.groups = append(b.groups, g)
		last = g
	}
	if c.failed || len(c.rest) != 0 || filterAt != end {
		return b, errSidecar
	}
	return b, nil
}

// counted returns in how many entries of each time of the group a token is; false
// when that is not known.
func (g *group) counted(kind byte, hash uint64, times int) ([]uint32, bool) {
	from := &g.words
	isField := kind != 0 && kind != kindUser
	if isField {
		from = &g.fields
	}
	counts, found := from.of(hash, times)
	if !found && kind == 0 && g.hostsSaid {
		counts, found = g.fields.of(withKind(kindHost, hash), times)
	}
	return counts, found || isField && g.allFields
}

// of returns the counts of a token.
func (c *counters) of(hash uint64, times int) ([]uint32, bool) {
	i, found := slices.BinarySearch(c.hashes, hash)
	if !found {
		return nil, false
	}
	return c.counts[i*times : (i+1)*times], true
}
