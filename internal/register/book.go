package register

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// By says who makes a change, when and why. It goes to the history.
type By struct {
	Actor  string    // who: a person, a token, an agent
	Source string    // how: api, import, agent, policy, sample…; kept on the record
	Reason string    // why; needed to delete
	At     time.Time // when; decides what the rules call today
	Batch  string    // groups the changes of one import or edit
	Scope  Scope     // the records that the author may see, and so change
}

// A Change is one record that was created, changed or deleted.
type Change struct {
	Register *Register
	ID       string
	Old      Values   // nil when created; with the id
	New      Values   // nil when deleted; with the id
	Columns  []string // the fields whose value changed; nil for all of them
}

// A Watcher is told of changes inside the transaction that makes them, so that
// what follows from them is kept or undone with them. Many changes at once come
// as tables only: every record of these registers may have changed.
type Watcher interface {
	Changed(ctx context.Context, tx *store.Tx, now time.Time, changes []Change, tables []string) error
}

// A Book holds the records of every register.
type Book struct {
	DB *store.DB

	all       []*Register
	byID      map[string]*Register
	referrers map[string][]reference
	watcher   Watcher
}

// A reference is a field that names records of another register.
type reference struct {
	register *Register
	field    string
}

// NewBook returns the records of the given registers in db, whose tables exist.
// A nil watcher is told nothing.
func NewBook(db *store.DB, registers []*Register, watcher Watcher) *Book {
	b := &Book{DB: db, all: registers, byID: map[string]*Register{}, referrers: map[string][]reference{}, watcher: watcher}
	for _, r := range registers {
		b.byID[r.ID] = r
		for _, f := range r.Fields {
			if f.Kind == Ref {
				b.referrers[f.To] = append(b.referrers[f.To], reference{r, f.Name})
			}
		}
	}
	return b
}

// Registers returns every register, in the order of their ids.
func (b *Book) Registers() []*Register { return b.all }

// Register returns the register called id.
//
// Errors: NotFound.
func (b *Book) Register(id string) (*Register, error) {
	if r := b.byID[id]; r != nil {
		return r, nil
	}
	return nil, &vigie.Error{Code: vigie.NotFound, Key: "register.unknown", Args: []any{id}}
}

// Write runs fn in one transaction: all its changes are kept, judged and put in
// the history, or none is.
func (b *Book) Write(ctx context.Context, by By, fn func(w *Writer) error) error {
	if by.At.IsZero() {
		by.At = time.Now()
	}
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		w := &Writer{Tx: tx, book: b, By: by, known: map[string]bool{}, dirty: map[string]bool{}}
		if err := fn(w); err != nil {
			return err
		}
		if b.watcher == nil || len(w.changes) == 0 && len(w.dirty) == 0 {
			return nil
		}
		var tables []string
		for t := range w.dirty {
			tables = append(tables, t)
		}
		slices.Sort(tables)
		return b.watcher.Changed(ctx, tx, by.At, w.changes, tables)
	})
}

// A Writer changes records inside one transaction.
type Writer struct {
	Tx   *store.Tx
	By   By
	book *Book

	known   map[string]bool // references seen to exist
	changes []Change
	dirty   map[string]bool
}

// maxChanges bounds the changes that are followed record by record.
const maxChanges = 2000

func (w *Writer) note(c Change) {
	if w.dirty[c.Register.ID] {
		return
	}
	w.changes = append(w.changes, c)
	if len(w.changes) > maxChanges {
		for _, c := range w.changes {
			w.dirty[c.Register.ID] = true
		}
		w.changes = nil
	}
}

// NewID returns an id for a new record of r: readable, and in the order of
// creation.
func NewID(r *Register, at time.Time) string {
	var raw [10]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(at.UnixMilli())<<16)
	rand.Read(raw[6:])
	return strings.ReplaceAll(r.ID, "_", "-") + "-" + strings.ToLower(base32.HexEncoding.EncodeToString(raw[:]))
}

