package agent

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// administrators are the groups that give all rights on usual systems.
var administrators = []string{"sudo", "admin", "wheel", "root"}

// noShell are the shells that refuse a session.
var noShell = []string{"nologin", "false", "sync", "halt", "shutdown"}

// accounts reads local accounts. Of /etc/shadow it keeps dates and whether a
// password is set, never the hash.
func (m *machine) accounts() Fact[[]Account] {
	low, high := m.uidRange()
	shadow := m.shadow()
	logins := m.logins()
	admins := m.administrators()
	var accounts []Account
	err := m.lines("/etc/passwd", func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 7 {
			return true
		}
		uid, err := strconv.Atoi(f[2])
		if err != nil {
			return true
		}
		shell := !slices.Contains(noShell, path.Base(f[6]))
		a := Account{Login: clean(f[0]), UID: uid, Privileged: admins.are(f[0], uid, f[3])}
		switch {
		case uid >= low && uid <= high && shell:
			a.Kind = "named"
		case uid == 0, !shell && uid < low, uid == 65534:
			a.Kind = "system"
		default:
			a.Kind = "service"
		}
		s, ok := shadow[f[0]]
		switch {
		case !shell:
			a.Enabled = known(false)
		case !ok:
			a.Enabled = unknown[bool](noShadow)
		default:
			expired := s.expires > 0 && m.now.Unix()/86400 >= s.expires
			a.Enabled = known(!expired && (s.usable || m.sshKeys(f[5])))
		}
		a.Password = unknown[Password](noShadow)
		if ok {
			a.Password = known(s.Password)
		}
		a.LastLogin = unknown[time.Time](noLogin)
		if t := logins.last(f[0], uid); !t.IsZero() {
			a.LastLogin = known(t)
		}
		accounts = append(accounts, a)
		return len(accounts) <= MaxItems
	})
	if err != nil {
		return unknown[[]Account](m.why(err, notReadable))
	}
	return list(accounts)
}

// uidRange returns the ids that this machine gives to people.
func (m *machine) uidRange() (low, high int) {
	low, high = 1000, 60000
	m.lines("/etc/login.defs", func(line string) bool {
		if f := strings.Fields(line); len(f) >= 2 {
			n, err := strconv.Atoi(f[1])
			switch {
			case err != nil:
			case f[0] == "UID_MIN":
				low = n
			case f[0] == "UID_MAX":
				high = n
			}
		}
		return true
	})
	return low, high
}

type shadowLine struct {
	Password
	usable  bool  // the field is a password, not locked nor impossible
	expires int64 // day on which the account ends; 0: never
}

func (m *machine) shadow() map[string]shadowLine {
	lines := map[string]shadowLine{}
	m.lines("/etc/shadow", func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) < 8 {
			return true
		}
		var s shadowLine
		s.usable = f[1] == "" || f[1][0] != '!' && f[1][0] != '*' && f[1] != "x"
		s.Set = f[1] != "" && s.usable
		if day, err := strconv.ParseInt(f[2], 10, 32); err == nil {
			s.MustChange = day == 0
			if day > 0 {
				s.ChangedOn = time.Unix(day*86400, 0).UTC().Format(time.DateOnly)
			}
		}
		if days, err := strconv.ParseInt(f[4], 10, 32); err == nil && days > 0 && days < 99999 {
			s.MaxAgeDays = int(days)
		}
		s.expires, _ = strconv.ParseInt(f[7], 10, 32)
		lines[f[0]] = s
		return len(lines) <= MaxItems
	})
	return lines
}

// sshKeys tells whether a home holds keys; it does not read them.
func (m *machine) sshKeys(home string) bool {
	found := false
	m.within(home, func(r *os.Root) {
		for _, name := range []string{".ssh/authorized_keys", ".ssh/authorized_keys2"} {
			if info, err := r.Stat(name); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
				found = true
			}
		}
	})
	return found
}

// within opens a home without following what its owner may have linked
// outside of it: the agent reads with the rights of root.
func (m *machine) within(home string, do func(*os.Root)) {
	if home == "" || path.Clean(home) == "/" {
		return
	}
	if r, err := os.OpenRoot(m.path(home)); err == nil {
		defer r.Close()
		do(r)
	}
}

// privileges say who may do everything.
type privileges struct {
	users   map[string]bool
	gids    map[string]bool // groups, by number
	partial bool            // the rules of sudo exist and cannot be read
}

// are says whether an account is of those.
func (p privileges) are(login string, uid int, gid string) Fact[bool] {
	switch {
	case uid == 0 || p.users[login] || p.users["#"+strconv.Itoa(uid)] || p.users["ALL"] || p.gids[gid]:
		return known(true)
	case p.partial:
		return unknown[bool](noSudoers)
	}
	return known(false)
}

