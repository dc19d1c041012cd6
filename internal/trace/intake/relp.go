package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// A frame of RELP is
//
//	TXNR SP COMMAND SP DATALEN [SP DATA] LF
type relpFrame struct {
	number  []byte
	command string
	data    []byte
}

var errRELP = errors.New("not a frame of RELP")

// cutRELP returns the first frame of data and its length, 0 when it is not
// whole.
func cutRELP(data []byte, most int) (f relpFrame, n int, err error) {
	head := data[:min(len(data), 64)]
	short := func() (relpFrame, int, error) {
		if len(data) > 64 {
			return relpFrame{}, 0, errRELP
		}
		return relpFrame{}, 0, nil
	}
	a := bytes.IndexByte(head, ' ')
	if a < 0 {
		return short()
	}
	b := bytes.IndexByte(head[a+1:], ' ')
	if b < 0 {
		return short()
	}
	b += a + 1
	at, length := b+1, 0
	for at < len(head) && head[at]-'0' <= 9 {
		if length = length*10 + int(head[at]-'0'); length > most+4096 {
			return relpFrame{}, 0, errLine
		}
		at++
	}
	if at == len(head) {
		return short()
	}
	if a < 1 || a > 9 || at == b+1 {
		return relpFrame{}, 0, errRELP
	}
	for _, d := range data[:a] {
		if d-'0' > 9 {
			return relpFrame{}, 0, errRELP
		}
	}
	f = relpFrame{number: data[:a], command: string(data[a+1 : b])}
	if length > 0 || data[at] == ' ' {
		if data[at] != ' ' {
			return relpFrame{}, 0, errRELP
		}
		at++
		if len(data)-at < length+1 {
			return relpFrame{}, 0, nil
		}
		f.data = data[at : at+length]
		at += length
	}
	if data[at] != '\n' {
		return relpFrame{}, 0, errRELP
	}
	return f, at + 1, nil
}

// relp reads RELP. An event is answered for once the vault says that it is on
// disk, in the order of receipt.
func (s *Server) relp(c *conn) error {
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		c.answer()
	}()
	defer func() {
		c.settle()
		<-wrote
	}()
	for {
		readErr := c.more()
		var events [][]byte
		var answer []byte
		used, ended := 0, false
		for !ended {
			f, n, err := cutRELP(c.buf[used:], s.Limits.Message)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			if f.command != "syslog" && len(events) > 0 { // answers come in order
				if err := c.hand(events, answer); err != nil {
					return err
				}
				events, answer = nil, nil
			}
			used += n
			switch f.command {
			case "syslog":
				events = append(events, bytes.TrimSuffix(f.data, []byte("\n")))
				answer = append(append(answer, f.number...), " rsp 6 200 OK\n"...)
			case "open":
				offer := "200 OK\nrelp_version=0\nrelp_software=vigie\ncommands=syslog"
				err = c.say(fmt.Sprintf("%s rsp %d %s\n", f.number, len(offer), offer))
			case "close":
				ended = true
				defer func(number string) { // once the last event is answered for
					c.settle()
					<-wrote
					_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
					_, _ = fmt.Fprintf(c, "%s rsp 0\n0 serverclose 0\n", number)
				}(string(f.number))
			default:
				sentence := "500 unknown command"
				err = c.say(fmt.Sprintf("%s rsp %d %s\n", f.number, len(sentence), sentence))
			}
			if err != nil {
				return err
			}
		}
		if len(events) > 0 {
			if err := c.hand(events, answer); err != nil {
				return err
			}
		}
		c.buf = c.buf[:copy(c.buf, c.buf[used:])]
		if ended || errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return readErr
		}
	}
}