// Create adds a record and returns its id. An id given in v under "id" is kept.
//
// Errors: Invalid with the fields at fault; Conflict when the id exists.
func (w *Writer) Create(ctx context.Context, r *Register, v Values) (string, error) {
	id, _ := v["id"].(string)
	if id == "" {
		id = NewID(r, w.By.At)
	} else if fault := checkID(id); fault != nil {
		return "", &vigie.Error{Code: vigie.Invalid, Key: "record.invalid", Args: []any{r.ID}, Fields: []vigie.FieldError{*fault}}
	}
	rec := Values{"id": id}
	for _, f := range r.Fields {
		if v[f.Name] != nil {
			rec[f.Name] = v[f.Name]
		}
	}
	derive(r, rec)
	if err := w.validate(ctx, r, rec, nil); err != nil {
		return "", err
	}
	n, err := store.Count(ctx, w.Tx, "SELECT COUNT(*) FROM "+r.ID+" WHERE id = :id", map[string]any{"id": id})
	if err != nil {
		return "", err
	}
	if n > 0 {
		return "", &vigie.Error{Code: vigie.Conflict, Key: "record.exists", Args: []any{r.ID, id}}
	}
	args := map[string]any{"id": id, "at": w.By.At.Unix(), "src": w.By.Source, "search": r.SearchText(id, rec)}
	var cols, marks strings.Builder
	for _, f := range r.Fields {
		cols.WriteString(", " + f.Name)
		marks.WriteString(", :f_" + f.Name)
		args["f_"+f.Name] = typed(&f, rec[f.Name])
	}
	if _, err := w.Tx.Exec(ctx, "INSERT INTO "+r.ID+" (id, version, created_at, updated_at, source, search"+cols.String()+
		") VALUES (:id, 1, :at, :at, :src, :search"+marks.String()+")", args); err != nil {
		return "", err
	}
	if err := w.index(ctx, r, id, "", args["search"].(string)); err != nil {
		return "", err
	}
	changes := map[string][2]any{}
	for _, f := range r.Fields {
		if rec[f.Name] != nil {
			changes[f.Name] = [2]any{nil, f.JSON(rec[f.Name])}
		}
	}
	if err := w.history(ctx, r, id, "create", changes); err != nil {
		return "", err
	}
	w.known[r.ID+"/"+id] = true
	w.note(Change{Register: r, ID: id, New: rec})
	return id, w.visible(ctx, r, id)
}

// typed gives unknown values the type of their column, which PostgreSQL wants.
func typed(f *Field, v any) any {
	if v != nil {
		return v
	}
	switch columnTypes[f.Kind] {
	case store.IntColumn:
		return sql.Null[int64]{}
	case store.BoolColumn:
		return sql.Null[bool]{}
	}
	return sql.Null[string]{}
}

// Update changes the fields of v, leaving the others; a nil value erases. Version
// is the one that the author saw; 0 accepts whatever is there. It says whether
// anything changed.
//
// Errors: NotFound; Invalid with the fields at fault; Conflict with key
// record.changed when somebody was faster: Args name who and when, Fields tell
// what they changed.
func (w *Writer) Update(ctx context.Context, r *Register, id string, version int64, v Values) (bool, error) {
	old, meta, err := w.get(ctx, r, id)
	if err != nil {
		return false, err
	}
	if version != 0 && version != meta.Version {
		return false, w.changedMeanwhile(ctx, r, id, version)
	}
	rec := Values{"id": id}
	for _, f := range r.Fields {
		value, given := v[f.Name]
		if !given {
			value = old[f.Name]
		}
		if value != nil {
			rec[f.Name] = value
		}
	}
	derive(r, rec)
	var columns []string
	changes := map[string][2]any{}
	args := map[string]any{"id": id, "at": w.By.At.Unix(), "src": w.By.Source}
	var set strings.Builder
	for _, f := range r.Fields {
		if reflect.DeepEqual(old[f.Name], rec[f.Name]) {
			continue
		}
		columns = append(columns, f.Name)
		changes[f.Name] = [2]any{f.JSON(old[f.Name]), f.JSON(rec[f.Name])}
		set.WriteString(", " + f.Name + " = :f_" + f.Name)
		args["f_"+f.Name] = typed(&f, rec[f.Name])
	}
	if len(columns) == 0 {
		return false, nil
	}
	if err := w.validate(ctx, r, rec, old); err != nil {
		return false, err
	}
	before, after := r.SearchText(id, old), r.SearchText(id, rec)
	if before != after {
		set.WriteString(", search = :search")
		args["search"] = after
		if err := w.index(ctx, r, id, before, after); err != nil {
			return false, err
		}
	}
	if _, err := w.Tx.Exec(ctx, "UPDATE "+r.ID+" SET version = version + 1, updated_at = :at, source = :src"+set.String()+" WHERE id = :id", args); err != nil {
		return false, err
	}
	if err := w.history(ctx, r, id, "update", changes); err != nil {
		return false, err
	}
	w.note(Change{Register: r, ID: id, Old: old, New: rec, Columns: append(columns, "updated_at", "source", "version")})
	return true, w.visible(ctx, r, id)
}

