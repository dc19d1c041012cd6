package web

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/identity"
)

// A form outside the registers: what was typed, and what is wrong with it.
type form struct {
	values map[string]string
	err    *vigie.Error
}

// value is what was typed in a field.
func (f form) value(name string) string { return f.values[name] }

// fault is what is wrong with a field, in the reader's language; "" when nothing
// is.
func (f form) fault(r *request, name string) string {
	if f.err == nil {
		return ""
	}
	for _, x := range f.err.Fields {
		if x.Field == name {
			return r.T(x.Key, x.Args...)
		}
	}
	return ""
}

// general is the error of the whole form; nil when a field shows it.
func (f form) general() *vigie.Error {
	if f.err == nil || len(f.err.Fields) > 0 {
		return nil
	}
	return f.err
}

// refused returns the form of an error that the person can mend; the others are
// returned as they are.
func (r *request) refused(err error, names ...string) (form, error) {
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok || e.Code == vigie.Internal {
		return form{}, err
	}
	f := form{values: map[string]string{}, err: e}
	for _, name := range names {
		f.values[name] = r.form(name)
	}
	return f, nil
}

func back(r *request) string {
	b := r.URL.Query().Get("back")
	if r.Method == "POST" {
		b = r.form("back")
	}
	return local(b)
}

func loginPage(r *request) error {
	if r.session != nil {
		return r.redirect(back(r))
	}
	empty, err := r.s.Accounts.Empty(r.Context())
	if err != nil {
		return err
	}
	return r.page(r.T("login.title"), loginForm(r, form{}, back(r), empty))
}

func login(r *request) error {
	cookie, next, err := r.s.Accounts.Login(r.Context(), r.form("email"), r.form("password"), r.from())
	if err != nil {
		f, err := r.refused(err, "email")
		if err != nil {
			return err
		}
		return r.pageWith(statuses[f.err.Code], r.T("login.title"), loginForm(r, f, back(r), false))
	}
	return r.signedIn(cookie, next, back(r))
}

// next sends to what is left to do before the page opens where the person was
// going.
func (r *request) next(step identity.Step, going string) error {
	path := map[identity.Step]string{identity.SecondFactor: "/login/factor", identity.EnrolFactor: "/login/enrol", identity.ChangePassword: "/login/password"}[step]
	if path == "" {
		return r.redirect(going)
	}
	return r.redirect(path + "?back=" + url.QueryEscape(going))
}

// waiting returns the session of somebody on the way in, or sends to the login.
func (r *request) waiting(keys ...string) (*Session, error) {
	session, err := r.s.Accounts.Authenticate(r.Context(), r.cookie())
	e, ok := errors.AsType[*vigie.Error](err)
	if err != nil && !ok {
		return nil, err
	}
	if ok && session != nil {
		for _, key := range keys {
			if e.Key == key {
				return session, nil
			}
		}
	}
	if err == nil {
		return nil, r.redirect(back(r))
	}
	return nil, r.toLogin(err)
}

func factorPage(r *request) error {
	session, err := r.waiting("session.factor")
	if session == nil {
		return err
	}
	return r.page(r.T("factor.title"), factorForm(r, form{}, session.User, back(r)))
}

func factor(r *request) error {
	session, err := r.waiting("session.factor")
	if session == nil {
		return err
	}
	cookie, err := r.s.Accounts.Factor(r.Context(), r.cookie(), r.form("code"))
	if err != nil {
		f, err := r.refused(err)
		if err != nil {
			return err
		}
		if f.err.Key == "login.refused" {
			f.err = &vigie.Error{Code: vigie.Invalid, Key: "factor.wrong"}
		}
		return r.pageWith(statuses[f.err.Code], r.T("factor.title"), factorForm(r, f, session.User, back(r)))
	}
	r.setCookie(cookie)
	return r.redirect(back(r))
}

func enrolPage(r *request) error {
	session, err := r.waiting("session.enrol")
	if session == nil {
		return err
	}
	return r.factorSetup(session, form{}, "/login/enrol")
}

// factorSetup shows a new second factor to install.
func (r *request) factorSetup(session *Session, f form, action string) error {
	setup, err := r.s.Accounts.NewFactor(session.User)
	status := 200
	if f.err != nil {
		status = statuses[f.err.Code]
		setup, err = r.s.Accounts.SameFactor(session.User, r.form("secret"))
	}
	if err != nil {
		return err
	}
	return r.pageWith(status, r.T("factor.setup_title"), factorSetupForm(r, f, setup, action, back(r)))
}

func enrol(r *request) error {
	session, err := r.waiting("session.enrol")
	if session == nil {
		return err
	}
	return r.factorSave(session, "/login/enrol")
}

