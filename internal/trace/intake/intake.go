// Package intake receives events from the network for the vault: syslog over
// UDP, TCP and TLS, RELP over TCP and TLS. It knows protocols, not proof: what a
// message says is kept as it came. RELP is acknowledged once the event is on
// disk. It serves 9.7.2, 9.7.3, 9.8.6 and 9.11.3.
package intake

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"vigie.example/internal/trace/line"
)

// A Sink is where events go: a stream of the vault.
type Sink interface {
	Append(ctx context.Context, source string, events [][]byte, done func(error)) error
}

// Limits of what one sender may do. Zero values take the defaults said.
type Limits struct {
	Message     int           // bytes of one event; 64 KiB
	PerSource   int           // bytes a second of one address; 16 MiB
	Unsafe      int           // bytes of one connection that are not durable yet; 1 MiB
	Connections int           // of one address; 64
	Total       int           // connections; 4096
	Idle        time.Duration // without a byte; 1 hour
}

func (l *Limits) fill() {
	set := func(v *int, n int) {
		if *v == 0 {
			*v = n
		}
	}
	set(&l.Message, 64<<10)
	set(&l.PerSource, 16<<20)
	set(&l.Unsafe, 1<<20)
	set(&l.Connections, 64)
	set(&l.Total, 4096)
	if l.Idle == 0 {
		l.Idle = time.Hour
	}
}

// A Server receives events until it is closed.
type Server struct {
	Sink   Sink
	Limits Limits
	Log    *slog.Logger

	once    sync.Once
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	closers map[net.Conn]bool
	closed  bool
	open    int
	sources map[string]*source // by address
	past    map[string]Source  // by name, of before
}

// A Source says what is known of one sender.
type Source struct {
	Name      string        `json:"name"`      // as in the entries
	Assurance string        `json:"assurance"` // "acknowledged", "tls" or "udp", as in the register of log sources
	Events    int64         `json:"events"`
	Bytes     int64         `json:"bytes"`
	Dropped   int64         `json:"dropped,omitempty"` // datagrams beyond the quota
	FirstAt   time.Time     `json:"first_at"`
	LastAt    time.Time     `json:"last_at"`
	Skew      time.Duration `json:"skew,omitempty"` // clock of the sender less that of the vault, last seen; Skewed says whether it was
	Skewed    bool          `json:"skewed,omitempty"`
}

// A source is one address with what its connections share.
type source struct {
	allowance float64 // bytes that it may send now
	filledAt  time.Time
	open      int
	seen      map[string]*Source
	unsaid    int64 // datagrams dropped and not told yet
}

const maxSources = 100_000

func (s *Server) start() {
	s.once.Do(func() {
		s.Limits.fill()
		if s.Log == nil {
			s.Log = slog.New(slog.DiscardHandler)
		}
		s.ctx, s.stop = context.WithCancel(context.Background())
		s.closers, s.sources = map[net.Conn]bool{}, map[string]*source{}
		s.running.Go(s.tellDropped)
	})
}

// Close stops receiving, and waits until nothing is under way.
func (s *Server) Close() {
	s.start()
	s.stop()
	s.mu.Lock()
	s.closed = true
	for c := range s.closers {
		c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// A protocol reads events from a connection.
type protocol func(s *Server, c *conn) error

// Syslog accepts connections of syslog over TCP, or TLS when config is given.
func (s *Server) Syslog(l net.Listener, config *tls.Config) {
	s.accept(l, config, "tcp", (*Server).syslog)
}

// RELP accepts connections of RELP over TCP, or TLS when config is given.
func (s *Server) RELP(l net.Listener, config *tls.Config) {
	s.accept(l, config, "relp", (*Server).relp)
}

func (s *Server) accept(l net.Listener, config *tls.Config, name string, p protocol) {
	s.start()
	s.running.Go(func() {
		<-s.ctx.Done()
		l.Close()
	})
	s.running.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				if s.ctx.Err() != nil {
					return
				}
				s.Log.Warn("accepting", "error", err) // out of descriptors: not for ever
				select {
				case <-s.ctx.Done():
				case <-time.After(100 * time.Millisecond):
				}
				continue
			}
			s.running.Go(func() { s.serve(nc, config, name, p) })
		}
	})
}

