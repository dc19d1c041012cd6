package access_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"vigie.example/internal/trace/access"
	"vigie.example/internal/trace/line"
)

var received = time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC).UnixMicro()

// read is what is understood of a line, in one line.
func read(raw string) string {
	e, ok := access.Parse(line.Parse([]byte(raw), received), []byte(raw))
	if !ok {
		return ""
	}
	outcome := "ok"
	if e.Failed {
		outcome = "refused"
	}
	return fmt.Sprintf("%d/%d %s %s user=%s actor=%s from=%s by=%s", e.Class, e.Code, e.Activity, outcome, e.User, e.Actor, e.Address, e.Service)
}

// TestCaptured reads the lines that real programs wrote (OpenSSH 9.2, sudo 1.9,
// util-linux 2.38, shadow 4.13, OpenLDAP 2.5): each line of testdata/*.log has
// its meaning in the file of the same name in .want, empty when it says no access.
func TestCaptured(t *testing.T) {
	files, err := filepath.Glob("testdata/*.log")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(path, ".log") + ".want")
		if err != nil {
			t.Fatal(err)
		}
		lines, wants := strings.Split(string(data), "\n"), strings.Split(string(want), "\n")
		if len(lines) != len(wants) {
			t.Fatalf("%s: %d lines, %d meanings", path, len(lines), len(wants))
		}
		for i, l := range lines {
			if got := read(l); got != wants[i] {
				t.Errorf("%s\n got %s\nwant %s", l, got, wants[i])
			}
		}
	}
}

// TestForms reads what was not captured: forms of senders, written after the
// documentation of Microsoft, Samba, winlogbeat, NXLog, nginx and squid, and names
// made to deceive.
func TestForms(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`{"@timestamp":"2026-11-25T03:14:15Z","event":{"code":"4625","outcome":"failure"},"winlog":{"event_id":"4625","event_data":{"TargetUserName":"Ana","SubjectUserName":"-","IpAddress":"::ffff:10.0.0.5"}}}`, "3002/1 logon refused user=ana actor= from=10.0.0.5 by=windows"},
		{`<14>Nov 25 03:14:15 dc1 Microsoft-Windows-Security-Auditing[604]: {"EventID":4720,"EventType":"AUDIT_SUCCESS","TargetUserName":"bob","SubjectUserName":"Administrateur"}`, "3001/1 account_created ok user=bob actor=administrateur from= by=windows"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Microsoft-Windows-Security-Auditing 604 - [NXLOG@14506 EventID="4726" SubjectUserName="adm" TargetUserName="a\]b"] A user account was deleted.`, "3001/6 account_closed ok user=a]b actor=adm from= by=windows"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="4624" TargetUserName="ana" WorkstationName="x TargetUserName=\"root\"" IpAddress="10.0.0.5"]`, "3002/1 logon ok user=ana actor= from=10.0.0.5 by=windows"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="4768" TargetUserName="ana" Status="0x0" IpAddress="10.0.0.5"]`, "3002/3 logon ok user=ana actor= from=10.0.0.5 by=windows"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="4776" TargetUserName="ana" Status="0xc000006a"]`, "3002/1 logon refused user=ana actor= from= by=windows"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="4732" TargetUserName="Administrators" MemberName="-" MemberSid="S-1-5-21-1" SubjectUserName="adm"]`, "3001/99 account_changed ok user=s-1-5-21-1 actor=adm from= by=windows"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="5156" TargetUserName="ana"]`, ""},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="4634" TargetUserName="ana"] said {"EventID":4624,"TargetUserName":"root"}`, "3002/2 logoff ok user=ana actor= from= by=windows"},
		{`{"timestamp": "2026-11-25T03:14:15Z", "type": "Authentication", "Authentication": {"eventId": 4625, "status": "NT_STATUS_WRONG_PASSWORD", "remoteAddress": "ipv4:10.0.0.5:43112", "serviceDescription": "SMB2", "clientAccount": "ana"}}`, "3002/1 logon refused user=ana actor= from=10.0.0.5 by=samba"},
		{`{"SYSLOG_IDENTIFIER":"sshd","_HOSTNAME":"srv","MESSAGE":"Accepted publickey for ana from 2001:db8::1 port 22 ssh2"}`, "3002/1 logon ok user=ana actor= from=2001:db8::1 by=sshd"},
		{`<190>Nov 25 03:14:15 web nginx: 10.0.0.5 - ana [25/Nov/2026:03:14:15 +0000] "GET /\"x\" 200 HTTP/1.1" 401 12 "-" "curl"`, "3002/1 logon refused user=ana actor= from=10.0.0.5 by=nginx"},
		{`<190>Nov 25 03:14:15 web nginx: 10.0.0.5 - ana [25/Nov/2026:03:14:15 +0000] "GET / HTTP/1.1" 403 12 "-" "curl"`, "4002/99 web refused user=ana actor= from=10.0.0.5 by=nginx"},
		{`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="4624" TargetUserName="DC1$" IpAddress="10.0.0.5"]`, ""},
		{`<190>Nov 25 03:14:15 web nginx: 10.0.0.5 - - [25/Nov/2026:03:14:15 +0000] "GET / HTTP/1.1" 200 12 "-" "curl"`, ""},
		{`<190>Nov 25 03:14:15 px squid[2]: 1700000000.123     45 10.0.0.5 TCP_DENIED/403 3900 GET http://x.example/ ana HIER_NONE/- text/html`, "4002/99 web refused user=ana actor= from=10.0.0.5 by=squid"},
		{`<38>1 2026-11-25T03:14:15Z srv sshd 1 - - Failed password for invalid user x from 1.1.1.1 port 2 ssh2 from 9.9.9.9 port 3 ssh2`, "3002/1 logon refused user=x from 1.1.1.1 port 2 ssh2 actor= from=9.9.9.9 by=sshd"},
		{"<38>1 2026-11-25T03:14:15Z srv sshd 1 - - Failed password for invalid user a\x1b[31m\u202eb from 9.9.9.9 port 3 ssh2", "3002/1 logon refused user=a[31mb actor= from=9.9.9.9 by=sshd"},
		{`<85>Nov 25 03:14:15 srv sudo:      ana : PWD=/tmp/x ; USER=bob ; USER=root ; COMMAND=/bin/sh`, "3003/1 privilege ok user= actor=ana from= by=sudo"},
		{`<86>Nov 25 03:14:15 srv CRON[12]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`, ""},
		{`{"SYSLOG_IDENTIFIER":"sshd","_HOSTNAME":"srv","MESSAGE":"pam_unix(sshd:session): session closed for user ana"}`, "3002/2 logoff ok user=ana actor= from= by=sshd"},
		{"__CURSOR=a\n_HOSTNAME=srv\nSYSLOG_IDENTIFIER=sshd\nMESSAGE=Failed password for ana from 10.0.0.5 port 2 ssh2\nPRIORITY=6", "3002/1 logon refused user=ana actor= from=10.0.0.5 by=sshd"},
		{`{"@timestamp":"2026-11-25T03:14:15Z","host":{"name":"srv"},"log":{"file":{"path":"/var/log/auth.log"}},"message":"Nov 25 03:14:15 srv sshd[1]: Failed password for ana from 10.0.0.5 port 2 ssh2"}`, "3002/1 logon refused user=ana actor= from=10.0.0.5 by=sshd"},
		{`{"SYSLOG_IDENTIFIER":"sshd"}`, ""},
		{"", ""},
	} {
		if got := read(c.raw); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.raw, got, c.want)
		}
	}
}