// factorSave keeps a second factor and shows its recovery codes, once.
func (r *request) factorSave(session *Session, action string) error {
	codes, cookie, err := r.s.Accounts.SetFactor(r.Context(), session, r.form("secret"), r.form("code"))
	if err != nil {
		f, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.factorSetup(session, f, action)
	}
	r.setCookie(cookie)
	return r.page(r.T("factor.codes_title"), recoveryCodes(r, codes, back(r)))
}

func expiredPage(r *request) error {
	session, err := r.waiting("session.password")
	if session == nil {
		return err
	}
	return r.page(r.T("session.password"), expiredForm(r, form{}, back(r)))
}

func expired(r *request) error {
	session, err := r.waiting("session.password")
	if session == nil {
		return err
	}
	if err := r.s.Accounts.ChangePassword(r.Context(), session, r.form("present"), r.form("password")); err != nil {
		f, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.pageWith(statuses[f.err.Code], r.T("session.password"), expiredForm(r, f, back(r)))
	}
	return r.redirect(back(r))
}

func unlockPage(r *request) error {
	session, err := r.waiting("session.locked")
	if session == nil {
		return err
	}
	return r.page(r.T("unlock.title"), unlockForm(r, form{}, session.User.Email, back(r)))
}

func unlock(r *request) error {
	session, err := r.waiting("session.locked")
	if session == nil {
		return err
	}
	if err := r.s.Accounts.Unlock(r.Context(), r.cookie(), r.form("password")); err != nil {
		f, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.pageWith(statuses[f.err.Code], r.T("unlock.title"), unlockForm(r, f, session.User.Email, back(r)))
	}
	return r.redirect(back(r))
}

func welcomePage(r *request) error {
	u, err := r.s.Accounts.Invited(r.Context(), r.PathValue("link"))
	if err != nil {
		return err
	}
	return r.page(r.T("welcome.title"), welcomeForm(r, form{}, u))
}

func welcome(r *request) error {
	u, err := r.s.Accounts.Invited(r.Context(), r.PathValue("link"))
	if err != nil {
		return err
	}
	if _, err := r.s.Accounts.Accept(r.Context(), r.PathValue("link"), r.form("password")); err != nil {
		f, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.pageWith(statuses[f.err.Code], r.T("welcome.title"), welcomeForm(r, f, u))
	}
	cookie, next, err := r.s.Accounts.Login(r.Context(), u.Email, r.form("password"), r.from())
	if err != nil {
		return err
	}
	r.setCookie(cookie)
	return r.next(next, back(r))
}

// strengthPart says what a password that is being typed is worth. It is given
// to strangers too: it knows nobody.
func strengthPart(r *request) error {
	rules, err := r.s.Accounts.Rules(r.Context())
	if err != nil {
		return err
	}
	password := r.form("password")
	if password == "" {
		return r.fragment(200, strengthNone())
	}
	var own []string
	privileged := false
	if who := r.session; who != nil {
		own, privileged = []string{who.User.Email, who.User.Name}, who.Privileged()
	}
	return r.fragment(200, strengthShown(r, rules.Strength(password, privileged, own...)))
}

func logout(r *request) error {
	if err := r.s.Accounts.Logout(r.Context(), r.cookie()); err != nil {
		return err
	}
	r.setCookie("")
	return r.redirect("/login")
}

func accountPage(r *request) error { return r.accountWith(form{}) }

func (r *request) accountWith(f form) error {
	sessions, err := r.s.Accounts.Sessions(r.Context(), r.session.User.ID)
	if err != nil {
		return err
	}
	left, err := r.s.Accounts.RecoveryLeft(r.Context(), r.session.User.ID)
	if err != nil {
		return err
	}
	status := 200
	if f.err != nil {
		status = statuses[f.err.Code]
	}
	keys, err := r.s.Accounts.Passkeys(r.Context(), r.session.User.ID)
	if err != nil {
		return err
	}
	return r.pageWith(status, r.T("account.title"), accountView(r, f, sessions, left, keys))
}

func accountPassword(r *request) error {
	if err := r.s.Accounts.ChangePassword(r.Context(), r.session, r.form("present"), r.form("password")); err != nil {
		f, err := r.refused(err)
		if err != nil {
			return err
		}
		return r.accountWith(f)
	}
	return r.redirect("/account?done=password")
}

func sessionEnd(r *request) error {
	if err := r.s.Accounts.Revoke(r.Context(), r.session.User, r.PathValue("id")); err != nil {
		return err
	}
	return r.redirect("/account?done=session")
}

func accountFactorPage(r *request) error { return r.factorSetup(r.session, form{}, "/account/factor") }

func accountFactor(r *request) error { return r.factorSave(r.session, "/account/factor") }

// dataPNG is an image inside a page.
func dataPNG(png []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

// grouped cuts a secret in fours, to be typed.
func grouped(secret string) string {
	var parts []string
	for len(secret) > 4 {
		parts, secret = append(parts, secret[:4]), secret[4:]
	}
	return strings.Join(append(parts, secret), " ")
}
