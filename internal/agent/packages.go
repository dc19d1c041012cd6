package agent

import (
	"io"
	"regexp"
	"slices"
	"strings"
)

// maxParagraph bounds the lines kept of one paragraph of the dpkg database.
const maxParagraph = 5

// packages reads the database of dpkg.
func (m *machine) packages() Fact[[]Package] {
	f, err := m.open("/var/lib/dpkg/status")
	if err != nil {
		return unknown[[]Package](m.why(err, noPackages))
	}
	defer f.Close()
	packages, err := parseStatus(f)
	if err != nil {
		return unknown[[]Package](m.why(err, malformed))
	}
	return list(packages)
}

// parseStatus reads installed packages from /var/lib/dpkg/status.
func parseStatus(r io.Reader) ([]Package, error) {
	var packages []Package
	fields := make(map[string]string, maxParagraph)
	end := func() {
		if strings.HasSuffix(fields["Status"], " installed") && fields["Package"] != "" {
			p := Package{Name: fields["Package"], Version: fields["Version"], Source: fields["Package"], Arch: fields["Architecture"]}
			p.sourceVersion = p.Version
			if source, version, _ := strings.Cut(fields["Source"], " "); source != "" {
				p.Source = source
				if version != "" {
					p.sourceVersion = strings.Trim(version, "()")
				}
			}
			packages = append(packages, p)
		}
		clear(fields)
	}
	err := eachLine(io.LimitReader(r, maxFile), func(line string) bool {
		if line == "" {
			end()
			return len(packages) <= MaxItems
		}
		switch key, value, _ := strings.Cut(line, ":"); key {
		case "Package", "Status", "Version", "Source", "Architecture":
			fields[key] = clean(value)
		}
		return true
	})
	end()
	return packages, err
}

// updates asks apt, without network, what an upgrade would install: holds and
// phased updates included, for a correction put off is still to be applied.
func (m *machine) updates(installed Fact[[]Package]) Fact[Updates] {
	if !m.has("apt-get") {
		return unknown[Updates](noApt)
	}
	if len(m.glob("/var/lib/apt/lists/*_Packages*")) == 0 {
		return unknown[Updates](noAptLists)
	}
	out, err := m.run("apt-get", "-s", "-q", "--ignore-hold", "-o", "Debug::NoLocking=1",
		"-o", "APT::Get::Always-Include-Phased-Updates=1", "dist-upgrade")
	if err != nil {
		return unknown[Updates](m.why(err, commandFailed))
	}
	u := Updates{Pending: parseUpgrade(string(out))}
	m.securityBelow(u.Pending)
	for _, name := range []string{"/var/lib/apt/lists", "/var/lib/apt/lists/partial", "/var/lib/apt/periodic/update-success-stamp"} {
		if t := m.modified(name); t.After(u.ListsAt) {
			u.ListsAt = t
		}
	}
	if len(u.Pending) > MaxItems {
		return unknown[Updates](tooLarge)
	}
	m.corrections(u.Pending, installed.Value)
	slices.SortStableFunc(u.Pending, func(a, b Update) int { return strings.Compare(a.Package+":"+a.Arch, b.Package+":"+b.Arch) })
	return known(u)
}

// securityBelow finds the security updates that a later version of another
// origin hides: once a point release repeats a correction, the candidate no
// longer comes from the security archive, and its correction is still missing.
func (m *machine) securityBelow(updates []Update) {
	args := []string{"madison"}
	for _, u := range updates {
		if !u.Security {
			args = append(args, u.Package)
		}
	}
	if len(args) == 1 {
		return
	}
	out, err := m.run("apt-cache", args...)
	if err != nil {
		return
	}
	offered := parseMadison(string(out))
	for i := range updates {
		u := &updates[i]
		u.Security = u.Security || slices.ContainsFunc(offered[u.Package], func(v string) bool { return compareVersions(v, u.Installed) > 0 })
	}
}

// parseMadison reads which versions the security archives offer of each package:
// " openssl | 3.0.19-1 | http://… bookworm-security/main amd64 Packages".
func parseMadison(out string) map[string][]string {
	offered := map[string][]string{}
	for line := range strings.Lines(out) {
		f := strings.Split(line, "|")
		if len(f) == 3 && strings.Contains(f[2], "-security") && strings.HasSuffix(strings.TrimSpace(f[2]), " Packages") && len(offered) < MaxItems {
			name := strings.TrimSpace(f[0])
			offered[name] = append(offered[name], strings.TrimSpace(f[1]))
		}
	}
	return offered
}

// Inst libc6 [2.36-9] (2.36-9+deb12u1 Debian:12.1/stable, Debian-Security:12/stable-security [amd64]) []
var upgradeLine = regexp.MustCompile(`^Inst (\S+) \[([^\]]+)\] \((\S+) (.*) \[([^\]]+)\]\)`)

// parseUpgrade reads the answer of apt-get -s dist-upgrade; packages that would
// be added are not updates.
func parseUpgrade(out string) []Update {
	updates := []Update{}
	for line := range strings.Lines(out) {
		f := upgradeLine.FindStringSubmatch(line)
		if f == nil {
			continue
		}
		name, _, _ := strings.Cut(f[1], ":")
		origins := strings.ToLower(f[4])
		updates = append(updates, Update{
			Package: clean(name), Source: clean(name), Arch: clean(f[5]),
			Installed: clean(f[2]), Candidate: clean(f[3]), Origin: clean(f[4]),
			Security: strings.Contains(origins, "-security") || strings.Contains(origins, "esm"),
		})
	}
	return updates
}
