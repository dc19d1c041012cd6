package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
)

type traceCmd struct {
	Verify traceVerifyCmd `cmd:"" help:"Verify a vault: every entry, block, tile, signature and time-stamp. Exit code 1 when something is wrong."`
	Export traceExportCmd `cmd:"" help:"Write an evidence pack, which anyone verifies without Vigie."`
}

// vault chooses a stream.
type vault struct {
	Vault string `help:"Folder of the vault." default:"./vigie-data/traces" env:"VIGIE_TRACES" placeholder:"DIR"`
	Class string `help:"Retention class." default:"standard" placeholder:"NAME"`
}

func (v vault) dir() (string, error) {
	dir := filepath.Join(v.Vault, v.Class)
	if _, err := os.Stat(filepath.Join(dir, "log", "checkpoint")); err != nil {
		return "", &vigie.Error{Code: vigie.NotFound, Key: "trace.class", Args: []any{v.Class, v.Vault}, Err: err}
	}
	return dir, nil
}

type traceVerifyCmd struct {
	vault
	trust
	Known []string `help:"Checkpoint kept from earlier: finds out a vault rolled back or written again." type:"existingfile" placeholder:"FILE"`
	Quick bool     `help:"Compare compressed bytes with their hashes only."`
	Live  bool     `help:"The vault is in use: what is not signed yet is no problem."`
}

func (c *traceVerifyCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	key, tsa, err := c.read()
	if err != nil {
		return err
	}
	check := evidence.Check{Key: key, TSA: tsa, Live: c.Live, Quick: c.Quick, Workers: runtime.GOMAXPROCS(0)}
	for _, name := range c.Known {
		data, err := os.ReadFile(name)
		if err != nil {
			return unreadable(name, err)
		}
		cp, err := evidence.ParseCheckpoint(data)
		if err != nil {
			return unreadable(name, err)
		}
		check.Known = append(check.Known, cp)
	}
	rep := evidence.VerifyStream(os.DirFS(dir), check)
	shown("%s", i18n.T(g.lang, "trace.verified", rep.Origin, rep.Entries, rep.Blocks, instantText(rep.From), instantText(rep.To)))
	if !rep.Trusted && rep.Signer != "" {
		shown("%s", i18n.T(g.lang, "trace.key_taken", rep.Signer))
	}
	if n := len(rep.Tokens); n > 0 {
		last := rep.Tokens[n-1]
		shown("%s", i18n.T(g.lang, "trace.dated", last.Time.UTC().Format(time.RFC3339), last.Authority))
	} else {
		shown("%s", i18n.T(g.lang, "trace.no_date"))
	}
	return judged(g, rep.Problems)
}

type traceExportCmd struct {
	vault
	From    string  `help:"First instant or day: whole blocks." placeholder:"TIME"`
	To      string  `help:"Last instant or day." placeholder:"TIME"`
	Entry   []int64 `help:"Number of an entry to show without its neighbours; several may be given." placeholder:"N"`
	WithLog bool    `help:"Add the whole log, for verifiers of other authors."`
	TSA     string  `help:"Certificate of the time-stamping authority (PEM) to put in the pack." type:"existingfile" placeholder:"FILE"`
	Out     string  `arg:"" help:"Zip file to write." type:"path"`
}

func (c *traceExportCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	sel := trace.Selection{Entries: c.Entry, WithLog: c.WithLog, Whole: c.From != "" || c.To != "", To: time.Now().UnixMicro()}
	if !sel.Whole && len(sel.Entries) == 0 {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.selection"}
	}
	if c.From != "" {
		if sel.From, err = instant(c.From, false); err != nil {
			return err
		}
	}
	if c.To != "" {
		if sel.To, err = instant(c.To, true); err != nil {
			return err
		}
	}
	if c.TSA != "" {
		if sel.TSA, err = os.ReadFile(c.TSA); err != nil {
			return unreadable(c.TSA, err)
		}
	}
	f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return unreadable(c.Out, err)
	}
	m, err := trace.Export(f, dir, sel, time.Now())
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(c.Out) // not whole
		if errors.Is(err, trace.ErrNothing) {
			return &vigie.Error{Code: vigie.NotFound, Key: "trace.nothing", Err: err}
		}
		return unreadable(dir, err)
	}
	shown("%s", i18n.T(g.lang, "trace.exported", c.Out, len(m.Whole), len(m.Chosen)))
	return nil
}
