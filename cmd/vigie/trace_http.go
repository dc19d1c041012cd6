package main

import (
	"errors"
	"net"
	"os"

	vigie "vigie.example"
	"vigie.example/internal/trace/intake"
)

// traceHTTP says where events are received by HTTP, and from whom.
type traceHTTP struct {
	HTTP       string `name:"http" help:"Address for HTTP, of this machine only (127.0.0.1): newline JSON, Elasticsearch bulk requests, systemd-journal-upload." placeholder:"ADDR"`
	HTTPTLS    string `name:"http-tls" help:"Address for the same over TLS." placeholder:"ADDR"`
	HTTPTokens string `name:"http-tokens" help:"Who may send by HTTP without a certificate: lines with a name and the SHA-256 of its secret, in hexadecimal." type:"existingfile" placeholder:"FILE"`
}

// tokens reads the file of tokens. It refuses HTTP in clear beyond this machine:
// tokens and events would be read on the way.
func (c *traceHTTP) tokens() (tokens intake.Tokens, err error) {
	if c.HTTP != "" {
		host, _, err := net.SplitHostPort(c.HTTP)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "trace.http_clear", Args: []any{c.HTTP}, Err: err}
		}
	}
	if c.HTTPTokens == "" {
		return nil, nil
	}
	f, err := os.Open(c.HTTPTokens)
	if err == nil {
		tokens, err = intake.ReadTokens(f)
		err = errors.Join(err, f.Close())
	}
	if err == nil && len(tokens) == 0 {
		err = errors.New("no token")
	}
	if err != nil {
		return nil, unreadable(c.HTTPTokens, err)
	}
	return tokens, nil
}
