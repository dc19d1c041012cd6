package register

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
)

// MaxPast is the number of lines of history that showing a register as it was
// may take back.
const MaxPast = 50000

// At returns a record as it was at an instant.
//
// Errors: NotFound when it did not exist then, or when scope hides it; a record
// deleted since is shown to those who see everything only.
func (b *Book) At(ctx context.Context, r *Register, id string, at time.Time, scope Scope) (Record, error) {
	unknown := &vigie.Error{Code: vigie.NotFound, Key: "record.unknown", Args: []any{r.ID, id}}
	rec, err := b.Get(ctx, r, id, scope)
	exists := err == nil
	if err != nil {
		if vigie.CodeOf(err) != vigie.NotFound {
			return rec, err
		}
		if where, _ := scope.Where(r, "x"); where != "" {
			return rec, unknown
		}
		rec = Record{ID: id, Values: Values{}}
	}
	rec.Meta.Version = 0
	var before int64
	for {
		entries, err := b.History(ctx, HistoryQuery{Register: r.ID, Record: id, Before: before, Limit: 1000})
		if err != nil {
			return rec, err
		}
		for _, e := range entries {
			if !e.At.After(at) {
				rec.Meta.UpdatedAt, rec.Meta.Source = e.At, e.Source
				entries = nil
				break
			}
			if exists, err = takeBack(r, rec.Values, e); err != nil {
				return rec, err
			}
			before = e.Seq
		}
		if len(entries) == 0 {
			break
		}
	}
	if !exists {
		return rec, unknown
	}
	return rec, nil
}

// takeBack undoes one line of the history in v and says whether the record
// existed before it.
func takeBack(r *Register, v Values, e Entry) (existed bool, err error) {
	for name, c := range e.Changes {
		f := r.Field(name)
		if f == nil { // a field that the declaration no longer has
			continue
		}
		old, fault := f.FromJSON(c[0])
		if fault != nil {
			return false, &vigie.Error{Code: vigie.Internal, Key: "internal", Err: errors.New("history of " + e.Record + " cannot be read")}
		}
		if old == nil {
			delete(v, name)
		} else {
			v[name] = old
		}
	}
	return e.Action != "create", nil
}

// ListAt is List as the register was at an instant, in the order of ids. What
// was not changed since is looked up as usual; the rest is taken back.
//
// Errors: those of List; Invalid with key list.past_too_many when more than
// MaxPast changes were made since.
func (b *Book) ListAt(ctx context.Context, r *Register, q ListQuery, at time.Time) (Page, error) {
	changed, err := b.changedSince(ctx, r, at)
	if err != nil {
		return Page{}, err
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	q.Sort, q.Limit = "id", 500
	var after string
	if q.After != "" {
		c, err := readCursor(q.After, q.Sort)
		if err != nil {
			return Page{}, err
		}
		after = c.ID
	}
	was, err := b.takenBack(ctx, r, q, changed, after)
	if err != nil {
		return Page{}, err
	}
	page := Page{Records: []Record{}}
	take := func(rec Record) bool { // false when the page is full
		if len(page.Records) == limit {
			page.Next = writeCursor(cursor{Sort: "id", ID: page.Records[limit-1].ID})
			return false
		}
		page.Records = append(page.Records, rec)
		return true
	}
	for {
		now, err := b.List(ctx, r, q)
		if err != nil {
			return Page{}, err
		}
		for _, rec := range now.Records {
			for len(was) > 0 && was[0].ID < rec.ID {
				if !take(was[0]) {
					return page, nil
				}
				was = was[1:]
			}
			if changed[rec.ID] == nil && !take(rec) {
				return page, nil
			}
		}
		if now.Next == "" {
			break
		}
		q.After = now.Next
	}
	for _, rec := range was {
		if !take(rec) {
			break
		}
	}
	return page, nil
}

// changedSince returns the lines of history of a register after an instant, by
// record, the newest first.
func (b *Book) changedSince(ctx context.Context, r *Register, at time.Time) (map[string][]Entry, error) {
	out := map[string][]Entry{}
	var before int64
	n := 0
	for {
		entries, err := b.History(ctx, HistoryQuery{Register: r.ID, Before: before, Limit: 1000})
		if err != nil || len(entries) == 0 {
			return out, err
		}
		for _, e := range entries {
			if !e.At.After(at) {
				return out, nil
			}
			if n++; n > MaxPast {
				return nil, &vigie.Error{Code: vigie.Invalid, Key: "list.past_too_many", Args: []any{MaxPast}}
			}
			out[e.Record] = append(out[e.Record], e)
			before = e.Seq
		}
	}
}

// takenBack returns the changed records that existed, that q chooses and whose
// id follows after, in the order of ids.
func (b *Book) takenBack(ctx context.Context, r *Register, q ListQuery, changed map[string][]Entry, after string) (out []Record, err error) {
	words := Words(foldWords(q.Search))
	hidden, _ := q.Scope.Where(r, "x")
	var ids []string
	for id := range changed {
		if id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		rec, err := b.Get(ctx, r, id, q.Scope)
		exists := err == nil
		if err != nil {
			if vigie.CodeOf(err) != vigie.NotFound {
				return nil, err
			}
			if hidden != "" {
				continue
			}
			rec = Record{ID: id, Values: Values{}}
		}
		rec.Meta.Version = 0
		for _, e := range changed[id] {
			if exists, err = takeBack(r, rec.Values, e); err != nil {
				return nil, err
			}
		}
		if exists && r.chooses(q, words, rec) {
			out = append(out, rec)
		}
	}
	return out, nil
}

// chooses says whether a record meets the conditions of q, as List does in SQL.
func (r *Register) chooses(q ListQuery, words []string, rec Record) bool {
	search := r.SearchText(rec.ID, rec.Values)
	for _, w := range words {
		if !strings.Contains(search, " "+w) {
			return false
		}
	}
	for _, f := range q.Filters {
		v := rec.Values[f.Field]
		switch {
		case f.Range:
			n, ok := v.(int64)
			from, hasFrom := f.From.(int64)
			to, hasTo := f.To.(int64)
			if (hasFrom || hasTo) && !ok || hasFrom && n < from || hasTo && n > to {
				return false
			}
		case v != f.Value:
			return false
		}
	}
	return true
}
