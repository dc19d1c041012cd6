package evidence

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// A Leaf is one leaf of the log (4): exactly one of Block, Key and Prune is
// set.
type Leaf struct {
	Origin string
	Number int64
	Block  *BlockLeaf
	Key    *KeyLeaf
	Prune  *PruneLeaf
}

// A BlockLeaf describes a sealed block (4.1).
type BlockLeaf struct {
	First    int64 // number of the first entry
	Entries  int64
	Bytes    int64
	From, To int64 // instants of the first and last entry
	KeepMin  int64 // days
	KeepMax  int64
	Sum      Hash // of the secret line and the records
	Root     Hash // over the entries
}

// A KeyLeaf announces the next key of the log (4.2).
type KeyLeaf struct {
	At  int64
	Key string // vkey
}

// A PruneLeaf announces that blocks below a leaf may be absent (4.3).
type PruneLeaf struct {
	At     int64
	Before int64
	Reason string
}

// Instant returns the instant of the leaf.
func (l *Leaf) Instant() int64 {
	switch {
	case l.Block != nil:
		return l.Block.To
	case l.Key != nil:
		return l.Key.At
	default:
		return l.Prune.At
	}
}

// Text returns the leaf as it is logged.
func (l *Leaf) Text() []byte {
	head := func(kind string) string {
		return fmt.Sprintf("vigie-trace-%s/v1\norigin %s\nleaf %d\n", kind, l.Origin, l.Number)
	}
	switch {
	case l.Block != nil:
		b := l.Block
		return fmt.Appendf(nil, "%sfirst-entry %d\nentries %d\nbytes %d\nreceived-from %d\nreceived-to %d\nkeep-days %d %d\nsha256 %x\nentries-root %x\n",
			head("block"), b.First, b.Entries, b.Bytes, b.From, b.To, b.KeepMin, b.KeepMax, b.Sum[:], b.Root[:])
	case l.Key != nil:
		return fmt.Appendf(nil, "%sat %d\nkey %s\n", head("key"), l.Key.At, l.Key.Key)
	default:
		return fmt.Appendf(nil, "%sat %d\nbefore %d\nreason %s\n", head("prune"), l.Prune.At, l.Prune.Before, l.Prune.Reason)
	}
}

// lineReader reads "name value" lines in a fixed order; the first error stays.
type lineReader struct {
	rest string
	err  error
}

func (r *lineReader) line(name string) string {
	line, rest, ok := strings.Cut(r.rest, "\n")
	value, named := strings.CutPrefix(line, name+" ")
	if r.err == nil && (!ok || !named) {
		r.err = fmt.Errorf("no line %q in its place", name)
	}
	r.rest = rest
	return value
}

func (r *lineReader) number(name string, least, most int64) int64 {
	v, err := parseDecimal(r.line(name))
	if r.err == nil && (err != nil || v < least || v > most) {
		r.err = fmt.Errorf("line %q: %w", name, errNumber)
	}
	return v
}

func (r *lineReader) hash(name string) (h Hash) {
	s := r.line(name)
	n, err := hex.Decode(h[:], []byte(s)[:min(len(s), 2*len(h))])
	if r.err == nil && (err != nil || n != len(h) || hex.EncodeToString(h[:]) != s) {
		r.err = fmt.Errorf("line %q: not a hash", name)
	}
	return h
}

const most = 1<<63 - 1

// ParseLeaf reads a leaf. Its text is exactly what Text gives.
func ParseLeaf(text []byte) (*Leaf, error) {
	if len(text) > MaxLeaf {
		return nil, errLength
	}
	kind, rest, _ := strings.Cut(string(text), "\n")
	r := &lineReader{rest: rest}
	l := &Leaf{Origin: r.line("origin"), Number: r.number("leaf", 0, most)}
	if r.err == nil && !ValidOrigin(l.Origin) {
		r.err = errors.New("not an origin")
	}
	switch kind {
	case "vigie-trace-block/v1":
		b := &BlockLeaf{First: r.number("first-entry", 0, most-MaxEntries), Entries: r.number("entries", 1, MaxEntries), Bytes: r.number("bytes", 1, MaxBytes),
			From: r.number("received-from", 0, most), To: r.number("received-to", 0, most)}
		least, longest, _ := strings.Cut(r.line("keep-days"), " ")
		var err1, err2 error
		b.KeepMin, err1 = parseDecimal(least)
		b.KeepMax, err2 = parseDecimal(longest)
		if r.err == nil && (err1 != nil || err2 != nil || b.KeepMin > b.KeepMax || b.KeepMax > 100_000) {
			r.err = errors.New("line \"keep-days\": not two numbers of days")
		}
		b.Sum, b.Root = r.hash("sha256"), r.hash("entries-root")
		if r.err == nil && b.From > b.To {
			r.err = errors.New("ends before it begins")
		}
		l.Block = b
	case "vigie-trace-key/v1":
		l.Key = &KeyLeaf{At: r.number("at", 0, most), Key: r.line("key")}
		if v, err := note.NewVerifier(l.Key.Key); r.err == nil && (err != nil || v.Name() != l.Origin) {
			r.err = errors.New("line \"key\": not a key of this log")
		}
	case "vigie-trace-prune/v1":
		l.Prune = &PruneLeaf{At: r.number("at", 0, most), Before: r.number("before", 0, most), Reason: r.line("reason")}
		if r.err == nil && (!ValidReason(l.Prune.Reason) || l.Prune.Before > l.Number) {
			r.err = errors.New("not a pruning of earlier leaves with its reason")
		}
	default:
		return nil, errors.New("unknown kind of leaf")
	}
	if r.err == nil && r.rest != "" {
		r.err = errors.New("something follows the last line")
	}
	if r.err != nil {
		return nil, r.err
	}
	return l, nil
}

// ValidOrigin says whether s can be the origin of a stream.
func ValidOrigin(s string) bool {
	if s == "" || len(s) > 255 || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r == '+' || unicode.IsSpace(r) || unicode.IsControl(r) }) < 0
}

// ValidReason says whether s can be the reason of a pruning.
func ValidReason(s string) bool {
	return s != "" && len(s) <= 1000 && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}
