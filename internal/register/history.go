package register

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"vigie.example/internal/store"
)

// An Entry is one line of the history: one record, changed once.
type Entry struct {
	Seq      int64             `json:"seq"`
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"`
	Source   string            `json:"source"`
	Register string            `json:"register"`
	Record   string            `json:"record"`
	Action   string            `json:"action"`  // create, update or delete
	Changes  map[string][2]any `json:"changes"` // field → old and new value, as the API shows them
	Batch    string            `json:"batch,omitempty"`
	Reason   string            `json:"reason,omitempty"`
}

// A HistoryQuery chooses lines of the history; zero fields choose all.
type HistoryQuery struct {
	Register string
	Record   string // with Register
	Batch    string
	Before   int64 // only lines with a smaller Seq
	Limit    int   // 100 when zero, at most 1000
}

// History returns lines of the history, the newest first.
func (b *Book) History(ctx context.Context, q HistoryQuery) ([]Entry, error) {
	return history(ctx, b.DB, q)
}

func history(ctx context.Context, db store.Queryer, q HistoryQuery) ([]Entry, error) {
	var where []string
	args := map[string]any{"limit": min(q.Limit, 1000)}
	if q.Limit <= 0 {
		args["limit"] = 100
	}
	add := func(set bool, cond, name string, v any) {
		if set {
			where = append(where, cond)
			args[name] = v
		}
	}
	add(q.Register != "", "register = :register", "register", q.Register)
	add(q.Record != "", "record = :record", "record", q.Record)
	add(q.Batch != "", "batch = :batch", "batch", q.Batch)
	add(q.Before > 0, "seq < :before", "before", q.Before)
	cond := ""
	if len(where) > 0 {
		cond = " WHERE " + strings.Join(where, " AND ")
	}
	rows, err := db.Query(ctx, "SELECT seq, at, actor, source, register, record, action, changes, batch, reason FROM history"+cond+" ORDER BY seq DESC LIMIT :limit", args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Entry{}
	for rows.Next() {
		var e Entry
		var at int64
		var changes string
		if err := rows.Scan(&e.Seq, &at, &e.Actor, &e.Source, &e.Register, &e.Record, &e.Action, &changes, &e.Batch, &e.Reason); err != nil {
			return nil, err
		}
		e.At = time.Unix(at, 0).UTC()
		if err := json.Unmarshal([]byte(changes), &e.Changes); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}
