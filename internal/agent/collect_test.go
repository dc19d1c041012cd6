package agent

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// fake builds the machine that a file of testdata describes: "-- path --" and
// its text, "-- path -> target --" for a link, "-- $ command --" and its answer.
func fake(t testing.TB, name string) Root {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir, answers := t.TempDir(), map[string]string{}
	sections := strings.Split("\n"+string(data), "\n-- ")
	for _, section := range sections[1:] {
		head, body, _ := strings.Cut(section, "\n")
		head = strings.TrimSuffix(head, " --")
		if body != "" && !strings.HasSuffix(body, "\n") {
			body += "\n"
		}
		if command, ok := strings.CutPrefix(head, "$ "); ok {
			answers[command] = body
		} else if path, target, ok := strings.Cut(head, " -> "); ok {
			place(t, dir, path, "")
			link(t, dir, path, target)
		} else {
			place(t, dir, path, body)
		}
	}
	return Root{Dir: dir, Now: func() time.Time { return noon }, Run: func(_ context.Context, program string, args ...string) ([]byte, error) {
		command := strings.TrimSpace(program + " " + strings.Join(args, " "))
		if program == "sh" { // the changelog in a package
			command = "sh " + args[len(args)-1]
		}
		if answer, ok := answers[command]; ok {
			return []byte(answer), nil
		}
		return nil, errors.New("no answer")
	}}
}

