package agent

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	vigie "vigie.example"
)

// A Config is what an agent is told.
type Config struct {
	Server    string // address of the server: https, or http on this machine
	CAFile    string // PEM file of the only authority that may vouch for the server; those of the system when empty
	Enrolment string // token that lets machines in; needed once, and again when the machine's own ends
	State     string // folder in which the agent remembers
	Version   string // of the agent
	Root      Root   // machine to read
	Log       *slog.Logger
}

// An Agent reports one machine to one server.
type Agent struct {
	config Config
	client *client
	state  *state
	spool  *spool
	id     string // of the machine
}

// New prepares an agent. The caller closes it.
//
// Errors: Invalid when the configuration cannot serve; Conflict when another
// agent uses the same state folder.
func New(c Config) (*Agent, error) {
	client, err := newClient(c.Server, c.CAFile, c.Version)
	if err != nil {
		return nil, err
	}
	s, err := openState(c.State)
	if err != nil {
		return nil, err
	}
	a := &Agent{config: c, client: client, state: s}
	if a.id, err = s.machineID(c.Root); err == nil {
		a.spool, err = openSpool(c.State, c.Log)
	}
	if err == nil && c.Enrolment == "" && s.token(client.server, a.id) == "" {
		err = &vigie.Error{Code: vigie.Invalid, Key: "agent.no_token"}
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return a, nil
}

// Close lets another agent use the state folder.
func (a *Agent) Close() error { return a.state.close() }

// Once collects, then sends everything that waits. It fails when something is
// left to send: the report itself is safe in the spool.
func (a *Agent) Once(ctx context.Context) error {
	if err := a.collect(ctx); err != nil {
		return err
	}
	if err := a.flush(ctx); err != nil {
		return &vigie.Error{Code: vigie.Internal, Key: "agent.not_sent", Args: []any{a.client.server}, Err: err}
	}
	return nil
}

// collect puts a report in the spool.
func (a *Agent) collect(ctx context.Context) error {
	root := a.config.Root
	root.ID, root.Version, root.Cache = a.id, a.config.Version, ChangelogCache(a.config.State)
	start := time.Now()
	report := Collect(ctx, root)
	if err := ctx.Err(); err != nil {
		return err // what was not read in time is not unknown
	}
	a.config.Log.Info("collected", "took", time.Since(start).Round(time.Millisecond).String())
	return a.spool.add(report)
}

// flush sends the reports that wait, the oldest first, and stops at the first
// that cannot be sent now.
func (a *Agent) flush(ctx context.Context) error {
	names, err := a.spool.reports()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := a.send(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// send sends one report of the spool and takes it out, or sets it aside when
// the server does not want it.
func (a *Agent) send(ctx context.Context, name string) error {
	packed, err := a.packed(name)
	if err != nil {
		a.config.Log.Error("report set aside: it cannot be read", "report", name, "error", err)
		return a.spool.setAside(name)
	}
	asset, err := a.deliver(ctx, packed)
	if r, ok := errors.AsType[*refusal](err); ok && r.final() {
		a.config.Log.Error("report set aside: the server refuses it", "observed_at", observedAt(name).UTC(), "error", r)
		return a.spool.setAside(name)
	}
	if err != nil {
		return err
	}
	// A stop here sends the report again, which changes nothing.
	a.config.Log.Info("sent", "observed_at", observedAt(name).UTC(), "asset", asset)
	return os.Remove(name)
}

func (a *Agent) packed(name string) ([]byte, error) {
	f, err := regular(openFile(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, maxSpooledBytes)
}

// deliver sends a report with the token of the machine, and enrols first when
// there is none or when it ended.
func (a *Agent) deliver(ctx context.Context, packed []byte) (asset string, err error) {
	if token := a.state.token(a.client.server, a.id); token != "" {
		asset, err = a.client.report(ctx, token, packed)
		if r, ok := errors.AsType[*refusal](err); !ok || !r.token() || a.config.Enrolment == "" {
			return asset, err
		}
		a.config.Log.Warn("the server no longer accepts the token of this machine", "error", err)
	}
	token, err := a.enrol(ctx)
	if err != nil {
		return "", err
	}
	return a.client.report(ctx, token, packed)
}

// maxHostname is the longest name that the server accepts, in bytes.
const maxHostname = 90

func (a *Agent) enrol(ctx context.Context) (string, error) {
	m := newNamed(a.config.Root)
	name := m.hostname()
	token, err := a.client.enrol(ctx, a.config.Enrolment, a.id, clean(name[:min(len(name), maxHostname)]))
	if err != nil {
		return "", err
	}
	if err := a.state.keepToken(credential{Server: a.client.server, MachineID: a.id, Token: token}); err != nil {
		return "", err
	}
	a.config.Log.Info("enrolled", "machine_id", a.id)
	return token, nil
}

// The delays between attempts to reach a server that is away.
const (
	firstRetry = 30 * time.Second
	lastRetry  = 30 * time.Minute
)

// Run collects at the start and then at each interval, sends, and tries again
// while the server is away, until ctx ends. Whatever fails is in the log: a
// service that gave up would look like a machine that is switched off.
func (a *Agent) Run(ctx context.Context, every time.Duration) {
	for ctx.Err() == nil {
		next := time.Now().Add(around(every, every/20))
		if err := a.collect(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.Error("report lost: the state folder cannot be written", "error", err)
		}
		a.sendUntil(ctx, next)
		sleep(ctx, time.Until(next))
	}
}

// sendUntil tries to empty the spool until a time, less and less often.
func (a *Agent) sendUntil(ctx context.Context, end time.Time) {
	for wait := firstRetry; ctx.Err() == nil; wait = min(2*wait, lastRetry) {
		err := a.flush(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		pause := around(wait, wait/4)
		if r, ok := errors.AsType[*refusal](err); ok {
			pause = max(pause, r.wait)
		}
		a.config.Log.Warn("reports wait in the spool", "error", err, "again_in", pause.Round(time.Second).String())
		if time.Now().Add(pause).After(end) {
			return
		}
		sleep(ctx, pause)
	}
}

// around returns a delay near d, give or take, so that machines that started
// together do not call together.
func around(d, give time.Duration) time.Duration {
	return d - give + rand.N(2*give+1)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
