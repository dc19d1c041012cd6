package agent

import (
	"encoding/xml"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A lockSetting is what one desktop does of a session left alone.
type lockSetting struct {
	delay    time.Duration // before the lock; 0: never
	enforced bool          // people cannot change it
	source   string        // dconf, gsettings, logind, kde
}

// sessionLock reads the defaults that the machine gives to every session. When
// people may change them and somebody did, what they chose is not read: the
// delay is unknown. With several desktops, the slowest lock counts.
func (m *machine) sessionLock() Fact[SessionLock] {
	if s, ok := m.logindLock(); ok {
		return known(s.fact())
	}
	var settings []lockSetting
	for _, desktop := range []func() (lockSetting, string){m.gnomeLock, m.kdeLock} {
		s, reason := desktop()
		switch reason {
		case "":
			settings = append(settings, s)
		case noDesktop:
		default:
			return unknown[SessionLock](reason)
		}
	}
	if len(settings) == 0 {
		return unknown[SessionLock](noDesktop)
	}
	return known(slices.MaxFunc(settings, func(a, b lockSetting) int {
		switch {
		case a.delay == b.delay:
			return 0
		case a.delay == 0 || b.delay != 0 && a.delay > b.delay:
			return 1
		}
		return -1
	}).fact())
}

func (s lockSetting) fact() SessionLock {
	return SessionLock{Minutes: int((s.delay + time.Minute - 1) / time.Minute), Enforced: s.enforced, Source: s.source}
}

// logindLock reads IdleAction=lock, which serves every desktop.
func (m *machine) logindLock() (s lockSetting, ok bool) {
	s = lockSetting{delay: 30 * time.Minute, enforced: true, source: "logind"} // 30 minutes: logind's own default
	lock := false
	for _, name := range m.dropIns("logind.conf") {
		kv, err := m.settings(name)
		if err != nil {
			continue
		}
		if action := kv["IdleAction"]; action != "" {
			lock = action == "lock"
		}
		if delay, err := parseSpan(kv["IdleActionSec"]); err == nil {
			s.delay = delay
		}
	}
	return s, lock && s.delay > 0
}

// dropIns lists the files of a configuration of systemd in the order in which
// they are read.
func (m *machine) dropIns(name string) []string {
	files := []string{"/etc/systemd/" + name}
	for _, dir := range []string{"/usr/lib/systemd/", "/etc/systemd/"} {
		files = append(files, m.glob(dir+name+".d/*.conf")...)
	}
	return files
}

var spanUnits = map[string]time.Duration{"": time.Second, "s": time.Second, "sec": time.Second, "m": time.Minute, "min": time.Minute, "h": time.Hour, "hr": time.Hour}

// maxSpan is longer than any delay that is meant.
const maxSpan = 366 * 24 * time.Hour

// parseSpan reads a delay of systemd: 900, 15min, 1h 30min.
func parseSpan(s string) (total time.Duration, err error) {
	if s == "" {
		return 0, strconv.ErrSyntax
	}
	for part := range strings.FieldsSeq(s) {
		digits := strings.TrimRight(part, "abcdefghijklmnopqrstuvwxyz")
		unit, ok := spanUnits[part[len(digits):]]
		n, err := strconv.ParseUint(digits, 10, 20)
		if err != nil || !ok {
			return 0, strconv.ErrSyntax
		}
		if total += time.Duration(n) * unit; total < 0 || total > maxSpan {
			return 0, strconv.ErrRange
		}
	}
	return total, nil
}

// The settings of GNOME that make a session lock.
const (
	idleDelay   = "/org/gnome/desktop/session/idle-delay"
	lockEnabled = "/org/gnome/desktop/screensaver/lock-enabled"
	lockDelay   = "/org/gnome/desktop/screensaver/lock-delay"
)

// gnomeLock reads what GNOME gives to sessions: the schemas, then what the
// distribution, then what the administrator says.
func (m *machine) gnomeLock() (lockSetting, string) {
	if !m.has("gnome-shell") {
		return lockSetting{}, noDesktop
	}
	s := lockSetting{source: "gsettings"}
	values := m.gnomeDefaults()
	databases := m.dconfDatabases()
	locked := map[string]bool{}
	for i := len(databases) - 1; i >= 0; i-- { // the first of the profile wins
		for key, value := range m.dconfValues(databases[i]) {
			values[key] = value
			s.source = "dconf"
		}
		for _, name := range m.glob(databases[i] + ".d/locks/*") {
			m.lines(name, func(line string) bool {
				locked[strings.TrimSpace(line)] = true
				return len(locked) < MaxItems
			})
		}
	}
	idle, err := parseUint32(values[idleDelay])
	if err != nil {
		return s, malformed
	}
	wait, err := parseUint32(values[lockDelay])
	if err != nil {
		return s, malformed
	}
	s.enforced = locked[idleDelay] && locked[lockEnabled] && locked[lockDelay]
	if !s.enforced && m.anyHome(func(r *os.Root) bool {
		return holds(r, ".config/dconf/user", "idle-delay", "lock-enabled", "lock-delay")
	}) {
		return s, userSetting
	}
	if idle > 0 && values[lockEnabled] == "true" {
		s.delay = time.Duration(idle+wait) * time.Second
	}
	return s, ""
}

// parseUint32 reads 300 or uint32 300.
func parseUint32(s string) (uint64, error) {
	return strconv.ParseUint(strings.TrimSpace(strings.TrimPrefix(s, "uint32")), 10, 32)
}

// gnomeDefaults reads the schemas and what overrides them.
func (m *machine) gnomeDefaults() map[string]string {
	const dir = "/usr/share/glib-2.0/schemas/"
	values := map[string]string{}
	for _, name := range []string{"org.gnome.desktop.session", "org.gnome.desktop.screensaver"} {
		if f, err := m.open(dir + name + ".gschema.xml"); err == nil {
			parseSchema(io.LimitReader(f, 1<<20), values)
			f.Close()
		}
	}
	for _, name := range m.glob(dir + "*.gschema.override") { // in the order of names, as glib does
		for key, value := range m.keyFile(name) {
			section, key := path.Split(key)
			section, _, _ = strings.Cut(strings.TrimSuffix(section, "/"), ":") // [schema:desktop]
			values["/"+strings.ReplaceAll(section, ".", "/")+"/"+key] = value
		}
	}
	return values
}

// parseSchema reads the default values of a schema of GSettings, by path.
func parseSchema(r io.Reader, values map[string]string) {
	var list struct {
		Schemas []struct {
			Path string `xml:"path,attr"`
			Keys []struct {
				Name    string `xml:"name,attr"`
				Default string `xml:"default"`
			} `xml:"key"`
		} `xml:"schema"`
	}
	if xml.NewDecoder(r).Decode(&list) != nil {
		return
	}
	for _, schema := range list.Schemas {
		for _, key := range schema.Keys {
			values[schema.Path+key.Name] = clean(key.Default)
		}
	}
}

// keyFile reads a file of [section] and key=value lines, as section/key.
func (m *machine) keyFile(name string) map[string]string {
	values := map[string]string{}
	section := ""
	m.lines(name, func(line string) bool {
		line = strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(inner, "]")
		} else if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			values[section+"/"+strings.TrimSpace(key)] = clean(value)
		}
		return len(values) < MaxItems
	})
	return values
}