func place(t testing.TB, dir, path, body string) {
	t.Helper()
	name := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, noon.Add(-time.Hour), noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, dir, path, target string) {
	t.Helper()
	name := filepath.Join(dir, path)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// shows compares the JSON of a fact with what is expected.
func shows(t *testing.T, what string, got any, want string) {
	t.Helper()
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(what, err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n got  %s\n want %s", what, data, want)
	}
}

// TestServer: everything that a well-kept Debian server tells of itself.
func TestServer(t *testing.T) {
	r := Collect(t.Context(), fake(t, "server.txt"))
	if r.Hostname != "srv-web" || len(r.MachineID) != 32 || r.MachineID == "0f1e2d3c4b5a69788796a5b4c3d2e1f0" || !r.ObservedAt.Equal(noon) {
		t.Errorf("%q %q %v", r.Hostname, r.MachineID, r.ObservedAt)
	}
	shows(t, "machine", r.Machine, `{"kind":{"known":true,"value":"server"},"vendor":"Dell Inc.","model":"PowerEdge R650","serial":"7XKQ2M3","macs":["b0:7b:25:00:00:01"]}`)
	shows(t, "os", r.OS, `{"known":true,"value":{"id":"debian","version":"12","name":"Debian GNU/Linux 12 (bookworm)","codename":"bookworm","kernel":"6.1.0-40-amd64"}}`)
	shows(t, "support", r.Support, `{"known":true,"value":{"supported_until":"2026-06-10","extended_until":"2028-06-30","source":"distro-info-data","source_at":"2026-03-02T11:00:00Z","state":"supported"}}`)
	shows(t, "packages", r.Packages, `{"known":true,"value":[{"name":"libssl3","version":"3.0.19-1~deb12u2","source":"openssl","arch":"amd64"},{"name":"bash","version":"5.2.15-2+b7","source":"bash","arch":"amd64"}]}`)
	shows(t, "updates", r.Updates.Value.Pending, `[
		{"package":"bash","source":"bash","arch":"amd64","installed":"5.2.15-2+b7","candidate":"5.2.15-3","origin":"Debian:12.15/oldstable","security":true,"cves":{"known":false,"reason":"agent.unknown.no_changelog"}},
		{"package":"libssl3","source":"openssl","arch":"amd64","installed":"3.0.19-1~deb12u2","candidate":"3.0.22-1~deb12u2","origin":"Debian-Security:12/oldstable-security","security":true,
		 "cves":{"known":true,"value":["CVE-2025-9999","CVE-2026-0001","CVE-2026-0002"]},"published":"2026-01-11T09:54:24Z"}]`)
	shows(t, "password policy", r.PasswordPolicy, `{"known":true,"value":{"min_length":14,"classes":2,"history":5,"lockout_attempts":5,"lockout_minutes":16,"max_age_days":365,"for_root":false}}`)
	shows(t, "ports", r.Ports, `{"known":true,"value":[{"protocol":"tcp","address":"0.0.0.0","port":22,"program":"sshd"},{"protocol":"tcp","address":"::","port":443,"program":"nginx"},
		{"protocol":"tcp","address":"127.0.0.1","port":5432},{"protocol":"udp","address":"127.0.0.1","port":323}]}`)
	shows(t, "disks", r.DiskEncryption, `{"known":true,"value":{"encrypted":true,"reliable":{"known":true,"value":true},"volumes":[
		{"device":"/dev/mapper/vg-root","mount":"/","type":"ext4","encrypted":{"known":true,"value":true},"method":"LUKS2","cipher":"aes-xts-plain64"},
		{"device":"/dev/mapper/vg-data","mount":"/srv/with space","type":"xfs","encrypted":{"known":true,"value":true},"method":"LUKS2","cipher":"aes-xts-plain64"},
		{"device":"/dev/dm-3","mount":"swap","type":"swap","encrypted":{"known":true,"value":true},"method":"PLAIN","cipher":"aes-cbc-essiv:sha256"}]}}`)
	shows(t, "firewall", r.Firewall, `{"known":true,"value":{"active":true,"tools":["nftables"]}}`)
	shows(t, "malware", r.Malware, `{"known":true,"value":{"active":true,"products":["ClamAV"],"signatures_at":{"known":true,"value":"2026-03-02T03:30:00Z"}}}`)
	shows(t, "integrity", r.Integrity, `{"known":true,"value":{"active":true,"products":["AIDE"],"last_check_at":{"known":true,"value":"2026-03-02T11:00:00Z"}}}`)
	shows(t, "time", r.TimeSync, `{"known":true,"value":{"synced":true,"program":"chrony","offset_seconds":{"known":true,"value":0.000012345}}}`)
	shows(t, "lock", r.SessionLock, `{"known":false,"reason":"agent.unknown.no_desktop"}`)
	shows(t, "backups", r.Backups, `{"known":true,"value":[{"program":"borg","repository":"ssh://vault.example.org:2222/./srv-web","destination":"unknown","last_at":"2026-03-02T01:00:05Z"}]}`)
	shows(t, "hints", r.StorageHints, `{"known":true,"value":[]}`)
}

// TestServerAccounts: kinds, rights, and of passwords only dates.
func TestServerAccounts(t *testing.T) {
	r := Collect(t.Context(), fake(t, "server.txt"))
	var got []string
	for _, a := range r.Accounts.Value {
		got = append(got, fmt.Sprintf("%s %d %s enabled=%v privileged=%v set=%v changed=%s max=%d must=%v", a.Login, a.UID, a.Kind, a.Enabled.Value, a.Privileged.Value,
			a.Password.Value.Set, a.Password.Value.ChangedOn, a.Password.Value.MaxAgeDays, a.Password.Value.MustChange))
	}
	want := []string{
		"root 0 system enabled=true privileged=true set=true changed=2024-10-04 max=0 must=false",
		"daemon 1 system enabled=false privileged=false set=false changed=2022-01-08 max=0 must=false",
		"backup 34 service enabled=false privileged=false set=false changed=2022-01-08 max=0 must=false",
		"jean 1000 named enabled=true privileged=true set=true changed=2025-01-12 max=365 must=false",
		"élodie 1001 named enabled=true privileged=true set=true changed= max=0 must=true",
		"old 1002 named enabled=false privileged=true set=true changed=2024-10-04 max=0 must=false",
		"nobody 65534 system enabled=false privileged=false set=false changed=2022-01-08 max=0 must=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestLaptop: what is in clear is said; what users may change is a default; links
// that lead out of homes are not followed.
func TestLaptop(t *testing.T) {
	root := fake(t, "laptop.txt")
	r := Collect(t.Context(), root)
	shows(t, "support", r.Support, `{"known":true,"value":{"supported_until":"2027-01-31","source":"os-release","source_at":"2026-03-02T11:00:00Z","state":"supported"}}`)
	shows(t, "serial", r.Machine.Serial, `""`)
	shows(t, "kind", r.Machine.Kind, `{"known":true,"value":"laptop"}`)
	shows(t, "packages", r.Packages, `{"known":false,"reason":"agent.unknown.no_packages"}`)
	shows(t, "updates", r.Updates, `{"known":false,"reason":"agent.unknown.no_apt"}`)
	shows(t, "disks", r.DiskEncryption, `{"known":true,"value":{"encrypted":false,"reliable":{"known":false,"reason":"agent.unknown.no_cipher"},"volumes":[{"device":"/dev/sda2","mount":"/","type":"btrfs","encrypted":{"known":true,"value":false}}]}}`)
	shows(t, "firewall", r.Firewall, `{"known":true,"value":{"active":false,"tools":[]}}`)
	shows(t, "malware", r.Malware, `{"known":true,"value":{"active":false,"products":[],"signatures_at":{"known":false,"reason":"agent.unknown.no_signature_date"}}}`)
	shows(t, "time", r.TimeSync, `{"known":true,"value":{"synced":true,"program":"timesyncd","offset_seconds":{"known":false,"reason":"agent.unknown.no_offset"}}}`)
	shows(t, "lock", r.SessionLock, `{"known":true,"value":{"minutes":11,"enforced":false,"source":"gsettings"}}`)
	shows(t, "backups", r.Backups, `{"known":true,"value":[{"program":"borg","repository":"/media/jean/KEY/borg","destination":"usb","last_at":"2026-02-20T08:00:00Z"},
		{"program":"borg","repository":"","destination":"unknown","last_at":"2026-03-01T08:00:00Z"}]}`)
	shows(t, "hints", r.StorageHints, `{"known":true,"value":[{"kind":"public_cloud","name":"Google Drive"},{"kind":"usb","name":"SanDisk Ultra Fit"}]}`)
	for _, a := range r.Accounts.Value {
		if a.Enabled.Known || a.Password.Known || a.Enabled.Reason != noShadow {
			t.Errorf("%s: without shadow nothing is known of passwords: %+v", a.Login, a)
		}
	}

	place(t, root.Dir, "/home/jean/.config/dconf/user", "GVariant\x00/org/gnome/desktop/session/\x00idle-delay\x00")
	shows(t, "lock changed by its user", Collect(t.Context(), root).SessionLock, `{"known":false,"reason":"agent.unknown.user_setting"}`)

	place(t, root.Dir, "/etc/dconf/profile/user", "user-db:user\nsystem-db:local\n")
	place(t, root.Dir, "/etc/dconf/db/local.d/00-lock", "[org/gnome/desktop/session]\nidle-delay=uint32 300\n[org/gnome/desktop/screensaver]\nlock-enabled=true\nlock-delay=uint32 30\n")
	place(t, root.Dir, "/etc/dconf/db/local.d/locks/lock", idleDelay+"\n"+lockEnabled+"\n"+lockDelay+"\n")
	place(t, root.Dir, "/etc/dconf/db/local", "compiled")
	shows(t, "lock enforced", Collect(t.Context(), root).SessionLock, `{"known":true,"value":{"minutes":6,"enforced":true,"source":"dconf"}}`)

	place(t, root.Dir, "/etc/systemd/logind.conf.d/lock.conf", "[Login]\nIdleAction=lock\nIdleActionSec=15min\n")
	shows(t, "lock of logind", Collect(t.Context(), root).SessionLock, `{"known":true,"value":{"minutes":15,"enforced":true,"source":"logind"}}`)
}

// TestContainer: a container does not say of its host what it cannot see.
func TestContainer(t *testing.T) {
	r := Collect(t.Context(), fake(t, "container.txt"))
	shows(t, "kind", r.Machine.Kind, `{"known":true,"value":"container"}`)
	shows(t, "disks", r.DiskEncryption, `{"known":false,"reason":"agent.unknown.unknown_device"}`)
	shows(t, "firewall", r.Firewall, `{"known":false,"reason":"agent.unknown.command_failed"}`)
	shows(t, "malware", r.Malware, `{"known":false,"reason":"agent.unknown.container"}`)
	shows(t, "integrity", r.Integrity, `{"known":false,"reason":"agent.unknown.container"}`)
	shows(t, "time", r.TimeSync, `{"known":false,"reason":"agent.unknown.container"}`)
	shows(t, "accounts", r.Accounts, `{"known":false,"reason":"agent.unknown.not_readable"}`)
}

// TestEmptyMachine: a machine with nothing tells nothing, and each reason is a
// sentence in both languages.
func TestEmptyMachine(t *testing.T) {
	r := Collect(t.Context(), Root{Dir: t.TempDir(), Now: func() time.Time { return noon }})
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var facts map[string]json.RawMessage
	if err := json.Unmarshal(data, &facts); err != nil {
		t.Fatal(err)
	}
	for name, raw := range facts {
		var f struct {
			Known  *bool
			Reason string
		}
		if json.Unmarshal(raw, &f) != nil || f.Known == nil {
			continue
		}
		if *f.Known || i18n.T(vigie.FR, f.Reason) == f.Reason || i18n.T(vigie.EN, f.Reason) == f.Reason {
			t.Errorf("%s: %s", name, raw)
		}
	}
	if r.Hostname != noHostname {
		t.Error(r.Hostname)
	}
}

// TestNoSecret: what is secret or personal on a machine is nowhere in a report.
func TestNoSecret(t *testing.T) {
	for _, name := range []string{"server.txt", "laptop.txt"} {
		root := fake(t, name)
		place(t, root.Dir, "/root/.config/borg/security/dd/location", "rest:https://srv:hunter2-url@backup.example.org/srv?key=hunter2-query")
		place(t, root.Dir, "/root/.config/borg/security/dd/manifest-timestamp", "2026-03-01T01:00:00")
		r := Collect(t.Context(), root)
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"hunter2", "$y$", "0f1e2d3c4b5a", "Jean Dupont", "bureau", "stolen", "/var/secret-cache"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s: the report holds %q", name, secret)
			}
		}
	}
}

// TestHostileFiles: NULs, long lines, control characters, pipes and loops of
// links make facts unknown or shorter, never a report that is not fit.
func TestHostileFiles(t *testing.T) {
	root := fake(t, "server.txt")
	long := strings.Repeat("x", 3*maxLine)
	for _, name := range []string{"/etc/os-release", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/login.defs", "/var/lib/dpkg/status", "/proc/net/tcp", "/proc/self/mountinfo",
		"/proc/swaps", "/etc/pam.d/common-password", "/usr/share/distro-info/debian.csv", "/var/lib/clamav/daily.cld", "/etc/machine-id", "/proc/sys/kernel/hostname", "/proc/600/comm", "/root/.config/borg/security/0011223344/location"} {
		place(t, root.Dir, name, "\x00\xff\u202e\r\n"+long+":"+long+"\n=\n:::::::\n- - -\n[\"\n"+long)
	}
	link(t, root.Dir, "/etc/os-release", "os-release")
	link(t, root.Dir, "/etc/login.defs", "/dev/zero")
	r := Collect(t.Context(), root)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 20000 {
		t.Errorf("%d bytes", len(data))
	}
	if bytes.Contains(data, []byte(`\u0000`)) || bytes.Contains(data, []byte("\u202e")) || bytes.Contains(data, []byte(`\ufffd`)) {
		t.Errorf("odd characters in %s", data)
	}
	if r.OS.Known {
		t.Errorf("%+v", r.OS)
	}
}

// TestHuge: more elements than the agent holds make a fact unknown.
func TestHuge(t *testing.T) {
	root := fake(t, "server.txt")
	var b strings.Builder
	for i := range MaxItems + 10 {
		fmt.Fprintf(&b, "Package: p%d\nStatus: install ok installed\nVersion: 1\n\n", i)
	}
	place(t, root.Dir, "/var/lib/dpkg/status", b.String())
	shows(t, "packages", Collect(t.Context(), root).Packages, `{"known":false,"reason":"agent.unknown.too_large"}`)
}

// TestInterrupted: a collection that is stopped says so.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := fake(t, "server.txt")
	root.Run = func(ctx context.Context, _ string, _ ...string) ([]byte, error) { return nil, ctx.Err() }
	shows(t, "firewall", Collect(ctx, root).Firewall, `{"known":false,"reason":"agent.unknown.interrupted"}`)
}

