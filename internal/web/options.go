package web

import (
	"net/http"

	"vigie.example/internal/register"
)

// An option is a record that a reference may name.
type option struct{ id, title, detail string }

// maxOptions is how many records a search of references shows.
const maxOptions = 8

// optionsPart searches records by what is typed in a reference.
func optionsPart(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	list, err := r.options(reg, r.URL.Query().Get("q"), maxOptions)
	if err != nil {
		return err
	}
	return r.fragment(http.StatusOK, optionItems(r, list))
}

// options returns the first records that a search finds, with what tells them
// apart.
func (r *request) options(reg *register.Register, search string, limit int) (out []option, err error) {
	page, err := r.s.App.Book.List(r.Context(), reg, register.ListQuery{Search: search, Limit: limit, Scope: r.scope()})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(page.Records))
	for i, rec := range page.Records {
		ids[i] = rec.ID
	}
	named, err := r.s.App.Book.Titles(r.Context(), reg, ids, r.scope(), r.lang)
	if err != nil {
		return nil, err
	}
	for _, rec := range page.Records {
		out = append(out, option{rec.ID, named[rec.ID], r.detail(reg, rec)})
	}
	return out, nil
}

// detail tells records of the same title apart: an e-mail, a kind, an id.
func (r *request) detail(reg *register.Register, rec register.Record) string {
	for _, kind := range []register.Kind{register.Email, register.Enum} {
		for _, f := range reg.Fields {
			if f.Kind == kind && f.Name != reg.Title().Name && rec.Values[f.Name] != nil {
				return f.Format(rec.Values[f.Name], r.lang)
			}
		}
	}
	return rec.ID
}
