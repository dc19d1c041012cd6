package trace

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/trace/bucket"
)

// A Folder is what a stream holds, wherever it is: files of this machine and, in
// the place of segments whose local copy was dropped, their blocks in the bucket.
// evidence.VerifyStream reads it as a folder. Its methods may be called at the same
// time.
type Folder struct {
	local  string // folder of the stream; "" to read the bucket alone
	class  string
	config string // file of configuration of the bucket

	mu     sync.Mutex
	bucket *bucket.Bucket
	failed error
	lately error           // the last failure
	until  time.Time       // nothing is asked of the bucket before, after it failed
	parts  map[part][]byte // read lately: a block never changes
	turn   []part          // of parts, the oldest first
}

// A part is bytes of the block of a leaf.
type part struct{ leaf, from, size int64 }

// keptParts is how many parts of blocks are kept, none longer than keptPart.
const (
	keptParts = 64
	keptPart  = 512 << 10
)

// bucketPause is how long a bucket that failed is not asked again, so that readers
// need not wait for it one after the other.
const bucketPause = 20 * time.Second

// A Segment is an open segment file, or what stands for it.
type Segment interface {
	fs.File
	io.ReaderAt
	io.Seeker
}

// OpenFolder returns the stream in a folder of a vault. It reads nothing yet.
func OpenFolder(dir string) *Folder {
	return &Folder{local: dir, class: filepath.Base(dir), config: filepath.Join(filepath.Dir(dir), bucket.ConfigFile)}
}

// OpenCopy returns the copy of a stream in the bucket that a file describes, as if
// this machine had nothing.
func OpenCopy(config, class string) *Folder { return &Folder{class: class, config: config} }

// ErrBucket says that the bucket could not be read: what was looked for may be
// there. Errors that it is in say so to people.
var ErrBucket = errors.New("the bucket does not answer")

func unreadable(err error) error {
	return &vigie.Error{Code: vigie.Conflict, Key: "traces.bucket_down", Err: fmt.Errorf("%w: %w", ErrBucket, err)}
}

// Err returns the first failure of the bucket. After a verification it says that
// what was found missing or damaged may not be.
func (d *Folder) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

func (d *Folder) open() (*bucket.Bucket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Now().Before(d.until) {
		return nil, d.lately
	}
	if d.bucket != nil {
		return d.bucket, nil
	}
	c, err := bucket.ReadConfig(d.config)
	if err == nil && c == nil {
		err = fmt.Errorf("%s: %w", d.config, fs.ErrNotExist)
	}
	if err == nil {
		d.bucket, err = bucket.Open(c)
	}
	if err != nil {
		d.failed = unreadable(err)
	}
	return d.bucket, d.failed
}

// get reads a part of an object of the stream; all of it when size is negative.
func (d *Folder) get(name string, from, size int64) ([]byte, error) {
	b, err := d.open()
	if err != nil {
		return nil, err
	}
	data, err := b.Get(context.Background(), path.Join(d.class, name), from, size)
	return data, d.outage(err)
}

