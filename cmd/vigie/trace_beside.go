package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"vigie.example/internal/trace"
)

// beside does what goes on while a stream receives: its index, its time-stamps, the
// destruction of what has been kept long enough, and its copy in the bucket that
// bucket.yaml describes, if any. stop ends it, and waits.
func beside(ctx context.Context, stream *trace.Stream, authorities []string, every time.Duration, log *slog.Logger) (stop func(), err error) {
	copier, err := copierOf(stream)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	if copier != nil {
		work.Go(func() { keepCopy(ctx, copier, log) })
	}
	work.Go(func() { keepIndex(ctx, stream.Dir(), log) })
	work.Go(func() {
		dating := &trace.Dating{Stream: stream, URLs: authorities, Every: every, Client: http.DefaultClient}
		eachSecond(ctx, func(now time.Time) {
			for _, err := range dating.Keep(ctx, now) {
				log.Error("time-stamp", "error", err)
			}
		})
	})
	work.Go(func() {
		var pruning pruning
		eachSecond(ctx, func(now time.Time) { pruning.keep(stream, now, log) })
	})
	return func() {
		cancel()
		work.Wait()
	}, nil
}

// eachSecond does something until ctx ends.
func eachSecond(ctx context.Context, do func(now time.Time)) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			do(now)
		}
	}
}

// A pruning destroys what has been kept for as long as the policy allows, each day.
type pruning struct {
	due time.Time
}

// pruneRetry is when an interrupted pruning is tried again.
const pruneRetry = time.Hour

// keep prunes a stream when it is time; now is the present.
func (p *pruning) keep(stream *trace.Stream, now time.Time, log *slog.Logger) {
	if now.Before(p.due) {
		return
	}
	p.due = now.Add(24 * time.Hour)
	done, err := stream.PruneDue()
	switch {
	case err != nil:
		log.Error("pruning", "error", err)
		p.due = now.Add(pruneRetry)
	case done.Blocks > 0:
		log.Info("pruned", "blocks", done.Blocks, "entries", done.Entries, "from", instantText(done.From), "to", instantText(done.To), "held", done.Held)
	}
}
