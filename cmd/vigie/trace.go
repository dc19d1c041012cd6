package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"time"

	vigie "vigie.example"
	"vigie.example/evidence"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/intake"
	"vigie.example/internal/trace/search"
	"vigie.example/internal/trail"
)

type traceCmd struct {
	Serve  traceServeCmd  `cmd:"" help:"Receive events by syslog, RELP and HTTP, and keep them as proof."`
	Verify traceVerifyCmd `cmd:"" help:"Verify a vault: every entry, block, tile, signature and time-stamp. Exit code 1 when something is wrong."`
	Export traceExportCmd `cmd:"" help:"Write an evidence pack, which anyone verifies without Vigie."`

	Search  traceSearchCmd  `cmd:"" help:"Search the events of a vault, or count them over time."`
	Reindex traceReindexCmd `cmd:"" help:"Make the index of a vault again, from its blocks alone."`

	Compare traceCompareCmd `cmd:"" help:"Compare the database with the trail of Vigie in the vault: names what was changed, removed or added since. Exit code 1 when something was."`

	Feed      traceFeedCmd   `cmd:"" help:"Send what is sealed to a log database (VictoriaLogs, ClickHouse), missing nothing."`
	Token     traceTokenCmd  `cmd:"" help:"Make or take back the token of a sender by HTTP."`
	RotateKey traceRotateCmd `cmd:"" help:"Replace the key that signs, announced in the log. The vault must not be serving."`
	Prune     tracePruneCmd  `cmd:"" help:"Delete the oldest events, as far as their retention and holds allow, and log it. The vault must not be serving, which does so each day."`
	Status    traceStatusCmd `cmd:"" help:"Where a vault stands: what it holds, its time-stamps, its holds. The vault may be serving."`
	Hold      traceHoldCmd   `cmd:"" help:"Legal holds: what is kept beyond its retention, why, and by whom."`
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

// retention is what a stream is opened with to be written in.
type retention struct {
	vault
	Origin  string `help:"Name of the vault in its proofs, such as the company's domain. It cannot change." default:"vigie.example" placeholder:"NAME"`
	KeepMin int64  `help:"Days that events are kept at least; 184 when neither is given, 365 for the trail."`
	KeepMax int64  `help:"Days that events are kept at most; 365 when neither is given, 1095 for the trail."`
}

// keep returns the policy of the class.
func (r retention) keep() (least, most int64) {
	switch {
	case r.KeepMin != 0 || r.KeepMax != 0:
		return r.KeepMin, r.KeepMax
	case r.Class == trail.Class:
		return trailMin, trailMax
	}
	return 184, 365
}

// open opens the stream, or makes it.
func (r retention) open() (*trace.Stream, string, error) {
	dir := filepath.Join(r.Vault, r.Class)
	least, most := r.keep()
	stream, err := trace.Open(dir, trace.Options{Origin: r.Origin + "/traces/" + r.Class, KeepMin: least, KeepMax: most})
	if errors.Is(err, trace.ErrBusy) {
		return nil, dir, &vigie.Error{Code: vigie.Conflict, Key: "trace.busy", Args: []any{dir}, Err: err}
	}
	if err != nil {
		return nil, dir, &vigie.Error{Code: vigie.Invalid, Key: "trace.cannot_open", Args: []any{dir, err.Error()}, Err: err}
	}
	return stream, dir, nil
}

type traceServeCmd struct {
	retention
	UDP      string `help:"Address for syslog over UDP." placeholder:"ADDR"`
	TCP      string `help:"Address for syslog over TCP." placeholder:"ADDR"`
	TLS      string `help:"Address for syslog over TLS." placeholder:"ADDR"`
	RELP     string `help:"Address for RELP." placeholder:"ADDR"`
	RELPTLS  string `name:"relp-tls" help:"Address for RELP over TLS." placeholder:"ADDR"`
	Cert     string `help:"Certificate of the vault (PEM)." type:"existingfile" placeholder:"FILE"`
	CertKey  string `help:"Key of the certificate (PEM)." type:"existingfile" placeholder:"FILE"`
	ClientCA string `help:"Authority of the senders' certificates (PEM): only they are received over TLS." type:"existingfile" placeholder:"FILE"`
	thirdParties
	traceHTTP
}

// Run receives events until it is stopped. When the disk fails, it ends: the
// service manager starts it again, and the vault then looks at what is there.
func (c *traceServeCmd) Run(g *global) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if c.UDP == "" && c.TCP == "" && c.TLS == "" && c.RELP == "" && c.RELPTLS == "" && c.HTTP == "" && c.HTTPTLS == "" {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.listen"}
	}
	if err := c.check(); err != nil {
		return err
	}
	config, err := c.tls()
	if err != nil {
		return err
	}
	stream, dir, err := c.open()
	if err != nil {
		return err
	}
	srv := &intake.Server{Sink: stream, Log: log}
	senders := (&search.Vault{Dir: c.Vault}).SendersFile(c.Class)
	known, err := intake.ReadSources(senders)
	if err != nil {
		log.Error("what was known of senders is lost", "error", err)
	}
	srv.Known(known)
	copier, err := copierOf(stream)
	if err != nil {
		return errors.Join(err, stream.Close())
	}
	stop := beside(g.ctx, stream, c.thirdParties, copier, log)
	err = c.listen(g.ctx, srv, config)
	if err == nil {
		log.Info("receiving", "vault", dir, "key", stream.VKey())
		err = c.watch(g.ctx, stream, srv, senders, log)
	}
	srv.Close()
	if len(srv.Sources()) > 0 {
		err = errors.Join(err, intake.WriteSources(senders, srv.Sources()))
	}
	stop()
	return errors.Join(err, stream.Close())
}

