package evidence

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Check says how to verify a stream.
type Check struct {
	Key       string         // vkey that one trusts; none: the stream's own word is taken for it
	Known     []*Checkpoint  // seen earlier, from elsewhere
	TSA       *x509.CertPool // authorities trusted for time-stamps; none: tokens are not looked at
	Witnesses []string       // vkeys of witnesses that must have cosigned the log
	Live      bool           // the vault may be writing: blocks beyond the checkpoint are no problem
	Quick     bool           // compare compressed bytes with their hashes, and no entry
	Workers   int            // blocks verified at once; one when 0
}

// A StreamReport says what was verified, and what is wrong.
type StreamReport struct {
	Origin   string
	Signer   string // vkey that signs now
	Trusted  bool   // the trusted key leads to it
	Leaves   int64
	Blocks   int64 // verified
	Pruned   int64 // absent as announced
	Entries  int64
	Bytes    int64         // of the records verified
	From, To int64         // instants of the first and last entry kept
	Unlogged int64         // blocks beyond the checkpoint
	Cosigned []Cosignature // by the witnesses asked for
	Tokens   []Token
	Others   int // tokens of authorities that are not among those trusted
	Problems []Problem
}

// Bounds of the errors that one verification tells of, so that a destroyed
// stream gives a report that can be read.
const maxProblems = 1000

const tokenTolerance = 300 * time.Second

// streamCheck is one verification of a stream.
type streamCheck struct {
	Check
	dir  fs.FS
	rep  *StreamReport
	mu   sync.Mutex // over rep while blocks are verified
	wg   sync.WaitGroup
	jobs chan *Block
	used sync.Pool // memory of blocks verified

	cp       *Checkpoint
	hashes   hashStore
	instants []int64 // by leaf
	next     int64   // entry that the next block must begin with
	missing  []*Leaf // blocks absent, judged once the prunings are known
	pruned   *Leaf   // last announcement
	stranger error   // why the first of the tokens of other authorities is not accepted
	key      string  // the key trusted so far
}

// VerifyStream verifies the folder of a stream (9).
func VerifyStream(dir fs.FS, check Check) *StreamReport {
	c := &streamCheck{Check: check, dir: dir, rep: &StreamReport{}}
	c.run()
	slices.SortStableFunc(c.rep.Problems, func(a, b Problem) int { return strings.Compare(a.String(), b.String()) })
	return c.rep
}

func (c *streamCheck) found(list ...Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rep.Problems) < maxProblems {
		c.rep.Problems = append(c.rep.Problems, list...)
	}
}

func (c *streamCheck) run() {
	raw, err := fs.ReadFile(c.dir, "log/checkpoint")
	if err != nil {
		c.found(problem("evidence.checkpoint_missing"))
		return
	}
	if c.cp, err = ParseCheckpoint(raw); err != nil {
		c.found(problem("evidence.checkpoint_form", "checkpoint", err))
		return
	}
	c.rep.Origin, c.rep.Leaves = c.cp.Origin, c.cp.Size
	first, err := fs.ReadFile(c.dir, "log.vkey")
	if err != nil {
		c.found(problem("evidence.file_missing", "log.vkey"))
	}
	c.key = strings.TrimSuffix(string(first), "\n")
	c.rep.Trusted = c.key == c.Key
	c.jobs = make(chan *Block)
	for range max(c.Workers, 1) {
		c.wg.Add(1)
		go c.verifyBlocks()
	}
	for first := int64(0); first < c.cp.Size; first += 256 {
		leaves := c.readLeaves(first)
		c.readSegment(first, leaves)
	}
	for first := (c.cp.Size + 255) / 256 * 256; ; first += 256 { // segments wholly beyond the checkpoint
		if _, err := fs.Stat(c.dir, SegmentPath(first/256)); err != nil {
			break
		}
		c.readSegment(first, nil)
	}
	close(c.jobs)
	c.wg.Wait()
	if !c.Live && c.rep.Unlogged > 0 {
		c.found(problem("evidence.block_unlogged", c.cp.Size))
	}
	c.judgeMissing()
	c.checkRoots()
	c.checkTiles()
}

// SegmentPath returns where the blocks of leaves 256·n to 256·n+255 are.
func SegmentPath(n int64) string { return fmt.Sprintf("blocks/%08d.zst", n) }

