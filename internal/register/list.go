package register

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// Meta is what Vigie itself knows of a record.
type Meta struct {
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Source    string    `json:"source"` // of the last change
}

// A Record is one record of a register.
type Record struct {
	ID     string
	Meta   Meta
	Values Values // without the id
}

// Confidentiality is the level of the record, 0 when it has none.
func (rec Record) Confidentiality() (level int64) {
	for _, field := range []string{"c", "confidentiality"} {
		one, _ := rec.Values[field].(int64)
		level = max(level, one)
	}
	return level
}

// JSON returns the record as the API shows it.
func (rec Record) JSON(r *Register) map[string]any {
	out := map[string]any{"id": rec.ID, "version": rec.Meta.Version, "created_at": rec.Meta.CreatedAt, "updated_at": rec.Meta.UpdatedAt, "source": rec.Meta.Source}
	for _, f := range r.Fields {
		out[f.Name] = f.JSON(rec.Values[f.Name])
	}
	return out
}

func selectList(r *Register, alias string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%[1]s.id, %[1]s.version, %[1]s.created_at, %[1]s.updated_at, %[1]s.source", alias)
	for _, f := range r.Fields {
		b.WriteString(", " + alias + "." + f.Name)
	}
	return b.String()
}

// scan reads one row of selectList.
// A scanner reads rows whose columns are those of selectList, then some texts. It
// keeps its memory from one row to the next.
type scanner struct {
	r                *Register
	meta             Meta
	id               string
	created, updated int64
	fields           []any
	texts            []sql.Null[string]
	dest             []any
}

func newScanner(r *Register, texts int) *scanner {
	s := &scanner{r: r, fields: make([]any, len(r.Fields)), texts: make([]sql.Null[string], texts)}
	for i, f := range r.Fields {
		switch columnTypes[f.Kind] {
		case store.IntColumn:
			s.fields[i] = new(sql.Null[int64])
		case store.BoolColumn:
			s.fields[i] = new(sql.Null[bool])
		default:
			s.fields[i] = new(sql.Null[string])
		}
	}
	s.dest = append([]any{&s.id, &s.meta.Version, &s.created, &s.updated, &s.meta.Source}, s.fields...)
	for i := range s.texts {
		s.dest = append(s.dest, &s.texts[i])
	}
	return s
}

func (s *scanner) scan(rows *sql.Rows) (Record, error) {
	if err := rows.Scan(s.dest...); err != nil {
		return Record{Values: Values{}}, err
	}
	rec := Record{ID: s.id, Meta: s.meta, Values: make(Values, len(s.fields))}
	for i, f := range s.r.Fields {
		switch v := s.fields[i].(type) {
		case *sql.Null[int64]:
			if v.Valid {
				rec.Values[f.Name] = v.V
			}
		case *sql.Null[bool]:
			if v.Valid {
				rec.Values[f.Name] = v.V
			}
		case *sql.Null[string]:
			if v.Valid {
				rec.Values[f.Name] = v.V
			}
		}
	}
	rec.Meta.CreatedAt, rec.Meta.UpdatedAt = time.Unix(s.created, 0).UTC(), time.Unix(s.updated, 0).UTC()
	return rec, nil
}

func get(ctx context.Context, db store.Queryer, r *Register, id string, scope Scope) (Values, Meta, error) {
	where, args := scope.Where(r, "x")
	args["id"] = id
	rows, err := db.Query(ctx, "SELECT "+selectList(r, "x")+" FROM "+r.ID+" x WHERE x.id = :id"+where, args)
	if err != nil {
		return nil, Meta{}, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, Meta{}, err
		}
		return nil, Meta{}, &vigie.Error{Code: vigie.NotFound, Key: "record.unknown", Args: []any{r.ID, id}}
	}
	rec, err := newScanner(r, 0).scan(rows)
	if err != nil {
		return nil, Meta{}, err
	}
	rec.Values["id"] = rec.ID
	return rec.Values, rec.Meta, nil
}

