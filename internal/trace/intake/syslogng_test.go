package intake

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRealSyslogNG: what syslog-ng sends over TLS with its certificate arrives, and
// goes on arriving after the connection was cut.
func TestRealSyslogNG(t *testing.T) {
	root, err := filepath.Abs("../../../bin/syslog-ng")
	if err != nil {
		t.Fatal(err)
	}
	modules, _ := filepath.Glob(root + "/usr/lib/syslog-ng/[0-9]*")
	if len(modules) == 0 {
		t.Skip("syslog-ng is not there (scripts/setup.sh)")
	}
	m := &memory{}
	s := server(t, m)
	dir, config := certificates(t)
	l := listen(t)
	s.Syslog(l, config)
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	version := strings.Join(strings.SplitN(filepath.Base(modules[0]), ".", 3)[:2], ".")
	conf := fmt.Sprintf(`@version: %s
options { time-reopen(1); };
source s { unix-dgram("%s/log"); };
destination d { syslog("127.0.0.1" port(%s) transport("tls") tls(ca-file("%[2]s/ca.pem") key-file("%[2]s/client.key") cert-file("%[2]s/client.pem"))); };
log { source(s); destination(d); };
`, version, dir, port)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	libraries, _ := filepath.Glob(root + "/*/*-linux-gnu")
	more, _ := filepath.Glob(root + "/usr/lib/*-linux-gnu")
	cmd := exec.CommandContext(t.Context(), root+"/usr/sbin/syslog-ng", "-F", "--no-caps", "-f", filepath.Join(dir, "conf"), "-R", filepath.Join(dir, "persist"), "-p", filepath.Join(dir, "pid"),
		"-c", filepath.Join(dir, "ctl"), "--module-path="+modules[0])
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+strings.Join(append(append(libraries, more...), root+"/usr/lib/syslog-ng"), ":"))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("syslog-ng: %s", said.Bytes())
		}
	}()
	socket := filepath.Join(dir, "log")
	for range 500 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	say := func(text string) {
		if out, err := exec.Command("logger", "-u", socket, "-t", "vigietest", text).CombinedOutput(); err != nil {
			t.Fatalf("logger: %v %s", err, out)
		}
	}
	say("before the cut")
	m.has(t, "tcp+tls:127.0.0.1/client <", "vigietest", "before the cut")
	s.mu.Lock()
	for c := range s.closers {
		_ = c.Close()
	}
	s.mu.Unlock()
	for i := range 10 { // what it sends before it sees the cut is lost, as over TCP
		say(fmt.Sprint("after the cut ", i))
		time.Sleep(300 * time.Millisecond)
	}
	m.has(t, "tcp+tls:127.0.0.1/client <", "vigietest", "after the cut 9")
}
