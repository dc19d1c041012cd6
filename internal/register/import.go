package register

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A Strategy says what to do with a line whose record already exists.
type Strategy string

// The strategies of an import.
const (
	Stop   Strategy = "stop"   // refuse the file
	Skip   Strategy = "skip"   // leave the record as it is
	Update Strategy = "update" // change the fields that the line gives; an empty cell changes nothing
)

// An Import is a file to bring into a register.
type Import struct {
	Register *Register
	File     io.ReadSeeker
	Name     string            // of the file, for the history
	Mapping  map[string]string // column title → field, "" to ignore it; what is not given is remembered or guessed
	Strategy Strategy          // Stop when empty
	Preview  bool              // say what would change, and change nothing
}

// A LineError is what is wrong in one line, and how to mend it: Key names the
// sentence.
type LineError struct {
	Line   int
	Column string // title of the column; "" for the whole line
	Key    string
	Args   []any
}

// A LineChange is what a line does to a record.
type LineChange struct {
	Line    int               `json:"line"`
	Action  string            `json:"action"` // create or update
	Record  string            `json:"record"`
	Changes map[string][2]any `json:"changes"`
}

// A Result is what an import did or, for a preview, would do. With errors,
// nothing was changed.
type Result struct {
	Batch     string // names the import for Undo; "" when nothing changed
	Encoding  string
	Separator string
	Mapping   map[string]string // column title → field
	Ignored   []string          // columns that go nowhere
	Lines     int
	Created   int
	Updated   int
	Unchanged int
	Skipped   int
	Errors    []LineError
	Sample    []LineChange // of the first changes
}

const (
	maxErrors = 100
	maxSample = 20
)

// errUndone rolls an import back without being an error for the caller.
var errUndone = errors.New("register: import rolled back")

