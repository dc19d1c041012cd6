package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// A Block is a sealed block as its file holds it (6).
type Block struct {
	LeafText []byte
	Leaf     *Leaf
	Secret   Secret
	Groups   []Group
	order    []byte // compressed
	frames   []byte
	sum      [32]byte // of frames
	memory   []byte   // that it was read into
}

// A Group is a part of a block that is compressed by itself.
type Group struct {
	Compressed int
	Plain      int
	Entries    int
}

const (
	skippable = 0x184D2A5E
	maxGroups = 1 << 16
	maxHead   = 32 << 20
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	// ErrTorn says that a block is not whole, as after a crash in its writing.
	ErrTorn = errors.New("the block is cut short")

	errBlock = errors.New("not a block")
	errSum   = errors.New("the compressed bytes differ from their hash")
)

// AppendBlock appends a block: the leaf's text, the secret, the groups, whose
// compressed bytes follow each other in frames, and the position of each entry
// in the order of groups.
func AppendBlock(dst, leafText []byte, secret Secret, groups []Group, positions []int32, frames []byte, enc *zstd.Encoder) []byte {
	order := make([]byte, 0, len(positions)+16)
	at := 0
	for _, g := range groups {
		before := int32(0)
		for _, p := range positions[at : at+g.Entries] {
			order = binary.AppendUvarint(order, uint64(p-before))
			before = p
		}
		at += g.Entries
	}
	order = enc.EncodeAll(order, nil)
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, skippable)
	dst = append(dst, 0, 0, 0, 0) // length, below
	dst = append(dst, "VGB1"...)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(leafText)))
	dst = append(dst, leafText...)
	dst = append(dst, secret[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(groups)))
	for _, g := range groups {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(g.Compressed))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(g.Plain))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(g.Entries))
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(order)))
	dst = append(dst, order...)
	sum := sha256.Sum256(frames)
	dst = append(dst, sum[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start+8:], castagnoli))
	binary.LittleEndian.PutUint32(dst[start+4:], uint32(len(dst)-start-8))
	return append(dst, frames...)
}

// ReadBlock reads the next block of a segment file, into memory of its own. It
// returns io.EOF at the end.
func ReadBlock(r io.Reader) (b *Block, n int64, err error) {
	if b, n, err = readBlock(r, nil); err == nil {
		err = b.checkFrames()
	}
	return b, n, err
}

// readBlock is ReadBlock into memory that may be used over, and without looking
// at the hash of the compressed bytes.
func readBlock(r io.Reader, memory []byte) (b *Block, n int64, err error) {
	b, n, compressed, err := readHead(r, memory)
	if err != nil {
		return nil, 0, err
	}
	size := len(b.memory)
	if b.memory, err = appendExactly(b.memory, r, compressed); err != nil {
		return nil, 0, torn(err)
	}
	b.frames = b.memory[size:]
	return b, n + compressed, nil
}

// checkFrames compares the compressed bytes with their hash.
func (b *Block) checkFrames() error {
	if sha256.Sum256(b.frames) != b.sum {
		return errSum
	}
	return nil
}

// appendExactly makes room as bytes come: what a damaged file says of its length
// is not believed.
func appendExactly(dst []byte, r io.Reader, n int64) ([]byte, error) {
	for n > 0 {
		at := len(dst)
		step := min(n, int64(max(cap(dst)-at, 1<<20)))
		dst = slices.Grow(dst, int(step))[:at+int(step)]
		if _, err := io.ReadFull(r, dst[at:]); err != nil {
			return nil, err
		}
		n -= step
	}
	return dst, nil
}

func torn(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTorn
	}
	return err
}

