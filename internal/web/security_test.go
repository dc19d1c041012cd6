package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store/storetest"
)

// evilText would run if a page took it for markup, and evilFormula if a
// spreadsheet took it for a formula.
const (
	evilText    = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	evilFormula = `=HYPERLINK("http://evil.example")`
)

// inert fails when the markup of evilText is alive in the page.
func (p *page) inert() {
	p.t.Helper()
	for _, selector := range []string{"img[src=x]", "[onerror]"} {
		if len(find(p.doc, selector)) > 0 {
			p.t.Errorf("%s: %s in the page", p.url, selector)
		}
	}
	if strings.Contains(p.body, "<script>alert") {
		p.t.Errorf("%s: a script is in the page", p.url)
	}
}

// TestScriptsInEveryRegister: what was typed in any text field of any register is
// text in the list, in the record and in the forms, kept or refused.
func TestScriptsInEveryRegister(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	made := map[string]bool{"entity": true, "person": true, "asset": true}
	known := map[string]string{"entity": "sud", "person": "claire", "asset": "srv-1"}
	var put func(reg *register.Register) string
	put = func(reg *register.Register) string {
		v := register.Values{}
		for _, f := range reg.Fields {
			switch f.Kind {
			case register.Text, register.Long:
				v[f.Name] = evilText + reg.ID + f.Name
			case register.Email:
				v[f.Name] = `"<script>alert(1)</script>` + reg.ID + `"@exemple.fr`
			case register.Ref:
				if !f.Required {
					continue
				}
				if !made[f.To] {
					made[f.To] = true
					known[f.To] = put(catalog.Get(f.To))
				}
				v[f.Name] = known[f.To]
			case register.Enum:
				v[f.Name] = f.Options[0].Value
			case register.Bool:
				v[f.Name] = true
			default:
				if f.Required {
					v[f.Name] = int64(1)
				}
			}
		}
		s.put(reg, "evil-"+reg.ID, v)
		return "evil-" + reg.ID
	}
	shown := 0
	for _, reg := range catalog.All() {
		id := "evil-" + reg.ID
		if known[reg.ID] != id {
			made[reg.ID] = true
			known[reg.ID] = put(reg)
		}
		path := recordPathOf(reg, id)
		form := url.Values{"version": {"1"}}
		var names []string
		for _, f := range reg.Fields {
			form.Set(f.Name, evilText)
			names = append(names, f.Name)
		}
		seen := 0
		for _, p := range []*page{b.get("/registers/" + reg.ID + "?cols=" + strings.Join(names, ",")), b.get(path), b.get(path + "/edit"), b.post(path+"/edit", form), b.post("/registers/"+reg.ID+"/new", form)} {
			p.inert()
			if strings.Contains(p.body, "&lt;script&gt;alert") {
				seen++
			}
		}
		shown += min(seen, 1)
		text := func(f register.Field) bool { return f.Kind == register.Text || f.Kind == register.Long }
		if b.get(path).status == 200 && slices.ContainsFunc(reg.Fields, text) && seen == 0 {
			t.Errorf("%s: no page shows what was typed", reg.ID)
		}
	}
	t.Logf("%d of %d registers show what was typed", shown, len(catalog.All()))
	if shown < len(catalog.All())/2 {
		t.Errorf("the security officer sees the text of %d registers only: nothing was proved of the others", shown)
	}
}

// TestFactorChangesTheCookie: the cookie that waits for the second factor opens
// nothing, neither before the code nor after it: who planted or saw it has nothing.
func TestFactorChangesTheCookie(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	s.as("committee").get("/situation").want(200)
	s.now = s.now.Add(time.Minute) // a code serves once
	b := s.as("")
	b.post("/login", url.Values{"email": {"paul@exemple.fr"}, "password": {password}}).want(200)
	base, err := url.Parse(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(base) {
		if c.Name == "vigie" {
			s.people["thief"] = c.Value
		}
	}
	if s.people["thief"] == "" {
		t.Fatal("no session waits for the second factor")
	}
	thief := s.as("thief")
	if p := thief.get("/situation"); p.url.Path != "/login/factor" {
		t.Errorf("half a login leads to %s", p.url)
	}
	code, err := totp.GenerateCode(s.secrets["paul@exemple.fr"], s.now)
	if err != nil {
		t.Fatal(err)
	}
	b.post("/login/factor", url.Values{"code": {code}, "back": {"/situation"}}).want(200)
	if p := b.get("/situation").want(200); p.url.Path != "/situation" {
		t.Errorf("the code leads to %s", p.url)
	}
	if p := thief.get("/situation"); p.url.Path != "/login" {
		t.Errorf("the cookie of before the code leads to %s", p.url)
	}
}

// TestFindingsFileIsDisarmed: the name of a record that begins as a formula is
// text in the file of findings.
func TestFindingsFileIsDisarmed(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso")
	b.post("/registers/asset/records/srv-1/edit", url.Values{"version": {"1"}, "name": {evilFormula}}).want(200)
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.get("/findings/export").want(200).body, "\ufeff")))
	in.Comma = ';'
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, row := range rows {
		for _, cell := range row {
			seen = seen || strings.Contains(cell, evilFormula)
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("the formula is alive: %q", cell)
			}
		}
	}
	if !seen {
		t.Error("no finding of the renamed record in the file: nothing was proved")
	}
}

// maxFirstLoad is what a first visit may weigh on the network, in bytes.
const maxFirstLoad = 150 << 10

// TestFirstLoad: a page and all that it loads, compressed.
func TestFirstLoad(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	for _, at := range []struct{ who, path string }{{"", "/login"}, {"ciso", "/situation"}, {"ciso", "/registers/asset"}, {"ciso", "/policy"}} {
		b := s.as(at.who)
		b.client.Transport = &http.Transport{DisableCompression: true} // bytes as on the network
		first := b.get(at.path).want(200)
		b.header = http.Header{"Accept-Encoding": {"gzip"}}
		total := len(b.get(at.path).want(200).body)
		files := 0
		for selector, name := range map[string]string{"script[src]": "src", "link[rel=stylesheet]": "href"} {
			for _, n := range find(first.doc, selector) {
				files++
				total += len(b.get(attr(n, name)).want(200).body)
			}
		}
		t.Logf("%s: %d bytes, %d files", at.path, total, files)
		if files == 0 {
			t.Errorf("%s loads no file: are the assets built?", at.path)
		}
		if total > maxFirstLoad {
			t.Errorf("%s: the first load weighs %d bytes, more than %d", at.path, total, maxFirstLoad)
		}
	}
}
