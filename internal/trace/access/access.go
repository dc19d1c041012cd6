// Package access reads events of access in messages: who came in, was refused, left,
// took privileges, and whose account was made, changed or closed. The words are
// those of OCSF; the message itself is kept as it came. It serves 9.11.2, 9.11.3 and
// 9.11.4.
//
// A message is read by itself: what is told in two (a refusal of OpenLDAP tells the
// name in another line) is read as far as the one goes. One act that a program and
// PAM both tell is read once.
package access

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"vigie.example/internal/trace/line"
)

// What an event tells.
const (
	Logon     = "logon"
	Logoff    = "logoff"
	Privilege = "privilege" // sudo, su, special privileges of Windows
	Created   = "account_created"
	Changed   = "account_changed"
	Closed    = "account_closed" // disabled, locked or deleted
	Web       = "web"            // a page, by somebody who signed in
)

// Activities are all of them.
var Activities = []string{Logon, Logoff, Privilege, Created, Changed, Closed, Web}

// An Event is an event of access. Names are in lower case, at most 128 bytes,
// without control characters; "" when the message does not say.
type Event struct {
	Activity string
	Failed   bool   // it was refused
	User     string // whose account is used or changed
	Actor    string // who did it, when another
	Address  string // where from
	Service  string // the program that says so
}

// Parse reads the event that a message tells; false when it tells none.
func Parse(h line.Header, raw []byte) (e Event, ok bool) {
	app := string(bytes.ToLower(h.App[:min(len(h.App), 64)]))
	text := message(h, raw)
	switch app {
	case "sshd", "sshd-session":
		e, ok = sshd(text)
	case "sudo":
		e, ok = sudo(text)
	case "su":
		e, ok = su(text)
	case "useradd", "usermod", "userdel", "passwd", "chage", "gpasswd", "chpasswd":
		e, ok = shadow(text)
	case "slapd":
		e, ok = slapd(text)
	case "nginx", "apache", "apache2", "httpd":
		e, ok = web(text)
	case "microsoft-windows-security-auditing":
		e, ok = windows(raw)
	case "":
		if len(text) == 0 || text[0] != '{' {
			return e, false
		}
		switch {
		case bytes.Contains(text, []byte("Microsoft-Windows-Security-Auditing")):
			app = "microsoft-windows-security-auditing"
			e, ok = windows(text)
		case bytes.Contains(text, []byte(`"Authentication"`)):
			app = "samba"
			e, ok = samba(text)
		}
	case "smbd", "samba", "smbd_audit":
		e, ok = samba(text)
	default:
		e, ok = pam(text)
	}
	if !ok {
		return Event{}, false
	}
	e.Service = name([]byte(app))
	return e, true
}

// message is the text of a message, after its header.
func message(h line.Header, raw []byte) []byte {
	text := raw[min(h.Body, len(raw)):]
	if h.Priority >= 0 && bytes.HasPrefix(raw[bytes.IndexByte(raw, '>')+1:], []byte("1 ")) { // RFC 5424: process, message id, structured data
		for range 2 {
			_, after, found := bytes.Cut(text, []byte(" "))
			if !found {
				return nil
			}
			text = after
		}
		for len(text) > 0 && text[0] == '[' {
			end := 1
			for quoted := false; end < len(text) && (quoted || text[end] != ']'); end++ {
				switch text[end] {
				case '\\':
					end++
				case '"':
					quoted = !quoted
				}
			}
			text = text[min(end+1, len(text)):]
		}
		text = bytes.TrimPrefix(text, []byte("-"))
		return bytes.TrimPrefix(bytes.TrimSpace(text), []byte("\xef\xbb\xbf"))
	}
	if len(h.App) > 0 {
		if at := bytes.Index(text, []byte(": ")); at >= 0 {
			text = text[at+2:]
		}
	}
	return bytes.TrimSpace(text)
}