// TestNames holds the names of fields of OCSF.
func TestNames(t *testing.T) {
	e := access.Event{Class: access.Authentication, Code: 1, Activity: access.Logon, Failed: true, User: "ana", Actor: "adm", Address: "10.0.0.5", Service: "sshd"}
	want := "map[activity_id:1 activity_name:logon actor:map[user:map[name:adm]] category_uid:3 class_uid:3002 metadata:map[version:1.3.0] service:map[name:sshd] severity_id:1 src_endpoint:map[ip:10.0.0.5] status_id:2 type_uid:300201 user:map[name:ana]]"
	if got := fmt.Sprint(e.OCSF()); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestOtherLinesCostNothing: no memory is taken by lines that say no access.
func TestOtherLinesCostNothing(t *testing.T) {
	for _, raw := range []string{
		"<6>1 2026-11-25T03:14:15Z fw kernel - - - nft drop IN=eth0 SRC=1.2.3.4",
		"<38>1 2026-11-25T03:14:15Z srv sshd 1 - - Server listening on 0.0.0.0 port 22.",
		"<86>Nov 25 03:14:15 srv passwd[2]: nothing of interest",
		`<14>1 2026-11-25T03:14:15Z dc1 Security 604 - [w@1 EventID="5156" Application="x"]`,
		"no header at all",
	} {
		text := []byte(raw)
		h := line.Parse(text, received)
		if n := testing.AllocsPerRun(50, func() {
			if _, ok := access.Parse(h, text); ok {
				t.Error("an access is read of", raw)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", raw, n)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.log")
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			f.Add(slices.Clone(lines.Bytes()))
		}
	}
	f.Add([]byte(`{"EventID":4625,"TargetUserName":"a\u0000b","IpAddress":"10.0.0.1"}`))
	f.Add([]byte(`{"SYSLOG_IDENTIFIER":"squid","MESSAGE":"1 2 3 A/1 5 6 7 8 9"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, ok := access.Parse(line.Parse(data, received), data)
		if !ok && e != (access.Event{}) {
			t.Errorf("no access, yet %+v", e)
		}
		if ok && !slices.Contains(access.Activities, e.Activity) {
			t.Errorf("activity %q", e.Activity)
		}
		for _, s := range []string{e.User, e.Actor, e.Address, e.Service} {
			if len(s) > 256 || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("text %q", s)
			}
		}
	})
}
