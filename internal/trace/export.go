package trace

import (
	"archive/zip"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"vigie.example/evidence"
)

//go:embed pack
var packFiles embed.FS

// A Selection says what an evidence pack is to hold.
type Selection struct {
	From, To int64   // instants: the whole blocks with an entry in between, ends included
	Whole    bool    // From and To are meant
	Entries  []int64 // chosen entries, shown without their neighbours
	WithLog  bool    // all the leaves and tiles, for verifiers of whole logs
	TSA      []byte  // certificate of the authority (PEM), put beside the token
}

// ErrNothing says that a selection finds nothing.
var ErrNothing = errors.New("nothing to export")

// exporter reads the folder of a stream, beside a vault that may be writing.
type exporter struct {
	dir    string
	folder *Folder
	cp     *evidence.Checkpoint
	tree   tlog.HashReader
	zip    *zip.Writer
	sums   strings.Builder
	m      evidence.Manifest
	now    time.Time
}

// Export writes the evidence pack of a selection as a zip file.
func Export(w io.Writer, dir string, sel Selection, now time.Time) (*evidence.Manifest, error) {
	x := &exporter{dir: dir, folder: OpenFolder(dir), zip: zip.NewWriter(w), now: now}
	if err := x.run(sel); err != nil {
		return nil, err
	}
	return &x.m, x.zip.Close()
}

func (x *exporter) run(sel Selection) error {
	cp, token, err := x.checkpoint(sel)
	if err != nil {
		return err
	}
	x.cp = cp
	x.tree = tlog.TileHashReader(tlog.Tree{N: cp.Size, Hash: cp.Root}, tileReader(x.dir))
	x.m.Origin, x.m.Size, x.m.MadeAt = cp.Origin, cp.Size, x.now.UnixMicro()
	vkey, err := os.ReadFile(filepath.Join(x.dir, "log.vkey"))
	if err != nil {
		return err
	}
	if err := x.add("checkpoint", cp.Raw); err != nil {
		return err
	}
	if err := x.add("log.vkey", vkey); err != nil {
		return err
	}
	if token != nil {
		if err := x.addListed("checkpoint.tsr", token); err != nil {
			return err
		}
		if len(sel.TSA) > 0 {
			if err := x.addListed("tsa.pem", sel.TSA); err != nil {
				return err
			}
		}
	}
	if err := x.leaves(sel); err != nil {
		return err
	}
	if len(x.m.Whole) == 0 && len(x.m.Chosen) == 0 {
		return ErrNothing
	}
	if sel.WithLog {
		if err := x.wholeLog(); err != nil {
			return err
		}
	}
	for _, name := range []string{"README.txt", "LISEZMOI.txt", "verify.py"} {
		text, err := packFiles.ReadFile("pack/" + name)
		if err != nil {
			return err
		}
		if err := x.add(name, text); err != nil {
			return err
		}
	}
	slices.Sort(x.m.Files)
	if err := x.add("manifest.txt", x.m.Text()); err != nil {
		return err
	}
	out, err := x.zip.CreateHeader(&zip.FileHeader{Name: "SHA256SUMS", Method: zip.Deflate, Modified: x.now})
	if err == nil {
		_, err = io.WriteString(out, x.sums.String())
	}
	return err
}

func (x *exporter) add(name string, data []byte) error {
	out, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.now})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	fmt.Fprintf(&x.sums, "%x  %s\n", sum, name)
	_, err = out.Write(data)
	return err
}

func (x *exporter) addListed(name string, data []byte) error {
	x.m.Files = append(x.m.Files, name)
	return x.add(name, data)
}

// checkpoint chooses the oldest time-stamped checkpoint that covers the whole
// selection, since it dates it best, among those of the authority given if any;
// without one, the last checkpoint.
func (x *exporter) checkpoint(sel Selection) (cp *evidence.Checkpoint, token []byte, err error) {
	raw, err := os.ReadFile(filepath.Join(x.dir, "log", "checkpoint"))
	if err != nil {
		return nil, nil, err
	}
	if cp, err = evidence.ParseCheckpoint(raw); err != nil {
		return nil, nil, err
	}
	need, err := x.covers(cp, sel)
	if err != nil {
		return nil, nil, err
	}
	tokens, err := filepath.Glob(filepath.Join(x.dir, "log", "token", "*.tsr"))
	if err != nil {
		return nil, nil, err
	}
	var sizes []int64
	for _, path := range tokens {
		var size int64
		if _, err := fmt.Sscanf(filepath.Base(path), "%d.tsr", &size); err == nil && size >= need && size <= cp.Size {
			sizes = append(sizes, size)
		}
	}
	slices.Sort(sizes)
	best, authority := (*evidence.Checkpoint)(nil), (*x509.CertPool)(nil)
	if len(sel.TSA) > 0 {
		if authority, err = evidence.ReadCertificates(sel.TSA); err != nil {
			return nil, nil, err
		}
	}
	for _, size := range sizes {
		base := filepath.Join(x.dir, "log", "token", fmt.Sprint(size))
		if raw, err = os.ReadFile(base); err != nil {
			return nil, nil, err
		}
		reply, err := os.ReadFile(base + ".tsr")
		if err != nil {
			return nil, nil, err
		}
		dated, err := evidence.ParseCheckpoint(raw)
		if err != nil {
			return nil, nil, err
		}
		if best == nil {
			best, token = dated, reply
		}
		if authority == nil {
			break
		}
		if _, err := evidence.VerifyToken(base, reply, raw, authority); err == nil {
			return dated, reply, nil
		}
	}
	if best == nil {
		best = cp
	}
	return best, token, nil
}