// part reads bytes of a block.
func (d *Folder) part(p part) ([]byte, error) {
	d.mu.Lock()
	data := d.parts[p]
	d.mu.Unlock()
	if data != nil || p.size == 0 {
		return data, nil
	}
	data, err := d.get(blockObject(p.leaf), p.from, p.size)
	if err != nil || p.size > keptPart {
		return data, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parts == nil {
		d.parts = map[part][]byte{}
	}
	if d.parts[p] == nil {
		d.turn = append(d.turn, p)
	}
	d.parts[p] = data
	if len(d.turn) > keptParts {
		delete(d.parts, d.turn[0])
		d.turn = d.turn[1:]
	}
	return data, nil
}

// Ready says whether all of the stream can be read now: it asks the bucket, when
// something is there alone.
//
// Errors: ErrBucket.
func (d *Folder) Ready(ctx context.Context) error {
	if d.local != "" {
		away, err := filepath.Glob(filepath.Join(d.local, "blocks", "*"+awaySuffix))
		if err != nil || len(away) == 0 {
			return err
		}
	}
	b, err := d.open()
	if err != nil {
		return err
	}
	return d.outage(b.Check(ctx))
}

func (d *Folder) list(name string, below bool) ([]bucket.Object, error) {
	b, err := d.open()
	if err != nil {
		return nil, err
	}
	list, err := b.List(context.Background(), path.Join(d.class, name), below)
	return list, d.outage(err)
}

// outage keeps the first failure that is no missing object.
func (d *Folder) outage(err error) error {
	if err == nil || errors.Is(err, bucket.ErrMissing) {
		return err
	}
	err = unreadable(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = err
	}
	d.lately, d.until = err, time.Now().Add(bucketPause)
	return err
}

// Open implements fs.FS.
func (d *Folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	no, segment := segmentNumber(name)
	if d.local != "" {
		f, err := os.Open(filepath.Join(d.local, filepath.FromSlash(name)))
		if !segment || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
		blocks, at, err := readAway(d.local, no)
		if err != nil {
			return nil, err
		}
		return newAwayFile(d, no, blocks, at), nil
	}
	if segment {
		list, err := d.list(blocksOf(no), true)
		if err == nil && len(list) == 0 {
			err = fs.ErrNotExist
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		blocks := make([]awayBlock, 0, len(list))
		for _, o := range list {
			var leaf int64
			if _, err := fmt.Sscanf(path.Base(o.Name), "%d.zst", &leaf); err == nil {
				blocks = append(blocks, awayBlock{leaf: leaf, size: o.Size})
			}
		}
		return newAwayFile(d, no, blocks, time.Time{}), nil
	}
	data, err := d.get(name, 0, -1)
	if errors.Is(err, bucket.ErrMissing) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &memoryFile{Reader: bytes.NewReader(data), info: fileInfo{name: path.Base(name), size: int64(len(data))}}, nil
}

// ReadDir implements fs.ReadDirFS: segments are told whether or not they are here.
func (d *Folder) ReadDir(name string) (out []fs.DirEntry, err error) {
	if d.local == "" {
		list, err := d.list(name, false)
		for _, o := range list {
			out = append(out, fileInfo{name: path.Base(o.Name), size: o.Size})
		}
		return out, err
	}
	entries, err := os.ReadDir(filepath.Join(d.local, filepath.FromSlash(name)))
	if name != "blocks" {
		return entries, err
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Name()] = true
	}
	for _, e := range entries {
		if no, away := strings.CutSuffix(e.Name(), awaySuffix); away {
			if !there[no+".zst"] {
				out = append(out, fileInfo{name: no + ".zst"})
			}
			continue
		}
		out = append(out, e)
	}
	return out, err
}

// Segments returns the numbers of the segments that have a block, in order.
func (d *Folder) Segments() (out []int64, err error) {
	entries, err := d.ReadDir("blocks")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if no, ok := segmentNumber("blocks/" + e.Name()); ok {
			out = append(out, no)
		}
	}
	slices.Sort(out)
	return out, err
}

// Segment opens a segment.
//
// Errors: fs.ErrNotExist, ErrBucket.
func (d *Folder) Segment(no int64) (Segment, error) {
	f, err := d.Open(evidence.SegmentPath(no))
	if err != nil {
		return nil, err
	}
	return f.(Segment), nil
}

// StatSegment tells of a segment without opening it: where it is and when it was
// last written. The size of one in the bucket is that of the file that names its
// blocks.
func (d *Folder) StatSegment(no int64) (fs.FileInfo, error) {
	name := filepath.Join(d.local, filepath.FromSlash(evidence.SegmentPath(no)))
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Stat(awayPath(d.local, no))
	}
	return info, err
}

// segmentNumber says which segment a path of a stream names, if it names one.
func segmentNumber(name string) (no int64, ok bool) {
	if _, err := fmt.Sscanf(name, "blocks/%d.zst", &no); err != nil {
		return 0, false
	}
	return no, name == evidence.SegmentPath(no)
}

// Names of objects: in the order of their leaves, the blocks of a segment are its
// file.
func blocksOf(no int64) string { return fmt.Sprintf("blocks/%08d", no) }

func blockObject(leaf int64) string { return fmt.Sprintf("%s/%012d.zst", blocksOf(leaf>>8), leaf) }

// An awayBlock is a block that is in the bucket alone.
type awayBlock struct {
	leaf int64
	size int64
	head int64   // length of what is before its groups; 0 when it is not known
	sum  [4]byte // the last bytes of the head, by which the index knows the block
}

const (
	awaySuffix = ".away"
	awayMagic  = "vigie-away/v1\n"
)

// awayPath is the file that stands for a segment whose blocks are in the bucket.
func awayPath(dir string, no int64) string {
	return filepath.Join(dir, "blocks", fmt.Sprintf("%08d", no)+awaySuffix)
}

