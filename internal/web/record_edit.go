package web

import (
	"net/http"
	"strconv"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// newPage is the form of a new record; its query fills fields in.
func newPage(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	f := newForm(reg)
	given := register.Record{Values: register.Values{}}
	for i := range reg.Fields {
		field := &reg.Fields[i]
		if text := r.URL.Query().Get(field.Name); text != "" && editable(field) {
			if v, fault := r.understand(field, text); fault == nil && v != nil {
				given.Values[field.Name] = v
			}
		}
	}
	if err := f.fill(r, given); err != nil {
		return err
	}
	return r.page(r.T("page.new_in", reg.Label), formView(r, f))
}

// newSave adds a record, or shows the form again with what is wrong.
func newSave(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	f := newForm(reg)
	values, err := f.read(r)
	if err != nil {
		return err
	}
	var id string
	if len(f.faults) == 0 {
		err = r.s.App.Book.Write(r.Context(), r.by(f.reason), func(w *register.Writer) (err error) {
			id, err = w.Create(r.Context(), reg, values)
			return err
		})
	}
	if len(f.faults) > 0 {
		err = f.invalid()
	}
	if err == nil {
		if r.form("again") != "" {
			return r.redirect("/registers/" + reg.ID + "/new?done=created")
		}
		return r.redirect(recordPathOf(reg, id) + "?done=created")
	}
	if err := f.refused(r, err); err != nil {
		return err
	}
	return r.pageWith(statuses[f.problem.Code], r.T("page.new_in", reg.Label), formView(r, f))
}

// invalid is the error of a form whose fields are at fault.
func (f *recordForm) invalid() error {
	return &vigie.Error{Code: vigie.Invalid, Key: "page.form_faults"}
}

// recordEdit is the form of a record.
func recordEdit(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	if r.past {
		return &vigie.Error{Code: vigie.Conflict, Key: "web.past_read_only"}
	}
	rec, err := r.changeable(reg, r.PathValue("id"))
	if err != nil {
		return err
	}
	f := newForm(reg)
	f.id, f.version = rec.ID, rec.Meta.Version
	if err := f.fill(r, rec); err != nil {
		return err
	}
	if f.title, err = r.titleOf(reg, rec.ID); err != nil {
		return err
	}
	return r.page(f.title, formView(r, f))
}

// titleOf returns what names a record of this person's scope.
func (r *request) titleOf(reg *register.Register, id string) (string, error) {
	named, err := r.s.App.Book.Titles(r.Context(), reg, []string{id}, r.scope(), r.lang)
	if err != nil {
		return "", err
	}
	if t, ok := named[id]; ok {
		return t, nil
	}
	return id, nil
}

// recordSave changes a record, or shows the form again with what was typed, what
// is wrong with it and what others did meanwhile.
func recordSave(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	f := newForm(reg)
	f.id = r.PathValue("id")
	rec, err := r.changeable(reg, f.id)
	if err != nil {
		return err
	}
	f.before = rec.Values
	values, err := f.read(r)
	if err != nil {
		return err
	}
	if f.version, err = strconv.ParseInt(r.form("version"), 10, 64); err != nil || f.version < 1 {
		return &vigie.Error{Code: vigie.Invalid, Key: "web.bad_form"}
	}
	if len(f.faults) > 0 {
		err = f.invalid()
	} else {
		err = r.s.App.Book.Write(r.Context(), r.by(f.reason), func(w *register.Writer) error {
			_, err := w.Update(r.Context(), reg, f.id, f.version, values)
			return err
		})
	}
	if err == nil {
		return r.redirect(recordPathOf(reg, f.id) + "?done=saved")
	}
	if err := f.refused(r, err); err != nil {
		return err
	}
	if f.title, err = r.titleOf(reg, f.id); err != nil {
		return err
	}
	return r.pageWith(statuses[f.problem.Code], f.title, formView(r, f))
}

// fieldCheck says what is wrong with one field as soon as it is left.
func fieldCheck(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	field := reg.Field(r.URL.Query().Get("field"))
	if field == nil || !editable(field) {
		return &vigie.Error{Code: vigie.NotFound, Key: "list.field", Args: []any{r.URL.Query().Get("field")}}
	}
	if err := r.parse(); err != nil {
		return err
	}
	f := newForm(reg)
	if id := r.URL.Query().Get("id"); id != "" {
		rec, err := r.changeable(reg, id)
		if err != nil {
			return err
		}
		f.before = rec.Values
	}
	v, fault, err := f.readField(r, field)
	if err != nil {
		return err
	}
	switch {
	case fault != nil:
	case v == nil && field.Required:
		fault = &vigie.FieldError{Field: field.Name, Key: "field.required"}
	case v != nil && field.Unique:
		page, err := r.s.App.Book.List(r.Context(), reg, register.ListQuery{Filters: []register.Filter{{Field: field.Name, Value: v}}, Limit: 1, Scope: r.scope()})
		if err != nil {
			return err
		}
		if len(page.Records) > 0 && page.Records[0].ID != r.URL.Query().Get("id") {
			fault = &vigie.FieldError{Field: field.Name, Key: "field.taken", Args: []any{r.Value(field, v)}}
		}
	}
	sentence := ""
	if fault != nil {
		sentence = r.fault(fault)
	}
	return r.fragment(http.StatusOK, wrong(sentence))
}
