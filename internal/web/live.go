package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
)

// A hub looks at the verdicts while somebody watches, and tells what changed.
// It reads the database, so that changes made by other nodes are seen too.
type hub struct {
	read  func(ctx context.Context) ([]control.RulePosture, error)
	every time.Duration
	log   *slog.Logger

	mu       sync.Mutex
	watchers map[chan []control.RulePosture]bool
	last     map[vigie.RuleID]control.RulePosture
	stop     context.CancelFunc // nil while nobody watches
}

// liveEvery is how often verdicts are looked at while somebody watches.
const liveEvery = 2 * time.Second

func newHub(read func(ctx context.Context) ([]control.RulePosture, error), log *slog.Logger) *hub {
	return &hub{read: read, every: liveEvery, log: log, watchers: map[chan []control.RulePosture]bool{}}
}

// verdicts are those of now.
func (s *Server) verdicts(ctx context.Context) ([]control.RulePosture, error) {
	now := s.Now()
	p, err := s.App.Engine.Posture(ctx, vigie.DayOf(now.UTC()), now)
	return p.Rules, err
}

// watch returns a channel of changes and the function that ends it. A watcher
// too slow to follow misses some, and gets the state of the next.
func (h *hub) watch() (<-chan []control.RulePosture, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := make(chan []control.RulePosture, 4)
	h.watchers[ch] = true
	if h.stop == nil {
		ctx, stop := context.WithCancel(context.Background())
		h.stop, h.last = stop, nil
		go h.run(ctx)
	}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, ch)
		if len(h.watchers) == 0 && h.stop != nil {
			h.stop()
			h.stop = nil
		}
	}
}

func (h *hub) run(ctx context.Context) {
	for {
		rules, err := h.read(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			h.log.Error("live", "error", err)
		} else {
			h.tell(rules)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(h.every):
		}
	}
}

// tell sends what differs from the last time.
func (h *hub) tell(rules []control.RulePosture) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var changed []control.RulePosture
	now := map[vigie.RuleID]control.RulePosture{}
	for _, p := range rules {
		p.Since = nil // compared by value
		now[p.Rule] = p
		if old, seen := h.last[p.Rule]; seen && (old.Verdict != p.Verdict || old.Open != p.Open || old.Waived != p.Waived || old.Judged != p.Judged) {
			changed = append(changed, p)
		}
	}
	h.last = now
	if len(changed) == 0 {
		return
	}
	for ch := range h.watchers {
		select {
		case ch <- changed:
		default:
		}
	}
}

// A liveChange is what the page is told: see assets/live.js.
type liveChange struct {
	Rule    vigie.RuleID  `json:"rule"`
	Verdict vigie.Verdict `json:"verdict"`
	Badge   string        `json:"badge"` // its HTML
	Said    string        `json:"said"`  // for assistive technology
	Open    string        `json:"open"`
	Waived  string        `json:"waived"`
	Judged  string        `json:"judged"`
}

// Times of a connection: between two signs of life, and in all, after which the
// browser comes back if the person is still there.
const (
	liveBeat = 20 * time.Second
	liveLife = 9 * time.Minute
)

// live sends the verdicts that change, as server-sent events, while the session
// lasts.
func live(r *request) error {
	out := http.NewResponseController(r.w)
	h := r.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	r.done = true
	changes, end := r.s.live.watch()
	defer end()
	fmt.Fprint(r.w, "retry: 5000\n\n")
	if err := out.Flush(); err != nil {
		return nil // the reader left
	}
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	over := time.After(liveLife)
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
		case list := <-changes:
			for _, p := range list {
				data, err := r.liveChange(p)
				if err != nil {
					return err
				}
				fmt.Fprintf(r.w, "event: verdict\ndata: %s\n\n", data)
			}
		}
		if err := out.Flush(); err != nil {
			return nil
		}
	}
}

func (r *request) liveChange(p control.RulePosture) ([]byte, error) {
	var badge bytes.Buffer
	if err := verdictBadge(r, p.Verdict).Render(r.Context(), &badge); err != nil {
		return nil, err
	}
	return json.Marshal(liveChange{Rule: p.Rule, Verdict: p.Verdict, Badge: badge.String(), Said: r.T("web.live_said", string(p.Rule), p.Verdict.Label()),
		Open: r.Number(p.Open), Waived: r.Number(p.Waived), Judged: r.Number(p.Judged)})
}
