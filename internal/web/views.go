package web

import (
	"net/url"

	"vigie.example/internal/register"
)

// tracesPlace is what saved searches of traces are views of.
const tracesPlace = "traces"

// viewSave keeps what a list shows, under a name or as what its owner sees
// first.
func viewSave(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	return r.saveView(reg.ID)
}

// searchSave keeps a search of traces.
func searchSave(r *request) error { return r.saveView(tracesPlace) }

func (r *request) saveView(place string) error {
	v := register.View{Register: place, Name: r.form("name"), Owner: r.session.User.Email, Query: r.form("query"), Shared: r.form("shared") == "yes"}
	if r.form("first") == "yes" {
		v.Name = ""
	} else if v.Name == "" {
		v.Name = r.Day(r.today)
	}
	if err := r.s.App.Book.SaveView(r.Context(), v, r.now); err != nil {
		return err
	}
	q, err := url.ParseQuery(v.Query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("done", "view")
	return r.redirect(placePath(place) + "?" + q.Encode())
}

// viewDelete forgets a view.
func viewDelete(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	return r.deleteView(reg.ID)
}

// searchDelete forgets a search of traces.
func searchDelete(r *request) error { return r.deleteView(tracesPlace) }

func (r *request) deleteView(place string) error {
	if err := r.s.App.Book.DeleteView(r.Context(), place, r.PathValue("view"), r.session.User.Email); err != nil {
		return err
	}
	return r.redirect(placePath(place))
}
