package evidence_test

import (
	"bytes"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"vigie.example/evidence"
)

// Every parser meets arbitrary bytes: it refuses them, or gives back exactly
// what it read.

func FuzzRecord(f *testing.F) {
	f.Add([]byte("1795576455000000 10.0.0.1 3 a\nb\n"))
	f.Add([]byte("0 x 0 \n1 y 1 a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, n, err := evidence.CutRecord(data)
		ends, splitErr := evidence.SplitRecords(data)
		if err != nil {
			if len(data) > 0 && splitErr == nil {
				t.Errorf("one refuses (%v), the other does not", err)
			}
			return
		}
		if len(ends) == 0 || ends[0] != n {
			t.Errorf("ends at %d or %v", n, ends)
		}
		if again := evidence.AppendRecord(nil, e); !bytes.Equal(again, data[:n]) {
			t.Errorf("%q read, %q written", data[:n], again)
		}
	})
}

func FuzzLeaf(f *testing.F) {
	f.Add([]byte(wantLeaf))
	f.Add([]byte("vigie-trace-prune/v1\norigin a/b\nleaf 3\nat 5\nbefore 2\nreason x\n"))
	f.Add([]byte("vigie-trace-key/v1\norigin a\nleaf 3\nat 5\nkey a+b+c\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := evidence.ParseLeaf(data); err == nil && !bytes.Equal(l.Text(), data) {
			t.Errorf("%q read, %q written", data, l.Text())
		}
	})
}

func FuzzBlock(f *testing.F) {
	f.Add(segment(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := evidence.NewBlockReader()
		b, n, err := evidence.ReadBlock(bytes.NewReader(data))
		if err != nil {
			return
		}
		if n > int64(len(data)) {
			t.Errorf("%d bytes of %d", n, len(data))
		}
		r.Verify(b)
	})
}

func FuzzCheckpoint(f *testing.F) {
	data, err := os.ReadFile("testdata/v1/stream/log/checkpoint")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	key := firstKey(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		cp, err := evidence.ParseCheckpoint(data)
		if err == nil {
			if !bytes.HasPrefix(data, []byte(cp.Text()+"\n")) {
				t.Errorf("%q read, %q written", data, cp.Text())
			}
			cp.SignedBy(key)
		}
	})
}

func FuzzProofs(f *testing.F) {
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\na\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"))
	f.Add([]byte("vigie-entry-proof/v1\nentry 1\nleaf 0\nnonce 0000000000000000000000000000000000000000000000000000000000000000\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := evidence.ParseLogProof(data); err == nil {
			p.Includes(data)
		}
		if entry, leaf, nonce, proof, err := evidence.ParseEntryProof(data); err == nil && !bytes.Equal(evidence.EntryProof(entry, leaf, nonce, proof), data) {
			t.Errorf("%q", data)
		}
		if leaves, err := evidence.ParseBundle(data); err == nil && !bytes.Equal(evidence.AppendBundle(nil, leaves...), data) {
			t.Errorf("%q", data)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte("vigie-evidence-pack/v1\norigin a\nsize 9\nmade-at 5\nwhole 0 2\nwhole 4 5\nentry 7 3\nfile x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := evidence.ParseManifest(data)
		if err != nil {
			return
		}
		if !bytes.Equal(m.Text(), data) {
			t.Errorf("%q read, %q written", data, m.Text())
		}
		evidence.VerifyPack(fstest.MapFS{"manifest.txt": &fstest.MapFile{Data: data}}, "", nil)
	})
}

func FuzzToken(f *testing.F) {
	names, err := fs.Glob(os.DirFS("testdata/v1/stream"), "log/token/*.tsr")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	data, err := os.ReadFile("testdata/v1/stream/" + names[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	roots := authority(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := evidence.VerifyToken("x", data, []byte("x"), roots); err == nil {
			t.Error("a token of something else was accepted")
		}
	})
}
