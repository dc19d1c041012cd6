package web

import (
	"errors"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// maxImports is how many imports the list shows.
const maxImports = 100

// An importLine is one import or edit of the list.
type importLine struct {
	register.Batch
	label string
	name  string
}

// importsPage lists the imports into registers that the person may read, and the
// edits of many of their records. Those of a person who sees a part of the company
// are his own.
func importsPage(r *request) error {
	list, err := r.s.App.Book.Batches(r.Context(), maxImports)
	if err != nil {
		return err
	}
	var lines []importLine
	for _, b := range list {
		if r.seesImport(b) {
			lines = append(lines, importLine{b, r.labelOf(b.Register), r.batchName(b)})
		}
	}
	return r.page(r.T("page.imports"), importsView(r, lines))
}

// seesImport: an import tells of records of every entity, by their number.
func (r *request) seesImport(b register.Batch) bool {
	whole := r.session.Reads(b.Register) == identity.WholeCompany && len(r.session.Entities) == 0
	return whole || b.Actor == r.session.User.Email && r.session.MayRead(b.Register)
}

func (r *request) labelOf(id string) string {
	if reg, err := r.s.App.Book.Register(id); err == nil {
		return r.In(reg.Label)
	}
	return id
}

// batchName says what a batch is: the file of an import, the field of an edit.
func (r *request) batchName(b register.Batch) string {
	switch {
	case b.Field != "":
		label := b.Field
		if reg, err := r.s.App.Book.Register(b.Register); err == nil && reg.Field(b.Field) != nil {
			label = r.In(reg.Field(b.Field).Label)
		}
		return r.Pair(r.T("page.edit_of"), label)
	case b.File != "":
		return b.File
	}
	return r.T("page.import_unnamed")
}

// batchTitle is the title of the page of a batch.
func (r *request) batchTitle(b register.Batch) string {
	if b.Field != "" {
		return r.batchName(b)
	}
	return r.T("page.import_of", r.batchName(b))
}

// mayUndo: an edit is taken back by whoever changes the register, an import by
// whoever imports into it.
func (r *request) mayUndo(b register.Batch) bool {
	if b.Field == "" {
		return r.mayImport(b.Register)
	}
	return r.session.MayWrite(b.Register)
}

// edited returns the edit of a register that the person may still take back, nil
// when there is none of that id.
func (r *request) edited(reg *register.Register, id string) (*register.Batch, error) {
	b, err := r.s.App.Book.Batch(r.Context(), id)
	if vigie.CodeOf(err) == vigie.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if b.Register != reg.ID || b.Field == "" || b.UndoneAt != nil || r.past || !r.seesImport(b) || !r.mayUndo(b) {
		return nil, nil
	}
	return &b, nil
}

// A batchView is what the page of one import or edit shows.
type batchView struct {
	register.Batch
	label   string
	title   string
	undo    bool // the person may take it back
	reason  string
	fault   string
	problem *vigie.Error
	lines   []batchLine
	more    bool // there are others than lines
}

// A batchLine is what a batch did to one record.
type batchLine struct {
	path, title string
	changes     []fieldChange
}

// maxBatchLines is how many records the page of a batch shows.
const maxBatchLines = 50

func (r *request) batch() (*batchView, error) {
	b, err := r.s.App.Book.Batch(r.Context(), r.PathValue("batch"))
	if err != nil {
		return nil, err
	}
	if !r.seesImport(b) {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "import.unknown", Args: []any{b.ID}}
	}
	v := &batchView{Batch: b, label: r.labelOf(b.Register), title: r.batchTitle(b), undo: b.UndoneAt == nil && !r.past && r.mayUndo(b)}
	return v, v.load(r)
}

// load finds what was done to the records that the person may see.
func (v *batchView) load(r *request) error {
	reg, err := r.s.App.Book.Register(v.Register)
	if err != nil {
		return err
	}
	entries, err := r.s.App.Book.History(r.Context(), register.HistoryQuery{Batch: v.ID, Limit: maxBatchLines + 1})
	if err != nil {
		return err
	}
	if len(entries) > maxBatchLines {
		entries, v.more = entries[:maxBatchLines], true
	}
	wanted := map[string][]string{}
	for _, e := range entries {
		wanted[v.Register] = append(wanted[v.Register], e.Record)
		for name, pair := range e.Changes {
			if f := reg.Field(name); f != nil && f.Kind == register.Ref {
				for _, x := range pair {
					if id, ok := x.(string); ok {
						wanted[f.To] = append(wanted[f.To], id)
					}
				}
			}
		}
	}
	t, err := r.titlesFor(wanted)
	if err != nil {
		return err
	}
	for _, e := range entries {
		title, seen := t.of(v.Register, e.Record)
		if !seen { // closed to the person, or gone: neither is told
			v.more = true
			continue
		}
		line := batchLine{path: recordPathOf(reg, e.Record), title: title}
		for i := range reg.Fields {
			f := &reg.Fields[i]
			if pair, ok := e.Changes[f.Name]; ok {
				line.changes = append(line.changes, fieldChange{r.In(f.Label), r.shown(f, pair[0], t), r.shown(f, pair[1], t)})
			}
		}
		v.lines = append(v.lines, line)
	}
	return nil
}

// importBatchPage shows an import or an edit, and how to take it back.
func importBatchPage(r *request) error {
	b, err := r.batch()
	if err != nil {
		return err
	}
	return r.page(b.title, batchPageView(r, b))
}

// importUndo takes a whole import back, for a reason, or a whole edit, with one
// click.
func importUndo(r *request) error {
	b, err := r.batch()
	if err != nil {
		return err
	}
	if !r.mayUndo(b.Batch) {
		return &vigie.Error{Code: vigie.Forbidden, Key: "web.not_allowed"}
	}
	if b.reason = strings.TrimSpace(r.form("reason")); b.reason == "" && b.Field == "" {
		b.fault = r.T("page.delete_reason_needed")
		return r.pageWith(statuses[vigie.Invalid], b.title, batchPageView(r, b))
	}
	_, err = r.s.App.Book.Undo(r.Context(), b.ID, r.by(b.reason))
	if err == nil && b.Field != "" {
		reg, err := r.s.App.Book.Register(b.Register)
		if err != nil {
			return err
		}
		return r.redirect(withQuery(r.listBack(reg), "done", "bulk_undone"))
	}
	if err == nil {
		return r.redirect("/imports/" + b.ID + "?done=undone")
	}
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Code != vigie.Conflict {
		return err
	}
	if b.problem, err = r.undoProblem(e); err != nil {
		return err
	}
	return r.pageWith(statuses[e.Code], b.title, batchPageView(r, b))
}

// undoProblem says why a batch is not undone in the words of people: the name of
// the record that changed since instead of its id.
func (r *request) undoProblem(e *vigie.Error) (*vigie.Error, error) {
	if e.Key != "import.changed_since" {
		return e, nil
	}
	reg, err := r.s.App.Book.Register(e.Args[0].(string))
	if err != nil {
		return nil, err
	}
	id := e.Args[1].(string)
	titles, err := r.s.App.Book.Titles(r.Context(), reg, []string{id}, r.scope(), r.lang)
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339, e.Args[3].(string))
	if err != nil {
		return nil, err
	}
	if titles[id] != "" {
		id = titles[id]
	}
	return &vigie.Error{Code: e.Code, Key: "page.undo_changed", Args: []any{reg.Label, id, e.Args[2], r.Time(at)}}, nil
}