var (
	// A line of sudoers that gives every command: "jean, luc ALL=(ALL:ALL) NOPASSWD: ALL".
	sudoAll = regexp.MustCompile(`^([^=]+?)\s+[^\s=]+\s*=\s*(\([^)]*\)\s*)?([A-Z_]+:\s*)*ALL\s*$`)
	// A name for several users: "User_Alias ADMINS = jean, luc".
	sudoAlias = regexp.MustCompile(`^User_Alias\s+([A-Z][A-Z0-9_]*)\s*=\s*(.+)$`)
)

func (m *machine) administrators() privileges {
	p := privileges{users: map[string]bool{}, gids: map[string]bool{"0": true}}
	groups := slices.Clone(administrators)
	for _, who := range m.sudoers(&p.partial) {
		switch group, ok := strings.CutPrefix(who, "%"); {
		case !ok:
			p.users[who] = true
		case strings.HasPrefix(group, "#"):
			p.gids[group[1:]] = true
		default:
			groups = append(groups, group)
		}
	}
	m.lines("/etc/group", func(line string) bool {
		if f := strings.Split(line, ":"); len(f) == 4 && slices.Contains(groups, f[0]) {
			p.gids[f[2]] = true
			for user := range strings.SplitSeq(f[3], ",") {
				p.users[user] = true
			}
		}
		return len(p.users) < MaxItems
	})
	return p
}

// sudoers lists the users and %groups that sudo gives everything to.
func (m *machine) sudoers(partial *bool) (all []string) {
	aliases := map[string][]string{}
	for _, name := range append(m.glob("/etc/sudoers.d/*"), "/etc/sudoers") {
		err := m.lines(name, func(line string) bool {
			line = strings.TrimSpace(line)
			if f := sudoAlias.FindStringSubmatch(line); f != nil {
				aliases[f[1]] = commaList(f[2])
			} else if f := sudoAll.FindStringSubmatch(line); f != nil && !strings.HasPrefix(line, "Defaults") {
				all = append(all, commaList(f[1])...)
			}
			return len(all)+len(aliases) < MaxItems
		})
		*partial = *partial || err != nil && !errors.Is(err, fs.ErrNotExist)
	}
	for _, who := range all {
		all = append(all, aliases[who]...)
	}
	return all
}

func commaList(s string) (list []string) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// logins are the last logins on record, by login and by uid.
type logins struct {
	byName map[string]time.Time
	log    func(uid int) time.Time
}

func (l logins) last(login string, uid int) time.Time {
	t := l.log(uid)
	if w := l.byName[login]; w.After(t) {
		t = w
	}
	return t
}

// A loginFormat is how the C library of an architecture lays out the records of
// wtmp and lastlog.
type loginFormat struct {
	wtmpSize, wtmpTime int // size of a record, offset of its time
	lastlogSize        int
	wide               bool // times are of 64 bits
}

// formatOf returns the format of glibc: 32-bit times where 32-bit programs may
// share the files, 64-bit times elsewhere.
func formatOf(arch string) loginFormat {
	if arch == "arm64" || arch == "riscv64" || arch == "loong64" {
		return loginFormat{wtmpSize: 400, wtmpTime: 344, lastlogSize: 296, wide: true}
	}
	return loginFormat{wtmpSize: 384, wtmpTime: 340, lastlogSize: 292}
}

func (l loginFormat) time(b []byte) time.Time {
	if l.wide {
		return fromSeconds(binary.NativeEndian.Uint64(b))
	}
	return fromSeconds(uint64(binary.NativeEndian.Uint32(b)))
}

const maxWtmp = 16 << 20 // bytes

// logins reads the end of wtmp, and lastlog whole: a sparse file, never long
// on disk, of which only the records of existing accounts are read.
func (m *machine) logins() logins {
	format := formatOf(runtime.GOARCH)
	l := logins{byName: map[string]time.Time{}}
	if f, err := m.open("/var/log/wtmp"); err == nil {
		defer f.Close()
		size := int64(format.wtmpSize)
		if info, err := f.Stat(); err == nil && info.Size() > maxWtmp {
			f.Seek((info.Size()/size-maxWtmp/size)*size, io.SeekStart)
		}
		l.byName = format.parseWtmp(io.LimitReader(f, maxWtmp), m.now)
	}
	l.log = func(uid int) time.Time {
		f, err := m.open("/var/log/lastlog")
		if err != nil || uid < 0 {
			return time.Time{}
		}
		defer f.Close()
		var b [8]byte
		if _, err := f.ReadAt(b[:], int64(uid)*int64(format.lastlogSize)); err != nil {
			return time.Time{}
		}
		if t := format.time(b[:]); m.past(t) {
			return t
		}
		return time.Time{}
	}
	return l
}

// parseWtmp returns the last login of each user, before now.
func (l loginFormat) parseWtmp(r io.Reader, now time.Time) map[string]time.Time {
	const userProcess = 7
	last := map[string]time.Time{}
	b := make([]byte, l.wtmpSize)
	for len(last) < MaxItems {
		if _, err := io.ReadFull(r, b); err != nil {
			break
		}
		if binary.NativeEndian.Uint16(b) != userProcess {
			continue
		}
		user, _, _ := strings.Cut(string(b[44:76]), "\x00")
		if t := l.time(b[l.wtmpTime:]); t.After(last[user]) && !t.After(now) {
			last[user] = t
		}
	}
	return last
}

