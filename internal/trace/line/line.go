// Package line reads the headers of events, as far as grouping, search and clocks
// need: priority, time, host, application. It knows syslog messages (RFC 5424 and
// RFC 3164), objects of JSON, and the export format of systemd's journal. The event
// itself is kept as it came. It serves 9.7.2, 9.7.3 and 9.11.3.
package line

import (
	"bytes"
	"time"
)

// A Header is what a message says of itself. Host and App share the memory of
// the message; they are nil when it does not say.
type Header struct {
	Priority int   // -1 when absent
	At       int64 // microseconds since 1970; 0 when absent
	Zoned    bool  // At comes with its offset, so it tells the sender's clock
	Host     []byte
	App      []byte
	Body     int // where the text after host and application begins

	structured bool
	text       []byte // the message of what is structured
}

// Parse reads the header of an event received at an instant, which gives the
// year that RFC 3164 leaves out. What cannot be read stays empty.
func Parse(raw []byte, received int64) (h Header) {
	switch {
	case len(raw) > 0 && raw[0] == '{':
		return parseJSON(raw, received)
	case journalBegins(raw):
		return parseJournal(raw)
	}
	h.Priority = -1
	at := 0
	if len(raw) > 2 && raw[0] == '<' {
		n, i := 0, 1
		for i < len(raw) && i < 4 && digit(raw[i]) {
			n = n*10 + int(raw[i]-'0')
			i++
		}
		if i > 1 && i < len(raw) && raw[i] == '>' && n <= 191 {
			h.Priority, at = n, i+1
		}
	}
	if h.Priority >= 0 && bytes.HasPrefix(raw[at:], []byte("1 ")) && parse5424(raw, at+2, &h) {
		return h
	}
	parse3164(raw, at, received, &h)
	return h
}

func digit(b byte) bool { return b-'0' <= 9 }

func parse5424(raw []byte, at int, h *Header) bool {
	next := func() []byte {
		i := bytes.IndexByte(raw[at:min(len(raw), at+256)], ' ')
		if i < 1 {
			return nil
		}
		field := raw[at : at+i]
		at += i + 1
		return field
	}
	stamp, host, app := next(), next(), next()
	if stamp == nil || host == nil || app == nil {
		return false
	}
	if !nothing(stamp) {
		instant, ok := Stamp(stamp)
		if !ok {
			return false
		}
		h.At, h.Zoned = instant, true
	}
	if !nothing(host) {
		h.Host = host
	}
	if !nothing(app) {
		h.App = app
	}
	h.Body = at
	return true
}

func nothing(field []byte) bool { return len(field) == 1 && field[0] == '-' }

// parse3164 reads "Nov 25 03:14:15 host app[pid]: text", and, as rsyslog can
// send, the same with a time of RFC 3339.
func parse3164(raw []byte, at int, received int64, h *Header) {
	h.Body = at
	rest := raw[at:]
	if len(rest) > 16 && rest[3] == ' ' && rest[6] == ' ' && rest[9] == ':' && rest[12] == ':' && rest[15] == ' ' {
		t, err := time.Parse(time.Stamp, string(rest[:15]))
		if err != nil {
			return
		}
		now := time.UnixMicro(received).UTC()
		t = time.Date(now.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
		if t.Sub(now) > 180*24*time.Hour { // December seen in January
			t = t.AddDate(-1, 0, 0)
		}
		h.At = t.UnixMicro()
		at += 16
	} else if i := bytes.IndexByte(rest[:min(len(rest), 40)], ' '); i > 0 {
		instant, ok := Stamp(rest[:i])
		if !ok {
			return
		}
		h.At, h.Zoned = instant, true
		at += i + 1
	} else {
		return
	}
	h.Body = at
	i := bytes.IndexByte(raw[at:min(len(raw), at+256)], ' ')
	if i < 1 {
		return
	}
	if tag := raw[at : at+i]; tag[i-1] == ':' { // no host: the message comes from the local socket
		h.App = appOf(tag)
		return
	}
	h.Host = raw[at : at+i]
	at += i + 1
	h.Body = at
	i = bytes.IndexByte(raw[at:min(len(raw), at+128)], ':')
	if i < 1 || bytes.IndexByte(raw[at:at+i], ' ') >= 0 {
		return
	}
	h.App = appOf(raw[at : at+i])
}

func appOf(tag []byte) []byte {
	tag = bytes.TrimSuffix(tag, []byte(":"))
	if i := bytes.IndexByte(tag, '['); i > 0 {
		tag = tag[:i]
	}
	if len(tag) == 0 {
		return nil
	}
	return tag
}

// Stamp reads a time of RFC 5424: RFC 3339 with an offset, up to microseconds.
func Stamp(b []byte) (micros int64, ok bool) {
	if len(b) < 20 || len(b) > 40 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18} {
		if !digit(b[i]) {
			return 0, false
		}
	}
	two := func(i int) int64 { return int64(b[i]-'0')*10 + int64(b[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	if year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, false
	}
	micros = (((daysFrom(year, month, day)*24+hour)*60+minute)*60 + second) * 1_000_000
	i := 19
	if b[i] == '.' {
		i++
		start := i
		for unit := int64(100_000); i < len(b) && digit(b[i]); unit /= 10 {
			micros += int64(b[i]-'0') * unit
			i++
		}
		if i == start {
			return 0, false
		}
	}
	switch {
	case i+1 == len(b) && b[i] == 'Z':
		return micros, true
	case i+6 == len(b) && (b[i] == '+' || b[i] == '-') && digit(b[i+1]) && digit(b[i+2]) && b[i+3] == ':' && digit(b[i+4]) && digit(b[i+5]):
		offset := (two(i+1)*60 + two(i+4)) * 60_000_000
		if b[i] == '+' {
			offset = -offset
		}
		return micros + offset, true
	}
	return 0, false
}

// daysFrom counts the days from 1970 to a day of the Gregorian calendar.
func daysFrom(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d - 1 - 719468
}
