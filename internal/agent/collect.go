package agent

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// The bounds of what a collection holds in memory.
const (
	maxFile    = 64 << 20 // bytes of one file
	maxLine    = 64 << 10 // bytes of one line
	maxOutput  = 16 << 20 // bytes of the answer of a command
	MaxItems   = 20000    // elements of one facet
	maxText    = 256      // bytes of one text of the report
	commandEnd = 60 * time.Second
)

var errTooLarge = errors.New("too large")

// A Runner runs a command and returns what it wrote on its standard output.
type Runner func(ctx context.Context, name string, args ...string) ([]byte, error)

// A Root is the machine that Collect reads: the files under Dir and the answers
// of Run.
type Root struct {
	Dir      string           // in place of /
	Run      Runner           // in place of Exec
	Now      func() time.Time // in place of time.Now
	Online   bool             // may ask the package archives for changelogs
	Cache    string           // file that remembers changelogs; none when empty
	ReadOnly bool             // leave Cache as it is
	ID       string           // machine_id of the report; that of the system when empty
	Version  string           // agent_version of the report

	// KernelSynced asks the kernel whether its clock is kept right; nil when the
	// machine read is not the one that runs the agent.
	KernelSynced func() (bool, error)
}

// This returns the machine that runs the agent.
func This() Root { return Root{KernelSynced: kernelSynced} }

// Collect reads the machine. What cannot be read is an unknown fact of the
// report, never an error.
func Collect(ctx context.Context, root Root) Report {
	m := newMachine(ctx, root)
	r := Report{
		Format:       Format,
		AgentVersion: root.Version,
		MachineID:    root.ID,
		Hostname:     m.hostname(),
		ObservedAt:   m.now,
		Machine:      m.machine(),
		OS:           m.os(),
	}
	if r.MachineID == "" {
		r.MachineID = m.machineID()
	}
	r.Support = m.support(r.OS)
	r.Packages = m.packages()
	r.Updates = m.updates(r.Packages)
	r.Accounts = m.accounts()
	r.PasswordPolicy = m.passwordPolicy()
	r.Ports = m.ports()
	r.DiskEncryption = m.diskEncryption()
	r.Firewall = m.firewall()
	r.Malware = m.malware()
	r.Integrity = m.integrity()
	r.TimeSync = m.timeSync()
	r.SessionLock = m.sessionLock()
	r.Backups = m.backups()
	r.StorageHints = m.storageHints()
	return r
}

// A machine is a Root during one collection.
type machine struct {
	Root
	ctx       context.Context
	now       time.Time
	processes map[string]bool // names of the programs that run
	mounted   []mount
	ciphers   map[string]cipher // by name of device-mapper
}

func newMachine(ctx context.Context, root Root) *machine {
	m := newNamed(root)
	m.ctx = ctx
	if m.Run == nil {
		m.Run = Exec
	}
	if m.Now == nil {
		m.Now = time.Now
	}
	m.now = m.Now().UTC().Truncate(time.Second)
	m.processes = m.running()
	m.mounted = m.mounts()
	return m
}

// newNamed is a machine of which only the names are asked.
func newNamed(root Root) *machine {
	m := &machine{Root: root}
	if m.Dir == "" {
		m.Dir = "/"
	}
	return m
}

// path returns the real path of an absolute path of the machine.
func (m *machine) path(name string) string { return filepath.Join(m.Dir, name) }

// open opens a regular file: never a pipe or a device, which could block.
func (m *machine) open(name string) (*os.File, error) {
	return regular(os.OpenFile(m.path(name), os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

func regular(f *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, os.ErrInvalid
	}
	return f, nil
}

// read returns a whole file of at most max bytes.
func (m *machine) read(name string, max int64) ([]byte, error) {
	f, err := m.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, max)
}

func readAll(r io.Reader, max int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, max+1))
	if err == nil && int64(len(data)) > max {
		return nil, errTooLarge
	}
	return data, err
}

// text returns the first line of a small file, "" when there is none.
func (m *machine) text(name string) string {
	data, err := m.read(name, maxLine)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return clean(line)
}

// lines calls each line of a file, comments and long lines included, until it
// returns false.
func (m *machine) lines(name string, each func(string) bool) error {
	f, err := m.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return eachLine(io.LimitReader(f, maxFile), each)
}

// eachLine cuts lines longer than maxLine.
func eachLine(r io.Reader, each func(string) bool) error {
	b := bufio.NewReaderSize(r, maxLine)
	for {
		line, more, err := b.ReadLine()
		if err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		if !each(string(line)) {
			return nil
		}
		for more && err == nil {
			_, more, err = b.ReadLine()
		}
	}
}

