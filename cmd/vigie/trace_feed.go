package main

import (
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/trace/feed"
	"vigie.example/internal/trace/search"
)

type traceFeedCmd struct {
	vault
	URL     string   `name:"url" help:"Where events are posted as newline JSON, such as http://HOST:9428/insert/jsonline?_time_field=received&_msg_field=raw&_stream_fields=host,app (VictoriaLogs)." required:"" placeholder:"URL"`
	Headers string   `help:"File of lines \"Name: value\" sent with each request, such as an authorization." type:"existingfile" placeholder:"FILE"`
	State   string   `help:"File that says how far it is; VAULT/CLASS.feed when not given." type:"path" placeholder:"FILE"`
	Once    bool     `help:"End once all that is sealed was taken."`
	Query   []string `arg:"" optional:"" help:"Only what this finds; as in trace search."`
}

// Run sends what is sealed until it is stopped.
func (c *traceFeedCmd) Run(g *global) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "trace.feed_url"}
	}
	f := &feed.Feed{Dir: dir, URL: c.URL, State: firstOf(c.State, filepath.Join(c.Vault, c.Class+".feed")), Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))}
	if f.Query, err = search.Parse(strings.Join(c.Query, " ")); err != nil {
		return err
	}
	if c.Headers != "" {
		text, err := os.ReadFile(c.Headers)
		if err == nil {
			f.Header, err = feed.ReadHeader(string(text))
		}
		if err != nil {
			return unreadable(c.Headers, err)
		}
	}
	if err := f.Run(g.ctx, c.Once); err != nil {
		if errors.Is(err, feed.ErrOther) {
			return &vigie.Error{Code: vigie.Conflict, Key: "trace.feed_other", Args: []any{f.State}, Err: err}
		}
		return unreadable(dir, err)
	}
	return nil
}
