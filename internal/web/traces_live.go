package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vigie.example/internal/trace/search"
)

// Bounds of following: how often new events are looked for, and how many are sent
// at once, the newest.
const (
	tailEvery = time.Second
	tailMost  = 100
)

// tracesLive sends the events that a query finds as they are sealed, as server-sent
// events, while the session lasts. Each connection leaves a trace.
func tracesLive(r *request) error {
	get := r.URL.Query().Get
	class := get("class")
	if _, err := r.s.Traces.Folder(class); err != nil {
		return err
	}
	q, err := search.Parse(strings.TrimSpace(get("q")))
	if err != nil {
		return err
	}
	if q.Since, err = number(get("since")); err != nil {
		return err
	}
	if q.Since == 0 { // from now on
		x, err := r.s.Traces.Index(class)
		if err != nil {
			return err
		}
		if _, err := x.Search(r.Context(), search.Query{}, 1, func(h search.Hit) bool { q.Since = h.Entry + 1; return true }); err != nil {
			return err
		}
	}
	if err := r.trace("search", "traces/"+class, fmt.Sprintf("%.150s", "live "+get("q"))); err != nil {
		return err
	}
	out := http.NewResponseController(r.w)
	h := r.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	r.done = true
	fmt.Fprint(r.w, "retry: 5000\n\n")
	if err := out.Flush(); err != nil {
		return nil // the reader left
	}
	tick, beat, over := time.NewTicker(tailEvery), time.NewTicker(liveBeat), time.After(liveLife)
	defer tick.Stop()
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-over:
			return nil
		case <-beat.C:
			if !r.stillIn() {
				fmt.Fprint(r.w, "event: end\ndata: {}\n\n")
				out.Flush()
				return nil
			}
			fmt.Fprint(r.w, ": here\n\n")
		case <-tick.C:
			hits, err := r.fresh(class, q)
			if err != nil {
				return err
			}
			if len(hits) == 0 {
				continue
			}
			q.Since = hits[0].Entry + 1
			var rows bytes.Buffer
			if err := traceRows(r, class, hits).Render(r.Context(), &rows); err != nil {
				return err
			}
			data, err := json.Marshal(map[string]any{"rows": rows.String(), "since": q.Since, "said": r.T("traces.new", len(hits))})
			if err != nil {
				return err
			}
			fmt.Fprintf(r.w, "event: rows\ndata: %s\n\n", data)
		}
		if err := out.Flush(); err != nil {
			return nil
		}
	}
}

// fresh are the newest events that a query finds, the newest first.
func (r *request) fresh(class string, q search.Query) (hits []search.Hit, err error) {
	x, err := r.s.Traces.Index(class)
	if err != nil {
		return nil, err
	}
	_, err = x.Search(r.Context(), q, tailMost, func(h search.Hit) bool { hits = append(hits, h); return true })
	if r.Context().Err() != nil {
		return nil, nil
	}
	return hits, err
}