// TestChangelogCache: a changelog is read once, and forgotten with the update.
func TestChangelogCache(t *testing.T) {
	root := fake(t, "server.txt")
	root.Cache = filepath.Join(t.TempDir(), "changelogs.json")
	want := Collect(t.Context(), root).Updates
	reads, run := 0, root.Run
	root.Run = func(ctx context.Context, program string, args ...string) ([]byte, error) {
		if program == "sh" {
			reads++
		}
		return run(ctx, program, args...)
	}
	if got := Collect(t.Context(), root).Updates; !reflect.DeepEqual(got, want) || reads != 0 {
		t.Errorf("%d reads; got %+v, want %+v", reads, got, want)
	}
	if err := os.WriteFile(root.Cache, []byte("{damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Collect(t.Context(), root).Updates; !reflect.DeepEqual(got, want) || reads == 0 {
		t.Errorf("with a damaged cache: %+v", got)
	}
}

// TestFirewalls: rules that nft and iptables really print.
func TestFirewalls(t *testing.T) {
	for file, want := range map[string]bool{"nft-debian.json": true, "nft-fail2ban.json": false, "nft-firewalld.json": true, "nft-empty.json": false, "nft-ufw.json": true} {
		data, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseNft(data)
		if err != nil || r.refusesByDefault() != want {
			t.Errorf("%s: %v %v", file, r.refusesByDefault(), err)
		}
	}
	data, err := os.ReadFile("testdata/ufw.iptables")
	if err != nil {
		t.Fatal(err)
	}
	ufw, _ := parseIptables(data)
	if !ufw.refusesByDefault() || ufw.owner("iptables") != "ufw" {
		t.Error("ufw")
	}
	for rules, want := range map[string]bool{
		"":                                false,
		":INPUT ACCEPT":                   false,
		":INPUT DROP":                     true,
		":INPUT DROP\n-A INPUT -j ACCEPT": false,
		":INPUT ACCEPT\n-A INPUT -i eth0 -j DROP":                                                true,
		":INPUT ACCEPT\n-A INPUT -i lo -j DROP":                                                  false,
		":INPUT ACCEPT\n-A INPUT ! -i lo -m conntrack --ctstate NEW -j REJECT --reject-with tcp": true,
		":INPUT ACCEPT\n-A INPUT -m state --state INVALID -j DROP":                               false,
		":INPUT ACCEPT\n-A INPUT -p tcp --dport 23 -j DROP":                                      false,
		":INPUT ACCEPT\n-A INPUT -m comment --comment \"a b -s c\" -j X\n-A X -j DROP":           true,
		":INPUT ACCEPT\n-A INPUT -s 192.0.2.1 -j X\n-A X -j DROP":                                false,
		":INPUT ACCEPT\n-A INPUT -j X\n-A X -j Y\n-A Y -j X":                                     false,
	} {
		r, _ := parseIptables([]byte("*nat\n:INPUT DROP\n*filter\n" + rules + "\nCOMMIT\n"))
		if got := r.refusesByDefault(); got != want {
			t.Errorf("%q: %v", rules, got)
		}
	}
}

// TestVersions: versions are ordered as dpkg orders them.
func TestVersions(t *testing.T) {
	for _, c := range [][2]string{{"1.0~rc1", "1.0"}, {"1.0", "1.0-1"}, {"1.0-1", "1.0-1+b1"}, {"1.0-1+deb12u1", "1.0-1+deb12u2"}, {"1.0-9", "1.0-10"}, {"9.9", "1:0.1"}, {"1.0a", "1.0+"}, {"1.0.1", "1.0.a"},
		{"2.36-9", "2.36-9+deb12u1"}, {"1.0-1~bpo12+1", "1.0-1"}, {"3.0.9-1", "3.0.22-1~deb12u2"}, {"", "0.1"}} {
		if compareVersions(c[0], c[1]) >= 0 || compareVersions(c[1], c[0]) <= 0 {
			t.Errorf("%s is not before %s", c[0], c[1])
		}
	}
	for _, c := range [][2]string{{"1.0", "1.0"}, {"0:1.0", "1.0"}, {"1.00", "1.0"}, {"1.0-0", "1.0"}} {
		if compareVersions(c[0], c[1]) != 0 {
			t.Errorf("%s is not %s", c[0], c[1])
		}
	}
}

// TestLogins: the records of wtmp and lastlog of both kinds of machine.
func TestLogins(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		format := formatOf(arch)
		record := func(kind uint16, user string, at time.Time) []byte {
			b := make([]byte, format.wtmpSize)
			binary.NativeEndian.PutUint16(b, kind)
			copy(b[44:76], user)
			if format.wide {
				binary.NativeEndian.PutUint64(b[format.wtmpTime:], uint64(at.Unix()))
			} else {
				binary.NativeEndian.PutUint32(b[format.wtmpTime:], uint32(at.Unix()))
			}
			return b
		}
		data := slices.Concat(record(7, "jean", noon.Add(-2*time.Hour)), record(7, "jean", noon.Add(-time.Hour)), record(8, "jean", noon), record(7, "future", noon.Add(time.Hour)), []byte("cut"))
		last := format.parseWtmp(bytes.NewReader(data), noon)
		if len(last) != 1 || !last["jean"].Equal(noon.Add(-time.Hour)) {
			t.Errorf("%s: %v", arch, last)
		}
	}
}

