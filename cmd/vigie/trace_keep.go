package main

import (
	"errors"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
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
	Before string `help:"Events received before that day." required:"" placeholder:"DATE"`
	Reason string `help:"Why, and who decided: kept in the log." required:"" placeholder:"TEXT"`
	Yes    bool   `help:"Delete: it cannot be undone."`
}

// Run deletes whole blocks whose events were all received before a day and whose
// longest retention is over.
func (c *tracePruneCmd) Run(g *global) error {
	if _, err := c.dir(); err != nil {
		return err
	}
	before, err := vigie.ParseDay(c.Before)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{"--before", c.Before}}
	}
	if !c.Yes {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.prune_sure", Args: []any{before.String()}}
	}
	stream, _, err := c.open()
	if err != nil {
		return err
	}
	leaves, err := stream.Prune(before.Time().In(time.UTC), c.Reason, nil)
	if err = errors.Join(err, stream.Close()); err != nil {
		return err
	}
	shown("%s", i18n.T(g.lang, "trace.pruned", leaves))
	return nil
}