// name is a name as events bear it.
func name(b []byte) string {
	b = b[:min(len(b), 128)]
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToLower(strings.Trim(strings.ToValidUTF8(string(b), ""), " '\"")))
}

// after is what follows a mark, up to one of some ends.
func after(text []byte, mark, ends string) ([]byte, bool) {
	i := bytes.Index(text, []byte(mark))
	if i < 0 {
		return nil, false
	}
	rest := text[i+len(mark):]
	if end := bytes.IndexAny(rest, ends); end >= 0 {
		rest = rest[:end]
	}
	return rest, true
}

func value(text []byte, mark, ends string) string {
	v, _ := after(text, mark, ends)
	return name(v)
}

func has(text []byte, prefix string) bool { return bytes.HasPrefix(text, []byte(prefix)) }

func sshd(text []byte) (Event, bool) {
	from := value(text[max(bytes.LastIndex(text, []byte(" from ")), 0):], " from ", " ") // the name before it is the client's choice
	switch {
	case has(text, "Accepted "):
		return Event{Activity: Logon, User: value(text, " for ", " "), Address: from}, true
	case has(text, "Failed ") && !has(text, "Failed none"):
		user := value(text, " for ", " ")
		if bytes.Contains(text, []byte(" for invalid user ")) {
			user = value(text, " for invalid user ", " ")
		}
		return Event{Activity: Logon, Failed: true, User: user, Address: from}, true
	case has(text, "pam_unix(sshd:session): session closed"):
		return Event{Activity: Logoff, User: value(text, " for user ", " (")}, true
	}
	return Event{}, false
}

// sudo says the same act again through PAM: its own line is read.
func sudo(text []byte) (Event, bool) {
	who, rest, found := bytes.Cut(text, []byte(" : "))
	if !found || has(text, "pam_") || !bytes.Contains(rest, []byte("COMMAND=")) {
		return Event{}, false
	}
	failed := bytes.Contains(rest, []byte("incorrect password")) || bytes.Contains(rest, []byte("NOT in sudoers")) || bytes.Contains(rest, []byte("not allowed")) || bytes.Contains(rest, []byte("a password is required"))
	user := value(rest, "; USER=", " ;")
	if before, _, _ := bytes.Cut(rest, []byte(" ; COMMAND=")); bytes.Count(before, []byte("; USER=")) != 1 {
		user = "" // a folder whose name says another
	}
	return Event{Activity: Privilege, Failed: failed, Actor: name(who), User: user}, true
}

func su(text []byte) (Event, bool) {
	failed := has(text, "FAILED SU ")
	if !failed && !has(text, "(to ") {
		return Event{}, false
	}
	return Event{Activity: Privilege, Failed: failed, User: value(text, "(to ", ")"), Actor: value(text, ") ", " ")}, true
}

// shadow reads the messages of the tools for accounts. A line for the shadow file
// says again what the one before said.
func shadow(text []byte) (Event, bool) {
	switch {
	case bytes.Contains(text, []byte("shadow group")):
		return Event{}, false
	case has(text, "new user: name="):
		return Event{Activity: Created, User: value(text, "name=", ",")}, true
	case has(text, "delete user "):
		return Event{Activity: Closed, User: value(text, "delete user '", "'")}, true
	case has(text, "lock user "):
		return Event{Activity: Closed, User: value(text, "lock user '", "'")}, true
	case has(text, "unlock user "):
		return Event{Activity: Changed, User: value(text, "unlock user '", "'")}, true
	case has(text, "add '") || has(text, "delete '"):
		return Event{Activity: Changed, User: value(text, " '", "'")}, true
	case has(text, "user ") && bytes.Contains(text, []byte(" by ")):
		return Event{Activity: Changed, User: value(text, "user ", " "), Actor: value(text, " by ", " ")}, true
	case has(text, "change user '"):
		return Event{Activity: Changed, User: value(text, "change user '", "'")}, true
	case has(text, "changed password expiry for "):
		return Event{Activity: Changed, User: value(text, " for ", " ")}, true
	case has(text, "password for '"):
		return Event{Activity: Changed, User: value(text, "for '", "'"), Actor: value(text, " by '", "'")}, true
	case has(text, "pam_unix(") && bytes.Contains(text, []byte("password changed for ")):
		return Event{Activity: Changed, User: value(text, "changed for ", " ")}, true
	}
	return Event{}, false
}

