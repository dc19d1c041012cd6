package search_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/access"
	"vigie.example/internal/trace/line"
	"vigie.example/internal/trace/search"
)

// A vault is a stream of small blocks, and the entries that it was given.
type vault struct {
	t      *testing.T
	dir    string
	stream *trace.Stream
	now    time.Time
	said   []search.Hit
}

func open(t *testing.T) *vault {
	v := &vault{t: t, dir: filepath.Join(t.TempDir(), "standard"), now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	v.reopen()
	t.Cleanup(func() { v.stream.Close() })
	return v
}

func (v *vault) reopen() {
	v.t.Helper()
	var err error
	if v.stream, err = trace.Open(v.dir, trace.Options{Origin: "test.example/traces/standard", KeepMin: 1, KeepMax: 2, BlockBytes: 4 << 10, MinFree: -1, Now: func() time.Time { return v.now }}); err != nil {
		v.t.Fatal(err)
	}
}

// write gives the vault lines of a source, and seals them.
func (v *vault) write(source string, lines ...string) {
	v.t.Helper()
	for _, l := range lines {
		if err := v.stream.Write(v.t.Context(), source, []byte(l)); err != nil {
			v.t.Fatal(err)
		}
		h := line.Parse([]byte(l), v.now.UnixMicro())
		v.said = append(v.said, search.Hit{Entry: int64(len(v.said)), Received: v.now.UnixMicro(), Source: source, Host: string(h.Host), App: string(h.App), Raw: []byte(l)})
		v.now = v.now.Add(7 * time.Second)
	}
	if err := v.stream.Flush(); err != nil {
		v.t.Fatal(err)
	}
}

// chat writes n lines of a few machines, each in a block of its own.
func (v *vault) chat(rng *rand.Rand, n int) {
	v.t.Helper()
	for range n {
		source, line := v.line(rng)
		v.write(source, line)
	}
}

// bulk writes n lines, one after a time, in blocks as full as they get.
func (v *vault) bulk(rng *rand.Rand, n int, after time.Duration) {
	v.t.Helper()
	for range n {
		source, text := v.line(rng)
		if err := v.stream.Append(v.t.Context(), source, [][]byte{[]byte(text)}, nil); err != nil {
			v.t.Fatal(err)
		}
		h := line.Parse([]byte(text), v.now.UnixMicro())
		v.said = append(v.said, search.Hit{Entry: int64(len(v.said)), Received: v.now.UnixMicro(), Source: source, Host: string(h.Host), App: string(h.App), Raw: []byte(text)})
		v.now = v.now.Add(after)
	}
	if err := v.stream.Flush(); err != nil {
		v.t.Fatal(err)
	}
}

// line is one that a machine says now.
func (v *vault) line(rng *rand.Rand) (source, text string) {
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	host, user, from := pick("srv-web-01", "srv-web-02", "db.example.org"), pick("ana", "bob", "root", "Éloïse"), fmt.Sprintf("10.0.%d.%d", rng.IntN(3), rng.IntN(5))
	body := pick(
		"Failed password for "+user+" from "+from+" port "+fmt.Sprint(rng.IntN(9000)),
		"Accepted publickey for "+user+"@example.org from "+from+":22",
		"zoe : PWD=/ ; USER="+user+" ; COMMAND=/usr/bin/id",
		"session opened for user "+user+"(uid=0) by (uid=0)",
		"GET /index.html?u="+user+" HTTP/1.1 200",
		"2001:db8::"+fmt.Sprint(rng.IntN(9))+" refused; see www.example.org.",
		"a-b.c_d --flag=x_y ..dots.. -dash- trailing.")
	return pick("relp+tls:10.0.0.1/srv-web-01", "udp:10.0.0.2"), "<34>1 " + v.now.Format(time.RFC3339) + " " + host + " " + pick("sshd", "sudo", "nginx") + " 1 - - " + body
}

// ask searches, page after page.
func ask(t *testing.T, x *search.Index, text string, from, to int64) (out []int64) {
	t.Helper()
	q, err := search.Parse(text)
	if err != nil {
		t.Fatal(text, err)
	}
	q.From, q.To = from, to
	for {
		q.Before, err = x.Search(t.Context(), q, 7, func(h search.Hit) bool { out = append(out, h.Entry); return true })
		if err != nil {
			t.Fatal(text, err)
		}
		if q.Before == 0 {
			return out
		}
	}
}

// naive is what a query must find, by looking at every entry. It understands
// words by a regular expression of its own.
func naive(said []search.Hit, text string, from, to int64) (out []int64) {
	var conds []func(h search.Hit) bool
	for _, m := range regexp.MustCompile(`(-?)(?:"([^"]*)"|/((?:[^/\\]|\\.)*)/|(\S+))`).FindAllStringSubmatch(text, -1) {
		not, phrase, re, one := m[1] == "-", m[2], m[3], m[4]
		var cond func(h search.Hit) bool
		field, name, isField := strings.Cut(one, ":")
		switch {
		case re != "":
			r := regexp.MustCompile(re)
			cond = func(h search.Hit) bool { return r.Match(h.Raw) }
		case phrase != "":
			cond = func(h search.Hit) bool { return strings.Contains(asciiLower(string(h.Raw)), asciiLower(phrase)) }
		case isField && field == "host":
			cond = func(h search.Hit) bool { return strings.EqualFold(h.Host, name) }
		case isField && field == "app":
			cond = func(h search.Hit) bool { return strings.EqualFold(h.App, name) }
		case isField && field == "source":
			cond = func(h search.Hit) bool { return strings.EqualFold(h.Source, name) }
		case isField && (field == "user" || field == "access" || field == "from"):
			cond = func(h search.Hit) bool {
				e, ok := access.Parse(line.Parse(h.Raw, h.Received), h.Raw)
				if !ok {
					return false
				}
				switch field {
				case "user":
					return e.User == strings.ToLower(name) || e.Actor == strings.ToLower(name)
				case "from":
					return e.Address == name
				}
				return name == "any" || name == e.Activity || e.Failed && name == "failed" || !e.Failed && name == "succeeded"
			}
		default:
			joiners := ""
			if strings.ContainsAny(one, ".-@:") {
				joiners = ".-"
			}
			if strings.ContainsAny(one, "@:") {
				joiners = ".@:-"
			}
			before, after := "(?:^|[^0-9a-z_\\x{80}-\\x{10ffff}])", "(?:$|[^0-9a-z_\\x{80}-\\x{10ffff}])"
			if joiners != "" {
				other := "[^0-9a-z_\\x{80}-\\x{10ffff}" + joiners + "]"
				before = "(?:^|" + other + "|(?:^|[^0-9a-z_\\x{80}-\\x{10ffff}])[" + joiners + "])"
				after = "(?:$|" + other + "|[" + joiners + "](?:$|[^0-9a-z_\\x{80}-\\x{10ffff}]))"
			}
			r := regexp.MustCompile(before + regexp.QuoteMeta(asciiLower(one)) + after)
			cond = func(h search.Hit) bool { return r.MatchString(asciiLower(string(h.Raw))) }
		}
		conds = append(conds, func(h search.Hit) bool { return cond(h) != not })
	}
	for _, h := range slices.Backward(said) {
		ok := (from == 0 || h.Received >= from) && (to == 0 || h.Received <= to)
		for _, c := range conds {
			ok = ok && c(h)
		}
		if ok {
			out = append(out, h.Entry)
		}
	}
	return out
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 32
		}
		return r
	}, s)
}