// Put creates the record called id, or changes the fields of v in it.
func (w *Writer) Put(ctx context.Context, r *Register, id string, v Values) error {
	_, err := w.Update(ctx, r, id, 0, v)
	if vigie.CodeOf(err) != vigie.NotFound {
		return err
	}
	rec := maps.Clone(v)
	rec["id"] = id
	_, err = w.Create(ctx, r, rec)
	return err
}

// visible refuses to leave a record where its author cannot see it, and to
// change registers that are common to entities he is not of.
func (w *Writer) visible(ctx context.Context, r *Register, id string) error {
	scope := w.By.Scope
	if !scope.Limits() {
		return nil
	}
	if scope.people || wayTo(w.book.byID, r, "entity") != nil {
		_, _, err := w.get(ctx, r, id)
		if vigie.CodeOf(err) != vigie.NotFound {
			return err
		}
	}
	return &vigie.Error{Code: vigie.Forbidden, Key: "record.other_entity", Args: []any{r.ID}}
}

// Delete removes a record that no other names. By.Reason says why.
//
// Errors: NotFound; Invalid without a reason; Conflict when records name it, or
// when somebody changed it.
func (w *Writer) Delete(ctx context.Context, r *Register, id string, version int64) error {
	if strings.TrimSpace(w.By.Reason) == "" {
		return &vigie.Error{Code: vigie.Invalid, Key: "record.reason_needed"}
	}
	old, meta, err := w.get(ctx, r, id)
	if err != nil {
		return err
	}
	if version != 0 && version != meta.Version {
		return w.changedMeanwhile(ctx, r, id, version)
	}
	for _, ref := range w.book.referrers[r.ID] {
		n, err := store.Count(ctx, w.Tx, "SELECT COUNT(*) FROM "+ref.register.ID+" WHERE "+ref.field+" = :id", map[string]any{"id": id})
		if err != nil {
			return err
		}
		if n > 0 {
			return &vigie.Error{Code: vigie.Conflict, Key: "record.referenced", Args: []any{n, ref.register.ID, ref.field}}
		}
	}
	if _, err := w.Tx.Exec(ctx, "DELETE FROM "+r.ID+" WHERE id = :id", map[string]any{"id": id}); err != nil {
		return err
	}
	if err := w.index(ctx, r, id, r.SearchText(id, old), ""); err != nil {
		return err
	}
	changes := map[string][2]any{}
	for _, f := range r.Fields {
		if old[f.Name] != nil {
			changes[f.Name] = [2]any{f.JSON(old[f.Name]), nil}
		}
	}
	if err := w.history(ctx, r, id, "delete", changes); err != nil {
		return err
	}
	delete(w.known, r.ID+"/"+id)
	w.note(Change{Register: r, ID: id, Old: old})
	return nil
}

// Get returns a record as this transaction sees it.
//
// Errors: NotFound.
func (w *Writer) Get(ctx context.Context, r *Register, id string) (Values, Meta, error) {
	return w.get(ctx, r, id)
}

func (w *Writer) get(ctx context.Context, r *Register, id string) (Values, Meta, error) {
	return get(ctx, w.Tx, r, id, w.By.Scope)
}

func derive(r *Register, rec Values) {
	for _, f := range r.Fields {
		if f.Derive == nil {
			continue
		}
		if v := f.Derive(rec); v != nil {
			rec[f.Name] = v
		} else {
			delete(rec, f.Name)
		}
	}
}

func checkID(id string) *vigie.FieldError {
	if len(id) > 200 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f || r == '\ufffd' }) {
		return &vigie.FieldError{Field: "id", Key: "field.id"}
	}
	return nil
}

