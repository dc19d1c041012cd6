package trace

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	_ "modernc.org/sqlite"

	"vigie.example/evidence"
)

// litewitness runs the witness of torchwood, which is not ours, for a log with some
// keys, and returns its address and key.
func litewitness(t testing.TB, origin string, keys ...string) (address, vkey string) {
	t.Helper()
	program := os.Getenv("VIGIE_WITNESS")
	if program == "" {
		t.Skip("VIGIE_WITNESS is not set: make test builds litewitness and names it")
	}
	dir := t.TempDir()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	place := at.Addr().String()
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
	ssh, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "witness.db")
	cmd := exec.Command(program, "-db", base, "-name", "witness.example/one", "-key", fingerprint(ssh), "-ssh-agent", socket, "-listen", place)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("witness: %.2000s", said.String())
		}
	})
	for range 400 {
		c, err := net.Dial("tcp", place)
		if err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	// What its tool witnessctl does.
	db, err := sql.Open("sqlite", base)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	empty := sha256.Sum256(nil)
	if _, err := db.Exec("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", origin, base64.StdEncoding.EncodeToString(empty[:])); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if _, err := db.Exec("INSERT INTO key (origin, key) VALUES (?, ?)", origin, key); err != nil {
			t.Fatal(err)
		}
	}
	key := append([]byte{4}, public...)
	sum := sha256.Sum256(append([]byte("witness.example/one\n"), key...))
	return "http://" + place, fmt.Sprintf("witness.example/one+%x+%s", sum[:4], base64.StdEncoding.EncodeToString(key))
}

func fingerprint(key ssh.PublicKey) string { return ssh.FingerprintSHA256(key) }

// TestWitness: a witness of other authors cosigns the log as it grows; what it saw
// finds out a vault that was rolled back, even by who holds its key.
func TestWitness(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, options())
	address, key := litewitness(t, s.opt.Origin, s.VKey())
	w := &Witnessing{Stream: s, Witnesses: map[string]string{address: key}, Every: time.Minute, Client: http.DefaultClient}
	now := time.Now()
	write := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
				t.Fatal(err)
			}
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep := func(want string) {
		t.Helper()
		now = now.Add(2 * time.Minute)
		failed := w.Keep(t.Context(), now)
		if want == "" && len(failed) > 0 || want != "" && (len(failed) != 1 || !strings.Contains(failed[0].Error(), want)) {
			t.Errorf("%v, want %q", failed, want)
		}
	}
	cosigned := func(want int64, problems ...string) {
		t.Helper()
		rep := evidence.VerifyStream(os.DirFS(dir), evidence.Check{Key: vkey(t, dir), Witnesses: []string{key}, Live: true})
		if len(rep.Problems) != len(problems) || want > 0 && (len(rep.Cosigned) != 1 || rep.Cosigned[0].Size != want || time.Since(rep.Cosigned[0].Time) > time.Hour) {
			t.Errorf("%v %+v, want %d leaves", rep.Problems, rep.Cosigned, want)
		}
		for i, p := range problems[:min(len(problems), len(rep.Problems))] {
			if rep.Problems[i].Key != p {
				t.Errorf("%v, want %s", rep.Problems[i], p)
			}
		}
	}
	keep("") // nothing yet
	cosigned(0, "evidence.cosignature_missing")
	write(0, 3)
	keep("")
	cosigned(3)
	write(3, 300)
	keep("")
	cosigned(300)
	keep("")
	cosigned(300)

	// A vault that forgot where the witness stands finds it out from the witness.
	if err := os.Remove(witnessFile(dir)); err != nil {
		t.Fatal(err)
	}
	write(300, 301)
	w.state = nil
	keep("")
	cosigned(301)
	known, err := ReadWitnesses(dir)
	if err != nil || len(known) != 1 || known[0].Entries != 301 || known[0].Failures != 0 {
		t.Errorf("%+v %v", known, err)
	}
	// A key that the witness was not given is refused by it, and this is told. The
	// announcement is signed by the former one too.
	before := s.VKey()
	if err := s.RotateKey(); err != nil {
		t.Fatal(err)
	}
	keep("")
	cosigned(302)
	write(301, 302)
	keep("does not know this log, or its key")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if known, err = ReadWitnesses(dir); err != nil || known[0].Failures != 1 {
		t.Errorf("%+v %v", known, err)
	}

	// Written again by who holds the key.
	again := t.TempDir()
	if err := os.WriteFile(filepath.Join(again, "key"), mustRead(t, filepath.Join(dir, "key")), 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, again, options())
	if s.VKey() == before {
		t.Fatal("the key was not changed")
	}
	write(500, 503)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(again, "cosigned"), os.DirFS(filepath.Join(dir, "cosigned"))); err != nil {
		t.Fatal(err)
	}
	dir = again
	cosigned(0, "evidence.rolled_back")
}

// TestWitnessSeesARollBack: a shorter log is not cosigned, and this is told.
func TestWitnessSeesARollBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, options())
	address, key := litewitness(t, s.opt.Origin, s.VKey())
	secret := mustRead(t, filepath.Join(dir, "key"))
	show := func(s *Stream, entries int) []error {
		t.Helper()
		for i := range entries {
			if err := s.Write(t.Context(), "10.0.0.1", event(i)); err != nil {
				t.Fatal(err)
			}
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		w := &Witnessing{Stream: s, Witnesses: map[string]string{address: key}, Every: time.Minute, Client: http.DefaultClient}
		failed := w.Keep(t.Context(), time.Now())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return failed
	}
	if failed := show(s, 10); len(failed) > 0 {
		t.Fatal(failed)
	}
	for name, entries := range map[string]int{"longer log": 4, "another history": 12} {
		again := t.TempDir()
		if err := os.WriteFile(filepath.Join(again, "key"), secret, 0o600); err != nil {
			t.Fatal(err)
		}
		if failed := show(open(t, again, options()), entries); len(failed) != 1 || !strings.Contains(failed[0].Error(), name) {
			t.Errorf("%d entries: %v, want %q", entries, failed, name)
		}
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
