// Package trail brings what happens in Vigie itself into the vault of traces:
// every change of a record (waivers, parameters and rights are records), every
// finding that opens or closes, every login, refusal, reading and export. It
// serves 9.7.3, 9.10.1, 9.11.2, 9.11.3 and 9.11.4.
//
// The journals of the database are the outbox: a line is written in the
// transaction of what it tells, and there is one writer at a time, so numbers
// are committed in order. A keeper copies the lines after the last one that is
// durable in the vault. When it dies in between, the same lines come again:
// each bears its journal and number, so that they are known as the same.
//
// The vault holds who, when, what and which fields, and a hash of the whole line:
// the values stay in the database, under the rights of those who read records.
// Compare finds what was changed, removed or added there since.
package trail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vigie.example/internal/store"
)

// Class is the retention class of the vault that the trail has to itself.
const Class = "trail"

// Source is that of its entries.
const Source = "vigie"

// A Vault keeps events: Write returns once they are durable.
type Vault interface {
	Write(ctx context.Context, source string, events ...[]byte) error
}

// A Keeper copies the journals of a database to a vault. It is not for use by
// several goroutines at once.
type Keeper struct {
	DB    *store.DB
	Vault Vault
}

// A journal is a table whose lines are numbered in the order they were written.
type journal struct {
	name    string
	columns []string // without seq
	at      string   // the column of the instant, in seconds
	hidden  string   // a column of JSON of which only the names of the fields are told
	passing bool     // lines are removed once they are in the vault
}

var journals = []journal{
	{name: "history", columns: []string{"at", "actor", "source", "register", "record", "action", "changes", "batch", "reason"}, at: "at", hidden: "changes"},
	{name: "identity_event", columns: []string{"at", "kind", "actor", "subject", "detail", "address"}, at: "at"},
	{name: "finding", columns: []string{"opened_at", "check_key", "rule", "register", "record", "reason"}, at: "opened_at"},
	closings,
}

var closings = journal{name: "finding_closed", columns: []string{"at", "finding"}, at: "at", passing: true}

// mark is the name under which the number of the last line kept is kept.
func (j journal) mark() string { return "trail." + j.name }

// batch is how many lines are made durable at once.
const batch = 2000

// Drain copies what is not in the vault yet, and returns how many lines that was.
func (k *Keeper) Drain(ctx context.Context) (lines int, err error) {
	for _, j := range journals {
		for {
			n, err := k.drain(ctx, j)
			lines += n
			if err != nil {
				return lines, fmt.Errorf("trail: %s: %w", j.name, err)
			}
			if n < batch {
				break
			}
		}
	}
	return lines, nil
}

func (k *Keeper) drain(ctx context.Context, j journal) (int, error) {
	last, err := k.last(ctx, j)
	if err != nil {
		return 0, err
	}
	if j.passing {
		if err := k.begin(ctx, last); err != nil {
			return 0, err
		}
		last = 0 // their numbers begin again once they are removed
	}
	var events [][]byte
	err = j.read(ctx, k.DB, last, 1<<62, batch, func(seq int64, event []byte) {
		last = seq
		events = append(events, event)
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if err := k.Vault.Write(ctx, Source, events...); err != nil {
		return 0, err
	}
	// A stop here leaves the lines in the vault and the mark before them: they
	// are kept twice.
	return len(events), k.DB.Write(ctx, func(tx *store.Tx) error {
		if j.passing {
			_, err := tx.Exec(ctx, "DELETE FROM "+j.name+" WHERE seq <= :last", map[string]any{"last": last})
			return err
		}
		return tx.SetMeta(ctx, j.mark(), strconv.FormatInt(last, 10))
	})
}

func (k *Keeper) last(ctx context.Context, j journal) (int64, error) {
	text, err := k.DB.Meta(ctx, j.mark())
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// begin tells the findings that closed before there was a trail, once.
func (k *Keeper) begin(ctx context.Context, begun int64) error {
	if begun != 0 {
		return nil
	}
	return k.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO finding_closed (at, finding) SELECT closed_at, seq FROM finding WHERE closed_at IS NOT NULL AND seq NOT IN (SELECT finding FROM finding_closed) ORDER BY closed_at, seq", nil); err != nil {
			return err
		}
		return tx.SetMeta(ctx, closings.mark(), "1")
	})
}

// read gives the lines after a number, up to another, as events of the vault.
func (j journal) read(ctx context.Context, db store.Queryer, after, to int64, limit int, emit func(seq int64, event []byte)) error {
	rows, err := db.Query(ctx, "SELECT seq, "+strings.Join(j.columns, ", ")+" FROM "+j.name+" WHERE seq > :after AND seq <= :upto ORDER BY seq LIMIT :limit", map[string]any{"after": after, "upto": to, "limit": limit})
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(j.columns)+1)
	places := make([]any, len(values))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		seq, ok := values[0].(int64)
		if !ok {
			return fmt.Errorf("a number is a %T", values[0])
		}
		event, err := j.event(seq, values[1:])
		if err != nil {
			return err
		}
		emit(seq, event)
	}
	return rows.Err()
}

// longest is how many bytes of a text an event tells; its hash covers all.
const longest = 1000

// event tells a line as a message of syslog (RFC 5424; facility 13, log audit),
// so that it is found like any other. The same line gives the same bytes.
func (j journal) event(seq int64, values []any) ([]byte, error) {
	told := map[string]any{"journal": j.name, "seq": seq}
	whole := []any{j.name, seq}
	var at int64
	for i, column := range j.columns {
		v := values[i]
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		whole = append(whole, v)
		switch v := v.(type) {
		case int64:
			if column == j.at {
				at = v
				continue
			}
			told[column] = v
		case string:
			if column == j.hidden {
				fields, err := names(v)
				if err != nil {
					return nil, err
				}
				told["fields"] = fields
				continue
			}
			if v != "" {
				told[column] = strings.ToValidUTF8(v[:min(len(v), longest)], "")
			}
		default:
			return nil, fmt.Errorf("line %d: %s is a %T", seq, column, v)
		}
	}
	all, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(all)
	told["sha256"] = hex.EncodeToString(sum[:])
	text, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "<110>1 %s - vigie - %s - %s", time.Unix(at, 0).UTC().Format(time.RFC3339), j.name, text), nil
}

// names are the fields of an object of JSON, in order, as far as an event may
// be long.
func names(object string) ([]string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(fields))
	for name := range fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out[:min(len(out), 200)], nil
}
