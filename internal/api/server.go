// Package api answers programs: JSON over HTTP under /api/v1, described by
// OpenAPI 3.1 at /openapi.json. One table holds every route with the right it
// needs; errors are RFC 9457 problem details in the reader's language.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/i18n"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/trace/search"
)

// A Server answers the API of one Vigie.
type Server struct {
	*app.App
	Now func() time.Time
	Log *slog.Logger
	// Traces is the vault of traces; nil for none.
	Traces *search.Vault
}

// A request is what a handler is given.
type request struct {
	*http.Request
	w     http.ResponseWriter
	s     *Server
	token identity.Token
	lang  vigie.Lang
	now   time.Time
}

// Limits of request bodies, in bytes.
const (
	maxJSON   = 1 << 20
	maxImport = 512 << 20
	maxReport = 32 << 20
)

// Handler returns the whole API.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	for _, rt := range routes {
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, rt) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.problem(w, r, &vigie.Error{Code: vigie.NotFound, Key: "api.no_route", Args: []any{r.Method, r.URL.Path}})
	})
	return mux
}

// health says whether the database answers, and nothing else.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if _, err := s.DB.Meta(ctx, "schema"); err != nil {
		s.Log.Error("health", "error", err)
		http.Error(w, "database unavailable", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, rt route) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Log.Error("panic", "route", rt.path, "panic", p)
			s.problem(w, r, &vigie.Error{Code: vigie.Internal, Key: "internal"})
		}
	}()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	now := s.Now()
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		s.problem(w, r, &vigie.Error{Code: vigie.Forbidden, Key: "token.missing"})
		return
	}
	token, err := identity.Authenticate(r.Context(), s.DB, secret, now)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	req := &request{Request: r, w: w, s: s, token: token, lang: i18n.Accept(r.Header.Get("Accept-Language")), now: now}
	if !rt.allowed(token, r.PathValue("name")) {
		s.problem(w, r, &vigie.Error{Code: vigie.Forbidden, Key: "token.not_allowed", Args: []any{string(token.Role)}})
		return
	}
	answer, err := rt.handle(req)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	switch answer := answer.(type) {
	case nil:
		w.WriteHeader(http.StatusNoContent)
	case written:
	default:
		status := http.StatusOK
		if rt.created {
			status = http.StatusCreated
		}
		s.json(w, status, answer)
	}
}

// written says that the handler answered by itself.
type written struct{}

func (s *Server) json(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		s.Log.Error("marshal", "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	w.Write(append(data, '\n'))
}

// statuses of the codes, and of some keys that HTTP tells apart.
var (
	statuses = map[vigie.Code]int{vigie.Invalid: http.StatusUnprocessableEntity, vigie.NotFound: http.StatusNotFound, vigie.Forbidden: http.StatusForbidden,
		vigie.Conflict: http.StatusConflict, vigie.Internal: http.StatusInternalServerError}
	keyStatuses = map[string]int{"token.missing": http.StatusUnauthorized, "token.refused": http.StatusUnauthorized, "api.too_large": http.StatusRequestEntityTooLarge,
		"api.json": http.StatusBadRequest, "store.full": http.StatusInsufficientStorage}
)

// A problem is an error as RFC 9457 says.
type problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance"`
	Code     string       `json:"code"` // stable, for programs
	Errors   []fieldFault `json:"errors,omitempty"`
}

type fieldFault struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	lang := i18n.Accept(r.Header.Get("Accept-Language"))
	e, ok := errors.AsType[*vigie.Error](err)
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		e, ok = &vigie.Error{Code: vigie.Invalid, Key: "api.too_large", Args: []any{large.Limit}}, true
	}
	if !ok || e.Code == vigie.Internal {
		if r.Context().Err() == nil {
			s.Log.Error("request", "method", r.Method, "path", r.URL.Path, "error", err)
		}
		e = &vigie.Error{Code: vigie.Internal, Key: "internal"}
	}
	status := statuses[e.Code]
	if k, ok := keyStatuses[e.Key]; ok {
		status = k
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="vigie"`)
	}
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: i18n.T(lang, e.Key, e.Args...), Instance: r.URL.Path, Code: e.Key}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, fieldFault{Field: f.Field, Code: f.Key, Detail: i18n.T(lang, f.Key, f.Args...)})
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Language", string(lang))
	s.json(w, status, p)
}

// body reads a JSON body into v; unknown members are errors.
func (r *request) body(v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(r.w, r.Body, maxJSON))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	err := dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); more != io.EOF {
			err = errors.New("more than one JSON value")
		}
	}
	if large := (*http.MaxBytesError)(nil); err == nil || errors.As(err, &large) {
		return err
	}
	return &vigie.Error{Code: vigie.Invalid, Key: "api.json", Args: []any{err.Error()}}
}

// by signs the changes of a request.
func (r *request) by(reason string) register.By {
	return register.By{Actor: r.token.Actor(), Source: "api", Reason: reason, At: r.now, Scope: r.scope()}
}

func (r *request) scope() register.Scope { return r.s.Book.Scope(r.token.Entities) }

// register returns the register that the path names.
func (r *request) register() (*register.Register, error) {
	return r.s.Book.Register(r.PathValue("name"))
}