// parseHead parses what readHead reads.
func parseHead(head []byte) (b *Block, compressed int64, err error) {
	crcAt := len(head) - 4
	if crc32.Checksum(head[:crcAt], castagnoli) != binary.LittleEndian.Uint32(head[crcAt:]) {
		return nil, 0, errors.New("the header of the block differs from its checksum")
	}
	if string(head[:4]) != "VGB1" {
		return nil, 0, errBlock
	}
	head = head[4:crcAt]
	take := func(n int64) (part []byte) {
		if n < 0 || n > int64(len(head)) {
			err = errBlock
			return nil
		}
		part, head = head[:n], head[n:]
		return part
	}
	number := func() int64 {
		if part := take(4); part != nil {
			return int64(binary.LittleEndian.Uint32(part))
		}
		return 0
	}
	b = &Block{}
	if part := take(2); part != nil {
		b.LeafText = take(int64(binary.LittleEndian.Uint16(part)))
	}
	copy(b.Secret[:], take(32))
	groups := number()
	if groups < 1 || groups > maxGroups || int64(len(head)) < 12*groups {
		return nil, 0, errBlock
	}
	var plain, entries int64
	b.Groups = make([]Group, groups)
	for i := range b.Groups {
		c, p, e := number(), number(), number()
		b.Groups[i] = Group{int(c), int(p), int(e)}
		compressed, plain, entries = compressed+c, plain+p, entries+e
	}
	b.order = take(number())
	copy(b.sum[:], take(32))
	if err != nil || len(head) != 0 {
		return nil, 0, errBlock
	}
	b.Leaf, err = ParseLeaf(b.LeafText)
	if err != nil {
		return nil, 0, fmt.Errorf("leaf in the block: %w", err)
	}
	if b.Leaf.Block == nil || b.Leaf.Block.Entries != entries || b.Leaf.Block.Bytes != plain || compressed > MaxBytes+MaxBytes/8 {
		return nil, 0, errBlock
	}
	return b, compressed, nil
}

// A BlockReader decompresses blocks and keeps its memory from one to the next.
// It is not for use by several goroutines at once.
type BlockReader struct {
	dec       *zstd.Decoder
	plain     []byte // groups one after the other
	records   []byte // in order of receipt
	ends      []int
	received  []int64
	starts    []int // in plain, by position
	order     []byte
	positions []int32
	hashes    []Hash
}

// NewBlockReader returns a BlockReader.
func NewBlockReader() *BlockReader {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBytes+1<<20), zstd.IgnoreChecksum(true)) // their hashes tell more
	if err != nil {
		panic(err) // options are constants
	}
	return &BlockReader{dec: dec}
}

// Group decompresses one group of a block. What it returns lives until the next
// call.
func (r *BlockReader) Group(b *Block, i int) ([]byte, error) {
	at := 0
	for _, g := range b.Groups[:i] {
		at += g.Compressed
	}
	var err error
	r.plain, err = r.decode(b.frames[at:at+b.Groups[i].Compressed], r.plain[:0], b.Groups[i].Plain)
	return r.plain, err
}

// decode appends exactly size bytes of plain text.
func (r *BlockReader) decode(frame, dst []byte, size int) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(frame); err != nil {
		return dst, err
	}
	if h.HasFCS && h.FrameContentSize > uint64(size) { // before making room for it
		return dst, errBlock
	}
	// The decoder copies less when it begins with nothing; it goes on in the room
	// that dst has.
	before := len(dst)
	out, err := r.dec.DecodeAll(frame, dst[before:])
	if err != nil {
		return dst, err
	}
	if len(out) != size {
		return dst, errors.New("a group has another length than the block says")
	}
	if cap(dst)-before >= size && size > 0 && &out[0] == &dst[:before+1][before] {
		return dst[:before+size], nil
	}
	return append(dst, out...), nil
}

// Positions returns, for the entries group after group, the place of each in the
// order of receipt. What it returns lives until the next call.
func (r *BlockReader) Positions(b *Block) (positions []int32, err error) {
	malformed := errors.New("the order of the entries is malformed")
	entries := int(b.Leaf.Block.Entries)
	if r.order, err = r.dec.DecodeAll(b.order, r.order[:0]); err != nil {
		return nil, err
	}
	r.positions = r.positions[:0]
	r.starts = grow(r.starts, entries)
	for i := range r.starts {
		r.starts[i] = -1
	}
	order := r.order
	for _, g := range b.Groups {
		pos := 0
		for i := range g.Entries {
			d, n := binary.Uvarint(order)
			if n <= 0 || n > 1 && order[n-1] == 0 || i > 0 && d == 0 || d > uint64(entries) {
				return nil, malformed
			}
			order, pos = order[n:], pos+int(d)
			if pos >= entries || r.starts[pos] >= 0 {
				return nil, malformed
			}
			r.starts[pos] = 0
			r.positions = append(r.positions, int32(pos))
		}
	}
	if len(order) != 0 {
		return nil, malformed
	}
	return r.positions, nil
}

