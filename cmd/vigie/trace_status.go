package main

import (
	"os"
	"path/filepath"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
)

type traceStatusCmd struct {
	vault
}

// Run says where a stream stands, from what is on the disk; it verifies nothing.
// Exit code 1 when something is to be mended.
func (c *traceStatusCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "log", "checkpoint"))
	if err != nil {
		return unreadable(dir, err)
	}
	cp, err := evidence.ParseCheckpoint(raw)
	if err != nil {
		return unreadable(dir, err)
	}
	there, gone, err := trace.HeldBy(dir, trace.Hold{}) // all of it
	if err != nil {
		return unreadable(dir, err)
	}
	shown("%s", i18n.T(g.lang, "trace.status", cp.Origin, there.Entries, there.Blocks, instantText(there.From), instantText(there.To)))
	if gone > 0 {
		shown("%s", i18n.T(g.lang, "trace.status_gone", gone))
	}
	holds, err := trace.ReadHolds(dir)
	if err != nil {
		return unreadable(dir, err)
	}
	active := 0
	for _, h := range holds {
		if h.Lift == nil {
			active++
		}
	}
	if active > 0 {
		shown("%s", i18n.T(g.lang, "trace.status_holds", active))
	}
	fine, err := showAuthorities(g, dir)
	if err != nil {
		return unreadable(dir, err)
	}
	copied, err := trace.ReadCopied(dir)
	if err != nil {
		return unreadable(dir, err)
	}
	if copied != nil {
		if left := cp.Size - copied.Next; left > 0 {
			shown("%s", i18n.T(g.lang, "trace.status_to_copy", copied.Bucket, left))
		}
		if !copied.At.IsZero() {
			shown("%s", i18n.T(g.lang, "trace.status_copied", copied.Bucket, instantText(copied.At.UnixMicro())))
		}
		if copied.Failures > 0 {
			fine = false
			shown("%s", i18n.T(g.lang, "trace.status_failing", copied.Bucket, copied.Failures, instantText(copied.Since.UnixMicro()), copied.Error))
		}
	}
	if !fine {
		return exitCode(1)
	}
	return nil
}

// showAuthorities says when each time-stamping authority dated the log last and each
// witness cosigned it, and whether all answer.
func showAuthorities(g *global, dir string) (fine bool, err error) {
	fine = true
	authorities, err := trace.ReadDating(dir)
	if err != nil {
		return false, err
	}
	witnesses, err := trace.ReadWitnesses(dir)
	for i, a := range append(authorities, witnesses...) {
		key := "trace.status_dated"
		if i >= len(authorities) {
			key = "trace.status_cosigned"
		}
		if !a.Dated.IsZero() {
			shown("%s", i18n.T(g.lang, key, a.URL, instantText(a.Dated.UnixMicro())))
		}
		if a.Failures > 0 {
			fine = false
			shown("%s", i18n.T(g.lang, "trace.status_failing", a.URL, a.Failures, instantText(a.Since.UnixMicro()), a.Error))
		}
	}
	return fine, err
}

// showDates says the last time-stamp of each authority that was verified.
func showDates(g *global, rep *evidence.StreamReport) {
	if len(rep.Tokens) == 0 && rep.Others == 0 {
		shown("%s", i18n.T(g.lang, "trace.no_date"))
	}
	last := map[string]int{}
	for i, t := range rep.Tokens {
		if j, seen := last[t.Authority]; !seen || t.Time.After(rep.Tokens[j].Time) {
			last[t.Authority] = i
		}
	}
	for i, t := range rep.Tokens {
		if last[t.Authority] == i {
			shown("%s", i18n.T(g.lang, "trace.dated", t.Time.UTC().Format(time.RFC3339), t.Authority))
		}
	}
	if rep.Others > 0 {
		shown("%s", i18n.T(g.lang, "trace.dated_others", rep.Others))
	}
}