func (c *traceServeCmd) tls() (*tls.Config, error) {
	if c.TLS == "" && c.RELPTLS == "" && c.HTTPTLS == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.CertKey)
	if err != nil {
		return nil, unreadable(c.Cert, err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if c.ClientCA != "" {
		data, err := os.ReadFile(c.ClientCA)
		if err == nil {
			config.ClientCAs, err = evidence.ReadCertificates(data)
		}
		if err != nil {
			return nil, unreadable(c.ClientCA, err)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}

func (c *traceServeCmd) listen(ctx context.Context, srv *intake.Server, config *tls.Config) error {
	tokens, err := c.tokens(srv.Log)
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	for _, at := range []struct {
		address string
		accept  func(net.Listener)
	}{
		{c.TCP, func(l net.Listener) { srv.Syslog(l, nil) }},
		{c.TLS, func(l net.Listener) { srv.Syslog(l, config) }},
		{c.RELP, func(l net.Listener) { srv.RELP(l, nil) }},
		{c.RELPTLS, func(l net.Listener) { srv.RELP(l, config) }},
		{c.HTTP, func(l net.Listener) { srv.HTTP(l, nil, tokens) }},
		{c.HTTPTLS, func(l net.Listener) { srv.HTTP(l, config, tokens) }},
	} {
		if at.address == "" {
			continue
		}
		l, err := lc.Listen(ctx, "tcp", at.address)
		if err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "serve.busy", Args: []any{at.address, err.Error()}, Err: err}
		}
		at.accept(l)
	}
	if c.UDP == "" {
		return nil
	}
	pc, err := lc.ListenPacket(ctx, "udp", c.UDP)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "serve.busy", Args: []any{c.UDP, err.Error()}, Err: err}
	}
	srv.UDP(pc)
	return nil
}

// sendersEvery is how often what is known of senders is written beside the vault.
const sendersEvery = 10 * time.Second

// watch writes what is known of the senders, says when nothing is accepted, and ends
// when the vault stopped.
func (c *traceServeCmd) watch(ctx context.Context, stream *trace.Stream, srv *intake.Server, senders string, log *slog.Logger) error {
	var told time.Time
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	refusing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		st := stream.Stats()
		switch {
		case errors.Is(st.Failed, trace.ErrFull):
			if !refusing {
				log.Error("nothing is accepted", "error", st.Failed)
			}
			refusing = true
		case st.Failed != nil:
			return st.Failed
		default:
			refusing = false
		}
		if time.Since(told) >= sendersEvery {
			told = time.Now()
			if err := intake.WriteSources(senders, srv.Sources()); err != nil && !refusing {
				log.Error("senders are not told", "error", err)
			}
		}
	}
}

type traceVerifyCmd struct {
	vault
	trust
	Witness []string `sep:"none" help:"Key (vkey) of a witness that must have cosigned the log; several may be given." placeholder:"KEY"`
	Known   []string `help:"Checkpoint kept from earlier: finds out a vault rolled back or written again." type:"existingfile" placeholder:"FILE"`
	Copy    string   `help:"Verify the copy in the bucket that this file describes (bucket.yaml), as if the folder of the vault were lost." type:"existingfile" placeholder:"FILE"`
	Quick   bool     `help:"Compare compressed bytes with their hashes only."`
	Live    bool     `help:"The vault is in use: what is not signed yet is no problem."`
}

func (c *traceVerifyCmd) Run(g *global) error {
	folder, err := c.folder(g)
	if err != nil {
		return err
	}
	key, tsa, err := c.read()
	if err != nil {
		return err
	}
	check := evidence.Check{Key: key, TSA: tsa, Witnesses: c.Witness, Live: c.Live, Quick: c.Quick, Workers: runtime.GOMAXPROCS(0)}
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
	rep := evidence.VerifyStream(folder, check)
	if err := folder.Err(); err != nil {
		return bucketDown(err)
	}
	shown("%s", i18n.T(g.lang, "trace.verified", rep.Origin, rep.Entries, rep.Blocks, instantText(rep.From), instantText(rep.To)))
	if !rep.Trusted && rep.Signer != "" {
		shown("%s", i18n.T(g.lang, "trace.key_taken", rep.Signer))
	}
	showDates(g, rep)
	for _, s := range rep.Cosigned {
		shown("%s", i18n.T(g.lang, "trace.cosigned", s.Witness, instantText(s.Time.UnixMicro()), s.Size))
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
		if sel.From, err = search.Instant(c.From, false); err != nil {
			return err
		}
	}
	if c.To != "" {
		if sel.To, err = search.Instant(c.To, true); err != nil {
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
		return unreadable(dir, err) // or its bucket
	}
	shown("%s", i18n.T(g.lang, "trace.exported", c.Out, len(m.Whole), len(m.Chosen)))
	return nil
}
