package agent

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// openIn opens a regular file of a home; links that lead out of it are refused.
func openIn(r *os.Root, name string) (*os.File, error) {
	return regular(r.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

// backups looks for the traces that backup programs leave on the machines they
// save. No repository is opened: that would take its password.
func (m *machine) backups() Fact[[]Backup] {
	var found []Backup
	for _, look := range []func() []Backup{m.homeBackups, m.timeshift, m.rsnapshot, m.pgBackRest, m.veeam} {
		for _, b := range look() {
			if m.past(b.LastAt) {
				if b.Destination == "" {
					b.Destination = "unknown"
				}
				found = append(found, b)
			}
		}
	}
	if len(found) == 0 {
		return unknown[[]Backup](noBackup)
	}
	return list(found)
}

// homeBackups looks for what restic, Borg and Duplicity keep in the homes of
// the accounts that run them.
func (m *machine) homeBackups() (found []Backup) {
	m.homes(func(r *os.Root) bool {
		found = append(found, m.resticBackups(r, ".cache/restic")...)
		found = append(found, m.borgBackups(r)...)
		found = append(found, m.duplicityBackups(r)...)
		return len(found) < MaxItems
	})
	m.within("/var/cache/restic", func(r *os.Root) { found = append(found, m.resticBackups(r, ".")...) })
	return found
}

// names lists a folder of a home, at most MaxItems of it.
func names(r *os.Root, dir string) []string {
	d, err := r.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	list, _ := d.Readdirnames(MaxItems)
	slices.Sort(list)
	return list
}

// resticBackups reads when restic last put a snapshot in its cache: at the end
// of a backup, or when this account saw that of another machine. The cache does
// not tell where the repository is.
func (m *machine) resticBackups(r *os.Root, cache string) (found []Backup) {
	for _, repository := range names(r, cache) {
		if len(repository) != 64 {
			continue
		}
		last := time.Time{}
		dir := cache + "/" + repository + "/snapshots"
		for _, sub := range names(r, dir) {
			for _, file := range append(names(r, dir+"/"+sub), "") {
				info, err := r.Lstat(path.Join(dir, sub, file))
				if err == nil && info.Mode().IsRegular() && m.past(info.ModTime()) && info.ModTime().After(last) {
					last = info.ModTime()
				}
			}
		}
		found = append(found, Backup{Program: "restic", Repository: clean(repository[:12]), LastAt: seconds(last)})
	}
	return found
}

// borgBackups reads when Borg last saw each repository change, and where it is.
func (m *machine) borgBackups(r *os.Root) (found []Backup) {
	const security = ".config/borg/security"
	for _, id := range names(r, security) {
		at, err := time.Parse("2006-01-02T15:04:05.999999", strings.TrimSuffix(firstLine(r, security+"/"+id+"/manifest-timestamp"), "+00:00"))
		if err != nil {
			continue
		}
		location := firstLine(r, security+"/"+id+"/location")
		found = append(found, Backup{Program: "borg", Repository: withoutCredentials(location), Destination: m.destination(location), LastAt: seconds(at)})
	}
	return found
}

func firstLine(r *os.Root, name string) string {
	f, err := openIn(r, name)
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := readAll(f, maxLine)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line)
}

// duplicity-full.20261120T020000Z.manifest.gpg
// duplicity-inc.20261120T020000Z.to.20261121T020000Z.manifest
var duplicityName = regexp.MustCompile(`^duplicity-(?:full|inc\.[0-9TZ]+\.to)\.([0-9]{8}T[0-9]{6}Z)\.manifest(?:\.gpg)?$`)

// duplicityBackups reads the times in the names of the manifests that Duplicity
// (and Déjà Dup) keeps; a manifest is written at the end of a backup.
func (m *machine) duplicityBackups(r *os.Root) (found []Backup) {
	for _, cache := range []string{".cache/duplicity", ".cache/deja-dup"} {
		for _, name := range names(r, cache) {
			last := time.Time{}
			for _, file := range names(r, cache+"/"+name) {
				if t := parseDuplicity(file); m.past(t) && t.After(last) {
					last = t
				}
			}
			found = append(found, Backup{Program: "duplicity", Repository: clean(name), LastAt: last})
		}
	}
	return found
}

func parseDuplicity(name string) time.Time {
	f := duplicityName.FindStringSubmatch(name)
	if f == nil {
		return time.Time{}
	}
	t, err := time.Parse("20060102T150405Z", f[1])
	if err != nil {
		return time.Time{}
	}
	return t
}

// timeshift reads the dates that name its snapshots.
func (m *machine) timeshift() []Backup {
	last, where := time.Time{}, ""
	for _, dir := range append(m.glob("/timeshift/snapshots/*"), m.glob("/run/timeshift/*/backup/timeshift*/snapshots/*")...) {
		t, err := time.ParseInLocation("2006-01-02_15-04-05", path.Base(dir), time.Local)
		if err == nil && m.past(t) && t.After(last) && m.exists(dir+"/info.json") { // written at the end
			last, where = t, path.Dir(dir)
		}
	}
	return []Backup{{Program: "timeshift", Repository: clean(where), Destination: m.destination(where), LastAt: seconds(last)}}
}

// rsnapshot reads the date of its newest copy, which it sets at the end of a run.
func (m *machine) rsnapshot() []Backup {
	root := ""
	m.lines("/etc/rsnapshot.conf", func(line string) bool {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "snapshot_root" {
			root = path.Clean(f[1])
		}
		return root == ""
	})
	if root == "" || !path.IsAbs(root) {
		return nil
	}
	return []Backup{{Program: "rsnapshot", Repository: clean(root), Destination: m.destination(root), LastAt: m.newest([]string{root + "/*.0"})}}
}

// pgBackRest asks for its own list, which holds no secret of its configuration.
func (m *machine) pgBackRest() []Backup {
	out, err := m.run("pgbackrest", "info", "--output=json", "--log-level-console=off", "--log-level-file=off")
	if err != nil {
		return nil
	}
	return parsePgBackRest(out)
}

func parsePgBackRest(out []byte) (found []Backup) {
	var stanzas []struct {
		Name   string
		Backup []struct {
			Error     bool
			Timestamp struct{ Stop int64 }
		}
	}
	if json.Unmarshal(out, &stanzas) != nil {
		return nil
	}
	for _, s := range stanzas {
		last := int64(0)
		for _, b := range s.Backup {
			if !b.Error {
				last = max(last, b.Timestamp.Stop)
			}
		}
		if last > 0 && len(found) < MaxItems {
			found = append(found, Backup{Program: "pgbackrest", Repository: clean(s.Name), LastAt: time.Unix(last, 0).UTC()})
		}
	}
	return found
}

// veeam asks the agent of Veeam for its sessions.
func (m *machine) veeam() []Backup {
	out, err := m.run("veeamconfig", "session", "list")
	if err != nil {
		return nil
	}
	return []Backup{{Program: "veeam", LastAt: parseVeeam(string(out))}}
}

var veeamTime = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}`)

// parseVeeam returns the end of the last session that succeeded: the last time
// of its line.
func parseVeeam(out string) (last time.Time) {
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); !slices.Contains(f, "Backup") || !slices.Contains(f, "Success") {
			continue
		}
		times := veeamTime.FindAllString(line, -1)
		if len(times) == 0 {
			continue
		}
		if t, err := time.ParseInLocation("2006-01-02 15:04", times[len(times)-1], time.Local); err == nil && t.After(last) {
			last = t
		}
	}
	return last.UTC()
}

// seconds is t in UTC, as reports show times.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// past says whether t may be the time of something that happened: known, and
// not in the future of the machine.
func (m *machine) past(t time.Time) bool { return t.Unix() > 0 && !t.After(m.now) }

// publicClouds are the schemes and hosts of repositories in a public cloud.
var publicClouds = []string{"b2:", "gs:", "azure:", "gdrive:", "onedrive:", "dropbox:", "rclone:", "mega:", "pcloud:", ".amazonaws.com", ".backblazeb2.com", ".wasabisys.com", ".googleapis.com", ".core.windows.net", ".rsync.net", ".repo.borgbase.com"}

// destination tells what a repository is on, from its address: a folder of a
// USB volume, a public cloud, or unknown.
func (m *machine) destination(location string) string {
	lower := strings.ToLower(location)
	if slices.ContainsFunc(publicClouds, func(s string) bool {
		return strings.HasPrefix(lower, s) || strings.HasPrefix(s, ".") && strings.Contains(lower, s)
	}) {
		return "public_cloud"
	}
	folder := strings.TrimPrefix(location, "file://")
	if !path.IsAbs(folder) {
		return "unknown"
	}
	var under mount // the deepest mount that holds the folder
	for _, mt := range m.mounted {
		if (folder == mt.point || strings.HasPrefix(folder, strings.TrimSuffix(mt.point, "/")+"/")) && len(mt.point) >= len(under.point) {
			under = mt
		}
	}
	if name := m.block(under); name != "" && m.onUSB(name) {
		return "usb"
	}
	return "unknown"
}

// withoutCredentials takes out of an address what lets in: the user, the
// password, the parameters. It loses too much rather than too little.
func withoutCredentials(location string) string {
	if path.IsAbs(location) {
		return clean(location)
	}
	location, _, _ = strings.Cut(location, "?")
	location, _, _ = strings.Cut(location, "#")
	scheme, rest, ok := strings.Cut(location, "://")
	if !ok {
		scheme, rest = "", location
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if ok {
		rest = scheme[strings.LastIndexByte(scheme, '@')+1:] + "://" + rest
	}
	return clean(rest)
}

// cloudClients are the programs that send files to a public cloud.
var cloudClients = map[string]string{
	"dropbox": "Dropbox", "onedrive": "OneDrive", "onedriver": "OneDrive", "insync": "Insync", "megasync": "MEGA", "mega-cmd-server": "MEGA", "pcloud": "pCloud",
	"google-drive-ocamlfuse": "Google Drive", "google-drive-oc": "Google Drive", "gvfsd-google": "Google Drive", "gvfsd-onedrive": "OneDrive", "yandex-disk": "Yandex Disk",
	"SpiderOakONE": "SpiderOak", "tresorit": "Tresorit", "rclone": "rclone", "s3fs": "s3fs", "gcsfuse": "Cloud Storage FUSE",
}

// storageHints lists the USB volumes that are mounted and the clients of public
// clouds that run.
func (m *machine) storageHints() Fact[[]StorageHint] {
	if len(m.processes) == 0 {
		return unknown[[]StorageHint](noProcesses)
	}
	hints := []StorageHint{}
	add := func(kind, name string) {
		if h := (StorageHint{Kind: kind, Name: clean(name)}); !slices.Contains(hints, h) {
			hints = append(hints, h)
		}
	}
	for program := range m.processes {
		if name := cloudClients[program]; name != "" {
			add("public_cloud", name)
		}
	}
	for _, mt := range m.mounted {
		if client, ok := strings.CutPrefix(mt.kind, "fuse."); ok && cloudClients[client] != "" {
			add("public_cloud", cloudClients[client])
		}
		if name := m.block(mt); name != "" && m.onUSB(name) && mt.point != "/" {
			add("usb", m.model(m.disk(name)))
		}
	}
	slices.SortFunc(hints, func(a, b StorageHint) int { return strings.Compare(a.Kind+a.Name, b.Kind+b.Name) })
	return list(hints)
}

// model names a disk as its maker does.
func (m *machine) model(disk string) string {
	dir := "/sys/class/block/" + disk + "/device/"
	if name := strings.TrimSpace(m.text(dir+"vendor") + " " + m.text(dir+"model")); name != "" {
		return name
	}
	return "USB"
}
