package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vigie.example/internal/store/storetest"
)

// TestHeaders: every answer, errors included, carries the policy of contents and
// is kept by no cache.
func TestHeaders(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	for path, status := range map[string]int{"/registers": 200, "/nowhere": 404, "/registers?on=2030-01-01": 422, "/static/nothing.js": 404} {
		p := s.as("ciso").get(path).want(status)
		if got := p.header.Get("Content-Security-Policy"); got != policyCSP {
			t.Errorf("%s: policy %q", path, got)
		}
		if p.header.Get("Cache-Control") != "no-store" || p.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, p.header)
		}
		for _, selector := range []string{"style", "[style]", "[onclick]", "[hx-on]"} {
			if n := len(find(p.doc, selector)); n > 0 {
				t.Errorf("%s: %d %s inside the page", path, n, selector)
			}
		}
		for _, script := range find(p.doc, "script") {
			if !strings.HasPrefix(attr(script, "src"), "/static/") || script.FirstChild != nil {
				t.Errorf("%s: a script that is not a file of ours", path)
			}
		}
	}
}

// TestStrangers are sent to the login, and come back to where they wanted to go.
func TestStrangers(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("")
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, rt := range routes {
		if rt.access == nil {
			continue
		}
		path := strings.NewReplacer("{$}", "", "{name}", "asset", "{id}", "srv-1", "{view}", "x", "{upload}", "x", "{batch}", "x").Replace(rt.path)
		var p *page
		if rt.method == "GET" {
			p = b.get(path)
		} else {
			p = b.post(path, url.Values{})
		}
		if to := p.header.Get("Location"); p.status != 303 || !strings.HasPrefix(to, "/login") {
			t.Errorf("%s %s answers %d to %q, want the login", rt.method, path, p.status, to)
		}
	}
	if to := b.get("/registers?q=a&on=2026-11-01").header.Get("Location"); to != "/login?back="+url.QueryEscape("/registers?q=a&on=2026-11-01") {
		t.Errorf("goes to %s", to)
	}
}

// TestForgedPosts: what another site makes a browser send is refused.
func TestForgedPosts(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	for _, rt := range routes {
		if rt.method == "GET" {
			continue
		}
		path := strings.NewReplacer("{name}", "asset", "{id}", "srv-1", "{view}", "x", "{upload}", "x", "{batch}", "x").Replace(rt.path)
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			b := s.as("ciso")
			req := b.request("POST", path, strings.NewReader("reason=x"))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(name, value)
			if p := b.do(req); p.status != 403 {
				t.Errorf("%s with %s: %s answers %d", path, name, value, p.status)
			}
		}
	}
}

// TestLocal: nobody is sent to another site.
func TestLocal(t *testing.T) {
	for back, want := range map[string]string{"/registers?q=a": "/registers?q=a", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/",
		"/\tevil": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "registers": "/"} {
		if got := local(back); got != want {
			t.Errorf("%q leads to %q, want %q", back, got, want)
		}
	}
}

// TestPreferences: language and theme are kept, and the page comes back.
func TestPreferences(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.get("/registers").want(200).has("h1", "Registres").has("html[lang=fr]")
	p := b.post("/preferences", url.Values{"lang": {"en"}, "theme": {"dark"}, "back": {"/registers?q=x"}}).want(200)
	if p.url.RequestURI() != "/registers?q=x" {
		t.Errorf("comes back to %s", p.url)
	}
	p.has("h1", "Registers").has("html[lang=en]").has("html[data-bs-theme=dark]")
}
