package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// A request is what handlers and templates are given.
type request struct {
	*http.Request
	w     http.ResponseWriter
	s     *Server
	route route

	session    *Session // nil on pages for anyone
	half       *Session // signed in, but locked or without the second factor
	lang       vigie.Lang
	theme      string         // light, dark, or "" for that of the machine
	chosenLang bool           // in this browser
	noKeys     bool           // single-key shortcuts are off
	zone       *time.Location // in which times are shown and read
	chosenZone bool           // in this browser; else that of the machine, or UTC

	now   time.Time
	today vigie.Day
	on    vigie.Day // the day that the page shows
	past  bool      // on is before today: the page only shows

	done bool // the answer was given
}

// Cookies beside that of the session; none of them opens anything.
const (
	langCookie  = "vigie_lang"
	themeCookie = "vigie_theme"
	keysCookie  = "vigie_keys"
)

// T returns a sentence in the reader's language.
func (r *request) T(key string, args ...any) string { return i18n.T(r.lang, key, args...) }

// N returns the sentence for n things: one is the key for a single one, many
// for several; {0} is the number. French counts zero as one.
func (r *request) N(n int64, one, many string, args ...any) string {
	key := many
	if n == 1 || n == 0 && r.lang != vigie.EN {
		key = one
	}
	return r.T(key, append([]any{r.Number(n)}, args...)...)
}

// Number groups the digits of n as the reader does.
func (r *request) Number(n int64) string { return i18n.Number(r.lang, n) }

// Day returns 25/11/2026 in French, 2026-11-25 in English.
func (r *request) Day(d vigie.Day) string {
	if r.lang == vigie.EN {
		return d.String()
	}
	return d.Time().Format("02/01/2006")
}

// Pair joins a name and a value as the reader punctuates.
func (r *request) Pair(name, value string) string {
	if r.lang == vigie.EN {
		return name + ": " + value
	}
	return name + "\u00a0: " + value
}

// In returns a text in the reader's language.
func (r *request) In(t vigie.Text) string { return t.In(r.lang) }

// Link returns an address of ours that keeps the past day. Pairs are names and
// values of its query; an empty value is left out.
func (r *request) Link(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if r.past {
		q.Set("on", r.on.String())
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// Here returns the address of this page without the past day.
func (r *request) Here() string {
	q := r.URL.Query()
	q.Del("on")
	if len(q) == 0 {
		return r.URL.Path
	}
	return r.URL.Path + "?" + q.Encode()
}

// htmx says that a script of the page asks for a part of it.
func (r *request) htmx() bool { return r.Header.Get("HX-Request") == "true" }

// form returns a value that was sent, as it was typed.
func (r *request) form(name string) string { return r.PostFormValue(name) }

// scope is what the person may see, for lists, records and findings.
func (r *request) scope() register.Scope { return r.s.scope(r.session, r.session.Reads) }

// writeScope is what the person may change, which is never more.
func (r *request) writeScope() register.Scope { return r.s.scope(r.session, r.session.Writes) }

// mayImport says whether the person brings files into a register.
func (r *request) mayImport(register string) bool {
	return r.session.May(identity.Import) && r.session.MayWrite(register)
}

// changeable returns a record that the person may change.
//
// Errors: NotFound when the person may not even see it, Forbidden.
func (r *request) changeable(reg *register.Register, id string) (register.Record, error) {
	rec, err := r.s.App.Book.Get(r.Context(), reg, id, r.writeScope())
	if vigie.CodeOf(err) == vigie.NotFound {
		if _, err := r.s.App.Book.Get(r.Context(), reg, id, r.scope()); err != nil {
			return rec, err
		}
		return rec, &vigie.Error{Code: vigie.Forbidden, Key: "web.not_yours"}
	}
	return rec, err
}

// by signs a change of the person, with a reason where one is needed.
func (r *request) by(reason string) register.By {
	return register.By{Actor: r.session.User.Email, Source: "web", Reason: strings.TrimSpace(reason), At: r.now, Scope: r.writeScope()}
}

// page answers with a whole page.
func (r *request) page(title string, body templ.Component) error {
	return r.pageWith(http.StatusOK, title, body)
}

// pageWith is page with another status.
func (r *request) pageWith(status int, title string, body templ.Component) error {
	return r.write(status, layout(r, title, body))
}

// fragment answers with a part of a page.
func (r *request) fragment(status int, part templ.Component) error { return r.write(status, part) }

// write renders before it answers, so that a failure is still a page of its own.
func (r *request) write(status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(r.lang))
	h.Add("Vary", "HX-Request")
	r.done = true
	r.w.WriteHeader(status)
	_, err := r.w.Write(b.Bytes())
	if err != nil {
		return nil // the reader left
	}
	return nil
}

// redirect answers with the address of the page to see next.
func (r *request) redirect(path string) error {
	r.done = true
	if r.htmx() {
		r.w.Header().Set("HX-Redirect", path)
		r.w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(r.w, r.Request, path, http.StatusSeeOther)
	return nil
}

// statuses of the codes of errors.
var statuses = map[vigie.Code]int{
	vigie.Invalid: http.StatusUnprocessableEntity, vigie.NotFound: http.StatusNotFound, vigie.Forbidden: http.StatusForbidden,
	vigie.Conflict: http.StatusConflict, vigie.Internal: http.StatusInternalServerError,
}

// problem returns what to tell the person of an error: ours go to the journal,
// and look like nothing but that.
func (r *request) problem(err error) *vigie.Error {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &vigie.Error{Code: vigie.Invalid, Key: "api.too_large", Args: []any{large.Limit}}
	}
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Code == vigie.Internal {
		if r.Context().Err() == nil {
			r.s.Log.Error("page", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		return &vigie.Error{Code: vigie.Internal, Key: "internal"}
	}
	return e
}

// fail answers with the error page.
func (r *request) fail(err error) {
	if r.done {
		r.s.Log.Error("page cut", "path", r.URL.Path, "error", err)
		return
	}
	e := r.problem(err)
	status := statuses[e.Code]
	var werr error
	if r.htmx() {
		werr = r.fragment(status, errorNote(r, e))
	} else {
		werr = r.pageWith(status, r.T(errorTitles[e.Code]), errorPage(r, e))
	}
	if werr != nil {
		r.s.Log.Error("error page", "error", werr)
		http.Error(r.w, http.StatusText(status), status)
	}
}

// errorTitles name the kinds of failure.
var errorTitles = map[vigie.Code]string{
	vigie.Invalid: "web.error_invalid", vigie.NotFound: "web.error_not_found", vigie.Forbidden: "web.error_forbidden",
	vigie.Conflict: "web.error_conflict", vigie.Internal: "web.error_internal",
}