var questions = []string{"", "failed", "FAILED password", "ana", "éloïse", "Éloïse", "10.0.1.3", "10.0.1", "db.example.org", "example.org", "ana@example.org", "2001:db8::4", "www.example.org", "host:srv-web-01", "host:srv-web-01 app:sshd failed",
	"app:nginx -ana", "source:udp:10.0.0.2 root", "user:ana", "user:Éloïse access:failed", "access:logon -user:root", "-access:any", "access:succeeded", "from:10.0.1.3", "access:privilege", "user:nobody access:any", "access:failed password", `"password for root"`, `"for user"`, `-"password for"`, "/port [0-9]+1$/", "/Failed password for (ana|bob) from/", "/(?i)failed/", "-/a/", "a-b.c_d", "x_y", "dots", "dash", "trailing", "srv-web", "nothing-of-this", "uid", "(uid=0)", "index.html", "http", "/www\\.example/", "2026-03-01T08:01:10Z", "2026-03-01T08:01", "08:01:10Z", "10z", "08:02", "2026-03-01", `"T08:03:0"`, "/(?i)publicKEY for Ana/", "/(?i)sk.*FOR/", "from:10.0.2.2 failed", "root -host:srv-web-02 /from 10\\.0\\.\\d/"}

// TestSearchFindsWhatIsThere: whatever is asked, what is found is what looking at
// every entry finds, newest first, with and without the index kept, after more was
// written and after a restart.
func TestSearchFindsWhatIsThere(t *testing.T) {
	v := open(t)
	rng := rand.New(rand.NewPCG(1, 2))
	x, err := search.Open(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	check := func(what string, x *search.Index) {
		t.Helper()
		for i, text := range questions {
			from, to := int64(0), int64(0)
			if i%3 == 1 && len(v.said) > 20 {
				from, to = v.said[len(v.said)/4].Received, v.said[len(v.said)/2].Received+1
			}
			want := naive(v.said, text, from, to)
			if got := ask(t, x, text, from, to); !slices.Equal(got, want) {
				t.Errorf("%s: %q finds %v, want %v", what, text, got, want)
			}
			q, err := search.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			q.From, q.To = from, to
			total, buckets, err := x.Count(t.Context(), q, time.Minute)
			sum := int64(0)
			for _, b := range buckets {
				sum += b.Count
			}
			if err != nil || total != int64(len(want)) || sum != total {
				t.Errorf("%s: %q counts %d, %d by minute, want %d, %v", what, text, total, sum, len(want), err)
			}
			if n, _, err := x.Count(t.Context(), q, 0); err != nil || n != total {
				t.Errorf("%s: %q counts %d in all, want %d, %v", what, text, n, total, err)
			}
		}
	}
	check("empty", x)
	for round := range 3 {
		v.chat(rng, 150)
		if round == 1 {
			err = x.Build()
		} else {
			err = x.Refresh()
		}
		if err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprint("round ", round), x)
	}
	if err := v.stream.Close(); err != nil {
		t.Fatal(err)
	}
	v.reopen()
	again, err := search.Open(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	check("again", again)
}

// TestCountsByTime: in groups of many entries over some time, what the index counts
// by itself is what looking at every entry counts, in every length of time.
func TestCountsByTime(t *testing.T) {
	v := open(t)
	rng := rand.New(rand.NewPCG(11, 12))
	v.bulk(rng, 300, time.Second) // of some minutes, less than an hour, some hours, days
	v.bulk(rng, 300, 40*time.Second)
	v.bulk(rng, 200, 3*time.Minute)
	v.bulk(rng, 200, time.Hour)
	x, err := search.Keep(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, text := range questions {
		want := naive(v.said, text, 0, 0)
		if got := ask(t, x, text, 0, 0); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
		q, err := search.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var all []int64
		if next, err := x.Search(t.Context(), q, -1, func(h search.Hit) bool { all = append(all, h.Entry); return true }); err != nil || next != 0 || !slices.Equal(all, want) {
			t.Errorf("%q finds without limit %v, %d, want %v, %v", text, all, next, want, err)
		}
		for _, length := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour} {
			counts := map[int64]int64{}
			for _, entry := range want {
				at := v.said[entry].Received
				counts[at-at%length.Microseconds()]++
			}
			total, buckets, err := x.Count(t.Context(), q, length)
			for _, b := range buckets {
				if b.Count == counts[b.At] {
					delete(counts, b.At)
				}
			}
			if err != nil || total != int64(len(want)) || len(counts) > 0 {
				t.Errorf("%q by %v: %d, want %d; wrong: %v, %v", text, length, total, len(want), counts, err)
			}
		}
	}
}

// TestSidecarIsNotTrusted: an index that was cut, altered or is of blocks that were
// pruned is made again.
func TestSidecarIsNotTrusted(t *testing.T) {
	v := open(t)
	v.chat(rand.New(rand.NewPCG(3, 4)), 200)
	x, err := search.Open(v.dir)
	if err == nil {
		err = x.Build()
	}
	if err != nil {
		t.Fatal(err)
	}
	x.Close()
	path := filepath.Join(v.dir, "index", "00000000.vgx")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"cut": whole[:len(whole)/2], "empty": {}, "another": []byte("not an index at all"), "altered": append(slices.Clone(whole[:600]), append([]byte{whole[600] ^ 1}, whole[601:]...)...)} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, build := range []bool{false, true} {
			x, err := search.Open(v.dir)
			if err == nil && build {
				err = x.Build()
			}
			if err != nil {
				t.Fatal(name, err)
			}
			if got, want := ask(t, x, "failed", 0, 0), naive(v.said, "failed", 0, 0); !slices.Equal(got, want) {
				t.Errorf("%s: finds %v, want %v", name, got, want)
			}
			x.Close()
		}
		if made, err := os.ReadFile(path); err != nil || !slices.Equal(made, whole) {
			t.Errorf("%s: the index is not made again: %v", name, err)
		}
	}
	// What is pruned is found no more, and the rest still is.
	x, err = search.Open(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	cut := v.said[100].Received
	v.now = v.now.AddDate(0, 0, 3)
	if _, err := v.stream.Prune(time.UnixMicro(cut), "essai"); err != nil {
		t.Fatal(err)
	}
	if err := x.Refresh(); err != nil {
		t.Fatal(err)
	}
	left := ask(t, x, "", 0, 0)
	if len(left) == 0 || len(left) > 110 || left[0] != 199 {
		t.Errorf("after pruning: %d entries, from %d", len(left), left[0])
	}
	want := naive(v.said, "failed", v.said[left[len(left)-1]].Received, 0)
	if got := ask(t, x, "failed", 0, 0); !slices.Equal(got, want) {
		t.Errorf("after pruning: %v, want %v", got, want)
	}
}

