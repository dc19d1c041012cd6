package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vigie.example/evidence"
	"vigie.example/internal/identity"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace"
)

// TestTraces: a program searches the vault with a token for that alone, page by
// page or in one stream, counts, and takes evidence away; each time leaves a trace.
func TestTraces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := serve(t, db).as(identity.Investigator)
		if got := c.want(200, "GET", "/api/v1/traces", nil); len(got["classes"].([]any)) != 0 {
			t.Error(got)
		}
		at := now.Add(-time.Hour)
		stream, err := trace.Open(filepath.Join(c.traces, "standard"), trace.Options{Origin: "test.example/traces/standard", MinFree: -1, Now: func() time.Time { return at }})
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range []string{"Failed password for ana from 10.0.0.7 port 1 ssh2", "Accepted publickey for bob from 10.0.0.8 port 2 ssh2", "odd \xff bytes"} {
			if err := stream.Write(t.Context(), "tcp:192.0.2.1", fmt.Appendf(nil, "<34>1 2026-03-01T11:00:0%dZ srv-%d sshd 1 - - %s", i, i, text)); err != nil {
				t.Fatal(err)
			}
			at = at.Add(time.Minute)
		}
		if err := stream.Close(); err != nil {
			t.Fatal(err)
		}
		classes := c.want(200, "GET", "/api/v1/traces", nil)["classes"].([]any)
		if got := classes[0].(map[string]any); got["class"] != "standard" || got["entries"] != 3.0 || got["from"] != "2026-03-01T11:00:00Z" {
			t.Error(got)
		}
		events := func(query string) (texts []string, next float64) {
			t.Helper()
			got := c.want(200, "GET", "/api/v1/traces/standard/events?"+query, nil)
			for _, e := range got["events"].([]any) {
				texts = append(texts, fmt.Sprint(e.(map[string]any)["entry"]))
			}
			return texts, got["next"].(float64)
		}
		for query, want := range map[string]string{"": "[2 1 0] 0", "limit=2": "[2 1] 1", "limit=2&before=1": "[0] 0", "since=1": "[2 1] 0", "q=user:ana+access:failed": "[0] 0", "from=2026-03-01T11:00:30Z&to=2026-03-01T11:01:30Z": "[1] 0", "to=2026-02-28": "[] 0"} {
			if texts, next := events(query); fmt.Sprint(texts, next) != want {
				t.Errorf("%s: %v %v, want %s", query, texts, next, want)
			}
		}
		first := c.want(200, "GET", "/api/v1/traces/standard/events?q=ana", nil)["events"].([]any)[0].(map[string]any)
		if first["host"] != "srv-0" || first["received"] != "2026-03-01T11:00:00Z" || first["access"].(map[string]any)["class_uid"] != 3002.0 || !strings.Contains(first["raw"].(string), "Failed password") {
			t.Error(first)
		}
		if odd := c.want(200, "GET", "/api/v1/traces/standard/events?q=odd", nil)["events"].([]any)[0].(map[string]any); odd["raw"] != nil || odd["raw_base64"] == nil {
			t.Error(odd)
		}
		r := httptest.NewRequest("GET", "/api/v1/traces/standard/events?limit=2", nil)
		r.Header.Set("Authorization", "Bearer "+c.tokens[identity.Investigator])
		r.Header.Set("Accept", "application/x-ndjson")
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-ndjson" || len(lines) != 2 || !json.Valid([]byte(lines[0])) {
			t.Error(w.Code, w.Header(), w.Body)
		}
		if got := c.want(200, "GET", "/api/v1/traces/standard/count?every=1h", nil); fmt.Sprint(got) != "map[counts:[map[at:2026-03-01T11:00:00Z count:3]] total:3]" {
			t.Error(got)
		}
		if got := c.want(200, "GET", "/api/v1/traces/standard/count?q=sshd", nil); fmt.Sprint(got) != "map[counts:[] total:3]" {
			t.Error(got)
		}
		res, pack := c.do("GET", "/api/v1/traces/standard/pack?entry=0&entry=2", nil)
		text := pack["text"].(string)
		z, err := zip.NewReader(bytes.NewReader([]byte(text)), int64(len(text)))
		if err != nil || res.StatusCode != 200 {
			t.Fatal(res.Status, err)
		}
		if rep := evidence.VerifyPack(z, stream.VKey(), nil); len(rep.Problems) > 0 {
			t.Error(rep.Problems)
		}
		if res, _ := c.do("GET", "/api/v1/traces/standard/pack?from=2026-03-01", nil); res.StatusCode != 200 {
			t.Error(res.Status)
		}
		for path, status := range map[string]int{
			"events?q=%22open": 422, "events?from=yesterday": 422, "events?limit=-1": 422, "count?every=1": 422, "count?every=1ms": 422, "pack": 422, "pack?entry=x": 422, "pack?entry=99": 404, "pack?to=2020-01-01": 404,
		} {
			c.want(status, "GET", "/api/v1/traces/standard/"+path, nil)
		}
		c.want(404, "GET", "/api/v1/traces/nothing/events", nil)
		c.want(404, "GET", "/api/v1/traces/..%2f..%2fetc/pack?entry=0", nil)

		list, err := c.app.Accounts(func() time.Time { return now }).Events(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if last := list[len(list)-1]; last.Kind != "search" || last.Actor != "token:investigator" || last.Subject != "traces/standard" {
			t.Errorf("%+v", last)
		}
		if !strings.Contains(fmt.Sprint(list), "export token:investigator traces/standard entry=0&entry=2") {
			t.Error(list)
		}
	})
}

// TestTracesAreApart: who searches the traces does nothing else, and not with a token
// of some entities.
func TestTracesAreApart(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite"))
	for _, path := range []string{"/api/v1/registers", "/api/v1/posture", "/api/v1/tokens"} {
		c.as(identity.Investigator).want(403, "GET", path, nil)
	}
	c.tokens[identity.Investigator] = c.issue(identity.Token{Name: "part", Role: identity.Investigator, Entities: []string{"e1"}, EndsAt: now.AddDate(0, 0, 1)})
	c.as(identity.Investigator).want(403, "GET", "/api/v1/traces", nil)
}

// TestReadingsOfProgramsLeaveTraces: an export, and the reading of a record of
// confidentiality 3 or 4.
func TestReadingsOfProgramsLeaveTraces(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite")).as(identity.Editor)
	got := c.want(200, "GET", "/api/v1/registers/asset/records/a1", nil)
	c.want(200, "PATCH", "/api/v1/registers/asset/records/a1", map[string]any{"c": 4, "version": got["version"]})
	c.as(identity.Reader).want(200, "GET", "/api/v1/registers/asset/records/a1", nil)
	c.as(identity.Reader).want(200, "GET", "/api/v1/registers/asset/export?format=csv", nil)
	list, err := c.app.Accounts(func() time.Time { return now }).Events(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range list {
		kinds = append(kinds, e.Kind+" "+e.Actor+" "+e.Subject)
	}
	if got := strings.Join(kinds, ", "); got != "export token:reader asset, read token:reader asset/a1" {
		t.Error(got)
	}
}