// readLeaves reads the leaves of one entry bundle and follows entries, instants
// and keys.
func (c *streamCheck) readLeaves(first int64) (leaves []*Leaf) {
	width := min(c.cp.Size-first, 256)
	leaves = make([]*Leaf, width)
	name := BundlePath(first/256, int(width))
	data, err := fs.ReadFile(c.dir, "log/"+name)
	if err != nil && width < 256 { // a full bundle replaces the partial ones
		data, err = fs.ReadFile(c.dir, "log/"+BundlePath(first/256, 256))
	}
	var texts [][]byte
	if err != nil {
		c.found(problem("evidence.file_missing", name))
	} else if texts, err = ParseBundle(data); err != nil {
		c.found(problem("evidence.file_form", name, err))
	}
	for i := range leaves {
		number := first + int64(i)
		var hash Hash
		if i >= len(texts) {
			c.found(problem("evidence.leaf_missing", number))
		} else {
			hash = tlog.RecordHash(texts[i])
			leaves[i] = c.followLeaf(number, texts[i])
		}
		if c.hashes, err = c.hashes.add(number, hash); err != nil {
			panic(err) // the hashes of the leaves before are there
		}
		instant := int64(0)
		if leaves[i] != nil {
			instant = leaves[i].Instant()
		}
		c.instants = append(c.instants, instant)
	}
	return leaves
}

func (c *streamCheck) followLeaf(number int64, text []byte) *Leaf {
	l, err := ParseLeaf(text)
	switch {
	case err != nil:
		c.found(problem("evidence.leaf_form", number, err))
		return nil
	case l.Origin != c.cp.Origin:
		c.found(problem("evidence.leaf_form", number, errors.New("another origin")))
		return nil
	case l.Number != number:
		c.found(problem("evidence.leaf_place", number, l.Number))
		return nil
	}
	if number > 0 && l.Instant() < c.instants[number-1] {
		c.found(problem("evidence.leaf_time", number))
	}
	switch {
	case l.Block != nil:
		if l.Block.First != c.next {
			c.found(problem("evidence.leaf_gap", number, l.Block.First, c.next))
		}
		c.next = l.Block.First + l.Block.Entries
	case l.Prune != nil:
		c.pruned = l
	case l.Key != nil:
		c.followKey(l)
	}
	return l
}

// followKey passes trust on to the next key.
func (c *streamCheck) followKey(l *Leaf) {
	name := fmt.Sprintf("bridge/%d", l.Number)
	raw, err := fs.ReadFile(c.dir, "log/"+name)
	if err != nil {
		c.found(problem("evidence.file_missing", name))
		return
	}
	bridge, err := ParseCheckpoint(raw)
	if err != nil {
		c.found(problem("evidence.checkpoint_form", name, err))
		return
	}
	if bridge.Size <= l.Number || !bridge.SignedBy(c.key, l.Key.Key) {
		c.found(problem("evidence.key_bridge", l.Number))
		return
	}
	c.key = l.Key.Key
	c.rep.Trusted = c.rep.Trusted || c.key == c.Key
}

