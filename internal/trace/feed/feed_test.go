package feed_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vigie.example/internal/trace"
	"vigie.example/internal/trace/feed"
	"vigie.example/internal/trace/search"
)

// A database takes events, when it does.
type database struct {
	mu     sync.Mutex
	seen   map[int64]int // times that an entry was taken
	refuse func(request int) bool
	asked  int
	token  string
}

func (d *database) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	d.token = r.Header.Get("Authorization")
	if d.refuse != nil && d.refuse(d.asked) {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var e struct {
			Entry int64
			Raw   string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Raw != fmt.Sprint("event ", e.Entry) {
			http.Error(w, "not an event", http.StatusBadRequest)
			return
		}
		d.seen[e.Entry]++
	}
}

// whole fails unless the entries were taken up to a number, each at least once.
func (d *database) whole(t *testing.T, count int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range int64(count) {
		if d.seen[i] == 0 {
			t.Fatalf("entry %d is missing", i)
		}
	}
	if len(d.seen) != count {
		t.Errorf("%d entries, want %d", len(d.seen), count)
	}
}

type vault struct {
	t      testing.TB
	dir    string
	stream *trace.Stream
	count  int
}

func newVault(t testing.TB) *vault {
	t.Helper()
	v := &vault{t: t, dir: filepath.Join(t.TempDir(), "standard")}
	var err error
	if v.stream, err = trace.Open(v.dir, trace.Options{Origin: "test.example/traces/standard", MinFree: -1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.stream.Close() })
	return v
}

func (v *vault) add(n int) {
	v.t.Helper()
	for range n {
		if err := v.stream.Write(v.t.Context(), "tcp:192.0.2.1", fmt.Append(nil, "event ", v.count)); err != nil {
			v.t.Fatal(err)
		}
		v.count++
	}
	if err := v.stream.Flush(); err != nil {
		v.t.Fatal(err)
	}
}

func (v *vault) feed(to string) *feed.Feed {
	return &feed.Feed{Dir: v.dir, URL: to, State: filepath.Join(filepath.Dir(v.dir), "feed"), Log: slog.New(slog.DiscardHandler), Every: 5 * time.Millisecond, Retry: time.Millisecond}
}

// TestNothingIsMissed: through refusals, an outage and a stop between what was taken
// and the note of it, every entry arrives, and none twice without a reason.
func TestNothingIsMissed(t *testing.T) {
	v := newVault(t)
	d := &database{seen: map[int64]int{}, refuse: func(n int) bool { return n%3 != 0 }}
	srv := httptest.NewServer(d)
	v.add(150)
	f := v.feed(srv.URL)
	f.Header = http.Header{"Authorization": {"Bearer x"}}
	if err := f.Run(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	d.whole(t, 150)
	if d.seen[0] != 1 || d.token != "Bearer x" {
		t.Error(d.seen[0], d.token)
	}
	asked := d.asked
	if err := f.Run(t.Context(), true); err != nil || d.asked != asked {
		t.Error("what was taken is sent again", err)
	}

	// The database is away, and the feed stopped; then it goes on while events come.
	srv.Close()
	v.add(50)
	stopped, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := f.Run(stopped, false); err != nil {
		t.Fatal(err)
	}
	srv = httptest.NewServer(d)
	defer srv.Close()
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error)
	f = v.feed(srv.URL)
	go func() { done <- f.Run(ctx, false) }()
	for range 5 {
		v.add(40)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		d.mu.Lock()
		n := len(d.seen)
		d.mu.Unlock()
		if n == v.count {
			break
		}
	}
	end()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	d.whole(t, 400)

	// A note that was lost: the same is sent again, under the same numbers.
	if err := os.Remove(f.State); err != nil {
		t.Fatal(err)
	}
	if err := f.Run(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	d.whole(t, 400)
	if d.seen[0] != 2 {
		t.Error(d.seen[0])
	}
}

// TestWrongState: a state that is cut or of another vault is not gone over.
func TestWrongState(t *testing.T) {
	v := newVault(t)
	v.add(1)
	f := v.feed("http://127.0.0.1:1")
	for _, text := range []string{"", "{", `{"origin":"other.example/traces/standard","next":9}`} {
		if err := os.WriteFile(f.State, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := f.Run(t.Context(), true); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if err := f.Run(t.Context(), true); !errors.Is(err, feed.ErrOther) {
		t.Error(err)
	}
	if _, err := feed.ReadHeader("no header"); err == nil {
		t.Error("no header is taken")
	}
	if h, err := feed.ReadHeader("Authorization: Basic a:b\n\n"); err != nil || h.Get("Authorization") != "Basic a:b" {
		t.Error(h, err)
	}
}

// TestRealVictoriaLogs: VictoriaLogs takes the events, and finds them by their words,
// host and time.
func TestRealVictoriaLogs(t *testing.T) {
	binary, err := filepath.Abs("../../../bin/victoria-logs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Skip("victoria-logs is not there (make bin/victoria-logs)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	cmd := exec.CommandContext(t.Context(), binary, "-httpListenAddr="+at, "-storageDataPath="+t.TempDir(), "-retentionPeriod=10y")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	}()
	v := newVault(t)
	for i := range 300 {
		if err := v.stream.Write(t.Context(), "tcp:192.0.2.1", fmt.Appendf(nil, "<34>1 2026-11-25T11:00:00Z srv-%d sshd 1 - - Failed password for ana%d from 10.0.0.7 port 1 ssh2", i%3, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.stream.Flush(); err != nil {
		t.Fatal(err)
	}
	f := v.feed("http://" + at + "/insert/jsonline?_time_field=received&_msg_field=raw&_stream_fields=host,app")
	f.Query, err = search.Parse("host:srv-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(t.Context(), true); err != nil { // waits until it listens
		t.Fatal(err)
	}
	got := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		resp, err := http.Get("http://" + at + "/select/logsql/query?query=" + url.QueryEscape(`host:="srv-1" ana298`))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got = string(text); strings.Contains(got, "ana298 from 10.0.0.7") && strings.Contains(got, `"entry":"298"`) && strings.Contains(got, `"access.user.name":"ana298"`) {
			return
		}
	}
	t.Errorf("not found: %s", got)
}
