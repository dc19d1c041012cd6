package web

import (
	"errors"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
)

// policyCSP allows our own files and nothing else: no inline script or style,
// no other site, no frame.
const policyCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxForm bounds the body of an ordinary form, in bytes.
const maxForm = 2 << 20

// handler returns the whole site: the table of routes behind what every request
// goes through.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{name}", static)
	for _, rt := range routes {
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, hr *http.Request) { s.serve(w, hr, rt) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		s.serve(w, hr, route{handle: func(*request) error {
			return &vigie.Error{Code: vigie.NotFound, Key: "web.no_page", Args: []any{hr.URL.Path}}
		}})
	})
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		s.serve(w, hr, route{handle: func(*request) error {
			return &vigie.Error{Code: vigie.Forbidden, Key: "web.cross_site"}
		}})
	}))
	return s.recovered(headers(guard.Handler(mux)))
}

// headers are those of every answer.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyCSP)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if hr.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, hr)
	})
}

// recovered turns a panic of a handler into a line of the journal and a page.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Log.Error("panic", "path", hr.URL.Path, "panic", p, "stack", string(debug.Stack()))
			r := s.newRequest(w, hr)
			r.fail(&vigie.Error{Code: vigie.Internal, Key: "internal"})
		}()
		next.ServeHTTP(w, hr)
	})
}

// serve lets in whom the route lets in, runs the handler and shows its error.
func (s *Server) serve(w http.ResponseWriter, hr *http.Request, rt route) {
	r := s.newRequest(w, hr)
	r.route = rt
	if err := r.enter(rt); err != nil {
		r.fail(err)
		return
	}
	if r.done {
		return
	}
	if err := rt.handle(r); err != nil {
		r.fail(err)
	}
}

// newRequest knows the language and the theme, not yet the person.
func (s *Server) newRequest(w http.ResponseWriter, hr *http.Request) *request {
	r := &request{Request: hr, w: w, s: s, now: s.Now()}
	r.today = vigie.DayOf(r.now.UTC())
	r.on = r.today
	r.lang = i18n.Accept(hr.Header.Get("Accept-Language"))
	if c, err := hr.Cookie(langCookie); err == nil && (c.Value == string(vigie.FR) || c.Value == string(vigie.EN)) {
		r.lang, r.chosenLang = vigie.Lang(c.Value), true
	}
	if c, err := hr.Cookie(themeCookie); err == nil {
		r.theme = c.Value
	}
	if c, err := hr.Cookie(keysCookie); err == nil {
		r.noKeys = c.Value == "off"
	}
	r.readZone()
	return r
}

// enter checks the person, the day and the right; it may answer by itself.
func (r *request) enter(rt route) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		limit := rt.maxBody
		if limit == 0 {
			limit = maxForm
		}
		r.Body = http.MaxBytesReader(r.w, r.Body, limit)
	}
	if err := r.whichDay(); err != nil {
		return err
	}
	if rt.access == nil {
		if _, err := r.authenticate(); err != nil && vigie.CodeOf(err) == vigie.Internal {
			return err
		}
		return nil
	}
	in, err := r.authenticate()
	if err != nil {
		if vigie.CodeOf(err) == vigie.Internal {
			return err
		}
		return r.toLogin(err)
	}
	if !in {
		return r.toLogin(nil)
	}
	if !rt.access(r) {
		return &vigie.Error{Code: vigie.Forbidden, Key: "web.not_allowed"}
	}
	if r.past && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return &vigie.Error{Code: vigie.Conflict, Key: "web.past_read_only"}
	}
	return nil
}

// whichDay reads ?on=, the past day that the page shows.
func (r *request) whichDay() error {
	text := r.URL.Query().Get("on")
	if text == "" {
		return nil
	}
	d, err := vigie.ParseDay(text)
	if err != nil || d > r.today {
		return &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{"on", text}}
	}
	r.on, r.past = d, d < r.today
	return nil
}

// toLogin sends to the page of login, from which one comes back here.
func (r *request) toLogin(why error) error {
	path := "/login"
	if e, ok := errors.AsType[*vigie.Error](why); ok {
		switch e.Key {
		case "session.locked":
			path = "/unlock"
		case "session.factor":
			path = "/login/factor"
		case "session.enrol":
			path = "/login/enrol"
		case "session.password":
			path = "/login/password"
		}
	}
	if r.Method == http.MethodGet && !r.htmx() {
		if back := r.URL.RequestURI(); back != "/" {
			path += "?back=" + url.QueryEscape(back)
		}
	}
	r.redirect(path)
	return nil
}

// local returns an address of this site to go back to, or "/": never another
// site.
func local(back string) string {
	u, err := url.Parse(back)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\x00\r\n\t") {
		return "/"
	}
	return back
}
