package agent

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"syscall"

	vigie "vigie.example"
)

// A state is the folder in which the agent remembers: its token, the id of the
// machine, the reports not sent yet, the changelogs read.
type state struct {
	dir  string
	lock *os.File
}

// openState makes the folder when it does not exist and takes it: two agents
// that share one would send reports twice and out of order.
//
// Errors: Invalid when the folder cannot be used or another account may write
// in it; Conflict when another agent uses it.
func openState(dir string) (*state, error) {
	unusable := func(err error) error {
		return &vigie.Error{Code: vigie.Invalid, Key: "agent.state", Args: []any{dir, err.Error()}, Err: err}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, unusable(err)
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); info.Mode().Perm()&0o022 != 0 || ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "agent.state_unsafe", Args: []any{dir}}
	}
	s := &state{dir: dir}
	s.lock, err = os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, unusable(err)
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		s.lock.Close()
		return nil, &vigie.Error{Code: vigie.Conflict, Key: "agent.busy", Args: []any{dir}, Err: err}
	}
	return s, nil
}

// close lets another agent use the folder.
func (s *state) close() error { return s.lock.Close() }

func (s *state) path(name string) string { return filepath.Join(s.dir, name) }

// A credential is what the server gave to this machine at enrolment. It serves
// for that server and that machine only: a copy of the disk enrols anew.
type credential struct {
	Server    string `json:"server"`
	MachineID string `json:"machine_id"`
	Token     string `json:"token"`
}

// token returns the token kept for a server and a machine, "" when there is none.
func (s *state) token(server, machine string) string {
	f, err := regular(openFile(s.path("token")))
	if err != nil {
		return ""
	}
	defer f.Close()
	var c credential
	if json.NewDecoder(io.LimitReader(f, maxLine)).Decode(&c) != nil || c.Server != server || c.MachineID != machine {
		return ""
	}
	return c.Token
}

func (s *state) keepToken(c credential) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return writeFile(s.path("token"), data)
}

// ChangelogCache returns where an agent remembers changelogs in its folder.
func ChangelogCache(dir string) string { return filepath.Join(dir, "changelogs.json") }

// machineID returns the id that this machine gives itself: derived from that of
// the system, else drawn once and kept.
func (s *state) machineID(root Root) (string, error) {
	if id := newNamed(root).machineID(); id != "" {
		return id, nil
	}
	name := s.path("machine-id")
	if f, err := regular(openFile(name)); err == nil {
		defer f.Close()
		if data, err := readAll(f, 64); err == nil && len(data) == 32 {
			return clean(string(data)), nil
		}
	}
	var raw [16]byte
	rand.Read(raw[:])
	id := uuid(raw[:])
	return id, writeFile(name, []byte(id))
}
