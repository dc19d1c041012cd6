// Package access reads who accessed what in the traces that machines send: logons,
// refusals, privileges, changes of accounts, in the terms of OCSF (Open
// Cybersecurity Schema Framework). The raw line stays the proof: an event is read
// of it each time and is never kept in its place. It serves 9.11.2, 9.11.3 and
// 9.11.4.
//
// A line is read alone. Of what a program says in two lines (sshd and PAM both say
// the end of a session) one is read. A refusal of slapd does not say who was refused: its
// line before, of the same connection and operation, does. What a
// line says is what its sender wrote, no more.
package access

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"unicode"

	"vigie.example/internal/trace/line"
)

// Classes of OCSF.
const (
	AccountChange    = 3001
	Authentication   = 3002
	AuthorizeSession = 3003
	HTTPActivity     = 4002
)

// What was done.
const (
	Logon          = "logon"
	Logoff         = "logoff"
	Privilege      = "privilege"
	AccountCreated = "account_created"
	AccountChanged = "account_changed"
	AccountClosed  = "account_closed" // disabled, locked or deleted
	Web            = "web"            // a page asked for under a name
)

// Activities are all of them, in the order of a life.
var Activities = []string{AccountCreated, AccountChanged, AccountClosed, Logon, Logoff, Privilege, Web}

// An Event is an access in OCSF terms. Its texts are printable, of at most 256
// bytes, and empty when the line does not say.
type Event struct {
	Class    int    // class_uid
	Code     int    // activity_id of the class
	Activity string // one of Activities
	Failed   bool   // the access was refused
	User     string // who accessed, or whose account changed; in lower case, with its domain when the line says it in one word
	Actor    string // who did it, when another: for sudo and su who asked, for accounts the administrator
	Address  string // IP address from where
	Service  string // sshd, sudo, slapd, windows …
}

// Parse reads the access that a message says; false when it says none. It
// allocates nothing then.
func Parse(h line.Header, raw []byte) (Event, bool) {
	if h.App == nil || h.Structured() {
		if e, ok := parseJSON(bytes.TrimLeft(raw[h.Body:], " ")); ok {
			return e, ok
		}
	}
	if h.App == nil {
		return Event{}, false
	}
	return parse(h.App, h.Message(raw), raw[h.Body:])
}

// parse reads the message of an application; data is the message with its
// structured data.
func parse(app, text, data []byte) (e Event, ok bool) {
	switch string(app) { // allocates nothing
	case "sshd", "sshd-session":
		e.Service, ok = "sshd", sshd(&e, text)
	case "sudo":
		e.Service, ok = "sudo", sudo(&e, text)
	case "su":
		e.Service, ok = "su", su(&e, text)
	case "login", "gdm-password", "lightdm", "sddm", "vsftpd", "dovecot", "xrdp-sesman":
		if ok = pam(&e, text); ok {
			e.Service = string(app)
		}
	case "useradd", "usermod", "userdel", "chage", "passwd", "chpasswd", "gpasswd":
		if ok = shadow(&e, text); ok {
			e.Service = string(app)
		}
	case "slapd":
		e.Service, ok = "slapd", slapd(&e, text)
	case "nginx", "apache", "apache2", "httpd":
		if ok = combined(&e, text); ok {
			e.Service = string(app)
		}
	case "squid":
		e.Service, ok = "squid", squid(&e, text)
	case "samba", "smbd":
		if i := bytes.IndexByte(text, '{'); i >= 0 {
			return parseJSON(text[i:])
		}
	case "Microsoft-Windows-Security-Auditing", "Security", "winlogbeat", "MSWinEventLog":
		return windows(data)
	}
	if !ok {
		return Event{}, false
	}
	return e, true
}

func after(text []byte, prefix string) ([]byte, bool) {
	if len(text) < len(prefix) || string(text[:len(prefix)]) != prefix {
		return nil, false
	}
	return text[len(prefix):], true
}

// between is what is after a text and before another, or the end.
func between(text []byte, from, to string) []byte {
	i := bytes.Index(text, []byte(from))
	if i < 0 {
		return nil
	}
	found, _, _ := bytes.Cut(text[i+len(from):], []byte(to))
	return found
}

