package evidence

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

// Hashes computed over padded messages are those of the standard library, for
// messages that end anywhere in a block.
func TestHasher(t *testing.T) {
	secret := Secret(sha256.Sum256([]byte("secret")))
	blinder := NewBlinder(secret)
	h := newHasher()
	message := []byte{}
	for n := range 200 {
		if got, want := h.sum(pad(append([]byte{}, message...), 0)), sha256.Sum256(message); got != want {
			t.Fatalf("%d bytes: %x, want %x", n, got, want)
		}
		mac := hmac.New(sha256.New, secret[:])
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(n)<<40))
		nonce := blinder.Nonce(int64(n) << 40)
		if want := Hash(mac.Sum(nil)); nonce != want {
			t.Fatalf("nonce of %d: %x, want %x", n, nonce, want)
		}
		if got, want := blinder.Hash(int64(n)<<40, message), HashWithNonce(nonce, message); got != want {
			t.Fatalf("entry of %d bytes: %x, want %x", n, got, want)
		}
		message = append(message, byte(n))
	}
}
