package bucket_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vigie.example/internal/trace/bucket"
	"vigie.example/internal/trace/bucket/buckettest"
)

func open(t testing.TB, s *buckettest.Server) *bucket.Bucket {
	t.Helper()
	c, err := bucket.ReadConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bucket.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestObjects(t *testing.T) {
	for _, lock := range []bool{false, true} {
		b := open(t, buckettest.Start(t, lock, ""))
		ctx := t.Context()
		if err := b.Check(ctx); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"c/blocks/2", "c/blocks/1", "c/log/checkpoint"} {
			if err := b.Put(ctx, name, []byte("something else, cut short"), time.Time{}); err != nil {
				t.Fatal(err)
			}
			for range 2 { // again changes nothing
				if err := b.Ensure(ctx, name, []byte("content of "+name), time.Time{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := b.Put(ctx, "c/log/checkpoint", []byte("newer"), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if data, err := b.Get(ctx, "c/log/checkpoint", 0, -1); err != nil || string(data) != "newer" {
			t.Errorf("%q %v", data, err)
		}
		if data, err := b.Get(ctx, "c/blocks/1", 8, 4); err != nil || string(data) != "of c" {
			t.Errorf("%q %v", data, err)
		}
		if _, err := b.Get(ctx, "c/blocks/3", 0, -1); !errors.Is(err, bucket.ErrMissing) {
			t.Error(err)
		}
		list, err := b.List(ctx, "c/blocks", true)
		if err != nil || len(list) != 2 || list[0].Name != "c/blocks/1" || list[0].Size != 21 {
			t.Errorf("%+v %v", list, err)
		}
		for range 2 {
			if err := b.Remove(ctx, "c/blocks/1"); err != nil {
				t.Fatal(err)
			}
		}
		if list, err = b.List(ctx, "c/blocks", true); err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
	}
}

// TestLocked: what is locked cannot be destroyed before its time.
func TestLocked(t *testing.T) {
	b := open(t, buckettest.Start(t, true, "lock: compliance\n"))
	ctx := t.Context()
	data := bytes.Repeat([]byte("x"), 20<<20) // beyond what would be sent in parts
	if err := b.Put(ctx, "c/blocks/1", data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := b.Remove(ctx, "c/blocks/1"); err == nil {
		t.Error("a locked object was destroyed")
	}
	if got, err := b.Get(ctx, "c/blocks/1", 0, -1); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := b.Put(ctx, "c/blocks/2", []byte("y"), time.Now().Add(-time.Hour)); err != nil { // over already
		t.Fatal(err)
	}
	if err := b.Remove(ctx, "c/blocks/2"); err != nil {
		t.Error(err)
	}
}

// TestOutage: a server that does not answer is no missing object.
func TestOutage(t *testing.T) {
	s := buckettest.Start(t, false, "")
	b := open(t, s)
	s.Stop()
	if _, err := b.Get(t.Context(), "c/blocks/1", 0, -1); err == nil || errors.Is(err, bucket.ErrMissing) {
		t.Error(err)
	}
	if err := b.Check(t.Context()); err == nil {
		t.Error("a stopped server answers")
	}
}

func TestConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bucket.yaml")
	if c, err := bucket.ReadConfig(path); c != nil || err != nil {
		t.Error(c, err)
	}
	good := "endpoint: https://s3.example.org\nbucket: b\n"
	for text, want := range map[string]string{
		good: "",
		good + "prefix: /a/b/\nlock: governance\nlocal_days: 30\ncredentials: keys\n": "",
		"endpoint: http://127.0.0.1:7070\nbucket: b\n":                                "",
		"endpoint: http://s3.example.org\nbucket: b\n":                                "https beyond this machine",
		"endpoint: https://a:b@s3.example.org\nbucket: b\n":                           "endpoint",
		"endpoint: s3\nbucket: b\n":                                                   "endpoint",
		"endpoint: https://s3.example.org\n":                                          "bucket",
		good + "lock: yes\n":                                                          "lock",
		good + "local_days: -1\n":                                                     "local_days",
		good + "localdays: 1\n":                                                       "localdays",
		"":                                                                            "EOF",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := bucket.ReadConfig(path)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
