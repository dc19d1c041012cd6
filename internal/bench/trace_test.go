package bench_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/intake"
	"vigie.example/internal/trace/search"
)

// traceLines makes events as machines send them, one on a line.
func traceLines(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 42))
	var b bytes.Buffer
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at = at.Add(time.Duration(r.IntN(200_000)) * time.Microsecond)
		fmt.Fprintf(&b, "<38>1 %s srv-%02d.invoke.example ", at.Format("2006-01-02T15:04:05.000000Z"), r.IntN(200))
		ip := fmt.Sprintf("%d.%d.%d.%d", 20+r.IntN(200), r.IntN(256), r.IntN(256), r.IntN(256))
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "sshd %d - - Failed password for invalid user u%d from %s port %d ssh2\n", r.IntN(65536), r.IntN(400), ip, r.IntN(65536))
		case 1:
			fmt.Fprintf(&b, "nginx - - - %s - - \"GET /api/v2/documents/%d HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0\" %x\n", ip, r.IntN(1e6), r.IntN(1e5), r.Uint64())
		case 2:
			fmt.Fprintf(&b, "kernel - - - nft drop IN=eth0 OUT= SRC=%s DST=10.0.0.%d LEN=60 TTL=%d ID=%d PROTO=TCP SPT=%d DPT=%d\n", ip, r.IntN(256), r.IntN(255), r.IntN(65536), r.IntN(65536), r.IntN(1024))
		default:
			fmt.Fprintf(&b, "Security 4 4625 [win@1 user=\"u%d\" ip=\"%s\"] An account failed to log on. Logon ID: 0x%x\n", r.IntN(400), ip, r.Uint32())
		}
	}
	return b.Bytes()
}

