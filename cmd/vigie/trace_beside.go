package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/trace"
)

// thirdParties attest the log from elsewhere.
type thirdParties struct {
	TSAURL   []string          `name:"tsa-url" sep:"none" help:"Time-stamping authority (RFC 3161); several may be given, and each dates the log." placeholder:"URL"`
	TSAEvery time.Duration     `name:"tsa-every" help:"How often each dates the log." default:"1h"`
	Witness  map[string]string `mapsep:"none" help:"Witness that cosigns the log (C2SP tlog-witness): its address and its key (vkey); several may be given." placeholder:"URL=KEY"`
}

// witnessEvery is how often witnesses are shown a log that has grown.
const witnessEvery = time.Minute

// check says what is wrong with the flags.
func (p thirdParties) check() error {
	for address, key := range p.Witness {
		if _, _, err := evidence.ReadWitness(key); err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "trace.witness_key", Args: []any{address, key}, Err: err}
		}
	}
	return nil
}

// beside does what goes on while a stream receives: its index, its time-stamps and
// cosignatures, the destruction of what has been kept long enough, and its copy in a
// bucket, if any. stop ends it, and waits.
func beside(ctx context.Context, stream *trace.Stream, parties thirdParties, copier *trace.Copier, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	if copier != nil {
		work.Go(func() { keepCopy(ctx, copier, log) })
	}
	work.Go(func() { keepIndex(ctx, stream.Dir(), log) })
	work.Go(func() {
		dating := &trace.Dating{Stream: stream, URLs: parties.TSAURL, Every: parties.TSAEvery, Client: http.DefaultClient}
		eachSecond(ctx, func(now time.Time) {
			for _, err := range dating.Keep(ctx, now) {
				log.Error("time-stamp", "error", err)
			}
		})
	})
	work.Go(func() {
		witnessing := &trace.Witnessing{Stream: stream, Witnesses: parties.Witness, Every: witnessEvery, Client: http.DefaultClient}
		eachSecond(ctx, func(now time.Time) {
			for _, err := range witnessing.Keep(ctx, now) {
				log.Error("witness", "error", err)
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
	}
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

const (
	pruneAfter = 10 * time.Minute // the start: a clock that the network has not set yet destroys nothing
	pruneEvery = 24 * time.Hour
	pruneRetry = time.Hour // when it failed
)

// keep prunes a stream when it is time; now is the present.
func (p *pruning) keep(stream *trace.Stream, now time.Time, log *slog.Logger) {
	if p.due.IsZero() {
		p.due = now.Add(pruneAfter)
	}
	if now.Before(p.due) {
		return
	}
	p.due = now.Add(pruneEvery)
	done, err := stream.PruneDue()
	switch {
	case err != nil:
		log.Error("pruning", "error", err)
		p.due = now.Add(pruneRetry)
	case done.Blocks > 0:
		log.Info("pruned", "blocks", done.Blocks, "entries", done.Entries, "from", instantText(done.From), "to", instantText(done.To), "held", done.Held)
	}
}
