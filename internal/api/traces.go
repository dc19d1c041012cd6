package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/search"
)

// Bounds of the search of traces: events of an answer when the program does not say
// and at most (a stream has none), entries of a pack, and the time that an answer
// may take.
const (
	tracesUsual    = 100
	tracesMost     = 1000
	tracesPacked   = 1000
	tracesPatience = 30 * time.Second
)

// leave keeps what the program did.
func (r *request) leave(kind, subject, detail string) error {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	return identity.Trace(r.Context(), r.s.DB, r.now, identity.Event{Kind: kind, Actor: r.token.Actor(), Subject: subject, Detail: detail, Address: address})
}

// cut is what a trace holds of a text.
func cut(text string) string { return fmt.Sprintf("%.150s", text) }

type classView struct {
	Class   string     `json:"class"`
	Entries int64      `json:"entries"`
	From    *time.Time `json:"from,omitempty"`
	To      *time.Time `json:"to,omitempty"`
}

// traceClasses lists the retention classes of the vault.
func traceClasses(r *request) (any, error) {
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	out := []classView{}
	for _, class := range r.s.Traces.Classes() {
		x, err := r.s.Traces.Index(class)
		if err != nil {
			return nil, err
		}
		v := classView{Class: class}
		var from, to int64
		if from, to, v.Entries = x.Bounds(); v.Entries > 0 {
			v.From, v.To = moment(time.UnixMicro(from).UTC()), moment(time.UnixMicro(to).UTC())
		}
		out = append(out, v)
	}
	return map[string]any{"classes": out}, nil
}

// traceQuery reads what is searched, and leaves a trace of the search.
func (r *request) traceQuery() (x *search.Index, q search.Query, err error) {
	if err := r.wholeCompany(); err != nil {
		return nil, q, err
	}
	class, get := r.PathValue("class"), r.URL.Query().Get
	if x, err = r.s.Traces.Index(class); err != nil {
		return nil, q, err
	}
	if q, err = search.Parse(get("q")); err != nil {
		return nil, q, err
	}
	for _, bound := range []struct {
		name string
		to   *int64
		last bool
	}{{"from", &q.From, false}, {"to", &q.To, true}} {
		if text := get(bound.name); text != "" {
			if *bound.to, err = search.Instant(text, bound.last); err != nil {
				return nil, q, err
			}
		}
	}
	if q.Before, err = r.number("before"); err != nil {
		return nil, q, err
	}
	if q.Since, err = r.number("since"); err != nil {
		return nil, q, err
	}
	return x, q, r.leave("search", "traces/"+class, cut(strings.TrimSpace(get("q")+" "+get("from")+" "+get("to"))))
}

// traceEvents gives the events that a query finds, the newest first: a page of them,
// or all of them, one a line as they are found, to who accepts application/x-ndjson.
func traceEvents(r *request) (any, error) {
	x, q, err := r.traceQuery()
	if err != nil {
		return nil, err
	}
	limit, err := r.number("limit")
	if err != nil {
		return nil, err
	}
	if strings.Contains(r.Header.Get("Accept"), "application/x-ndjson") {
		return r.stream(x, q, limit)
	}
	if limit == 0 {
		limit = tracesUsual
	}
	ctx, cancel := context.WithTimeout(r.Context(), tracesPatience)
	defer cancel()
	hits := []search.Hit{}
	next, err := x.Search(ctx, q, int(min(limit, tracesMost)), func(h search.Hit) bool { hits = append(hits, h); return true })
	if err != nil {
		return nil, search.Explained(err)
	}
	return map[string]any{"events": hits, "next": next}, nil
}

// stream writes events as they are found. An answer that cannot be whole is cut.
func (r *request) stream(x *search.Index, q search.Query, limit int64) (any, error) {
	if limit == 0 {
		limit = -1
	}
	r.w.Header().Set("Content-Type", "application/x-ndjson")
	control := http.NewResponseController(r.w)
	out := json.NewEncoder(r.w)
	var failed error
	_, err := x.Search(r.Context(), q, int(limit), func(h search.Hit) bool {
		_ = control.SetWriteDeadline(time.Now().Add(time.Minute)) // for each event: a long answer is no fault, a reader who left is
		failed = out.Encode(h)
		return failed == nil
	})
	if err = errors.Join(err, failed); err != nil {
		if r.Context().Err() == nil {
			r.s.Log.Error("traces", "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return written{}, nil
}

// traceCount counts the events that a query finds, in all and over time.
func traceCount(r *request) (any, error) {
	x, q, err := r.traceQuery()
	if err != nil {
		return nil, err
	}
	var every time.Duration
	if text := r.URL.Query().Get("every"); text != "" {
		if every, err = time.ParseDuration(text); err != nil || every < time.Second {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "traces.every", Args: []any{text}}
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), tracesPatience)
	defer cancel()
	total, buckets, err := x.Count(ctx, q, every)
	if err != nil {
		return nil, search.Explained(err)
	}
	if buckets == nil {
		buckets = []search.Bucket{}
	}
	return map[string]any{"total": total, "counts": buckets}, nil
}

// tracePack gives chosen events, or whole ranges of them, as an evidence pack.
func tracePack(r *request) (any, error) {
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	class, query := r.PathValue("class"), r.URL.Query()
	var err error
	sel := trace.Selection{Whole: query.Has("from") || query.Has("to"), To: r.now.UnixMicro()}
	for _, text := range query["entry"] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 || len(sel.Entries) == tracesPacked {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "traces.entries", Args: []any{tracesPacked}}
		}
		sel.Entries = append(sel.Entries, n)
	}
	if !sel.Whole && len(sel.Entries) == 0 {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "traces.entries", Args: []any{tracesPacked}}
	}
	if text := query.Get("from"); text != "" {
		if sel.From, err = search.Instant(text, false); err != nil {
			return nil, err
		}
	}
	if text := query.Get("to"); text != "" {
		if sel.To, err = search.Instant(text, true); err != nil {
			return nil, err
		}
	}
	pack, name, done, err := r.s.Traces.Pack(class, sel, r.now)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := r.leave("export", "traces/"+class, cut(r.URL.RawQuery)); err != nil {
		return nil, err
	}
	r.w.Header().Set("Content-Type", "application/zip")
	r.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if _, err := io.Copy(r.w, pack); err != nil {
		panic(http.ErrAbortHandler) // the reader left
	}
	return written{}, nil
}
