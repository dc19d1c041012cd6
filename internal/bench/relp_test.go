package bench_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"testing"
	"time"

	"vigie.example/internal/trace"
	"vigie.example/internal/trace/intake"
)

// relpWindow is how many events a sender has under way, as rsyslog does with a few
// connections; relpSenders is how many senders there are.
const (
	relpWindow  = 4096
	relpSenders = 4
)

// BenchmarkTraceRELP: events received by RELP, each acknowledged once it is on disk
// and the acknowledgement read by its sender.
func BenchmarkTraceRELP(b *testing.B) {
	n := min(events(b, 1_000_000), 2_000_000) / relpSenders * relpSenders // more would be memory of the senders
	var took []time.Duration
	for run := range 3 {
		var frames [relpSenders][]byte
		for i := range frames {
			var out bytes.Buffer
			number := 2
			for line := range bytes.Lines(traceLines(n/relpSenders, uint64(run*relpSenders+i))) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				fmt.Fprintf(&out, "%d syslog %d %s\n", number, len(line), line)
				number++
			}
			frames[i] = out.Bytes()
		}
		s, err := trace.Open(b.TempDir(), trace.Options{Origin: "vigie.example/traces/standard"})
		if err != nil {
			b.Fatal(err)
		}
		srv := &intake.Server{Sink: s, Limits: intake.Limits{PerSource: 1 << 30}}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		srv.RELP(l, nil)
		start := time.Now()
		done := make(chan error, relpSenders)
		for i := range frames {
			go func() { done <- relpSend(l.Addr().String(), frames[i], n/relpSenders) }()
		}
		for range frames {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		took = append(took, time.Since(start))
		srv.Close()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	rate := float64(n) / median(took).Seconds()
	state := "met"
	if rate < 200_000 {
		state = "MISSED"
	}
	say("%-62s %10.0f /s     at least 200000: %s", "RELP, each event acknowledged once on disk", rate, state)
}

// relpSend sends frames, with no more than a window of them not acknowledged.
func relpSend(address string, frames []byte, n int) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte("1 open 50 relp_version=0\nrelp_software=bench\ncommands=syslog\n")); err != nil {
		return err
	}
	answers := bufio.NewReaderSize(c, 1<<16)
	for range 4 { // the answer to open is of several lines
		line, err := answers.ReadString('\n')
		if err != nil {
			return err
		}
		if line == "commands=syslog\n" {
			break
		}
	}
	window := make(chan bool, relpWindow)
	failed := make(chan error, 1)
	go func() {
		for range n {
			if _, err := answers.ReadSlice('\n'); err != nil {
				failed <- err
				return
			}
			<-window
		}
		failed <- nil
	}()
	out := bufio.NewWriterSize(c, 1<<16)
	for frame := range bytes.Lines(frames) {
		select {
		case window <- true:
		default: // full: what waits here must go first
			if err := out.Flush(); err != nil {
				return err
			}
			select {
			case window <- true:
			case err := <-failed:
				return err
			}
		}
		if _, err := out.Write(frame); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return <-failed
}
