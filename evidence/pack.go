package evidence

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A Manifest says what an evidence pack holds (10).
type Manifest struct {
	Origin string
	Size   int64
	MadeAt int64
	Whole  [][2]int64 // ranges of leaves
	Chosen []Chosen
	Files  []string
}

// A Chosen is one entry shown by itself.
type Chosen struct{ Entry, Leaf int64 }

// Text returns the manifest as a file.
func (m *Manifest) Text() []byte {
	b := fmt.Appendf(nil, "vigie-evidence-pack/v1\norigin %s\nsize %d\nmade-at %d\n", m.Origin, m.Size, m.MadeAt)
	for _, w := range m.Whole {
		b = fmt.Appendf(b, "whole %d %d\n", w[0], w[1])
	}
	for _, c := range m.Chosen {
		b = fmt.Appendf(b, "entry %d %d\n", c.Entry, c.Leaf)
	}
	for _, f := range m.Files {
		b = fmt.Appendf(b, "file %s\n", f)
	}
	return b
}

// ParseManifest reads a manifest.
func ParseManifest(data []byte) (*Manifest, error) {
	first, rest, _ := strings.Cut(string(data), "\n")
	if first != "vigie-evidence-pack/v1" {
		return nil, errors.New("not an evidence pack of version 1")
	}
	r := &lineReader{rest: rest}
	m := &Manifest{Origin: r.line("origin"), Size: r.number("size", 0, most), MadeAt: r.number("made-at", 0, most)}
	pair := func(name string) (a [2]int64) {
		x, y, _ := strings.Cut(r.line(name), " ")
		var err1, err2 error
		a[0], err1 = parseDecimal(x)
		a[1], err2 = parseDecimal(y)
		if r.err == nil && (err1 != nil || err2 != nil) {
			r.err = fmt.Errorf("line %q: %w", name, errNumber)
		}
		return a
	}
	for r.err == nil && strings.HasPrefix(r.rest, "whole ") {
		w := pair("whole")
		if r.err == nil && (w[0] > w[1] || w[1] >= m.Size || len(m.Whole) > 0 && w[0] <= m.Whole[len(m.Whole)-1][1]) {
			r.err = errors.New("ranges of leaves out of order")
		}
		m.Whole = append(m.Whole, w)
	}
	for r.err == nil && strings.HasPrefix(r.rest, "entry ") {
		e := pair("entry")
		if r.err == nil && (e[1] >= m.Size || len(m.Chosen) > 0 && e[0] <= m.Chosen[len(m.Chosen)-1].Entry) {
			r.err = errors.New("entries out of order")
		}
		m.Chosen = append(m.Chosen, Chosen{e[0], e[1]})
	}
	for r.err == nil && strings.HasPrefix(r.rest, "file ") {
		name := r.line("file")
		if r.err == nil && (!fs.ValidPath(name) || len(m.Files) > 0 && name <= m.Files[len(m.Files)-1]) {
			r.err = errors.New("files out of order")
		}
		m.Files = append(m.Files, name)
	}
	if r.err == nil && (r.rest != "" || !ValidOrigin(m.Origin)) {
		r.err = errors.New("something else than the lines of a manifest")
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// EntryProof returns the text of the proof of one entry.
func EntryProof(entry, leaf int64, nonce Hash, proof []Hash) []byte {
	return appendHashes(fmt.Appendf(nil, "vigie-entry-proof/v1\nentry %d\nleaf %d\nnonce %x\n", entry, leaf, nonce[:]), proof)
}

// ParseEntryProof reads the proof of one entry.
func ParseEntryProof(data []byte) (entry, leaf int64, nonce Hash, proof []Hash, err error) {
	first, rest, _ := strings.Cut(string(data), "\n")
	r := &lineReader{rest: rest}
	entry, leaf, nonce = r.number("entry", 0, most), r.number("leaf", 0, most), r.hash("nonce")
	if r.err == nil && first != "vigie-entry-proof/v1" {
		r.err = errors.New("not the proof of an entry")
	}
	if r.err == nil && r.rest != "" {
		lines, ok := strings.CutSuffix(r.rest, "\n")
		if !ok {
			return 0, 0, Hash{}, nil, errShort
		}
		proof, r.err = parseHashes(strings.Split(lines, "\n"))
	}
	return entry, leaf, nonce, proof, r.err
}

// A PackReport says what a pack proves, and what is wrong in it.
type PackReport struct {
	Manifest *Manifest
	Key      string // vkey that the pack begins with
	Signer   string // vkey that signed the checkpoint
	Trusted  bool   // the trusted key leads to it
	Entries  int64  // proved
	From, To int64  // instants of the first and last of them
	Token    *Token
	Stamped  bool // there is a token; Token is nil when no authority was there to check it by
	OwnTSA   bool // it was checked by the certificate of the pack
	Problems []Problem
}

// Bounds of what is read from a pack.
const (
	maxSmall = 1 << 20
	maxWhole = MaxBytes + 128
)

type packCheck struct {
	dir fs.FS
	rep *PackReport
	cp  *Checkpoint
	max int64 // latest instant proved, and its leaf
	at  int64

	leaves map[int64]*Leaf
}

// VerifyPack verifies an evidence pack. trusted is the vkey that the reader had
// from elsewhere; when empty, the pack's own begins the chain and the report
// says so. tsa are trusted authorities; when nil, those of the pack are used.
func VerifyPack(dir fs.FS, trusted string, tsa *x509.CertPool) *PackReport {
	c := &packCheck{dir: dir, rep: &PackReport{}, leaves: map[int64]*Leaf{}}
	c.run(trusted, tsa)
	return c.rep
}

func (c *packCheck) found(key string, args ...any) {
	if len(c.rep.Problems) < maxProblems {
		c.rep.Problems = append(c.rep.Problems, problem(key, args...))
	}
}

func (c *packCheck) read(name string, limit int64) ([]byte, bool) {
	f, err := c.dir.Open(name)
	if err != nil {
		c.found("evidence.file_missing", name)
		return nil, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errLength
	}
	if err != nil {
		c.found("evidence.file_form", name, err)
		return nil, false
	}
	return data, true
}

func (c *packCheck) run(trusted string, tsa *x509.CertPool) {
	data, ok := c.read("manifest.txt", 64<<20)
	if !ok {
		return
	}
	m, err := ParseManifest(data)
	if err != nil {
		c.found("evidence.file_form", "manifest.txt", err)
		return
	}
	c.rep.Manifest = m
	for _, name := range m.Files {
		if f, err := c.dir.Open(name); err != nil {
			c.found("evidence.file_missing", name)
		} else {
			f.Close()
		}
	}
	if data, ok = c.read("checkpoint", maxSmall); !ok {
		return
	}
	if c.cp, err = ParseCheckpoint(data); err == nil && (c.cp.Origin != m.Origin || c.cp.Size != m.Size) {
		err = errors.New("not the one of the manifest")
	}
	if err != nil {
		c.found("evidence.checkpoint_form", "checkpoint", err)
		return
	}
	if !c.followKeys(trusted) {
		return
	}
	for _, w := range m.Whole {
		c.verifyRange(w[0], w[1])
	}
	c.verifyChosen()
	c.verifyToken(tsa)
}

// followKeys checks who signed the checkpoint.
func (c *packCheck) followKeys(trusted string) bool {
	data, ok := c.read("log.vkey", maxSmall)
	if !ok {
		return false
	}
	key := strings.TrimSuffix(string(data), "\n")
	c.rep.Key = key
	c.rep.Trusted = key == trusted
	var changes []int64
	for _, name := range c.rep.Manifest.Files {
		if number, ok := strings.CutPrefix(name, "keys/"); ok {
			if number, ok = strings.CutSuffix(number, ".leaf"); ok {
				if n, err := parseDecimal(number); err == nil {
					changes = append(changes, n)
				}
			}
		}
	}
	slices.Sort(changes)
	for _, n := range changes {
		base := fmt.Sprintf("keys/%d", n)
		text, ok1 := c.read(base+".leaf", maxSmall)
		proof, ok2 := c.read(base+".tlog-proof", maxSmall)
		consistency, ok3 := c.read(base+".consistency", maxSmall)
		if !ok1 || !ok2 || !ok3 {
			return false
		}
		l, err := ParseLeaf(text)
		p, err2 := ParseLogProof(proof)
		if err != nil || err2 != nil || l.Key == nil || l.Number != n || l.Origin != c.cp.Origin || p.Index != n || !p.Includes(text) {
			c.found("evidence.leaf_proof", n)
			return false
		}
		if !p.Checkpoint.SignedBy(key, l.Key.Key) || p.Checkpoint.Origin != c.cp.Origin {
			c.found("evidence.key_bridge", n)
			return false
		}
		var hashes []Hash
		if len(consistency) > 0 {
			hashes, err = parseHashes(strings.Split(strings.TrimSuffix(string(consistency), "\n"), "\n"))
		}
		if err != nil || tlog.CheckTree(hashes, c.cp.Size, c.cp.Root, p.Checkpoint.Size, p.Checkpoint.Root) != nil {
			c.found("evidence.history_differs", base, p.Checkpoint.Size)
			return false
		}
		key = l.Key.Key
		c.rep.Trusted = c.rep.Trusted || key == trusted
	}
	if trusted != "" && !c.rep.Trusted {
		c.found("evidence.key_unknown")
	}
	c.rep.Signer = key
	if !c.cp.SignedBy(key) {
		c.found("evidence.checkpoint_signature", "checkpoint")
	}
	return true
}

// leaf reads a leaf of the pack and checks that the checkpoint covers it; nil
// when not, which is told once.
func (c *packCheck) leaf(number int64) *Leaf {
	l, known := c.leaves[number]
	if !known {
		l = c.readLeaf(number)
		c.leaves[number] = l
	}
	return l
}

func (c *packCheck) readLeaf(number int64) *Leaf {
	base := fmt.Sprintf("block/%d", number)
	text, ok := c.read(base+".leaf", maxSmall)
	if !ok {
		return nil
	}
	l, err := ParseLeaf(text)
	if err == nil && l.Block == nil {
		err = errors.New("not of a block")
	}
	if err != nil {
		c.found("evidence.leaf_form", number, err)
		return nil
	}
	if l.Number != number {
		c.found("evidence.leaf_place", number, l.Number)
		return nil
	}
	data, ok := c.read(base+".tlog-proof", maxSmall)
	if !ok {
		return nil
	}
	p, err := ParseLogProof(data)
	if err != nil || p.Index != number || !bytes.Equal(p.Checkpoint.Raw, c.cp.Raw) || l.Origin != c.cp.Origin || !p.Includes(text) {
		c.found("evidence.leaf_proof", number)
		return nil
	}
	if l.Instant() > c.max {
		c.max, c.at = l.Instant(), number
	}
	return l
}

// verifyRange checks whole blocks that follow each other.
func (c *packCheck) verifyRange(first, last int64) {
	next, before := int64(-1), int64(0)
	for number := first; number <= last; number++ {
		if f, err := c.dir.Open(fmt.Sprintf("block/%d.leaf", number)); err != nil && number != first && number != last {
			// A change of key or a pruning, or removed: the count of entries tells.
			continue
		} else if err == nil {
			f.Close()
		}
		l := c.leaf(number)
		if l == nil {
			next = -1
			continue
		}
		if next >= 0 && l.Block.First != next {
			c.found("evidence.leaf_gap", number, l.Block.First, next)
		}
		if next >= 0 && l.Block.From < before {
			c.found("evidence.leaf_time", number)
		}
		next, before = l.Block.First+l.Block.Entries, l.Block.To
		c.verifyWhole(l)
	}
}

func (c *packCheck) verifyWhole(l *Leaf) {
	name := fmt.Sprintf("block/%d.log", l.Number)
	data, ok := c.read(name, maxWhole)
	if !ok {
		return
	}
	line, records, _ := bytes.Cut(data, []byte("\n"))
	text, ok := bytes.CutPrefix(line, []byte("vigie-trace-secret "))
	var secret Secret
	if n, err := hex.Decode(secret[:], text[:min(len(text), 64)]); !ok || err != nil || n != len(secret) || len(text) != 64 {
		c.found("evidence.file_form", name, errors.New("does not begin with the secret"))
		return
	}
	ends, received, err := splitRecords(records)
	if err != nil {
		c.found("evidence.entry_form", l.Block.First+int64(len(ends)), err)
		return
	}
	r := &BlockReader{}
	list := r.verifyRecords(l, secret, records, ends, received)
	if len(list) == 0 {
		c.proved(l.Block.Entries, l.Block.From, l.Block.To)
		return
	}
	if named := c.nameEntries(l, secret, records, ends); len(named) > 0 {
		list = named
	}
	c.rep.Problems = append(c.rep.Problems, list...)
}

func (c *packCheck) proved(n, from, to int64) {
	if c.rep.Entries == 0 || from < c.rep.From {
		c.rep.From = from
	}
	c.rep.Entries += n
	c.rep.To = max(c.rep.To, to)
}

// nameEntries tells by the hashes of a block which of its entries are wrong.
func (c *packCheck) nameEntries(l *Leaf, secret Secret, records []byte, ends []int) (found []Problem) {
	data, err := fs.ReadFile(c.dir, fmt.Sprintf("block/%d.hashes", l.Number))
	if err != nil || int64(len(data)) != 32*l.Block.Entries {
		return nil
	}
	hashes := make([]Hash, l.Block.Entries)
	where := make(map[Hash]int64, len(hashes))
	for i := range hashes {
		hashes[i] = Hash(data[32*i:])
		where[hashes[i]] = int64(i)
	}
	if Root(slices.Clone(hashes)) != l.Block.Root {
		return nil // the list itself was altered: only the block can be named
	}
	blinder := NewBlinder(secret)
	record := func(i int) []byte {
		start := 0
		if i > 0 {
			start = ends[i-1]
		}
		return records[start:ends[i]]
	}
	// Walk the sealed entries and the records side by side. When they part, look
	// for the record a little further among the sealed ones, and conversely.
	const window = 64
	sealed, at := 0, 0
	for sealed < len(hashes) && at < len(ends) && len(found) < maxProblems {
		is := func(s, r int) bool {
			return s < len(hashes) && r < len(ends) && blinder.Hash(l.Block.First+int64(s), record(r)) == hashes[s]
		}
		if is(sealed, at) {
			sealed, at = sealed+1, at+1
			continue
		}
		entry := l.Block.First + int64(sealed)
		skip := 0
		for d := 1; d <= window && skip == 0; d++ {
			if is(sealed+d, at) && is(sealed+d+1, at+1) || is(sealed+d, at) && at+1 == len(ends) {
				skip = d // entries are missing
			} else if is(sealed, at+d) && (sealed+1 == len(hashes) || is(sealed+1, at+d+1)) {
				skip = -d // records were inserted
			}
		}
		switch {
		case skip > 0:
			for range skip {
				found = append(found, problem("evidence.entry_missing", entry))
				entry, sealed = entry+1, sealed+1
			}
		case skip < 0:
			for range -skip {
				found = append(found, problem("evidence.entry_extra", entry))
				at++
			}
		default:
			p := problem("evidence.entry_differs", entry)
			for d := -window; d <= window; d++ {
				if other := sealed + d; other >= 0 && is(other, at) {
					p = problem("evidence.entry_moved", entry, l.Block.First+int64(other))
				}
			}
			found = append(found, p)
			sealed, at = sealed+1, at+1
		}
	}
	for ; sealed < len(hashes) && len(found) < maxProblems; sealed++ {
		found = append(found, problem("evidence.entry_missing", l.Block.First+int64(sealed)))
	}
	for ; at < len(ends) && len(found) < maxProblems; at++ {
		found = append(found, problem("evidence.entry_extra", l.Block.First+l.Block.Entries))
	}
	return found
}

// verifyChosen checks entries shown by themselves.
func (c *packCheck) verifyChosen() {
	for _, chosen := range c.rep.Manifest.Chosen {
		l := c.leaf(chosen.Leaf)
		base := fmt.Sprintf("entry/%d", chosen.Entry)
		record, ok1 := c.read(base+".record", MaxRaw+MaxSource+64)
		data, ok2 := c.read(base+".proof", maxSmall)
		if l == nil || !ok1 || !ok2 {
			continue
		}
		e, n, err := CutRecord(record)
		if err == nil && n != len(record) {
			err = errEnd
		}
		if err != nil {
			c.found("evidence.entry_form", chosen.Entry, err)
			continue
		}
		entry, leaf, nonce, proof, err := ParseEntryProof(data)
		if err != nil {
			c.found("evidence.file_form", base+".proof", err)
			continue
		}
		b := l.Block
		switch {
		case entry != chosen.Entry || leaf != chosen.Leaf || entry < b.First || entry >= b.First+b.Entries:
			c.found("evidence.entry_proof", chosen.Entry, chosen.Leaf)
		case !Included(proof, b.Entries, b.Root, entry-b.First, HashWithNonce(nonce, record)):
			c.found("evidence.entry_differs", chosen.Entry)
		default:
			c.proved(1, e.Received, e.Received)
		}
	}
}

func (c *packCheck) verifyToken(tsa *x509.CertPool) {
	if !slices.Contains(c.rep.Manifest.Files, "checkpoint.tsr") {
		return
	}
	reply, ok := c.read("checkpoint.tsr", maxSmall)
	if !ok {
		return
	}
	c.rep.Stamped = true
	if tsa == nil {
		if !slices.Contains(c.rep.Manifest.Files, "tsa.pem") {
			return
		}
		c.rep.OwnTSA = true
		ca, ok := c.read("tsa.pem", maxSmall)
		if !ok {
			return
		}
		tsa = x509.NewCertPool()
		if !tsa.AppendCertsFromPEM(ca) {
			c.found("evidence.file_form", "tsa.pem", errors.New("no certificate"))
			return
		}
	}
	token, err := VerifyToken("checkpoint.tsr", reply, c.cp.Raw, tsa)
	if p, ok := errors.AsType[Problem](err); ok {
		c.found(p.Key, p.Args...)
		return
	}
	c.rep.Token = token
	if p, late := laterThan(c.at, c.max, token); late {
		c.found(p.Key, p.Args...)
	}
}

// ReadCertificates returns the certificates of PEM text as roots.
func ReadCertificates(text []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if block, _ := pem.Decode(text); block == nil || !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate")
	}
	return pool, nil
}