// enter counts a connection in, within the limits.
func (s *Server) enter(c net.Conn, address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.source(address)
	if s.closed || src == nil || s.open >= s.Limits.Total || src.open >= s.Limits.Connections {
		return false
	}
	s.open++
	src.open++
	s.closers[c] = true
	return true
}

func (s *Server) leave(c net.Conn, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	s.sources[address].open--
	delete(s.closers, c)
}

// source returns what is known of an address; nil when there are too many. The
// caller holds the lock.
func (s *Server) source(address string) *source {
	src := s.sources[address]
	if src == nil {
		if len(s.sources) >= maxSources {
			return nil
		}
		src = &source{allowance: float64(s.Limits.PerSource), filledAt: time.Now(), seen: map[string]*Source{}}
		s.sources[address] = src
	}
	return src
}

// spend takes bytes from the allowance of an address, and returns how long it
// has gone beyond it.
func (s *Server) spend(src *source, bytes int) time.Duration {
	now := time.Now()
	rate := float64(s.Limits.PerSource)
	src.allowance = min(rate, src.allowance+now.Sub(src.filledAt).Seconds()*rate) - float64(bytes)
	src.filledAt = now
	if src.allowance >= 0 {
		return 0
	}
	return time.Duration(-src.allowance / rate * float64(time.Second))
}

// A conn is one connection.
type conn struct {
	net.Conn
	server  *Server
	address string
	name    string // of the source
	buf     []byte // received and not read yet
	proof   string // assurance

	mu      sync.Mutex
	freed   *sync.Cond
	unsafe  int // bytes handed over and not durable, or not answered for
	answers []reply
	over    bool // nothing more to answer for
	failed  error
}

func (s *Server) serve(nc net.Conn, config *tls.Config, name string, p protocol) {
	address, _, err := net.SplitHostPort(nc.RemoteAddr().String())
	if err != nil {
		address = "unknown"
	}
	if !s.enter(nc, address) {
		s.Log.Warn("connection refused: too many", "address", address)
		nc.Close()
		return
	}
	defer s.leave(nc, address)
	defer nc.Close()
	c := &conn{Conn: nc, server: s, address: address, name: name + ":" + printable(address), proof: "tls"}
	if name == "relp" {
		c.proof = "acknowledged"
	}
	c.freed = sync.NewCond(&c.mu)
	if config != nil {
		t := tls.Server(nc, config)
		_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
		if err := t.HandshakeContext(s.ctx); err != nil {
			s.Log.Warn("TLS", "address", address, "error", err)
			return
		}
		_ = nc.SetDeadline(time.Time{})
		c.Conn = t
		c.name = name + "+tls:" + printable(address)
		if peers := t.ConnectionState().PeerCertificates; len(peers) > 0 {
			c.name += "/" + printable(peers[0].Subject.CommonName)
		}
	}
	if err := p(s, c); err != nil && s.ctx.Err() == nil {
		s.Log.Warn("connection ended", "source", c.name, "error", err)
	}
}

// printable makes a name that entries can bear.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > 0x20 && r < 0x7f {
			return r
		}
		return '_'
	}, s)
	return s[:min(len(s), 120)]
}

var errLine = errors.New("a message is longer than allowed")

// more reads what has come. It slows down a sender beyond its quota, which its
// own side then holds back.
func (c *conn) more() error {
	if len(c.buf) == cap(c.buf) {
		if cap(c.buf) > c.server.Limits.Message+4096 {
			return errLine
		}
		c.buf = append(make([]byte, 0, max(64<<10, 2*cap(c.buf))), c.buf...)
	}
	_ = c.SetReadDeadline(time.Now().Add(c.server.Limits.Idle))
	n, err := c.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	if n == 0 {
		return err
	}
	c.server.mu.Lock()
	wait := c.server.spend(c.server.sources[c.address], n)
	c.server.mu.Unlock()
	if wait > 0 {
		select {
		case <-c.server.ctx.Done():
			return net.ErrClosed
		case <-time.After(wait):
		}
	}
	return nil
}

