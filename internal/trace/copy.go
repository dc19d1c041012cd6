package trace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"vigie.example/evidence"
	"vigie.example/internal/trace/bucket"
)

// A Copier keeps a copy of a stream in a bucket: each sealed block as an object, and
// the log up to a checkpoint, which comes last, so that the copy verifies by itself.
// It drops local blocks that are old enough, and destroys in the bucket what a
// pruning destroyed here. A bucket that fails stops nothing else. It is not for use
// by several goroutines at once.
//
// Where it stands is kept in the file "copy" of the stream. A stop at any point has
// the last objects compared again, and those that differ sent again.
type Copier struct {
	Stream *Stream
	Bucket *bucket.Bucket
	Config *bucket.Config

	state *Copied
	kept  map[string]bool // names of tokens and bridges, and cosigned checkpoints, in the bucket; nil when not known
	sure  bool            // blocks from Next on are not in the bucket
}

// Copied says where the copy of a stream stands.
type Copied struct {
	Bucket   string    // where the copy is
	Next     int64     // leaf whose block is copied next
	Size     int64     // leaves of the checkpoint in the bucket
	Looked   int64     // leaves in which prunings were looked for
	Before   int64     // leaf below which the last pruning lets blocks be absent
	Pruned   bool      // and the bucket followed it
	At       time.Time // when all was copied last; zero when it never was
	Failures int       // passes that failed since
	Since    time.Time // of the first of them
	Error    string    // of the last of them
}

const (
	copyAtOnce = 4  // objects sent at the same time
	copyBatch  = 64 // blocks after which the place is kept
)

func copyFile(dir string) string { return filepath.Join(dir, "copy") }