func readAway(dir string, no int64) (blocks []awayBlock, at time.Time, err error) {
	data, err := os.ReadFile(awayPath(dir, no))
	if err != nil {
		return nil, at, err
	}
	rest, ok := strings.CutPrefix(string(data), awayMagic)
	for text := range strings.Lines(rest) {
		var b awayBlock
		var sum []byte
		n, err := fmt.Sscanf(text, "%d %d %d %x\n", &b.leaf, &b.size, &b.head, &sum)
		if err != nil || n != 4 || copy(b.sum[:], sum) != 4 || b.leaf>>8 != no || b.head < 12 || b.size < b.head || len(blocks) > 0 && blocks[len(blocks)-1].leaf >= b.leaf {
			ok = false
			break
		}
		blocks = append(blocks, b)
	}
	if !ok {
		return nil, at, fmt.Errorf("%s: %w", awayPath(dir, no), ErrDamaged)
	}
	if info, err := os.Stat(awayPath(dir, no)); err == nil {
		at = info.ModTime()
	}
	return blocks, at, nil
}

func awayText(blocks []awayBlock) []byte {
	text := []byte(awayMagic)
	for _, b := range blocks {
		text = fmt.Appendf(text, "%d %d %d %s\n", b.leaf, b.size, b.head, hex.EncodeToString(b.sum[:]))
	}
	return text
}

// An awayFile is a segment file made of objects.
type awayFile struct {
	folder *Folder
	info   fileInfo

	// Reading in order takes whole blocks; those that turn out to be missing, or
	// longer, are so in the file. Reading at a place takes what is asked.
	blocks []awayBlock
	place  int64
	held   []byte // the block of reading in order
	holds  int    // which one; -1 for none
}

func newAwayFile(d *Folder, no int64, blocks []awayBlock, at time.Time) *awayFile {
	f := &awayFile{folder: d, blocks: blocks, holds: -1, info: fileInfo{name: path.Base(evidence.SegmentPath(no)), at: at}}
	f.info.size = f.start(len(blocks))
	return f
}

// start returns where a block begins.
func (f *awayFile) start(block int) (at int64) {
	for _, b := range f.blocks[:block] {
		at += b.size
	}
	return at
}

// at returns the block of a place, and the place in it.
func (f *awayFile) at(place int64) (block int, in int64) {
	for i, b := range f.blocks {
		if place < b.size {
			return i, place
		}
		place -= b.size
	}
	return len(f.blocks), 0
}

// toLeaf moves to the block of a leaf.
func (f *awayFile) toLeaf(leaf int64) {
	for i, b := range f.blocks {
		if b.leaf == leaf {
			f.place = f.start(i)
		}
	}
}

func (f *awayFile) Read(p []byte) (int, error) {
	for {
		i, in := f.at(f.place)
		if i == len(f.blocks) {
			return 0, io.EOF
		}
		if f.holds != i {
			data, err := f.folder.get(blockObject(f.blocks[i].leaf), 0, -1)
			if errors.Is(err, bucket.ErrMissing) {
				f.blocks = slices.Delete(f.blocks, i, i+1)
				continue
			}
			if err != nil {
				return 0, err
			}
			f.held, f.holds, f.blocks[i].size = data, i, int64(len(data))
			continue
		}
		n := copy(p, f.held[in:])
		f.place += int64(n)
		return n, nil
	}
}

func bytesOf(b awayBlock, from int64, size int) part { return part{b.leaf, from, int64(size)} }

func (f *awayFile) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		i, in := f.at(at + int64(n))
		if i == len(f.blocks) {
			return n, io.EOF
		}
		b := f.blocks[i]
		part := p[n:min(int64(len(p)), int64(n)+b.size-in)]
		if in == b.head-int64(len(b.sum)) && len(part) == len(b.sum) {
			copy(part, b.sum[:])
		} else {
			data, err := f.folder.part(bytesOf(b, in, len(part)))
			if err != nil {
				return n, err
			}
			copy(part, data)
		}
		n += len(part)
	}
	return n, nil
}

func (f *awayFile) Seek(to int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		to += f.place
	case io.SeekEnd:
		to += f.start(len(f.blocks))
	}
	if to < 0 {
		return 0, fs.ErrInvalid
	}
	f.place = to
	return to, nil
}

func (f *awayFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *awayFile) Close() error               { return nil }

// A memoryFile is an object that was read whole.
type memoryFile struct {
	*bytes.Reader
	info fileInfo
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memoryFile) Close() error               { return nil }

// A fileInfo tells of a file that is in the bucket.
type fileInfo struct {
	name string
	size int64
	at   time.Time
}

func (i fileInfo) Name() string               { return i.name }
func (i fileInfo) Size() int64                { return i.size }
func (i fileInfo) Mode() fs.FileMode          { return 0o400 }
func (i fileInfo) ModTime() time.Time         { return i.at }
func (i fileInfo) IsDir() bool                { return false }
func (i fileInfo) Sys() any                   { return nil }
func (i fileInfo) Type() fs.FileMode          { return 0 }
func (i fileInfo) Info() (fs.FileInfo, error) { return i, nil }
