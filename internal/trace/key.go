package trace

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// A key signs the checkpoints of one stream.
type key struct {
	secret string // as note.NewSigner reads it
	public string // vkey
	signer note.Signer
}

func newKey(origin string) (*key, error) {
	secret, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	return &key{secret, public, signer}, nil
}

// text is what the key file holds: the secret, then the public key.
func (k *key) text() []byte { return []byte(k.secret + "\n" + k.public + "\n") }

// readKey reads a key file. Nobody but its owner may read it.
func readKey(path, origin string) (*key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: others may read the key: chmod 600", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	secret, public, _ := strings.Cut(strings.TrimSuffix(string(data), "\n"), "\n")
	k := &key{secret: secret, public: public}
	if k.signer, err = note.NewSigner(secret); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	v, err := note.NewVerifier(public)
	if err != nil || v.Name() != origin || v.Name() != k.signer.Name() || v.KeyHash() != k.signer.KeyHash() {
		return nil, errors.Join(fmt.Errorf("%s: not a key of %s", path, origin), err)
	}
	return k, nil
}
