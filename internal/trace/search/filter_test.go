package search

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/FastFilter/xorfilter"
)

// A filter read from its place says yes to all that it holds and to all that the
// library that made it does, and to few others.
func TestFilter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var builder xorfilter.BinaryFuseBuilder
	var buf []byte
	for _, n := range []int{1, 2, 5, 100, 3000, 40_000} {
		keys := make([]uint64, n)
		for i := range keys {
			keys[i] = r.Uint64()
		}
		want, err := xorfilter.NewBinaryFuse[uint8](keys)
		if err != nil {
			t.Fatal(err)
		}
		_, body := appendFilter(nil, []byte("before"), &builder, keys)
		f := filter{seed: want.Seed, segment: want.SegmentLength, spread: want.SegmentCountLength, src: bytes.NewReader(body), at: 6, places: len(want.Fingerprints)}
		if err := f.valid(); err != nil {
			t.Fatal(n, err)
		}
		if f.size() != int64(len(body)-6) {
			t.Fatal(n, f.size(), len(body)-6)
		}
		wrong := 0
		for i := range 2 * n {
			key := r.Uint64()
			if i < n {
				key = keys[i]
			}
			got, err := f.may(key, &buf)
			if err != nil || !got && want.Contains(key) {
				t.Fatalf("%d tokens: %v, %v; the library says %v", n, got, err, want.Contains(key))
			}
			if i >= n && got {
				wrong++
			}
		}
		if n > 1000 && wrong > n/64 {
			t.Errorf("%d tokens: yes to %d others", n, wrong)
		}
	}
}