// pam reads what pam_unix says of services that do not say it themselves. What
// cron starts is nobody's access.
func pam(text []byte) (Event, bool) {
	if !has(text, "pam_unix(") || has(text, "pam_unix(cron:") {
		return Event{}, false
	}
	switch {
	case bytes.Contains(text, []byte("authentication failure;")):
		return Event{Activity: Logon, Failed: true, User: value(text, " user=", " "), Address: value(text, "rhost=", " ")}, true
	case bytes.Contains(text, []byte("session opened for user ")):
		return Event{Activity: Logon, User: value(text, " for user ", " (")}, true
	case bytes.Contains(text, []byte("session closed for user ")):
		return Event{Activity: Logoff, User: value(text, " for user ", " (")}, true
	}
	return Event{}, false
}

// slapd says who in the line of a bind that succeeded, with its mechanism, and a
// refusal in a line that does not say who (statistics, level 256).
func slapd(text []byte) (Event, bool) {
	switch {
	case bytes.Contains(text, []byte(" BIND dn=")) && bytes.Contains(text, []byte(" mech=")):
		dn, _ := after(text, "BIND dn=\"", "\"")
		if len(dn) == 0 {
			return Event{}, false // anonymous
		}
		_, user, _ := bytes.Cut(dn, []byte("="))
		user, _, _ = bytes.Cut(user, []byte(","))
		return Event{Activity: Logon, User: name(user)}, true
	case bytes.Contains(text, []byte(" RESULT tag=97 ")) && !bytes.Contains(text, []byte(" err=0 ")) && !bytes.Contains(text, []byte(" err=14 ")):
		return Event{Activity: Logon, Failed: true}, true
	}
	return Event{}, false
}

// web reads the combined format of Apache and nginx: host, identity, user, time,
// request, status.
func web(text []byte) (Event, bool) {
	head, rest, found := bytes.Cut(text, []byte(" ["))
	fields := bytes.Fields(head)
	if !found || len(fields) != 3 {
		return Event{}, false
	}
	_, rest, found = bytes.Cut(rest, []byte("] \""))
	if !found {
		return Event{}, false
	}
	end := bytes.Index(rest, []byte("\" "))
	if end < 0 || len(rest) < end+5 {
		return Event{}, false
	}
	status := string(rest[end+2 : end+5])
	user := name(fields[2])
	if user == "-" {
		user = ""
	}
	switch {
	case status == "401" && user != "": // without a name it asks for one
		return Event{Activity: Logon, Failed: true, User: user, Address: name(fields[0])}, true
	case user != "":
		return Event{Activity: Web, Failed: status == "403", User: user, Address: name(fields[0])}, true
	}
	return Event{}, false
}

// windowsEvents are the events of the security log, by number, after the
// documentation of Microsoft (Advanced security audit policy).
var windowsEvents = map[string]Event{
	"4624": {Activity: Logon}, "4625": {Activity: Logon, Failed: true}, "4648": {Activity: Logon},
	"4768": {Activity: Logon}, "4771": {Activity: Logon, Failed: true}, "4776": {Activity: Logon},
	"4634": {Activity: Logoff}, "4647": {Activity: Logoff},
	"4672": {Activity: Privilege},
	"4720": {Activity: Created},
	"4722": {Activity: Changed}, "4723": {Activity: Changed}, "4724": {Activity: Changed}, "4738": {Activity: Changed}, "4728": {Activity: Changed}, "4732": {Activity: Changed}, "4756": {Activity: Changed},
	"4725": {Activity: Closed}, "4726": {Activity: Closed}, "4740": {Activity: Closed},
}

