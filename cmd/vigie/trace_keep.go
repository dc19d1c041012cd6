package main

import (
	"errors"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
)

type traceRotateCmd struct {
	retention
}

// Run replaces the key: the former one signs the announcement of the new one, and
// is destroyed.
func (c *traceRotateCmd) Run(g *global) error {
	if _, err := c.dir(); err != nil { // a stream that does not exist is not made
		return err
	}
	stream, _, err := c.open()
	if err != nil {
		return err
	}
	err = stream.RotateKey()
	key := stream.VKey()
	if err = errors.Join(err, stream.Close()); err != nil {
		return err
	}
	shown("%s", i18n.T(g.lang, "trace.rotated", key))
	return nil
}

type tracePruneCmd struct {
	retention
	Before string `help:"Events received before that day; what has been kept for --keep-max days when not given." placeholder:"DATE"`
	Reason string `help:"Why, and who decided: kept in the log." placeholder:"TEXT"`
	Yes    bool   `help:"Delete: it cannot be undone."`
	DryRun bool   `name:"dry-run" help:"Say what would be destroyed, and what is held. The vault may be serving."`
}

// Run deletes whole blocks whose events were all received before a day, whose least
// retention is over, and that no hold keeps.
func (c *tracePruneCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	now := time.Now()
	_, most := c.keep()
	before := trace.End(now, most)
	if c.Before != "" {
		day, err := vigie.ParseDay(c.Before)
		if err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{"--before", c.Before}}
		}
		before = day.Time().In(time.UTC)
	}
	if c.DryRun {
		return planned(g, dir, before, now)
	}
	if !c.Yes {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.prune_sure", Args: []any{before.Format(time.DateOnly)}}
	}
	if !evidence.ValidReason(c.Reason) {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.prune_reason"}
	}
	stream, _, err := c.open()
	if err != nil {
		return err
	}
	done, err := stream.Prune(before, c.Reason)
	if err = errors.Join(err, stream.Close()); err != nil {
		return err
	}
	shown("%s", i18n.T(g.lang, "trace.pruned", done.Blocks))
	if done.Held > 0 {
		shown("%s", i18n.T(g.lang, "trace.prune_held", done.Held))
	}
	return nil
}
