package web

import (
	"encoding/json"
	"net/http"

	vigie "vigie.example"
	"vigie.example/internal/identity"
)

// providerCookie keeps, in the browser that goes to the provider, what it must
// bring back.
const providerCookie = "vigie_provider"

// providerBack is our address where the provider sends people back.
func (r *request) providerBack() string { return r.origin() + "/login/provider/back" }

// hasProvider says whether people may sign in elsewhere.
func (r *request) hasProvider() bool {
	return r.s.Provider != nil && (r.s.Provider.Issuer != "")
}

// providerGo sends somebody to the provider of identities.
func providerGo(r *request) error {
	if !r.hasProvider() {
		return &vigie.Error{Code: vigie.NotFound, Key: "web.error_not_found"}
	}
	address, state, err := r.s.Accounts.BeginProvider(r.Context(), r.s.Provider, r.providerBack(), back(r))
	if err != nil {
		return r.signInRefused(err)
	}
	http.SetCookie(r.w, &http.Cookie{Name: providerCookie, Value: state, Path: "/login/provider", MaxAge: 600, HttpOnly: true, Secure: r.s.Secure, SameSite: http.SameSiteLaxMode})
	return r.redirect(address)
}

// providerReturn is where the provider sends people back, with a code or an
// error of its own.
func providerReturn(r *request) error {
	if !r.hasProvider() {
		return &vigie.Error{Code: vigie.NotFound, Key: "web.error_not_found"}
	}
	kept := ""
	if c, err := r.Cookie(providerCookie); err == nil {
		kept = c.Value
	}
	http.SetCookie(r.w, &http.Cookie{Name: providerCookie, Path: "/login/provider", MaxAge: -1, HttpOnly: true, Secure: r.s.Secure})
	q := r.URL.Query()
	cookie, next, going, err := r.s.Accounts.ProviderLogin(r.Context(), r.s.Provider, r.providerBack(), q.Get("state"), kept, q.Get("code"), r.from())
	if err != nil {
		return r.signInRefused(err)
	}
	return r.signedIn(cookie, next, going)
}

// signInRefused shows the page of the login with why somebody may not come in.
func (r *request) signInRefused(err error) error {
	f, err := r.refused(err)
	if err != nil {
		return err
	}
	if f.err.Err != nil { // what the other side said is for the journal
		r.s.Log.Warn("sign in", "error", f.err.Err)
	}
	return r.pageWith(statuses[f.err.Code], r.T("login.title"), loginForm(r, f, "/", false))
}

// signedIn gives the browser a new session, in place of the one it had, and goes
// on.
func (r *request) signedIn(cookie string, next identity.Step, going string) error {
	if old := r.cookie(); old != "" { // what the browser had before opens nothing any more
		if err := r.s.Accounts.Logout(r.Context(), old); err != nil {
			return err
		}
	}
	r.setCookie(cookie)
	return r.next(next, local(going))
}

// hasPasskeys says whether passkeys work for people who come this way.
func (r *request) hasPasskeys() bool { return identity.PasskeysAt(r.origin()) }

// A passkeyAsk is what the browser is asked, with the secret of the challenge.
type passkeyAsk struct {
	Challenge string          `json:"challenge"`
	Ask       json.RawMessage `json:"ask"`
}

// answerAsk answers a script of ours.
func (r *request) answerAsk(ask []byte, challenge string, err error) error {
	if err != nil {
		return err
	}
	data, err := json.Marshal(passkeyAsk{challenge, ask})
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Type", "application/json")
	r.done = true
	r.w.Write(data)
	return nil
}

// passkeyLoginBegin asks the browser for a passkey.
func passkeyLoginBegin(r *request) error {
	ask, challenge, err := r.s.Accounts.BeginPasskeyLogin(r.Context(), r.origin())
	return r.answerAsk(ask, challenge, err)
}

// passkeyBegin asks the browser to make a passkey for the reader.
func passkeyBegin(r *request) error {
	ask, challenge, err := r.s.Accounts.BeginPasskey(r.Context(), r.session, r.origin())
	return r.answerAsk(ask, challenge, err)
}

// passkeyLogin opens a session with a passkey.
func passkeyLogin(r *request) error {
	cookie, next, err := r.s.Accounts.PasskeyLogin(r.Context(), r.origin(), r.form("challenge"), []byte(r.form("answer")), r.from())
	if err != nil {
		return r.signInRefused(err)
	}
	return r.signedIn(cookie, next, r.form("back"))
}

// passkeyAdd keeps a passkey of the reader.
func passkeyAdd(r *request) error {
	if err := r.s.Accounts.AddPasskey(r.Context(), r.session, r.origin(), r.form("challenge"), r.form("name"), []byte(r.form("answer"))); err != nil {
		return err
	}
	return r.redirect("/account?done=passkey")
}

// passkeyDrop removes a passkey of the reader.
func passkeyDrop(r *request) error {
	if err := r.s.Accounts.DropPasskey(r.Context(), r.session, r.PathValue("id")); err != nil {
		return err
	}
	return r.redirect("/account?done=passkey_removed")
}
