package intake

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A memory sink keeps events, and calls back when it is let to.
type memory struct {
	mu      sync.Mutex
	events  []string // "source event"
	waiting []func(error)
	hold    bool
	err     error
}

func (m *memory) Append(_ context.Context, source string, events [][]byte, done func(error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	for _, raw := range events {
		m.events = append(m.events, source+" "+string(raw))
	}
	if done == nil {
		return nil
	}
	if m.hold {
		m.waiting = append(m.waiting, done)
	} else {
		go done(nil)
	}
	return nil
}

func (m *memory) release(err error) {
	m.mu.Lock()
	list := m.waiting
	m.waiting, m.hold = nil, false
	m.mu.Unlock()
	for _, done := range list {
		done(err)
	}
}

func (m *memory) has(t testing.TB, parts ...string) string {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		m.mu.Lock()
		for _, e := range m.events {
			all := true
			for _, p := range parts {
				all = all && strings.Contains(e, p)
			}
			if all {
				m.mu.Unlock()
				return e
			}
		}
		m.mu.Unlock()
		if time.Now().After(deadline) {
			m.mu.Lock()
			defer m.mu.Unlock()
			t.Fatalf("no event with %q among %q", parts, m.events)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func server(t testing.TB, m *memory) *Server {
	s := &Server{Sink: m}
	t.Cleanup(s.Close)
	return s
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func dial(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

func TestFraming(t *testing.T) {
	m := &memory{}
	s := server(t, m)
	l := listen(t)
	s.Syslog(l, nil)
	c := dial(t, l)
	for _, part := range []string{"<13>one\n<13>two\r\n10 <13>th\nree12 <13>four", "\x00\xff\n\n<13>cut here", "\n<13>the last, without its end"} {
		if _, err := io.WriteString(c, part); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	c.(*net.TCPConn).CloseWrite()
	m.has(t, "the last, without its end")
	m.mu.Lock()
	defer m.mu.Unlock()
	want := []string{"<13>one", "<13>two", "<13>th\nree", "<13>four\x00\xff\n\n", "<13>cut here", "<13>the last, without its end"}
	for i := range want {
		want[i] = "tcp:127.0.0.1 " + want[i]
	}
	if got := fmt.Sprintf("%q", m.events); got != fmt.Sprintf("%q", want) {
		t.Errorf("got  %s\nwant %q", got, want)
	}
}

// TestRELPAnswersWhenDurable: no answer comes before the vault's word, and none
// at all when it could not keep the event.
func TestRELPAnswersWhenDurable(t *testing.T) {
	for _, outcome := range []error{nil, errors.New("disk error")} {
		m := &memory{hold: true}
		s := server(t, m)
		l := listen(t)
		s.RELP(l, nil)
		c := dial(t, l)
		offer := "relp_version=0\nrelp_software=test\ncommands=syslog"
		fmt.Fprintf(c, "1 open %d %s\n", len(offer), offer)
		buf := make([]byte, 1000)
		n, err := c.Read(buf)
		if err != nil || !strings.HasPrefix(string(buf[:n]), "1 rsp 62 200 OK\nrelp_version=0\n") && !strings.HasPrefix(string(buf[:n]), "1 rsp ") {
			t.Fatalf("%q %v", buf[:n], err)
		}
		io.WriteString(c, "2 syslog 7 <13>one\n3 syslog 7 <13>two\n")
		m.has(t, "two")
		_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("answered before the event is on disk: %q %v", buf[:n], err)
		}
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		m.release(outcome)
		if outcome != nil {
			if n, err := c.Read(buf); err == nil {
				t.Errorf("answered for what was not kept: %q", buf[:n])
			}
			continue
		}
		io.WriteString(c, "4 close 0\n")
		all, err := io.ReadAll(c)
		if err != nil || string(all) != "2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 0\n0 serverclose 0\n" {
			t.Errorf("%q %v", all, err)
		}
	}
}

// TestSilentReaderHoldsUpItself: a RELP sender that never reads its answers, and
// one whose events are not durable, do not stop another.
func TestSilentReaderHoldsUpItself(t *testing.T) {
	m := &memory{}
	s := server(t, m)
	s.Limits.Unsafe = 1 << 10
	l := listen(t)
	s.RELP(l, nil)
	hostile := dial(t, l)
	_ = hostile.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	go func() {
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(hostile, "%d syslog 4 <13>\n", i%999999999+1); err != nil {
				return
			}
		}
	}()
	time.Sleep(50 * time.Millisecond)
	c := dial(t, l)
	io.WriteString(c, "1 syslog 9 <13>other\n")
	line := make([]byte, 15)
	if _, err := io.ReadFull(c, line); err != nil || string(line) != "1 rsp 6 200 OK\n" {
		t.Errorf("%q %v", line, err)
	}
	hostile.Close()
}

// TestQuotas: too many connections and datagrams of one address are refused, and
// the vault keeps how many datagrams it dropped.
func TestQuotas(t *testing.T) {
	m := &memory{}
	s := server(t, m)
	s.Limits.Connections, s.Limits.PerSource = 2, 10_000
	l := listen(t)
	s.Syslog(l, nil)
	for i := range 3 {
		c := dial(t, l)
		io.WriteString(c, fmt.Sprintf("<13>connection %d\n", i))
		if i < 2 {
			m.has(t, fmt.Sprintf("connection %d", i))
		} else if n, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("a third connection was taken: %d", n)
		}
	}
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.UDP(pc)
	u, err := net.Dial("udp", pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	for range 200 {
		if _, err := u.Write([]byte("<13>" + strings.Repeat("x", 200))); err != nil {
			t.Fatal(err)
		}
	}
	m.has(t, "udp:127.0.0.1 <13>xxx")
	time.Sleep(50 * time.Millisecond)
	s.Close()
	m.has(t, "vigie dropped ", " datagrams of 127.0.0.1 beyond its quota")
}

func TestHostileFrames(t *testing.T) {
	m := &memory{}
	s := server(t, m)
	s.Limits.Message = 100
	syslog, relp := listen(t), listen(t)
	s.Syslog(syslog, nil)
	s.RELP(relp, nil)
	for _, c := range []struct {
		l    net.Listener
		text string
	}{
		{syslog, "99999999999999999999 x"},
		{syslog, "12x"},
		{syslog, "<13>" + strings.Repeat("x", 80<<10)},
		{relp, "x"}, {relp, "1 syslog x"}, {relp, "1 syslog 999999999 "}, {relp, strings.Repeat("1", 100)}, {relp, "a syslog 3 abc\n"},
		{relp, "1 syslog 3 abcd"},
	} {
		conn := dial(t, c.l)
		io.WriteString(conn, c.text)
		if c.text == "x" || strings.HasSuffix(c.text, " x") && c.l == relp {
			conn.(*net.TCPConn).CloseWrite()
		}
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%.30q: answered %d", c.text, n)
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%.30q: still open", c.text)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("10 <13>th\nree12 <13>four\n<13>x\r\n"))
	f.Add([]byte("1 open 3 abc\n2 syslog 7 <13>one\n3 close 0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, used, _ := cutSyslog(data, 1000)
		if used > len(data) {
			t.Error(used)
		}
		for _, e := range events {
			if len(e) > 1000 {
				t.Error(len(e))
			}
		}
		for rest := data; ; {
			_, n, err := cutRELP(rest, 1000)
			if err != nil || n == 0 {
				return
			}
			rest = rest[n:]
		}
	})
}

// certificates makes an authority, a server and a client certificate.
func certificates(t testing.TB) (dir string, config *tls.Config) {
	t.Helper()
	dir = t.TempDir()
	var ca *x509.Certificate
	var caKey *ecdsa.PrivateKey
	pool := x509.NewCertPool()
	for i, name := range []string{"ca", "server", "client"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: i == 0, BasicConstraintsValid: true, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
		if i == 0 {
			c.KeyUsage, ca, caKey = x509.KeyUsageCertSign, c, key
		} else {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		}
		der, err := x509.CreateCertificate(rand.Reader, c, ca, &key.PublicKey, caKey)
		if err != nil {
			t.Fatal(err)
		}
		keyDER, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
			if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if i == 0 {
			pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		}
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
}

// TestRealSenders: what Debian's logger and rsyslog send arrives, over each
// protocol, with the identity of the sender where there is one.
func TestRealSenders(t *testing.T) {
	for _, tool := range []string{"logger", "rsyslogd"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	m := &memory{}
	s := server(t, m)
	dir, config := certificates(t)
	plain, secure, relp, relpTLS := listen(t), listen(t), listen(t), listen(t)
	s.Syslog(plain, nil)
	s.Syslog(secure, config)
	s.RELP(relp, nil)
	s.RELP(relpTLS, config)
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.UDP(pc)
	port := func(a net.Addr) string { return a.String()[strings.LastIndexByte(a.String(), ':')+1:] }

	for name, args := range map[string][]string{
		"octets":   {"-T", "-P", port(plain.Addr()), "--octet-count", "--rfc5424"},
		"newlines": {"-T", "-P", port(plain.Addr()), "--rfc3164"},
		"datagram": {"-d", "-P", port(pc.LocalAddr()), "--rfc5424"},
	} {
		args = append(args, "-n", "127.0.0.1", "-t", "vigietest", "déjà vu by "+name)
		if out, err := exec.Command("logger", args...).CombinedOutput(); err != nil {
			t.Fatalf("logger %v: %v %s", args, err, out)
		}
	}
	m.has(t, "tcp:127.0.0.1 <", "déjà vu by octets")
	m.has(t, "tcp:127.0.0.1 <", "déjà vu by newlines")
	m.has(t, "udp:127.0.0.1 <", "déjà vu by datagram")

	conf := `
global(workDirectory="DIR" DefaultNetstreamDriverCAFile="DIR/ca.pem" DefaultNetstreamDriverCertFile="DIR/client.pem" DefaultNetstreamDriverKeyFile="DIR/client.key")
module(load="imuxsock" SysSock.Use="off")
module(load="omrelp")
input(type="imuxsock" Socket="DIR/log")
action(type="omfwd" target="127.0.0.1" port="PLAIN" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" target="127.0.0.1" port="SECURE" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid")
action(type="omrelp" target="127.0.0.1" port="RELP0" template="RSYSLOG_SyslogProtocol23Format")
action(type="omrelp" target="127.0.0.1" port="RELPS" template="RSYSLOG_SyslogProtocol23Format" tls="on" tls.caCert="DIR/ca.pem" tls.myCert="DIR/client.pem" tls.myPrivKey="DIR/client.key" tls.authMode="certvalid")
`
	conf = strings.NewReplacer("DIR", dir, "PLAIN", port(plain.Addr()), "SECURE", port(secure.Addr()), "RELP0", port(relp.Addr()), "RELPS", port(relpTLS.Addr())).Replace(conf)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "rsyslogd", "-n", "-f", filepath.Join(dir, "conf"), "-i", filepath.Join(dir, "pid"))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("rsyslogd: %s", out.Bytes())
		}
	}()
	socket := filepath.Join(dir, "log")
	for range 200 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for i := range 20 {
		if out, err := exec.Command("logger", "-u", socket, "-t", "vigietest", "-p", "auth.warning", fmt.Sprintf("by rsyslog %d.", i)).CombinedOutput(); err != nil {
			t.Fatalf("logger: %v %s", err, out)
		}
	}
	for _, source := range []string{"tcp:127.0.0.1 ", "tcp+tls:127.0.0.1/client ", "relp:127.0.0.1 ", "relp+tls:127.0.0.1/client "} {
		m.has(t, source, "vigietest", "by rsyslog 0.")
		m.has(t, source, "vigietest", "by rsyslog 19.")
	}
	byName := map[string]Source{}
	for _, src := range s.Sources() {
		byName[src.Name] = src
	}
	for name, assurance := range map[string]string{"udp:127.0.0.1": "udp", "tcp:127.0.0.1": "tls", "relp+tls:127.0.0.1/client": "acknowledged"} {
		src := byName[name]
		if src.Assurance != assurance || src.Events == 0 || !src.Skewed || src.Skew.Abs() > time.Minute {
			t.Errorf("%s: %+v", name, src)
		}
	}
}

// TestMutualTLS: without a certificate of the authority nothing is received.
func TestMutualTLS(t *testing.T) {
	m := &memory{}
	s := server(t, m)
	_, config := certificates(t)
	l := listen(t)
	s.Syslog(l, config)
	c := tls.Client(dial(t, l), &tls.Config{InsecureSkipVerify: true})
	_, _ = io.WriteString(c, "<13>stranger\n")
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a stranger was answered", n)
	}
	time.Sleep(20 * time.Millisecond)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) != 0 {
		t.Errorf("%q", m.events)
	}
}
