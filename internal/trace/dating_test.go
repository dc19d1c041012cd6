package trace

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vigie.example/evidence"
)

// TestSeveralAuthorities: each authority dates the log, one that fails is said and
// asked again, and evidence verifies with any of them.
func TestSeveralAuthorities(t *testing.T) {
	one, two := authority(t), authority(t)
	down := atomic.Bool{}
	first := httptest.NewServer(stampServer(t, one))
	defer first.Close()
	second := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		stampServer(t, two)(w, r)
	}))
	defer second.Close()

	dir := t.TempDir()
	s := open(t, dir, options())
	secret := strings.Replace(second.URL, "http://", "http://vault:secret@", 1)
	d := &Dating{Stream: s, URLs: []string{first.URL, secret}, Every: time.Hour, Client: http.DefaultClient}
	now := time.Now()
	keep := func(want int) {
		t.Helper()
		if err := s.Flush(); err != nil {
			t.Fatal(err)
		}
		for n := int64(-1); n != s.Stats().Durable; time.Sleep(5 * time.Millisecond) { // told a moment after
			n = s.Stats().Durable
		}
		if failed := d.Keep(t.Context(), now); len(failed) != want {
			t.Errorf("failures %v, want %d", failed, want)
		}
	}
	tokens := func(want int) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, "log", "token", "*.tsr"))
		if err != nil || len(files) != want {
			t.Errorf("tokens %v %v, want %d", files, err, want)
		}
	}
	keep(0)
	tokens(0) // nothing to date
	if err := s.Write(t.Context(), "10.0.0.1", event(0)); err != nil {
		t.Fatal(err)
	}
	keep(0)
	tokens(2)
	now = now.Add(2 * time.Hour)
	keep(0)
	tokens(2) // what the dating itself wrote is no reason to date again

	down.Store(true)
	if err := s.Write(t.Context(), "10.0.0.1", event(1)); err != nil {
		t.Fatal(err)
	}
	keep(1)
	tokens(3)
	keep(0) // not at once
	now = now.Add(6 * time.Minute)
	keep(1)
	known, err := ReadDating(dir)
	if err != nil || len(known) != 2 || known[1].Failures != 2 || !strings.Contains(known[1].Error, "503") || known[0].Failures != 0 {
		t.Errorf("%+v %v", known, err)
	}
	down.Store(false)
	now = now.Add(6 * time.Minute)
	d = &Dating{Stream: s, URLs: d.URLs, Every: time.Hour, Client: http.DefaultClient} // after a restart
	keep(0)
	tokens(4)
	keep(0)
	tokens(4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	both := roots(t, one)
	data, err := os.ReadFile(filepath.Join(two, "ca.pem"))
	if err != nil || !both.AppendCertsFromPEM(data) {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		roots          *x509.CertPool
		tokens, others int
	}{"both": {both, 4, 0}, "the first": {roots(t, one), 2, 2}, "the second": {roots(t, two), 2, 2}} {
		rep := evidence.VerifyStream(os.DirFS(dir), evidence.Check{Key: vkey(t, dir), TSA: c.roots})
		if len(rep.Problems) > 0 || len(rep.Tokens) != c.tokens || rep.Others != c.others {
			t.Errorf("%s: %v, %d tokens and %d others", name, rep.Problems, len(rep.Tokens), rep.Others)
		}
	}
	rep := evidence.VerifyStream(os.DirFS(dir), evidence.Check{Key: vkey(t, dir), TSA: roots(t, authority(t))})
	if len(rep.Problems) != 1 || rep.Problems[0].Key != "evidence.token_certificate" {
		t.Errorf("tokens of strangers alone: %v", rep.Problems)
	}
	told := ""
	for _, raw := range entries(t, dir) {
		told += string(raw) + "\n"
	}
	for what, times := range map[string]int{`"error":"time-stamping authority: 503`: 1, `"answers":true`: 1, "secret": 0} {
		if got := strings.Count(told, what); got != times {
			t.Errorf("%q is told %d times, want %d:\n%s", what, got, times, told)
		}
	}
	// A pack is made with the token of the authority whose certificate is put in it.
	for _, ca := range []string{one, two} {
		pem, err := os.ReadFile(filepath.Join(ca, "ca.pem"))
		if err != nil {
			t.Fatal(err)
		}
		if rep := evidence.VerifyPack(exported(t, dir, Selection{Entries: []int64{0}, TSA: pem}), vkey(t, dir), roots(t, ca)); len(rep.Problems) > 0 || rep.Token == nil {
			t.Errorf("%v %+v", rep.Problems, rep.Token)
		}
	}
}

// TestAnswersThatAreNoToken are failures, and are not kept.
func TestAnswersThatAreNoToken(t *testing.T) {
	tsa := authority(t)
	reply, err := stamping(t, tsa)([]byte("something"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := open(t, dir, options())
	if err := s.Write(t.Context(), "10.0.0.1", event(0)); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"nothing": nil, "text": []byte("<html>"), "an old token": reply} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) }))
		if err := s.Anchor(AskAuthority(t.Context(), srv.Client(), srv.URL)); err == nil {
			t.Errorf("%s was accepted", name)
		}
		srv.Close()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "log", "token", "*")); len(files) != 0 {
		t.Errorf("%v", files)
	}
}