// TestTimePrograms: the answers of chrony, ntpd and OpenNTPD.
func TestTimePrograms(t *testing.T) {
	for _, c := range []struct {
		parse  func(string) (bool, Fact[float64], bool)
		out    string
		synced bool
		ok     bool
	}{
		{parseChrony, "7F7F0101,,8,1795573065.857664212,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal", false, true},
		{parseChrony, "00000000,,0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised", false, true},
		{parseChrony, "C0A80001,192.168.0.1,2,1.0,-0.5,0.0,0.0,0.0,0.0,0.0,0.0,0.0,64.0,Insert second", true, true},
		{parseChrony, "506 Cannot talk to daemon", false, false},
		{parseNTPq, "leap=00, stratum=3, offset=-1.25\n", true, true},
		{parseNTPq, "leap=11, stratum=16, offset=0.0", false, true},
		{parseNTPq, "ntpq: read: Connection refused", false, false},
		{parseNTPctl, "4/4 peers valid, clock synced, stratum 3", true, true},
		{parseNTPctl, "1/4 peers valid, clock unsynced", false, true},
	} {
		if synced, _, ok := c.parse(c.out); synced != c.synced || ok != c.ok {
			t.Errorf("%q: %v %v", c.out, synced, ok)
		}
	}
	if _, offset, _ := parseNTPq("leap=00, stratum=3, offset=-1.25"); !offset.Known || offset.Value != -0.00125 {
		t.Errorf("offset %v", offset)
	}
}

