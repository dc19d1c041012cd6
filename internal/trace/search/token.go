package search

import (
	"github.com/cespare/xxhash/v2"
)

// Classes of bytes. Words are letters, digits, underscores and all that is not
// ASCII; joiners make longer tokens of words, such as names of hosts, addresses of
// the network, addresses of people.
const (
	other   = iota
	word    // a token of its own
	joiner1 // . - as in www.example.org
	joiner2 // @ : as in ana@example.org or 2001:db8::1
)

var classes = func() (c [256]byte) {
	for b := range 256 {
		switch {
		case b >= '0' && b <= '9', b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '_', b >= 0x80:
			c[b] = word
		case b == '.' || b == '-':
			c[b] = joiner1
		case b == '@' || b == ':':
			c[b] = joiner2
		}
	}
	return c
}()

// maxToken is the length from which a token is not indexed: it is searched in the
// text alone.
const maxToken = 128

// lower appends text with ASCII letters in lower case.
func lower(dst, text []byte) []byte {
	at := len(dst)
	dst = append(dst, text...)
	for i := at; i < len(dst); i++ {
		if b := dst[i]; b >= 'A' && b <= 'Z' {
			dst[i] = b + 'a' - 'A'
		}
	}
	return dst
}

// tokens gives where each token of a text in lower case begins and ends: words,
// words joined by . and -, and those joined by @ and : too. A joiner that no word
// follows joins nothing.
func tokens(text []byte, emit func(start, end int)) {
	w, r1, r2 := -1, -1, -1
	joined1, joined2 := false, false
	endWord := func(i int) {
		if w >= 0 {
			emit(w, i)
			w = -1
		}
	}
	endRun1 := func(i int) {
		if r1 >= 0 && joined1 {
			emit(r1, i)
		}
		r1, joined1 = -1, false
	}
	endRun2 := func(i int) {
		if r2 >= 0 && joined2 {
			emit(r2, i)
		}
		r2, joined2 = -1, false
	}
	for i := 0; i < len(text); i++ {
		class := classes[text[i]]
		if class == word {
			if w < 0 {
				w = i
			}
			if r1 < 0 {
				r1 = i
			}
			if r2 < 0 {
				r2 = i
			}
			continue
		}
		joins := i > 0 && i+1 < len(text) && classes[text[i-1]] == word && classes[text[i+1]] == word
		endWord(i)
		switch {
		case joins && class == joiner1:
			joined1 = true
		case joins && class == joiner2:
			endRun1(i)
			joined2 = true
		default:
			endRun1(i)
			endRun2(i)
		}
	}
	endWord(len(text))
	endRun1(len(text))
	endRun2(len(text))
}

// level is that of a token: word, joiner1 or joiner2; other when the text is not
// one token.
func level(text []byte) byte {
	found := byte(other)
	tokens(text, func(start, end int) {
		if start == 0 && end == len(text) {
			found = word
		}
	})
	if found == other {
		return other
	}
	for _, b := range text {
		if c := classes[b]; c > found {
			found = c
		}
	}
	return found
}

// boundary says whether a token of a level ends before at, which goes forward
// when step is 1 and backward when it is -1.
func boundary(text []byte, at, step int, level byte) bool {
	if at < 0 || at >= len(text) {
		return true
	}
	class := classes[text[at]]
	if class == word {
		return false
	}
	next := at + step
	if class != other && class <= level && next >= 0 && next < len(text) && classes[text[next]] == word {
		return false
	}
	return true
}

// hashOf is what the filters keep of a token; kind keeps fields apart from text.
func hashOf(kind byte, token []byte) uint64 {
	h := xxhash.Sum64(token)
	if kind != 0 {
		h = (h ^ uint64(kind)) * 0x9E3779B97F4A7C15
	}
	return h
}

// A tally counts in how many entries each token is.
type tally struct {
	keys  []uint64
	count []uint32
	last  []uint32 // entry+1
	used  int
}

func (t *tally) reset() {
	if t.keys == nil {
		t.grow(1 << 14)
	}
	clear(t.keys)
	clear(t.count)
	clear(t.last)
	t.used = 0
}

func (t *tally) grow(size int) {
	old := *t
	t.keys, t.count, t.last = make([]uint64, size), make([]uint32, size), make([]uint32, size)
	for i, k := range old.keys {
		if old.count[i] > 0 {
			at := t.find(k)
			t.keys[at], t.count[at], t.last[at] = k, old.count[i], old.last[i]
		}
	}
}

func (t *tally) find(key uint64) int {
	mask := uint64(len(t.keys) - 1)
	at := key & mask
	for t.count[at] > 0 && t.keys[at] != key {
		at = (at + 1) & mask
	}
	return int(at)
}

// add counts a token of an entry, once.
func (t *tally) add(key uint64, entry uint32) {
	at := t.find(key)
	if t.last[at] == entry+1 {
		return
	}
	if t.count[at] == 0 {
		if t.used++; t.used*2 > len(t.keys) {
			t.grow(len(t.keys) * 2)
			at = t.find(key)
		}
		t.keys[at] = key
	}
	t.count[at]++
	t.last[at] = entry + 1
}

// Split-block Bloom filter, as in the Parquet format: one block of 32 bytes is
// read per token.
const (
	filterBlock = 32
	filterBits  = 12 // per token
)

var salts = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// filterOf returns the filter of the tokens of a tally.
func filterOf(t *tally) []byte {
	blocks := max((t.used*filterBits+8*filterBlock-1)/(8*filterBlock), 1)
	out := make([]byte, blocks*filterBlock)
	for i, k := range t.keys {
		if t.count[i] == 0 {
			continue
		}
		at := out[filterAt(k, blocks):]
		for j, salt := range salts {
			bit := uint32(k) * salt >> 27
			at[j*4+int(bit>>3)] |= 1 << (bit & 7)
		}
	}
	return out
}

func filterAt(key uint64, blocks int) int {
	return int((key>>32)*uint64(blocks)>>32) * filterBlock
}

// filterHas says whether a block of a filter may hold a token.
func filterHas(block []byte, key uint64) bool {
	for j, salt := range salts {
		bit := uint32(key) * salt >> 27
		if block[j*4+int(bit>>3)]&(1<<(bit&7)) == 0 {
			return false
		}
	}
	return true
}
