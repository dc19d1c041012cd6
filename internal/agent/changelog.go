package agent

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bounds of what is asked for the changelogs of one collection; those left
// are asked at the next one.
const (
	changelogsEnd = 3 * time.Minute
	changelogEnd  = 20 * time.Second
	maxMisses     = 3        // unanswered requests in a row after which a server is not asked again
	maxArchive    = 8 << 20  // bytes of a package that is fetched for its changelog
	maxArchives   = 96 << 20 // bytes of all those of one collection
	maxRounds     = 3        // packages of one source that are fetched: some have a link in place of a changelog
)

// A correction is what a candidate changes, from its changelog.
type correction struct {
	CVEs      []string   `json:"cves"`
	Published *time.Time `json:"published,omitempty"`
}

// A change is the updates of one source package from one version to another:
// they have one changelog.
type change struct {
	since   string // version of the source that is installed
	updates []*Update
	read    *correction // nil as long as the changelog is not read
}

// corrections completes updates with what the changelogs of their candidates
// say. A changelog is remembered until the update is applied. An update that
// corrects a CVE is one of security, wherever it comes from.
func (m *machine) corrections(updates []Update, installed []Package) {
	ctx, cancel := context.WithTimeout(m.ctx, changelogsEnd)
	defer cancel()
	changes := changesOf(updates, installed)
	before, after := m.remembered(), map[string]correction{}
	for key, c := range changes {
		if known, ok := before[key]; ok {
			c.read = &known
		} else {
			m.readDownloaded(ctx, c)
		}
	}
	if m.Online {
		m.fetchChangelogs(ctx, changes)
	}
	for key, c := range changes {
		if c.read != nil {
			after[key] = *c.read
		}
		for _, u := range c.updates {
			c.tell(u)
		}
	}
	m.remember(after)
}

// changesOf groups updates, under a key that lasts as long as they wait.
func changesOf(updates []Update, installed []Package) map[string]*change {
	byName := make(map[string]Package, len(installed))
	for _, p := range installed {
		byName[p.Name+":"+p.Arch] = p
	}
	changes := map[string]*change{}
	for i := range updates {
		u := &updates[i]
		p, ok := byName[u.Package+":"+u.Arch]
		if !ok {
			p = Package{Source: u.Package, sourceVersion: u.Installed}
		}
		u.Source = p.Source
		key := p.Source + " " + p.sourceVersion + " " + u.Candidate
		if changes[key] == nil {
			changes[key] = &change{since: p.sourceVersion}
		}
		changes[key].updates = append(changes[key].updates, u)
	}
	for _, c := range changes {
		slices.SortStableFunc(c.updates, func(a, b *Update) int { return rank(a) - rank(b) })
	}
	return changes
}

// rank orders the packages of a source: those that more likely have a changelog
// of their own, and are smaller, first.
func rank(u *Update) int {
	switch {
	case strings.HasSuffix(u.Package, "-common"), strings.HasSuffix(u.Package, "-data"):
		return 0
	case strings.HasSuffix(u.Package, "-doc"), strings.HasSuffix(u.Package, "-dev"), strings.HasSuffix(u.Package, "-dbg"):
		return 2
	}
	return 1
}

// tell writes what was read, or not, into an update.
func (c *change) tell(u *Update) {
	if c.read == nil {
		u.CVEs = unknown[[]string](noChangelog)
		return
	}
	u.CVEs, u.Published = known(c.read.CVEs), c.read.Published
	u.Security = u.Security || len(c.read.CVEs) > 0
}

// remember keeps what was read; a cache that cannot be written is made again.
func (m *machine) remember(known map[string]correction) {
	if m.Cache == "" || m.ReadOnly {
		return
	}
	if data, err := json.Marshal(known); err == nil {
		_ = writeFile(m.Cache, data)
	}
}

func (m *machine) remembered() map[string]correction {
	known := map[string]correction{}
	if m.Cache == "" {
		return known
	}
	f, err := regular(openFile(m.Cache))
	if err != nil {
		return known
	}
	defer f.Close()
	if json.NewDecoder(io.LimitReader(f, maxOutput)).Decode(&known) != nil || len(known) > MaxItems {
		return map[string]correction{}
	}
	return known
}

// file is how apt names the package of an update.
func (u *Update) file() string {
	return u.Package + "_" + strings.ReplaceAll(u.Candidate, ":", "%3a") + "_" + u.Arch + ".deb"
}

// readDownloaded looks for packages that apt already downloaded.
func (m *machine) readDownloaded(ctx context.Context, c *change) {
	for _, u := range c.updates {
		deb := "/var/cache/apt/archives/" + u.file()
		if !strings.Contains(u.file(), "/") && m.exists(deb) && m.readPackage(ctx, c, u, m.path(deb)) {
			return
		}
	}
}

// readPackage reads the changelog inside a package file.
func (m *machine) readPackage(ctx context.Context, c *change, u *Update, deb string) bool {
	if !m.has("dpkg-deb") || !m.has("tar") {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, changelogEnd)
	defer cancel()
	for _, name := range []string{"changelog.Debian.gz", "changelog.gz"} {
		out, err := m.Run(ctx, "sh", "-c", `dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/share/doc/$2" | gzip -dc`, "sh", deb, u.Package+"/"+name)
		if err != nil {
			continue
		}
		if read, ok := parseChangelog(out, c.since); ok {
			c.read = &read
			return true
		}
	}
	return false
}

