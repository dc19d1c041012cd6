package access

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vigie.example/internal/trace/line"
)

var at = time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC).UnixMicro()

func read(raw string) string {
	e, ok := Parse(line.Parse([]byte(raw), at), []byte(raw))
	if !ok {
		return ""
	}
	out := e.Activity
	if e.Failed {
		out += " refused"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s user=%s actor=%s from=%s", e.Service, out, e.User, e.Actor, e.Address))
}

// TestDebian reads what the programs of Debian 12 wrote when an account was made,
// used, refused, given privileges and deleted: each act once.
func TestDebian(t *testing.T) {
	data, err := os.ReadFile("testdata/debian12.log")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for raw := range strings.Lines(string(data)) {
		if e := read(strings.TrimSuffix(raw, "\n")); e != "" {
			got = append(got, e)
		}
	}
	want := `useradd account_created user=zoe actor= from=
chpasswd account_changed user=zoe actor= from=
usermod account_closed user=zoe actor= from=
usermod account_changed user=zoe actor= from=
chage account_changed user=zoe actor= from=
gpasswd account_changed user=zoe actor=root from=
usermod account_changed user=zoe actor= from=
chage account_changed user=zoe actor= from=
sshd logon refused user=zoe actor= from=127.0.0.1
sshd logon refused user=nobody2 actor= from=127.0.0.1
sshd logon user=zoe actor= from=127.0.0.1
sudo privilege user=root actor=zoe from=
sudo privilege refused user=root actor=zoe from=
sshd logoff user=zoe actor= from=
su privilege user=zoe actor=root from=
su privilege refused user=root actor=zoe from=
su privilege user=zoe actor=root from=
sshd logon user=zoe actor= from=127.0.0.1
sshd logoff user=zoe actor= from=
passwd account_changed user=zoe actor=root from=
userdel account_closed user=zoe actor= from=
userdel account_changed user=zoe actor= from=
userdel account_changed user=zoe actor= from=`
	if g := strings.Join(got, "\n"); g != want {
		t.Errorf("got\n%s\nwant\n%s", g, want)
	}
}

// TestForms reads the same through RFC 5424, and what other systems write: Windows
// after the documentation of Microsoft, in JSON and in structured data.
func TestForms(t *testing.T) {
	for raw, want := range map[string]string{
		"<86>1 2026-11-25T17:36:48Z srv-1 sshd 1 - - Accepted password for zoe from 10.0.0.7 port 60008 ssh2":                                                                      "sshd logon user=zoe actor= from=10.0.0.7",
		"<86>1 2026-11-25T17:36:48Z srv-1 sshd 1 - [x@1 a=\"]\\\"\"] Failed password for Zoe from 10.0.0.7 port 60008 ssh2":                                                        "sshd logon refused user=zoe actor= from=10.0.0.7",
		"<86>Nov 25 17:36:42 srv-1 login[1]: pam_unix(login:session): session opened for user ana(uid=1) by LOGIN(uid=0)":                                                          "login logon user=ana actor= from=",
		"<86>Nov 25 17:36:42 srv-1 CRON[1]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)":                                                                "",
		`<167>Nov 25 17:36:42 ldap slapd[1]: conn=1000 op=0 BIND dn="uid=ana,ou=people,dc=ex" method=128`:                                                                          "",
		`<167>Nov 25 17:36:42 ldap slapd[1]: conn=1000 op=0 BIND dn="uid=ana,ou=people,dc=ex" mech=SIMPLE bind_ssf=0 ssf=0`:                                                        "slapd logon user=ana actor= from=",
		`<167>Nov 25 17:36:42 ldap slapd[1]: conn=1001 op=0 RESULT tag=97 err=49 qtime=0.000008 etime=0.000043 text=`:                                                              "slapd logon refused user= actor= from=",
		`<167>Nov 25 17:36:42 ldap slapd[1]: conn=1001 op=0 RESULT tag=97 err=0 qtime=0.000008 etime=0.000043 text=`:                                                               "",
		`<190>Nov 25 17:36:42 web nginx: 10.0.0.7 - ana [25/Nov/2026:17:36:42 +0000] "GET / HTTP/1.1" 200 5 "-" "x"`:                                                               "nginx web user=ana actor= from=10.0.0.7",
		`<190>Nov 25 17:36:42 web nginx: 10.0.0.7 - ana [25/Nov/2026:17:36:42 +0000] "GET / HTTP/1.1" 401 5 "-" "x"`:                                                               "nginx logon refused user=ana actor= from=10.0.0.7",
		`<190>Nov 25 17:36:42 web nginx: 10.0.0.7 - - [25/Nov/2026:17:36:42 +0000] "GET / HTTP/1.1" 200 5 "-" "x"`:                                                                 "",
		`{"winlog":{"provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4625","event_data":{"TargetUserName":"Ana","IpAddress":"10.0.0.7"}}}`:                        "microsoft-windows-security-auditing logon refused user=ana actor= from=10.0.0.7",
		`{"SourceName":"Microsoft-Windows-Security-Auditing","EventID":4720,"TargetUserName":"new","SubjectUserName":"Admin"}`:                                                     "microsoft-windows-security-auditing account_created user=new actor=admin from=",
		`{"SourceName":"Microsoft-Windows-Security-Auditing","EventID":4624,"TargetUserName":"DC1$"}`:                                                                              "",
		`{"SourceName":"Microsoft-Windows-Security-Auditing","EventID":4776,"TargetUserName":"ana","Status":"0x0"}`:                                                                "microsoft-windows-security-auditing logon user=ana actor= from=",
		`{"SourceName":"Microsoft-Windows-Security-Auditing","EventID":4776,"TargetUserName":"ana","Status":"0xc000006a"}`:                                                         "microsoft-windows-security-auditing logon refused user=ana actor= from=",
		`<14>1 2026-11-25T17:36:48Z dc1 Microsoft-Windows-Security-Auditing 4 - [NXLOG@14506 EventID="4726" TargetUserName="old" SubjectUserName="admin"] gone`:                    "microsoft-windows-security-auditing account_closed user=old actor=admin from=",
		`{"timestamp": "2026", "type": "Authentication", "Authentication": {"status": "NT_STATUS_WRONG_PASSWORD", "remoteAddress": "ipv4:10.0.0.7:1234", "clientAccount": "ana"}}`: "samba logon refused user=ana actor= from=10.0.0.7",
		"<86>Nov 25 17:36:42 srv-1 sshd[1]: Failed password for invalid user x from 1.1.1.1 port 2 ssh2 from 10.0.0.7 port 3 ssh2":                                                 "sshd logon refused user=x actor= from=10.0.0.7",
		"<86>Nov 25 17:36:42 srv-1 sudo: ana : PWD=/tmp/x ; USER=bob ; USER=root ; COMMAND=/bin/id":                                                                                "sudo privilege user= actor=ana from=",
		"<86>Nov 25 17:36:42 srv-1 sudo: ana : a password is required ; PWD=/ ; USER=root ; COMMAND=/bin/id":                                                                       "sudo privilege refused user=root actor=ana from=",
		"<13>Nov 25 17:36:42 srv-1 app: hello": "",
	} {
		if got := read(raw); got != want {
			t.Errorf("%s\n got %q\nwant %q", raw, got, want)
		}
	}
}

func TestOCSF(t *testing.T) {
	o := Event{Activity: Logon, Failed: true, User: "ana", Address: "10.0.0.7", Service: "sshd"}.OCSF()
	if got := fmt.Sprint(o["class_uid"], o["activity_id"], o["status_id"], o["user"], o["src_endpoint"]); got != "3002 1 2 map[name:ana] map[ip:10.0.0.7]" {
		t.Error(got)
	}
	for _, a := range Activities {
		if ocsf[a][0] == 0 {
			t.Errorf("%s has no class", a)
		}
	}
}

// FuzzParse: no message makes it fail, nor gives a name that is too long or that
// commands a terminal.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("testdata/debian12.log")
	if err != nil {
		f.Fatal(err)
	}
	for raw := range bytes.Lines(data) {
		f.Add(raw)
	}
	f.Add([]byte(`<1>1 - - sshd - - [a b="\`))
	f.Add([]byte(`{"Authentication":{"status":"x","clientAccount":"\u001b`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, _ := Parse(line.Parse(raw, at), raw)
		for _, s := range []string{e.User, e.Actor, e.Address, e.Service} {
			if len(s) > 256 || strings.ContainsAny(s, "\x1b\n\x00") {
				t.Errorf("%q", s)
			}
		}
	})
}
