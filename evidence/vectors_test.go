package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"testing"

	"vigie.example/evidence"
)

func authority(t testing.TB) *x509.CertPool {
	t.Helper()
	data, err := os.ReadFile("testdata/v1/tsa.pem")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := evidence.ReadCertificates(data)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

func firstKey(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("testdata/v1/stream/log.vkey")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(data), "\n")
}

// TestFrozenStream: the stream of version 1 verifies, whatever changes here.
func TestFrozenStream(t *testing.T) {
	rep := evidence.VerifyStream(os.DirFS("testdata/v1/stream"), evidence.Check{Key: firstKey(t), TSA: authority(t)})
	for _, p := range rep.Problems {
		t.Error(p)
	}
	if rep.Leaves != 8 || rep.Blocks+rep.Pruned != 6 || rep.Pruned == 0 || len(rep.Tokens) != 1 || !rep.Trusted || rep.Signer == firstKey(t) {
		t.Errorf("%+v", rep)
	}
}

// TestFrozenPack: the evidence pack of version 1 verifies.
func TestFrozenPack(t *testing.T) {
	z, err := zip.OpenReader("testdata/v1/pack.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	rep := evidence.VerifyPack(z, firstKey(t), authority(t))
	for _, p := range rep.Problems {
		t.Error(p)
	}
	if rep.Token == nil || !rep.Trusted || rep.Entries != 4 {
		t.Errorf("%+v", rep)
	}
}

// TestFrozenHashes holds the primitives of sections 3 and 4 to fixed values.
func TestFrozenHashes(t *testing.T) {
	record := evidence.AppendRecord(nil, evidence.Entry{Received: 1795576455000000, Source: "10.0.0.1", Raw: []byte("a\nb")})
	if string(record) != "1795576455000000 10.0.0.1 3 a\nb\n" {
		t.Fatalf("%q", record)
	}
	var secret evidence.Secret
	for i := range secret {
		secret[i] = byte(i)
	}
	b := evidence.NewBlinder(secret)
	nonce, hash := b.Nonce(7), b.Hash(7, record)
	if got := hex.EncodeToString(nonce[:]); got != wantNonce {
		t.Errorf("nonce %s", got)
	}
	if got := hex.EncodeToString(hash[:]); got != wantHash {
		t.Errorf("hash %s", got)
	}
	if evidence.HashWithNonce(nonce, record) != hash {
		t.Error("the revealed nonce gives another hash")
	}
	l := &evidence.Leaf{Origin: "vigie.example/traces/standard", Number: 3, Block: &evidence.BlockLeaf{First: 7, KeepMin: 184, KeepMax: 365}}
	evidence.SealLeaf(l, secret, append(record, record...), []int{len(record), 2 * len(record)}, nil)
	if got := string(l.Text()); got != wantLeaf {
		t.Errorf("%s", got)
	}
}

func segment(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/v1/stream/blocks/00000000.zst")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestEveryByteCounts: no byte of a block can change unnoticed.
func TestEveryByteCounts(t *testing.T) {
	data := segment(t)
	want, n, err := evidence.ReadBlock(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r := evidence.NewBlockReader()
	records, _, err := r.Records(want)
	if err != nil {
		t.Fatal(err)
	}
	records = bytes.Clone(records)
	for i := range n {
		bad := bytes.Clone(data[:n])
		bad[i] ^= 0x04
		if b, _, err := evidence.ReadBlock(bytes.NewReader(bad)); err == nil {
			t.Errorf("byte %d: %v", i, b.Leaf)
		}
	}
	for cut := range n {
		if _, _, err := evidence.ReadBlock(bytes.NewReader(data[:cut])); err == nil || cut > 0 && err == io.EOF {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	if again, _, err := r.Records(want); err != nil || !bytes.Equal(again, records) {
		t.Error("two readings differ", err)
	}
}

func TestRoots(t *testing.T) {
	for n := 1; n < 40; n++ {
		leaves := make([]evidence.Hash, n)
		for i := range leaves {
			leaves[i][0] = byte(i)
		}
		root := evidence.Root(bytesClone(leaves))
		for i := range leaves {
			proof := evidence.LogProof{Index: int64(i), Proof: evidence.Prove(bytesClone(leaves), i)}
			if !evidence.Included(proof.Proof, int64(n), root, int64(i), leaves[i]) {
				t.Errorf("leaf %d of %d", i, n)
			}
			if i > 0 && evidence.Included(proof.Proof, int64(n), root, int64(i-1), leaves[i]) {
				t.Errorf("leaf %d of %d passes for the one before", i, n)
			}
		}
	}
}

func bytesClone(h []evidence.Hash) []evidence.Hash { return append([]evidence.Hash(nil), h...) }