// ReadCopied says where the copy of the stream in a folder stands; nil when it has
// none.
func ReadCopied(dir string) (*Copied, error) {
	data, err := os.ReadFile(copyFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	c := &Copied{}
	if err == nil {
		err = json.Unmarshal(data, c)
	}
	return c, err
}

func (c *Copier) dir() string { return c.Stream.dir }

func (c *Copier) name(file string) string { return path.Join(filepath.Base(c.dir()), file) }

func (c *Copier) save() error { return c.Stream.keepState(copyFile(c.dir()), c.state) }

// Pass brings the bucket to where the stream is. The vault says in entries of its
// own when passes begin to fail, and when one succeeds again.
func (c *Copier) Pass(ctx context.Context, now time.Time) error {
	if c.state == nil {
		state, err := ReadCopied(c.dir())
		if err != nil {
			return err
		}
		if c.state = state; state == nil || state.Bucket != c.Config.Place() { // another bucket: all goes there
			c.state = &Copied{Bucket: c.Config.Place()}
		}
	}
	err := c.pass(ctx, now)
	if ctx.Err() != nil {
		return c.save()
	}
	if err != nil {
		c.kept, c.sure = nil, false
		if c.state.Failures++; c.state.Failures == 1 {
			c.state.Since = now
			_ = c.Stream.tell(ctx, "copy", map[string]any{"error": err.Error()}) // it is in the file too
		}
		c.state.Error = err.Error()
		return errors.Join(err, c.save())
	}
	if c.state.Failures > 0 {
		_ = c.Stream.tell(ctx, "copy", map[string]any{"answers": true, "failed-since": c.state.Since.UTC().Format(time.RFC3339), "failures": c.state.Failures})
	}
	c.state.At, c.state.Failures, c.state.Since, c.state.Error = now, 0, time.Time{}, ""
	return c.save()
}

func (c *Copier) pass(ctx context.Context, now time.Time) error {
	raw, err := os.ReadFile(filepath.Join(c.dir(), "log", "checkpoint"))
	if err != nil {
		return err
	}
	cp, err := evidence.ParseCheckpoint(raw)
	if err != nil {
		return err
	}
	for no := c.state.Next >> 8; no<<8 < cp.Size; no++ {
		if err := c.segment(ctx, no, cp.Size); err != nil {
			return err
		}
	}
	c.sure = true
	if err := c.log(ctx, raw, cp); err != nil {
		return err
	}
	if err := c.prune(ctx, cp); err != nil {
		return err
	}
	return c.drop(ctx, now)
}

// segment copies the blocks of a segment that a checkpoint covers.
func (c *Copier) segment(ctx context.Context, no, size int64) error {
	end := min(size, (no+1)<<8)
	f, err := os.Open(filepath.Join(c.dir(), filepath.FromSlash(evidence.SegmentPath(no))))
	if errors.Is(err, fs.ErrNotExist) { // pruned, or copied and dropped
		c.state.Next = end
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	work, working := errgroup.WithContext(ctx)
	work.SetLimit(copyAtOnce)
	at, sent := int64(0), 0
	for {
		b, n, err := evidence.SkipBlock(f)
		if errors.Is(err, io.EOF) || errors.Is(err, evidence.ErrTorn) {
			break
		}
		if err != nil {
			return errors.Join(fmt.Errorf("segment %d: %w", no, err), work.Wait())
		}
		leaf, from := b.Leaf, at
		at += n
		if leaf.Number < c.state.Next || leaf.Number >= end {
			continue
		}
		work.Go(func() error {
			data := make([]byte, n)
			if _, err := f.ReadAt(data, from); err != nil {
				return err
			}
			until := time.UnixMicro(leaf.Block.To + leaf.Block.KeepMin*day)
			put := c.Bucket.Put
			if !c.sure {
				put = c.Bucket.Ensure
			}
			return put(working, c.name(blockObject(leaf.Number)), data, until)
		})
		if sent++; sent%copyBatch == 0 {
			if err := work.Wait(); err != nil {
				return err
			}
			c.state.Next = leaf.Number + 1
			if err := c.save(); err != nil {
				return err
			}
			c.sure = true
			work, working = errgroup.WithContext(ctx)
			work.SetLimit(copyAtOnce)
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	c.state.Next = end
	return c.save()
}

// log copies the log up to a checkpoint.
func (c *Copier) log(ctx context.Context, raw []byte, cp *evidence.Checkpoint) error {
	put := func(file string, data []byte) error {
		return c.Bucket.Put(ctx, c.name(file), data, time.Time{})
	}
	if err := c.notes(ctx, cp, put); err != nil || cp.Size == c.state.Size {
		return err
	}
	tiles := tlog.NewTiles(8, c.state.Size, cp.Size)
	data, err := tileReader(c.dir()).ReadTiles(tiles)
	if err != nil {
		return err
	}
	for i, t := range tiles {
		if err := put("log/"+evidence.TilePath(t), data[i]); err != nil {
			return err
		}
	}
	x := &exporter{dir: c.dir()}
	for first := c.state.Size >> 8 << 8; first < cp.Size; first += 256 {
		width := int(min(cp.Size-first, 256))
		texts, err := x.bundle(first>>8, width)
		if err != nil {
			return err
		}
		if err := put("log/"+evidence.BundlePath(first>>8, width), evidence.AppendBundle(nil, texts...)); err != nil {
			return err
		}
	}
	vkey, err := os.ReadFile(filepath.Join(c.dir(), "log.vkey"))
	if err != nil {
		return err
	}
	if err := errors.Join(put("log.vkey", vkey), put("log/checkpoint", raw)); err != nil {
		return err
	}
	// No reader of the new checkpoint needs the partial tiles of the former one.
	still := map[string]bool{}
	for _, file := range partials(cp.Size) {
		still[file] = true
	}
	for _, file := range partials(c.state.Size) {
		if still[file] {
			continue
		}
		if err := c.Bucket.Remove(ctx, c.name("log/"+file)); err != nil {
			return err
		}
	}
	c.state.Size = cp.Size
	return c.save()
}

// partials are the tiles and the bundle that are not full in a log of some leaves.
func partials(size int64) (files []string) {
	if width := int(size & 255); width > 0 {
		files = append(files, evidence.BundlePath(size>>8, width))
	}
	for level, n := 0, size; n > 0; level, n = level+1, n>>8 {
		if width := int(n & 255); width > 0 {
			files = append(files, evidence.TilePath(tlog.Tile{H: 8, L: level, N: n >> 8, W: width}))
		}
	}
	return files
}

// notes copies time-stamps and bridges that a checkpoint covers.
func (c *Copier) notes(ctx context.Context, cp *evidence.Checkpoint, put func(string, []byte) error) error {
	if c.kept == nil {
		kept := map[string]bool{}
		for _, folder := range []string{"log/token", "log/bridge"} {
			list, err := c.Bucket.List(ctx, c.name(folder), true)
			if err != nil {
				return err
			}
			for _, o := range list {
				kept[o.Name] = true
			}
		}
		c.kept = kept
	}
	for _, folder := range []string{"log/token", "log/bridge"} {
		entries, err := os.ReadDir(filepath.Join(c.dir(), filepath.FromSlash(folder)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			file := path.Join(folder, e.Name())
			var size int64
			if _, err := fmt.Sscanf(e.Name(), "%d", &size); err != nil || size > cp.Size || c.kept[c.name(file)] || path.Ext(file) == ".tmp" {
				continue
			}
			if folder == "log/bridge" && size == cp.Size {
				continue
			}
			data, err := os.ReadFile(filepath.Join(c.dir(), filepath.FromSlash(file)))
			if err == nil {
				err = put(file, data)
			}
			if err != nil {
				return err
			}
			c.kept[c.name(file)] = true
		}
	}
	return c.cosigned(cp, put)
}

// cosigned copies what witnesses cosigned last, as far as a checkpoint covers it.
func (c *Copier) cosigned(cp *evidence.Checkpoint, put func(string, []byte) error) error {
	files, err := filepath.Glob(filepath.Join(c.dir(), "cosigned", "*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if filepath.Ext(file) != "" {
			continue // being written
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		of, err := evidence.ParseCheckpoint(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if of.Size > cp.Size || c.kept[string(raw)] {
			continue
		}
		if err := put("cosigned/"+filepath.Base(file), raw); err != nil {
			return err
		}
		c.kept[string(raw)] = true
	}
	return nil
}

// prune destroys in the bucket what the last pruning destroyed here. The holds do
// not change while it looks at a segment.
func (c *Copier) prune(ctx context.Context, cp *evidence.Checkpoint) error {
	x := &exporter{dir: c.dir()}
	err := x.eachLeafFrom(c.state.Looked>>8<<8, cp.Size, func(l *evidence.Leaf, _ []byte) error {
		if l.Prune != nil && l.Number >= c.state.Looked {
			c.state.Before, c.state.Pruned = max(c.state.Before, l.Prune.Before), false
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.state.Looked = cp.Size
	if c.state.Before == 0 || c.state.Pruned {
		return nil
	}
	folders, err := c.Bucket.List(ctx, c.name("blocks"), false)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		var no int64
		if _, err := fmt.Sscanf(path.Base(folder.Name), "%d", &no); err != nil || no<<8 >= c.state.Before {
			continue
		}
		if err := c.pruneSegment(ctx, x, no); err != nil {
			return err
		}
	}
	c.state.Pruned = true
	return c.save()
}

func (c *Copier) pruneSegment(ctx context.Context, x *exporter, no int64) (err error) {
	held, unlock, err := lockHolds(c.Stream.disk, c.dir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	list, err := c.Bucket.List(ctx, c.name(blocksOf(no)), true)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, o := range list {
		there[o.Name] = true
	}
	return x.eachLeafFrom(no<<8, min(c.state.Before, (no+1)<<8), func(l *evidence.Leaf, _ []byte) error {
		object := c.name(blockObject(l.Number))
		if !there[object] || held.Keep(l) {
			return nil
		}
		return c.Bucket.Remove(ctx, object)
	})
}

// drop removes local segments whose blocks are all in the bucket and old enough.
func (c *Copier) drop(ctx context.Context, now time.Time) error {
	if c.Config.LocalDays == 0 {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(c.dir(), "blocks", "*.zst"))
	if err != nil {
		return err
	}
	for _, file := range files {
		no, ok := segmentNumber("blocks/" + filepath.Base(file))
		if !ok || (no+1)<<8 > c.state.Next {
			continue
		}
		if err := c.dropSegment(ctx, file, no, now.UnixMicro()-c.Config.LocalDays*day); err != nil {
			return err
		}
	}
	return nil
}

// dropSegment puts a list of its blocks in the place of a segment. A stop between
// the two steps leaves both, and the file counts.
func (c *Copier) dropSegment(ctx context.Context, file string, no, before int64) (err error) {
	// Prunings rewrite segments: not meanwhile.
	_, unlock, err := lockHolds(c.Stream.disk, c.dir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	blocks, last, err := segmentBlocks(file)
	if err != nil || last >= before {
		return err
	}
	list, err := c.Bucket.List(ctx, c.name(blocksOf(no)), true)
	if err != nil {
		return err
	}
	sizes := map[string]int64{}
	for _, o := range list {
		sizes[o.Name] = o.Size
	}
	for _, b := range blocks {
		if sizes[c.name(blockObject(b.leaf))] != b.size {
			c.state.Next = min(c.state.Next, no<<8) // compared and sent again by the next pass
			return fmt.Errorf("bucket: the block of leaf %d is not there any more", b.leaf)
		}
	}
	if err := c.Stream.disk.replace(awayPath(c.dir(), no), awayText(blocks), 0o600); err != nil {
		return err
	}
	return c.Stream.disk.remove(file)
}

// segmentBlocks lists the blocks of a segment file, and gives the instant of its
// last entry.
func segmentBlocks(file string) (blocks []awayBlock, last int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	at := int64(0)
	for {
		b, n, err := evidence.SkipBlock(f)
		if errors.Is(err, io.EOF) {
			return blocks, last, nil
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", file, err)
		}
		out := awayBlock{leaf: b.Leaf.Number, size: n, head: n}
		for _, g := range b.Groups {
			out.head -= int64(g.Compressed)
		}
		if _, err := f.ReadAt(out.sum[:], at+out.head-int64(len(out.sum))); err != nil {
			return nil, 0, err
		}
		blocks = append(blocks, out)
		at += n
		last = max(last, b.Leaf.Block.To)
	}
}

// rewriteAway takes the blocks that are not kept out of the list that stands for a
// segment.
func (s *Stream) rewriteAway(no int64, keep func(*evidence.Leaf) bool) error {
	blocks, _, err := readAway(s.dir, no)
	if err != nil {
		return err
	}
	left := blocks[:0:0]
	for _, b := range blocks {
		text, err := s.log.leaf(b.leaf)
		if err != nil {
			return err
		}
		l, err := evidence.ParseLeaf(text)
		if err != nil {
			return err
		}
		if keep(l) {
			left = append(left, b)
		}
	}
	switch len(left) {
	case len(blocks):
		return nil
	case 0:
		return s.disk.remove(awayPath(s.dir, no))
	}
	return s.disk.replace(awayPath(s.dir, no), awayText(left), 0o600)
}
