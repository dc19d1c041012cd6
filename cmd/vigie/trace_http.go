package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
	"vigie.example/internal/trace/intake"
)

// traceHTTP says where events are received by HTTP, and from whom.
type traceHTTP struct {
	HTTP       string `name:"http" help:"Address for HTTP, of this machine only (127.0.0.1): newline JSON, Elasticsearch bulk requests, OTLP logs, systemd-journal-upload." placeholder:"ADDR"`
	HTTPTLS    string `name:"http-tls" help:"Address for the same over TLS." placeholder:"ADDR"`
	HTTPTokens string `name:"http-tokens" help:"Who may send by HTTP without a certificate: a file made by trace token." type:"existingfile" placeholder:"FILE"`
}

// tokens gives the tokens of the file as it is at the time, so that one is given or
// taken back without a stop; nil without a file. It refuses HTTP in clear beyond this
// machine: tokens and events would be read on the way.
func (c *traceHTTP) tokens(log *slog.Logger) (func() intake.Tokens, error) {
	if c.HTTP != "" {
		host, _, err := net.SplitHostPort(c.HTTP)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "trace.http_clear", Args: []any{c.HTTP}, Err: err}
		}
	}
	if c.HTTPTokens == "" {
		return nil, nil
	}
	tokens, err := readTokens(c.HTTPTokens)
	if err == nil && len(tokens) == 0 {
		err = errors.New("no token")
	}
	if err != nil {
		return nil, unreadable(c.HTTPTokens, err)
	}
	var mu sync.Mutex
	var changed time.Time
	return func() intake.Tokens {
		mu.Lock()
		defer mu.Unlock()
		info, err := os.Stat(c.HTTPTokens)
		if err == nil && info.ModTime().Equal(changed) {
			return tokens
		}
		var fresh intake.Tokens
		if err == nil {
			changed = info.ModTime()
			fresh, err = readTokens(c.HTTPTokens)
		}
		if err != nil { // who was known stays so
			log.Error("tokens cannot be read", "file", c.HTTPTokens, "error", err)
			return tokens
		}
		tokens = fresh
		return tokens
	}, nil
}

func readTokens(path string) (intake.Tokens, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	tokens, err := intake.ReadTokens(f)
	return tokens, errors.Join(err, f.Close())
}

type traceTokenCmd struct {
	Revoke bool   `help:"Take the tokens of that name back."`
	File   string `arg:"" help:"File of tokens, as given to trace serve --http-tokens. It is made." type:"path"`
	Name   string `arg:"" help:"Who sends: the name that events bear."`
}

// Run makes a token, whose secret is shown once and kept nowhere, or takes one back.
// A server that is running sees it at its next request.
func (c *traceTokenCmd) Run(g *global) error {
	if c.Name == "" || strings.ContainsFunc(c.Name, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '#' || r == ':' }) {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.token_name", Args: []any{c.Name}}
	}
	data, err := os.ReadFile(c.File)
	if err == nil {
		_, err = intake.ReadTokens(bytes.NewReader(data))
	}
	if err != nil && (c.Revoke || !errors.Is(err, fs.ErrNotExist)) {
		return unreadable(c.File, err)
	}
	var kept []byte
	found := false
	for text := range bytes.Lines(data) {
		if of := bytes.Fields(text); c.Revoke && len(of) == 2 && string(of[0]) == c.Name {
			found = true
			continue
		}
		kept = append(kept, text...)
	}
	if c.Revoke && !found {
		return &vigie.Error{Code: vigie.NotFound, Key: "trace.no_token", Args: []any{c.Name, c.File}}
	}
	secret := ""
	if !c.Revoke {
		secret = "vigie_" + strings.ToLower(rand.Text())
		if len(kept) > 0 && kept[len(kept)-1] != '\n' {
			kept = append(kept, '\n')
		}
		kept = fmt.Appendf(kept, "%s %x\n", c.Name, sha256.Sum256([]byte(secret)))
	}
	fresh := c.File + ".new"
	if err := os.WriteFile(fresh, kept, 0o600); err != nil {
		return unreadable(fresh, err)
	}
	if err := os.Rename(fresh, c.File); err != nil {
		return unreadable(c.File, err)
	}
	if c.Revoke {
		shown("%s", i18n.T(g.lang, "trace.token_revoked", c.Name))
		return nil
	}
	fmt.Fprintln(os.Stderr, i18n.T(g.lang, "trace.token_once", c.Name))
	shown("%s", secret)
	return nil
}