func (e *Event) is(class, code int, activity string, failed bool) bool {
	e.Class, e.Code, e.Activity, e.Failed = class, code, activity, failed
	return true
}

// sshd is written after lines of OpenSSH 9.2.
func sshd(e *Event, text []byte) bool {
	if rest, ok := after(text, "Accepted "); ok {
		_, rest, _ = bytes.Cut(rest, []byte(" for "))
		user, from, ok := bytes.Cut(rest, []byte(" from ")) // an account's name holds no space, the identifier of a certificate may
		e.User, e.Address = name(user), address(firstWord(from))
		return ok && e.is(Authentication, 1, Logon, false)
	}
	if rest, ok := after(text, "Failed "); ok {
		_, rest, _ = bytes.Cut(rest, []byte(" for "))
		if unknown, ok := after(rest, "invalid user "); ok {
			rest = unknown
		}
		i := bytes.LastIndex(rest, []byte(" from ")) // the name is of the client's choice, and may hold " from "
		if i < 0 {
			return false
		}
		e.User, e.Address = name(rest[:i]), address(firstWord(rest[i+6:]))
		return e.is(Authentication, 1, Logon, true)
	}
	return pamClosed(e, text)
}

// pamClosed reads the end of a session; its beginning is said by the program.
func pamClosed(e *Event, text []byte) bool {
	if bytes.HasPrefix(text, []byte("pam_unix(")) && bytes.Contains(text, []byte(":session): session closed for user ")) {
		e.User = name(firstWord(between(text, "closed for user ", "(")))
		return e.is(Authentication, 2, Logoff, false)
	}
	return false
}

// pam reads programs of which PAM alone says the accesses.
func pam(e *Event, text []byte) bool {
	switch {
	case !bytes.HasPrefix(text, []byte("pam_unix(")):
		return false
	case bytes.Contains(text, []byte(":session): session opened for user ")):
		e.User = name(firstWord(between(text, "opened for user ", "(")))
		return e.is(Authentication, 1, Logon, false)
	case bytes.Contains(text, []byte(":auth): authentication failure;")):
		e.User, e.Address = name(between(text, "  user=", " ")), address(between(text, " rhost=", " "))
		return e.is(Authentication, 1, Logon, true)
	}
	return pamClosed(e, text)
}

// sudo is written after lines of sudo 1.9. The folder and the command are of the
// user's choice: when they make it unclear for whom the command was run, it stays
// empty.
func sudo(e *Event, text []byte) bool {
	user, rest, ok := bytes.Cut(text, []byte(" : "))
	if !ok || bytes.IndexByte(user, ' ') >= 0 || !bytes.Contains(rest, []byte("COMMAND=")) {
		return false
	}
	failed := true
	for _, key := range [...]string{"TTY=", "PWD=", "HOST=", "USER="} {
		if _, ok := after(rest, key); ok {
			failed = false
		}
	}
	e.Actor = name(user)
	if bytes.Count(rest, []byte(" ; USER=")) == 1 {
		e.User = name(between(rest, " ; USER=", " ; "))
	}
	return e.is(AuthorizeSession, 1, Privilege, failed)
}

// su is written after lines of util-linux 2.38.
func su(e *Event, text []byte) bool {
	rest, failed := after(text, "FAILED SU (to ")
	if !failed {
		var ok bool
		if rest, ok = after(text, "(to "); !ok {
			return false
		}
	}
	user, by, ok := bytes.Cut(rest, []byte(") "))
	e.User, e.Actor = name(user), name(firstWord(by))
	return ok && e.is(AuthorizeSession, 1, Privilege, failed)
}

