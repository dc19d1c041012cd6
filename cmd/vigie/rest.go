package main

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"vigie.example/internal/store"
	"vigie.example/internal/trace/search"
)

// A rest gives memory back once there was nothing to do for a while: a company uses
// Vigie a few hours a day, on a machine that serves others too.
type rest struct {
	busy atomic.Int64 // work under way
	last atomic.Int64 // when work last ended, in nanoseconds

	mu      sync.Mutex
	resting bool // the collector of garbage is thrifty
	usual   int  // its percentage at work
}

const (
	restAfter = 20 * time.Second // without work
	restLook  = 5 * time.Second

	indexUnused = 5 * time.Minute // after which an index of traces is closed

	thrifty = 20 // percentage of the collector at rest: what goes on then makes little garbage, which need not wait
)

// work says that something is done, until the function that it returns is called.
func (r *rest) work() (done func()) {
	r.busy.Add(1)
	r.mu.Lock()
	if r.resting {
		debug.SetGCPercent(r.usual)
		r.resting = false
	}
	r.mu.Unlock()
	return func() {
		r.last.Store(time.Now().UnixNano())
		r.busy.Add(-1)
	}
}

// during counts requests as work. One that waits for news is none once it has
// begun.
func (r *rest) during(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		done := r.work()
		if q.Header.Get("Accept") == "text/event-stream" {
			done()
		} else {
			defer done()
		}
		h.ServeHTTP(w, q)
	})
}

// keep gives memory back each time that work has ended for long enough, until ctx
// ends.
func (r *rest) keep(ctx context.Context, db *store.DB, vault *search.Vault, log *slog.Logger) {
	tick := time.NewTicker(restLook)
	defer tick.Stop()
	given := int64(0) // the end of work after which it was given back
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := vault.Rest(indexUnused); err != nil {
			log.Error("index of traces", "error", err)
		}
		last := r.last.Load()
		if r.busy.Load() > 0 || last == given || time.Since(time.Unix(0, last)) < restAfter {
			continue
		}
		db.Rest()
		runtime.GC() // what pools keep is given up by the second collection
		debug.FreeOSMemory()
		given = last
		r.mu.Lock()
		if r.busy.Load() == 0 && !r.resting {
			r.usual, r.resting = debug.SetGCPercent(thrifty), true
		}
		r.mu.Unlock()
	}
}
