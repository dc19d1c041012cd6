package agent

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Each parser of bytes that others wrote is given anything: it ends, within its
// bounds, and what it gives can be shown.

// fit fails when a value holds text that a report may not hold.
func fit(t *testing.T, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte(`\\`), nil)
	if !utf8.Valid(data) || bytes.Contains(data, []byte(`\u0000`)) || bytes.Contains(data, []byte(`\n`)) || bytes.Contains(data, []byte(`\ufffd`)) {
		t.Errorf("not fit: %q", data)
	}
}

func seeds(f *testing.F, list ...string) {
	for _, s := range append(list, "", "\x00\xff", strings.Repeat("a:", 300), "é\u202e\n\n=\n") {
		f.Add([]byte(s))
	}
}

func FuzzStatus(f *testing.F) {
	seeds(f, "Package: a\nStatus: install ok installed\nVersion: 1\nSource: b (2)\n\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		packages, _ := parseStatus(bytes.NewReader(data))
		fit(t, packages)
	})
}

func FuzzUpgrade(f *testing.F) {
	seeds(f, "Inst a [1] (2 Debian-Security:12/stable-security [amd64]) []\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		fit(t, parseUpgrade(string(data)))
		parseMadison(string(data))
		parseURIs(string(data))
	})
}

func FuzzChangelog(f *testing.F) {
	seeds(f, "a (2) x; urgency=low\n\n  * CVE-2026-0001\n\n -- B <b@c>  Wed, 21 Jan 2026 09:54:24 +0000\n\na (1) x;\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _ := parseChangelog(data, "1")
		fit(t, c.CVEs)
	})
}

func FuzzVersions(f *testing.F) {
	f.Add("1:1.0~rc1-1", "1.0-1+b1")
	f.Add("", "~")
	f.Fuzz(func(t *testing.T, a, b string) {
		if compareVersions(a, b) != -compareVersions(b, a) || compareVersions(a, a) != 0 {
			t.Errorf("%q and %q are not in one order", a, b)
		}
	})
}

func FuzzDistroInfo(f *testing.F) {
	seeds(f, "version,codename,series,eol,eol-lts\n12,Bookworm,bookworm,2026-06-10,2028-06-30\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		s, reason := parseDistroInfo(bytes.NewReader(data), OS{Version: "12"})
		if reason == "" && s.SupportedUntil == "" {
			t.Error("no end and no reason")
		}
		fit(t, s)
	})
}

func FuzzSockets(f *testing.F) {
	seeds(f, "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 33333 1 0\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range parseSockets(bytes.NewReader(data), "tcp") {
			if s.Port.Port < 1 || s.Port.Port > 65535 {
				t.Errorf("%+v", s)
			}
			fit(t, s.Port)
		}
	})
}

func FuzzWtmp(f *testing.F) {
	record := make([]byte, 400)
	record[0] = 7
	f.Add(record)
	f.Add([]byte("cut"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		for _, arch := range []string{"amd64", "arm64"} {
			formatOf(arch).parseWtmp(bytes.NewReader(data), noon)
		}
	})
}

func FuzzPAM(f *testing.F) {
	seeds(f, "password requisite pam_pwquality.so minlen=12", "-auth required pam_faillock.so deny=99999999999", "pam_")
	f.Fuzz(func(_ *testing.T, data []byte) {
		stack := pamStack{}
		stack.add(string(data))
		m := &machine{Root: Root{Dir: os.DevNull}}
		for module := range stack {
			effectiveLength(m.demands(stack, module), 8)
		}
	})
}

func FuzzFirewall(f *testing.F) {
	for _, name := range []string{"nft-debian.json", "nft-firewalld.json", "ufw.iptables"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	seeds(f, `{"nftables":[{"rule":{"expr":[{"jump":null},{"vmap":{"data":{"set":[[1,2]]}}}]}}]}`, "*filter\n-A INPUT -j INPUT\n:INPUT ACCEPT\n")
	f.Fuzz(func(_ *testing.T, data []byte) {
		if r, err := parseNft(data); err == nil {
			r.refusesByDefault()
		}
		if r, err := parseIptables(data); err == nil {
			r.refusesByDefault()
		}
	})
}

func FuzzMount(f *testing.F) {
	seeds(f, `36 35 98:0 / /mnt\040a rw - ext4 /dev/sda1 rw`, `1 1 0:1 \1 \777 - \0 \`)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, _ := parseMount(string(data))
		fit(t, []string{v.device, v.point, v.kind})
		parseZFS(string(data))
		for name, c := range parseCiphers(string(data)) {
			fit(t, []string{name, c.name})
		}
	})
}

func FuzzClam(f *testing.F) {
	seeds(f, "ClamAV-VDB:02 Mar 2026 03-30 +0000:1:2:3:a:b:c:1772422200", "ClamAV-VDB:02 Mar 2026 03-30 +0000:1:2:3:a:b:c")
	f.Fuzz(func(t *testing.T, data []byte) { fit(t, parseClamHead(data)) })
}

func FuzzTimePrograms(f *testing.F) {
	seeds(f, "C0A80001,a,3,1.0,1e999,0,0,0,0,0,0,0,0,Normal", "leap=00, stratum=3, offset=nan", "1/1 peers valid, clock synced")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, parse := range []func(string) (bool, Fact[float64], bool){parseChrony, parseNTPq, parseNTPctl} {
			_, offset, _ := parse(string(data))
			fit(t, offset) // JSON has no infinity
		}
	})
}

func FuzzLock(f *testing.F) {
	seeds(f, "1h 30min", "2700000h", "99999999999h", `<schemalist><schema path="/a/"><key name="b"><default>3</default></key></schema></schemalist>`)
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := parseSpan(string(data)); err == nil && d < 0 {
			t.Errorf("%q: %v", data, d)
		}
		values := map[string]string{}
		parseSchema(bytes.NewReader(data), values)
		for _, v := range values {
			fit(t, v)
		}
	})
}

func FuzzBackups(f *testing.F) {
	seeds(f, "duplicity-full.20261120T020000Z.manifest", `[{"name":"a","backup":[{"timestamp":{"stop":1}}]}]`, "x Backup Success 2026-01-01 00:00", "ssh://a:b@c/d", "@://")
	f.Fuzz(func(t *testing.T, data []byte) {
		s := string(data)
		parseDuplicity(s)
		parseVeeam(s)
		for _, b := range parsePgBackRest(data) {
			if b.LastAt.Year() <= 9999 {
				fit(t, b)
			}
		}
		if got := withoutCredentials(s); strings.Contains(got, "@") && !strings.HasPrefix(s, "/") {
			t.Errorf("%q: %q", s, got)
		}
		fit(t, withoutCredentials(s))
	})
}

func FuzzSettings(f *testing.F) {
	seeds(f, "ID=debian\nVERSION_ID=\"12\"\n", "[a]\nb=c\n", "root:x:0:0::/root:/bin/sh\n", "User_Alias A = b\nA ALL=(ALL) ALL\n")
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{"/etc/os-release", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/login.defs", "/etc/logind.conf", "/etc/xdg/kscreenlockerrc", "/usr/bin/plasmashell"} {
			place(t, dir, name, string(data))
		}
		m := newMachine(t.Context(), Root{Dir: dir, Now: func() time.Time { return noon }})
		fit(t, m.os())
		fit(t, m.accounts())
		fit(t, m.passwordPolicy())
		fit(t, m.sessionLock())
	})
}
