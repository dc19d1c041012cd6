package search

import (
	"bytes"
	"encoding/binary"
	"slices"

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

// lower appends text with ASCII letters in lower case, eight at a time.
func lower(dst, text []byte) []byte {
	at := len(dst)
	dst = append(dst, text...)
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(dst); at += 8 {
		v := binary.LittleEndian.Uint64(dst[at:])
		low := v &^ high // bytes below 128, so that sums stay in their byte
		letters := (low + (128-'A')*each) &^ (low + (127-'Z')*each) &^ v & high
		binary.LittleEndian.PutUint64(dst[at:], v|letters>>2)
	}
	for ; at < len(dst); at++ {
		if b := dst[at]; b >= 'A' && b <= 'Z' {
			dst[at] = b + 'a' - 'A'
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

// passing says whether a token in lower case is a time, or the end of one:
// 2026-11-25t03:14:15.123456z, 03:14:15, 15.123456, 123456z. Nearly every event
// brings new ones, so the filters do not hold them; the words that times are made
// of they do.
func passing(token []byte) bool {
	if len(token) == 0 || token[0]-'0' > 9 {
		return false
	}
	rest, zulu := bytes.CutSuffix(token, []byte("z"))
	n := digits(rest)
	if n >= 3 && n <= 9 && n == len(rest) {
		return zulu
	}
	if n >= 3 && n <= 9 && len(rest) > n+2 && rest[len(rest)-n-1] == '.' {
		rest = rest[:len(rest)-n-1]
		if len(rest) == 2 {
			return digits(rest) == 2
		}
	}
	const form = "00:00:00"
	if len(rest) < len(form) {
		return false
	}
	day, clock := rest[:len(rest)-len(form)], rest[len(rest)-len(form):]
	for i := range len(form) {
		if form[i] == ':' && clock[i] != ':' || form[i] == '0' && clock[i]-'0' > 9 {
			return false
		}
	}
	switch len(day) {
	case 0:
		return true
	case 5: // 2026: as web servers write
		return digits(day[:4]) == 4 && day[4] == ':'
	case 11:
		return digits(day[:4]) == 4 && day[4] == '-' && digits(day[5:7]) == 2 && day[7] == '-' && digits(day[8:10]) == 2 && day[10] == 't'
	}
	return false
}

// digits counts the digits that a text ends with.
func digits(text []byte) (n int) {
	for n < len(text) && text[len(text)-1-n]-'0' <= 9 {
		n++
	}
	return n
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
		h = withKind(kind, h)
	}
	return h
}

// withKind is the hash of a field that reads as a token.
func withKind(kind byte, hash uint64) uint64 { return (hash ^ uint64(kind)) * 0x9E3779B97F4A7C15 }

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

// has says whether a token of the last entry was added.
func (t *tally) has(key uint64, entry uint32) bool { return t.last[t.find(key)] == entry+1 }

// of is in how many entries a token is.
func (t *tally) of(key uint64) uint32 { return t.count[t.find(key)] }

// snapshot is the tally as it is now; it cannot be added to.
func (t *tally) snapshot() tally {
	return tally{keys: slices.Clone(t.keys), count: slices.Clone(t.count), used: t.used}
}

// each gives the tokens and in how many entries they are.
func (t *tally) each(give func(key uint64, count uint32)) {
	for i, k := range t.keys {
		if t.count[i] > 0 {
			give(k, t.count[i])
		}
	}
}