// fetchChangelogs asks the archives that apt uses: for the small packages
// first, since many companies have a copy of the archive without the server of
// changelogs, then for the changelogs of what is left.
func (m *machine) fetchChangelogs(ctx context.Context, changes map[string]*change) {
	dir, err := os.MkdirTemp("", "vigie-agent-*")
	if err != nil {
		return
	}
	defer os.RemoveAll(dir)
	budget := int64(maxArchives)
	for round := range maxRounds {
		var wanted []*Update
		for _, key := range slices.Sorted(maps.Keys(changes)) {
			if c := changes[key]; c.read == nil && round < len(c.updates) {
				wanted = append(wanted, c.updates[round])
			}
		}
		got := m.download(ctx, dir, wanted, &budget)
		for _, c := range changes {
			if c.read == nil && round < len(c.updates) && got[c.updates[round].file()] {
				m.readPackage(ctx, c, c.updates[round], filepath.Join(dir, c.updates[round].file()))
			}
		}
	}
	misses := 0
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		if c := changes[key]; c.read == nil && c.updates[0].Security && misses < maxMisses && ctx.Err() == nil {
			if m.askChangelog(ctx, c) {
				misses = 0
			} else {
				misses++
			}
		}
	}
}

// download fetches the small packages of some updates into a folder, and
// returns the files that came.
func (m *machine) download(ctx context.Context, dir string, wanted []*Update, budget *int64) map[string]bool {
	if len(wanted) == 0 || ctx.Err() != nil {
		return nil
	}
	args := []string{"-q", "--print-uris", "download"}
	for _, u := range wanted {
		args = append(args, u.Package+":"+u.Arch+"="+u.Candidate)
	}
	out, err := m.Run(ctx, "apt-get", args...)
	if err != nil {
		return nil
	}
	small := parseURIs(string(out))
	args = []string{"-c", `cd "$1" && shift && exec apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=0 -o Acquire::http::Timeout=10 download "$@"`, "sh", dir}
	for _, u := range wanted {
		if size, ok := small[u.file()]; ok && size <= maxArchive && size <= *budget {
			*budget -= size
			args = append(args, u.Package+":"+u.Arch+"="+u.Candidate)
		}
	}
	if len(args) == 4 {
		return nil
	}
	_, _ = m.Run(ctx, "sh", args...) // what came is looked at whatever did not
	got := map[string]bool{}
	debs, _ := filepath.Glob(filepath.Join(dir, "*.deb"))
	for _, deb := range debs {
		got[filepath.Base(deb)] = true
	}
	return got
}

// parseURIs reads the answer of apt-get --print-uris download, as sizes in
// bytes by file: 'http://…/curl_7.88_amd64.deb' curl_7.88_amd64.deb 315000 SHA256:…
func parseURIs(out string) map[string]int64 {
	sizes := map[string]int64{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 3 || !strings.HasPrefix(f[0], "'") || len(sizes) >= MaxItems {
			continue
		}
		if n, err := strconv.ParseInt(f[2], 10, 64); err == nil && n > 0 {
			sizes[f[1]] = n
		}
	}
	return sizes
}

// askChangelog asks the server of changelogs of the distribution.
func (m *machine) askChangelog(ctx context.Context, c *change) bool {
	ctx, cancel := context.WithTimeout(ctx, changelogEnd)
	defer cancel()
	u := c.updates[0]
	out, err := m.Run(ctx, "apt-get", "-q", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", "changelog", u.Package+"="+u.Candidate)
	if err != nil {
		return false
	}
	read, ok := parseChangelog(out, c.since)
	if ok {
		c.read = &read
	}
	return ok
}

var (
	cve          = regexp.MustCompile(`CVE-[12][0-9]{3}-[0-9]{4,8}`)
	changeHead   = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]* \(([^()\s]+)\) `)
	changeDate   = regexp.MustCompile(`^ -- .*>  ?(.+)$`)
	binaryChange = regexp.MustCompile(`\+b[0-9]+$`) // a rebuild without change of the source
)

// parseChangelog reads the entries of a Debian changelog that are later than the
// version since, the newest first. It fails when there is none: that is not the
// changelog of the candidate.
func parseChangelog(data []byte, since string) (c correction, ok bool) {
	since = binaryChange.ReplaceAllString(since, "")
	seen := map[string]bool{}
	corrects := false // the entry that is being read names a CVE
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if head := changeHead.FindStringSubmatch(line); head != nil {
			if compareVersions(head[1], since) <= 0 {
				break
			}
			ok, corrects = true, false
		}
		if !ok {
			continue // nothing before the first entry
		}
		for _, id := range cve.FindAllString(line, -1) {
			seen[id], corrects = true, true
		}
		if date := changeDate.FindStringSubmatch(line); date != nil && (corrects || c.Published == nil) {
			if t := parseChangeDate(date[1]); t != nil {
				c.Published = t
			}
		}
	}
	if len(seen) > MaxItems {
		return correction{}, false
	}
	c.CVEs = slices.AppendSeq([]string{}, maps.Keys(seen))
	slices.Sort(c.CVEs)
	return c, ok
}

func parseChangeDate(s string) *time.Time {
	for _, layout := range []string{"Mon, _2 Jan 2006 15:04:05 -0700", "_2 Jan 2006 15:04:05 -0700"} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			t = t.UTC()
			return &t
		}
	}
	return nil
}
