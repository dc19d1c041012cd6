package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/store/storetest"
)

// TestLive: a verdict that changes is told to a page that is open.
func TestLive(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req := b.request("GET", "/live", nil).WithContext(ctx)
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	changed := make(chan liveChange, 100)
	go func() {
		in := bufio.NewScanner(res.Body)
		for in.Scan() {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				var c liveChange
				if err := json.Unmarshal([]byte(data), &c); err == nil {
					changed <- c
				}
			}
		}
	}()
	time.Sleep(100 * time.Millisecond) // the first look
	b.post("/registers/asset/records/srv-1/edit", map[string][]string{"version": {"1"}, "owner": {""}}).want(200)
	for {
		select {
		case c := <-changed:
			if c.Rule == "9.2.3" {
				if !strings.Contains(c.Badge, "v-verdict-") || c.Said == "" {
					t.Errorf("%+v", c)
				}
				return
			}
		case <-ctx.Done():
			t.Fatal("nothing was told")
		}
	}
}

// TestHub tells differences only, and stops looking when nobody watches.
func TestHub(t *testing.T) {
	looks := make(chan bool, 100)
	verdict := vigie.Conforming
	rule := make(chan vigie.Verdict, 1)
	h := newHub(func(context.Context) ([]control.RulePosture, error) {
		select {
		case verdict = <-rule:
		default:
		}
		looks <- true
		return []control.RulePosture{{Rule: "6", Verdict: verdict}, {Rule: "7", Verdict: vigie.Unknown}}, nil
	}, nil)
	h.every = time.Millisecond
	ch, end := h.watch()
	<-looks
	<-looks
	rule <- vigie.Deviating
	go func() {
		for range looks { //nolint:revive // drained so that the hub never waits
		}
	}()
	got := <-ch
	if len(got) != 1 || got[0].Rule != "6" || got[0].Verdict != vigie.Deviating {
		t.Errorf("%+v", got)
	}
	end()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop != nil {
		t.Error("it still looks")
	}
}
