package register

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// MaxSorted is the number of records up to which a list is put in the order of
// any field. Above, only the orders that an index keeps are given: by title and
// by id.
const MaxSorted = 20000

// sortKey is an SQL expression that orders records by a field and is never
// null: references by what names the record, choices in the order of their
// declaration, unknown values first.
func (b *Book) sortKey(f *Field) (expr string, number bool) {
	col := "x." + f.Name
	switch {
	case f.Kind == Bool:
		return "CASE WHEN " + col + " THEN 1 WHEN NOT " + col + " THEN 0 ELSE -1 END", true
	case f.Kind == Enum:
		var e strings.Builder
		e.WriteString("CASE")
		for i, o := range f.Options {
			fmt.Fprintf(&e, " WHEN %s = '%s' THEN %d", col, o.Value, i)
		}
		return e.String() + " ELSE -1 END", true
	case f.Kind == Ref && b.byID[f.To] != nil:
		return "COALESCE((SELECT o." + b.byID[f.To].Title().Name + " FROM " + f.To + " o WHERE o.id = " + col + "), " + col + ", '')", false
	case columnTypes[f.Kind] == store.IntColumn:
		return "COALESCE(" + col + ", -9000000000000000000)", true
	}
	return "COALESCE(" + col + ", '')", false
}

// listSorted is List in the order of a field that no index keeps.
//
// Errors: Invalid with key list.too_many_to_sort above MaxSorted records.
func (b *Book) listSorted(ctx context.Context, r *Register, q ListQuery, f *Field, reverse bool, conditions []condition, driver int, scope string, after cursor, args map[string]any, limit int) (Page, error) {
	n, err := b.Count(ctx, r, q, MaxSorted+1)
	if err != nil {
		return Page{}, err
	}
	if n > MaxSorted {
		return Page{}, &vigie.Error{Code: vigie.Invalid, Key: "list.too_many_to_sort", Args: []any{MaxSorted, f.Label}}
	}
	key, number := b.sortKey(f)
	direction, compare := "", ">"
	if reverse {
		direction, compare = " DESC", "<"
	}
	var where strings.Builder
	for i, c := range conditions {
		if i == driver {
			where.WriteString(" AND x.id IN (" + c.rare + ")")
		} else {
			where.WriteString(" AND " + c.plain)
		}
	}
	if q.After != "" {
		args["after_id"], args["after"] = after.ID, after.Key
		if number {
			if args["after"], err = strconv.ParseInt(after.Key, 10, 64); err != nil {
				return Page{}, &vigie.Error{Code: vigie.Invalid, Key: "list.cursor"}
			}
		}
		where.WriteString(" AND (" + key + ", x.id) " + compare + " (:after, :after_id)")
	}
	from := " FROM " + r.ID + " x WHERE 1 = 1" + where.String() + scope + " ORDER BY " + key + direction + ", x.id" + direction + " LIMIT :limit"
	rows, err := b.DB.Query(ctx, "SELECT "+selectList(q.wanted(r), "x")+from, args)
	if err != nil {
		return Page{}, err
	}
	page := Page{}
	if page.Records, err = scanRecords(rows, q.wanted(r)); err != nil || len(page.Records) <= limit {
		return page, err
	}
	page.Records = page.Records[:limit]
	last := page.Records[limit-1]
	rows, err = b.DB.Query(ctx, "SELECT "+key+" FROM "+r.ID+" x WHERE x.id = :id", map[string]any{"id": last.ID})
	if err != nil {
		return Page{}, err
	}
	defer rows.Close()
	c := cursor{Sort: q.Sort, ID: last.ID}
	if rows.Next() {
		if err := rows.Scan(&c.Key); err != nil {
			return Page{}, err
		}
	}
	page.Next = writeCursor(c)
	return page, rows.Err()
}