// Import brings a file into a register, wholly or not at all. Faults of lines
// are in the result; an error tells that the file cannot be read as a table.
func (b *Book) Import(ctx context.Context, in Import, by By) (*Result, error) {
	if in.Strategy == "" {
		in.Strategy = Stop
	}
	if in.Strategy != Stop && in.Strategy != Skip && in.Strategy != Update {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.strategy", Args: []any{string(in.Strategy)}}
	}
	t, err := openTable(in.File)
	if err != nil {
		return nil, err
	}
	defer t.close()
	res := &Result{Encoding: t.Encoding, Separator: t.Separator}
	header, _, err := t.next()
	if err == io.EOF {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.empty"}
	}
	if err != nil {
		return nil, err
	}
	header = slices.Clone(header)
	for i := range header {
		header[i] = strings.TrimSpace(header[i])
	}
	if len(header) > maxColumns {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.columns", Args: []any{len(header), maxColumns}}
	}
	columns, err := b.mapColumns(ctx, in, header, res)
	if err != nil {
		return nil, err
	}
	if by.At.IsZero() {
		by.At = time.Now()
	}
	by.Batch = NewID(&Register{ID: "import"}, by.At)
	err = b.Write(ctx, by, func(w *Writer) error {
		if in.Preview { // what follows from the changes is not asked for
			w.book = &Book{DB: b.DB, all: b.all, byID: b.byID, referrers: b.referrers}
		}
		l := &loader{Writer: w, in: in, table: t, header: header, columns: columns, res: res, seen: map[string]int{}, refs: map[string]string{}}
		if err := l.run(ctx); err != nil {
			return err
		}
		if len(res.Errors) > 0 || in.Preview {
			return errUndone
		}
		if res.Created+res.Updated == 0 {
			return nil
		}
		res.Batch = by.Batch
		return w.remember(ctx, in, header, res)
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return res, err
}

// mapColumns says which field each column goes to.
func (b *Book) mapColumns(ctx context.Context, in Import, header []string, res *Result) ([]*Field, error) {
	remembered := map[string]string{}
	rows, err := b.DB.Query(ctx, "SELECT mapping FROM import_mapping WHERE key = :key", map[string]any{"key": mappingKey(in.Register, header)})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if rows.Next() {
		var data string
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(data), &remembered); err != nil {
			return nil, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	res.Mapping = map[string]string{}
	columns := make([]*Field, len(header))
	taken := map[string]string{}
	for i, title := range header {
		name, chosen := in.Mapping[title]
		if !chosen {
			if name, chosen = remembered[title]; !chosen {
				name = in.Register.guess(title)
			}
		}
		if name == "" {
			if title != "" {
				res.Ignored = append(res.Ignored, title)
			}
			continue
		}
		f := in.Register.Field(name)
		if name == "id" {
			f = &Field{Name: "id", Kind: Text}
		}
		if f == nil || f.Derive != nil && !f.derivedFromPeople() {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.mapping", Args: []any{title, name}}
		}
		if other, twice := taken[name]; twice {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.twice", Args: []any{other, title, name}}
		}
		taken[name] = title
		res.Mapping[title] = name
		columns[i] = f
	}
	if len(taken) == 0 {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "import.no_column", Args: []any{strings.Join(header, ", ")}}
	}
	return columns, nil
}

// derivedFromPeople says that a computed field also takes the value of a person.
func (f *Field) derivedFromPeople() bool { return f.Kind == Date }

// guess finds the field that a column title names.
func (r *Register) guess(title string) string {
	k := Fold(title)
	if k == "id" || k == "identifiant vigie" || k == "vigie id" {
		return "id"
	}
	for _, f := range r.Fields {
		if f.Derive != nil && !f.derivedFromPeople() {
			continue
		}
		if k == f.Name || k == Fold(f.Label.FR) || k == Fold(f.Label.EN) || strings.ReplaceAll(k, " ", "_") == f.Name {
			return f.Name
		}
	}
	return ""
}

func mappingKey(r *Register, header []string) string {
	sum := sha256.Sum256([]byte(strings.Join(header, "\x1f")))
	return r.ID + ":" + hex.EncodeToString(sum[:12])
}

// remember keeps the mapping for the next file of the same form, and the import
// in the list of those that can be undone.
func (w *Writer) remember(ctx context.Context, in Import, header []string, res *Result) error {
	kept := map[string]string{}
	for _, title := range header {
		kept[title] = res.Mapping[title]
	}
	data, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if _, err := w.Tx.Exec(ctx, "INSERT INTO import_mapping (key, mapping, updated_at) VALUES (:key, :m, :at) ON CONFLICT (key) DO UPDATE SET mapping = :m, updated_at = :at",
		map[string]any{"key": mappingKey(in.Register, header), "m": string(data), "at": w.By.At.Unix()}); err != nil {
		return err
	}
	return w.keepBatch(ctx, Batch{ID: res.Batch, Register: in.Register.ID, File: in.Name, At: w.By.At, Actor: w.By.Actor, Created: res.Created, Updated: res.Updated, Skipped: res.Skipped + res.Unchanged})
}

// A loader brings the lines of one file.
type loader struct {
	*Writer
	in      Import
	table   *tableReader
	header  []string
	columns []*Field
	res     *Result
	seen    map[string]int    // record → line
	refs    map[string]string // "register\x00text" → id
}

func (l *loader) fail(line int, column, key string, args ...any) {
	if len(l.res.Errors) < maxErrors {
		l.res.Errors = append(l.res.Errors, LineError{Line: line, Column: column, Key: key, Args: args})
	}
}

func (l *loader) run(ctx context.Context) error {
	for {
		cells, line, err := l.table.next()
		if err == io.EOF {
			return nil
		}
		if e, ok := errors.AsType[*vigie.Error](err); ok && e.Code == vigie.Invalid {
			l.fail(line, "", e.Key, e.Args...)
			return nil
		}
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		if l.res.Lines++; l.res.Lines > maxImportRows {
			l.fail(line, "", "import.too_many", maxImportRows)
			return nil
		}
		if err := l.line(ctx, cells, line); err != nil {
			return err
		}
		if len(l.res.Errors) >= maxErrors {
			return nil
		}
	}
}

func (l *loader) line(ctx context.Context, cells []string, line int) error {
	errs := len(l.res.Errors)
	if len(cells) > len(l.header) && slices.ContainsFunc(cells[len(l.header):], func(s string) bool { return strings.TrimSpace(s) != "" }) {
		l.fail(line, "", "import.more_cells", len(cells), len(l.header))
		return nil
	}
	v := Values{}
	for i, f := range l.columns {
		if f == nil || i >= len(cells) {
			continue
		}
		text := unescapeFormula(cells[i])
		if l.table.serials && (f.Kind == Date || f.Kind == Time) {
			text = serialDate(text, f.Kind)
		}
		value, fault := f.Parse(text)
		if fault != nil {
			l.fail(line, l.header[i], fault.Key, fault.Args...)
			continue
		}
		if f.Kind == Ref && value != nil {
			id, key, err := l.find(ctx, l.book.byID[f.To], value.(string))
			if err != nil {
				return err
			}
			if key != "" {
				l.fail(line, l.header[i], key, value, f.To)
				continue
			}
			value = id
		}
		if value != nil {
			v[f.Name] = value
		}
	}
	if len(l.res.Errors) > errs {
		return nil
	}
	id, key, err := l.existing(ctx, v)
	if err != nil {
		return err
	}
	if key != "" {
		l.fail(line, "", key, v[l.in.Register.Title().Name])
		return nil
	}
	if id != "" {
		if first, twice := l.seen[id]; twice {
			l.fail(line, "", "import.repeated", first)
			return nil
		}
	}
	return l.apply(ctx, id, v, line)
}

// apply creates or changes the record of a line.
func (l *loader) apply(ctx context.Context, id string, v Values, line int) error {
	reg := l.in.Register
	action := "update"
	var before Values
	var err error
	switch {
	case id == "":
		action = "create"
		if id, err = l.Create(ctx, reg, v); err == nil {
			l.res.Created++
		}
	case l.in.Strategy == Stop:
		l.fail(line, "", "import.exists", id)
		return nil
	case l.in.Strategy == Skip:
		l.res.Skipped++
		l.seen[id] = line
		return nil
	default:
		delete(v, "id")
		if before, _, err = l.get(ctx, reg, id); err != nil {
			break
		}
		var changed bool
		if changed, err = l.Update(ctx, reg, id, 0, v); err == nil && changed {
			l.res.Updated++
		} else if err == nil {
			l.res.Unchanged++
		}
	}
	if e, ok := errors.AsType[*vigie.Error](err); ok && e.Code != vigie.Internal {
		if len(e.Fields) == 0 {
			l.fail(line, "", e.Key, e.Args...)
		}
		for _, f := range e.Fields {
			l.fail(line, l.columnOf(f.Field), f.Key, f.Args...)
		}
		return nil
	}
	if err != nil {
		return err
	}
	l.seen[id] = line
	if len(l.res.Sample) < maxSample {
		changes := map[string][2]any{}
		for name, value := range v {
			if f := reg.Field(name); f != nil && before[name] != value {
				changes[name] = [2]any{f.JSON(before[name]), f.JSON(value)}
			}
		}
		if len(changes) > 0 {
			l.res.Sample = append(l.res.Sample, LineChange{Line: line, Action: action, Record: id, Changes: changes})
		}
	}
	return nil
}

// columnOf returns the title of the column that fills a field, or the name of
// the field when no column does.
func (l *loader) columnOf(field string) string {
	for i, f := range l.columns {
		if f != nil && f.Name == field {
			return l.header[i]
		}
	}
	return field
}

// existing finds the record that a line is about: by id, by a unique field or,
// when the register has none, by its title.
func (l *loader) existing(ctx context.Context, v Values) (id, key string, err error) {
	reg := l.in.Register
	if given, _ := v["id"].(string); given != "" {
		n, err := store.Count(ctx, l.Tx, "SELECT COUNT(*) FROM "+reg.ID+" WHERE id = :id", map[string]any{"id": given})
		if err != nil || n == 0 {
			return "", "", err
		}
		return given, "", nil
	}
	unique := false
	for _, f := range reg.Fields {
		if !f.Unique {
			continue
		}
		unique = true
		if v[f.Name] == nil {
			continue
		}
		ids, err := l.ids(ctx, reg, f.Name, v[f.Name])
		if err != nil || len(ids) > 0 {
			return first(ids), "", err
		}
	}
	title := reg.Title()
	if unique || title.Kind != Text || v[title.Name] == nil {
		return "", "", nil
	}
	ids, err := l.ids(ctx, reg, title.Name, v[title.Name])
	if len(ids) > 1 {
		return "", "import.ambiguous", err
	}
	return first(ids), "", err
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// ids returns at most two records whose field has a value.
func (l *loader) ids(ctx context.Context, r *Register, field string, value any) ([]string, error) {
	rows, err := l.Tx.Query(ctx, "SELECT id FROM "+r.ID+" WHERE "+field+" = :v LIMIT 2", map[string]any{"v": value})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id sql.NullString
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id.String)
	}
	return ids, rows.Err()
}

// find returns the record that a reference names: by id, by a unique field or
// by title. Key says why there is none.
func (l *loader) find(ctx context.Context, to *Register, text string) (id, key string, err error) {
	cached := to.ID + "\x00" + text
	if id, ok := l.refs[cached]; ok {
		return id, "", nil
	}
	found, err := l.ids(ctx, to, "id", text)
	if err != nil {
		return "", "", err
	}
	for _, f := range to.Fields {
		if len(found) == 0 && f.Unique && columnTypes[f.Kind] == "" {
			value := text
			if f.Kind == Email {
				value = strings.ToLower(text)
			}
			if found, err = l.ids(ctx, to, f.Name, value); err != nil {
				return "", "", err
			}
		}
	}
	if title := to.Title(); len(found) == 0 && title.Kind == Text {
		if found, err = l.ids(ctx, to, title.Name, text); err != nil {
			return "", "", err
		}
	}
	switch len(found) {
	case 0:
		return "", "import.no_record", nil
	case 1:
		if len(l.refs) > maxKnown {
			clear(l.refs)
		}
		l.refs[cached] = found[0]
		return found[0], "", nil
	}
	return "", "import.two_records", nil
}

// A Batch is an import, or an edit of many records, that was made.
type Batch struct {
	ID       string     `json:"id"`
	Register string     `json:"register"`
	Field    string     `json:"field,omitempty"` // that an edit changed; "" for an import
	File     string     `json:"file"`
	At       time.Time  `json:"at"`
	Actor    string     `json:"actor"`
	Created  int        `json:"created"`
	Updated  int        `json:"updated"`
	Skipped  int        `json:"skipped"`
	UndoneAt *time.Time `json:"undone_at,omitempty"`
}

// Batches returns the last imports and edits, the newest first.
func (b *Book) Batches(ctx context.Context, limit int) ([]Batch, error) {
	return batches(ctx, b.DB, "ORDER BY at DESC, id DESC LIMIT :limit", map[string]any{"limit": limit})
}

// Batch returns one import or edit.
//
// Errors: NotFound.
func (b *Book) Batch(ctx context.Context, id string) (Batch, error) { return batch(ctx, b.DB, id) }

func batch(ctx context.Context, q store.Queryer, id string) (Batch, error) {
	list, err := batches(ctx, q, "WHERE id = :id", map[string]any{"id": id})
	if err != nil {
		return Batch{}, err
	}
	if len(list) == 0 {
		return Batch{}, &vigie.Error{Code: vigie.NotFound, Key: "import.unknown", Args: []any{id}}
	}
	return list[0], nil
}

func batches(ctx context.Context, q store.Queryer, where string, args map[string]any) ([]Batch, error) {
	rows, err := q.Query(ctx, "SELECT id, register, COALESCE(field, ''), file, at, actor, created, updated, skipped, undone_at FROM import_batch "+where, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Batch{}
	for rows.Next() {
		var x Batch
		var at int64
		var undone sql.NullInt64
		if err := rows.Scan(&x.ID, &x.Register, &x.Field, &x.File, &at, &x.Actor, &x.Created, &x.Updated, &x.Skipped, &undone); err != nil {
			return nil, err
		}
		x.At = time.Unix(at, 0).UTC()
		if undone.Valid {
			t := time.Unix(undone.Int64, 0).UTC()
			x.UndoneAt = &t
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// Undo takes back a whole import or edit: what it created is deleted, what it changed is
// as before. It says how many records that was.
//
// Errors: NotFound; Conflict when it was undone already, or when a record was
// changed since or is named by others: then nothing is undone.
func (b *Book) Undo(ctx context.Context, id string, by By) (int, error) {
	n := 0
	err := b.Write(ctx, by, func(w *Writer) error {
		made, err := batch(ctx, w.Tx, id)
		if err != nil {
			return err
		}
		if made.UndoneAt != nil {
			return &vigie.Error{Code: vigie.Conflict, Key: "import.undone", Args: []any{id}}
		}
		if w.By.Reason == "" {
			w.By.Reason = "undo of " + id
		}
		var before int64
		for {
			entries, err := history(ctx, w.Tx, HistoryQuery{Batch: id, Before: before, Limit: 1000})
			if err != nil {
				return err
			}
			if len(entries) == 0 {
				break
			}
			for _, e := range entries {
				if err := w.undo(ctx, e); err != nil {
					return err
				}
				before = e.Seq
				n++
			}
		}
		_, err = w.Tx.Exec(ctx, "UPDATE import_batch SET undone_at = :at WHERE id = :id", map[string]any{"at": w.By.At.Unix(), "id": id})
		return err
	})
	return n, err
}

// undo takes back one line of the history of a batch.
func (w *Writer) undo(ctx context.Context, e Entry) error {
	r, err := w.book.Register(e.Register)
	if err != nil {
		return err
	}
	now, _, err := w.get(ctx, r, e.Record)
	if err != nil {
		return err
	}
	v := Values{}
	for _, f := range r.Fields {
		c, changed := e.Changes[f.Name]
		if !changed && e.Action == "update" {
			continue
		}
		// The value that the batch left must still be there.
		left, fault := f.FromJSON(c[1])
		if fault == nil && left != now[f.Name] {
			return w.changedSince(ctx, e)
		}
		old, fault2 := f.FromJSON(c[0])
		if fault != nil || fault2 != nil {
			return &vigie.Error{Code: vigie.Internal, Key: "internal", Err: errors.New("history of " + e.Record + " cannot be read")}
		}
		v[f.Name] = old
	}
	if e.Action == "create" {
		return w.Delete(ctx, r, e.Record, 0)
	}
	_, err = w.Update(ctx, r, e.Record, 0, v)
	return err
}

// changedSince names who changed a record after a batch.
func (w *Writer) changedSince(ctx context.Context, e Entry) error {
	last, err := history(ctx, w.Tx, HistoryQuery{Register: e.Register, Record: e.Record, Limit: 1})
	if err != nil {
		return err
	}
	return &vigie.Error{Code: vigie.Conflict, Key: "import.changed_since", Args: []any{e.Register, e.Record, last[0].Actor, last[0].At.Format(time.RFC3339)}}
}
