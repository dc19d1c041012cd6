package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A deletion is what the page that confirms it shows.
type deletion struct {
	reg     *register.Register
	rec     register.Record
	title   string
	named   []node // who names the record: it cannot go before they let it
	reason  string
	fault   string // of the reason
	problem *vigie.Error
}

// recordDeletePage asks for a reason and a confirmation.
func recordDeletePage(r *request) error {
	d, err := r.deletion()
	if err != nil {
		return err
	}
	return r.page(r.T("page.delete_title", d.title), deleteView(r, d))
}

func (r *request) deletion() (*deletion, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	d := &deletion{reg: reg}
	if d.rec, err = r.changeable(reg, r.PathValue("id")); err != nil {
		return nil, r.unknownRecord(reg, err)
	}
	if d.title, err = r.titleOf(reg, d.rec.ID); err != nil {
		return nil, err
	}
	v := &recordView{reg: reg, rec: d.rec, title: d.title}
	if err := v.loadReferrers(r); err != nil {
		return nil, err
	}
	d.named = v.graph.right
	return d, nil
}

// recordDelete removes a record for a reason.
func recordDelete(r *request) error {
	d, err := r.deletion()
	if err != nil {
		return err
	}
	d.reason = strings.TrimSpace(r.form("reason"))
	version, err := strconv.ParseInt(r.form("version"), 10, 64)
	if err != nil || version < 1 {
		return &vigie.Error{Code: vigie.Invalid, Key: "web.bad_form"}
	}
	if d.reason == "" {
		d.fault = r.T("page.delete_reason_needed")
		return r.pageWith(http.StatusUnprocessableEntity, r.T("page.delete_title", d.title), deleteView(r, d))
	}
	err = r.s.App.Book.Write(r.Context(), r.by(d.reason), func(w *register.Writer) error {
		return w.Delete(r.Context(), d.reg, d.rec.ID, version)
	})
	if err == nil {
		return r.redirect("/registers/" + d.reg.ID + "?done=deleted")
	}
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Code != vigie.Conflict {
		return err
	}
	switch e.Key {
	case "record.referenced":
		e = &vigie.Error{Code: e.Code, Key: "page.delete_named"}
	case "record.changed":
		e = &vigie.Error{Code: e.Code, Key: "page.delete_changed"}
	}
	d.problem = e
	return r.pageWith(http.StatusConflict, r.T("page.delete_title", d.title), deleteView(r, d))
}