func fromSeconds(s uint64) time.Time {
	if s == 0 || s > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// A pamStack is the modules that passwords go through, with their arguments.
type pamStack map[string]string

// passwordPolicy reads what the PAM modules in use demand.
func (m *machine) passwordPolicy() Fact[PasswordPolicy] {
	stack := pamStack{}
	for _, name := range []string{"common-password", "common-auth", "common-account", "system-auth", "password-auth"} {
		m.lines("/etc/pam.d/"+name, func(line string) bool {
			stack.add(line)
			return len(stack) < MaxItems
		})
	}
	if len(stack) == 0 {
		return unknown[PasswordPolicy](noPAM)
	}
	quality := m.demands(stack, "pam_pwquality", m.qualityFiles()...)
	cracklib := m.demands(stack, "pam_cracklib")
	unix, history := m.demands(stack, "pam_unix"), m.demands(stack, "pam_pwhistory", "/etc/security/pwhistory.conf")
	faillock, tally := m.demands(stack, "pam_faillock", "/etc/security/faillock.conf"), m.demands(stack, "pam_tally2")
	var p PasswordPolicy
	p.MinLength = max(unix("minlen", 0), effectiveLength(quality, 8), effectiveLength(cracklib, 9))
	p.Classes = max(requiredClasses(quality), requiredClasses(cracklib))
	p.History = max(unix("remember", 0), history("remember", 10))
	p.LockoutAttempts = max(faillock("deny", 3), tally("deny", 0))
	p.ForRoot = strings.Contains(stack["pam_pwquality"]+stack["pam_cracklib"], "enforce_for_root") || stack["pam_pwquality"] != "" && m.rootObeys()
	p.LockoutMinutes = (max(faillock("unlock_time", 600), tally("unlock_time", 0)) + 59) / 60
	m.lines("/etc/login.defs", func(line string) bool {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "PASS_MAX_DAYS" {
			if n, err := strconv.Atoi(f[1]); err == nil && n > 0 && n < 99999 {
				p.MaxAgeDays = n
			}
		}
		return true
	})
	return known(p)
}

// qualityFiles are the files of pam_pwquality, in the order in which it reads them.
func (m *machine) qualityFiles() []string {
	return append(m.glob("/etc/security/pwquality.conf.d/*.conf"), "/etc/security/pwquality.conf")
}

// rootObeys says whether pam_pwquality is told to refuse to root too.
func (m *machine) rootObeys() bool {
	found := false
	for _, name := range m.qualityFiles() {
		m.lines(name, func(line string) bool {
			found = found || strings.TrimSpace(line) == "enforce_for_root"
			return !found
		})
	}
	return found
}

// add takes a line of PAM: "password requisite pam_pwquality.so minlen=12".
func (s pamStack) add(line string) {
	line, _, _ = strings.Cut(line, "#")
	i := strings.Index(line, "pam_")
	if i < 0 {
		return
	}
	module, args, _ := strings.Cut(line[i:], ".so")
	kind := strings.TrimPrefix(strings.Fields(line)[0], "-")
	if kind == "password" || module == "pam_faillock" || module == "pam_tally2" {
		s[module] += " " + args
	}
}

// A demand reads a number that a module was given: 0 when the module is not
// used, byDefault when it is and nothing was said.
type demand func(key string, byDefault int) int

// demands reads what a module was told: by its files, then by its arguments.
func (m *machine) demands(stack pamStack, module string, files ...string) demand {
	args, used := stack[module]
	said := numbers{}
	if used {
		for _, file := range files {
			kv, _ := m.settings(file)
			for key, value := range kv {
				said.put(key, value)
			}
		}
		for arg := range strings.FieldsSeq(args) {
			if key, value, ok := strings.Cut(arg, "="); ok {
				said.put(key, value)
			}
		}
	}
	return func(key string, byDefault int) int {
		if n, ok := said[key]; ok {
			return n
		}
		if !used {
			return 0
		}
		return byDefault
	}
}

type numbers map[string]int

func (n numbers) put(key, value string) {
	if value == "never" {
		value = "0"
	}
	if v, err := strconv.Atoi(value); err == nil && v > -MaxItems && v < 1<<30 {
		n[key] = v
	}
}

var credits = []string{"dcredit", "ucredit", "lcredit", "ocredit"}

// effectiveLength is the length of the shortest password that passes: a class
// with a positive credit shortens what is asked.
func effectiveLength(d demand, byDefault int) int {
	n := d("minlen", byDefault)
	for _, credit := range credits {
		n -= max(0, d(credit, 0))
	}
	return max(n, 0)
}

// requiredClasses is how many classes are asked, by number or one by one.
func requiredClasses(d demand) int {
	n := 0
	for _, credit := range credits {
		if d(credit, 0) < 0 {
			n++
		}
	}
	return max(n, d("minclass", 0))
}