// Get returns one record.
//
// Errors: NotFound, also when scope hides it.
func (b *Book) Get(ctx context.Context, r *Register, id string, scope Scope) (Record, error) {
	v, meta, err := get(ctx, b.DB, r, id, scope)
	return Record{ID: id, Meta: meta, Values: v}, err
}

// A Filter keeps the records whose field equals Value, or is empty when Value
// is nil, or lies between From and To (both may be nil) for numbers and dates.
type Filter struct {
	Field    string
	Value    any
	From, To any
	Range    bool // use From and To
}

// A ListQuery chooses a page of a register.
type ListQuery struct {
	Search  string // words, the beginning of each is enough; all must match
	Filters []Filter
	Sort    string // "" by title, "id" or a field; with - before for the reverse
	After   string // Page.Next of the page before
	Limit   int    // 50 when zero, at most 500
	Scope   Scope

	// Fields are the only ones wanted of the records, the title always; all when
	// nil. It serves lists of few columns: a record has forty.
	Fields []string
	Titles bool // fill Page.Titles where that costs little
}

// wanted is r with the fields that the query wants.
func (q ListQuery) wanted(r *Register) *Register {
	if q.Fields == nil {
		return r
	}
	few := *r
	few.Fields = nil
	title := r.Title().Name
	for _, f := range r.Fields {
		if f.Name == title || slices.Contains(q.Fields, f.Name) {
			few.Fields = append(few.Fields, f)
		}
	}
	return &few
}

// A Page is a part of a list.
type Page struct {
	Records []Record
	Next    string // for ListQuery.After; "" at the end
	ByID    bool   // in the order of ids: too many records match a word to be put in that of their titles

	// Titles are those of records that the wanted fields refer to, by register and
	// id, when ListQuery.Titles asked for them and they came with the list: a
	// register that is not here is for Book.Titles.
	Titles map[string]map[string]string
}

// A condition of a list: rare is an index lookup returning the ids, to be
// tried first; plain is what to test on each row, hidden from indexes so that
// the engine keeps the order of the list when many rows match.
type condition struct {
	rare, plain string
	from        string // for a word that is searched: the parameter that holds it; the parameter to ends it
	to          string
}

// rareLimit is the number of records up to which a condition is looked up by
// itself instead of while walking the list in its order.
const rareLimit = 2000

// maxForms is the number of words with the same beginning that a frequent
// search follows.
const maxForms = 16

