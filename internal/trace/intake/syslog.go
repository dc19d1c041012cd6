package intake

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// syslog reads RFC 6587: each message is framed by its length or by a line end.
func (s *Server) syslog(c *conn) error {
	for {
		err := c.more()
		events, used, frameErr := cutSyslog(c.buf, s.Limits.Message)
		if err != nil && used < len(c.buf) && frameErr == nil && c.buf[used]-'1' > 8 { // a last line without its end
			events, used = append(events, c.buf[used:]), len(c.buf)
		}
		if len(events) > 0 {
			if err := c.hand(events, nil); err != nil {
				return err
			}
		}
		c.buf = c.buf[:copy(c.buf, c.buf[used:])]
		switch {
		case frameErr != nil:
			return frameErr
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

var errFrame = errors.New("not a frame of syslog")

// cutSyslog returns the whole messages at the beginning of data, and how many
// bytes they take.
func cutSyslog(data []byte, most int) (events [][]byte, used int, err error) {
	for used < len(data) {
		rest := data[used:]
		if rest[0]-'1' <= 8 { // a message begins with "<": a digit is a length
			length, i := 0, 0
			for i < len(rest) && rest[i]-'0' <= 9 && length <= most {
				length = length*10 + int(rest[i]-'0')
				i++
			}
			if length > most {
				return events, used, errLine
			}
			if i == len(rest) {
				return events, used, nil
			}
			if rest[i] != ' ' {
				return events, used, errFrame
			}
			if len(rest)-i-1 < length {
				return events, used, nil
			}
			events = append(events, rest[i+1:i+1+length])
			used += i + 1 + length
			continue
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			if len(rest) > most {
				return events, used, errLine
			}
			return events, used, nil
		}
		if end > most {
			return events, used, errLine
		}
		if message := bytes.TrimSuffix(rest[:end], []byte("\r")); len(message) > 0 {
			events = append(events, message)
		}
		used += end + 1
	}
	return events, used, nil
}

// UDP receives syslog datagrams. Nobody learns that one was lost: the assurance
// of such a source is the lowest.
func (s *Server) UDP(pc net.PacketConn) {
	s.start()
	if u, ok := pc.(*net.UDPConn); ok {
		_ = u.SetReadBuffer(4 << 20)
	}
	s.running.Go(func() {
		<-s.ctx.Done()
		pc.Close()
	})
	s.running.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := pc.ReadFrom(buf)
			if s.ctx.Err() != nil {
				return
			}
			if err != nil {
				s.Log.Warn("UDP", "error", err)
				time.Sleep(10 * time.Millisecond)
				continue
			}
			s.datagram(from, bytes.TrimRight(buf[:n], "\r\n\x00"))
		}
	})
}

func (s *Server) datagram(from net.Addr, raw []byte) {
	address, _, err := net.SplitHostPort(from.String())
	if err != nil || len(raw) == 0 || len(raw) > s.Limits.Message {
		return
	}
	s.mu.Lock()
	src := s.source(address)
	if src == nil {
		s.mu.Unlock()
		return
	}
	if s.spend(src, len(raw)+64) > 0 {
		src.allowance += float64(len(raw) + 64) // dropped: not counted
		src.unsaid++
		for _, seen := range src.seen {
			if seen.Assurance == "udp" {
				seen.Dropped++
			}
		}
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	name := "udp:" + printable(address)
	s.note(address, name, "udp", [][]byte{raw})
	if err := s.Sink.Append(s.ctx, name, [][]byte{raw}, nil); err != nil && s.ctx.Err() == nil {
		s.mu.Lock()
		src.unsaid++
		s.mu.Unlock()
	}
}
