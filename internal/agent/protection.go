package agent

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A product is a program that protects, and the processes that prove that it
// runs. The kernel cuts the names that programs give themselves at 15 bytes.
type product struct {
	name      string
	processes []string
}

// protections are the products against malware that watch while they run. A
// program that only refreshes signatures protects nothing.
var protections = []product{
	{"ClamAV", []string{"clamd", "clamonacc"}},
	{"CrowdStrike Falcon", []string{"falcon-sensor", "falcon-sensor-bpf"}},
	{"Microsoft Defender", []string{"wdavdaemon"}},
	{"SentinelOne", []string{"s1-agent", "sentinelone-agent"}},
	{"Trend Micro Deep Security", []string{"ds_agent", "ds_am"}},
	{"Elastic Defend", []string{"elastic-endpoint"}},
	{"Kaspersky Endpoint Security", []string{"kesl"}},
	{"Sophos", []string{"savd", "sophos_threat_detector", "sophos_threat_d"}},
	{"Bitdefender GravityZone", []string{"bdsecd"}},
	{"Carbon Black", []string{"cbagentd", "cbdaemon"}},
	{"ESET", []string{"esets_daemon", "oaeventd"}},
	{"HarfangLab", []string{"hurukai"}},
	{"Trellix", []string{"xagt", "mfetpd"}},
	{"CylancePROTECT", []string{"cylancesvc"}},
}

// malware tells which known products run. In a container, a protection of the
// host cannot be seen.
func (m *machine) malware() Fact[Malware] {
	if len(m.processes) == 0 {
		return unknown[Malware](noProcesses)
	}
	v := Malware{Products: []string{}, SignaturesAt: unknown[time.Time](noSignatureDate)}
	for _, p := range protections {
		if m.runs(p.processes...) {
			v.Products = append(v.Products, p.name)
		}
	}
	v.Active = len(v.Products) > 0
	if !v.Active && m.contained() {
		return unknown[Malware](container)
	}
	if slices.Contains(v.Products, "ClamAV") {
		if t := m.clamSignatures(); !t.IsZero() {
			v.SignaturesAt = known(t)
		}
	}
	return known(v)
}

// clamSignatures returns the date of the newest database that ClamAV loads.
func (m *machine) clamSignatures() (newest time.Time) {
	dir := "/var/lib/clamav"
	m.lines("/etc/clamav/clamd.conf", func(line string) bool {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "DatabaseDirectory" {
			dir = f[1]
		}
		return true
	})
	for _, name := range []string{"daily.cvd", "daily.cld", "main.cvd", "main.cld", "bytecode.cvd", "bytecode.cld"} {
		f, err := m.open(dir + "/" + name)
		if err != nil {
			continue
		}
		var head [512]byte
		n, _ := io.ReadFull(f, head[:])
		f.Close()
		if t := parseClamHead(head[:n]); m.past(t) && t.After(newest) {
			newest = t
		}
	}
	return newest
}

