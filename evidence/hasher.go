package evidence

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
)

// A hasher hashes many short messages with crypto/sha256. Nearly a third of the
// time that a short message takes goes into copies around its last block. So the
// messages come padded (FIPS 180-4, 5.1.1), which makes them whole blocks, and the
// digest is what the state of SHA-256 then says: the eight words after the four
// bytes that name the form of the state. A test compares it with sha256.Sum256.
type hasher struct {
	sha   stateful
	state []byte
}

// stateful is what the hashes of the standard library are.
type stateful interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

func newHasher() hasher { return hasher{sha: sha256.New().(stateful)} }

// pad pads a message that some bytes precede, to whole blocks.
func pad(message []byte, preceding int) []byte {
	bits := uint64(preceding+len(message)) * 8
	message = append(message, 0x80)
	if short := (len(message) + 8) % 64; short != 0 {
		message = append(message, make([]byte, 64-short)...)
	}
	return binary.BigEndian.AppendUint64(message, bits)
}

// sum returns the hash of a padded message.
func (h *hasher) sum(padded []byte) Hash {
	h.sha.Reset()
	return h.digest(padded)
}

// after returns the state of SHA-256 after some blocks.
func (h *hasher) after(blocks []byte) []byte {
	h.sha.Reset()
	h.sha.Write(blocks)
	return h.mustState(nil)
}

// from returns the hash of what led to a state followed by a padded message.
func (h *hasher) from(state, padded []byte) Hash {
	if err := h.sha.UnmarshalBinary(state); err != nil {
		panic(err) // comes from after
	}
	return h.digest(padded)
}

func (h *hasher) digest(padded []byte) Hash {
	h.sha.Write(padded)
	h.state = h.mustState(h.state[:0])
	return Hash(h.state[4:])
}

func (h *hasher) mustState(dst []byte) []byte {
	state, err := h.sha.AppendBinary(dst)
	if err != nil {
		panic(err) // SHA-256 has no such error
	}
	return state
}
