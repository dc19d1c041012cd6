package web

import (
	"errors"
	"net"
	"net/http"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// Session is somebody signed in.
type Session = identity.Session

// sessionCookie is bound to this very host when people come by HTTPS.
func (s *Server) sessionCookie() string {
	if s.Secure {
		return "__Host-vigie"
	}
	return "vigie"
}

// cookie returns the secret of the session of a request, or "".
func (r *request) cookie() string {
	c, err := r.Cookie(r.s.sessionCookie())
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie gives the browser the secret of a session; "" takes it back.
func (r *request) setCookie(secret string) {
	c := &http.Cookie{Name: r.s.sessionCookie(), Value: secret, Path: "/", HttpOnly: true, Secure: r.s.Secure, SameSite: http.SameSiteLaxMode}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(r.w, c)
}

// authenticate finds out who asks; false with a nil error is a stranger. The
// session is there with an error that says what it still lacks.
func (r *request) authenticate() (bool, error) {
	secret := r.cookie()
	if secret == "" {
		return false, nil
	}
	look := r.s.Accounts.Authenticate
	if r.route.passive {
		look = r.s.Accounts.Look
	}
	session, err := look(r.Context(), secret)
	if err == nil {
		r.session = session
		if session.User.Lang != "" && !r.chosenLang {
			r.lang = session.User.Lang
		}
		return true, nil
	}
	if e, ok := errors.AsType[*vigie.Error](err); ok && e.Key == "session.none" {
		return false, nil
	}
	r.half = session
	return false, err
}

// stillIn says whether the session still opens something.
func (r *request) stillIn() bool {
	_, err := r.s.Accounts.Look(r.Context(), r.cookie())
	return err == nil
}

// from is where a request comes from.
func (r *request) from() identity.From {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return identity.From{Address: host, Agent: r.UserAgent()}
}

// scope turns what a person is into the records that the person reaches: by
// what the person reads, or by what the person changes.
func (s *Server) scope(in *Session, reach func(register string) identity.Reach) register.Scope {
	return s.App.Book.PersonScope(register.Scope{
		Entities: in.Entities, Person: in.User.Person, Teams: in.Teams, Cleared: in.May(identity.Cleared), Today: int64(vigie.DayOf(s.Now().UTC())),
		Whole:  func(name string) bool { return reach(name) == identity.WholeCompany },
		Hidden: func(name string) bool { return reach(name) == identity.Nothing },
	})
}
