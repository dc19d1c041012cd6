package web

import (
	"errors"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// maxImports is how many imports the list shows.
const maxImports = 100

// An importLine is one import of the list.
type importLine struct {
	register.Batch
	label string
}

// importsPage lists the imports into registers that the person may read. Those
// of a person who sees a part of the company are his own.
func importsPage(r *request) error {
	list, err := r.s.App.Book.Batches(r.Context(), maxImports)
	if err != nil {
		return err
	}
	var lines []importLine
	for _, b := range list {
		if r.seesImport(b) {
			lines = append(lines, importLine{b, r.labelOf(b.Register)})
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

// A batchView is what the page of one import shows.
type batchView struct {
	register.Batch
	label   string
	undo    bool // the person may take it back
	reason  string
	fault   string
	problem *vigie.Error
}

func (r *request) batch() (*batchView, error) {
	b, err := r.s.App.Book.Batch(r.Context(), r.PathValue("batch"))
	if err != nil {
		return nil, err
	}
	if !r.seesImport(b) {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "import.unknown", Args: []any{b.ID}}
	}
	return &batchView{Batch: b, label: r.labelOf(b.Register), undo: b.UndoneAt == nil && !r.past && r.session.MayWrite(b.Register)}, nil
}

// importBatchPage shows an import and how to take it back.
func importBatchPage(r *request) error {
	b, err := r.batch()
	if err != nil {
		return err
	}
	return r.page(r.T("page.import_of", b.File), batchPageView(r, b))
}

// importUndo takes a whole import back.
func importUndo(r *request) error {
	b, err := r.batch()
	if err != nil {
		return err
	}
	if !r.session.MayWrite(b.Register) {
		return &vigie.Error{Code: vigie.Forbidden, Key: "web.not_allowed"}
	}
	if b.reason = strings.TrimSpace(r.form("reason")); b.reason == "" {
		b.fault = r.T("page.delete_reason_needed")
		return r.pageWith(statuses[vigie.Invalid], r.T("page.import_of", b.File), batchPageView(r, b))
	}
	_, err = r.s.App.Book.Undo(r.Context(), b.ID, r.by(b.reason))
	if err == nil {
		return r.redirect("/imports/" + b.ID + "?done=undone")
	}
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Code != vigie.Conflict {
		return err
	}
	b.problem = e
	return r.pageWith(statuses[e.Code], r.T("page.import_of", b.File), batchPageView(r, b))
}
