package line

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/buger/jsonparser"
)

// hostName is the host in OpenTelemetry, and in the Elastic Common Schema when its
// objects are written flat.
const hostName = "host" + ".name"

// parseJSON reads an event that is an object of JSON: under the names of the
// Elastic Common Schema, of OpenTelemetry, of systemd's journal, and those that
// programs usually give. When the message is itself a line of syslog, as collectors
// of files send, that line says what the object does not.
func parseJSON(raw []byte, received int64) Header {
	h := Header{Priority: -1, Body: 0}
	var stamp, said, original []byte
	take := func(to *[]byte) func([]byte) {
		return func(v []byte) {
			if *to == nil {
				*to = v
			}
		}
	}
	host, app, at, message, event := take(&h.Host), take(&h.App), take(&stamp), take(&said), take(&original)
	_ = jsonparser.ObjectEach(raw, func(key, value []byte, kind jsonparser.ValueType, _ int) error {
		switch kind {
		case jsonparser.String, jsonparser.Number:
		case jsonparser.Object:
			switch string(key) {
			case "host":
				inside(value, "name", host)
			case "process":
				inside(value, "name", app)
			case "service":
				inside(value, "name", app)
			case "event":
				inside(value, "original", func(v []byte) { event(plain(v)) })
			case "resource":
				inside(value, hostName, host)
				inside(value, "service.name", app)
			}
			return nil
		default:
			return nil
		}
		switch string(key) {
		case "host", "hostname", hostName, "_HOSTNAME":
			host(value)
		case "app", "appname", "app_name", "program", "process.name", "service.name", "SYSLOG_IDENTIFIER":
			app(value)
		case "message", "msg", "MESSAGE", "body":
			message(plain(value))
		case "@timestamp", "timestamp", "time", "__REALTIME_TIMESTAMP":
			at(value)
		}
		return nil
	})
	if instant, ok := Stamp(stamp); ok {
		h.At, h.Zoned = instant, true
	} else if n, err := strconv.ParseInt(string(stamp), 10, 64); err == nil && len(stamp) == 16 { // the journal counts microseconds
		h.At, h.Zoned = n, true
	}
	h.structured, h.text = true, said
	for _, whole := range [][]byte{original, said} {
		if len(whole) == 0 || whole[0] == '{' {
			continue
		}
		if inner := Parse(whole, received); inner.App != nil && (h.App == nil || bytes.Equal(inner.App, h.App)) {
			h.App, h.text = inner.App, inner.Message(whole)
			if h.Host == nil {
				h.Host = inner.Host
			}
			break
		}
	}
	h.Host, h.App = short(h.Host), short(h.App)
	return h
}

// inside gives a text of an object.
func inside(object []byte, key string, take func([]byte)) {
	_ = jsonparser.ObjectEach(object, func(k, value []byte, kind jsonparser.ValueType, _ int) error {
		if kind == jsonparser.String && string(k) == key {
			take(value)
		}
		return nil
	})
}

// plain is a text of JSON without its escapes.
func plain(value []byte) []byte {
	if bytes.IndexByte(value, '\\') < 0 {
		return value
	}
	out, err := jsonparser.Unescape(value, nil)
	if err != nil {
		return value
	}
	return out
}

// short is a name as it stands in the event, which a search relies on; nil for what
// is none.
func short(name []byte) []byte {
	if len(name) > 255 || len(name) == 0 || bytes.IndexByte(name, '\\') >= 0 {
		return nil
	}
	return name
}

// journalBegins says whether a text is an entry in the export format of systemd's
// journal: a name of a field comes first, most often __CURSOR.
func journalBegins(raw []byte) bool { return bytes.HasPrefix(raw, []byte("__")) }

// parseJournal reads an entry in the export format of systemd's journal.
func parseJournal(raw []byte) Header {
	h := Header{Priority: -1, structured: true}
	var command []byte
	for at := 0; at < len(raw); {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			end = len(raw) - at
		}
		name, value, inLine := bytes.Cut(raw[at:at+end], []byte("="))
		at += end + 1
		if !inLine { // the value follows, after its length
			if len(raw)-at < 8 {
				break
			}
			size := binary.LittleEndian.Uint64(raw[at:])
			if size > uint64(len(raw)-at-8) {
				break
			}
			value = raw[at+8 : at+8+int(size)]
			at += 8 + int(size) + 1
		}
		switch string(name) {
		case "_HOSTNAME":
			h.Host = short(value)
		case "SYSLOG_IDENTIFIER":
			h.App = short(value)
		case "_COMM":
			command = short(value)
		case "MESSAGE":
			h.text = value
		case "__REALTIME_TIMESTAMP":
			if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && len(value) == 16 {
				h.At, h.Zoned = n, true
			}
		case "PRIORITY":
			if len(value) == 1 && value[0] >= '0' && value[0] <= '7' {
				h.Priority = int(value[0] - '0')
			}
		}
	}
	if h.App == nil {
		h.App = command
	}
	return h
}

// Message is the text of a message, after the whole of its header: of RFC 5424
// (process, kind, structured data), of RFC 3164 ("app[12]: "), of JSON or of the
// journal. It is nil when there is none.
func (h Header) Message(raw []byte) []byte {
	if h.structured {
		return h.text
	}
	text := raw[h.Body:]
	if i := bytes.IndexByte(raw[:h.Body], '>'); i < 0 || !bytes.HasPrefix(raw[i+1:], []byte("1 ")) {
		if i := bytes.Index(text, []byte(": ")); i >= 0 && h.App != nil && bytes.IndexByte(text[:i], ' ') < 0 {
			text = text[i+2:]
		}
		return bytes.TrimLeft(text, " ")
	}
	for range 2 {
		_, text, _ = bytes.Cut(text, []byte(" "))
	}
	if !bytes.HasPrefix(text, []byte("[")) {
		return bytes.TrimLeft(bytes.TrimPrefix(text, []byte("-")), " \ufeff")
	}
	quoted := false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\\' && quoted:
			i++
		case b == '"':
			quoted = !quoted
		case b == ']' && !quoted && (i+1 == len(text) || text[i+1] != '['):
			return bytes.TrimLeft(text[i+1:], " \ufeff")
		}
	}
	return nil
}

// Structured says whether the event is an object of JSON or an entry of the
// journal.
func (h Header) Structured() bool { return h.structured }