// hand gives events to the vault, and queues answer, if any, for when they are
// durable. It waits while too much of this connection is not durable or not
// answered for: a sender that does not read its answers holds up itself alone.
func (c *conn) hand(events [][]byte, answer []byte) error {
	size := 0
	for _, raw := range events {
		size += len(raw) + 64
	}
	if err := c.reserve(size); err != nil {
		return err
	}
	c.server.note(c.address, c.name, c.proof, events)
	err := c.server.Sink.Append(c.server.ctx, c.name, events, func(err error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case err != nil:
			c.unsafe -= size
			c.fail(err) // never acknowledged: the sender sends again, elsewhere or later
		case answer != nil:
			c.answers = append(c.answers, reply{answer, size})
		default:
			c.unsafe -= size
		}
		c.freed.Broadcast()
	})
	if err != nil { // not taken
		c.mu.Lock()
		c.unsafe -= size
		c.mu.Unlock()
	}
	return err
}

// reserve waits for room for some bytes that will be released later.
func (c *conn) reserve(size int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.failed == nil && c.unsafe > 0 && c.unsafe+size > c.server.Limits.Unsafe {
		c.freed.Wait()
	}
	if c.failed != nil {
		return c.failed
	}
	c.unsafe += size
	return nil
}

// fail ends the connection. The caller holds the lock.
func (c *conn) fail(err error) {
	if c.failed == nil {
		c.failed = err
		c.Close()
	}
	c.freed.Broadcast()
}

// A reply is an answer to be sent, and the bytes that it answers for.
type reply struct {
	text []byte
	size int
}

// say queues an answer to something else than an event.
func (c *conn) say(text string) error {
	const size = 64
	if err := c.reserve(size); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = append(c.answers, reply{[]byte(text), size})
	c.freed.Broadcast()
	return nil
}

// answer sends queued answers until the connection is done with.
func (c *conn) answer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.answers) == 0 && !c.over {
			c.freed.Wait()
		}
		if len(c.answers) == 0 {
			return
		}
		list := c.answers
		c.answers = nil
		var text []byte
		size := 0
		for _, r := range list {
			text, size = append(text, r.text...), size+r.size
		}
		if c.failed == nil {
			c.mu.Unlock()
			_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
			_, err := c.Write(text)
			c.mu.Lock()
			if err != nil {
				c.fail(err)
			}
		}
		c.unsafe -= size
		c.freed.Broadcast()
	}
}

// settle waits until nothing of the connection is under way, then ends answer.
func (c *conn) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.unsafe > 0 {
		c.freed.Wait()
	}
	c.over = true
	c.freed.Broadcast()
}

// note keeps what is known of a source.
func (s *Server) note(address, name, assurance string, events [][]byte) {
	now := time.Now()
	var skew time.Duration
	skewed := false
	if n := len(events); n > 0 {
		if h := line.Parse(events[n-1], now.UnixMicro()); h.Zoned {
			skew, skewed = time.UnixMicro(h.At).Sub(now), true
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.sources[address]
	seen := src.seen[name]
	if seen == nil {
		if len(src.seen) >= 1000 {
			return
		}
		seen = &Source{Name: name, Assurance: assurance, FirstAt: now}
		src.seen[name] = seen
	}
	seen.Events += int64(len(events))
	for _, raw := range events {
		seen.Bytes += int64(len(raw))
	}
	seen.LastAt = now
	if skewed {
		seen.Skew, seen.Skewed = skew, true
	}
}

// tellDropped writes in the vault, once a minute and at the end, how many
// datagrams were dropped.
func (s *Server) tellDropped() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for last := false; !last; {
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			last = true
		}
		var events [][]byte
		s.mu.Lock()
		for address, src := range s.sources {
			if src.unsaid > 0 {
				events = append(events, fmt.Appendf(nil, "dropped %d datagrams of %s beyond its quota", src.unsaid, printable(address)))
				src.unsaid = 0
			}
		}
		s.mu.Unlock()
		if len(events) == 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		if err := s.Sink.Append(ctx, "vigie", events, nil); err != nil {
			s.Log.Error("dropped datagrams", "error", err)
		}
		cancel()
	}
}
