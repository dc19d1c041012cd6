package agent

import (
	"cmp"
	"strings"
)

// compareVersions orders two versions of Debian packages as dpkg does: epoch,
// upstream, revision; letters before other signs, ~ before everything.
func compareVersions(a, b string) int {
	epochA, upstreamA, revisionA := splitVersion(a)
	epochB, upstreamB, revisionB := splitVersion(b)
	return cmp.Or(compareDigits(epochA, epochB), comparePart(upstreamA, upstreamB), comparePart(revisionA, revisionB))
}

func splitVersion(v string) (epoch, upstream, revision string) {
	epoch, upstream, ok := strings.Cut(v, ":")
	if !ok {
		epoch, upstream = "", v
	}
	if i := strings.LastIndexByte(upstream, '-'); i >= 0 {
		return epoch, upstream[:i], upstream[i+1:]
	}
	return epoch, upstream, ""
}

// comparePart compares runs of signs and runs of digits in turn.
func comparePart(a, b string) int {
	for a != "" || b != "" {
		var signsA, signsB, digitsA, digitsB string
		signsA, a = run(a, false)
		signsB, b = run(b, false)
		digitsA, a = run(a, true)
		digitsB, b = run(b, true)
		if c := cmp.Or(compareSigns(signsA, signsB), compareDigits(digitsA, digitsB)); c != 0 {
			return c
		}
	}
	return 0
}

// run cuts the digits, or the other signs, that s begins with.
func run(s string, digits bool) (head, tail string) {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9') == digits {
		i++
	}
	return s[:i], s[i:]
}

func compareSigns(a, b string) int {
	for i := range max(len(a), len(b)) {
		if c := cmp.Compare(weight(a, i), weight(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

// weight orders ~, the end, letters, then the other signs.
func weight(s string, i int) int {
	switch {
	case i >= len(s):
		return 0
	case s[i] == '~':
		return -1
	case s[i] >= 'a' && s[i] <= 'z', s[i] >= 'A' && s[i] <= 'Z':
		return int(s[i])
	}
	return int(s[i]) + 256
}

// compareDigits compares numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
