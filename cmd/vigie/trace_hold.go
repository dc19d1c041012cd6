package main

import (
	"errors"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/search"
)

type traceHoldCmd struct {
	Place holdPlaceCmd `cmd:"" help:"Keep what was received in a time from being destroyed. The vault may be serving."`
	Lift  holdLiftCmd  `cmd:"" help:"End a hold: its events follow their retention again."`
	List  holdListCmd  `cmd:"" help:"List the holds, lifted ones included."`
}

type holdPlaceCmd struct {
	vault
	From   string `help:"First instant or day of receipt; the beginning when not given." placeholder:"TIME"`
	To     string `help:"Last instant or day; without end, events to come included, when not given." placeholder:"TIME"`
	Reason string `help:"Why: the procedure, its reference." required:"" placeholder:"TEXT"`
	By     string `help:"Who decided; whoever is at the command line when not given." placeholder:"NAME"`
}

func (c *holdPlaceCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	h := trace.Hold{Reason: c.Reason, By: firstOf(c.By, actor())}
	if c.From != "" {
		if h.From, err = search.Instant(c.From, false); err != nil {
			return err
		}
	}
	if c.To != "" {
		if h.To, err = search.Instant(c.To, true); err != nil {
			return err
		}
	}
	if h, err = trace.PlaceHold(dir, h, time.Now()); err != nil {
		return holdError(c.vault, 0, err)
	}
	shown("%s", i18n.T(g.lang, "trace.hold_placed", h.ID))
	there, gone, err := trace.HeldBy(dir, h)
	if err != nil {
		return unreadable(dir, err)
	}
	shown("%s", i18n.T(g.lang, "trace.hold_covers", there.Blocks, there.Entries, instantText(there.From), instantText(there.To)))
	if gone > 0 {
		shown("%s", i18n.T(g.lang, "trace.hold_gone", gone))
	}
	return nil
}

type holdLiftCmd struct {
	vault
	Hold   int64  `arg:"" help:"Number of the hold."`
	Reason string `help:"Why it ends." required:"" placeholder:"TEXT"`
	By     string `help:"Who decided; whoever is at the command line when not given." placeholder:"NAME"`
}

func (c *holdLiftCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if _, err := trace.LiftHold(dir, c.Hold, trace.Lift{Reason: c.Reason, By: firstOf(c.By, actor())}, time.Now()); err != nil {
		return holdError(c.vault, c.Hold, err)
	}
	shown("%s", i18n.T(g.lang, "trace.hold_lifted", c.Hold))
	return nil
}

type holdListCmd struct {
	vault
}

func (c *holdListCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	holds, err := trace.ReadHolds(dir)
	if err != nil {
		return holdError(c.vault, 0, err)
	}
	if len(holds) == 0 {
		shown("%s", i18n.T(g.lang, "trace.hold_none"))
	}
	for _, h := range holds {
		shown("%s", i18n.T(g.lang, "trace.hold_line", h.ID, holdBound(h.From), holdBound(h.To), h.Reason, h.By, instantText(h.At)))
		if h.Lift != nil {
			shown("  %s", i18n.T(g.lang, "trace.hold_lift_line", h.Lift.Reason, h.Lift.By, instantText(h.Lift.At)))
		}
	}
	return nil
}

// holdBound says a bound of a hold; 0 is none.
func holdBound(micros int64) string {
	if micros == 0 {
		return "…"
	}
	return instantText(micros)
}

func holdError(v vault, id int64, err error) error {
	switch {
	case errors.Is(err, trace.ErrHoldForm):
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.hold_form", Err: err}
	case errors.Is(err, trace.ErrNoHold):
		return &vigie.Error{Code: vigie.NotFound, Key: "trace.hold_unknown", Args: []any{id, v.Class}, Err: err}
	case errors.Is(err, trace.ErrLifted):
		return &vigie.Error{Code: vigie.Conflict, Key: "trace.hold_lifted_already", Args: []any{id}, Err: err}
	case errors.Is(err, trace.ErrBusy):
		return &vigie.Error{Code: vigie.Conflict, Key: "trace.hold_busy", Err: err}
	}
	return unreadable(v.Class, err)
}

// planned shows what a pruning would destroy.
func planned(g *global, dir string, before, now time.Time) error {
	p, err := trace.PlanPruning(dir, before, now)
	if err != nil {
		return unreadable(dir, err)
	}
	if p.Blocks == 0 {
		shown("%s", i18n.T(g.lang, "trace.prune_plan_none"))
	} else {
		shown("%s", i18n.T(g.lang, "trace.prune_plan", p.Blocks, p.Entries, instantText(p.From), instantText(p.To)))
	}
	if p.Held > 0 {
		shown("%s", i18n.T(g.lang, "trace.prune_held", p.Held))
	}
	return nil
}
