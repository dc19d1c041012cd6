package agent

import (
	"math"
	"strconv"
	"strings"
	"syscall"
)

// timeSync tells whether something keeps the clock right: the program that does
// is asked, else the kernel.
func (m *machine) timeSync() Fact[TimeSync] {
	v := TimeSync{OffsetSeconds: unknown[float64](noOffset)}
	ask := func(parse func(string) (synced bool, offset Fact[float64], ok bool), name string, args ...string) bool {
		out, err := m.run(name, args...)
		if err != nil {
			return false
		}
		synced, offset, ok := parse(string(out))
		if ok {
			v.Synced, v.OffsetSeconds = synced, offset
		}
		return ok
	}
	switch {
	case m.runs("chronyd"):
		v.Program = "chrony"
		if ask(parseChrony, "chronyc", "-c", "-n", "tracking") {
			return known(v)
		}
	case m.runs("systemd-timesyncd", "systemd-timesyn"):
		// timesyncd makes this file once the clock is set, and at each start anew.
		v.Program, v.Synced = "timesyncd", m.exists("/run/systemd/timesync/synchronized")
		return known(v)
	case m.runs("ntpd"):
		v.Program = "ntpd"
		if ask(parseNTPq, "ntpq", "-n", "-c", "rv 0 leap,stratum,offset") || ask(parseNTPctl, "ntpctl", "-s", "status") {
			return known(v)
		}
	}
	if m.KernelSynced != nil {
		// A program that does not answer may be right without telling the kernel.
		if synced, err := m.KernelSynced(); err == nil && (synced || v.Program == "") {
			v.Synced = synced
			return known(v)
		}
	}
	switch {
	case v.Program != "":
		return unknown[TimeSync](commandFailed)
	case m.contained():
		return unknown[TimeSync](container) // the clock is that of the host
	}
	return unknown[TimeSync](noClock)
}

// kernelSynced asks the kernel whether a program keeps its clock right.
func kernelSynced() (bool, error) {
	const unsynchronised = 0x40 // STA_UNSYNC
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil { // no mode: only reads
		return false, err
	}
	return t.Status&unsynchronised == 0, nil
}

// parseChrony reads chronyc -c tracking: reference, name, stratum, reference
// time, offset in seconds, …, leap status. The reference 7F7F0101 is the clock
// of the machine itself.
func parseChrony(out string) (synced bool, offset Fact[float64], ok bool) {
	f := strings.Split(strings.TrimSpace(out), ",")
	if len(f) != 14 {
		return false, unknown[float64](noOffset), false
	}
	stratum, err := strconv.Atoi(f[2])
	if err != nil {
		return false, unknown[float64](noOffset), false
	}
	synced = stratum > 0 && stratum < 16 && f[0] != "7F7F0101" && f[13] != "Not synchronised"
	return synced, number(f[4], 1, synced), true
}

// parseNTPq reads ntpq -c "rv 0 leap,stratum,offset": leap=00, stratum=3,
// offset=0.123 (in milliseconds).
func parseNTPq(out string) (synced bool, offset Fact[float64], ok bool) {
	kv := map[string]string{}
	for _, part := range strings.FieldsFunc(out, func(r rune) bool { return r == ',' || r == '\n' }) {
		if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			kv[k] = v
		}
	}
	stratum, err := strconv.Atoi(kv["stratum"])
	if err != nil || kv["leap"] == "" {
		return false, unknown[float64](noOffset), false
	}
	synced = stratum > 0 && stratum < 16 && kv["leap"] != "11" && kv["leap"] != "3"
	return synced, number(kv["offset"], 1000, synced), true
}

// parseNTPctl reads ntpctl -s status of OpenNTPD, which tells no offset.
func parseNTPctl(out string) (synced bool, offset Fact[float64], ok bool) {
	if !strings.Contains(out, "peers valid") {
		return false, unknown[float64](noOffset), false
	}
	return strings.Contains(out, "clock synced"), unknown[float64](noOffset), true
}

// number reads an offset; that of a clock that is not synchronised means nothing.
func number(s string, unit float64, synced bool) Fact[float64] {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !synced || math.IsNaN(v) || math.IsInf(v, 0) {
		return unknown[float64](noOffset)
	}
	return known(v / unit)
}
