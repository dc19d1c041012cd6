package web

import (
	"net/http"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/identity"
)

// An accountsView is every account, and the form that invites.
type accountsView struct {
	form
	users []identity.User
	link  string // of the person just invited; shown once
	whose string
}

// states of an account, in words.
func accountState(u identity.User) (kind, icon, key string) {
	switch {
	case u.DisabledAt != nil:
		return "", "lock", "user.closed"
	case u.PasswordAt == nil:
		return "warn", "clock", "user.invited"
	}
	return "good", "check", "user.in_use"
}

func (r *request) accounts(status int, v accountsView) (err error) {
	if v.users, err = r.s.Accounts.Users(r.Context()); err != nil {
		return err
	}
	return r.pageWith(status, r.T("web.nav_accounts"), accountsPageView(r, v))
}

// accountsPage lists accounts, for those who manage them.
func accountsPage(r *request) error { return r.accounts(http.StatusOK, accountsView{}) }

// accountInvite makes an account and shows its enrolment link once.
func accountInvite(r *request) error {
	u := identity.User{Email: r.form("email"), Name: r.form("name"), Admin: r.form("admin") != ""}
	var err error
	if text := r.form("auditor_until"); text != "" {
		var until vigie.Day
		if until, err = vigie.ParseDay(text); err != nil || until < r.today {
			err = &vigie.Error{Code: vigie.Invalid, Key: "user.invalid", Fields: []vigie.FieldError{{Field: "auditor_until", Key: "see.auditor_day"}}}
		}
		u.AuditorUntil = &until
	}
	v := accountsView{}
	if err == nil {
		v.link, u, err = r.s.Accounts.Invite(r.Context(), u, r.session.User.Email)
	}
	if err != nil {
		if v.form, err = r.refused(err, "email", "name", "auditor_until"); err != nil {
			return err
		}
		return r.accounts(statuses[v.err.Code], v)
	}
	v.link, v.whose = r.welcomeAddress(v.link), u.Email
	return r.accounts(http.StatusOK, v)
}

// origin is where people come, such as https://vigie.example.
func (r *request) origin() string {
	if r.s.PublicURL != "" {
		return strings.TrimSuffix(r.s.PublicURL, "/")
	}
	if r.s.Secure {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// welcomeAddress is an enrolment link as the person opens it.
func (r *request) welcomeAddress(link string) string { return r.origin() + "/welcome/" + link }

// accountRenew gives a new enrolment link: the password and the second factor
// that the person had open nothing any more.
func accountRenew(r *request) error {
	u, err := r.s.Accounts.User(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	link, err := r.s.Accounts.Renew(r.Context(), u.Email, r.session.User.Email)
	if err != nil {
		return err
	}
	return r.accounts(http.StatusOK, accountsView{link: r.welcomeAddress(link), whose: u.Email})
}

// accountDisable closes an account and its sessions at once, never one's own.
func accountDisable(r *request) error {
	if r.PathValue("id") == r.session.User.ID {
		return &vigie.Error{Code: vigie.Conflict, Key: "see.not_oneself"}
	}
	if err := r.s.Accounts.Disable(r.Context(), r.PathValue("id"), r.session.User.Email); err != nil {
		return err
	}
	return r.redirect("/accounts?done=closed")
}

// accountLink makes an account that of the person with its address.
func accountLink(r *request) error {
	if err := r.s.Accounts.Link(r.Context(), r.PathValue("id"), r.session.User.Email); err != nil {
		return err
	}
	return r.redirect("/accounts?done=linked")
}

// trailShown is how many events the page of the trail shows.
const trailShown = 500

// A trailView is the last events, and what chooses among them.
type trailView struct {
	events       []identity.Event
	kind, search string
}

// eventKinds are the words for what leaves a trace.
var eventKinds = map[string]string{
	"login": "event.login", "refused": "event.refused", "locked": "event.locked", "logout": "event.logout", "invited": "event.invited", "enrolled": "event.enrolled", "linked": "event.linked",
	"disabled": "event.disabled", "password": "event.password", "factor": "event.factor", "passkey": "event.passkey", "revoked": "event.revoked", "read": "event.read", "export": "event.export", "search": "event.search",
}

// trailPage shows who signed in, was refused, read what few may see, took data
// out (9.11.2, 9.11.3).
func trailPage(r *request) error {
	q := r.URL.Query()
	v := trailView{kind: q.Get("kind"), search: strings.TrimSpace(q.Get("q"))}
	all, err := r.s.Accounts.Events(r.Context(), 10*trailShown)
	if err != nil {
		return err
	}
	words := strings.Fields(strings.ToLower(v.search))
	for _, e := range all {
		said := strings.ToLower(strings.Join([]string{e.Actor, e.Subject, e.Detail, e.Address}, " "))
		if (v.kind == "" || e.Kind == v.kind) && containsAll(said, words) && len(v.events) < trailShown {
			v.events = append(v.events, e)
		}
	}
	return r.page(r.T("web.nav_trail"), trailPageView(r, v))
}

// eventWord names a kind of event.
func (r *request) eventWord(kind string) string {
	if key, ok := eventKinds[kind]; ok {
		return r.T(key)
	}
	return kind
}
