package web

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace"
	"vigie.example/internal/trace/intake"
	"vigie.example/internal/trace/search"
)

// TestTraces: events of machines are searched by those who may, each search leaves
// a trace, and chosen events leave as a pack that verifies by itself.
func TestTraces(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.get("/traces").want(200).has("p", "Aucun coffre").has("code", "vigie trace serve")
	now := noon.Add(-time.Hour)
	stream, err := trace.Open(filepath.Join(s.traces, "standard"), trace.Options{Origin: "test.example/traces/standard", MinFree: -1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"<34>1 2026-11-25T11:00:00Z srv-1 sshd 1 - - Failed password for ana from 10.0.0.7", "<34>1 2026-11-25T11:00:01Z srv-2 sudo 1 - - <script>alert(1)</script>\x1b[31m",
		"<34>1 2026-11-25T11:00:02Z srv-1 sshd 1 - - Accepted publickey for bob"} {
		if err := stream.Write(t.Context(), "tcp:192.0.2.1", []byte(line)); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	b.get("/traces").want(200).has("[role=status]", "3 événements trouvés sur 3").has("tbody tr", "srv-1", "Accepted").has("svg title", "3")
	b.get("/traces?q=failed+host:srv-1").want(200).has("[role=status]", "1 événement trouvé sur 3").has("tr", "Failed password for ana", "n° 0").hasNot("tr", "Accepted")
	b.get("/traces?q=user:ana+access:failed").want(200).has("[role=status]", "1 événement trouvé sur 3").has("tr div", "Connexion refusée").has("tr a", "ana").has("tr a", "10.0.0.7")
	p := b.get("/traces?q=script").want(200).has("tr", "<script>alert(1)</script>·[31m")
	p.inert()
	b.get("/traces?q=zyzzyva").want(200).has(".v-quiet", "Rien de tel")
	b.get("/traces?from=2026-11-26").want(200).has("[role=status]", "0 événement")
	b.get("/traces?to=2026-11-25&q=/ana|bob/").want(200).has("[role=status]", "2 événements")
	b.get("/traces?q=%22open").want(422).has("[role=alert]", "guillemet").has("#q[value=\"open]", "")
	b.get("/traces?from=yesterday").want(422)
	b.get("/traces?class=nothing").want(404)

	// What fails beside the vault is said where traces are read.
	for name, text := range map[string]string{"copy": `{"Bucket":"https://s3.example.org/traces/","Failures":2,"Since":"2026-11-25T08:00:00Z"}`, "dating": `{"Authorities":[{"URL":"https://tsa.example.org","Failures":1,"Since":"2026-11-25T09:00:00Z"},{"URL":"https://fine.example.org"}]}`} {
		if err := os.WriteFile(filepath.Join(s.traces, "standard", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.get("/traces").want(200).has(".v-note-warn", "https://s3.example.org/traces/", "échoue depuis").has(".v-note-warn", "https://tsa.example.org").hasNot(".v-note-warn", "fine.example.org")
	b.get("/traces?on=2026-11-24").want(200).has("[role=status]", "0 événement")

	pack := b.get("/traces/pack?class=standard&id=0&id=2").want(200)
	z, err := zip.NewReader(bytes.NewReader([]byte(pack.body)), int64(len(pack.body)))
	if err != nil || !strings.Contains(pack.header.Get("Content-Disposition"), "vigie-standard-") {
		t.Fatal(err, pack.header)
	}
	if rep := evidence.VerifyPack(z, stream.VKey(), nil); len(rep.Problems) > 0 {
		t.Error(rep.Problems)
	}
	b.get("/traces/pack?class=standard").want(422)
	b.get("/traces/pack?class=standard&id=99").want(404)
	b.get("/traces/pack?class=../../etc&id=0").want(404)
	s.as("reader").get("/trail?kind=search").want(200).has("td", "traces/standard").has("td", "failed host:srv-1")
	s.as("reader").get("/trail?kind=export").want(200).has("td", "traces/standard")
	s.as("nord").get("/traces").want(403)
}

// TestKeptSearches: a search is kept under a name, for oneself or for all who search.
func TestKeptSearches(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	stream, err := trace.Open(filepath.Join(s.traces, "standard"), trace.Options{Origin: "test.example/traces/standard", MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if err := stream.Write(t.Context(), "tcp:192.0.2.1", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := stream.Flush(); err != nil {
		t.Fatal(err)
	}
	b := s.as("ciso")
	query := url.Values{"q": {"access:failed"}, "class": {"standard"}}.Encode()
	b.post("/traces/views", url.Values{"name": {"Refus"}, "query": {query}, "shared": {"yes"}}).want(200).has("a", "Refus").has("#q[value=access:failed]", "")
	b.post("/traces/views", url.Values{"name": {"À moi"}, "query": {"q=sudo"}}).want(200)
	s.as("reader").get("/traces").want(200).has(".v-view a", "Refus").hasNot(".v-view a", "À moi").hasNot(".v-view form", "")
	views, err := s.app.Book.Views(t.Context(), tracesPlace, "claire@example.org")
	if err != nil || len(views) == 0 {
		t.Fatal(views, err)
	}
	s.as("reader").post("/traces/views/"+views[0].ID+"/delete", url.Values{}).want(404)
	s.as("nord").post("/traces/views", url.Values{"name": {"x"}, "query": {""}}).want(403)
	b.post("/traces/views/"+views[0].ID+"/delete", url.Values{}).want(200)
}

// TestFollow: what is sealed while the page follows is told to it, once, and the
// following leaves a trace.
func TestFollow(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	stream, err := trace.Open(filepath.Join(s.traces, "standard"), trace.Options{Origin: "test.example/traces/standard", MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	say := func(text string) {
		t.Helper()
		if err := stream.Write(t.Context(), "tcp:192.0.2.1", []byte("<34>1 2026-11-25T11:00:00Z srv-1 app 1 - - "+text)); err != nil {
			t.Fatal(err)
		}
		if err := stream.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	say("before <b>")
	b := s.as("ciso")
	b.get("/traces").want(200).has("[data-since=1]", "Suivre")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	res, err := b.client.Do(b.request("GET", "/traces/live?class=standard&q=app:app+-hidden", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	say("one <b>")
	say("hidden")
	var got []string
	for in := bufio.NewScanner(res.Body); len(got) < 2 && in.Scan(); {
		data, ok := strings.CutPrefix(in.Text(), "data: ")
		if !ok {
			continue
		}
		var change struct{ Rows, Said string }
		if err := json.Unmarshal([]byte(data), &change); err != nil {
			t.Fatal(err)
		}
		got = append(got, change.Rows)
		if len(got) == 1 {
			if !strings.Contains(change.Said, "1 événement nouveau") {
				t.Error(change.Said)
			}
			say("two")
		}
	}
	if len(got) != 2 || !strings.Contains(got[0], "one &lt;b&gt;") || strings.Contains(got[0], "before") || strings.Contains(got[0], "hidden") || !strings.Contains(got[1], "two") || strings.Contains(got[1], "one") {
		t.Error(got)
	}
	s.as("reader").get("/trail?kind=search").want(200).has("td", "live app:app -hidden")
	b.get("/traces/live?class=nothing").want(404)
	b.get("/traces/live?class=standard&q=%22open").want(422)
}

// TestSenders: who sends events is told to be of an asset or not, and becomes a log
// source by a form that is already filled.
func TestSenders(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.get("/traces/senders").want(200).has("p", "Aucun émetteur connu")
	stream, err := trace.Open(filepath.Join(s.traces, "standard"), trace.Options{Origin: "test.example/traces/standard", MinFree: -1, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	server := &intake.Server{Sink: stream}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Syslog(l, nil)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "<34>1 2026-11-25T11:00:00Z srv-1 sshd 1 - - hello\n"); err != nil {
		t.Fatal(err)
	}
	c.Close()
	for len(server.Sources()) == 0 {
		time.Sleep(time.Millisecond)
	}
	server.Close()
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	vault := &search.Vault{Dir: s.traces}
	if err := intake.WriteSources(vault.SendersFile("standard"), server.Sources()); err != nil {
		t.Fatal(err)
	}
	p := b.get("/traces/senders").want(200).has("td", "tcp:127.0.0.1").has("td", "srv-1").has("td", "Aucune source ne trouve").has("td", "TCP ou TLS")
	_, form, _ := strings.Cut(p.body, `href="/registers/log_source/new`)
	form, _, _ = strings.Cut(form, `"`)
	form = "/registers/log_source/new" + html.UnescapeString(form)
	b.get(form).want(200).has("#f-vault_query[value=host:srv-1]", "")
	s.as("reader").get("/traces/senders").want(200).hasNot("td a", "En faire une source")
	b.post("/registers/log_source/new", url.Values{"asset": {"srv-1"}, "kind": {"system"}, "vault_query": {"app:sshd"}, "onboarded_on": {"2026-11-25"}}).want(200)
	b.get("/traces/senders").want(200).has("td a", "SQL 1").hasNot("td", "Aucune source ne trouve")
	if err := os.WriteFile(vault.SendersFile("standard"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.get("/traces/senders").want(500)
}
