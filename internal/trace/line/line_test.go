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

func FuzzParse(f *testing.F) {
	f.Add([]byte("<38>1 2026-01-02T03:04:05.123456+01:00 srv-1 sshd 12 - - Failed"))
	f.Add([]byte("<13>Jan  2 03:04:05 srv-1 cron[12]: x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h := line.Parse(data, received); h.Body > len(data) || len(h.Host) > 256 || len(h.App) > 256 {
			t.Errorf("%+v", h)
		}
		if got, ok := line.Stamp(data); ok {
			if want, err := time.Parse(time.RFC3339Nano, string(data)); err == nil && want.UnixMicro() != got {
				t.Errorf("%q: %d, want %d", data, got, want.UnixMicro())
			}
		}
	})
}
