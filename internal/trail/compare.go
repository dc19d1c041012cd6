package trail

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"

	"vigie.example/evidence"
	"vigie.example/internal/store"
	"vigie.example/internal/trace/line"
)

// A Difference is a line of the database that is not as the vault holds it.
type Difference struct {
	Journal string
	Seq     int64  // of the line; of the finding for finding_closed
	What    string // key of the sentence: "trail.changed", "trail.removed" or "trail.added" in the database, since it was kept
}

// MaxDifferences is how many are named.
const MaxDifferences = 1000

// Compare reads the trail in a stream of the vault and names the lines of the
// database that were changed, removed or added since they were kept; at most
// MaxDifferences. That the stream itself is whole is for evidence.VerifyStream to
// say. Lines that are not in the vault yet are no difference.
func Compare(ctx context.Context, db *store.DB, stream fs.FS) (lines int64, out []Difference, err error) {
	c := comparison{db: db, seen: map[string]int64{}, closed: map[int64]int64{}}
	files, err := fs.Glob(stream, "blocks/*.zst")
	if err != nil {
		return 0, nil, err
	}
	slices.Sort(files)
	for _, name := range files {
		if err := c.segment(ctx, stream, name); err != nil {
			return c.lines, c.out, err
		}
	}
	err = c.closings(ctx)
	return c.lines, c.out, err
}

type comparison struct {
	db     *store.DB
	seen   map[string]int64 // by journal: the last number compared
	closed map[int64]int64  // findings that the vault says closed, and when
	since  int64            // the first of those instants when the oldest blocks are gone
	lines  int64
	out    []Difference
}

func (c *comparison) segment(ctx context.Context, stream fs.FS, name string) error {
	f, err := stream.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, blocks := bufio.NewReaderSize(f, 1<<20), evidence.NewBlockReader()
	for {
		b, _, err := evidence.ReadBlock(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		records, _, err := blocks.Records(b)
		if err != nil {
			return err
		}
		if err := c.block(ctx, b.Leaf.Block.First == 0, records); err != nil {
			return err
		}
	}
}

// block compares the lines of a block.
func (c *comparison) block(ctx context.Context, first bool, records []byte) error {
	lines := map[string]map[int64][]byte{}
	for len(records) > 0 {
		e, n, err := evidence.CutRecord(records)
		if err != nil {
			return err
		}
		records = records[n:]
		if e.Source != Source {
			continue
		}
		_, text, found := bytes.Cut(e.Raw, []byte(" - {"))
		var head struct {
			Journal      string
			Seq, Finding int64
		}
		if !found || json.Unmarshal(append([]byte("{"), text...), &head) != nil {
			continue // of the vault itself
		}
		if head.Journal == closings.name {
			h := line.Parse(e.Raw, e.Received)
			c.closed[head.Finding] = h.At / 1_000_000
			if len(c.closed) == 1 && !first {
				c.since = h.At / 1_000_000
			}
			continue
		}
		if lines[head.Journal] == nil {
			lines[head.Journal] = map[int64][]byte{}
		}
		if head.Seq > c.seen[head.Journal] { // kept twice: compared once
			lines[head.Journal][head.Seq] = e.Raw
		}
	}
	for _, j := range journals {
		if err := c.journal(ctx, j, lines[j.name], first); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) journal(ctx context.Context, j journal, held map[int64][]byte, first bool) error {
	if len(held) == 0 {
		return nil
	}
	low, high := int64(1<<62), int64(0)
	for seq := range held {
		low, high = min(low, seq), max(high, seq)
	}
	after := c.seen[j.name]
	if after == 0 && !first { // older lines are not in the vault any more, or are in the next blocks
		after = low - 1
	}
	c.seen[j.name] = high
	c.lines += int64(len(held))
	var wrong []Difference
	err := j.read(ctx, c.db, after, high, 1<<30, func(seq int64, event []byte) {
		was, there := held[seq]
		switch {
		case !there:
			wrong = append(wrong, Difference{j.name, seq, "trail.added"})
		case !bytes.Equal(was, event):
			wrong = append(wrong, Difference{j.name, seq, "trail.changed"})
		}
		delete(held, seq)
	})
	if err != nil {
		return err
	}
	for seq := range held {
		wrong = append(wrong, Difference{j.name, seq, "trail.removed"})
	}
	c.found(wrong)
	return nil
}

func (c *comparison) found(wrong []Difference) {
	slices.SortFunc(wrong, func(a, b Difference) int { return int(a.Seq - b.Seq) })
	c.out = append(c.out, wrong[:min(len(wrong), MaxDifferences-len(c.out))]...)
}

// closings compares the findings closed in the database with those that the vault
// says closed, or that it is still to be told.
func (c *comparison) closings(ctx context.Context) error {
	c.lines += int64(len(c.closed))
	rows, err := c.db.Query(ctx, "SELECT f.seq, f.closed_at, p.seq IS NOT NULL FROM finding f LEFT JOIN finding_closed p ON p.finding = f.seq WHERE f.closed_at IS NOT NULL", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	var wrong []Difference
	for rows.Next() {
		var seq, at int64
		var waiting bool
		if err := rows.Scan(&seq, &at, &waiting); err != nil {
			return err
		}
		told, known := c.closed[seq]
		delete(c.closed, seq)
		switch {
		case known && told != at:
			wrong = append(wrong, Difference{closings.name, seq, "trail.changed"})
		case !known && !waiting && at >= c.since:
			wrong = append(wrong, Difference{closings.name, seq, "trail.added"})
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for seq := range c.closed {
		wrong = append(wrong, Difference{closings.name, seq, "trail.removed"})
	}
	c.found(wrong)
	return nil
}
