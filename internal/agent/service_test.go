package agent

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	vigie "vigie.example"
)

// A server stands for Vigie: it keeps what it received and answers as told.
type server struct {
	mu       sync.Mutex
	refuse   func(r Report) (status int, code string) // of reports; 0 accepts
	away     bool                                     // answers 503 to everything
	tokens   map[string]bool                          // those given
	enrolled int
	reports  []time.Time // times of observation, as accepted
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	problem := func(status int, code string) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"code": code, "detail": code})
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case s.away:
		http.Error(w, "away", http.StatusServiceUnavailable)
	case r.URL.Path == "/api/v1/agent/enrol" && token == "enrolment":
		var body struct {
			MachineID string `json:"machine_id"`
			Hostname  string
		}
		if json.NewDecoder(r.Body).Decode(&body) != nil || body.MachineID == "" || body.Hostname == "" {
			problem(http.StatusUnprocessableEntity, "host.bad_enrolment")
			return
		}
		s.enrolled++
		given := fmt.Sprint("token-", s.enrolled)
		s.tokens = map[string]bool{given: true}
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(map[string]string{"token": given})
	case r.URL.Path == "/api/v1/agent/report" && s.tokens[token]:
		z, err := gzip.NewReader(r.Body)
		var report Report
		if err == nil {
			err = json.NewDecoder(z).Decode(&report)
		}
		if err != nil {
			problem(http.StatusBadRequest, "api.json")
			return
		}
		if s.refuse != nil {
			if status, code := s.refuse(report); status != 0 {
				problem(status, code)
				return
			}
		}
		s.reports = append(s.reports, report.ObservedAt)
		json.NewEncoder(w).Encode(map[string]string{"asset": "host-1"})
	default:
		problem(http.StatusUnauthorized, "token.refused")
	}
}

func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// A clock gives a later second at each collection.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { c.at = c.at.Add(time.Second); return c.at }

// started returns an agent of an empty machine, and its server.
func started(t *testing.T, change func(*Config)) (*Agent, *server, *bytes.Buffer) {
	t.Helper()
	s := &server{}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	log := &bytes.Buffer{}
	c := Config{Server: h.URL, Enrolment: "enrolment", State: filepath.Join(t.TempDir(), "state"), Version: "1.0",
		Root: Root{Dir: t.TempDir(), Now: (&clock{noon}).now}, Log: slog.New(slog.NewTextHandler(log, nil))}
	if change != nil {
		change(&c)
	}
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a, s, log
}