// List returns a page of records. Any page costs about the same: a rare
// condition is looked up by its index, a frequent one is met soon on the way. A
// search that many records match comes in the order of ids, unless an order is
// asked for.
//
// Errors: Invalid for unknown fields, orders or pages.
func (b *Book) List(ctx context.Context, r *Register, q ListQuery) (Page, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	args := map[string]any{"limit": limit + 1}
	conditions, err := r.conditions(q, args)
	if err != nil {
		return Page{}, err
	}
	scope, scopeArgs := q.Scope.Where(r, "x")
	for k, v := range scopeArgs {
		args[k] = v
	}
	order, reverse := strings.CutPrefix(q.Sort, "-")
	title := r.Title().Name
	other := r.Field(order)
	if order != "" && order != "id" && other == nil {
		return Page{}, &vigie.Error{Code: vigie.Invalid, Key: "list.sort", Args: []any{order, title}}
	}
	var after cursor
	if q.After != "" {
		if after, err = readCursor(q.After, q.Sort); err != nil {
			return Page{}, err
		}
	}
	driver, err := b.rarest(ctx, conditions, args)
	if err != nil {
		return Page{}, err
	}
	if other != nil && order != title {
		return b.listSorted(ctx, r, q, other, reverse, conditions, driver, scope, after, args, limit)
	}
	byID := order == "id"
	if q.Sort == "" && (q.After == "" && driver < 0 || after.ByID) {
		words, err := b.forms(ctx, conditions, args)
		if err != nil {
			return Page{}, err
		}
		if words != nil {
			return b.listByWord(ctx, r, q, conditions, scope, args, words, after.ID, limit)
		}
		byID = after.ByID
	}
	direction, compare := "", ">"
	if reverse {
		direction, compare = " DESC", "<"
	}
	var where strings.Builder
	orderBy := "x.id" + direction
	if !byID {
		orderBy = "x." + title + direction + ", x.id" + direction
	}
	if q.After != "" {
		args["after_id"] = after.ID
		if byID {
			where.WriteString(" AND x.id " + compare + " :after_id")
		} else {
			args["after"] = after.Key
			where.WriteString(" AND (x." + title + ", x.id) " + compare + " (:after, :after_id)")
		}
	}
	if driver >= 0 { // few records: sort them, do not walk the index of the order
		orderBy = strings.NewReplacer("x."+title, "COALESCE(x."+title+", '')", "x.id", "COALESCE(x.id, '')").Replace(orderBy)
	}
	for i, c := range conditions {
		if i == driver {
			where.WriteString(" AND x.id IN (" + c.rare + ")")
		} else {
			where.WriteString(" AND " + c.plain)
		}
	}
	columns, joins, named := "", "", []named(nil)
	if q.Titles {
		columns, joins, named = b.titlesWith(q.wanted(r), q.Scope)
	}
	rows, err := b.DB.Query(ctx, "SELECT "+selectList(q.wanted(r), "x")+columns+" FROM "+r.ID+" x"+joins+" WHERE 1 = 1"+where.String()+scope+" ORDER BY "+orderBy+" LIMIT :limit", args)
	if err != nil {
		return Page{}, err
	}
	page := Page{ByID: byID && order != "id", Titles: map[string]map[string]string{}}
	for _, n := range named {
		page.Titles[n.to] = map[string]string{}
	}
	s := newScanner(q.wanted(r), len(named))
	page.Records, err = scanAll(rows, s, func(rec Record) {
		for i, n := range named {
			if id, ok := rec.Values[n.field].(string); ok && s.texts[i].Valid {
				page.Titles[n.to][id] = cmp.Or(s.texts[i].V, id)
			}
		}
	})
	if err != nil {
		return Page{}, err
	}
	page.end(r, q.Sort, limit)
	return page, nil
}

func scanRecords(rows *sql.Rows, r *Register) ([]Record, error) {
	return scanAll(rows, newScanner(r, 0), func(Record) {})
}

// scanAll reads every row, and calls each with the scanner where the row is.
func scanAll(rows *sql.Rows, s *scanner, each func(Record)) ([]Record, error) {
	defer rows.Close()
	out := []Record{}
	for rows.Next() {
		rec, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		each(rec)
		out = append(out, rec)
	}
	return out, rows.Err()
}

// A named column refers to records whose title comes with the list.
type named struct{ field, to string }

// titlesWith returns what to add to the query of a list so that titles of records
// that its columns refer to come with it: where they are texts that the scope does
// not hide. Titles finds the others.
func (b *Book) titlesWith(r *Register, scope Scope) (columns, joins string, out []named) {
	for _, f := range r.Fields {
		if f.Kind != Ref {
			continue
		}
		to := b.byID[f.To]
		title := to.Title()
		if where, _ := scope.Where(to, "x"); where != "" || title.Kind == Ref || title.Kind == Enum || columnTypes[title.Kind] != "" {
			continue
		}
		as := "to_" + f.Name
		columns += ", CASE WHEN " + as + ".id IS NOT NULL THEN COALESCE(" + as + "." + title.Name + ", '') END"
		joins += " LEFT JOIN " + to.ID + " " + as + " ON " + as + ".id = x." + f.Name
		out = append(out, named{f.Name, f.To})
	}
	return columns, joins, out
}

