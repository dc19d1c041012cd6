package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/api"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/trace/search"
	"vigie.example/internal/web"
)

type listenFlags struct {
	Listen      string `help:"Address to answer on." default:"127.0.0.1:8443" placeholder:"ADDR"`
	TLSCert     string `help:"Certificate (PEM), needed beyond loopback." placeholder:"FILE" type:"existingfile"`
	TLSKey      string `help:"Key of the certificate (PEM)." placeholder:"FILE" type:"existingfile"`
	BehindProxy bool   `help:"A proxy on the way does TLS: accept plain HTTP beyond loopback."`
	signInFlags
	Every time.Duration `help:"How often every rule is judged again, as facts age; changes are judged at once. Chosen by the time it takes when 0." default:"0"`
}

// signInFlags are how people come and sign in.
type signInFlags struct {
	PublicURL string `name:"public-url" help:"Where people reach the server: for links, passkeys and the provider of identities. Taken from the browser when not given." placeholder:"URL"`
	Traces    string `help:"Folder of the vault of traces, to search and for the trail of Vigie itself; DIR/traces of the data when not given." env:"VIGIE_TRACES" placeholder:"DIR"`
	Origin    string `help:"Name of the vault in the proofs of the trail, such as the company's domain. It cannot change." default:"vigie.example" placeholder:"NAME"`
	thirdParties
	OIDC struct {
		Issuer     string `help:"Provider of identities (OpenID Connect): people sign in there, and come to the account that has their address." placeholder:"URL"`
		ClientID   string `help:"What the provider calls Vigie." placeholder:"ID"`
		SecretFile string `help:"File with the secret that the provider gave." type:"existingfile" placeholder:"FILE"`
		Name       string `help:"What people call the provider." placeholder:"NAME"`
		Factor     bool   `help:"Several factors there (amr mfa) count as a second factor here."`
	} `embed:"" prefix:"oidc-"`
}

// options understands the flags.
func (f signInFlags) options(secure bool) (web.Options, error) {
	out := web.Options{Secure: secure, PublicURL: f.PublicURL, Traces: &search.Vault{Dir: f.Traces}}
	if f.PublicURL != "" {
		if u, err := url.Parse(f.PublicURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
			return out, &vigie.Error{Code: vigie.Invalid, Key: "serve.public_url", Args: []any{f.PublicURL}}
		}
	}
	if f.OIDC.Issuer == "" {
		return out, nil
	}
	if f.OIDC.ClientID == "" {
		return out, &vigie.Error{Code: vigie.Invalid, Key: "serve.oidc_client"}
	}
	out.Provider = &identity.Provider{Issuer: f.OIDC.Issuer, ClientID: f.OIDC.ClientID, Name: f.OIDC.Name, Factor: f.OIDC.Factor}
	if out.Provider.Name == "" {
		u, err := url.Parse(f.OIDC.Issuer)
		if err != nil {
			return out, &vigie.Error{Code: vigie.Invalid, Key: "serve.public_url", Args: []any{f.OIDC.Issuer}}
		}
		out.Provider.Name = u.Hostname()
	}
	if f.OIDC.SecretFile != "" {
		data, err := os.ReadFile(f.OIDC.SecretFile)
		if err != nil {
			return out, unreadable(f.OIDC.SecretFile, err)
		}
		out.Provider.ClientSecret = strings.TrimSpace(string(data))
	}
	return out, nil
}

type serveCmd struct {
	database
	listenFlags
}

func (c *serveCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	c.Traces = tracesOf(c.Traces, c.database)
	return serve(g.ctx, a, c.listenFlags, nil)
}

// serve answers people and programs until ctx ends. It calls ready, if any, once it
// listens.
func serve(ctx context.Context, a *app.App, f listenFlags, ready func(url string) error) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	host, _, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "serve.listen", Args: []any{f.Listen}}
	}
	ip := net.ParseIP(host)
	if loopback := host == "localhost" || ip != nil && ip.IsLoopback(); !loopback && f.TLSCert == "" && !f.BehindProxy {
		return &vigie.Error{Code: vigie.Invalid, Key: "serve.tls", Args: []any{f.Listen}}
	}
	if err := f.check(); err != nil {
		return err
	}
	options, err := f.options(f.TLSCert != "" || f.BehindProxy)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.Listen)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "serve.busy", Args: []any{f.Listen, err.Error()}, Err: err}
	}
	programs := (&api.Server{App: a, Now: time.Now, Log: log, Traces: options.Traces}).Handler()
	site := http.NewServeMux()
	for _, path := range []string{"/api/", "/openapi.json", "/healthz"} {
		site.Handle(path, programs)
	}
	site.Handle("/", web.New(a, a.Accounts(time.Now), time.Now, log, options))
	var resting rest
	srv := &http.Server{
		Handler:           resting.during(site),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       10 * time.Minute, // an import of 512 MB on a slow line
		WriteTimeout:      10 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	scheme := "http"
	if f.TLSCert != "" {
		scheme = "https"
	}
	failed := make(chan error, 1)
	go func() {
		if f.TLSCert != "" {
			failed <- srv.ServeTLS(listener, f.TLSCert, f.TLSKey)
		} else {
			failed <- srv.Serve(listener)
		}
	}()
	url := scheme + "://" + listener.Addr().String()
	log.Info("listening", "url", url)
	ticking, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick(ticking, a, f.Every, &resting, log)
	}()
	var vaulting sync.WaitGroup
	vaulting.Go(func() { keepTrail(ticking, a, f.Traces, f.Origin, f.thirdParties, &resting, log) })
	vaulting.Go(func() { resting.keep(ticking, a.DB) })
	vaulting.Go(func() { collectTraces(ticking, a, options.Traces, &resting, log) })
	defer func() {
		stop()
		<-done
		vaulting.Wait()
	}()
	if ready != nil {
		if err := ready(url); err != nil {
			return errors.Join(err, srv.Close())
		}
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		err = srv.Shutdown(closing)
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// tick judges everything at the start, then regularly and at each new day.
func tick(ctx context.Context, a *app.App, every time.Duration, resting *rest, log *slog.Logger) {
	for {
		start := time.Now()
		done := resting.work()
		err := a.Engine.Tick(ctx, start)
		done()
		took := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("judging", "error", err)
		default:
			log.Info("judged", "took", took.String())
		}
		now := time.Now().UTC()
		wait := min(pause(every, took), now.Truncate(24*time.Hour).Add(24*time.Hour).Sub(now)+time.Second)
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(wait, time.Second)):
		}
	}
}

// pause is the time between two evaluations: what was asked or, when that is
// 0, a hundred times what one takes, between a minute and an hour.
func pause(every, took time.Duration) time.Duration {
	if every > 0 {
		return every
	}
	return min(max(100*took, time.Minute), time.Hour)
}

// shown prints a line for people, apart from the journal.
func shown(format string, args ...any) { fmt.Printf(format+"\n", args...) }
