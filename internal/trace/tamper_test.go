package trace

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vigie.example/evidence"
)

// sealedStream makes a stream of five blocks of a hundred entries, with a change of
// key after the second, and returns its folder and first key. what, if any, is
// done to the options.
func sealedStream(t testing.TB, what ...func(*Options)) (dir, key string) {
	t.Helper()
	dir = t.TempDir()
	opt := options()
	opt.SealAfter, opt.PublishAfter = time.Hour, time.Hour
	for _, w := range what {
		w(&opt)
	}
	s := open(t, dir, opt)
	for block := range 5 {
		var list [][]byte
		for i := range 100 {
			list = append(list, event(100*block+i))
		}
		if err := s.Write(t.Context(), "10.0.0.1", list...); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		if block == 1 {
			if err := s.RotateKey(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, vkey(t, dir)
}

// An attack alters a copy of a sealed stream. Leaf 2 is the change of key.
type attack struct {
	dir    string
	t      testing.TB
	blocks []*evidence.Block
	parts  [][]byte // of the segment file, one for each block
}

func (a *attack) path(name string) string { return filepath.Join(a.dir, filepath.FromSlash(name)) }

func (a *attack) read(name string) []byte {
	a.t.Helper()
	data, err := os.ReadFile(a.path(name))
	if err != nil {
		a.t.Fatal(err)
	}
	return data
}

func (a *attack) write(name string, data []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(name), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *attack) segment() {
	data := a.read("blocks/00000000.zst")
	for r := bytes.NewReader(data); ; {
		b, n, err := evidence.ReadBlock(r)
		if err == io.EOF {
			return
		}
		if err != nil {
			a.t.Fatal(err)
		}
		a.blocks = append(a.blocks, b)
		a.parts = append(a.parts, data[:n])
		data = data[n:]
	}
}

func (a *attack) put(parts ...[]byte) { a.write("blocks/00000000.zst", bytes.Join(parts, nil)) }

// reseal returns a block with other records, and a leaf that agrees with them
// when honest.
func (a *attack) reseal(i int, honest bool, alter func([][]byte) [][]byte) []byte {
	a.t.Helper()
	b := a.blocks[i]
	records, ends, err := evidence.NewBlockReader().Records(b)
	if err != nil {
		a.t.Fatal(err)
	}
	var list [][]byte
	for k := range ends {
		list = append(list, bytes.Clone(recordOf(records, ends, k)))
	}
	var altered []byte
	ends = nil
	positions := []int32{}
	for k, record := range alter(list) {
		altered = append(altered, record...)
		ends = append(ends, len(altered))
		positions = append(positions, int32(k))
	}
	leaf, err := evidence.ParseLeaf(b.LeafText)
	if err != nil {
		a.t.Fatal(err)
	}
	text := b.LeafText
	if honest {
		evidence.SealLeaf(leaf, b.Secret, altered, ends, nil)
		text = leaf.Text()
	}
	enc := newSealer(1).enc
	frame := enc.EncodeAll(altered, nil)
	return evidence.AppendBlock(nil, text, b.Secret, []evidence.Group{{Compressed: len(frame), Plain: len(altered), Entries: len(ends)}}, positions, frame, enc)
}

func flipLast(record []byte) []byte {
	record[len(record)-2] ^= 1
	return record
}

// TestTamperedStream: each attack on the folder of a stream is found and named.
func TestTamperedStream(t *testing.T) {
	original, key := sealedStream(t)
	checkpoint := func(dir string) *evidence.Checkpoint {
		data, err := os.ReadFile(filepath.Join(dir, "log", "checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		cp, err := evidence.ParseCheckpoint(data)
		if err != nil {
			t.Fatal(err)
		}
		return cp
	}
	known := checkpoint(original)
	other, _ := sealedStream(t)
	for _, c := range []struct {
		name string
		want string
		do   func(a *attack)
	}{
		{"flip a byte of a compressed entry", "leaf 3: the block is damaged", func(a *attack) {
			a.parts[2][len(a.parts[2])-40] ^= 1
			a.put(a.parts...)
		}},
		{"flip a byte of a block's header", "leaf 3: the block is damaged", func(a *attack) {
			a.parts[2][60] ^= 1
			a.put(a.parts...)
		}},
		{"alter an entry, compress again", "leaf 3: entries 200 to 299 are not the sealed ones", func(a *attack) {
			a.parts[2] = a.reseal(2, false, func(r [][]byte) [][]byte { flipLast(r[37]); return r })
			a.put(a.parts...)
		}},
		{"alter an entry and the header of the block", "leaf 3: the block holds another header than the log", func(a *attack) {
			a.parts[2] = a.reseal(2, true, func(r [][]byte) [][]byte { flipLast(r[37]); return r })
			a.put(a.parts...)
		}},
		{"drop an entry", "leaf 3: the block holds another header than the log", func(a *attack) {
			a.parts[2] = a.reseal(2, true, func(r [][]byte) [][]byte { return append(r[:37], r[38:]...) })
			a.put(a.parts...)
		}},
		{"reorder entries", "leaf 3: entries 200 to 299 are not the sealed ones", func(a *attack) {
			a.parts[2] = a.reseal(2, false, func(r [][]byte) [][]byte { r[3], r[4] = r[4], r[3]; return r })
			a.put(a.parts...)
		}},
		{"duplicate an entry", "leaf 3: the block holds another header than the log", func(a *attack) {
			a.parts[2] = a.reseal(2, true, func(r [][]byte) [][]byte { return append(r, r[99]) })
			a.put(a.parts...)
		}},
		{"drop a block", "leaf 3: the block of entries 200 to 299 is missing", func(a *attack) { a.put(a.parts[0], a.parts[1], a.parts[3], a.parts[4]) }},
		{"swap blocks", "leaf 3: its block is in the place of another", func(a *attack) { a.put(a.parts[0], a.parts[1], a.parts[3], a.parts[2], a.parts[4]) }},
		{"replay a block", "leaf 3: its block is present twice", func(a *attack) { a.put(a.parts[0], a.parts[1], a.parts[2], a.parts[2], a.parts[3], a.parts[4]) }},
		{"replay a block of another vault", "leaf 3: the block holds another header than the log", func(a *attack) {
			b := &attack{dir: other, t: a.t}
			b.segment()
			a.put(a.parts[0], a.parts[1], b.parts[2], a.parts[3], a.parts[4])
		}},
		{"truncate the segment", "leaf 5: the block is damaged", func(a *attack) {
			data := a.read("blocks/00000000.zst")
			a.write("blocks/00000000.zst", data[:len(data)-10])
		}},
		{"remove the segment", "leaf 0: the block of entries 0 to 99 is missing", func(a *attack) { os.Remove(a.path("blocks/00000000.zst")) }},
		{"add a block", "leaf 6: a block is there that the checkpoint does not cover", func(a *attack) {
			a.blocks[4].LeafText = bytes.Replace(a.blocks[4].LeafText, []byte("leaf 5"), []byte("leaf 6"), 1)
			a.put(append(a.parts, a.reseal(4, false, func(r [][]byte) [][]byte { return r }))...)
		}},
		{"alter a leaf of the log", "checkpoint: the root differs from that of the leaves", func(a *attack) {
			name := "log/tile/entries/000.p/6"
			a.write(name, bytes.Replace(a.read(name), []byte("keep-days 184 365"), []byte("keep-days 000 365")[:17], 1))
			a.write(name, bytes.Replace(a.read(name), []byte("keep-days 000 365"), []byte("keep-days 100 365"), 1))
		}},
		{"drop a leaf of the log", "leaf 5: missing", func(a *attack) {
			leaves, err := evidence.ParseBundle(a.read("log/tile/entries/000.p/6"))
			if err != nil {
				a.t.Fatal(err)
			}
			a.write("log/tile/entries/000.p/6", evidence.AppendBundle(nil, append(leaves[:3:3], leaves[4:]...)...))
		}},
		{"alter a tile", "tile/0/000.p/6: differs from what the leaves give", func(a *attack) {
			tile := a.read("log/tile/0/000.p/6")
			tile[70] ^= 1
			a.write("log/tile/0/000.p/6", tile)
		}},
		{"roll back the checkpoint", "rolled back: 5 leaves, but 6 were seen earlier", func(a *attack) {
			// Kept from before the last block, it is genuine.
			k, err := readKey(filepath.Join(original, "key"), known.Origin)
			if err != nil {
				a.t.Fatal(err)
			}
			a.write("log/checkpoint", earlier(a.t, original, 5, k.signer))
			os.Rename(a.path("log/tile/entries/000.p/6"), a.path("log/tile/entries/000.p/5"))
		}},
		{"roll back everything", "rolled back: 0 leaves, but 6 were seen earlier", func(a *attack) {
			os.RemoveAll(a.path("blocks"))
			os.RemoveAll(a.path("log"))
			os.Mkdir(a.path("log"), 0o700)
			cp := evidence.Checkpoint{Origin: known.Origin, Root: evidence.Root(nil)}
			k, _ := readKey(a.path("key"), known.Origin)
			raw, _ := note.Sign(&note.Note{Text: cp.Text()}, k.signer)
			a.write("log/checkpoint", raw)
		}},
		{"forge a checkpoint", "checkpoint: no valid signature by the key of the log", func(a *attack) {
			forger, _ := newKey(known.Origin)
			raw, _ := note.Sign(&note.Note{Text: known.Text()}, forger.signer)
			a.write("log/checkpoint", raw)
		}},
		{"alter the checkpoint", "checkpoint: the root differs from that of the leaves", func(a *attack) {
			lines := strings.Split(string(a.read("log/checkpoint")), "\n")
			lines[2] = strings.Split(string(checkpoint(other).Raw), "\n")[2]
			a.write("log/checkpoint", []byte(strings.Join(lines, "\n")))
		}},
		{"replace the key", "leaf 2: the key change is not signed by the key before and the new one", func(a *attack) {
			forger, _ := newKey(known.Origin)
			a.write("log.vkey", []byte(forger.public+"\n"))
		}},
		{"replace everything by another vault, with its own key", "the key that you trust is none of this log", func(a *attack) {
			os.RemoveAll(a.dir)
			os.CopyFS(a.dir, os.DirFS(other))
		}},
		{"write history again with the genuine key", "checkpoint of 6 leaves: the log had another history when it had 6 leaves", func(a *attack) {
			// The key before and after the change were stolen.
			a.write("blocks/00000000.zst", nil)
			rewriteWithKey(a)
		}},
		{"date a pruning early", "leaf 0: the block was deleted before the end of its retention", func(a *attack) {
			s := open(a.t, a.dir, options())
			if err := s.do(func() error {
				return s.logControl(&evidence.Leaf{Prune: &evidence.PruneLeaf{At: s.controlInstant(), Before: 2, Reason: "end of retention"}}, nil)
			}); err != nil {
				a.t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				a.t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &attack{dir: t.TempDir(), t: t}
			if err := os.CopyFS(a.dir, os.DirFS(original)); err != nil {
				t.Fatal(err)
			}
			os.Chmod(a.path("key"), 0o600)
			a.segment()
			c.do(a)
			rep := evidence.VerifyStream(os.DirFS(a.dir), evidence.Check{Key: key, Known: []*evidence.Checkpoint{known}})
			for _, p := range rep.Problems {
				if strings.HasPrefix(p.String(), c.want) {
					return
				}
			}
			t.Errorf("found %q, want %q", rep.Problems, c.want)
		})
	}
	if rep := evidence.VerifyStream(os.DirFS(original), evidence.Check{Key: key, Known: []*evidence.Checkpoint{known}}); len(rep.Problems) > 0 {
		t.Errorf("untouched: %q", rep.Problems)
	}
}

// earlier signs the state that the log of a stream had with size leaves.
func earlier(t testing.TB, dir string, size int, signers ...note.Signer) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "log", "tile", "entries", "000.p", "*"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	leaves, err := evidence.ParseBundle(data)
	if err != nil {
		t.Fatal(err)
	}
	l := &log{origin: "vigie.example/traces/standard", full: map[string][]byte{}}
	for _, text := range leaves[:size] {
		l.add(text)
	}
	cp := evidence.Checkpoint{Origin: l.origin, Size: l.size, Root: l.root()}
	raw, err := note.Sign(&note.Note{Text: cp.Text()}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// rewriteWithKey makes the stream again, one entry altered, signed by keys that
// were stolen: only what was kept elsewhere finds it out.
func rewriteWithKey(a *attack) {
	a.t.Helper()
	current, err := readKey(a.path("key"), "vigie.example/traces/standard")
	if err != nil {
		a.t.Fatal(err)
	}
	leaves, err := evidence.ParseBundle(a.read("log/tile/entries/000.p/6"))
	if err != nil {
		a.t.Fatal(err)
	}
	part := a.reseal(4, true, func(r [][]byte) [][]byte { flipLast(r[0]); return r })
	b, _, err := evidence.ReadBlock(bytes.NewReader(part))
	if err != nil {
		a.t.Fatal(err)
	}
	a.put(a.parts[0], a.parts[1], a.parts[2], a.parts[3], part)
	leaves[5] = b.LeafText
	l := &log{disk: disk{}, dir: a.path("log"), origin: "vigie.example/traces/standard", full: map[string][]byte{}}
	for _, text := range leaves {
		l.add(text)
	}
	if _, err := l.publish(current.signer); err != nil {
		a.t.Fatal(err)
	}
	rep := evidence.VerifyStream(os.DirFS(a.dir), evidence.Check{Key: vkey(a.t, a.dir)})
	if len(rep.Problems) > 0 {
		a.t.Fatalf("not a perfect forgery: %q", rep.Problems)
	}
}

// TestClockChanged: a vault whose clock runs ahead is found out by the
// time-stamp; one that goes back says so in an entry.
func TestClockChanged(t *testing.T) {
	tsa := authority(t)
	dir := t.TempDir()
	opt := options()
	ahead := time.Hour
	opt.Now = func() time.Time { return time.Now().Add(ahead) }
	s := open(t, dir, opt)
	if err := s.Write(t.Context(), "10.0.0.1", event(0)); err != nil {
		t.Fatal(err)
	}
	if err := s.Anchor(stamping(t, tsa)); err != nil {
		t.Fatal(err)
	}
	ahead = 0
	if err := s.Write(t.Context(), "10.0.0.1", event(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rep := evidence.VerifyStream(os.DirFS(dir), evidence.Check{Key: vkey(t, dir), TSA: roots(t, tsa)})
	if len(rep.Problems) != 1 || rep.Problems[0].Key != "evidence.leaf_time_token" || len(rep.Tokens) != 1 {
		t.Errorf("%q", rep.Problems)
	}
	raw := entries(t, dir)
	if len(raw) != 3 || !strings.HasPrefix(string(raw[1]), "clock went back by 3") {
		t.Errorf("%q", raw)
	}
}

// exported returns a pack as files that can be altered.
func exported(t testing.TB, dir string, sel Selection) fstest.MapFS {
	t.Helper()
	var buf bytes.Buffer
	if _, err := Export(&buf, dir, sel, time.Now()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range z.File {
		data, err := fs.ReadFile(z, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = &fstest.MapFile{Data: data}
	}
	return files
}

// TestTamperedPack: each attack on an evidence pack is found and named.
func TestTamperedPack(t *testing.T) {
	dir, key := sealedStream(t)
	pack := func() fstest.MapFS {
		return exported(t, dir, Selection{Whole: true, To: 1 << 62, Entries: []int64{237, 238}})
	}
	rep := evidence.VerifyPack(pack(), key, nil)
	if len(rep.Problems) > 0 || !rep.Trusted || rep.Entries != 502 {
		t.Fatalf("untouched: %+v", rep)
	}
	edit := func(f fstest.MapFS, leaf int, alter func(lines [][]byte) [][]byte) {
		file := f[fmt.Sprintf("block/%d.log", leaf)]
		lines := bytes.SplitAfter(file.Data, []byte("\n"))
		file.Data = bytes.Join(alter(lines[:len(lines)-1]), nil)
	}
	for _, c := range []struct {
		name string
		want []string
		do   func(f fstest.MapFS)
	}{
		{"flip", []string{"entry 37: hash differs"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { flipLast(l[38]); return l })
		}},
		{"drop", []string{"entry 37: missing"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { return append(l[:38:38], l[39:]...) })
		}},
		{"drop the last", []string{"entry 99: missing"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { return l[:100] })
		}},
		{"drop three", []string{"entry 37: missing", "entry 38: missing", "entry 39: missing"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { return append(l[:38:38], l[41:]...) })
		}},
		{"reorder", []string{"entry 37: in its place is entry 38", "entry 38: in its place is entry 37"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { l[38], l[39] = l[39], l[38]; return l })
		}},
		{"duplicate", []string{"entry 38: the record in its place was never sealed"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { return append(l[:39:39], l[38:]...) })
		}},
		{"insert", []string{"entry 0: the record in its place was never sealed"}, func(f fstest.MapFS) {
			edit(f, 0, func(l [][]byte) [][]byte { return append([][]byte{l[0], []byte("1 x 1 y\n")}, l[1:]...) })
		}},
		{"truncate", []string{"entry 99: not a record: cut short"}, func(f fstest.MapFS) {
			file := f["block/0.log"]
			file.Data = file.Data[:len(file.Data)-3]
		}},
		{"swap blocks", []string{"leaf 0: in its place is leaf 1", "leaf 1: in its place is leaf 0"}, func(f fstest.MapFS) {
			for _, kind := range []string{"leaf", "log", "tlog-proof", "hashes"} {
				f["block/0."+kind], f["block/1."+kind] = f["block/1."+kind], f["block/0."+kind]
			}
		}},
		{"remove a block", []string{"leaf 4: begins at entry 300, not at entry 200", "block/3.leaf: missing"}, func(f fstest.MapFS) {
			for _, kind := range []string{"leaf", "log", "tlog-proof", "hashes"} {
				delete(f, "block/3."+kind)
			}
		}},
		{"another leaf", []string{"leaf 3: its proof does not lead to the checkpoint"}, func(f fstest.MapFS) {
			f["block/3.leaf"].Data = bytes.Replace(f["block/3.leaf"].Data, []byte("keep-days 184"), []byte("keep-days 183"), 1)
		}},
		{"alter a chosen entry", []string{"entry 237: hash differs"}, func(f fstest.MapFS) { flipLast(f["entry/237.record"].Data) }},
		{"show an entry for another", []string{"entry 237: its proof does not lead to the block of leaf 3", "entry 238: its proof does not lead to the block of leaf 3"}, func(f fstest.MapFS) {
			for _, kind := range []string{"record", "proof"} {
				f["entry/237."+kind], f["entry/238."+kind] = f["entry/238."+kind], f["entry/237."+kind]
			}
		}},
		{"remove a chosen entry", []string{"entry/237.record: missing", "entry/237.proof: missing"}, func(f fstest.MapFS) {
			delete(f, "entry/237.record")
			delete(f, "entry/237.proof")
		}},
		{"replace the key", []string{"leaf 2: the key change is not signed by the key before and the new one"}, func(f fstest.MapFS) {
			k, _ := newKey("vigie.example/traces/standard")
			f["log.vkey"].Data = []byte(k.public + "\n")
		}},
		{"forge a checkpoint", []string{"checkpoint: no valid signature by the key of the log"}, func(f fstest.MapFS) {
			k, _ := newKey("vigie.example/traces/standard")
			cp, _ := evidence.ParseCheckpoint(f["checkpoint"].Data)
			forged, _ := note.Sign(&note.Note{Text: cp.Text()}, k.signer)
			for _, file := range f {
				file.Data = bytes.Replace(file.Data, cp.Raw, forged, 1)
			}
		}},
		{"hide the change of key", []string{"checkpoint: no valid signature by the key of the log"}, func(f fstest.MapFS) {
			m, _ := evidence.ParseManifest(f["manifest.txt"].Data)
			m.Files = nil
			f["manifest.txt"].Data = m.Text()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := pack()
			c.do(f)
			rep := evidence.VerifyPack(f, key, nil)
			var got []string
			for _, p := range rep.Problems {
				got = append(got, p.String())
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
	other, _ := newKey("vigie.example/traces/standard")
	if rep := evidence.VerifyPack(pack(), other.public, nil); len(rep.Problems) != 1 || rep.Problems[0].Key != "evidence.key_unknown" {
		t.Errorf("another key: %q", rep.Problems)
	}
}

// TestPackWithoutVigie follows the instructions of the pack with sha256sum,
// openssl, python3 and, for the whole log, Tessera's fsck.
func TestPackWithoutVigie(t *testing.T) {
	for _, tool := range []string{"python3", "openssl", "sha256sum", "xxd"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	tsa := authority(t)
	dir := t.TempDir()
	s := open(t, dir, options())
	for i := range 50 {
		if err := s.Write(t.Context(), "10.0.0.1", event(2*i), event(2*i+1)); err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Anchor(stamping(t, tsa)); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // goes on after the time-stamp
		if err := s.Write(t.Context(), "10.0.0.1", event(100+i)); err != nil {
			t.Fatal(err)
		}
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(tsa, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	files := exported(t, dir, Selection{Whole: true, To: time.Now().Add(-time.Millisecond).UnixMicro(), Entries: []int64{3, 77}, WithLog: true, TSA: ca})
	if rep := evidence.VerifyPack(files, vkey(t, dir), nil); len(rep.Problems) > 0 {
		t.Fatalf("%q", rep.Problems)
	}
	files = exported(t, dir, Selection{Entries: []int64{3, 77}, WithLog: true, TSA: ca})
	rep := evidence.VerifyPack(files, vkey(t, dir), roots(t, tsa))
	if len(rep.Problems) > 0 || rep.Token == nil || rep.Entries != 2 {
		t.Fatalf("%+v", rep)
	}
	for name := range files {
		if strings.HasSuffix(name, ".log") {
			t.Errorf("%s: chosen entries give their neighbours away", name)
		}
	}
	first, err := evidence.ParseLeaf(firstLeaf(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	files = exported(t, dir, Selection{Whole: true, To: first.Block.To, Entries: []int64{77}, WithLog: true, TSA: ca})
	pack := t.TempDir()
	if err := os.CopyFS(pack, files); err != nil {
		t.Fatal(err)
	}
	run(t, pack, "sha256sum", "-c", "SHA256SUMS")
	run(t, pack, "sh", "-ec", `test "$(sha256sum block/0.log | cut -d' ' -f1)" = "$(sed -n 's/^sha256 //p' block/0.leaf)"`)
	var commands []string
	for _, l := range strings.Split(string(files["README.txt"].Data), "\n") {
		if l, ok := strings.CutPrefix(l, "     "); ok && !strings.HasPrefix(l, "fsck") {
			commands = append(commands, strings.ReplaceAll(l, "block/N", "block/0"))
		}
	}
	out := run(t, pack, "sh", "-ec", strings.Join(commands, "\n"))
	for _, want := range []string{"Signature Verified Successfully", "Verification: OK", "good block/0.leaf", "good block/0.log", "good entry/77.record"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if err := os.WriteFile(filepath.Join(pack, "entry", "77.record"), []byte("1 x 1 y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if exec.Command("sh", "-c", "cd "+pack+" && python3 verify.py").Run() == nil {
		t.Error("verify.py accepts an altered entry")
	}
	fsck(t, filepath.Join(pack, "log"), filepath.Join(pack, "log.vkey"), true)
}

func firstLeaf(t testing.TB, dir string) []byte {
	t.Helper()
	l := &log{dir: filepath.Join(dir, "log")}
	for w := 1; w <= 256; w++ {
		if leaves, err := l.readBundle(0, w); err == nil {
			return leaves[0]
		}
	}
	t.Fatal("no leaf")
	return nil
}

// fsck runs Tessera's verifier of logs, which is not ours.
func fsck(t testing.TB, log, vkey string, good bool) {
	t.Helper()
	path := os.Getenv("VIGIE_FSCK")
	if path == "" {
		t.Log("VIGIE_FSCK is not set: make fsck builds and uses Tessera's verifier")
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // on some errors it does not end
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--ui=false", "--storage_url=file://"+log+"/", "--public_key="+vkey).CombinedOutput()
	if found := strings.Contains(string(out), "Successfully fsck'd"); found != good {
		t.Errorf("fsck: %v\n%s", err, out)
	}
}

// TestFsck: a verifier of other authors accepts the log, also after a pruning,
// and refuses an altered one.
func TestFsck(t *testing.T) {
	dir := t.TempDir()
	opt := options()
	opt.BlockBytes, opt.KeepMin, opt.KeepMax = 1, 1, 2
	start := time.Now().Add(-72 * time.Hour)
	opt.Now = func() time.Time { start = start.Add(time.Millisecond); return start }
	s := open(t, dir, opt)
	for i := range 600 {
		if err := s.Append(t.Context(), "10.0.0.1", [][]byte{event(i)}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opt.Now = nil
	third := blockLeaves(t, dir)[3].Block
	if _, err := PlaceHold(dir, Hold{From: third.From, To: third.To, Reason: "enquête", By: "ana"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, opt)
	p, err := s.Prune(time.Now().Add(-48*time.Hour), "fin de conservation")
	if err != nil || p.Blocks < 599 || p.Held != 1 {
		t.Fatal(p, err)
	}
	if err := s.Write(t.Context(), "10.0.0.1", event(600)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	rep := verify(t, dir, vkey(t, dir))
	if rep.Pruned != p.Blocks || rep.Blocks < 2 {
		t.Errorf("%+v", rep)
	}
	log, key := filepath.Join(dir, "log"), filepath.Join(dir, "log.vkey")
	fsck(t, log, key, true)
	tile := filepath.Join(log, "tile", "0", "000")
	data, err := os.ReadFile(tile)
	if err != nil {
		t.Fatal(err)
	}
	data[5] ^= 1
	if err := os.WriteFile(tile, data, 0o600); err != nil {
		t.Fatal(err)
	}
	fsck(t, log, key, false)
}
