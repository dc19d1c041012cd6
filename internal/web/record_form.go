package web

import (
	"errors"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A recordForm is a record being written: what was typed, and what is wrong
// with it.
type recordForm struct {
	reg     *register.Register
	id      string // "" for a new record
	title   string
	version int64
	before  register.Values   // of the record as it is; nil for a new one
	typed   map[string]string // by field
	shown   map[string]string // for references: the title of the record typed
	reason  string
	faults  map[string]string // by field: sentences
	theirs  map[string]string // by field: what somebody else made of it meanwhile
	problem *vigie.Error
	dirty   bool // what is typed is not saved anywhere
}

func newForm(reg *register.Register) *recordForm {
	return &recordForm{reg: reg, typed: map[string]string{}, shown: map[string]string{}, faults: map[string]string{}, theirs: map[string]string{}}
}

// fill puts the values of a record into the form.
func (f *recordForm) fill(r *request, rec register.Record) error {
	wanted := map[string][]string{}
	for _, field := range f.reg.Fields {
		v := rec.Values[field.Name]
		if v == nil {
			continue
		}
		f.typed[field.Name] = r.input(&field, v)
		if field.Kind == register.Ref {
			wanted[field.To] = append(wanted[field.To], v.(string))
		}
	}
	t, err := r.titlesFor(wanted)
	if err != nil {
		return err
	}
	for _, field := range f.reg.Fields {
		if field.Kind == register.Ref && f.typed[field.Name] != "" {
			title, ok := t.of(field.To, f.typed[field.Name])
			if !ok {
				title = f.typed[field.Name]
			}
			f.shown[field.Name] = title
		}
	}
	return nil
}

// read takes what was sent. Values holds the fields that were sent and are not
// at fault; an empty one erases.
func (f *recordForm) read(r *request) (register.Values, error) {
	values := register.Values{}
	if err := r.parse(); err != nil {
		return nil, err
	}
	for i := range f.reg.Fields {
		field := &f.reg.Fields[i]
		if !editable(field) || !r.PostForm.Has(field.Name) {
			continue
		}
		v, fault, err := f.readField(r, field)
		if err != nil {
			return nil, err
		}
		if fault != nil {
			f.faults[field.Name] = r.fault(fault)
			continue
		}
		values[field.Name] = v
	}
	f.reason = strings.TrimSpace(r.form("reason_for_change"))
	return values, nil
}

// readField reads one field of what was sent.
func (f *recordForm) readField(r *request, field *register.Field) (any, *vigie.FieldError, error) {
	text := r.form(field.Name)
	f.typed[field.Name] = text
	if field.Kind == register.Ref {
		f.shown[field.Name], f.typed[field.Name] = text, ""
		if strings.TrimSpace(text) == "" {
			return nil, nil, nil
		}
		if id := r.form(field.Name + ".id"); id != "" {
			text = id
		}
		if text == f.before[field.Name] { // it stays, even one that the person may not see
			f.typed[field.Name] = text
			return text, nil, nil
		}
		v, fault := field.Parse(text)
		if fault != nil || v == nil {
			return nil, fault, nil
		}
		id, title, fault, err := r.resolve(field, v.(string))
		if err != nil || fault != nil {
			return nil, fault, err
		}
		f.typed[field.Name], f.shown[field.Name] = id.(string), title
		return id, nil, nil
	}
	if had := f.before[field.Name]; had != nil && field.Kind == register.Time {
		// The hour that an autumn night has twice stays the one that it was. Browsers
		// leave seconds out when there are none.
		if shown := r.input(field, had); text == shown || text == strings.TrimSuffix(shown, ":00") {
			return had, nil, nil
		}
	}
	v, fault := r.understand(field, text)
	return v, fault, nil
}

// fault returns the sentence of what is wrong with a field, its values as the
// reader writes them.
func (r *request) fault(e *vigie.FieldError) string {
	args := append([]any(nil), e.Args...)
	if e.Key == "field.no_record" && len(args) == 2 {
		if to, err := r.s.App.Book.Register(args[1].(string)); err == nil {
			args[1] = to.Label
		}
	}
	return r.T(e.Key, args...)
}

// refused puts the error of a write into the form; it returns other errors.
func (f *recordForm) refused(r *request, err error) error {
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Code == vigie.Internal || e.Code == vigie.NotFound {
		return err
	}
	f.problem, f.dirty = e, true
	if e.Key == "record.changed" {
		return f.conflict(r, e)
	}
	for _, fe := range e.Fields {
		f.faults[fe.Field] = r.fault(&fe)
	}
	return nil
}

// conflict shows what somebody else did since the form was opened, and lets the
// next attempt replace it knowingly.
func (f *recordForm) conflict(r *request, e *vigie.Error) error {
	rec, err := r.s.App.Book.Get(r.Context(), f.reg, f.id, r.scope())
	if err != nil {
		return err
	}
	f.version = rec.Meta.Version
	now := newForm(f.reg)
	if err := now.fill(r, rec); err != nil {
		return err
	}
	for _, fe := range e.Fields {
		field := f.reg.Field(fe.Field)
		if field == nil {
			continue
		}
		shown := r.T("page.erased")
		if v := rec.Values[fe.Field]; v != nil {
			shown = r.Value(field, v)
			if field.Kind == register.Ref {
				shown = now.shown[fe.Field]
			}
		}
		f.theirs[fe.Field] = shown
	}
	args := append([]any(nil), e.Args...)
	if len(args) == 2 {
		if at, err := time.Parse(time.RFC3339, args[1].(string)); err == nil {
			args[1] = r.Time(at)
		}
	}
	f.problem = &vigie.Error{Code: e.Code, Key: "page.conflict", Args: args}
	return nil
}

// parse reads the form that was sent; what is too large is refused.
func (r *request) parse() error {
	if err := r.ParseForm(); err != nil {
		return r.formError(err)
	}
	return nil
}

func (r *request) formError(err error) error {
	return errors.Join(&vigie.Error{Code: vigie.Invalid, Key: "web.bad_form", Err: err}, err)
}

// hint says how to fill a field in.
func (r *request) hint(f *register.Field) string {
	var parts []string
	switch f.Kind {
	case register.Level:
		parts = append(parts, r.T("page.hint_level"))
	case register.Country:
		parts = append(parts, r.T("page.hint_country"))
	case register.Time:
		parts = append(parts, r.T("page.hint_time", r.zone.String()))
	case register.Integer:
		switch {
		case strings.HasSuffix(f.Name, "_hours"):
			parts = append(parts, r.T("page.hint_hours"))
		case strings.HasSuffix(f.Name, "_days"):
			parts = append(parts, r.T("page.hint_days"))
		}
	}
	if f.Unique {
		parts = append(parts, r.T("page.hint_unique"))
	}
	if absent := r.In(f.Absent); absent != "" {
		parts = append(parts, r.T("page.hint_absent", absent))
	}
	return strings.Join(parts, " ")
}

// inputType is the type of the input of a field. A text that the browser's own
// input would not show, and so lose, is shown as text.
func (f *recordForm) inputType(field *register.Field) string {
	text := f.typed[field.Name]
	switch field.Kind {
	case register.Email:
		return "email"
	case register.Date:
		if _, err := vigie.ParseDay(text); err == nil || text == "" {
			return "date"
		}
	case register.Time:
		for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
			if _, err := time.Parse(form, text); err == nil {
				return "datetime-local"
			}
		}
		if text == "" {
			return "datetime-local"
		}
	}
	return "text"
}