func waiting(t *testing.T, a *Agent) int {
	t.Helper()
	names, err := a.spool.reports()
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// TestOnce: enrol once, report each time, keep the token for oneself.
func TestOnce(t *testing.T) {
	a, s, log := started(t, nil)
	for range 3 {
		if err := a.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s.enrolled != 1 || len(s.reports) != 3 || waiting(t, a) != 0 {
		t.Errorf("%d enrolments, %d reports, %d wait", s.enrolled, len(s.reports), waiting(t, a))
	}
	for _, name := range []string{"token", "machine-id"} {
		info, err := os.Stat(a.state.path(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if strings.Contains(log.String(), "token-1") || strings.Contains(log.String(), "enrolment=") {
		t.Errorf("the log holds a token:\n%s", log)
	}
	a.Close()
	again, err := New(Config{Server: a.config.Server + "/", State: a.config.State, Root: a.config.Root, Log: a.config.Log}) // the enrolment token is no longer needed
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Once(t.Context()); err != nil || s.enrolled != 1 || again.id != a.id {
		t.Errorf("%v, %d enrolments, id %s then %s", err, s.enrolled, a.id, again.id)
	}
}

// TestServerAway: reports wait, then leave in order.
func TestServerAway(t *testing.T) {
	a, s, _ := started(t, nil)
	s.set(func() { s.away = true })
	for range 3 {
		if err := a.Once(t.Context()); vigie.CodeOf(err) != vigie.Internal {
			t.Errorf("%v", err)
		}
	}
	if waiting(t, a) != 3 {
		t.Errorf("%d reports wait", waiting(t, a))
	}
	s.set(func() { s.away = false })
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.reports) != 4 || !slices.IsSortedFunc(s.reports, time.Time.Compare) || waiting(t, a) != 0 {
		t.Errorf("received %v, %d wait", s.reports, waiting(t, a))
	}
}

// TestNobodyListens: a server that does not exist is a server that is away.
func TestNobodyListens(t *testing.T) {
	a, _, _ := started(t, func(c *Config) { c.Server = "http://127.0.0.1:1" })
	if err := a.Once(t.Context()); vigie.CodeOf(err) != vigie.Internal || waiting(t, a) != 1 {
		t.Errorf("%v, %d wait", err, waiting(t, a))
	}
}

// TestKilled: a machine that stops between writing and sending, or in the middle
// of writing, loses no report and keeps no half.
func TestKilled(t *testing.T) {
	a, s, _ := started(t, nil)
	if err := a.collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(a.spool.dir, tempPrefix+"123")
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.Close() // as the kernel does for a process that is killed
	again, err := New(a.config)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.flush(t.Context()); err != nil || len(s.reports) != 1 {
		t.Errorf("%v, %d reports", err, len(s.reports))
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Error("a half-written report is left")
	}
}

// TestTokenEnds: a machine whose token ended enrols again by itself; without an
// enrolment token its reports wait.
func TestTokenEnds(t *testing.T) {
	a, s, _ := started(t, nil)
	if err := a.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.tokens = nil })
	if err := a.Once(t.Context()); err != nil || s.enrolled != 2 || len(s.reports) != 2 {
		t.Errorf("%v, %d enrolments, %d reports", err, s.enrolled, len(s.reports))
	}
	s.set(func() { s.tokens = nil })
	a.config.Enrolment = ""
	if err := a.Once(t.Context()); err == nil || waiting(t, a) != 1 {
		t.Errorf("%v, %d wait", err, waiting(t, a))
	}
	a.config.Enrolment = "wrong"
	if err := a.Once(t.Context()); err == nil || waiting(t, a) != 2 {
		t.Errorf("%v, %d wait", err, waiting(t, a))
	}
}

// TestRefusedReport: a report that the server does not want is set aside, and
// those after it leave; one that another program refuses in place of Vigie waits.
func TestRefusedReport(t *testing.T) {
	a, s, _ := started(t, nil)
	for range 3 {
		if err := a.collect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	damaged, err := a.spool.reports()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged[1], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := noon.Add(time.Second)
	s.set(func() {
		s.refuse = func(r Report) (int, string) {
			if r.ObservedAt.Equal(first) {
				return http.StatusConflict, "host.later_report"
			}
			return 0, ""
		}
	})
	if err := a.flush(t.Context()); err != nil || len(s.reports) != 1 || waiting(t, a) != 0 {
		t.Errorf("%v, %d received, %d wait", err, len(s.reports), waiting(t, a))
	}
	if aside, _ := os.ReadDir(a.spool.refused); len(aside) != 2 {
		t.Errorf("%d set aside", len(aside))
	}
	s.set(func() { s.refuse = func(Report) (int, string) { return http.StatusConflict, "" } })
	if err := a.Once(t.Context()); err == nil || waiting(t, a) != 1 {
		t.Errorf("%v, %d wait", err, waiting(t, a))
	}
}

// TestSpoolBounds: the oldest reports go, with a line in the log; the newest stays.
func TestSpoolBounds(t *testing.T) {
	log := &bytes.Buffer{}
	s, err := openSpool(t.TempDir(), slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{noon.Add(-maxSpooledAge - time.Hour), noon.Add(-time.Hour), noon} {
		if err := s.add(Report{ObservedAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	if names, _ := s.reports(); len(names) != 2 || strings.Count(log.String(), "report dropped") != 1 {
		t.Errorf("%v\n%s", names, log)
	}
	for i := range maxSpooled + 5 {
		name := filepath.Join(s.dir, fmt.Sprintf("%012d-x%s", noon.Unix()-100+int64(i%3), strings.Repeat("y", i%7)+fmt.Sprint(i)+reportSuffix))
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.trim(noon); err != nil {
		t.Fatal(err)
	}
	names, _ := s.reports()
	if len(names) != maxSpooled || !observedAt(names[len(names)-1]).Equal(noon.Local()) {
		t.Errorf("%d reports, the last of %v", len(names), observedAt(names[len(names)-1]))
	}
	for i := range maxRefused + 3 {
		if err := s.setAside(names[i]); err != nil {
			t.Fatal(err)
		}
	}
	if aside, _ := os.ReadDir(s.refused); len(aside) != maxRefused {
		t.Errorf("%d set aside", len(aside))
	}
}

// TestTLS: the authority that is named, and no other, vouches for the server; a
// redirection is not followed with the token.
func TestTLS(t *testing.T) {
	s := &server{}
	h := httptest.NewTLSServer(s)
	defer h.Close()
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	a, _, _ := started(t, func(c *Config) { c.Server, c.CAFile = h.URL, ca })
	if err := a.Once(t.Context()); err != nil || len(s.reports) != 1 {
		t.Errorf("%v, %d reports", err, len(s.reports))
	}
	b, _, _ := started(t, func(c *Config) { c.Server = h.URL })
	if err := b.Once(t.Context()); err == nil || s.enrolled != 1 {
		t.Errorf("an unknown authority is believed: %v", err)
	}
	stolen := ""
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = r.Header.Get("Authorization") }))
	defer thief.Close()
	redirecting := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	c, _, _ := started(t, func(c *Config) { c.Server = redirecting.URL })
	if err := c.Once(t.Context()); err == nil || stolen != "" {
		t.Errorf("a redirection is followed: %v, token %q", err, stolen)
	}
}

// TestAddressesOfServers: a token never leaves the machine in clear.
func TestAddressesOfServers(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ server, ca, key string }{
		{"http://vigie.example.org", "", "agent.plain_http"}, {"http://10.0.0.1:8443", "", "agent.plain_http"}, {"http://localhost.evil.example", "", "agent.plain_http"}, {"http://127.0.0.1.evil.example", "", "agent.plain_http"},
		{"", "", "agent.server"}, {"vigie.example.org", "", "agent.server"}, {"ftp://localhost", "", "agent.server"}, {"https://user:pass@h", "", "agent.server"}, {"https://", "", "agent.server"},
		{"https://h", junk, "agent.ca"}, {"https://h", "/nonexistent", "agent.ca"},
		{"https://h/vigie/", "", ""}, {"http://127.0.0.1:8443", "", ""}, {"http://[::1]:1", "", ""}, {"http://localhost:8443", "", ""},
	} {
		_, err := newClient(c.server, c.ca, "1")
		e, _ := errors.AsType[*vigie.Error](err)
		if c.key == "" && err != nil || c.key != "" && (e == nil || e.Key != c.key) {
			t.Errorf("%s %s: %v", c.server, c.ca, err)
		}
	}
}

// TestState: one agent at a time, in a folder of its own.
func TestState(t *testing.T) {
	a, _, _ := started(t, nil)
	if _, err := New(a.config); vigie.CodeOf(err) != vigie.Conflict {
		t.Errorf("a second agent: %v", err)
	}
	open := t.TempDir()
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	c := a.config
	c.State = open
	if _, err := New(c); vigie.CodeOf(err) != vigie.Invalid {
		t.Errorf("a folder of everybody: %v", err)
	}
	c.State, c.Enrolment = filepath.Join(t.TempDir(), "new"), ""
	_, err := New(c)
	if e, _ := errors.AsType[*vigie.Error](err); e == nil || e.Key != "agent.no_token" {
		t.Errorf("without a token: %v", err)
	}
	if err := a.state.keepToken(credential{Server: a.client.server, MachineID: "another", Token: "copied"}); err != nil {
		t.Fatal(err)
	}
	if token := a.state.token(a.client.server, a.id); token != "" {
		t.Errorf("the token of a copied disk is used: %s", token)
	}
}

// TestRun: the service reports at its interval and ends when asked.
func TestRun(t *testing.T) {
	a, s, _ := started(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { a.Run(ctx, 20*time.Millisecond); close(done) }()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		n := len(s.reports)
		s.mu.Unlock()
		if n >= 3 {
			break
		}
	}
	cancel()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the service does not end")
	}
	if s.set(func() {}); len(s.reports) < 3 {
		t.Errorf("%d reports", len(s.reports))
	}
}

// FuzzAnswer: whatever a server answers, a report is received, set aside or kept.
func FuzzAnswer(f *testing.F) {
	f.Add(201, []byte(`{"token":"abc"}`), "")
	f.Add(200, []byte(`{"asset":"host-1"}`), "")
	f.Add(503, []byte("<html>"), "120")
	f.Add(409, []byte(`{"code":"host.later_report","detail":"\u0000"}`), "-5")
	f.Add(422, []byte{0xff, 0x00}, "99999999999999999999")
	f.Fuzz(func(t *testing.T, status int, body []byte, retry string) {
		if status < 200 || status > 599 {
			return
		}
		c := &client{server: "http://localhost", http: &http.Client{Transport: answer(func() *http.Response {
			return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retry}}, Body: io.NopCloser(bytes.NewReader(body))}
		})}}
		if token, err := c.enrol(t.Context(), "e", "m", "h"); err == nil && (token == "" || strings.ContainsAny(token, "\r\n ")) {
			t.Errorf("token %q", token)
		}
		_, err := c.report(t.Context(), "t", nil)
		if r, ok := errors.AsType[*refusal](err); ok && (r.wait < 0 || r.wait > maxWait || strings.ContainsAny(r.Error(), "\x00\n")) {
			t.Errorf("%v %q", r.wait, r.Error())
		}
	})
}

type answer func() *http.Response

func (a answer) RoundTrip(*http.Request) (*http.Response, error) { return a(), nil }
