// Package feed sends the events of a vault to a database made for heavy search, such
// as VictoriaLogs or ClickHouse, by HTTP as newline JSON. It reads sealed blocks,
// from the entry after the last one that was taken, so that nothing is missed: an
// outage, here or there, only delays. What was being taken when something stopped is
// sent again, under the same number. The vault stays the proof (9.7.2, 9.7.3).
package feed

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/search"
)

// A Feed sends the stream of a folder to one address.
type Feed struct {
	Dir    string // of the stream
	URL    string // where events are posted
	Header http.Header
	State  string // file that says how far it is
	Query  search.Query
	Client *http.Client // http.DefaultClient when nil
	Log    *slog.Logger
	Every  time.Duration // between two looks at what was sealed; 2 s when 0
	Retry  time.Duration // before the first attempt after a failure, doubled up to a minute; 1 s when 0
}

// Bounds of a request, before compression, and of the answer of a failure that is
// repeated.
const (
	batchBytes  = 4 << 20
	batchEvents = 10_000
	answerMost  = 512
	sendTime    = time.Minute
)

// A state is how far a feed is.
type state struct {
	Origin string `json:"origin"` // of the vault
	Next   int64  `json:"next"`   // entry from which nothing was taken
}

// ErrOther says that the state is of another vault.
var ErrOther = errors.New("the state is of another vault")

// Run sends what is sealed until ctx ends; or, once, until all that is sealed was
// taken. It gives up only on what waiting does not mend: the vault or the state
// cannot be read.
func (f *Feed) Run(ctx context.Context, once bool) error {
	s, err := f.load()
	if err != nil {
		return err
	}
	x, err := search.Open(f.Dir)
	if err != nil {
		return err
	}
	defer x.Close()
	away := false
	for {
		more, err := f.step(ctx, x, &s)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, trace.ErrBucket) && !once: // events are there, to be read later
			if !away {
				f.Log.Error("events to be sent cannot be read", "error", err)
			}
		case err != nil:
			return err
		case more:
			continue
		case once:
			return nil
		}
		away = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(cmp.Or(f.Every, 2*time.Second)):
		}
		if err := x.Refresh(); err != nil {
			return err
		}
	}
}

// step sends one batch and says whether more may follow.
func (f *Feed) step(ctx context.Context, x *search.Index, s *state) (more bool, err error) {
	q := f.Query
	q.Since = max(q.Since, s.Next)
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	out := json.NewEncoder(z)
	size, events, next := 0, 0, s.Next
	err = x.Walk(ctx, q, func(h search.Hit) bool {
		if err = out.Encode(h); err != nil {
			return false
		}
		size, events, next = size+len(h.Raw)+200, events+1, h.Entry+1
		more = size >= batchBytes || events >= batchEvents
		return !more
	})
	if err = errors.Join(err, z.Close()); err != nil || events == 0 {
		return false, err
	}
	if err := f.send(ctx, body.Bytes()); err != nil {
		return false, err
	}
	s.Next = next
	return more, f.save(*s)
}

// send posts a batch until it is taken or ctx ends.
func (f *Feed) send(ctx context.Context, body []byte) error {
	wait, failing := cmp.Or(f.Retry, time.Second), false
	for {
		err := f.post(ctx, body)
		if err == nil {
			if failing {
				f.Log.Info("events are taken again")
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !failing {
			f.Log.Error("events wait in the vault", "error", err)
			failing = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, time.Minute)
	}
}

func (f *Feed) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range f.Header {
		r.Header[name] = values
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Content-Encoding", "gzip")
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, answerMost))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", resp.Status, bytes.TrimSpace(said))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // the connection is used again
	return nil
}

// load reads the state, and makes sure that it is of this vault.
func (f *Feed) load() (s state, err error) {
	text, err := os.ReadFile(filepath.Join(f.Dir, "log", "checkpoint"))
	if err != nil {
		return s, err
	}
	cp, err := evidence.ParseCheckpoint(text)
	if err != nil {
		return s, err
	}
	data, err := os.ReadFile(f.State)
	if errors.Is(err, fs.ErrNotExist) {
		return state{Origin: cp.Origin}, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", f.State, err)
	}
	if s.Origin != cp.Origin {
		return s, fmt.Errorf("%w: %s, not %s", ErrOther, s.Origin, cp.Origin)
	}
	return s, nil
}

// save keeps the state, whole whatever happens.
func (f *Feed) save(s state) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(f.State), filepath.Base(f.State)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(append(data, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), f.State)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// ReadHeader reads lines "Name: value", such as a file with a secret holds them.
func ReadHeader(text string) (http.Header, error) {
	h := http.Header{}
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("line %d: Name: value is expected", n+1)
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h, nil
}
