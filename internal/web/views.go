package web

import (
	"net/url"

	"vigie.example/internal/register"
)

// viewSave keeps what a list shows, under a name or as what its owner sees
// first.
func viewSave(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	v := register.View{Register: reg.ID, Name: r.form("name"), Owner: r.session.User.Email, Query: r.form("query"), Shared: r.form("shared") == "yes"}
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
	return r.redirect("/registers/" + reg.ID + "?" + q.Encode())
}

// viewDelete forgets a view.
func viewDelete(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	if err := r.s.App.Book.DeleteView(r.Context(), reg, r.PathValue("view"), r.session.User.Email); err != nil {
		return err
	}
	return r.redirect("/registers/" + reg.ID)
}