// shadow reads the programs that manage accounts, after lines of shadow 4.13.
func shadow(e *Event, text []byte) bool {
	for _, c := range [...]struct {
		begins, user string // the user is between this and a comma or a space; in quotes when empty
		actor        string
		code         int
		activity     string
		failed       bool
	}{
		{"new user: name=", "name=", "", 1, AccountCreated, false},
		{"failed adding user '", "", "", 1, AccountCreated, true},
		{"delete user '", "", "", 6, AccountClosed, false},
		{"lock user '", "", "", 9, AccountClosed, false},
		{"unlock user '", "", "", 2, AccountChanged, false},
		{"change user '", "", "", 99, AccountChanged, false},
		{"change user name '", "", "", 99, AccountChanged, false},
		{"password for '", "", "changed by '", 3, AccountChanged, false},
		{"changed password expiry for ", "for ", "", 99, AccountChanged, false},
		{"user ", "user ", " by ", 99, AccountChanged, false},
	} {
		if !bytes.HasPrefix(text, []byte(c.begins)) {
			continue
		}
		if e.User = name(between(text, "'", "'")); c.user != "" {
			e.User = name(firstWord(between(text, c.user, ",")))
		}
		if c.actor != "" {
			by := between(text, c.actor, " ")
			if e.Actor = name(bytes.Trim(by, "'")); len(by) == 0 {
				return false
			}
		}
		return e.is(AccountChange, c.code, c.activity, c.failed)
	}
	if bytes.HasPrefix(text, []byte("add '")) && bytes.Contains(text, []byte("' to group '")) ||
		bytes.HasPrefix(text, []byte("delete '")) && bytes.Contains(text, []byte("' from group '")) {
		e.User = name(between(text, "'", "'"))
		return e.is(AccountChange, 99, AccountChanged, false)
	}
	if i := bytes.Index(text, []byte(":chauthtok): password changed for ")); i > 0 && bytes.HasPrefix(text, []byte("pam_unix(")) {
		e.User = name(between(text, "password changed for ", " "))
		return e.is(AccountChange, 3, AccountChanged, false)
	}
	return false
}

// slapd is written after lines of OpenLDAP 2.5 at the level "stats". Of a name in
// the directory, the user is the value of its first part.
func slapd(e *Event, text []byte) bool {
	if !bytes.HasPrefix(text, []byte("conn=")) {
		return false
	}
	if i := bytes.Index(text, []byte(` BIND dn="`)); i > 0 {
		at := bytes.LastIndex(text, []byte(`" mech=`)) // said once it succeeded
		if at < i+10 {
			return false
		}
		dn := text[i+10 : at]
		if _, value, ok := bytes.Cut(dn, []byte("=")); ok {
			dn, _, _ = bytes.Cut(value, []byte(","))
		}
		if e.User = name(dn); e.User == "" { // anonymous
			return false
		}
		return e.is(Authentication, 1, Logon, false)
	}
	if bytes.Contains(text, []byte(" RESULT tag=97 err=")) {
		err := between(text, " err=", " ")
		if string(err) == "0" || string(err) == "14" { // success, or the first part of it
			return false
		}
		return e.is(Authentication, 1, Logon, true)
	}
	return false
}

// combined reads the Common and Combined log formats of web servers, of the
// requests made under a name.
func combined(e *Event, text []byte) bool {
	host, rest, _ := bytes.Cut(text, []byte(" "))
	_, rest, _ = bytes.Cut(rest, []byte(" "))
	user, rest, ok := bytes.Cut(rest, []byte(" ["))
	if !ok || len(user) == 0 || string(user) == "-" || bytes.IndexByte(user, '"') >= 0 {
		return false
	}
	_, rest, _ = bytes.Cut(rest, []byte(`] "`))
	for { // the quotes that a request holds are escaped
		i := bytes.IndexByte(rest, '"')
		if i < 0 {
			return false
		}
		escaped := i > 0 && rest[i-1] == '\\'
		if rest = rest[i+1:]; !escaped {
			break
		}
	}
	status := firstWord(bytes.TrimLeft(rest, " "))
	if len(status) != 3 {
		return false
	}
	e.User, e.Address = name(user), address(host)
	if string(status) == "401" {
		return e.is(Authentication, 1, Logon, true)
	}
	return e.is(HTTPActivity, 99, Web, string(status) == "403")
}