// events is the number of events asked for, or usual.
func events(b *testing.B, usual int) int {
	b.Helper()
	s := os.Getenv("VIGIE_BENCH_EVENTS")
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkTraceVault: events received over TCP until durable, beside rsyslog
// writing and syncing them; full verification on all processors, as the commands do
// it, beside sha256sum, which has one thread for one file.
// VIGIE_BENCH_EVENTS is the number of events.
func BenchmarkTraceVault(b *testing.B) {
	n := events(b, 300_000)
	lines := traceLines(n, 1)
	say("%d events, %.0f MB", n, float64(len(lines))/1e6)
	var ours, theirs []time.Duration
	var dir string
	runs := 3
	if n > 5_000_000 { // each takes minutes, and says enough
		runs = 1
	}
	for range runs {
		dir = b.TempDir()
		ours = append(ours, vaultTakes(b, dir, lines, n))
		theirs = append(theirs, rsyslogTakes(b, lines, n))
	}
	say("durable: Vigie %.0f events/s, rsyslog with sync %.0f events/s", float64(n)/median(ours).Seconds(), float64(n)/median(theirs).Seconds())
	target("time to receive and keep, ratio to rsyslog with sync", float64(median(ours))/float64(median(theirs)), 1, "")

	var blocks int64
	files, err := filepath.Glob(filepath.Join(dir, "blocks", "*.zst"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		blocks += info.Size()
	}
	target("blocks, ratio to the text", float64(blocks)/float64(len(lines)), 1/4.9, "")

	text := filepath.Join(b.TempDir(), "text")
	if err := os.WriteFile(text, lines, 0o600); err != nil {
		b.Fatal(err)
	}
	var full, alone, quick, sum []time.Duration
	for range 3 {
		for _, v := range []struct {
			check evidence.Check
			took  *[]time.Duration
		}{{evidence.Check{Workers: runtime.GOMAXPROCS(0)}, &full}, {evidence.Check{}, &alone}, {evidence.Check{Quick: true, Workers: runtime.GOMAXPROCS(0)}, &quick}} {
			start := time.Now()
			rep := evidence.VerifyStream(os.DirFS(dir), v.check)
			*v.took = append(*v.took, time.Since(start))
			if len(rep.Problems) > 0 || rep.Entries != int64(n) {
				b.Fatalf("%d entries, %q", rep.Entries, rep.Problems)
			}
		}
		start := time.Now()
		if err := exec.CommandContext(b.Context(), "sha256sum", text).Run(); err != nil {
			b.Fatal(err)
		}
		sum = append(sum, time.Since(start))
	}
	say("full verification %.0f MB/s on %d processors, %.0f MB/s on one, quick %.0f MB/s, sha256sum %.0f MB/s", rate(lines, full), runtime.GOMAXPROCS(0), rate(lines, alone), rate(lines, quick), rate(lines, sum))
	target("time of a full verification, ratio to sha256sum", float64(median(full))/float64(median(sum)), 1, "")
	target("time of a quick verification, ratio to sha256sum", float64(median(quick))/float64(median(sum)), 1.0/15, "")
}

// patience is how long some events may take to be received.
func patience(n int) time.Duration { return time.Minute + time.Duration(n)*100*time.Microsecond }

func rate(text []byte, d []time.Duration) float64 {
	return float64(len(text)) / 1e6 / median(d).Seconds()
}

func vaultTakes(b *testing.B, dir string, lines []byte, n int) time.Duration {
	s, err := trace.Open(dir, trace.Options{Origin: "vigie.example/traces/standard"})
	if err != nil {
		b.Fatal(err)
	}
	srv := &intake.Server{Sink: s, Limits: intake.Limits{PerSource: 1 << 30}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv.Syslog(l, nil)
	start := time.Now()
	send(b, l.Addr().String(), lines)
	for s.Stats().Durable < int64(n) {
		if time.Since(start) > patience(n) {
			b.Fatalf("%+v", s.Stats())
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(start)
	srv.Close()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

func send(b *testing.B, address string, lines []byte) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(lines); err != nil {
		b.Fatal(err)
	}
}

func rsyslogTakes(b *testing.B, lines []byte, n int) time.Duration {
	if _, err := exec.LookPath("rsyslogd"); err != nil {
		b.Skip("rsyslogd is not installed")
	}
	dir := b.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	conf := strings.NewReplacer("DIR", dir, "PORT", address[strings.LastIndexByte(address, ':')+1:]).Replace(`
module(load="imptcp")
template(name="raw" type="string" string="%rawmsg%\n")
main_queue(queue.size="2000000" queue.dequeueBatchSize="4096")
input(type="imptcp" address="127.0.0.1" port="PORT")
action(type="omfile" file="DIR/out" template="raw" sync="on")
`)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "rsyslogd", "-n", "-f", filepath.Join(dir, "conf"), "-i", filepath.Join(dir, "pid"))
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for range 500 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	start := time.Now()
	send(b, address, lines)
	for {
		if info, err := os.Stat(filepath.Join(dir, "out")); err == nil && info.Size() >= int64(len(lines)) {
			return time.Since(start)
		}
		if time.Since(start) > patience(n) {
			b.Fatal("rsyslog does not end")
		}
		time.Sleep(time.Millisecond)
	}
}

// BenchmarkTraceSearch: the index made of a vault, its size, and searches of all
// kinds, beside grep -c over the same text. VIGIE_BENCH_EVENTS is the number of
// events.
func BenchmarkTraceSearch(b *testing.B) {
	n := events(b, 2_000_000)
	dir, file := b.TempDir(), filepath.Join(b.TempDir(), "text")
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s, err := trace.Open(dir, trace.Options{Origin: "vigie.example/traces/standard", Now: func() time.Time { return at }})
	if err != nil {
		b.Fatal(err)
	}
	text, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	var raw int64
	var rare, address string
	for done, seed := 0, uint64(1); done < n; seed++ {
		lines := traceLines(min(n-done, 250_000), seed)
		raw += int64(len(lines))
		if _, err := text.Write(lines); err != nil {
			b.Fatal(err)
		}
		all := bytes.Split(bytes.TrimSuffix(lines, []byte("\n")), []byte("\n"))
		for i := 0; i < len(all); i += 1000 {
			part := all[i:min(i+1000, len(all))]
			at = at.Add(time.Duration(len(part)) * 100 * time.Millisecond)
			if err := s.Append(b.Context(), "tcp:192.0.2.1", part, nil); err != nil {
				b.Fatal(err)
			}
		}
		if done <= n/2 {
			fields := strings.Fields(string(all[1001]))
			rare, address = fields[len(fields)-1], fields[7]
		}
		done += len(all)
	}
	if err := errors.Join(s.Close(), text.Close()); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	x, err := search.Keep(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	took := time.Since(start)
	say("%d events, %.0f MB; indexed on one thread at %.0f events/s", n, float64(raw)/1e6, float64(n)/took.Seconds())
	var kept int64
	for _, part := range []string{"blocks", "index", "log"} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			info, err := entry.Info()
			kept += info.Size()
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	target("blocks, index and log, ratio to the text", float64(kept)/float64(raw), 0.2, "")
	for _, q := range []struct {
		name, text, grep string
		limit            int // 0 counts
		most             float64
	}{
		{"a rare word", rare, rare, 100, 50},
		{"an address", address, address, 100, 50},
		{"the latest 100 of a common word", "failed", "", 100, 20},
		{"count of a common word, by hour", "failed", "Failed", 0, 1000},
		{"count of everything, by hour", "", "", 0, 1000},
		{"count of a regular expression", `/Failed password for invalid user u1\d\d from/`, "Failed password for invalid user u1[0-9][0-9] from", 0, 1000},
		{"count of a host, by hour", "host:srv-17.invoke.example", " srv-17.invoke.example ", 0, 1000},
	} {
		query, err := search.Parse(q.text)
		if err != nil {
			b.Fatal(err)
		}
		var took []time.Duration
		var found int64
		for range 3 {
			start := time.Now()
			if q.limit > 0 {
				found = 0
				_, err = x.Search(b.Context(), query, q.limit, func(search.Hit) bool { found++; return true })
			} else {
				found, _, err = x.Count(b.Context(), query, time.Hour)
			}
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		target(fmt.Sprintf("%s (%d)", q.name, found), ms(median(took)), q.most, "ms")
		if q.grep == "" {
			continue
		}
		start := time.Now()
		out, err := exec.CommandContext(b.Context(), "grep", "-c", "-e", q.grep, file).Output()
		if err != nil {
			b.Fatal(err)
		}
		say("    grep -c over the text: %.0f ms, %s lines", ms(time.Since(start)), strings.TrimSpace(string(out)))
	}
}