// Records returns the records of a block in the order of receipt, and where
// each ends. What it returns lives until the next call.
func (r *BlockReader) Records(b *Block) (records []byte, ends []int, err error) {
	entries := int(b.Leaf.Block.Entries)
	r.plain = grow(r.plain, int(b.Leaf.Block.Bytes)+1<<16)[:0] // the decoder is faster with room to spare
	frames := b.frames
	for _, g := range b.Groups {
		if r.plain, err = r.decode(frames[:g.Compressed], r.plain, g.Plain); err != nil {
			return nil, nil, err
		}
		frames = frames[g.Compressed:]
	}
	positions, err := r.Positions(b)
	if err != nil {
		return nil, nil, err
	}
	r.ends, r.received = grow(r.ends, entries), grow(r.received, entries)
	at := 0
	for _, g := range b.Groups {
		stop := at + g.Plain
		var received int64
		var begin []byte // of the entry before: those that came together begin alike
		for range g.Entries {
			pos := positions[0]
			positions = positions[1:]
			record := r.plain[at:stop]
			length, err := len(begin), error(nil)
			if length == 0 || !bytes.HasPrefix(record, begin) {
				received, length, err = skipBegin(record)
				begin = record[:length]
			}
			if err == nil {
				length, err = skipEnd(record, length)
			}
			if err != nil {
				return nil, nil, problem("evidence.entry_form", b.Leaf.Block.First+int64(pos), err)
			}
			r.starts[pos], r.ends[pos], r.received[pos] = at, length, received
			at += length
		}
		if at != stop {
			return nil, nil, errors.New("a group has more records than the block says")
		}
	}
	r.records = grow(r.records, len(r.plain))[:0]
	for i, start := range r.starts {
		r.records = append(r.records, r.plain[start:start+r.ends[i]]...)
		r.ends[i] = len(r.records)
	}
	return r.records, r.ends, nil
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Verify checks that the records of a block are those of its leaf (9.4).
func (r *BlockReader) Verify(b *Block) []Problem {
	records, ends, err := r.Records(b)
	if p, ok := errors.AsType[Problem](err); ok {
		return []Problem{p}
	}
	if err != nil {
		return []Problem{problem("evidence.block_damaged", b.Leaf.Number, err)}
	}
	return r.verifyRecords(b.Leaf, b.Secret, records, ends, r.received)
}

// verifyRecords checks the records of a whole block against its leaf. It is told
// where each ends and when each was received.
func (r *BlockReader) verifyRecords(l *Leaf, secret Secret, records []byte, ends []int, received []int64) (found []Problem) {
	b := l.Block
	if got := int64(len(ends)); got != b.Entries {
		found = append(found, problem("evidence.leaf_counts", l.Number, "entries", b.Entries, got))
	}
	if got := int64(len(records)); got != b.Bytes {
		found = append(found, problem("evidence.leaf_counts", l.Number, "bytes", b.Bytes, got))
	}
	blinder := NewBlinder(secret)
	r.hashes = grow(r.hashes, len(ends))
	start := 0
	for i, end := range ends {
		if i > 0 && received[i] < received[i-1] {
			found = append(found, problem("evidence.entry_time", b.First+int64(i)))
		}
		r.hashes[i] = blinder.Hash(b.First+int64(i), records[start:end])
		start = end
	}
	if n := len(received); n > 0 && received[0] != b.From {
		found = append(found, problem("evidence.leaf_counts", l.Number, "received-from", b.From, received[0]))
	}
	if n := len(received); n > 0 && received[n-1] != b.To {
		found = append(found, problem("evidence.leaf_counts", l.Number, "received-to", b.To, received[n-1]))
	}
	if Root(r.hashes) != b.Root || contentSum(secret, records) != b.Sum {
		found = append(found, problem("evidence.block_differs", l.Number, b.First, b.First+b.Entries-1))
	}
	return found
}

// contentSum is the sha256 line of a block (4.1).
func contentSum(secret Secret, records []byte) (h Hash) {
	sum := sha256.New()
	sum.Write(secret.line())
	sum.Write(records)
	sum.Sum(h[:0])
	return h
}

// SealLeaf fills what a block leaf says of its records, and returns their
// hashes' tree as it is sealed. Records are valid and ends says where each ends.
func SealLeaf(l *Leaf, secret Secret, records []byte, ends []int, hashes []Hash) []Hash {
	blinder := NewBlinder(secret)
	hashes = grow(hashes, len(ends))
	start := 0
	for i, end := range ends {
		hashes[i] = blinder.Hash(l.Block.First+int64(i), records[start:end])
		if i == 0 {
			l.Block.From, _, _ = SkipRecord(records[start:end])
		}
		if i == len(ends)-1 {
			l.Block.To, _, _ = SkipRecord(records[start:end])
		}
		start = end
	}
	l.Block.Entries, l.Block.Bytes = int64(len(ends)), int64(len(records))
	l.Block.Sum = contentSum(secret, records)
	l.Block.Root = Root(hashes)
	return hashes
}

// SplitRecords returns where each record of data ends.
func SplitRecords(data []byte) (ends []int, err error) {
	ends, _, err = splitRecords(data)
	return ends, err
}

// splitRecords is SplitRecords that tells when each was received too.
func splitRecords(data []byte) (ends []int, received []int64, err error) {
	for at := 0; at < len(data); {
		instant, n, err := SkipRecord(data[at:])
		if err != nil {
			return ends, received, err
		}
		at += n
		ends, received = append(ends, at), append(received, instant)
	}
	return ends, received, nil
}

// FindBlock reads the block of a leaf in a segment file.
func FindBlock(r io.ReadSeeker, leaf int64) (*Block, error) {
	for {
		b, n, compressed, err := readHead(r, nil)
		switch {
		case n == 0 && err == io.EOF:
			return nil, fs.ErrNotExist
		case err != nil:
			return nil, err
		case b.Leaf.Number != leaf:
			if _, err := r.Seek(compressed, io.SeekCurrent); err != nil {
				return nil, err
			}
			continue
		}
		if b.frames, err = appendExactly(nil, r, compressed); err != nil {
			return nil, torn(err)
		}
		return b, b.checkFrames()
	}
}

// SkipBlock reads the head of the next block of a segment file, passes over its
// groups, and returns its length. It returns io.EOF at the end.
func SkipBlock(r io.ReadSeeker) (b *Block, n int64, err error) {
	b, n, compressed, err := readHead(r, nil)
	if err != nil {
		return nil, 0, err
	}
	_, err = r.Seek(compressed, io.SeekCurrent)
	return b, n + compressed, err
}

// readHead reads the skippable frame of the next block, of n bytes, which as many
// compressed bytes follow, into memory that may be used over.
func readHead(r io.Reader, memory []byte) (b *Block, n, compressed int64, err error) {
	var start [8]byte
	if got, err := io.ReadFull(r, start[:]); err != nil {
		if got == 0 && err == io.EOF {
			return nil, 0, 0, io.EOF
		}
		return nil, 0, 0, torn(err)
	}
	size := int64(binary.LittleEndian.Uint32(start[4:]))
	if binary.LittleEndian.Uint32(start[:]) != skippable || size < 46 || size > maxHead {
		return nil, 0, 0, errBlock
	}
	if memory, err = appendExactly(memory[:0], r, size); err != nil {
		return nil, 0, 0, torn(err)
	}
	if b, compressed, err = parseHead(memory); err != nil {
		return nil, 0, 0, err
	}
	b.memory = memory
	return b, 8 + size, compressed, nil
}