// covers returns how many leaves a checkpoint must have to cover a selection.
func (x *exporter) covers(cp *evidence.Checkpoint, sel Selection) (need int64, err error) {
	err = x.eachLeaf(cp.Size, func(l *evidence.Leaf, _ []byte) error {
		if l.Block != nil && (sel.Whole && l.Block.To >= sel.From && l.Block.From <= sel.To || len(chosenIn(sel.Entries, l)) > 0) {
			need = l.Number + 1
		}
		return nil
	})
	return need, err
}

func chosenIn(entries []int64, l *evidence.Leaf) (in []int64) {
	for _, e := range entries {
		if e >= l.Block.First && e < l.Block.First+l.Block.Entries {
			in = append(in, e)
		}
	}
	slices.Sort(in)
	return slices.Compact(in)
}

// eachLeaf reads the first size leaves of the log.
func (x *exporter) eachLeaf(size int64, do func(l *evidence.Leaf, text []byte) error) error {
	return x.eachLeafFrom(0, size, do)
}

// eachLeafFrom reads the leaves of the log up to size, from one that begins a
// bundle.
func (x *exporter) eachLeafFrom(first, size int64, do func(l *evidence.Leaf, text []byte) error) error {
	for ; first < size; first += 256 {
		texts, err := x.bundle(first>>8, int(min(size-first, 256)))
		if err != nil {
			return err
		}
		for _, text := range texts {
			l, err := evidence.ParseLeaf(text)
			if err != nil {
				return err
			}
			if err := do(l, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle reads the first width leaves of a bundle, which may be there only wider.
func (x *exporter) bundle(n int64, width int) ([][]byte, error) {
	files := &log{dir: filepath.Join(x.dir, "log")}
	texts, err := files.readBundle(n, width)
	if errors.Is(err, ErrDamaged) && width < 256 { // the checkpoint has moved on since
		return x.widerBundle(files, n, width)
	}
	return texts, err
}

// widerBundle reads leaves from a partial bundle made later: an earlier
// checkpoint, kept for its time-stamp, has no partial bundle of its own.
func (x *exporter) widerBundle(files *log, n int64, width int) ([][]byte, error) {
	for w := width + 1; w < 256; w++ {
		if texts, err := files.readBundle(n, w); err == nil {
			return texts[:width], nil
		}
	}
	return nil, fmt.Errorf("bundle %d: %w", n, ErrDamaged)
}

func (x *exporter) leaves(sel Selection) error {
	first, last := int64(-1), int64(-1)
	err := x.eachLeaf(x.cp.Size, func(l *evidence.Leaf, text []byte) error {
		if l.Key != nil {
			return x.keyChange(l, text)
		}
		if l.Block == nil {
			return nil
		}
		whole := sel.Whole && l.Block.To >= sel.From && l.Block.From <= sel.To
		chosen := chosenIn(sel.Entries, l)
		if !whole && len(chosen) == 0 {
			return nil
		}
		if whole {
			if first < 0 {
				first = l.Number
			}
			last = l.Number
		}
		return x.block(l, text, whole, chosen)
	})
	if err != nil {
		return err
	}
	if first >= 0 {
		x.m.Whole = append(x.m.Whole, [2]int64{first, last})
	}
	return nil
}

func (x *exporter) logProof(number int64, cp *evidence.Checkpoint, tree tlog.HashReader) ([]byte, error) {
	proof, err := tlog.ProveRecord(cp.Size, number, tree)
	if err != nil {
		return nil, err
	}
	p := evidence.LogProof{Index: number, Proof: proof, Checkpoint: cp}
	return p.Text(), nil
}

// keyChange adds the passing of trust from one key to the next.
func (x *exporter) keyChange(l *evidence.Leaf, text []byte) error {
	raw, err := os.ReadFile(filepath.Join(x.dir, "log", "bridge", fmt.Sprint(l.Number)))
	if err != nil {
		return err
	}
	bridge, err := evidence.ParseCheckpoint(raw)
	if err != nil {
		return err
	}
	if bridge.Size > x.cp.Size {
		return nil // the chosen checkpoint is of before
	}
	proof, err := x.logProof(l.Number, bridge, tlog.TileHashReader(tlog.Tree{N: bridge.Size, Hash: bridge.Root}, tileReader(x.dir)))
	if err != nil {
		return err
	}
	consistency, err := tlog.ProveTree(x.cp.Size, bridge.Size, x.tree)
	if err != nil {
		return err
	}
	base := fmt.Sprintf("keys/%d", l.Number)
	return errors.Join(x.addListed(base+".leaf", text), x.addListed(base+".tlog-proof", proof), x.addListed(base+".consistency", evidence.HashLines(consistency)))
}

func (x *exporter) block(l *evidence.Leaf, text []byte, whole bool, chosen []int64) error {
	base := fmt.Sprintf("block/%d", l.Number)
	proof, err := x.logProof(l.Number, x.cp, x.tree)
	if err != nil {
		return err
	}
	if err := errors.Join(x.add(base+".leaf", text), x.add(base+".tlog-proof", proof)); err != nil {
		return err
	}
	b, err := readBlock(x.folder, l.Number)
	if err != nil {
		return err
	}
	records, ends, err := evidence.NewBlockReader().Records(b)
	if err != nil {
		return err
	}
	blinder := evidence.NewBlinder(b.Secret)
	hashes := make([]evidence.Hash, len(ends))
	for i := range ends {
		hashes[i] = blinder.Hash(l.Block.First+int64(i), recordOf(records, ends, i))
	}
	if whole {
		content := append([]byte("vigie-trace-secret "+hex.EncodeToString(b.Secret[:])+"\n"), records...)
		if err := errors.Join(x.add(base+".log", content), x.add(base+".hashes", tileBytes(hashes))); err != nil {
			return err
		}
	}
	for _, entry := range chosen {
		i := int(entry - l.Block.First)
		inclusion := evidence.Prove(slices.Clone(hashes), i)
		name := fmt.Sprintf("entry/%d", entry)
		err := errors.Join(x.add(name+".record", recordOf(records, ends, i)), x.add(name+".proof", evidence.EntryProof(entry, l.Number, blinder.Nonce(entry), inclusion)))
		if err != nil {
			return err
		}
		x.m.Chosen = append(x.m.Chosen, evidence.Chosen{Entry: entry, Leaf: l.Number})
	}
	return nil
}

// readBlock reads the block of a leaf, wherever it is.
func readBlock(folder *Folder, leaf int64) (*evidence.Block, error) {
	f, err := folder.Segment(leaf >> 8)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if away, ok := f.(*awayFile); ok {
		away.toLeaf(leaf)
	}
	b, err := evidence.FindBlock(f, leaf)
	if err != nil {
		return nil, fmt.Errorf("block of leaf %d: %w", leaf, err)
	}
	return b, nil
}

// wholeLog adds the log as verifiers of whole logs read it, at the checkpoint
// of the pack.
func (x *exporter) wholeLog() error {
	if err := x.addListed("log/checkpoint", x.cp.Raw); err != nil {
		return err
	}
	for first := int64(0); first < x.cp.Size; first += 256 {
		width := int(min(x.cp.Size-first, 256))
		texts, err := x.bundle(first>>8, width)
		if err != nil {
			return err
		}
		if err := x.addListed("log/"+evidence.BundlePath(first>>8, width), evidence.AppendBundle(nil, texts...)); err != nil {
			return err
		}
	}
	for _, t := range tlog.NewTiles(8, 0, x.cp.Size) {
		data, err := tlog.ReadTileData(t, x.tree)
		if err != nil {
			return err
		}
		if err := x.addListed("log/"+evidence.TilePath(t), data); err != nil {
			return err
		}
	}
	return nil
}

// A tileReader reads the tiles of a stream's folder.
type tileReader string

func (tileReader) Height() int { return 8 }

func (tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles implements tlog.TileReader. A tile that is asked for in part may be
// there only wider.
func (dir tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		want := t.W
		for {
			data, err := os.ReadFile(filepath.Join(string(dir), "log", evidence.TilePath(t)))
			if err == nil && len(data) >= 32*want {
				out[i] = data[:32*want]
				break
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) || t.W == 256 {
				return nil, fmt.Errorf("%s: %w", evidence.TilePath(t), ErrDamaged)
			}
			t.W++
		}
	}
	return out, nil
}