// dconfDatabases lists the databases of the administrator that sessions read,
// the strongest first. One that was never compiled is not read by anything.
func (m *machine) dconfDatabases() (databases []string) {
	m.lines("/etc/dconf/profile/user", func(line string) bool {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "system-db:"); ok && !strings.Contains(name, "/") && m.exists("/etc/dconf/db/"+name) {
			databases = append(databases, "/etc/dconf/db/"+name)
		}
		return len(databases) < MaxItems
	})
	return databases
}

// dconfValues reads the text that a database is compiled from; what changed
// since it was compiled is not in force.
func (m *machine) dconfValues(database string) map[string]string {
	values := map[string]string{}
	for _, name := range m.glob(database + ".d/*") { // in the order of names, as dconf does
		if m.modified(name).After(m.modified(database)) {
			continue
		}
		for key, value := range m.keyFile(name) {
			values["/"+key] = value
		}
	}
	return values
}

// kdeLock reads the default of KDE, when the administrator gives one.
func (m *machine) kdeLock() (lockSetting, string) {
	if !m.has("plasmashell") {
		return lockSetting{}, noDesktop
	}
	s := lockSetting{source: "kde", delay: 5 * time.Minute} // Autolock after 5 minutes: KDE's own default
	auto, immutable := true, false
	for key, value := range m.keyFile("/etc/xdg/kscreenlockerrc") {
		immutable = immutable || strings.Contains(key, "[$i") // of the section or of the key
		switch strings.NewReplacer("][$i", "", "[$i]", "").Replace(key) {
		case "Daemon/Autolock":
			auto = value == "true"
		case "Daemon/Timeout":
			n, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return s, malformed
			}
			s.delay = time.Duration(n) * time.Minute
		}
	}
	if s.enforced = immutable; !s.enforced && m.anyHome(func(r *os.Root) bool { return holds(r, ".config/kscreenlockerrc", "Autolock", "Timeout") }) {
		return s, userSetting
	}
	if !auto {
		s.delay = 0
	}
	return s, ""
}

// maxHomes bounds the homes that are looked into.
const maxHomes = 500

// homes calls each home of a person, and that of root, until it returns false.
func (m *machine) homes(each func(*os.Root) bool) {
	low, high := m.uidRange()
	seen := map[string]bool{}
	m.lines("/etc/passwd", func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 7 || seen[f[5]] {
			return true
		}
		uid, err := strconv.Atoi(f[2])
		if err != nil || uid != 0 && (uid < low || uid > high) {
			return true
		}
		seen[f[5]] = true
		more := true
		m.within(f[5], func(r *os.Root) { more = each(r) })
		return more && len(seen) < maxHomes
	})
}

func (m *machine) anyHome(is func(*os.Root) bool) bool {
	found := false
	m.homes(func(r *os.Root) bool {
		found = is(r)
		return !found
	})
	return found
}

// holds says whether a small file of a home holds one of the words.
func holds(r *os.Root, name string, words ...string) bool {
	f, err := openIn(r, name)
	if err != nil {
		return false
	}
	defer f.Close()
	data, err := readAll(f, 1<<20)
	return err == nil && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(string(data), w) })
}
