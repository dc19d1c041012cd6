package evidence_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"vigie.example/evidence"
)

// TestCosignature: a cosignature as c2sp.org/tlog-cosignature says, made here by
// hand.
func TestCosignature(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	key := append([]byte{4}, private.Public().(ed25519.PublicKey)...)
	sum := sha256.Sum256(append([]byte("w.example/one\n"), key...))
	vkey := fmt.Sprintf("w.example/one+%x+%s", sum[:4], base64.StdEncoding.EncodeToString(key))
	cp := evidence.Checkpoint{Origin: "vigie.example/traces/standard", Size: 7}
	cosign := func(text string, at uint64) string {
		signature := ed25519.Sign(private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))
		raw := append(binary.BigEndian.AppendUint64(append([]byte(nil), sum[:4]...), at), signature...)
		return "— w.example/one " + base64.StdEncoding.EncodeToString(raw) + "\n"
	}
	other := "— x.example AAAAAAAA\n"
	parse := func(text string) *evidence.Checkpoint {
		t.Helper()
		c, err := evidence.ParseCheckpoint([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := cosign(cp.Text(), 1_795_576_455)
	got, ok := parse(cp.Text() + "\n" + other + good).CosignedBy(vkey)
	if want := (evidence.Cosignature{Witness: "w.example/one", Time: time.Unix(1_795_576_455, 0).UTC(), Size: 7}); !ok || got != want {
		t.Errorf("%+v %v, want %+v", got, ok, want)
	}
	larger := cp
	larger.Size = 8
	for name, text := range map[string]string{
		"another checkpoint": larger.Text() + "\n" + good,
		"nothing":            cp.Text() + "\n" + other,
		"another time":       cp.Text() + "\n" + strings.Replace(good, good[len("— w.example/one "):][:14], cosign(cp.Text(), 5)[len("— w.example/one "):][:14], 1),
	} {
		if got, ok := parse(text).CosignedBy(vkey); ok {
			t.Errorf("%s: %+v", name, got)
		}
	}
	name, file, err := evidence.ReadWitness(vkey)
	if err != nil || name != "w.example/one" || file != fmt.Sprintf("cosigned/%x", sum[:4]) {
		t.Error(name, file, err)
	}
	for _, bad := range []string{"", "x", "x+00000000+AAAA", strings.Replace(vkey, "one", "two", 1), strings.Replace(vkey, "+", "+ ", 1)} {
		if _, _, err := evidence.ReadWitness(bad); err == nil {
			t.Errorf("%q is the key of a witness", bad)
		}
	}
}
