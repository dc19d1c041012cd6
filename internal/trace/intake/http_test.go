package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// web starts an intake of HTTP and returns its address.
func web(t testing.TB, m *memory, tokens Tokens) string {
	l := listen(t)
	given := func() Tokens { return tokens }
	if tokens == nil {
		given = nil
	}
	server(t, m).HTTP(l, nil, given)
	return l.Addr().String()
}

func post(t testing.TB, url, encoding, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

func zipped(t testing.TB, body string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLinesOverHTTP(t *testing.T) {
	m := &memory{}
	at := "http://" + web(t, m, nil) + "/ingest/ndjson"
	z, _ := zstd.NewWriter(nil)
	for _, c := range []struct{ encoding, body string }{
		{"", "{\"a\":1}\r\n\n{\"b\": 2 }"},
		{"gzip", zipped(t, "{\"c\":3}\n")},
		{"zstd", string(z.EncodeAll([]byte("not json \xff\n"), nil))},
	} {
		if status, text := post(t, at, c.encoding, c.body); status != 200 {
			t.Errorf("%q: %d %s", c.body, status, text)
		}
	}
	want := `["http:127.0.0.1 {\"a\":1}" "http:127.0.0.1 {\"b\": 2 }" "http:127.0.0.1 {\"c\":3}" "http:127.0.0.1 not json \xff"]`
	if got := fmt.Sprintf("%q", m.events); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, c := range []struct {
		encoding, body string
		status         int
	}{
		{"", strings.Repeat("x", 64<<10+1), 413},
		{"gzip", zipped(t, strings.Repeat("\n", 33<<20)), 413}, // a bomb
		{"gzip", "not gzip", 400},
		{"gzip", zipped(t, "{\"cut\":1}\n{}\n")[:20], 400},
		{"zstd", "not zstd", 400},
		{"br", "x", 415},
	} {
		if status, text := post(t, at, c.encoding, c.body); status != c.status {
			t.Errorf("%s of %d bytes: %d %s, want %d", c.encoding, len(c.body), status, text, c.status)
		}
	}
}

// TestHTTPAnswersWhenDurable: no answer comes before the vault's word, and never
// 200 when it could not keep the events.
func TestHTTPAnswersWhenDurable(t *testing.T) {
	for _, outcome := range []error{nil, errors.New("disk error")} {
		m := &memory{hold: true}
		at := web(t, m, nil)
		answered := make(chan int, 1)
		go func() {
			status, _ := post(t, "http://"+at+"/ingest/ndjson", "", "{\"a\":1}\n")
			answered <- status
		}()
		m.has(t, `{"a":1}`)
		select {
		case status := <-answered:
			t.Fatalf("answered %d before the event is on disk", status)
		case <-time.After(50 * time.Millisecond):
		}
		m.release(outcome)
		want := 200
		if outcome != nil {
			want = 503
		}
		if status := <-answered; status != want {
			t.Errorf("%v: %d, want %d", outcome, status, want)
		}
	}
	full := &memory{err: errors.New("the disk is full")}
	if status, _ := post(t, "http://"+web(t, full, nil)+"/ingest/ndjson", "", "{}\n"); status != 503 {
		t.Errorf("a full disk: %d", status)
	}
}

func TestBulk(t *testing.T) {
	m := &memory{}
	at := "http://" + web(t, m, nil)
	status, text := post(t, at+"/logs/_bulk", "", `{"index":{"_index":"x"}}
{"message":"one"}
{"delete":{"_id":"1"}}
{"update":{"_id":"1"}}
{"doc":{}}
{"create":{}}
`+strings.Repeat("y", 70<<10)+`
{"create":{}}
{"message":"two"}
`)
	refused := `"status":400,"error":{"type":"illegal_argument_exception","reason":"what is kept does not change"}}}`
	want := `{"took":0,"errors":true,"items":[{"index":{"_index":"vigie","status":201,"result":"created"}},` +
		`{"delete":{"_index":"vigie",` + refused + `,{"update":{"_index":"vigie",` + refused +
		`,{"create":{"_index":"vigie","status":413,"error":{"type":"illegal_argument_exception","reason":"the document is longer than an event may be"}}},` +
		`{"create":{"_index":"vigie","status":201,"result":"created"}}]}`
	if status != 200 || text != want {
		t.Errorf("%d\n%s\nwant\n%s", status, text, want)
	}
	if got := fmt.Sprintf("%q", m.events); got != `["http:127.0.0.1 {\"message\":\"one\"}" "http:127.0.0.1 {\"message\":\"two\"}"]` {
		t.Error(got)
	}
	for _, body := range []string{"{\"create\":{}}\n", "{\"other\":{}}\n{}\n", "no\n", "{}\n{}\n", "[1]\n"} {
		if status, _ := post(t, at+"/_bulk", "", body); status != 400 {
			t.Errorf("%q: %d", body, status)
		}
	}
	for _, path := range []string{"/", "/_license", "/_xpack", "/_cluster/health", "/_ilm/policy/filebeat", "/_index_template/filebeat"} {
		resp, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || resp.Header.Get("X-Elastic-Product") != "Elasticsearch" {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}

func TestTokens(t *testing.T) {
	sum := sha256.Sum256([]byte("secret"))
	tokens, err := ReadTokens(strings.NewReader("# who\n\nweb-01 " + hex.EncodeToString(sum[:]) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"web-01", "web-01 00", "a b c"} {
		if _, err := ReadTokens(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	m := &memory{}
	at := "http://" + web(t, m, tokens)
	for _, c := range []struct {
		user, secret string
		status       int
	}{{"", "", 401}, {"web-01", "wrong", 401}, {"other", "secret", 401}, {"web-01", "secret", 200}, {"bearer", "secret", 200}} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/ingest/ndjson", strings.NewReader("{}\n"))
		switch c.user {
		case "":
		case "bearer":
			r.Header.Set("Authorization", "Bearer "+c.secret)
		default:
			r.SetBasicAuth(c.user, c.secret)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.user, c.secret, resp.StatusCode, c.status)
		}
	}
	if len(m.events) != 2 || m.events[0] != "http:127.0.0.1/web-01 {}" {
		t.Errorf("%q", m.events)
	}
}

// TestHTTPOverTLS: a certificate or a token, over TLS; without either nothing is
// received. systemd-journal-upload shows its certificate.
func TestHTTPOverTLS(t *testing.T) {
	m := &memory{}
	dir, config := certificates(t)
	l := listen(t)
	sum := sha256.Sum256([]byte("secret"))
	server(t, m).HTTP(l, config, func() Tokens { return Tokens{hex.EncodeToString(sum[:]): "web-01"} })
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := certificates(t)
	other, err := tls.LoadX509KeyPair(filepath.Join(stranger, "client.pem"), filepath.Join(stranger, "client.key"))
	if err != nil {
		t.Fatal(err)
	}
	send := func(secret string, pairs ...tls.Certificate) int {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: config.ClientCAs, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if len(pairs) == 0 {
				return &tls.Certificate{}, nil
			}
			return &pairs[0], nil
		}}}
		defer transport.CloseIdleConnections()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+l.Addr().String()+"/ingest/ndjson", strings.NewReader("{}\n"))
		if secret != "" {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := fmt.Sprint(send(""), send("wrong"), send("secret"), send("", pair), send("secret", other)); got != "401 401 200 200 0" {
		t.Error(got)
	}
	if got := fmt.Sprintf("%q", m.events); got != `["http+tls:127.0.0.1/web-01 {}" "http+tls:127.0.0.1/client {}"]` {
		t.Error(got)
	}
	upload := "/lib/systemd/systemd-journal-upload"
	if _, err := os.Stat(upload); err != nil {
		t.Skip("systemd-journal-remote is not installed (scripts/setup.sh)")
	}
	file := journalFile(t, dir, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, upload, "-u", "https://localhost:"+strings.TrimPrefix(l.Addr().String(), "127.0.0.1:"), "--file", file, "--follow=no", "--save-state="+filepath.Join(dir, "state"),
		"--key="+filepath.Join(dir, "client.key"), "--cert="+filepath.Join(dir, "client.pem"), "--trust="+filepath.Join(dir, "ca.pem")).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	m.has(t, "http+tls:127.0.0.1/client __CURSOR=", "event 0002")
}

// TestSlowSenders: those who open requests and say nothing hold up nobody else.
func TestSlowSenders(t *testing.T) {
	m := &memory{}
	at := web(t, m, nil)
	for range requestsOne {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "POST /ingest/ndjson HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
	}
	deadline := time.Now().Add(10 * time.Second)
	for { // the address has all that it may: more is refused, soon
		status, _ := post(t, "http://"+at+"/ingest/ndjson", "", "{}\n")
		if status == http.StatusTooManyRequests {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(status)
		}
	}
	s := httpIntake{s: &Server{}, under: map[string]int{"slow": requestsOne}, all: requestsOne}
	if s.begin("slow") || !s.begin("other") {
		t.Error("an address holds up another")
	}
}

// binaryField writes a field of the export format whose value is not a line.
func binaryField(name, value string) string {
	return name + "\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(value)))) + value + "\n"
}

func TestJournalFormat(t *testing.T) {
	m := &memory{}
	at := "http://" + web(t, m, nil) + "/upload"
	one := "__CURSOR=a\n_HOSTNAME=h\n" + binaryField("MESSAGE", "two\n\nlines\x00") + "PRIORITY=6"
	long := strings.Repeat("z", 100<<10)
	sum := sha256.Sum256([]byte(long))
	said := fmt.Sprintf("VIGIE_LEFT_OUT=COREDUMP 102400 %x", sum)
	body := one + "\n\n\n" + "__CURSOR=b\n" + binaryField("COREDUMP", long) + "X=1\n\n" + "__CURSOR=c\nCOREDUMP=" + long + "\n"
	if status, text := post(t, at, "", body); status != 200 || text != `{"kept":3}` {
		t.Fatalf("%d %s", status, text)
	}
	want := []string{one, "__CURSOR=b\nX=1\n" + said, "__CURSOR=c\n" + said}
	for i := range want {
		want[i] = "http:127.0.0.1 " + want[i]
	}
	if got := fmt.Sprintf("%q", m.events); got != fmt.Sprintf("%q", want) {
		t.Errorf("got  %s\nwant %q", got, want)
	}
	for _, bad := range []string{"lower=1\n", "=1\n", "A", "A=1", "A\n\x01", "A\n\x01\x00\x00\x00\x00\x00\x00\x00", "A\n\x01\x00\x00\x00\x00\x00\x00\x00xy", "A\n\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if status, _ := post(t, at, "", bad); status != 400 {
			t.Errorf("%q: %d", bad, status)
		}
	}
}

// parsed runs a format on bytes that nobody chose. Whatever they are, events are
// within bounds.
func parsed(t *testing.T, read format, data []byte) {
	m := &memory{}
	s := server(t, m)
	s.Limits.Message = 8 << 10
	s.start()
	s.mu.Lock()
	s.source("a")
	s.mu.Unlock()
	b := &batch{s: s, address: "a", name: "a"}
	b.freed = sync.NewCond(&b.mu)
	_, _ = read(bufio.NewReader(bytes.NewReader(data)), b)
	if err := b.wait(); err != nil {
		t.Fatal(err)
	}
	for _, e := range m.events {
		if n := len(e) - len("a "); n == 0 || n > 8<<10 {
			t.Errorf("an event of %d bytes", n)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("{}\r\n\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) { parsed(t, ndjson, data) })
}

func FuzzBulk(f *testing.F) {
	f.Add([]byte("{\"create\":{}}\n{}\n{\"delete\":{}}\n{\"update\":{}}\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) { parsed(t, bulk, data) })
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte("A=1\n" + binaryField("B", "x\ny") + "\nC=2\n"))
	f.Add([]byte(binaryField("B", strings.Repeat("x", 9000))))
	f.Fuzz(func(t *testing.T, data []byte) { parsed(t, journal, data) })
}

// journalFile makes a journal of some events.
func journalFile(t testing.TB, dir string, count int) string {
	t.Helper()
	var export strings.Builder
	for i := range count {
		fmt.Fprintf(&export, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=6ee3bc8a3e3d4b4f9a0e6c3f8c9f0a11\n_MACHINE_ID=0123456789abcdef0123456789abcdef\n_HOSTNAME=web-01\nSYSLOG_IDENTIFIER=app\n%sPRIORITY=6\n\n",
			1760000000000000+i, 1000+i, binaryField("MESSAGE", fmt.Sprintf("event %04d\nof two lines", i)))
	}
	file := filepath.Join(dir, "one.journal")
	remote := exec.CommandContext(t.Context(), "/lib/systemd/systemd-journal-remote", "-o", file, "-")
	remote.Stdin = strings.NewReader(export.String())
	if out, err := remote.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return file
}

// TestRealJournalUpload: systemd-journal-upload sends a journal, the vault
// failing the first time: nothing of what it takes for received is missing.
func TestRealJournalUpload(t *testing.T) {
	upload := "/lib/systemd/systemd-journal-upload"
	if _, err := os.Stat(upload); err != nil {
		t.Skip("systemd-journal-remote is not installed (scripts/setup.sh)")
	}
	dir := t.TempDir()
	const count = 500
	file := journalFile(t, dir, count)
	m := &memory{err: errors.New("the disk is full")}
	at := web(t, m, nil)
	send := func() (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, upload, "-u", "http://"+at, "--file", file, "--follow=no", "--save-state="+filepath.Join(dir, "state")).CombinedOutput()
		return string(out), err
	}
	if out, err := send(); err == nil {
		t.Fatalf("the sender takes for received what was refused: %s", out)
	}
	m.mu.Lock()
	m.err = nil
	m.mu.Unlock()
	if out, err := send(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if len(m.events) != count {
		t.Fatalf("%d events, want %d", len(m.events), count)
	}
	for i := range count {
		m.has(t, "http:127.0.0.1 __CURSOR=", "_HOSTNAME=web-01\n", fmt.Sprintf("event %04d\nof two lines", i))
	}
}

// TestRealOmelasticsearch: rsyslog sends by bulk requests, with a password,
// through an outage.
func TestRealOmelasticsearch(t *testing.T) {
	if found, _ := filepath.Glob("/usr/lib/*/rsyslog/omelasticsearch.so"); len(found) == 0 {
		t.Skip("rsyslog-elasticsearch is not installed (scripts/setup.sh)")
	}
	sum := sha256.Sum256([]byte("secret"))
	m := &memory{err: errors.New("the disk is full")}
	at := web(t, m, Tokens{hex.EncodeToString(sum[:]): "web-01"})
	_, port, _ := strings.Cut(at, ":")
	dir := t.TempDir()
	input := filepath.Join(dir, "app.log")
	conf := filepath.Join(dir, "rsyslog.conf")
	write := func(from, to int) {
		f, err := os.OpenFile(input, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for i := from; i < to; i++ {
			fmt.Fprintf(f, "event %04d \"said\"\n", i)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(0, 200)
	if err := os.WriteFile(conf, []byte(fmt.Sprintf(`global(workDirectory="%s")
module(load="imfile")
module(load="omelasticsearch")
template(name="json" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host.name" name="hostname" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
input(type="imfile" file="%s" tag="app:")
action(type="omelasticsearch" server="127.0.0.1" serverport="%s" template="json" searchIndex="logs" searchType="" bulkmode="on" writeoperation="create" bulkid=""
       uid="web-01" pwd="secret" action.resumeRetryCount="-1" action.resumeInterval="1")
`, dir, input, port)), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "rsyslogd", "-n", "-f", conf, "-i", filepath.Join(dir, "pid"))
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
	time.Sleep(time.Second) // it has tried
	m.mu.Lock()
	m.err = nil
	m.mu.Unlock()
	write(200, 400)
	for i := range 400 {
		m.has(t, "http:127.0.0.1/web-01 {", `"host.name":`, fmt.Sprintf(`event %04d \"said\"`, i))
	}
}
