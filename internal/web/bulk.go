package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A bulkEdit gives one field the same value in many records: first the value is
// asked for, then what it changes is shown, then it is made, wholly or not at all.
type bulkEdit struct {
	reg     *register.Register
	field   *register.Field
	form    *recordForm // of that field alone
	lines   []bulkLine
	value   string // as people read it
	ready   bool   // the value is understood: what remains is to confirm
	reason  string
	back    string // the list that the person came from
	problem *vigie.Error
}

// A bulkLine is one record and its value today.
type bulkLine struct {
	id, title, before string
	version           int64
}

// maxBulk is how many records change together.
const maxBulk = 500

// bulk is each step of it: the step is what was sent.
func bulk(r *request) error {
	b, err := r.bulkEdit()
	if err != nil {
		return err
	}
	step := r.form("step")
	if step == "" {
		return r.page(r.T("page.bulk_title", b.reg.Label), bulkView(r, b))
	}
	v, fault, err := b.form.readField(r, b.field)
	if err != nil {
		return err
	}
	if fault == nil && v == nil && b.field.Required {
		fault = &vigie.FieldError{Field: b.field.Name, Key: "field.required"}
	}
	if fault != nil {
		b.form.faults[b.field.Name] = r.fault(fault)
		return r.pageWith(http.StatusUnprocessableEntity, r.T("page.bulk_title", b.reg.Label), bulkView(r, b))
	}
	b.ready = true
	b.value = r.Value(b.field, v)
	if b.field.Kind == register.Ref {
		b.value = b.form.shown[b.field.Name]
	}
	if step != "apply" {
		return r.page(r.T("page.bulk_title", b.reg.Label), bulkView(r, b))
	}
	edit := register.Edit{Register: b.reg, Field: b.field, Value: v}
	for _, line := range b.lines {
		edit.Records = append(edit.Records, register.Seen{ID: line.id, Version: line.version})
	}
	batch, _, err := r.s.App.Book.Edit(r.Context(), edit, r.by(b.reason))
	if err == nil && batch == "" {
		return r.redirect(withQuery(b.back, "done", "bulk_same"))
	}
	if err == nil {
		return r.redirect(withQuery(withQuery(b.back, "done", "bulk"), "batch", batch))
	}
	e := r.problemOf(err)
	if e == nil {
		return err
	}
	name := ""
	if stopped, ok := errors.AsType[*register.EditError](err); ok {
		name = b.lines[slices.IndexFunc(b.lines, func(line bulkLine) bool { return line.id == stopped.Record })].title
	}
	if e.Key == "record.changed" {
		b.problem = &vigie.Error{Code: e.Code, Key: "page.bulk_changed", Args: []any{name}}
	} else {
		b.problem = &vigie.Error{Code: e.Code, Key: "page.bulk_refused", Args: []any{name, r.sentences(e)}}
	}
	return r.pageWith(statuses[e.Code], r.T("page.bulk_title", b.reg.Label), bulkView(r, b))
}

// listBack returns the address of a list of the register, with its filters, that
// was sent to come back to; the whole list when it is none.
func (r *request) listBack(reg *register.Register) string {
	back := local(r.form("back"))
	if path, _, _ := strings.Cut(back, "?"); path != "/registers/"+reg.ID {
		return "/registers/" + reg.ID
	}
	return back
}

// sentences says an error and what is wrong with each field in one text.
func (r *request) sentences(e *vigie.Error) string {
	if len(e.Fields) == 0 {
		return r.T(e.Key, e.Args...)
	}
	s := ""
	for i, f := range e.Fields {
		if i > 0 {
			s += "; "
		}
		s += r.fault(&f)
	}
	return s
}

// bulkEdit reads which records and which field.
func (r *request) bulkEdit() (*bulkEdit, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	if err := r.parse(); err != nil {
		return nil, err
	}
	b := &bulkEdit{reg: reg, field: reg.Field(r.form("field")), form: newForm(reg), reason: r.form("reason_for_change"), back: r.listBack(reg)}
	if b.field == nil || !editable(b.field) || b.field.Unique {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "list.field", Args: []any{r.form("field")}}
	}
	ids := r.PostForm["id"]
	if len(ids) == 0 || len(ids) > maxBulk {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "page.bulk_none", Args: []any{maxBulk}}
	}
	var records []register.Record
	for _, id := range ids {
		rec, err := r.changeable(reg, id)
		if err != nil {
			return nil, err
		}
		records = append(records, rec)
	}
	t, err := r.titlesOf(reg, []*register.Field{b.field}, records, nil)
	if err != nil {
		return nil, err
	}
	named, err := r.s.App.Book.Titles(r.Context(), reg, ids, r.scope(), r.lang)
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		line := bulkLine{id: rec.ID, title: named[rec.ID], version: rec.Meta.Version}
		if seen, err := strconv.ParseInt(r.form("version."+rec.ID), 10, 64); err == nil { // what was confirmed
			line.version = seen
		}
		if v := rec.Values[b.field.Name]; v != nil {
			line.before = r.Value(b.field, v)
			if b.field.Kind == register.Ref {
				if s, ok := t.of(b.field.To, v.(string)); ok {
					line.before = s
				}
			}
		}
		b.lines = append(b.lines, line)
	}
	return b, nil
}

// sent is the value as it is sent again to confirm.
func (b *bulkEdit) sent() string {
	if b.field.Kind == register.Ref {
		return b.form.shown[b.field.Name]
	}
	return b.form.typed[b.field.Name]
}
