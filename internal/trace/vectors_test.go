package trace

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWriteVectors makes the vectors of evidence/testdata/v1 when
// VIGIE_WRITE_VECTORS is set. They are frozen: it refuses to write over them.
func TestWriteVectors(t *testing.T) {
	if os.Getenv("VIGIE_WRITE_VECTORS") == "" {
		t.Skip("the vectors are frozen")
	}
	root, err := filepath.Abs("../../evidence/testdata/v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	tsa := authority(t)
	start := time.Date(2026, 11, 25, 3, 14, 15, 0, time.UTC)
	dir, _ := sealedStream(t, func(o *Options) {
		o.KeepMin, o.KeepMax = 1, 2
		o.Now = func() time.Time { start = start.Add(time.Second); return start.Add(-30 * 24 * time.Hour) }
	})
	opt := options()
	opt.Now = func() time.Time { return start }
	s := open(t, dir, opt)
	if _, err := s.Prune(start.AddDate(0, 0, -29).Add(-time.Hour), "end of retention"); err != nil {
		t.Fatal(err)
	}
	odd := [][]byte{nil, []byte("\x00\xff\n\r\n"), []byte("<13>Nov 25 03:14:15 host app: déjà vu")}
	if err := s.Write(t.Context(), "tls:CN=srv-web-01", odd...); err != nil {
		t.Fatal(err)
	}
	if err := s.Anchor(stamping(t, tsa)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(tsa, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("tsa.pem", ca)
	for _, name := range []string{"wal", "lock", "key"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(root, "stream"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	pack, err := os.Create(filepath.Join(root, "pack.zip"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Export(pack, dir, Selection{Whole: true, From: start.UnixMicro() - 1, To: 1 << 62, Entries: []int64{501}, TSA: ca, WithLog: true}, start); err != nil {
		t.Fatal(err)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
}
