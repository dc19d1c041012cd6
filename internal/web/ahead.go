package web

import (
	"context"
	"sync"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
)

// A forecast is what will be at fault soon, worked out beside the pages: judging
// everything at another day takes as long as the company is large.
type forecast struct {
	work func(ctx context.Context, now time.Time) ([]control.Foreseen, error)
	fail func(err error)

	mu   sync.Mutex
	list []control.Foreseen
	at   time.Time     // when list was worked out; zero before
	busy chan struct{} // closed when the work under way ends; nil when none is
}

// aheadDays are the days that the forecast looks ahead.
var aheadDays = []int{7, 30}

// Times of the forecast: how long it is good for, and how long a page waits for
// one before it shows the one before.
const (
	aheadFresh = 10 * time.Minute
	aheadWait  = 2 * time.Second
)

func (s *Server) newForecast() *forecast {
	return &forecast{
		work: func(ctx context.Context, now time.Time) ([]control.Foreseen, error) {
			return s.App.Engine.Ahead(ctx, now, aheadDays...)
		},
		fail: func(err error) { s.Log.Error("what comes", "error", err) },
	}
}

// get returns the forecast and when it was worked out; the zero time when none
// is ready yet.
func (f *forecast) get(ctx context.Context, now time.Time) ([]control.Foreseen, time.Time) {
	f.mu.Lock()
	stale := f.at.IsZero() || now.Sub(f.at) >= aheadFresh || vigie.DayOf(now) != vigie.DayOf(f.at)
	if stale && f.busy == nil {
		f.busy = make(chan struct{})
		go f.run(now)
	}
	busy := f.busy
	f.mu.Unlock()
	if stale {
		select {
		case <-busy:
		case <-time.After(aheadWait):
		case <-ctx.Done():
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list, f.at
}

func (f *forecast) run(now time.Time) {
	list, err := f.work(context.Background(), now)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.fail(err)
	} else {
		f.list, f.at = list, now
	}
	close(f.busy)
	f.busy = nil
}

// A comingView is what will be at fault soon, in the reader's sight.
type comingView struct {
	list []coming
	more int       // left out
	at   time.Time // of the forecast; zero when it is not ready
}

// A coming is one record that will be at fault.
type coming struct {
	control.Foreseen
	title string
}

// ahead returns the first n of what will be at fault soon that the reader may see.
func (r *request) ahead(n int) (v comingView, err error) {
	var all []control.Foreseen
	if all, v.at = r.s.forecast.get(r.Context(), r.now); len(all) == 0 {
		return v, nil
	}
	ids := map[string][]string{}
	for _, f := range all {
		ids[f.Check.Judges] = append(ids[f.Check.Judges], f.Record)
	}
	titles := map[string]map[string]string{}
	for name, list := range ids {
		reg, err := r.s.App.Book.Register(name)
		if err != nil {
			return v, err
		}
		if titles[name], err = r.s.App.Book.Titles(r.Context(), reg, list, r.scope(), r.lang); err != nil {
			return v, err
		}
	}
	for _, f := range all {
		title, seen := titles[f.Check.Judges][f.Record]
		switch {
		case !seen:
		case len(v.list) < n:
			v.list = append(v.list, coming{f, title})
		default:
			v.more++
		}
	}
	return v, nil
}

// aheadShown is how much of it its own page shows.
const aheadShown = 500

// aheadPage lists what will be at fault soon.
func aheadPage(r *request) error {
	v, err := r.ahead(aheadShown)
	if err != nil {
		return err
	}
	return r.page(r.T("ahead.title"), aheadPageView(r, v))
}

// comingFault and comingFix are the sentences of what is to come.
func (r *request) comingFault(c coming) string { text, _ := c.Text(); return r.In(text) }
func (r *request) comingFix(c coming) string   { _, fix := c.Text(); return r.In(fix) }
