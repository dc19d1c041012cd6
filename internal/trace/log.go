package trace

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vigie.example/evidence"
)

// A log is the Merkle log of a stream: its right edge in memory, the rest in
// tiles on disk. Leaves are added in memory and published by a checkpoint.
type log struct {
	disk   disk
	dir    string
	origin string

	size      int64
	edge      [][]evidence.Hash // by level, the hashes of the tile that is not full
	bundle    [][]byte          // leaves of the bundle that is not full
	full      map[string][]byte // full tiles and bundles to be published
	published int64             // leaves of the checkpoint
	replaced  []string          // folders of partial tiles that full ones replace
}

// openLog reads the published state of a log from its checkpoint, the tiles of
// its right edge and its last bundle.
func openLog(d disk, dir, origin, vkey string) (*log, error) {
	l := &log{disk: d, dir: dir, origin: origin, full: map[string][]byte{}}
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return nil, err
	}
	cp, err := evidence.ParseCheckpoint(raw)
	if err != nil || cp.Origin != origin {
		return nil, fmt.Errorf("checkpoint: %w", ErrDamaged)
	}
	if !cp.SignedBy(vkey) {
		return nil, fmt.Errorf("checkpoint: not signed by the key of the vault: %w", ErrDamaged)
	}
	l.size, l.published = cp.Size, cp.Size
	for level, width := 0, cp.Size; width > 0; level, width = level+1, width>>8 {
		hashes, err := l.readTile(level, width>>8, int(width&255))
		if err != nil {
			return nil, err
		}
		l.edge = append(l.edge, hashes)
	}
	if l.root() != cp.Root {
		return nil, fmt.Errorf("tiles of the log: %w", ErrDamaged)
	}
	if n := int(cp.Size & 255); n > 0 {
		if l.bundle, err = l.readBundle(cp.Size>>8, n); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// readTile reads the first width hashes of a tile, from a wider one if there
// is: a stop just before the checkpoint leaves tiles that are ahead of it.
func (l *log) readTile(level int, n int64, width int) ([]evidence.Hash, error) {
	if width == 0 {
		return nil, nil
	}
	data, err := l.readPartial(width, 32*width, func(w int) string { return evidence.TilePath(tlog.Tile{H: 8, L: level, N: n, W: w}) })
	if err != nil {
		return nil, err
	}
	hashes := make([]evidence.Hash, width)
	for i := range hashes {
		hashes[i] = evidence.Hash(data[32*i:])
	}
	return hashes, nil
}

func (l *log) readPartial(width, least int, path func(width int) string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(l.dir, path(width)))
	if os.IsNotExist(err) && width < 256 {
		data, err = os.ReadFile(filepath.Join(l.dir, path(256)))
	}
	if os.IsNotExist(err) || err == nil && len(data) < least {
		return nil, fmt.Errorf("%s: %w", path(width), ErrDamaged)
	}
	return data, err
}

// readBundle reads the first width leaves of an entry bundle.
func (l *log) readBundle(n int64, width int) ([][]byte, error) {
	data, err := l.readPartial(width, 1, func(w int) string { return evidence.BundlePath(n, w) })
	if err != nil {
		return nil, err
	}
	leaves, err := evidence.ParseBundle(data)
	if err != nil || len(leaves) < width {
		return nil, fmt.Errorf("%s: %w", evidence.BundlePath(n, width), ErrDamaged)
	}
	return leaves[:width], nil
}

// root returns the root over all leaves: at each level the full subtrees, and
// what is left of the level below as the last, unfinished one.
func (l *log) root() evidence.Hash {
	var rest []evidence.Hash
	for _, tile := range l.edge {
		level := append(append([]evidence.Hash(nil), tile...), rest...)
		if len(level) > 0 {
			rest = []evidence.Hash{evidence.Root(level)}
		}
	}
	return evidence.Root(rest)
}

// add appends a leaf in memory.
func (l *log) add(text []byte) {
	l.bundle = append(l.bundle, text)
	if len(l.bundle) == 256 {
		path := evidence.BundlePath(l.size>>8, 256)
		l.full[path] = evidence.AppendBundle(nil, l.bundle...)
		l.replaced = append(l.replaced, path+".p")
		l.bundle = nil
	}
	hash := tlog.RecordHash(text)
	for level, n := 0, l.size; ; level, n = level+1, n>>8 {
		if level == len(l.edge) {
			l.edge = append(l.edge, nil)
		}
		l.edge[level] = append(l.edge[level], hash)
		if len(l.edge[level]) < 256 {
			break
		}
		path := evidence.TilePath(tlog.Tile{H: 8, L: level, N: n >> 8, W: 256})
		l.full[path] = tileBytes(l.edge[level])
		l.replaced = append(l.replaced, path+".p")
		hash = evidence.Root(l.edge[level])
		l.edge[level] = nil
	}
	l.size++
}

func tileBytes(hashes []evidence.Hash) []byte {
	var b bytes.Buffer
	for _, h := range hashes {
		b.Write(h[:])
	}
	return b.Bytes()
}

// publish makes all leaves durable and signs for them. A stop before the
// checkpoint is replaced leaves files that the next publication writes again,
// with the same bytes or more of them.
func (l *log) publish(signers ...note.Signer) ([]byte, error) {
	for path, data := range l.full {
		if err := l.disk.replace(filepath.Join(l.dir, path), data, 0o600); err != nil {
			return nil, err
		}
	}
	for level, n := 0, l.size; level < len(l.edge); level, n = level+1, n>>8 {
		if width := len(l.edge[level]); width > 0 {
			path := evidence.TilePath(tlog.Tile{H: 8, L: level, N: n >> 8, W: width})
			if err := l.disk.replace(filepath.Join(l.dir, path), tileBytes(l.edge[level]), 0o600); err != nil {
				return nil, err
			}
		}
	}
	if width := len(l.bundle); width > 0 {
		data := evidence.AppendBundle(nil, l.bundle...)
		if err := l.disk.replace(filepath.Join(l.dir, evidence.BundlePath(l.size>>8, width)), data, 0o600); err != nil {
			return nil, err
		}
	}
	cp := evidence.Checkpoint{Origin: l.origin, Size: l.size, Root: l.root()}
	raw, err := note.Sign(&note.Note{Text: cp.Text()}, signers...)
	if err != nil {
		return nil, err
	}
	if err := l.disk.replace(filepath.Join(l.dir, "checkpoint"), raw, 0o600); err != nil {
		return nil, err
	}
	l.published = l.size
	clear(l.full)
	for _, dir := range l.replaced { // no reader of the new checkpoint needs them
		_ = os.RemoveAll(filepath.Join(l.dir, strings.TrimPrefix(dir, "/")))
	}
	l.replaced = nil
	return raw, nil
}

// leaf returns the text of a published leaf, or of one in memory.
func (l *log) leaf(number int64) ([]byte, error) {
	if number < 0 || number >= l.size {
		return nil, fmt.Errorf("leaf %d of %d", number, l.size)
	}
	if first := l.size - int64(len(l.bundle)); number >= first {
		return l.bundle[number-first], nil
	}
	width := int(min(l.published-number>>8<<8, 256))
	leaves, err := l.readBundle(number>>8, width)
	if err != nil {
		return nil, err
	}
	return leaves[number&255], nil
}