func windows(text []byte) (Event, bool) {
	id := field(text, "event_id")
	for _, other := range []string{"EventID", "eventID"} {
		if id == "" {
			id = field(text, other)
		}
	}
	e, ok := windowsEvents[id]
	if !ok {
		return e, false
	}
	e.User, e.Actor = field(text, "TargetUserName"), field(text, "SubjectUserName")
	switch id {
	case "4672":
		e.User, e.Actor = e.Actor, ""
	case "4624", "4625", "4634", "4647", "4768", "4771", "4776":
		e.Actor = ""
	case "4728", "4732", "4756": // the target is the group
		if member := field(text, "MemberName"); member != "" && member != "-" {
			e.User = value([]byte(member), "cn=", ",")
		}
	}
	switch status := field(text, "Status"); id {
	case "4768", "4776":
		e.Failed = status != "" && strings.Trim(status, "0x") != ""
	}
	if strings.HasSuffix(e.User, "$") && (e.Activity == Logon || e.Activity == Logoff || e.Activity == Privilege) {
		return Event{}, false // a machine, not a person
	}
	if e.Address = field(text, "IpAddress"); e.Address == "-" {
		e.Address = ""
	}
	return e, e.User != ""
}

// samba reads its audit in JSON (auth_json_audit).
func samba(text []byte) (Event, bool) {
	status := field(text, "status")
	if !bytes.Contains(text, []byte(`"Authentication"`)) || status == "" {
		return Event{}, false
	}
	address := strings.TrimPrefix(strings.TrimPrefix(field(text, "remoteAddress"), "ipv4:"), "ipv6:")
	if i := strings.LastIndexByte(address, ':'); i > 0 {
		address = address[:i]
	}
	user := field(text, "clientAccount")
	return Event{Activity: Logon, Failed: status != "nt_status_ok", User: user, Address: address}, user != ""
}

// field is a value of JSON ("name": "value") or of structured data
// (name="value").
func field(text []byte, key string) string {
	for _, mark := range []string{`"` + key + `":`, key + `="`} {
		i := bytes.Index(text, []byte(mark))
		if i < 0 {
			continue
		}
		rest := bytes.TrimLeft(text[i+len(mark):], " ")
		if mark[0] == '"' {
			if !has(rest, `"`) { // a number
				if end := bytes.IndexAny(rest, ",} \n"); end > 0 {
					return name(rest[:end])
				}
				continue
			}
			rest = rest[1:]
		}
		if end := bytes.IndexByte(rest, '"'); end >= 0 {
			return name(rest[:end])
		}
	}
	return ""
}

// ocsf are the classes and activities of OCSF 1.1: 3001 Account Change, 3002
// Authentication, 3003 Authorize Session, 4002 HTTP Activity.
var ocsf = map[string][2]int{Logon: {3002, 1}, Logoff: {3002, 2}, Privilege: {3003, 1}, Created: {3001, 1}, Changed: {3001, 99}, Closed: {3001, 5}, Web: {4002, 99}}

// OCSF returns the event with the names of OCSF.
func (e Event) OCSF() map[string]any {
	ids := ocsf[e.Activity]
	status := map[bool]int{false: 1, true: 2}[e.Failed]
	out := map[string]any{"class_uid": ids[0], "activity_id": ids[1], "activity_name": e.Activity, "status_id": status, "user": map[string]any{"name": e.User}, "service": map[string]any{"name": e.Service}}
	if e.Actor != "" {
		out["actor"] = map[string]any{"user": map[string]any{"name": e.Actor}}
	}
	if e.Address != "" {
		out["src_endpoint"] = map[string]any{"ip": e.Address}
	}
	return out
}
