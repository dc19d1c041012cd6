package evidence

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash in a Merkle tree.
type Hash = tlog.Hash

// A Secret blinds the hashes of the entries of one block (3.1).
type Secret [32]byte

// line is what precedes the records in the sha256 of a block (4.1).
func (s Secret) line() []byte {
	b := append(make([]byte, 0, 96), "vigie-trace-secret "...)
	return append(hex.AppendEncode(b, s[:]), '\n')
}

// A Blinder computes nonces and hashes of entries for one secret. It is not for
// use by several goroutines at once.
type Blinder struct {
	hasher
	inner, outer []byte // states of SHA-256 once it has taken the two keys of HMAC
	block        [64]byte
	buf          []byte
}

// NewBlinder returns the Blinder of a secret.
func NewBlinder(s Secret) *Blinder {
	b := &Blinder{hasher: newHasher()}
	key := func(fill byte) []byte { // RFC 2104
		block := [64]byte{}
		copy(block[:], s[:])
		for i := range block {
			block[i] ^= fill
		}
		return b.after(block[:])
	}
	b.inner, b.outer = key(0x36), key(0x5c)
	return b
}

func (b *Blinder) appendNonce(dst []byte, entry int64) []byte {
	block := pad(binary.BigEndian.AppendUint64(b.block[:0], uint64(entry)), 64)
	inner := b.from(b.inner, block)
	outer := b.from(b.outer, pad(append(b.block[:0], inner[:]...), 64))
	return append(dst, outer[:]...)
}

// Nonce returns the nonce of an entry.
func (b *Blinder) Nonce(entry int64) (n Hash) {
	b.appendNonce(n[:0], entry)
	return n
}

// Hash returns the hash of an entry.
func (b *Blinder) Hash(entry int64, record []byte) Hash {
	b.buf = b.appendNonce(append(b.buf[:0], 0), entry)
	b.buf = pad(append(b.buf, record...), 0)
	return b.sum(b.buf)
}

// HashWithNonce returns the hash of an entry whose nonce was revealed.
func HashWithNonce(nonce Hash, record []byte) Hash {
	buf := append(append(make([]byte, 0, 33+len(record)), 0), nonce[:]...)
	return sha256.Sum256(append(buf, record...))
}

// Root returns the RFC 6962 tree hash over leaf hashes, which it overwrites.
func Root(level []Hash) Hash {
	if len(level) == 0 {
		return sha256.Sum256(nil)
	}
	h := newHasher()
	pair := pad(append(make([]byte, 0, 128), new([65]byte)[:]...), 0)
	pair[0] = 1
	for n := len(level); n > 1; {
		k := 0
		for i := 0; i+1 < n; i += 2 {
			copy(pair[1:33], level[i][:])
			copy(pair[33:65], level[i+1][:])
			level[k] = h.sum(pair)
			k++
		}
		if n%2 == 1 { // alone on its level: goes up as it is
			level[k] = level[n-1]
			k++
		}
		n = k
	}
	return level[0]
}

// Prove returns the inclusion proof of leaf i, from the leaf up. It overwrites
// the hashes.
func Prove(level []Hash, i int) (proof []Hash) {
	for n := len(level); n > 1; {
		if sibling := i ^ 1; sibling < n {
			proof = append(proof, level[sibling])
		}
		k := 0
		for j := 0; j+1 < n; j += 2 {
			level[k] = tlog.NodeHash(level[j], level[j+1])
			k++
		}
		if n%2 == 1 {
			level[k] = level[n-1]
			k++
		}
		n, i = k, i/2
	}
	return proof
}

// Included says whether a proof leads from leaf i of n to the root.
func Included(proof []Hash, n int64, root Hash, i int64, leaf Hash) bool {
	return i >= 0 && i < n && tlog.CheckRecord(proof, n, root, i, leaf) == nil
}