func (m *machine) exists(name string) bool {
	_, err := os.Stat(m.path(name))
	return err == nil
}

// modified returns when a file changed last, or the zero time.
func (m *machine) modified(name string) time.Time {
	info, err := os.Stat(m.path(name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime().UTC().Truncate(time.Second)
}

// link returns where a symbolic link points to, "" when it is none.
func (m *machine) link(name string) string {
	target, err := os.Readlink(m.path(name))
	if err != nil {
		return ""
	}
	return target
}

// glob returns the paths of the machine that match a pattern, in order.
func (m *machine) glob(pattern string) []string {
	paths, _ := filepath.Glob(m.path(pattern))
	prefix := strings.TrimSuffix(filepath.Clean(m.Dir), "/")
	for i := range paths {
		paths[i] = strings.TrimPrefix(paths[i], prefix)
	}
	if len(paths) > MaxItems {
		paths = paths[:MaxItems]
	}
	return paths
}

// has tells whether a program is installed.
func (m *machine) has(program string) bool {
	return slices.ContainsFunc([]string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"}, func(dir string) bool {
		return m.exists(dir + "/" + program)
	})
}

// runs tells whether one of the programs runs.
func (m *machine) runs(programs ...string) bool {
	return slices.ContainsFunc(programs, func(p string) bool { return m.processes[p] })
}

// running lists the programs that run, by the names of their executables and
// by the names that they gave themselves (cut at 15 bytes by the kernel).
func (m *machine) running() map[string]bool {
	names := map[string]bool{}
	for _, dir := range m.glob("/proc/[0-9]*") {
		for _, name := range []string{m.executable(dir), m.text(dir + "/comm")} {
			if name != "" {
				names[name] = true
			}
		}
	}
	return names
}

// executable returns the name of the program of a process, without its path.
func (m *machine) executable(proc string) string {
	target := m.link(proc + "/exe")
	if target == "" {
		return ""
	}
	return clean(filepath.Base(strings.TrimSuffix(target, " (deleted)")))
}

// run runs a program that is installed, for at most commandEnd.
func (m *machine) run(name string, args ...string) ([]byte, error) {
	if !m.has(name) {
		return nil, exec.ErrNotFound
	}
	ctx, cancel := context.WithTimeout(m.ctx, commandEnd)
	defer cancel()
	return m.Run(ctx, name, args...)
}

// Exec runs a command of this machine in English, with nothing of the
// environment but proxies, a usual path and no home.
func Exec(ctx context.Context, name string, args ...string) ([]byte, error) {
	const path = "/usr/sbin:/usr/bin:/sbin:/bin"
	cmd := exec.CommandContext(ctx, name, args...)
	for dir := range strings.SplitSeq(path, ":") {
		if p, err := exec.LookPath(dir + "/" + name); err == nil {
			cmd.Path, cmd.Err = p, nil
			break
		}
	}
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + path, "LC_ALL=C.UTF-8", "HOME=/nonexistent", "DEBIAN_FRONTEND=noninteractive", "PAGER=cat"}
	for _, key := range []string{"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		if v, ok := os.LookupEnv(key); ok {
			cmd.Env = append(cmd.Env, key+"="+v)
		}
	}
	out := &bounded{}
	cmd.Stdout = out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // with its children
	cmd.WaitDelay = 5 * time.Second                                                      // one that keeps the output open is not waited for
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// bounded keeps at most maxOutput bytes and refuses the rest.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		return 0, errTooLarge
	}
	return b.Buffer.Write(p)
}

// ReadFrom is Write's: the Buffer's own would have no bound.
func (b *bounded) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{b}, r)
}

// clean makes a text fit for the report: short, one line, valid UTF-8, in the
// order in which it is read.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// why gives the reason of a failure to read or to run.
func (m *machine) why(err error, otherwise string) string {
	switch {
	case m.ctx.Err() != nil:
		return interrupted
	case errors.Is(err, errTooLarge):
		return tooLarge
	}
	return otherwise
}

// list makes a fact of a facet that has a bound.
func list[T any](items []T) Fact[[]T] {
	if len(items) > MaxItems {
		return unknown[[]T](tooLarge)
	}
	if items == nil {
		items = []T{}
	}
	return known(items)
}

// settings reads a file of "key = value" lines; quotes around values go.
func (m *machine) settings(name string) (map[string]string, error) {
	kv := map[string]string{}
	err := m.lines(name, func(line string) bool {
		key, value, ok := strings.Cut(line, "=")
		if ok && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			kv[strings.TrimSpace(key)] = clean(strings.Trim(strings.TrimSpace(value), `"'`))
		}
		return len(kv) < MaxItems
	})
	return kv, err
}