// end cuts a page that holds one record too many and says where the next begins.
func (p *Page) end(r *Register, sort string, limit int) {
	if len(p.Records) > limit {
		p.Records = p.Records[:limit]
		last := p.Records[limit-1]
		k, _ := last.Values[r.Title().Name].(string)
		p.Next = writeCursor(cursor{Sort: sort, Key: k, ID: last.ID, ByID: p.ByID})
	}
}

// maxBatch bounds the records of a frequent word that are looked at at once.
const maxBatch = 4000

// listByWord is List for a search that many records match: it follows the ids
// that the words lead to and keeps those that meet the other conditions.
func (b *Book) listByWord(ctx context.Context, r *Register, q ListQuery, conditions []condition, scope string, args map[string]any, words []string, after string, limit int) (Page, error) {
	page := Page{Records: []Record{}, ByID: true}
	var each []string
	for i, word := range words {
		name := fmt.Sprintf("form%d", i)
		args[name] = word
		each = append(each, "SELECT record FROM (SELECT record FROM search_word WHERE register = :register AND word = :"+name+" AND record > :after_id ORDER BY record LIMIT :batch) "+name)
	}
	ids := "SELECT record FROM (" + strings.Join(each, " UNION ") + ") forms ORDER BY record LIMIT :batch"
	var where strings.Builder
	for _, c := range conditions {
		where.WriteString(" AND " + c.plain)
	}
	batch := limit + 1
	if len(conditions) > 1 || scope != "" {
		batch = 500
	}
	for len(page.Records) <= limit {
		args["after_id"], args["batch"] = after, batch
		rows, err := b.DB.Query(ctx, "SELECT COUNT(*), MAX(record) FROM ("+ids+") part", args)
		if err != nil {
			return Page{}, err
		}
		var n int
		var last sql.NullString
		if rows.Next() {
			err = rows.Scan(&n, &last)
		}
		rows.Close()
		if err == nil {
			err = rows.Err()
		}
		if err != nil || n == 0 {
			return page, err
		}
		rows, err = b.DB.Query(ctx, "SELECT "+selectList(q.wanted(r), "x")+" FROM "+r.ID+" x WHERE x.id IN ("+ids+")"+where.String()+scope+" ORDER BY x.id LIMIT :limit", args)
		if err != nil {
			return Page{}, err
		}
		found, err := scanRecords(rows, q.wanted(r))
		if err != nil {
			return Page{}, err
		}
		page.Records = append(page.Records, found...)
		if n < batch {
			break
		}
		after, batch = last.String, min(batch*2, maxBatch)
	}
	page.end(r, "", limit)
	return page, nil
}

// rarest returns the index of a condition that few records meet, or -1.
func (b *Book) rarest(ctx context.Context, conditions []condition, args map[string]any) (int, error) {
	for i, c := range conditions {
		if c.rare == "" {
			continue
		}
		n, err := store.Count(ctx, b.DB, fmt.Sprintf("SELECT COUNT(*) FROM (%s LIMIT %d) c", c.rare, rareLimit+1), args)
		if err != nil {
			return -1, err
		}
		if n <= rareLimit {
			return i, nil
		}
	}
	return -1, nil
}

// forms returns the words by which a searched one is met: those that begin like
// it, when they are no more than maxForms; nil when no searched word is so.
func (b *Book) forms(ctx context.Context, conditions []condition, args map[string]any) ([]string, error) {
	for _, c := range conditions {
		if c.from == "" {
			continue
		}
		forms, err := b.formsOf(ctx, c, args)
		if err != nil || len(forms) <= maxForms {
			return forms, err
		}
	}
	return nil, nil
}

// formsOf finds each word by jumping over the records of the one before.
func (b *Book) formsOf(ctx context.Context, c condition, args map[string]any) (forms []string, err error) {
	from := args[c.from].(string)
	for len(forms) <= maxForms {
		rows, err := b.DB.Query(ctx, "SELECT MIN(word) FROM search_word WHERE register = :register AND word >= :form AND word < :end", map[string]any{"register": args["register"], "form": from, "end": args[c.to]})
		if err != nil {
			return nil, err
		}
		var word sql.NullString
		if rows.Next() {
			err = rows.Scan(&word)
		}
		rows.Close()
		if err == nil {
			err = rows.Err()
		}
		if err != nil || !word.Valid {
			return forms, err
		}
		forms = append(forms, word.String)
		from = word.String + "\x01" // no word holds it
	}
	return forms, nil
}

