package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/app"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
	"vigie.example/internal/trail"
)

// How long the trail of the product itself is kept, in days: what internal control
// needs, up to the three years that the CNIL allows it (recommendation of
// 14 October 2021).
const (
	trailMin = 365
	trailMax = 3 * 365
)

const (
	trailEvery = time.Second      // how often what happened is brought to the vault
	trailRetry = 10 * time.Second // after an error
)

// keepTrail brings what happens in Vigie into the vault, until ctx ends, and once
// more then. While the vault cannot be written, it says so once and what
// happened waits in the database.
func keepTrail(ctx context.Context, a *app.App, traces, origin string, parties thirdParties, resting *rest, log *slog.Logger) {
	dir := filepath.Join(traces, trail.Class)
	failed := false
	for {
		err := runTrail(ctx, a, dir, origin+"/traces/"+trail.Class, parties, resting, log)
		if ctx.Err() != nil {
			if err != nil {
				log.Error("trail", "error", err)
			}
			return
		}
		if !failed {
			log.Error("the trail waits in the database", "vault", dir, "error", err)
		}
		failed = true
		select {
		case <-ctx.Done():
		case <-time.After(trailRetry):
		}
	}
}

// runTrail keeps the trail until ctx ends or something fails.
func runTrail(ctx context.Context, a *app.App, dir, origin string, parties thirdParties, resting *rest, log *slog.Logger) (err error) {
	stream, err := trace.Open(dir, trace.Options{Origin: origin, KeepMin: trailMin, KeepMax: trailMax})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stream.Close()) }()
	copier, err := copierOf(stream)
	if err != nil { // the trail goes on without its copy
		log.Error("the trail is not copied", "error", err)
	}
	defer beside(ctx, stream, parties, copier, log)()
	keeper := &trail.Keeper{DB: a.DB, Vault: stream}
	for {
		lines, err := keeper.Drain(context.WithoutCancel(ctx))
		if lines > 0 {
			resting.work()()
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(trailEvery):
		}
	}
}

type traceCompareCmd struct {
	database
	Vault string `help:"Folder of the vault, DIR/traces of the data when not given." env:"VIGIE_TRACES" placeholder:"DIR"`
	trust
}

// Run verifies the trail, then compares the database with it.
func (c *traceCompareCmd) Run(g *global) error {
	v := vault{Vault: tracesOf(c.Vault, c.database), Class: trail.Class}
	dir, err := v.dir()
	if err != nil {
		return err
	}
	key, tsa, err := c.read()
	if err != nil {
		return err
	}
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	folder, err := ready(g.ctx, dir)
	if err != nil {
		return err
	}
	rep := evidence.VerifyStream(folder, evidence.Check{Key: key, TSA: tsa, Live: true, Workers: runtime.GOMAXPROCS(0)})
	if err := folder.Err(); err != nil {
		return bucketDown(err)
	}
	shown("%s", i18n.T(g.lang, "trace.verified", rep.Origin, rep.Entries, rep.Blocks, instantText(rep.From), instantText(rep.To)))
	if !rep.Trusted && rep.Signer != "" {
		shown("%s", i18n.T(g.lang, "trace.key_taken", rep.Signer))
	}
	if len(rep.Problems) > 0 {
		return judged(g, rep.Problems)
	}
	lines, wrong, err := trail.Compare(g.ctx, a.DB, folder)
	if err != nil {
		return err
	}
	for _, d := range wrong {
		shown("%s", i18n.T(g.lang, d.What, d.Journal, d.Seq))
	}
	if len(wrong) > 0 {
		shown("%s", i18n.T(g.lang, "trail.differs", len(wrong)))
		return exitCode(1)
	}
	shown("%s", i18n.T(g.lang, "trail.same", lines))
	return nil
}

// tracesOf is the folder of the vault: beside the data when not given.
func tracesOf(given string, d database) string {
	return firstOf(given, filepath.Join(d.Data, "traces"))
}