// squid reads its native format, of the requests made under a name.
func squid(e *Event, text []byte) bool {
	var field [8][]byte
	n := 0
	for rest := text; n < len(field) && len(rest) > 0; n++ {
		rest = bytes.TrimLeft(rest, " ")
		field[n], rest, _ = bytes.Cut(rest, []byte(" "))
	}
	if n < len(field) || string(field[7]) == "-" || len(field[7]) == 0 || bytes.IndexByte(field[3], '/') < 0 {
		return false
	}
	e.User, e.Address = name(field[7]), address(field[2])
	return e.is(HTTPActivity, 99, Web, bytes.Contains(field[3], []byte("DENIED")))
}

// parseJSON reads messages that are one object: of Samba, of the collectors of
// Windows events.
func parseJSON(text []byte) (e Event, ok bool) {
	if len(text) == 0 || text[0] != '{' {
		return Event{}, false
	}
	if string(value(text, "type")) == "Authentication" && value(text, "serviceDescription") != nil {
		return samba(text)
	}
	return windows(text)
}

// samba is written after the documentation of Samba (auth_json_audit).
func samba(text []byte) (e Event, ok bool) {
	e.Service = "samba"
	if e.User = name(value(text, "clientAccount")); e.User == "" {
		e.User = name(value(text, "becameAccount"))
	}
	if _, host, ok := bytes.Cut(value(text, "remoteAddress"), []byte(":")); ok { // ipv4:10.0.0.1:445
		if i := bytes.LastIndexByte(host, ':'); i > 0 {
			e.Address = address(host[:i])
		}
	}
	return e, e.is(Authentication, 1, Logon, string(value(text, "status")) != "NT_STATUS_OK")
}

// windows is written after the documentation of Windows security events, and of
// what winlogbeat, NXLog and rsyslog make of them: the names of the event's data
// as keys of JSON, or as parameters of structured data.
func windows(text []byte) (e Event, ok bool) {
	id := value(text, "EventID")
	if id == nil {
		id = unquote(quotedValue(text, "event_id"))
	}
	target, subject := "TargetUserName", "SubjectUserName"
	switch string(id) {
	case "4624", "4625":
		e.is(Authentication, 1, Logon, string(id) == "4625")
	case "4648":
		e.is(Authentication, 1, Logon, false)
		e.Actor = name(value(text, subject))
	case "4634", "4647":
		e.is(Authentication, 2, Logoff, false)
	case "4672":
		e.is(AuthorizeSession, 1, Privilege, false)
		target = subject
	case "4720":
		e.is(AccountChange, 1, AccountCreated, false)
	case "4722":
		e.is(AccountChange, 2, AccountChanged, false)
	case "4723":
		e.is(AccountChange, 3, AccountChanged, false)
	case "4724":
		e.is(AccountChange, 4, AccountChanged, false)
	case "4725":
		e.is(AccountChange, 5, AccountClosed, false)
	case "4726":
		e.is(AccountChange, 6, AccountClosed, false)
	case "4740":
		e.is(AccountChange, 9, AccountClosed, false)
	case "4738":
		e.is(AccountChange, 99, AccountChanged, false)
	case "4728", "4732": // the target is the group
		e.is(AccountChange, 99, AccountChanged, false)
		if target = "MemberName"; len(value(text, target)) < 2 {
			target = "MemberSid"
		}
	case "4768", "4776":
		status := value(text, "Status")
		code := 3
		if string(id) == "4776" {
			code = 1
		}
		e.is(Authentication, code, Logon, status != nil && len(bytes.Trim(status, "0x")) > 0)
	case "4771":
		e.is(Authentication, 6, Logon, true)
	default:
		return Event{}, false
	}
	if e.Class != AccountChange && bytes.HasSuffix(value(text, target), []byte("$")) {
		return Event{}, false // a machine
	}
	if e.Class == AccountChange {
		e.Actor = name(value(text, subject))
		if string(value(text, "EventType")) == "AUDIT_FAILURE" || string(value(text, "outcome")) == "failure" {
			e.Failed = true
		}
	}
	e.User, e.Address, e.Service = name(value(text, target)), address(value(text, "IpAddress")), "windows"
	return e, true
}

