// Package web is how people use Vigie: pages rendered here, which work without
// scripts and get better with them. It reads forms, calls the packages below
// and shows what they answer; it holds no SQL and no rule of the policy.
//
// # To add a page
//
//  1. One line in the table of routes.go: method, path, what is needed to come
//     in, handler. A page of the navigation also names its label, its icon and
//     its key.
//  2. One file my_page.go with the handler: func myPage(r *request) error. It
//     reads what it needs (r.PathValue, r.form, r.scope(), r.on), calls the
//     packages below, and ends with r.page(title, component), r.fragment for a
//     part asked for by htmx, or r.redirect after a change. An error that it
//     returns becomes the error page; an error of a form is shown where it
//     happened, with what was typed: see recordSave.
//  3. One file my_page.templ with the components; go tool templ generate
//     ./internal/web makes my_page_templ.go, which is committed. Components take
//     r *request first: r.T(key) for a sentence, r.N for a plural, r.Day, r.Time
//     and r.Number for values, r.Link for an address that keeps the past day.
//     Parts to use are in parts.templ: breadcrumbs, note, verdictBadge, icon,
//     table, pager, fields of forms.
//  4. Sentences in internal/i18n/{fr,en}.json under page.*, both languages.
//  5. One file my_page_test.go: open(t, …) of harness_test.go signs a person in,
//     get and post return the page, find reads it by selectors.
//
// A form that changes something is a POST: cross-site ones are refused before
// any handler. On a past day (r.past) every POST is refused too.
package web

import (
	"log/slog"
	"net/http"
	"time"

	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/trace/search"
)

// A Server answers people.
type Server struct {
	App      *app.App
	Accounts *identity.Service
	Now      func() time.Time
	Log      *slog.Logger

	Options

	live     *hub
	uploads  *uploads
	forecast *forecast
}

// Options are how people come to the pages.
type Options struct {
	// Secure says that people come by HTTPS, here or at a proxy on the way:
	// cookies are then bound to it.
	Secure bool
	// PublicURL is where people come, such as https://vigie.example; what the
	// browser says when "".
	PublicURL string
	// Provider is where people may sign in with an account of elsewhere; nil for
	// nowhere.
	Provider *identity.Provider
	// Traces is the vault of traces; nil for none.
	Traces *search.Vault
}

// New returns all the pages of a, for the people of accounts.
func New(a *app.App, accounts *identity.Service, now func() time.Time, log *slog.Logger, options Options) http.Handler {
	s := &Server{App: a, Accounts: accounts, Now: now, Log: log, Options: options}
	s.live = newHub(s.verdicts, log)
	s.uploads = newUploads(now)
	s.forecast = s.newForecast()
	return s.handler()
}
