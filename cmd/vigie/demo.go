package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/app"
	"vigie.example/internal/collect/host"
	"vigie.example/internal/control"
	"vigie.example/internal/i18n"
	"vigie.example/internal/identity"
	"vigie.example/internal/sample"
)

type demoCmd struct {
	database
	listenFlags
	NoServe   bool `help:"Show the posture and end, without serving."`
	NoBrowser bool `help:"Do not open the pages in the browser."`
}

// Limits of what the demonstration prints.
const (
	demoActions = 10 // things to do first
	demoFaults  = 8  // of this machine
)

// demoToken is how long the token of the demonstration lets in.
const demoToken = 24 * time.Hour

func (c *demoCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := demoFill(g, a); err != nil {
		return err
	}
	machine, report, err := demoObserve(g.ctx, a)
	if err != nil {
		return err
	}
	now := time.Now()
	if err := a.Engine.Tick(g.ctx, now); err != nil {
		return err
	}
	if err := demoShow(g, a, machine, report, now); err != nil {
		return err
	}
	if c.NoServe {
		return nil
	}
	return c.serve(g, a)
}

// demoFill tells the life of the sample company, or goes on where a former run
// stopped; a complete one is left as it is.
func demoFill(g *global, a *app.App) error {
	stage, err := sample.StageOf(g.ctx, a.DB)
	if err != nil {
		return err
	}
	say := func(key string, args ...any) { fmt.Fprintln(os.Stderr, i18n.T(g.lang, key, args...)) }
	switch stage {
	case sample.Filled:
		say("demo.exists")
		return nil
	case sample.Filling:
		say("demo.resumed")
	case sample.Vacant:
		say("demo.filling")
	}
	start, month := time.Now(), ""
	if err := sample.Fill(g.ctx, a, start, func(day vigie.Day, done, total int) {
		if m := day.Time().Format("2006-01"); m != month {
			month = m
			say("demo.progress", m, done*100/total)
		}
	}); err != nil {
		return err
	}
	stats, err := sample.Count(g.ctx, a)
	if err == nil {
		say("demo.filled", stats.Entities, stats.Persons, stats.Assets, stats.Records, time.Since(start).Round(100*time.Millisecond))
	}
	return err
}

// demoObserve brings the facts of this very machine, attached to the head
// entity, then those that the other machines of the sample report.
func demoObserve(ctx context.Context, a *app.App) (string, agent.Report, error) {
	root := agent.This()
	root.Version, root.ReadOnly = version, true
	report := agent.Collect(ctx, root)
	if err := ctx.Err(); err != nil {
		return "", report, err
	}
	if report.MachineID == "" { // a system without an id of its own, as some containers
		sum := sha256.Sum256([]byte(report.Hostname))
		report.MachineID = "demo-" + hex.EncodeToString(sum[:16])
	}
	machine, err := host.Take(ctx, a.Book, report, time.Now())
	if err != nil {
		return "", report, err
	}
	if err := sample.Adopt(ctx, a, machine, time.Now()); err != nil {
		return "", report, err
	}
	return machine, report, sample.Refresh(ctx, a, time.Now())
}

// demoShow prints the posture, how it came to be, what to do first and what was
// seen on this machine.
func demoShow(g *global, a *app.App, machine string, report agent.Report, now time.Time) error {
	p, err := a.Engine.Posture(g.ctx, vigie.DayOf(now.UTC()), now)
	if err != nil {
		return err
	}
	if err := writeTable(g, os.Stdout, a, p, time.Time{}, now, 0); err != nil {
		return err
	}
	if err := demoTrend(g, a, now); err != nil {
		return err
	}
	findings, err := demoFindings(g, a, p, now)
	if err != nil {
		return err
	}
	demoFirst(g, findings, vigie.DayOf(now.UTC()))
	demoMachine(g, machine, report, findings)
	return nil
}

// demoTrend prints how many rules had each verdict on past days.
func demoTrend(g *global, a *app.App, now time.Time) error {
	shown("\n%s", i18n.T(g.lang, "demo.trend"))
	verdicts := []vigie.Verdict{vigie.Conforming, vigie.Deviating, vigie.Waived, vigie.Unknown, vigie.NotApplicable}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, v := range verdicts {
		fmt.Fprint(w, "\t", v.Label().In(g.lang))
	}
	fmt.Fprintln(w, "\t", i18n.T(g.lang, "check.open"), "\t")
	today := vigie.DayOf(now.UTC())
	for _, ago := range []vigie.Day{360, 270, 180, 90, 30, 0} {
		p, err := a.Engine.Posture(g.ctx, today-ago, now)
		if err != nil {
			return err
		}
		var open int64
		for _, r := range p.Rules {
			open += r.Open
		}
		fmt.Fprint(w, today-ago)
		for _, v := range verdicts {
			fmt.Fprint(w, "\t", p.Counts[v])
		}
		fmt.Fprintln(w, "\t", open, "\t")
	}
	return w.Flush()
}