// readSegment reads a segment file beside the leaves of the log, nil where a
// leaf could not be read.
func (c *streamCheck) readSegment(first int64, leaves []*Leaf) {
	seen := map[int64]bool{}
	defer func() {
		for _, l := range leaves {
			if l != nil && l.Block != nil && !seen[l.Number] {
				c.missing = append(c.missing, l)
			}
		}
	}()
	f, err := c.dir.Open(SegmentPath(first / 256))
	if err != nil {
		return
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	expect, at := first, int64(0)
	for {
		for expect < first+int64(len(leaves)) && (leaves[expect-first] == nil || leaves[expect-first].Block == nil) {
			expect++
		}
		memory, _ := c.used.Get().(*[]byte)
		if memory == nil {
			memory = new([]byte)
		}
		b, n, err := readBlock(r, *memory)
		if err == io.EOF {
			return
		}
		at += n
		if b == nil || b.Leaf.Number < first || b.Leaf.Number > first+255 {
			if b != nil {
				err = fmt.Errorf("it says leaf %d", b.Leaf.Number)
			}
			if expect >= c.cp.Size && c.Live {
				return // being written
			}
			c.found(problem("evidence.block_damaged", expect, err))
			if expect < first+256 {
				seen[expect] = true // damaged, not absent
				expect++
			}
			if at = nextBlock(f, at-n+1); at < 0 {
				return
			}
			r = bufio.NewReaderSize(io.NewSectionReader(f.(io.ReaderAt), at, 1<<60), 1<<20)
			continue
		}
		number := b.Leaf.Number
		switch {
		case number >= c.cp.Size:
			c.rep.Unlogged++
			continue
		case seen[number]:
			c.found(problem("evidence.block_twice", number))
			continue
		case number < expect:
			c.found(problem("evidence.block_place", number))
		}
		seen[number] = true
		expect = max(expect, number+1)
		l := leaves[number-first]
		if l == nil {
			continue // told already
		}
		if !bytes.Equal(l.Text(), b.LeafText) {
			c.found(problem("evidence.block_leaf", number))
			continue
		}
		c.jobs <- b
	}
}

// nextBlock looks for a block after a damaged one, from a place of the file on;
// -1 when there is none.
func nextBlock(f fs.File, from int64) int64 {
	file, ok := f.(io.ReaderAt)
	if !ok {
		return -1
	}
	const chunk = 1 << 20
	buf := make([]byte, chunk+12)
	for ; ; from += chunk {
		n, err := file.ReadAt(buf, from)
		for i := 0; i+12 <= n; i++ {
			j := bytes.Index(buf[i:n], []byte{0x5e, 0x2a, 0x4d, 0x18})
			if j < 0 {
				break
			}
			if i += j; i+12 <= n && string(buf[i+8:i+12]) == "VGB1" {
				return from + int64(i)
			}
		}
		if err != nil {
			return -1
		}
	}
}

// verifyBlocks verifies the blocks that are there, beside other workers.
func (c *streamCheck) verifyBlocks() {
	defer c.wg.Done()
	r := NewBlockReader()
	for b := range c.jobs {
		if err := b.checkFrames(); err != nil {
			c.found(problem("evidence.block_damaged", b.Leaf.Number, err))
		} else {
			c.counted(b.Leaf.Block)
			if !c.Quick {
				c.found(r.Verify(b)...)
			}
		}
		c.used.Put(&b.memory)
	}
}

// counted adds a block to the report.
func (c *streamCheck) counted(b *BlockLeaf) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rep.Blocks == 0 || b.From < c.rep.From {
		c.rep.From = b.From
	}
	c.rep.Blocks++
	c.rep.Entries += b.Entries
	c.rep.Bytes += b.Bytes
	c.rep.To = max(c.rep.To, b.To)
}

// judgeMissing tells blocks deleted as announced from those that disappeared.
func (c *streamCheck) judgeMissing() {
	for _, l := range c.missing {
		b := l.Block
		switch {
		case c.pruned == nil || l.Number >= c.pruned.Prune.Before:
			c.found(problem("evidence.block_missing", l.Number, b.First, b.First+b.Entries-1))
		case b.To+b.KeepMin*86_400_000_000 > c.pruned.Prune.At:
			c.found(problem("evidence.pruned_early", l.Number))
		default:
			c.rep.Pruned++
		}
	}
}

// checkRoots compares the tree with every checkpoint: the current one, bridges,
// those seen earlier, those that were time-stamped.
func (c *streamCheck) checkRoots() {
	c.rep.Signer = c.key
	if c.Key != "" && !c.rep.Trusted {
		c.found(problem("evidence.key_unknown"))
	}
	if !c.cp.SignedBy(c.key) {
		c.found(problem("evidence.checkpoint_signature", "checkpoint"))
	}
	if root, err := c.hashes.root(c.cp.Size); err != nil || root != c.cp.Root {
		c.found(problem("evidence.checkpoint_root", "checkpoint"))
	}
	for _, known := range c.Known {
		if known.Origin == c.cp.Origin {
			c.compare(fmt.Sprintf("checkpoint of %d leaves", known.Size), known)
		}
	}
	for _, vkey := range c.Witnesses {
		c.checkWitness(vkey)
	}
	for _, name := range c.list("log/bridge") {
		if cp := c.checkpoint("bridge/" + name); cp != nil {
			c.compare("bridge/"+name, cp)
		}
	}
	for _, name := range c.list("log/token") {
		if size, ok := strings.CutSuffix(name, ".tsr"); ok {
			c.checkToken("token/" + size)
		}
	}
	// One authority that is trusted is enough: others date the log for those who
	// trust them. Tokens of strangers alone prove nothing, and are told.
	if p, ok := errors.AsType[Problem](c.stranger); ok && len(c.rep.Tokens) == 0 {
		c.found(p)
	}
}

