package control

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"vigie.example/internal/store"
)

// In the answer of a full evaluation, records are separated as in a file of
// old: no id and no reason contains these bytes.
const (
	fieldSeparator  = "\x1f"
	recordSeparator = "\x1e"
)

// A Judgement is what a check says of one register: how many records it
// judged, and the reason of each that is at fault.
type Judgement struct {
	Judged  int64
	Reasons map[string]string // record id → reason code
}

// manyJudged is the number of records beyond which they are read one by one: the
// engine builds the answer in memory that it does not give back.
const manyJudged = 50_000

// JudgeAll runs the whole check.
//
// Errors: that the SQL fails, that it judges a record twice or that it gives a
// reason the rule does not declare.
func (c *Check) JudgeAll(ctx context.Context, q store.Queryer, params map[string]any) (j Judgement, err error) {
	if c.err != nil {
		return Judgement{}, c.err
	}
	j.Reasons = map[string]string{}
	different := int64(0)
	if last := c.judged.Load(); last == 0 || last > manyJudged {
		different, err = c.judgeEach(ctx, q, params, &j)
	} else {
		different, err = c.judgeTogether(ctx, q, params, &j)
	}
	if err != nil {
		return Judgement{}, err
	}
	c.judged.Store(max(j.Judged, 1))
	if different != j.Judged {
		return Judgement{}, fmt.Errorf("%d records are judged more than once or have no id", j.Judged-different)
	}
	for _, why := range j.Reasons {
		if _, declared := c.Reasons[why]; !declared {
			return Judgement{}, fmt.Errorf("reason %q is not declared", why)
		}
	}
	return j, nil
}

// judgeTogether asks for one row instead of one per judged record: crossing into
// the driver for each row costs more than the judgement itself. It returns how
// many different records there are.
func (c *Check) judgeTogether(ctx context.Context, q store.Queryer, params map[string]any, j *Judgement) (different int64, err error) {
	distinct := "COUNT(q.id)"
	if !c.once {
		distinct = "COUNT(DISTINCT q.id)"
	}
	rows, err := q.Query(ctx, `SELECT COUNT(*), `+distinct+`, string_agg(q.id || '`+fieldSeparator+`' || q.why, '`+recordSeparator+`') FROM (`+c.SQL+`) q`, params)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var faults sql.NullString
	if rows.Next() {
		if err := rows.Scan(&j.Judged, &different, &faults); err != nil {
			return 0, err
		}
	}
	for fault := range strings.SplitSeq(faults.String, recordSeparator) {
		if id, why, ok := strings.Cut(fault, fieldSeparator); ok {
			j.Reasons[id] = why
		}
	}
	return different, rows.Err()
}

// judgeEach reads the judged records one by one, and returns how many different
// ones there are.
func (c *Check) judgeEach(ctx context.Context, q store.Queryer, params map[string]any, j *Judgement) (different int64, err error) {
	rows, err := q.Query(ctx, "SELECT q.id, q.why FROM ("+c.SQL+") q", params)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	seen, words := map[string]bool{}, map[string]string{}
	var id, why sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&id, &why); err != nil {
			return 0, err
		}
		j.Judged++
		if id == nil {
			continue
		}
		if c.once {
			different++
		} else {
			seen[string(id)] = true
		}
		if why != nil {
			word, ok := words[string(why)]
			if !ok {
				word = string(why)
				words[word] = word
			}
			j.Reasons[string(id)] = word
		}
	}
	return different + int64(len(seen)), rows.Err()
}

// Judge runs the check for some records only. The records that it does not
// judge are left out of the answer; a conforming one has an empty reason.
func (c *Check) Judge(ctx context.Context, q store.Queryer, params map[string]any, ids []string) (map[string]string, error) {
	if c.err != nil {
		return nil, c.err
	}
	out := map[string]string{}
	for len(ids) > 0 {
		n := min(len(ids), chunks[len(chunks)-1])
		if err := c.judgeChunk(ctx, q, params, ids[:n], out); err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return out, nil
}

func (c *Check) judgeChunk(ctx context.Context, q store.Queryer, params map[string]any, ids []string, out map[string]string) error {
	in, args := inList(ids)
	for k, v := range params {
		args[k] = v
	}
	rows, err := q.Query(ctx, "SELECT q.id, q.why FROM ("+c.SQL+") q WHERE q.id "+in, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var why sql.NullString
		if err := rows.Scan(&id, &why); err != nil {
			return err
		}
		if _, declared := c.Reasons[why.String]; why.Valid && !declared {
			return fmt.Errorf("reason %q is not declared", why.String)
		}
		if _, twice := out[id]; twice {
			return fmt.Errorf("record %s is judged more than once", id)
		}
		out[id] = why.String
	}
	return rows.Err()
}

// chunks are the sizes in which records are asked for: few different texts of
// SQL, so that they stay prepared.
var chunks = []int{1, 4, 16, 64, 256}

// inList returns "= :i0" or "IN (:i0, …)" and its values, padded by repeating
// the last one to one of the sizes of chunks.
func inList(ids []string) (string, map[string]any) {
	args := map[string]any{}
	return inListNamed("i", ids, args), args
}

// inListNamed is inList with parameters whose names begin with prefix, added to
// args.
func inListNamed(prefix string, ids []string, args map[string]any) string {
	if len(ids) == 1 {
		args[prefix+"0"] = ids[0]
		return "= :" + prefix + "0"
	}
	size := chunks[len(chunks)-1]
	for _, s := range chunks {
		if s >= len(ids) {
			size = s
			break
		}
	}
	var b strings.Builder
	b.WriteString("IN (")
	for i := range size {
		name := prefix + strconv.Itoa(i)
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(":" + name)
		args[name] = ids[min(i, len(ids)-1)]
	}
	return b.String() + ")"
}