// demoFindings returns the findings that somebody must act on: those of rules
// that deviate and that nothing covers.
func demoFindings(g *global, a *app.App, p control.Posture, now time.Time) ([]control.Finding, error) {
	var out []control.Finding
	for _, r := range p.Rules {
		if r.Verdict != vigie.Deviating {
			continue
		}
		if err := eachFinding(g, a, r.Rule, time.Time{}, now, 0, func(f control.Finding) error {
			if f.Waiver == "" {
				out = append(out, f)
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// demoFirst says who must do what first: what is due the soonest, once for all
// the findings of one check.
func demoFirst(g *global, findings []control.Finding, today vigie.Day) {
	byCheck := map[string][]control.Finding{}
	for _, f := range findings {
		byCheck[f.CheckKey] = append(byCheck[f.CheckKey], f)
	}
	var first []control.Finding
	for _, list := range byCheck {
		first = append(first, slices.MinFunc(list, moreUrgent))
	}
	slices.SortFunc(first, moreUrgent)
	shown("\n%s", i18n.T(g.lang, "demo.first"))
	for _, f := range first[:min(len(first), demoActions)] {
		key := "demo.todo"
		if f.DueOn < today {
			key = "demo.todo_late"
		}
		_, fix := f.Text()
		line := i18n.T(g.lang, key, firstOf(who(g, f.Actor), i18n.T(g.lang, "check.nobody")), fix.In(g.lang), f.Title, string(f.Rule), f.DueOn.String())
		if more := len(byCheck[f.CheckKey]) - 1; more > 0 {
			line += " " + i18n.T(g.lang, "demo.todo_more", more)
		}
		shown("  %s", line)
	}
}

func moreUrgent(a, b control.Finding) int {
	return cmp.Or(cmp.Compare(a.DueOn, b.DueOn), a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.CheckKey, b.CheckKey), strings.Compare(a.Record, b.Record))
}

// demoMachine says what the agent saw here, what it could not see and why, and
// what the rules find at fault.
func demoMachine(g *global, machine string, r agent.Report, findings []control.Finding) {
	T := func(key string, args ...any) string { return i18n.T(g.lang, key, args...) }
	shown("\n%s", T("demo.machine", r.Hostname))
	fact := func(label string, known bool, reason string, value any) {
		if !known {
			value = T("demo.unknown", T(reason))
		}
		shown("  %s", T("demo.fact", T(label), value))
	}
	fact("demo.fact.system", r.OS.Known, r.OS.Reason, r.OS.Value.Name)
	fact("demo.fact.support", r.Support.Known, r.Support.Reason, r.Support.Value.SupportedUntil)
	fact("demo.fact.packages", r.Packages.Known, r.Packages.Reason, len(r.Packages.Value))
	fact("demo.fact.updates", r.Updates.Known, r.Updates.Reason, securityUpdates(r))
	fact("demo.fact.accounts", r.Accounts.Known, r.Accounts.Reason, len(r.Accounts.Value))
	fact("demo.fact.ports", r.Ports.Known, r.Ports.Reason, len(r.Ports.Value))
	fact("demo.fact.encryption", r.DiskEncryption.Known, r.DiskEncryption.Reason, r.DiskEncryption.Value.Encrypted)
	fact("demo.fact.firewall", r.Firewall.Known, r.Firewall.Reason, r.Firewall.Value.Active)
	fact("demo.fact.malware", r.Malware.Known, r.Malware.Reason, r.Malware.Value.Active)
	fact("demo.fact.clock", r.TimeSync.Known, r.TimeSync.Reason, r.TimeSync.Value.Synced)
	var here []control.Finding
	for _, f := range findings {
		if f.Record == machine || strings.HasPrefix(f.Record, machine+":") {
			here = append(here, f)
		}
	}
	shown("  %s", T("demo.faults", len(here)))
	for _, f := range here[:min(len(here), demoFaults)] {
		text, _ := f.Text()
		shown("    %s %s", f.Rule, text.In(g.lang))
	}
}

func securityUpdates(r agent.Report) (n int) {
	for _, u := range r.Updates.Value.Pending {
		if u.Security {
			n++
		}
	}
	return n
}

// serve answers the API until ctx ends, with a token that reads for a day, and
// keeps the facts of all machines fresh.
func (c *demoCmd) serve(g *global, a *app.App) error {
	ctx, stop := context.WithCancel(g.ctx)
	c.Traces = tracesOf(c.Traces, c.database)
	var living sync.WaitGroup
	err := serve(ctx, a, c.listenFlags, func(url string) error {
		now := time.Now()
		secret, _, err := identity.Issue(ctx, a.DB, identity.Token{Name: "demonstration", Role: identity.Reader, EndsAt: now.Add(demoToken)}, actor(), now)
		if err != nil {
			return err
		}
		shown("\n%s", i18n.T(g.lang, "demo.serving", url))
		if err := demoPeople(ctx, g, a); err != nil {
			return err
		}
		shown("%s", i18n.T(g.lang, "demo.token", secret))
		shown("%s", i18n.T(g.lang, "demo.try", url, secret))
		shown("%s", i18n.T(g.lang, "demo.stop"))
		if !c.NoBrowser {
			browse(url)
		}
		living.Go(func() { c.live(ctx, g, a) })
		return nil
	})
	stop()
	living.Wait()
	return err
}

// browse opens an address in the person's browser, where there is a person with a
// desktop: at a terminal, and not over a connection without a screen. That it
// cannot is no error: the address is shown.
func browse(url string) {
	info, err := os.Stdout.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	command := []string{"xdg-open", url}
	switch {
	case runtime.GOOS == "darwin":
		command = []string{"open", url}
	case runtime.GOOS == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", url}
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "":
		return
	}
	opening := exec.Command(command[0], command[1:]...)
	if opening.Start() == nil {
		go opening.Wait()
	}
}

// demoPeople lets three people in and says how: the security officer of the
// company, somebody who works there, and an auditor. Their passwords change at
// each start.
func demoPeople(ctx context.Context, g *global, a *app.App) error {
	accounts := a.Accounts(time.Now)
	until := vigie.DayOf(time.Now().UTC()) + 30
	people := []struct {
		label, query string
		user         identity.User
	}{
		{"demo.as_ciso", "SELECT p.email, p.name FROM person p JOIN role_assignment r ON r.person = p.id WHERE r.role = 'ciso' AND r.ends_on IS NULL AND p.last_day IS NULL ORDER BY p.id LIMIT 1", identity.User{}},
		{"demo.as_owner", "SELECT p.email, p.name FROM person p WHERE p.last_day IS NULL AND EXISTS (SELECT 1 FROM asset a WHERE a.owner = p.id) AND NOT EXISTS (SELECT 1 FROM role_assignment r WHERE r.person = p.id) ORDER BY p.id LIMIT 1", identity.User{}},
		{"demo.as_auditor", "", identity.User{Email: "audit@example.net", Name: "Auditrice", AuditorUntil: &until}},
	}
	for _, p := range people {
		if p.query != "" {
			rows, err := a.DB.Query(ctx, p.query, nil)
			if err != nil {
				return err
			}
			found := rows.Next()
			if found {
				err = rows.Scan(&p.user.Email, &p.user.Name)
			}
			rows.Close()
			if err != nil || !found {
				return err
			}
		}
		link, _, err := accounts.Invite(ctx, p.user, actor())
		if vigie.CodeOf(err) == vigie.Conflict {
			link, err = accounts.Renew(ctx, p.user.Email, actor())
		}
		if err != nil {
			return err
		}
		password := "demo-7-" + rand.Text()[:14]
		if _, err := accounts.Accept(ctx, link, password); err != nil {
			return err
		}
		shown("  %s", i18n.T(g.lang, p.label, p.user.Email, password))
	}
	return nil
}

// live brings the facts of this machine and of the sample's again, as collectors
// do, each time before they grow old: in a demonstration nobody else does.
func (c *demoCmd) live(ctx context.Context, g *global, a *app.App) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(demoPause(time.Now().UTC(), c.Every)):
		}
		_, _, err := demoObserve(ctx, a)
		if err == nil {
			err = a.Engine.Tick(ctx, time.Now())
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, explain(g.lang, err))
		}
	}
}

// demoPause is how long facts stay as they are: until the next regular
// evaluation, or a little before that of a new day.
func demoPause(now time.Time, every time.Duration) time.Duration {
	wait := max(every, time.Minute)
	if eve := now.Truncate(24 * time.Hour).Add(24*time.Hour - time.Minute).Sub(now); eve > 0 && eve < wait {
		return eve
	}
	return wait
}
