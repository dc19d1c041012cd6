package evidence

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A Cosignature says what a witness attested: that it saw the log at a size, and that
// all it had seen before of the log was its beginning.
type Cosignature struct {
	Witness string // name
	Time    time.Time
	Size    int64
}

// A witness verifies cosignatures (C2SP tlog-cosignature, cosignature/v1). It is a
// note.Verifier.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// algCosignature is the type of keys and signatures of cosignature/v1.
const algCosignature = 4

// ReadWitness reads the vkey of a witness. It returns its name, and the name of the
// file in which a vault keeps what it cosigned last.
func ReadWitness(vkey string) (name, file string, err error) {
	w, err := newWitness(vkey)
	if err != nil {
		return "", "", err
	}
	return w.name, fmt.Sprintf("cosigned/%08x", w.hash), nil
}

func newWitness(vkey string) (*witness, error) {
	bad := errors.New("not the key of a witness (cosignature/v1)")
	name, rest, _ := strings.Cut(vkey, "+")
	hash, text, _ := strings.Cut(rest, "+")
	sum, err1 := hex.DecodeString(hash)
	key, err2 := base64.StdEncoding.DecodeString(text)
	if err := errors.Join(err1, err2); err != nil || len(sum) != 4 || len(key) != 1+ed25519.PublicKeySize || key[0] != algCosignature || !ValidOrigin(name) {
		return nil, errors.Join(bad, err)
	}
	want := sha256.Sum256(append([]byte(name+"\n"), key...))
	if string(want[:4]) != string(sum) {
		return nil, bad
	}
	return &witness{name, binary.BigEndian.Uint32(sum), key[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

// Verify implements note.Verifier: a cosignature is its time and a signature over
// the time and the text.
func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	return ed25519.Verify(w.key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text), signature[8:])
}

// CosignedBy says what a witness attests of the checkpoint, by the vkey of the
// witness; ok is false when there is no valid cosignature by it.
func (c *Checkpoint) CosignedBy(vkey string) (s Cosignature, ok bool) {
	w, err := newWitness(vkey)
	if err != nil {
		return s, false
	}
	n, err := note.Open(c.Raw, note.VerifierList(w))
	if err != nil || n.Text != c.Text() || len(n.Sigs) == 0 {
		return s, false
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(raw) < 12 {
		return s, false
	}
	return Cosignature{Witness: w.name, Time: time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), Size: c.Size}, true
}