func (r *Register) conditions(q ListQuery, args map[string]any) ([]condition, error) {
	var out []condition
	args["register"] = r.ID
	for i, word := range Words(foldWords(q.Search)) {
		from, to, like := fmt.Sprintf("s%d", i), fmt.Sprintf("t%d", i), fmt.Sprintf("l%d", i)
		args[from], args[to], args[like] = word, word+"\U0010ffff", "% "+word+"%"
		out = append(out, condition{
			rare:  "SELECT w.record FROM search_word w WHERE w.register = :register AND w.word >= :" + from + " AND w.word < :" + to,
			plain: "x.search LIKE :" + like,
			from:  from,
			to:    to,
		})
	}
	for i, f := range q.Filters {
		field := r.Field(f.Field)
		if field == nil {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "list.field", Args: []any{f.Field}}
		}
		name := fmt.Sprintf("f%d", i)
		col := "x." + field.Name
		switch {
		case f.Range:
			if columnTypes[field.Kind] != store.IntColumn {
				return nil, &vigie.Error{Code: vigie.Invalid, Key: "list.range", Args: []any{f.Field}}
			}
			for bound, v := range map[string]any{">=": f.From, "<=": f.To} {
				if v != nil {
					n := name + map[string]string{">=": "a", "<=": "b"}[bound]
					args[n] = v
					out = append(out, condition{plain: col + " " + bound + " :" + n})
				}
			}
		case f.Value == nil:
			c := condition{plain: col + " IS NULL"}
			if field.indexed() && field.Kind != Enum {
				c.rare = "SELECT y.id FROM " + r.ID + " y WHERE y." + field.Name + " IS NULL"
			}
			out = append(out, c)
		default:
			args[name] = f.Value
			c := condition{plain: col + " = :" + name}
			switch {
			case field.Kind == Enum:
				c.rare = "SELECT y.id FROM " + r.ID + " y WHERE (y." + field.Name + " || '') = :" + name
			case field.indexed() || field.Name == r.Title().Name:
				c.rare = "SELECT y.id FROM " + r.ID + " y WHERE y." + field.Name + " = :" + name
				c.plain = "COALESCE(" + col + ", '') = :" + name
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// Count returns how many records the query chooses, counting no further than
// limit.
func (b *Book) Count(ctx context.Context, r *Register, q ListQuery, limit int64) (int64, error) {
	args := map[string]any{}
	conditions, err := r.conditions(q, args)
	if err != nil {
		return 0, err
	}
	where, scopeArgs := q.Scope.Where(r, "x")
	for k, v := range scopeArgs {
		args[k] = v
	}
	for _, c := range conditions {
		if c.rare != "" {
			where += " AND x.id IN (" + c.rare + ")"
		} else {
			where += " AND " + c.plain
		}
	}
	return store.Count(ctx, b.DB, fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM %s x WHERE 1 = 1%s LIMIT %d) c", r.ID, where, limit), args)
}

// After returns the ListQuery.After of the page that follows a record, for lists
// in the given order: what the record's title is, and its id.
func After(sort, title, id string) string { return writeCursor(cursor{Sort: sort, Key: title, ID: id}) }

type cursor struct {
	Sort string `json:"s,omitempty"`
	Key  string `json:"k"`
	ID   string `json:"i"`
	ByID bool   `json:"b,omitempty"`
}

func writeCursor(c cursor) string {
	data, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings only
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func readCursor(s, sort string) (c cursor, err error) {
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil || c.Sort != sort {
		return c, &vigie.Error{Code: vigie.Invalid, Key: "list.cursor"}
	}
	return c, nil
}