// validate refuses a record that misses a required field, repeats a unique one
// or names a record that does not exist. Fields that were so before and did not
// change are left alone.
func (w *Writer) validate(ctx context.Context, r *Register, rec, old Values) error {
	var faults []vigie.FieldError
	for _, f := range r.Fields {
		v := rec[f.Name]
		if v == nil {
			if f.Required {
				faults = append(faults, *f.fault("field.required"))
			}
			continue
		}
		if old != nil && v == old[f.Name] {
			continue
		}
		if f.Kind == Ref {
			ok, err := w.exists(ctx, f.To, v.(string))
			if ok && err == nil {
				ok, err = w.mayName(ctx, f.To, v.(string))
			}
			if err != nil {
				return err
			}
			if !ok {
				faults = append(faults, *f.fault("field.no_record", v, f.To))
			}
		}
		if f.Unique {
			n, err := store.Count(ctx, w.Tx, "SELECT COUNT(*) FROM "+r.ID+" WHERE "+f.Name+" = :v AND id <> :id", map[string]any{"v": v, "id": rec["id"]})
			if err != nil {
				return err
			}
			if n > 0 {
				faults = append(faults, *f.fault("field.taken", f.Format(v, vigie.EN)))
			}
		}
	}
	if len(faults) > 0 {
		return &vigie.Error{Code: vigie.Invalid, Key: "record.invalid", Args: []any{r.ID}, Fields: faults}
	}
	return nil
}

// maxKnown bounds the references remembered during one transaction.
const maxKnown = 50000

func (w *Writer) exists(ctx context.Context, register, id string) (bool, error) {
	key := register + "/" + id
	if w.known[key] {
		return true, nil
	}
	n, err := store.Count(ctx, w.Tx, "SELECT COUNT(*) FROM "+register+" WHERE id = :id", map[string]any{"id": id})
	if err == nil && n > 0 {
		if len(w.known) > maxKnown {
			clear(w.known)
		}
		w.known[key] = true
	}
	return n > 0, err
}

// index keeps the words by which a record is found.
func (w *Writer) index(ctx context.Context, r *Register, id, before, after string) error {
	old, now := Words(before), Words(after)
	for _, word := range old {
		if !slices.Contains(now, word) {
			if _, err := w.Tx.Exec(ctx, "DELETE FROM search_word WHERE register = :r AND word = :w AND record = :id", map[string]any{"r": r.ID, "w": word, "id": id}); err != nil {
				return err
			}
		}
	}
	now = slices.DeleteFunc(now, func(word string) bool { return slices.Contains(old, word) })
	if len(now) == 0 {
		return nil
	}
	args := map[string]any{"r": r.ID, "id": id}
	var rows []string
	for i, word := range now {
		name := fmt.Sprintf("w%d", i)
		args[name] = word
		rows = append(rows, "(:r, :"+name+", :id)")
	}
	_, err := w.Tx.Exec(ctx, "INSERT INTO search_word (register, word, record) VALUES "+strings.Join(rows, ", ")+" ON CONFLICT DO NOTHING", args)
	return err
}

func (w *Writer) history(ctx context.Context, r *Register, id, action string, changes map[string][2]any) error {
	data, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	_, err = w.Tx.Exec(ctx, "INSERT INTO history (at, actor, source, register, record, action, changes, batch, reason) VALUES (:at, :actor, :src, :r, :id, :action, :changes, :batch, :reason)",
		map[string]any{"at": w.By.At.Unix(), "actor": w.By.Actor, "src": w.By.Source, "r": r.ID, "id": id, "action": action,
			"changes": string(data), "batch": w.By.Batch, "reason": w.By.Reason})
	return err
}

// changedMeanwhile tells what others did to a record since the version that
// the author saw.
func (w *Writer) changedMeanwhile(ctx context.Context, r *Register, id string, version int64) error {
	entries, err := history(ctx, w.Tx, HistoryQuery{Register: r.ID, Record: id, Limit: 20})
	if err != nil {
		return err
	}
	e := &vigie.Error{Code: vigie.Conflict, Key: "record.changed"}
	_, meta, err := w.get(ctx, r, id)
	if err != nil {
		return err
	}
	for i, h := range entries { // newest first: one for each version above the author's
		if int64(i) >= meta.Version-version {
			break
		}
		if e.Args == nil {
			e.Args = []any{h.Actor, h.At.UTC().Format(time.RFC3339)}
		}
		for field, c := range h.Changes {
			e.Fields = append(e.Fields, vigie.FieldError{Field: field, Key: "field.changed_to", Args: []any{c[0], c[1]}})
		}
	}
	if e.Args == nil {
		e.Args = []any{"?", "?"}
	}
	slices.SortFunc(e.Fields, func(a, b vigie.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return e
}
