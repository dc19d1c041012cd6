package search

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"slices"

	"github.com/FastFilter/xorfilter"
)

// A filter tells which tokens a group may hold: a binary fuse filter (Graf and
// Lemire, 2022), about 9 bits for each token, which says yes to one in 128 of those
// that are not there. It stays in the file: each question reads the few kilobytes
// where the three places of a token are.
type filter struct {
	seed    uint64
	segment uint32 // places of one, a power of two
	spread  uint32 // how far the first place can be
	src     io.ReaderAt
	at      int64
	places  int // 0 when there is none: everything may be there
}

// printBits are those of a place that are kept, of the 8 that the library makes.
const printBits = 7

// size is the length of a filter in bytes.
func (f *filter) size() int64 { return (int64(f.places)*printBits + 7) / 8 }

// appendFilter makes the filter of some tokens: what to keep of it, and its bytes.
func appendFilter(head, body []byte, builder *xorfilter.BinaryFuseBuilder, keys []uint64) (newHead, newBody []byte) {
	f, err := xorfilter.BuildBinaryFuse[uint8](builder, keys)
	if err != nil { // nearly impossible: the group will always be read
		f = xorfilter.BinaryFuse[uint8]{}
	}
	head = binary.LittleEndian.AppendUint64(head, f.Seed)
	for _, n := range []int{int(f.SegmentLength), int(f.SegmentCountLength), len(f.Fingerprints)} {
		head = binary.AppendUvarint(head, uint64(n))
	}
	waiting, bits := uint32(0), 0
	for _, print := range f.Fingerprints {
		waiting |= uint32(print) & (1<<printBits - 1) << bits
		for bits += printBits; bits >= 8; bits -= 8 {
			body = append(body, byte(waiting))
			waiting >>= 8
		}
	}
	if bits > 0 {
		body = append(body, byte(waiting))
	}
	return head, body
}

var errFilter = errors.New("not a filter")

// valid says whether the places of a token are within the filter.
func (f *filter) valid() error {
	if f.places != 0 && (bits.OnesCount32(f.segment) != 1 || f.spread%f.segment != 0 || int64(f.spread)+2*int64(f.segment) != int64(f.places)) {
		return errFilter
	}
	return nil
}

// may says whether a token may be there. A test compares it with the library that
// made the filter.
func (f *filter) may(key uint64, buf *[]byte) (bool, error) {
	if f.places == 0 {
		return true, nil
	}
	h := key + f.seed
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	hi, _ := bits.Mul64(h, uint64(f.spread))
	first, mask := uint32(hi), f.segment-1
	from := int64(first&^mask) * printBits // bit
	to := from + 3*int64(f.segment)*printBits
	n := int((to+7)/8 - from/8)
	*buf = append(slices.Grow((*buf)[:0], n+1)[:n], 0)
	if _, err := f.src.ReadAt((*buf)[:n], f.at+from/8); err != nil {
		return false, err
	}
	print := uint16(h ^ h>>32)
	for _, place := range [3]uint32{first, (first + f.segment) ^ uint32(h>>18)&mask, (first + 2*f.segment) ^ uint32(h)&mask} {
		bit := int64(place)*printBits - from/8*8
		print ^= binary.LittleEndian.Uint16((*buf)[bit/8:]) >> (bit % 8)
	}
	return print&(1<<printBits-1) == 0, nil
}