// TestBackupTraces: restic, Duplicity, Timeshift, rsnapshot, pgBackRest, Veeam.
func TestBackupTraces(t *testing.T) {
	root := fake(t, "server.txt")
	repository := strings.Repeat("ab", 32)
	place(t, root.Dir, "/root/.cache/restic/"+repository+"/snapshots/97/"+repository, "sealed")
	place(t, root.Dir, "/root/.cache/duplicity/home/duplicity-inc.20260220T020000Z.to.20260221T020000Z.manifest.gpg", "sealed")
	place(t, root.Dir, "/root/.cache/duplicity/home/duplicity-full.20991120T020000Z.manifest.part", "")
	place(t, root.Dir, "/timeshift/snapshots/2026-02-20_02-00-01/info.json", "{}")
	place(t, root.Dir, "/timeshift/snapshots/2026-02-21_02-00-01/unfinished", "")
	place(t, root.Dir, "/etc/rsnapshot.conf", "snapshot_root\t/var/cache/rsnapshot/\nbackup\troot@host:/etc/\tx/\n")
	place(t, root.Dir, "/var/cache/rsnapshot/alpha.0", "")
	place(t, root.Dir, "/usr/bin/pgbackrest", "")
	place(t, root.Dir, "/usr/bin/veeamconfig", "")
	run := root.Run
	root.Run = func(ctx context.Context, program string, args ...string) ([]byte, error) {
		switch program {
		case "pgbackrest":
			return []byte(`[{"name":"main","backup":[{"label":"20260226-020000F","error":false,"timestamp":{"start":1772071200,"stop":1772071500}},{"error":true,"timestamp":{"stop":1772400000}}]}]`), nil
		case "veeamconfig":
			return []byte("Job name  Type    ID      State    Created at        Started at        Finished at\nSystem  Backup  {1}  Success  2026-02-25 01:00  2026-02-25 01:00  2026-02-25 01:10\nSystem  Backup  {2}  Failed  2026-02-26 01:00  2026-02-26 01:00  2026-02-26 01:10\n"), nil
		}
		return run(ctx, program, args...)
	}
	got := map[string]string{}
	for _, b := range Collect(t.Context(), root).Backups.Value {
		got[b.Program] = b.Repository + " " + b.LastAt.Format(time.RFC3339)
	}
	local := func(y int, mo time.Month, d, h, mi, s int) string {
		return time.Date(y, mo, d, h, mi, s, 0, time.Local).UTC().Format(time.RFC3339)
	}
	want := map[string]string{
		"borg":       "ssh://vault.example.org:2222/./srv-web 2026-03-02T01:00:05Z",
		"restic":     "abababababab 2026-03-02T11:00:00Z",
		"duplicity":  "home 2026-02-21T02:00:00Z",
		"timeshift":  "/timeshift/snapshots " + local(2026, 2, 20, 2, 0, 1),
		"rsnapshot":  "/var/cache/rsnapshot 2026-03-02T11:00:00Z",
		"pgbackrest": "main 2026-02-26T02:05:00Z",
		"veeam":      " " + local(2026, 2, 25, 1, 10, 0),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestAddresses: repositories are named without what lets in.
func TestAddresses(t *testing.T) {
	for location, want := range map[string]string{
		"ssh://u:p@h:22/./r": "ssh://h:22/./r", "u@h:r": "h:r", "/mnt/a@b": "/mnt/a@b", "https://u:p/w@h/r?token=s#t": "https://h/r",
		"rest:https://u:p@h/r": "rest:https://h/r", "s3:s3.amazonaws.com/b": "s3:s3.amazonaws.com/b", "": "",
	} {
		if got := withoutCredentials(location); got != want {
			t.Errorf("%q: %q, want %q", location, got, want)
		}
	}
	m := newMachine(t.Context(), fake(t, "laptop.txt"))
	for location, want := range map[string]string{"s3:s3.eu-west-3.amazonaws.com/b": "public_cloud", "b2:b": "public_cloud", "ssh://x@y.repo.borgbase.com/r": "public_cloud", "/media/jean/KEY/r": "usb", "/srv/r": "unknown", "ssh://h/r": "unknown"} {
		if got := m.destination(location); got != want {
			t.Errorf("%q: %s, want %s", location, got, want)
		}
	}
}

// TestStorage: dm-crypt under RAID and LVM, several devices, ZFS, what is unknown.
func TestStorage(t *testing.T) {
	device := func(root Root, name, uuid string, slaves ...string) {
		place(t, root.Dir, "/sys/class/block/"+name+"/size", "1")
		if uuid != "" {
			place(t, root.Dir, "/sys/class/block/"+name+"/dm/uuid", uuid)
		}
		for _, s := range slaves {
			place(t, root.Dir, "/sys/class/block/"+name+"/slaves/"+s, "")
		}
	}
	for _, c := range []struct{ name, mounts, want string }{
		{"RAID under LUKS", "1 0 0:1 / / rw - ext4 /dev/dm-5 rw", "true LUKS1"},
		{"LVM on two disks, one in clear", "1 0 0:1 / / rw - ext4 /dev/dm-6 rw", "false "},
		{"verity is not encryption", "1 0 0:1 / / rw - ext4 /dev/dm-7 rw", "false "},
		{"mapping on nothing", "1 0 0:1 / / rw - ext4 /dev/dm-8 rw", "unknown unknown_device"},
		{"no such device", "1 0 0:1 / / rw - ext4 /dev/root rw", "unknown unknown_device"},
		{"encrypted root, data in clear", "1 0 0:1 / / rw - ext4 /dev/dm-5 rw\n2 1 0:2 / /data rw - ext4 /dev/sdc rw", "false "},
		{"encrypted root, unknown data", "1 0 0:1 / / rw - ext4 /dev/dm-5 rw\n2 1 0:2 / /data rw - ext4 /dev/gone rw", "unknown unknown_device"},
		{"ZFS", "1 0 0:1 / / rw - zfs rpool/ROOT rw", "true ZFS"},
		{"ZFS in clear", "1 0 0:1 / / rw - zfs tank rw", "false "},
		{"ZFS that zfs does not know", "1 0 0:1 / / rw - zfs other rw", "unknown unknown_device"},
		{"nothing on disks", "1 0 0:1 / / rw - rootfs none rw", "unknown no_filesystem"},
		{"a USB stick apart", "1 0 0:1 / / rw - ext4 /dev/dm-5 rw\n2 1 0:2 / /media/x rw - vfat /dev/sdu rw", "true LUKS1"},
	} {
		root := Root{Dir: t.TempDir(), Now: func() time.Time { return noon }, Run: func(context.Context, string, ...string) ([]byte, error) {
			return []byte("rpool/ROOT\taes-256-gcm\ntank\toff\n"), nil
		}}
		place(t, root.Dir, "/usr/sbin/zfs", "")
		device(root, "sda", "")
		device(root, "sdb", "")
		device(root, "sdc", "")
		device(root, "md0", "", "sda", "sdb")
		device(root, "dm-5", "CRYPT-LUKS1-x", "md0")
		device(root, "dm-6", "LVM-x", "dm-5", "sdc")
		device(root, "dm-7", "CRYPT-VERITY-x", "sda")
		device(root, "dm-8", "LVM-x")
		place(t, root.Dir, "/sys/class/block/sdu", "")
		link(t, root.Dir, "/sys/class/block/sdu", "../../devices/usb1/block/sdu")
		place(t, root.Dir, "/sys/devices/usb1/block/sdu/removable", "1")
		place(t, root.Dir, "/proc/self/mountinfo", c.mounts+"\n")
		d := newMachine(t.Context(), root).diskEncryption()
		got := "unknown " + strings.TrimPrefix(d.Reason, ReasonPrefix)
		if d.Known {
			got = fmt.Sprint(d.Value.Encrypted, " ", d.Value.Volumes[0].Method)
			if !d.Value.Encrypted {
				got = "false "
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCiphers: AES of 128 bits or more, and nothing else, is said to be reliable.
func TestCiphers(t *testing.T) {
	for table, want := range map[string]string{
		"a: 0 1 crypt aes-xts-plain64 :64:logon:x 0 8:3 0":                         "true",
		"a: 0 1 crypt aes-xts-plain64 :16:logon:x 0 8:3 0":                         "false", // two halves of 64 bits
		"a: 0 1 crypt aes-cbc-essiv:sha256 " + strings.Repeat("00", 16) + " 0 8:3": "true",
		"a: 0 1 crypt capi:xts(aes)-plain64 :32:logon:x 0 8:3":                     "true",
		"a: 0 1 crypt cipher_null-ecb - 0 8:3":                                     "unknown",
		"a: 0 1 crypt cipher_null-ecb 00 0 8:3":                                    "false",
		"a: 0 1 crypt serpent-xts-plain64 :64:logon:x 0 8:3":                       "false",
		"a: 0 1 linear 8:3 0":                                                      "unknown",
		"No devices found":                                                         "unknown",
	} {
		got := "unknown"
		if c, ok := parseCiphers(table + "\n")["a"]; ok && c.reliable().Known {
			got = fmt.Sprint(c.reliable().Value)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
}

// TestExec: commands have a clean environment, a bounded answer and an end.
func TestExec(t *testing.T) {
	t.Setenv("VIGIE_AGENT_TOKEN", "hunter2")
	out, err := Exec(t.Context(), "env")
	if err != nil || bytes.Contains(out, []byte("hunter2")) || !bytes.Contains(out, []byte("LC_ALL=C.UTF-8")) {
		t.Errorf("%s %v", out, err)
	}
	if _, err := Exec(t.Context(), "sh", "-c", "yes"); err == nil {
		t.Error("an endless answer is accepted")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := Exec(ctx, "sh", "-c", "sleep 60"); err == nil || time.Since(start) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}
