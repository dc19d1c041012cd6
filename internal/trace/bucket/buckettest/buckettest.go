// Package buckettest runs a real server of the S3 protocol for tests.
package buckettest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// A Server is versitygw over a folder, with one bucket, "traces".
type Server struct {
	URL    string
	Config string // file of configuration of a vault
	Files  string // folder of the objects of the vault
	t      testing.TB
	args   []string
	cmd    *exec.Cmd
}

const (
	access = "vault"
	secret = "secret-of-the-tests"
)

// Start starts a server, or skips the test when VIGIE_S3_SERVER does not name the
// program. With lock, the bucket has versions and locks. more is added to the
// configuration.
func Start(t testing.TB, lock bool, more string) *Server {
	t.Helper()
	program := os.Getenv("VIGIE_S3_SERVER")
	if program == "" {
		t.Skip("VIGIE_S3_SERVER is not set: make test builds versitygw and names it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"files", "versions", "sidecar"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s := &Server{URL: "http://" + address, Config: filepath.Join(dir, "bucket.yaml"), Files: filepath.Join(dir, "files", "traces", "site"), t: t,
		args: []string{program, "--access", access, "--secret", secret, "--port", address, "--quiet", "posix", "--versioning-dir", filepath.Join(dir, "versions"), "--sidecar", filepath.Join(dir, "sidecar"), filepath.Join(dir, "files")}}
	t.Setenv("AWS_ACCESS_KEY_ID", access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	text := fmt.Sprintf("endpoint: %s\nregion: us-east-1\nbucket: traces\nprefix: site\n%s", s.URL, more)
	if err := os.WriteFile(s.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	s.Up()
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(access, secret, ""), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if err = client.MakeBucket(t.Context(), "traces", minio.MakeBucketOptions{ObjectLocking: lock}); err == nil {
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(err)
	return nil
}

// Up starts the server again.
func (s *Server) Up() {
	s.t.Helper()
	s.cmd = exec.Command(s.args[0], s.args[1:]...)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", s.URL[len("http://"):]); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatal("the server does not answer")
}

// Stop stops the server: an outage.
func (s *Server) Stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}