// checkWitness compares the tree with what a witness cosigned last. It is a
// checkpoint seen earlier, by somebody who sees to it that the log only grows.
func (c *streamCheck) checkWitness(vkey string) {
	name, file, err := ReadWitness(vkey)
	if err != nil {
		c.found(problem("evidence.cosignature_missing", vkey))
		return
	}
	raw, err := fs.ReadFile(c.dir, file)
	if err != nil {
		c.found(problem("evidence.cosignature_missing", name))
		return
	}
	cp, err := ParseCheckpoint(raw)
	if err == nil && cp.Origin != c.cp.Origin {
		err = errors.New("another origin")
	}
	if err != nil {
		c.found(problem("evidence.checkpoint_form", file, err))
		return
	}
	s, ok := cp.CosignedBy(vkey)
	if !ok {
		c.found(problem("evidence.cosignature_missing", name))
		return
	}
	c.compare(file, cp)
	c.rep.Cosigned = append(c.rep.Cosigned, s)
}

func (c *streamCheck) compare(name string, cp *Checkpoint) {
	if cp.Size > c.cp.Size {
		c.found(problem("evidence.rolled_back", c.cp.Size, cp.Size))
		return
	}
	if root, err := c.hashes.root(cp.Size); err != nil || root != cp.Root {
		c.found(problem("evidence.history_differs", name, cp.Size))
	}
}

func (c *streamCheck) list(dir string) (names []string) {
	entries, err := fs.ReadDir(c.dir, dir)
	if err != nil {
		return nil // none yet
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (c *streamCheck) checkpoint(name string) *Checkpoint {
	raw, err := fs.ReadFile(c.dir, "log/"+name)
	if err != nil {
		c.found(problem("evidence.file_missing", name))
		return nil
	}
	cp, err := ParseCheckpoint(raw)
	if err == nil && cp.Origin != c.cp.Origin {
		err = errors.New("another origin")
	}
	if err != nil {
		c.found(problem("evidence.checkpoint_form", name, err))
		return nil
	}
	return cp
}

func (c *streamCheck) checkToken(name string) {
	cp := c.checkpoint(name)
	if cp == nil {
		return
	}
	c.compare(name, cp)
	if c.TSA == nil {
		return
	}
	reply, err := fs.ReadFile(c.dir, "log/"+name+".tsr")
	if err != nil {
		c.found(problem("evidence.file_missing", name+".tsr"))
		return
	}
	token, err := ReadToken(name+".tsr", reply, cp.Raw)
	if p, ok := errors.AsType[Problem](err); ok {
		c.found(p)
		return
	}
	if err := token.ledTo(c.TSA); err != nil {
		p := problem("evidence.token_certificate", name+".tsr", err)
		if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
			c.found(p)
			return
		}
		if c.rep.Others++; c.stranger == nil {
			c.stranger = p
		}
		return
	}
	c.rep.Tokens = append(c.rep.Tokens, *token)
	for i, instant := range c.instants[:min(cp.Size, int64(len(c.instants)))] {
		if p, late := laterThan(int64(i), instant, token); late {
			c.found(p)
			return
		}
	}
}

// laterThan says whether a leaf is dated after the time-stamp that covers it.
func laterThan(leaf, instant int64, token *Token) (Problem, bool) {
	if instant <= token.Time.Add(tokenTolerance).UnixMicro() {
		return Problem{}, false
	}
	return problem("evidence.leaf_time_token", leaf, time.UnixMicro(instant).UTC().Format(time.RFC3339), token.Time.UTC().Format(time.RFC3339)), true
}

// checkTiles compares the tiles with what the leaves give.
func (c *streamCheck) checkTiles() {
	for _, t := range tlog.NewTiles(8, 0, c.cp.Size) {
		want, err := tlog.ReadTileData(t, c.hashes)
		if err != nil {
			panic(err) // all hashes are there
		}
		name := TilePath(t)
		got, err := fs.ReadFile(c.dir, path.Join("log", name))
		if err != nil && t.W < 256 {
			t.W = 256 // a full tile replaces the partial ones
			got, err = fs.ReadFile(c.dir, path.Join("log", TilePath(t)))
			got = got[:min(len(got), len(want))]
		}
		if err != nil {
			c.found(problem("evidence.file_missing", name))
		} else if !bytes.Equal(got, want) {
			c.found(problem("evidence.tile_differs", name))
		}
	}
}
