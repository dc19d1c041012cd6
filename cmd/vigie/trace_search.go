package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/search"
)

type traceSearchCmd struct {
	vault
	From   string        `help:"First instant or day." placeholder:"TIME"`
	To     string        `help:"Last instant or day." placeholder:"TIME"`
	Limit  int           `help:"Events shown at most, the newest first." default:"100"`
	Before int64         `help:"Only events with a smaller number: the last one shown, for those that follow." placeholder:"N"`
	Count  time.Duration `help:"Count by times of this length, such as 1h, in place of showing." placeholder:"TIME"`
	Follow bool          `help:"Then show new events as they are sealed, until stopped."`
	Format string        `help:"How events are shown." enum:"text,json" default:"text"`
	Query  []string      `arg:"" optional:"" help:"Words that must all be there, \"a phrase\", host:NAME, app:NAME, source:NAME, user:NAME, access:ACTIVITY, from:ADDRESS, /a regular expression/; - before for what must not be there."`
}

// followEvery is how often new events are looked for.
const followEvery = time.Second

func (c *traceSearchCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	q, err := search.Parse(strings.Join(c.Query, " "))
	if err != nil {
		return err
	}
	if c.From != "" {
		if q.From, err = search.Instant(c.From, false); err != nil {
			return err
		}
	}
	if c.To != "" {
		if q.To, err = search.Instant(c.To, true); err != nil {
			return err
		}
	}
	q.Before = c.Before
	x, err := search.Open(dir)
	if err != nil {
		return unreadable(dir, err)
	}
	defer x.Close()
	if c.Count > 0 {
		total, buckets, err := x.Count(g.ctx, q, c.Count)
		if err != nil {
			return unreadable(dir, err)
		}
		for _, b := range buckets {
			shown("%s\t%d", instantText(b.At), b.Count)
		}
		shown("%s", i18n.T(g.lang, "trace.counted", total))
		return nil
	}
	newest, shownOnes := int64(-1), 0
	next, err := x.Search(g.ctx, q, c.Limit, func(h search.Hit) bool {
		newest = max(newest, h.Entry)
		shownOnes++
		c.show(h)
		return true
	})
	if err != nil {
		return unreadable(dir, err)
	}
	if next != 0 {
		fmt.Fprintln(os.Stderr, i18n.T(g.lang, "trace.more", strconv.FormatInt(next, 10)))
	} else if shownOnes == 0 {
		fmt.Fprintln(os.Stderr, i18n.T(g.lang, "trace.not_found"))
	}
	if c.Follow {
		return c.follow(g.ctx, x, q, newest)
	}
	return nil
}

// follow shows what is sealed after the newest event shown, in order.
func (c *traceSearchCmd) follow(ctx context.Context, x *search.Index, q search.Query, newest int64) error {
	q.Before = 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
		if err := x.Refresh(); err != nil {
			return err
		}
		q.Since = newest + 1
		var fresh []search.Hit
		_, err := x.Search(ctx, q, -1, func(h search.Hit) bool {
			fresh = append(fresh, h)
			return true
		})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for i := len(fresh) - 1; i >= 0; i-- {
			c.show(fresh[i])
			newest = fresh[i].Entry
		}
	}
}

// show prints an event; control characters of its text are shown, not obeyed.
func (c *traceSearchCmd) show(h search.Hit) {
	if c.Format == "json" {
		line, err := json.Marshal(h)
		if err == nil {
			shown("%s", line)
		}
		return
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(string(h.Raw), "\uFFFD"))
	shown("%d\t%s\t%s\t%s", h.Entry, instantText(h.Received), h.Source, text)
}

type traceReindexCmd struct {
	vault
}

// Run makes the index of a vault again, from the blocks alone.
func (c *traceReindexCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if err := search.Forget(dir); err != nil {
		return busyIndex(dir, err)
	}
	x, err := search.Keep(dir)
	if err != nil {
		return busyIndex(dir, err)
	}
	defer x.Close()
	total, _, err := x.Count(g.ctx, search.Query{}, 0)
	if err == nil {
		shown("%s", i18n.T(g.lang, "trace.indexed", total))
	}
	return err
}

func busyIndex(dir string, err error) error {
	if errors.Is(err, trace.ErrBusy) {
		return &vigie.Error{Code: vigie.Conflict, Key: "trace.index_busy", Err: err}
	}
	return unreadable(dir, err)
}

// keepIndex indexes what is sealed, until ctx ends. What fails is said once and
// tried again.
func keepIndex(ctx context.Context, dir string, log *slog.Logger) {
	var x *search.Index
	defer func() {
		if x != nil {
			x.Close()
		}
	}()
	failed := false
	for {
		var err error
		if x != nil {
			err = x.Build()
		} else {
			x, err = search.Keep(dir)
		}
		if err != nil && !failed {
			log.Error("index", "error", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(2 * time.Second):
		}
	}
}