// quotedValue is what a key of JSON has for value, a text with its quotes or a
// number. Keys are looked for at any depth: inside a text they have backslashes.
func quotedValue(text []byte, key string) []byte {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(key))
		if i < 0 {
			return nil
		}
		i += at
		at = i + len(key)
		if i == 0 || text[i-1] != '"' || at >= len(text) || text[at] != '"' {
			continue
		}
		rest := bytes.TrimLeft(text[at+1:], " ")
		if len(rest) == 0 || rest[0] != ':' {
			continue
		}
		rest = bytes.TrimLeft(rest[1:], " ")
		return token(rest)
	}
}

// token is the text in quotes or the bare word that begins another.
func token(rest []byte) []byte {
	if len(rest) == 0 || rest[0] != '"' {
		for i, b := range rest {
			if b != '-' && (b < '0' || b > '9') && (b < 'a' || b > 'z') {
				return rest[:i]
			}
		}
		return rest
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '"':
			return rest[:i+1]
		}
	}
	return nil
}

// value is the value of a key of JSON, or of a parameter of structured data, the
// first that the text holds; nil when there is none.
func value(text []byte, key string) []byte {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(key))
		if i < 0 {
			return nil
		}
		i += at
		at = i + len(key)
		switch {
		case i == 0:
		case text[i-1] == ' ' && bytes.HasPrefix(text[at:], []byte(`="`)):
			return unquote(token(text[at+1:]))
		case text[i-1] == '"':
			if v := quotedValue(text[i-1:at+min(len(text)-at, 4*maxText)], key); v != nil {
				if v = unquote(v); string(v) == "null" {
					return nil
				}
				return v
			}
		}
	}
}

// unquote takes the quotes and the backslashes away.
func unquote(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return v
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1]
	}
	var s string
	if json.Unmarshal(v, &s) == nil {
		return []byte(s)
	}
	return bytes.ReplaceAll(v[1:len(v)-1], []byte(`\`), nil) // structured data escapes ", \ and ] alone
}

func firstWord(text []byte) []byte {
	word, _, _ := bytes.Cut(text, []byte(" "))
	return word
}

const maxText = 256

// name is an account as events say it: in lower case, printable, bounded; empty
// for "-", which says none.
func name(text []byte) string {
	if plain(text) {
		return string(text)
	}
	s := strings.ToLower(strings.ToValidUTF8(string(text[:min(len(text), 4*maxText)]), ""))
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s))
	if len(s) > maxText {
		s = strings.TrimSpace(strings.ToValidUTF8(s[:maxText], ""))
	}
	if s == "-" {
		return ""
	}
	return s
}

// plain says whether a text is an account as most are: nothing to change in it.
func plain(text []byte) bool {
	for _, b := range text {
		if b <= ' ' || b >= 0x7f || b >= 'A' && b <= 'Z' {
			return false
		}
	}
	return len(text) <= maxText && (len(text) != 1 || text[0] != '-')
}

// address is an IP address in its usual writing; empty when the text is none.
func address(text []byte) string {
	if len(text) > 64 {
		return ""
	}
	said := string(text)
	a, err := netip.ParseAddr(said)
	if err != nil || a.Zone() != "" {
		return ""
	}
	var usual [64]byte
	if out := a.Unmap().AppendTo(usual[:0]); string(out) != said {
		return string(out)
	}
	return said
}

// OCSF is the event under the names of fields of OCSF 1.3. The reader adds the
// time and the device, which the event's entry says.
func (e Event) OCSF() map[string]any {
	status := 1
	if e.Failed {
		status = 2
	}
	out := map[string]any{
		"class_uid": e.Class, "category_uid": e.Class / 1000, "activity_id": e.Code, "activity_name": e.Activity,
		"type_uid": e.Class*100 + e.Code, "status_id": status, "severity_id": 1,
		"metadata": map[string]any{"version": "1.3.0"},
	}
	if e.User != "" {
		out["user"] = map[string]any{"name": e.User}
	}
	if e.Actor != "" {
		out["actor"] = map[string]any{"user": map[string]any{"name": e.Actor}}
	}
	if e.Address != "" {
		out["src_endpoint"] = map[string]any{"ip": e.Address}
	}
	if e.Service != "" {
		out["service"] = map[string]any{"name": e.Service}
	}
	return out
}