// TestIndexMadeAgain: a program that keeps the index goes on with the one that
// another made in its place.
func TestIndexMadeAgain(t *testing.T) {
	v := open(t)
	rng := rand.New(rand.NewPCG(9, 9))
	v.chat(rng, 20)
	keeper, err := search.Open(v.dir)
	if err == nil {
		err = keeper.Build()
	}
	if err == nil {
		err = search.Forget(v.dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	v.chat(rng, 20)
	if err := keeper.Build(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(v.dir, "index", "00000000.vgx")); err != nil || info.Size() < 1000 {
		t.Error("the index is not kept", err)
	}
	if got, want := ask(t, keeper, "failed", 0, 0), naive(v.said, "failed", 0, 0); !slices.Equal(got, want) {
		t.Errorf("finds %v, want %v", got, want)
	}
}

// TestTwoBuilders: one program alone keeps the index.
func TestTwoBuilders(t *testing.T) {
	v := open(t)
	v.chat(rand.New(rand.NewPCG(5, 6)), 5)
	if err := os.MkdirAll(filepath.Join(v.dir, "index"), 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(v.dir, "index", "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := trace.LockFile(lock); err != nil {
		t.Fatal(err)
	}
	x, err := search.Open(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := x.Build(); !errors.Is(err, trace.ErrBusy) {
		t.Error(err)
	}
}

// TestParse: what cannot be understood is said so, and a search that is given up
// ends.
func TestParse(t *testing.T) {
	for text, key := range map[string]string{`"open`: "search.open_quote", "/open": "search.open_regexp", "/(/": "search.bad_regexp", "access:nothing": "search.bad_activity", strings.Repeat("a", 1001): "search.too_long"} {
		_, err := search.Parse(text)
		if e, ok := errors.AsType[*vigie.Error](err); !ok || e.Key != key {
			t.Errorf("%.20s: %v, want %s", text, err, key)
		}
	}
	v := open(t)
	v.chat(rand.New(rand.NewPCG(7, 8)), 30)
	x, err := search.Open(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	given, stop := context.WithCancel(t.Context())
	stop()
	if _, err := x.Search(given, search.Query{}, 10, func(search.Hit) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// FuzzParse: no text breaks the parser, and what it understands finds the same as
// looking at every entry where the simple reading applies.
func FuzzParse(f *testing.F) {
	for _, q := range questions {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := search.Parse(text); err != nil {
			if _, ok := errors.AsType[*vigie.Error](err); !ok {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

// TestVaultRests: an index that nobody asks for is closed, and opened again when
// somebody does; a search that is under way ends first.
func TestVaultRests(t *testing.T) {
	v := open(t)
	for range 20 {
		v.write("udp:10.0.0.1", "<34>1 2026-03-01T08:00:00Z srv-web-01 app 1 - - something")
	}
	vault := &search.Vault{Dir: filepath.Dir(v.dir)}
	class := filepath.Base(v.dir)
	if got := fmt.Sprint(vault.Classes()); got != "["+class+"]" {
		t.Fatal(got)
	}
	for range 3 {
		x, err := vault.Index(class)
		if err != nil {
			t.Fatal(err)
		}
		var resting sync.WaitGroup
		n := 0
		if _, err := x.Search(t.Context(), search.Query{}, -1, func(search.Hit) bool {
			if n++; n == 1 {
				resting.Go(func() {
					if err := vault.Rest(0); err != nil {
						t.Error(err)
					}
				})
			}
			return true
		}); err != nil || n != 20 {
			t.Error(n, err)
		}
		resting.Wait()
	}
	if err := vault.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Index("nothing"); vigie.CodeOf(err) != vigie.NotFound {
		t.Error(err)
	}
}
