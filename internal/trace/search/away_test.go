package search_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vigie.example/internal/trace"
	"vigie.example/internal/trace/bucket"
	"vigie.example/internal/trace/bucket/buckettest"
	"vigie.example/internal/trace/search"
)

// TestSearchInABucket: events whose blocks were dropped here are found in the
// bucket, also by an index that is made again; a bucket that does not answer is
// said, and hides nothing of what is here.
func TestSearchInABucket(t *testing.T) {
	server := buckettest.Start(t, false, "local_days: 1\n")
	v := open(t)
	config, err := os.ReadFile(server.Config)
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(v.dir), bucket.ConfigFile), config, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range 260 { // each is a block
		what := "nothing"
		if i == 3 {
			what = "needle"
		}
		v.write("udp:10.0.0.1", "<34>1 2026-03-01T08:00:00Z srv-web-01 app 1 - - "+what+" to see")
	}
	x, err := search.Keep(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	v.now = v.now.AddDate(0, 0, 3)
	v.write("udp:10.0.0.1", "<34>1 2026-03-04T08:00:00Z srv-web-01 app 1 - - needle of today")
	c, err := bucket.ReadConfig(server.Config)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bucket.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&trace.Copier{Stream: v.stream, Bucket: b, Config: c}).Pass(t.Context(), v.now); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(v.dir, "blocks", "00000000.zst")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the first segment is still here: %v", err)
	}
	q, err := search.Parse("needle")
	if err != nil {
		t.Fatal(err)
	}
	find := func(x *search.Index) (found []int64, err error) {
		_, err = x.Search(t.Context(), q, 10, func(h search.Hit) bool { found = append(found, h.Entry); return true })
		return found, err
	}
	both := func(name string, x *search.Index) {
		t.Helper()
		if got, err := find(x); err != nil || len(got) != 2 || got[0] != 260 || got[1] != 3 {
			t.Errorf("%s: %v %v", name, got, err)
		}
		if n, _, err := x.Count(t.Context(), search.Query{}, time.Minute); err != nil || n != 261 {
			t.Errorf("%s: %d events, %v", name, n, err)
		}
	}
	if err := x.Build(); err != nil {
		t.Fatal(err)
	}
	both("the index of before", x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if err := search.Forget(v.dir); err != nil {
		t.Fatal(err)
	}
	if x, err = search.Keep(v.dir); err != nil {
		t.Fatal(err)
	}
	both("an index made again", x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if x, err = search.Open(v.dir); err != nil { // the index is here
		t.Fatal(err)
	}
	defer x.Close()
	if got, err := find(x); !errors.Is(err, trace.ErrBucket) || len(got) != 1 || got[0] != 260 {
		t.Errorf("%v %v, want the event of today and %v", got, err, trace.ErrBucket)
	}
}
