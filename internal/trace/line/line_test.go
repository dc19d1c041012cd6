package line_test

import (
	"testing"
	"time"

	"vigie.example/internal/trace/line"
)

var received = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixMicro()

func TestHeaders(t *testing.T) {
	at := func(s string) int64 {
		when, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return when.UnixMicro()
	}
	for _, c := range []struct {
		raw       string
		priority  int
		at        int64
		zoned     bool
		host, app string
	}{
		{"<38>1 2026-01-02T03:04:05.123456+01:00 srv-1 sshd 12 - - Failed", 38, at("2026-01-02T02:04:05.123456Z"), true, "srv-1", "sshd"},
		{"<38>1 - - - - - - x", 38, 0, false, "", ""},
		{"<13>Jan  2 03:04:05 srv-1 cron[12]: x", 13, at("2026-01-02T03:04:05Z"), false, "srv-1", "cron"},
		{"<13>Dec 31 23:59:59 srv-1 cron: x", 13, at("2025-12-31T23:59:59Z"), false, "srv-1", "cron"},
		{"<13>Jan  2 03:04:05 cron[12]: x", 13, at("2026-01-02T03:04:05Z"), false, "", "cron"},
		{"<13>2024-02-29T03:04:05Z srv-1 cron: x", 13, at("2024-02-29T03:04:05Z"), true, "srv-1", "cron"},
		{"<192>1 2026-01-02T03:04:05Z a b c - - x", -1, 0, false, "", ""},
		{"<38>1 2026-13-02T03:04:05Z a b c - - x", 38, 0, false, "", ""},
		{"no header at all", -1, 0, false, "", ""},
		{"", -1, 0, false, "", ""},
	} {
		h := line.Parse([]byte(c.raw), received)
		if h.Priority != c.priority || h.At != c.at || h.Zoned != c.zoned || string(h.Host) != c.host || string(h.App) != c.app {
			t.Errorf("%q: %+v host %s app %s", c.raw, h, h.Host, h.App)
		}
	}
}

// TestStructured reads what is not syslog: JSON as collectors send it, and the
// journal.
func TestStructured(t *testing.T) {
	stamp := time.Date(2026, 11, 25, 3, 14, 15, 0, time.UTC).UnixMicro()
	for _, c := range []struct {
		raw, host, app, message string
		at                      int64
	}{
		{`{"@timestamp":"2026-11-25T03:14:15.000Z","host":{"name":"srv-1"},"process":{"name":"sshd","pid":1},"message":"Failed \"x\""}`, "srv-1", "sshd", `Failed "x"`, stamp},
		{`{"timestamp":"2026-11-25T03:14:15Z","hostname":"srv-1","appname":"billing","msg":"paid"}`, "srv-1", "billing", "paid", stamp},
		{`{"@timestamp":"2026-11-25T03:14:15Z","host.name":"srv-1","message":"<38>1 2026-11-25T03:14:14Z srv-2 sshd 12 - - Failed"}`, "srv-1", "sshd", "Failed", stamp},
		{`{"@timestamp":"2026-11-25T03:14:15Z","event":{"original":"Nov 25 03:14:15 srv-2 sshd[1]: Failed"},"message":"Failed"}`, "srv-2", "sshd", "Failed", stamp},
		{`{"@timestamp":"2026-11-25T03:14:15Z","resource":{"service.name":"shop","host.name":"srv-1"},"body":"order"}`, "srv-1", "shop", "order", stamp},
		{`{"__REALTIME_TIMESTAMP":"1795576455000000","_HOSTNAME":"srv-1","SYSLOG_IDENTIFIER":"cron","MESSAGE":"ran"}`, "srv-1", "cron", "ran", 1795576455000000},
		{"__CURSOR=a\n__REALTIME_TIMESTAMP=1795576455000000\n_HOSTNAME=srv-1\n_COMM=c\nSYSLOG_IDENTIFIER=cron\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\nPRIORITY=6", "srv-1", "cron", "a\nb", 1795576455000000},
		{`{"host":{"name":"cut`, "", "", "", 0},
		{"{}", "", "", "", 0},
		{"__CURSOR\n\xff\xff\xff\xff\xff\xff\xff\xff", "", "", "", 0},
	} {
		h := line.Parse([]byte(c.raw), received)
		if string(h.Host) != c.host || string(h.App) != c.app || string(h.Message([]byte(c.raw))) != c.message || h.At != c.at {
			t.Errorf("%s: host %s app %s at %d message %q", c.raw, h.Host, h.App, h.At, h.Message([]byte(c.raw)))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("<38>1 2026-01-02T03:04:05.123456+01:00 srv-1 sshd 12 - - Failed"))
	f.Add([]byte("<13>Jan  2 03:04:05 srv-1 cron[12]: x"))
	f.Add([]byte(`{"@timestamp":"2026-11-25T03:14:15Z","host":{"name":"h"},"message":"Nov 25 03:14:15 h sshd[1]: \u0041"}`))
	f.Add([]byte("__CURSOR=a\nMESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h := line.Parse(data, received); h.Body > len(data) || len(h.Host) > 256 || len(h.App) > 256 {
			t.Errorf("%+v", h)
		} else {
			h.Message(data)
		}
		if got, ok := line.Stamp(data); ok {
			if want, err := time.Parse(time.RFC3339Nano, string(data)); err == nil && want.UnixMicro() != got {
				t.Errorf("%q: %d, want %d", data, got, want.UnixMicro())
			}
		}
	})
}