// parseClamHead reads when a database was made: the first 512 bytes are
// ClamAV-VDB:time:version:signatures:level:digest:seal:builder:seconds
func parseClamHead(head []byte) time.Time {
	f := strings.Split(string(bytes.TrimRight(head, " \n\x00")), ":")
	if len(f) < 8 || f[0] != "ClamAV-VDB" {
		return time.Time{}
	}
	if len(f) >= 9 {
		if s, err := strconv.ParseInt(strings.TrimSpace(f[8]), 10, 33); err == nil && s > 0 {
			return time.Unix(s, 0).UTC()
		}
	}
	t, err := time.Parse("02 Jan 2006 15-04 -0700", strings.TrimSpace(f[1]))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// integrityStale is the age of the last trace of a scheduled check after which
// the schedule is not believed: they are daily or weekly.
const integrityStale = 9 * 24 * time.Hour

// A scheduled check of files: what proves that it is ready, when it runs, and
// what it leaves.
type scheduledCheck struct {
	name      string
	databases []string // one of them exists once the check was prepared
	schedules []string // one of them makes it run
	traces    []string // their dates are those of the checks
}

var scheduledChecks = []scheduledCheck{
	{"AIDE", []string{"/var/lib/aide/aide.db", "/var/lib/aide/aide.db.gz"},
		[]string{"/etc/systemd/system/timers.target.wants/dailyaidecheck.timer", "/etc/systemd/system/timers.target.wants/aidecheck.timer", "/etc/cron.daily/*aide*", "/etc/cron.weekly/*aide*", "/etc/cron.d/*aide*"},
		[]string{"/var/log/aide/aide.log", "/var/log/aide/aide.log.0", "/var/log/aide/aidecheck.log"}},
	{"Tripwire", []string{"/var/lib/tripwire/*.twd"}, []string{"/etc/cron.daily/tripwire", "/etc/cron.weekly/tripwire", "/etc/cron.d/*tripwire*"}, []string{"/var/lib/tripwire/report/*.twr"}},
}

// integrity tells which monitors of files run, or are scheduled and do run.
func (m *machine) integrity() Fact[Integrity] {
	if len(m.processes) == 0 {
		return unknown[Integrity](noProcesses)
	}
	v := Integrity{Products: []string{}, LastCheckAt: unknown[time.Time](noCheckDate)}
	for _, c := range scheduledChecks {
		last := m.newest(c.traces)
		if last.After(v.LastCheckAt.Value) {
			v.LastCheckAt = known(last)
		}
		if m.any(c.databases) && m.any(c.schedules) && (last.IsZero() || m.now.Sub(last) < integrityStale) {
			v.Products = append(v.Products, c.name)
		}
	}
	if m.runs("samhain") {
		v.Products = append(v.Products, "Samhain")
	}
	if m.runs("wazuh-syscheckd", "wazuh-syscheck") {
		v.Products = append(v.Products, "Wazuh")
	}
	if m.runs("ossec-syscheckd", "ossec-syscheck") {
		v.Products = append(v.Products, "OSSEC")
	}
	if m.runs("osqueryd") && m.osqueryWatchesFiles() {
		v.Products = append(v.Products, "osquery")
	}
	if m.runs("auditd") && m.auditWatchesFiles() {
		v.Products = append(v.Products, "auditd")
	}
	v.Active = len(v.Products) > 0
	if !v.Active && m.contained() {
		return unknown[Integrity](container)
	}
	return known(v)
}

func (m *machine) any(patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return len(m.glob(p)) > 0 })
}

// newest returns the last date of the files that match, not in the future.
func (m *machine) newest(patterns []string) (last time.Time) {
	for _, p := range patterns {
		for _, name := range m.glob(p) {
			if t := m.modified(name); m.past(t) && t.After(last) {
				last = t
			}
		}
	}
	return last
}

// osqueryWatchesFiles says whether osquery was given files to watch.
func (m *machine) osqueryWatchesFiles() bool {
	for _, name := range append(m.glob("/etc/osquery/osquery.conf.d/*.conf"), "/etc/osquery/osquery.conf") {
		if data, err := m.read(name, 1<<20); err == nil && bytes.Contains(data, []byte(`"file_paths"`)) {
			return true
		}
	}
	return false
}

// auditWatchesFiles says whether the rules of the audit in force watch files:
// auditd alone keeps logins.
func (m *machine) auditWatchesFiles() bool {
	found := false
	watch := func(line string) bool {
		line = strings.TrimSpace(line)
		found = found || strings.HasPrefix(line, "-w /") || strings.HasPrefix(line, "-a ") && (strings.Contains(line, "-F path=/") || strings.Contains(line, "-F dir=/"))
		return !found
	}
	if out, err := m.run("auditctl", "-l"); err == nil {
		eachLine(bytes.NewReader(out), watch)
		return found
	}
	m.lines("/etc/audit/audit.rules", watch)
	return found
}
