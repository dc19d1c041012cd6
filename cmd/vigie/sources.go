package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"vigie.example/internal/app"
	"vigie.example/internal/collect/traces"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/search"
)

// collectTraces brings the facts of log sources from the vault, until ctx ends. What
// is wrong is said when it changes.
func collectTraces(ctx context.Context, a *app.App, vault *search.Vault, resting *rest, log *slog.Logger) {
	c := &traces.Collector{Book: a.Book, Vault: vault}
	said := ""
	for {
		now := time.Now()
		problems, verified, err := c.Verify(ctx, now)
		if verified {
			resting.work()() // blocks are large
		}
		for _, p := range problems {
			log.Error("traces do not verify", "problem", p.Error())
		}
		if err == nil || errors.Is(err, trace.ErrBucket) {
			err = errors.Join(err, c.Collect(ctx, now))
		}
		if ctx.Err() != nil {
			return
		}
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != "" && text != said {
			log.Error("facts of log sources", "error", text)
		}
		said = text
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Minute):
		}
	}
}
