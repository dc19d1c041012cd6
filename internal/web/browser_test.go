package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/sample"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

// TestBrowser walks the pages of the sample company in a real browser, as the
// people who use them do, and lets axe look at every page.
//
// VIGIE_SCREENSHOTS names a folder for the pictures of the README.
func TestBrowser(t *testing.T) {
	chromium := browserPath(t)
	s := openSample(t)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("lang", "fr-FR"), chromedp.UserDataDir(t.TempDir()))
	defer stop()
	browser, stopBrowser := chromedp.NewContext(alloc)
	defer stopBrowser()
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	in := &chrome{site: s, browser: browser}
	if dir := os.Getenv("VIGIE_SCREENSHOTS"); dir != "" {
		in.pictures(t, dir)
		return
	}
	for _, screen := range []screen{{1280, 900, "fr", "light"}, {390, 844, "en", "dark"}, {1280, 900, "en", "dark"}, {390, 844, "fr", "light"}} {
		t.Run(fmt.Sprintf("%s %d", screen.lang, screen.width), func(t *testing.T) {
			for _, w := range walks {
				t.Run(w.name, func(t *testing.T) { w.walk(t, in, screen) })
			}
		})
	}
	t.Run("passkey", func(t *testing.T) { passkeyWalk(t, in) })
	t.Run("zone", func(t *testing.T) { zoneWalk(t, in) })
	t.Run("keyboard", func(t *testing.T) { keyboardWalk(t, in) })
	t.Run("axe", func(t *testing.T) { axeWalk(t, in) })
}

// browserPath finds Chromium; where there is none, CI fails and others skip.
func browserPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("there is no Chromium: scripts/setup.sh installs it")
	}
	t.Skip("there is no Chromium: scripts/setup.sh installs it")
	return ""
}

// openSample serves the sample company, with an account for each kind of user.
func openSample(t *testing.T) *site {
	t.Helper()
	db := storetest.Open(t, "sqlite")
	s := openEmpty(t, db)
	s.now = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	if err := sample.Fill(t.Context(), s.app, s.now, func(vigie.Day, int, int) {}); err != nil {
		t.Fatal(err)
	}
	if err := s.app.Engine.Tick(t.Context(), s.now); err != nil {
		t.Fatal(err)
	}
	holder := "SELECT p.email, p.name FROM person p JOIN role_assignment r ON r.person = p.id WHERE r.ends_on IS NULL AND p.last_day IS NULL AND r.role = '%s' ORDER BY p.id LIMIT 1"
	for who, query := range map[string]string{
		"ciso":      fmt.Sprintf(holder, "ciso"),
		"committee": fmt.Sprintf(holder, "committee"),
		"owner": `SELECT p.email, p.name FROM person p WHERE p.last_day IS NULL AND NOT EXISTS (SELECT 1 FROM role_assignment r WHERE r.person = p.id)
			AND EXISTS (SELECT 1 FROM asset a WHERE a.owner = p.id) ORDER BY p.id LIMIT 1`,
		"employee": `SELECT p.email, p.name FROM person p WHERE p.last_day IS NULL AND p.kind = 'employee' AND p.uses_is AND NOT EXISTS (SELECT 1 FROM role_assignment r WHERE r.person = p.id)
			AND NOT EXISTS (SELECT 1 FROM asset a WHERE a.owner = p.id OR a.deputy = p.id) AND NOT EXISTS (SELECT 1 FROM team m WHERE m.manager = p.id) ORDER BY p.id LIMIT 1`,
	} {
		rows, err := db.Query(t.Context(), query, nil)
		if err != nil {
			t.Fatal(err)
		}
		var u identity.User
		if !rows.Next() {
			t.Fatalf("the company has no %s", who)
		}
		err = rows.Scan(&u.Email, &u.Name)
		rows.Close()
		if err != nil {
			t.Fatal(err)
		}
		s.users[who] = u
	}
	until := vigie.DayOf(s.now) + 30
	s.users["auditor"] = identity.User{Email: "audit@example.net", Name: "Auditrice", AuditorUntil: &until}
	return s
}

// A chrome is the browser in which people look at a site.
type chrome struct {
	*site
	browser context.Context
}

// A screen is how somebody looks.
type screen struct {
	width, height int64
	lang          vigie.Lang
	theme         string
}

// wide is the screen of those who work all day.
var wide = screen{1280, 900, "fr", "light"}

// A window is one person looking at the site.
type window struct {
	t    *testing.T
	in   *chrome
	ctx  context.Context
	lang vigie.Lang

	mu     sync.Mutex
	faults []string // of scripts and of the content policy
	broken bool     // the site is made to fail on purpose
	asked  int      // times that the browser asked whether to leave
}

// patience is how long something may take to show.
const patience = 15 * time.Second

// look opens a window for somebody; "" is a stranger. It fails the test when a
// script breaks or the content policy refuses something.
func (in *chrome) look(t *testing.T, who string, sc screen) *window {
	t.Helper()
	cookie := ""
	if who != "" {
		in.as(who)
		cookie = in.people[who]
	}
	return in.lookWith(t, cookie, sc)
}

// lookWith opens a window for the session of a cookie; "" is a stranger.
func (in *chrome) lookWith(t *testing.T, cookie string, sc screen) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(in.browser, chromedp.WithNewBrowserContext())
	w := &window{t: t, in: in, ctx: ctx, lang: sc.lang}
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, f := range w.faults {
			t.Error(f)
		}
		cancel()
	})
	if err := chromedp.Listen(ctx, w.heard); err != nil {
		t.Fatal(err)
	}
	cookies := map[string]string{langCookie: string(sc.lang), themeCookie: sc.theme}
	if cookie != "" {
		cookies["vigie"] = cookie
	}
	w.do(chromedp.EmulateViewport(sc.width, sc.height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: sc.width < 600})
		return err
	}))
	w.open("/healthz-none") // any page of the site, to give it cookies
	for name, value := range cookies {
		w.eval("document.cookie = " + quoted(name+"="+value+"; path=/"))
	}
	w.mu.Lock()
	w.faults = nil // the page above does not exist
	w.mu.Unlock()
	return w
}

// heard keeps what went wrong in the page.
func (w *window) heard(ev any) {
	said := ""
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
	case *cdpage.EventJavascriptDialogOpening: // "leave this page?": yes
		w.mu.Lock()
		w.asked++
		w.mu.Unlock()
		go func() {
			_, err := chromedp.Call(w.ctx, cdpage.HandleJavaScriptDialog, cdpage.HandleJavaScriptDialogParams{Accept: true})
			if err != nil {
				w.t.Error(err)
			}
		}()
	case *log.EventEntryAdded:
		w.mu.Lock()
		expected := strings.Contains(e.Entry.Text, "the server responded with a status of 4") || w.broken && strings.Contains(e.Entry.Text, "the server responded with a status of 500")
		w.mu.Unlock()
		if e.Entry.Level == log.EntryLevelError && !expected {
			said = e.Entry.Text
		}
	}
	if said != "" {
		w.mu.Lock()
		w.faults = append(w.faults, said)
		w.mu.Unlock()
	}
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%v, on %s: %s", err, w.where(), w.text())
	}
}

// open goes to a page by its address.
func (w *window) open(path string) *window {
	w.t.Helper()
	w.do(chromedp.Navigate(w.in.server.URL + path))
	return w
}

// eval runs a script and returns what it says.
func (w *window) eval(script string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[any](script, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("%v: %s", err, script)
	}
	if s, ok := out.(string); ok {
		return s
	}
	return fmt.Sprint(out)
}

func (w *window) where() string { return w.eval("location.pathname + location.search") }
func (w *window) text() string {
	return w.eval("(document.querySelector('main') ?? document.body).textContent.replace(/\\s+/g, ' ')")
}

// wait waits until a script says true.
func (w *window) wait(what, script string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(w.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("document.readyState === 'complete' && Boolean("+script+")"))
		cancel()
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s: not seen on %s: %v: %s", what, w.where(), err, w.text())
		}
	}
}

// see waits until an element that the selector matches reads all of words.
func (w *window) see(selector string, words ...string) *window {
	w.t.Helper()
	list, err := json.Marshal(words)
	if err != nil {
		w.t.Fatal(err)
	}
	w.wait(selector+" "+strings.Join(words, ", "), fmt.Sprintf("[...document.querySelectorAll(%s)].some(e => %s.every(word => e.textContent.replace(/\\s+/g, ' ').includes(word)))", quoted(selector), list))
	return w
}

// click clicks on the first element that is seen and reads a word.
func (w *window) click(selector, word string) *window {
	w.t.Helper()
	w.see(selector, word)
	w.eval(fmt.Sprintf("[...document.querySelectorAll(%s)].find(e => e.textContent.includes(%s) && e.checkVisibility()).click()", quoted(selector), quoted(word)))
	return w
}

// fill writes into a field, as somebody types.
func (w *window) fill(selector, value string) *window {
	w.t.Helper()
	w.wait(selector, "document.querySelector("+quoted(selector)+")")
	w.eval("(e => { e.focus(); if (e.select && e.type !== 'date') e.select(); })(document.querySelector(" + quoted(selector) + "))")
	if w.eval("document.querySelector("+quoted(selector)+").type") == "date" { // typed by the locale of the machine
		w.eval("(e => { e.value = " + quoted(value) + "; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); })(document.querySelector(" + quoted(selector) + "))")
		return w
	}
	w.keys(value)
	return w
}

// tabTo moves the focus with the Tab key to an element that the selector matches.
func (w *window) tabTo(selector string) *window {
	w.t.Helper()
	for range 150 {
		if w.eval("document.activeElement.matches("+quoted(selector)+")") == "true" {
			return w
		}
		w.keys(kb.Tab)
	}
	w.t.Fatalf("Tab does not lead to %s on %s", selector, w.where())
	return w
}

// keys types on the keyboard.
func (w *window) keys(keys string) { w.t.Helper(); w.do(chromedp.KeyEvent(keys)) }

// enter presses Enter as a keyboard does: one event, which a script may prevent.
func (w *window) enter() {
	w.t.Helper()
	w.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		press := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, press); err != nil {
			return err
		}
		press.Type, press.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err := chromedp.Call(ctx, input.DispatchKeyEvent, press)
		return err
	}))
}

// say is a sentence of the catalogue in the reader's language.
func (w *window) say(key string, args ...any) string {
	r := &request{lang: w.lang}
	return r.T(key, args...)
}

// A walk is what a user of the site does on a day.
type walk struct {
	name string
	walk func(t *testing.T, in *chrome, sc screen)
}

var walks = []walk{
	{"the committee signs in, waives and sets a parameter", committeeWalk},
	{"the CISO finds the worst, assigns it and waives", cisoWalk},
	{"an owner mends a record and the verdict follows", ownerWalk},
	{"an employee reads the policy and acknowledges it", employeeWalk},
	{"an auditor looks at a past day", auditorWalk},
	{"an administrator invites", adminWalk},
}

func committeeWalk(t *testing.T, in *chrome, sc screen) {
	in.as("committee")
	users, err := in.accounts.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u := users[slices.IndexFunc(users, func(u identity.User) bool { return u.Email == in.users["committee"].Email })]
	w := in.look(t, "", sc)
	w.open("/situation").see("h1", w.say("login.title"))
	w.fill("[name=email]", u.Email).fill("[name=password]", "not this one").click("main button", w.say("login.enter"))
	w.see("[role=alert]", w.say("login.refused"))
	w.fill("[name=email]", u.Email).fill("[name=password]", password).click("main button", w.say("login.enter"))
	in.now = in.now.Add(2 * time.Minute) // a code opens once
	code, err := totp.GenerateCode(in.secrets[u.Email], in.now)
	if err != nil {
		t.Fatal(err)
	}
	w.fill("[name=code]", code).click("main button", w.say("login.enter"))
	w.see("h1", w.say("web.nav_situation")).see("h2", w.say("see.urgent"))
	w.open("/findings?covered=no&order=urgent").click("td a", w.say("see.waive")).see("h1", w.say("see.waive_title"))
	w.fill("[name=reason]", "Remplacé au printemps").fill("[name=compensation]", "Copie à la main").click("button", w.say("see.waive_do"))
	w.see(".v-note-good", w.say("see.waiver_done"))
	w.open("/parameters/asset_review_days").fill("[name=value]", strconv.FormatInt(200+sc.width%7+int64(len(sc.theme)), 10)).fill("[name=reason]", "Essai").click("button", w.say("see.try"))
	w.see("#effect", "")
	w.click("button", w.say("see.set_do")).see(".v-note-good", "")
}

func cisoWalk(t *testing.T, in *chrome, sc screen) {
	w := in.look(t, "ciso", sc)
	w.open("/situation").click("#situation td a", "9.").see("h2", "")
	w.open("/findings?group=who").click("th a", " ").see("td", "")
	w.open("/findings?covered=no").click("td a", w.say("see.assign")).see("h1", w.say("see.assign_title"))
	name := in.users["employee"].Name
	w.fill("#f-person", name).see("[role=option]", name)
	w.enter()
	w.wait("the person chosen", "document.querySelector('[name=\"person.id\"]').value !== ''")
	w.click("button", w.say("see.assign_do")).see(".v-note-good", w.say("see.done_assigned"))
	in.look(t, "employee", sc).open("/me").see("td", w.say("see.assigned"))
	// Somebody who sits on the committee too waives; the finding stays in sight.
	w.open("/findings?covered=no&order=urgent").click("td a", w.say("see.waive")).see("h1", w.say("see.waive_title"))
	about := w.eval("document.querySelector('main strong').textContent.trim()")
	w.fill("[name=reason]", "Éditeur disparu").fill("[name=compensation]", "Réseau à part").click("button", w.say("see.waive_do"))
	w.see(".v-note-good", w.say("see.waiver_done"))
	w.open("/findings?covered=yes&order=urgent").see("td", about)
}

func ownerWalk(t *testing.T, in *chrome, sc screen) {
	// A machine of the owner's loses its deputy, and gets one again.
	reg, err := in.app.Book.Register("asset")
	if err != nil {
		t.Fatal(err)
	}
	in.as("owner")
	users, err := in.accounts.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	owner := users[slices.IndexFunc(users, func(u identity.User) bool { return u.Email == in.users["owner"].Email })]
	owned, err := in.app.Book.List(t.Context(), reg, register.ListQuery{Filters: []register.Filter{{Field: "owner", Value: owner.Person}, {Field: "status", Value: "in_service"}}, Limit: 1})
	if err != nil || len(owned.Records) == 0 {
		t.Fatal("the owner owns nothing", err)
	}
	id := owned.Records[0].ID
	w := in.look(t, "owner", sc)
	w.open("/me").see("h1", w.say("web.nav_me"))
	watcher := in.look(t, "ciso", sc)
	watcher.open("/registers/asset/records/" + id)
	w.open("/registers/asset/records/"+id+"/edit").fill("#f-name", "Machine de l’essai "+sc.theme+strconv.FormatInt(sc.width, 10)).click("button", w.say("page.save"))
	w.see(".v-note-good", w.say("page.done_saved")).see("h1", "Machine de l’essai")
	// Leaving a form that was changed asks first.
	w.open("/registers/asset/records/"+id+"/edit").fill("#f-name", "Perdu ?").open("/me").see("h1", w.say("web.nav_me"))
	w.mu.Lock()
	if w.asked != 1 {
		t.Errorf("the browser asked %d times before what was typed was lost", w.asked)
	}
	w.mu.Unlock()

	// A verdict that changes while the page is open changes on the page.
	own := func(person any) {
		t.Helper()
		err := in.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", Reason: "test", At: in.now}, func(wr *register.Writer) error {
			v, _, err := wr.Get(t.Context(), reg, id)
			if err != nil {
				return err
			}
			v["owner"] = person
			return wr.Put(t.Context(), reg, id, v)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	watcher.open("/situation").see("#situation tr", "9.2")
	counted := "[...document.querySelectorAll('#situation tr')].find(e => e.textContent.includes('9.2')).textContent"
	before := watcher.eval(counted)
	watcher.wait("the page follows", "document.querySelector('#live-said')")
	own(nil)
	watcher.wait("a finding more", counted+" !== "+quoted(before))
	own(owner.Person)
	watcher.wait("a finding less", counted+" === "+quoted(before))
}

func employeeWalk(t *testing.T, in *chrome, sc screen) {
	w := in.look(t, "employee", sc)
	w.open("/").see("h1", w.say("web.nav_me"))
	w.open("/policy").see("h1", w.say("web.nav_policy"))
	w.fill("#q", map[vigie.Lang]string{"fr": "sauvegarde", "en": "backup"}[sc.lang]).click("form[action='/policy'] button", w.say("policy.find"))
	w.see("mark", "")
	w.open("/situation").see("h1", w.say("web.error_forbidden"))

	// What was read is acknowledged once; another text has to be read again.
	in.unread(t, "employee")
	w.open("/me").click(".v-note a", " ").see("h1", w.say("web.nav_policy"))
	w.click("form[action='/policy/acknowledge'] button", w.say("policy.acknowledge")).see(".v-note-good", w.say("policy.thanks"))
	w.wait("nothing more to acknowledge", "!document.querySelector('form[action=\"/policy/acknowledge\"]')")
	w.open("/me").see("h1", w.say("web.nav_me"))
	w.wait("nothing more to read", "!document.querySelector('.v-note a[href^=\"/policy\"]')")
}

// unread takes away what somebody acknowledged, so that it is asked of them again.
func (in *chrome) unread(t *testing.T, who string) {
	t.Helper()
	reg, err := in.app.Book.Register("acknowledgement")
	if err != nil {
		t.Fatal(err)
	}
	people, err := in.app.Book.Register("person")
	if err != nil {
		t.Fatal(err)
	}
	them, err := in.app.Book.List(t.Context(), people, register.ListQuery{Filters: []register.Filter{{Field: "email", Value: in.users[who].Email}}, Limit: 1})
	if err != nil || len(them.Records) != 1 {
		t.Fatal("nobody has the address of", who, err)
	}
	said, err := in.app.Book.List(t.Context(), reg, register.ListQuery{Filters: []register.Filter{{Field: "person", Value: them.Records[0].ID}}, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	err = in.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", Reason: "test", At: in.now}, func(wr *register.Writer) error {
		for _, rec := range said.Records {
			if err := wr.Delete(t.Context(), reg, rec.ID, 0); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func auditorWalk(t *testing.T, in *chrome, sc screen) {
	w := in.look(t, "auditor", sc)
	day := vigie.DayOf(in.now) - 200
	w.open("/situation").fill("#on", day.String())
	w.see(".v-past", w.say("web.back_to_today"))
	if !strings.Contains(w.where(), "on="+day.String()) {
		t.Errorf("the day chosen is not shown: %s", w.where())
	}
	w.open("/registers/asset?on="+day.String()).see("h1", "")
	w.wait("nothing to change", "!document.querySelector('a[href$=\"/new\"]')")
	w.open("/registers/asset").see("summary", w.say("page.export"))
	w.open("/accounts").see("h1", w.say("web.error_forbidden"))
}

func adminWalk(t *testing.T, in *chrome, sc screen) {
	w := in.look(t, "admin", sc)
	email := fmt.Sprintf("nouveau-%s-%d@example.org", sc.lang, sc.width)
	w.open("/accounts").fill("[name=email]", email).fill("[name=name]", "Nouveau").click("button", w.say("see.invite"))
	w.see("code", "/welcome/")
	link, err := url.Parse(strings.TrimSpace(w.eval("document.querySelector('code').textContent")))
	if err != nil {
		t.Fatal(err)
	}
	stranger := in.look(t, "", sc)
	stranger.open(link.Path).fill("[name=password]", "azerty")
	stranger.wait("advice while typing", "document.querySelector('#f-password-strength').textContent.trim() !== ''")
	w.open("/registers/asset").see("h1", w.say("web.error_forbidden"))
}

// passkeyWalk adds a passkey of a machine and comes in with it, as somebody whose
// role wants two factors.
func passkeyWalk(t *testing.T, in *chrome) {
	named := *in // passkeys belong to a name
	named.site = &site{}
	*named.site = *in.site
	named.server = &httptest.Server{URL: strings.Replace(in.server.URL, "127.0.0.1", "localhost", 1)}
	w := named.look(t, "ciso", wide)
	w.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{Protocol: "ctap2", Transport: "internal",
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
		return err
	}))
	w.open("/account").fill("#f-name", "Portable de Karim").click("button", w.say("passkey.add"))
	w.see(".v-note-good", w.say("passkey.done")).see("td", "Portable de Karim")
	w.click("summary", in.users["ciso"].Name).click("button", w.say("web.logout")).see("h1", w.say("login.title"))
	w.click("button", w.say("passkey.enter")).see("h1", w.say("web.nav_situation"))
	w.open("/account").click("summary", w.say("passkey.remove")).click(".btn-danger", w.say("passkey.remove")).see(".v-note-good", w.say("passkey.removed"))
	w.open("/account")
	w.click("summary", in.users["ciso"].Name).click("button", w.say("web.logout")).see("h1", w.say("login.title"))
	w.click("button", w.say("passkey.enter")).see("[role=alert]", w.say("passkey.refused"))
	delete(in.people, "ciso") // whose session was left
	cookie, _, err := in.accounts.Login(t.Context(), in.users["ciso"].Email, password, identity.From{Address: "192.0.2.1"})
	if err == nil {
		in.now = in.now.Add(2 * time.Minute)
		code, _ := totp.GenerateCode(in.secrets[in.users["ciso"].Email], in.now)
		cookie, err = in.accounts.Factor(t.Context(), cookie, code)
	}
	if err != nil {
		t.Fatal(err)
	}
	in.people["ciso"] = cookie
}

// zoneWalk looks from another part of the world: from the second page on, times
// are those of the clock of the machine.
func zoneWalk(t *testing.T, in *chrome) {
	w := in.look(t, "employee", wide)
	w.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Tokyo"})
		return err
	}))
	w.open("/me").open("/account").see("#zone p", "Asia/Tokyo", in.now.Add(9*time.Hour).Format("02/01/2006 15:04"))
	w.eval("document.querySelector('#f-zone').value = 'Europe/Brussels'")
	w.click("#zone button", w.say("account.zone_set")).see("#zone p", "Europe/Brussels", in.now.Add(time.Hour).Format("02/01/2006 15:04")) // in winter
}

// keyboardWalk does a day's work without a mouse: what has the focus is always
// seen, and nothing keeps it.
func keyboardWalk(t *testing.T, in *chrome) {
	w := in.look(t, "ciso", wide)
	w.open("/situation")
	w.keys(kb.Tab)
	w.wait("the way to skip the navigation", "document.activeElement.classList.contains('v-skip')")
	seen := map[string]bool{}
	for range 60 {
		if w.eval(focusSeen) != "true" {
			t.Errorf("the focus is not seen on %s", w.eval("document.activeElement.outerHTML.slice(0, 200)"))
		}
		seen[w.eval("document.activeElement.outerHTML.slice(0, 200)")] = true
		w.keys(kb.Tab)
	}
	if len(seen) < 40 {
		t.Errorf("the focus went through %d elements only: something keeps it", len(seen))
	}
	// The palette leads to a register.
	w.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(kb.ModifierCtrl)))
	w.wait("the palette", "document.querySelector('dialog[open]')")
	w.keys("Biens")
	w.see("dialog[open] [role=option]", "Biens")
	w.wait("the register comes first", "document.querySelector('dialog[open] [role=option]').outerHTML.includes('/registers/asset')")
	w.enter()
	w.see("h1", "Biens")
	// A record is made, searched and changed.
	w.keys("n")
	w.see("h1", "")
	w.wait("the form", "document.querySelector('#f-name')")
	w.eval("document.querySelector('#f-name').focus()")
	w.keys("Clavier")
	w.enter()
	w.wait("what is missing is said", "document.querySelectorAll('[data-wrong]').length > 0")
	if got := w.eval("document.querySelector('#f-name').value"); got != "Clavier" {
		t.Errorf("what was typed is lost: %q", got)
	}
	w.open("/registers/asset")
	w.keys("/")
	w.keys("cœur")
	w.wait("the list follows what is typed", "document.querySelectorAll('[data-line]').length > 0 && document.querySelectorAll('[data-line]').length < 20")
	w.eval("document.activeElement.blur()")
	w.keys("j")
	w.wait("a line has the focus", "document.activeElement.closest('[data-line]')")
	w.enter()
	w.wait("the record", "location.pathname.includes('/records/')")
	w.keys("e")
	w.wait("its form", "location.pathname.endsWith('/edit')")
	w.keys("gs") // the first field does not have the focus: letters are shortcuts
	w.see("h1", "Situation")
	w.keys("?")
	w.wait("the shortcuts", "document.querySelector('dialog#keys[open]')")
	w.keys(kb.Escape)
	w.wait("they close", "!document.querySelector('dialog[open]')")
	// Several records are changed together, and that is taken back.
	w.open("/registers/asset?q=c%C5%93ur")
	chosen := "document.querySelectorAll('input[name=id]:checked').length === "
	w.keys("j")
	w.keys("x")
	w.wait("a line is chosen", chosen+"1")
	w.keys("j")
	w.keys("x")
	w.wait("two lines are chosen", chosen+"2")
	w.keys("b")
	w.wait("the field to change", "document.activeElement.id === 'bulk-field'")
	for range 40 {
		if w.eval("document.activeElement.value") == "serial" {
			break
		}
		w.keys(kb.ArrowDown)
	}
	w.wait("the field is chosen", "document.querySelector('#bulk-field').value === 'serial'")
	w.tabTo("[data-chosen] button").enter()
	w.see("h1", w.say("page.bulk_title", "Biens"))
	w.tabTo("#f-serial").keys("CLAVIER-7")
	w.enter()
	w.wait("what it changes", "document.querySelector('button[value=apply]')")
	w.tabTo("button[value=apply]").enter()
	w.see(".v-note-good", w.say("page.done_bulk_many", "2"))
	if got := w.where(); !strings.Contains(got, "q=c") {
		t.Errorf("comes back to %s, not to what was searched", got)
	}
	w.tabTo(".v-note button").enter()
	w.see(".v-note-good", w.say("page.done_bulk_undone"))
}

// focusSeen says whether what has the focus is drawn otherwise than without.
const focusSeen = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return true;
	const s = getComputedStyle(e);
	return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none";
})()`

// looks are all the ways to look at a page. The first two see every page, the
// others the main ones with less on them; four see the way in and the errors.
var looks = []screen{wide, {390, 844, "en", "dark"}, {1280, 900, "en", "dark"}, {390, 844, "fr", "light"}, {1280, 900, "en", "light"}, {1280, 900, "fr", "dark"}, {390, 844, "fr", "dark"}, {390, 844, "en", "light"}}

// axeWalk lets axe (WCAG 2.2 AA) look at every page, those of the way in and those
// of errors included, and the browser say that nothing is wider than a phone.
func axeWalk(t *testing.T, in *chrome) {
	data, err := os.ReadFile(filepath.FromSlash("assets/node_modules/axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	axe := string(data)
	pages := in.everyPage(t)
	for i, sc := range looks {
		t.Run(fmt.Sprintf("%s %s %d", sc.lang, sc.theme, sc.width), func(t *testing.T) {
			t.Run("pages", func(t *testing.T) {
				for _, who := range []string{"committee", "admin"} {
					w := in.look(t, who, sc)
					for _, p := range pages {
						if p.who != who || i > 1 && !p.main || p.list && sc.width < 600 && !p.main { // lists are one template: all of them wide, one of them narrow
							continue
						}
						if i > 1 && p.short != "" {
							p.path = p.short
						}
						w.open(p.path).answers("200", p.path)
						w.accessible(axe, p.path)
					}
				}
			})
			if i < 4 {
				t.Run("way in", func(t *testing.T) { in.wayIn(t, sc, axe, i) })
				t.Run("errors", func(t *testing.T) { in.errorPages(t, sc, axe) })
			}
		})
	}
}

// wayIn looks at the pages of somebody who is not in yet.
func (in *chrome) wayIn(t *testing.T, sc screen, axe string, n int) {
	invite := func(u identity.User) string {
		t.Helper()
		u.Email = fmt.Sprintf("%s-%d@example.org", strings.ToLower(u.Name), n)
		link, _, err := in.accounts.Invite(t.Context(), u, "test")
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	// half comes in as far as the password leads.
	half := func(u identity.User) (cookie, id string) {
		t.Helper()
		u, err := in.accounts.Accept(t.Context(), invite(u), password)
		if err == nil {
			cookie, _, err = in.accounts.Login(t.Context(), u.Email, password, identity.From{Address: "192.0.2.1"})
		}
		if err != nil {
			t.Fatal(err)
		}
		return cookie, u.ID
	}
	set := func(statement, user string) {
		t.Helper()
		err := in.app.DB.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), statement, map[string]any{"user": user})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w := in.look(t, "", sc)
	for _, path := range []string{"/login", "/welcome/" + invite(identity.User{Name: "Axe"})} {
		w.open(path).answers("200", path)
		w.accessible(axe, path)
	}
	w.open("/login").fill("[name=email]", fmt.Sprintf("nobody-%d@example.org", n)).fill("[name=password]", "wrong").click("main button", w.say("login.enter")).see("[role=alert]", w.say("login.refused"))
	w.accessible(axe, "/login refused")

	cookie, _ := half(identity.User{Name: "Enrols", Admin: true})
	w = in.lookWith(t, cookie, sc).open("/login/enrol").answers("200", "/login/enrol").see("h1", w.say("factor.setup_title"))
	w.accessible(axe, "/login/enrol")
	secret := w.eval("document.querySelector('[name=secret]').value")
	w.fill("[name=code]", "000000").click("main button", w.say("factor.install")).see("[role=alert]", w.say("factor.wrong"))
	if w.eval("document.querySelector('[name=secret]').value") != secret {
		t.Error("after a wrong code the application has to be set up again")
	}
	w.accessible(axe, "/login/enrol refused")
	code, err := totp.GenerateCode(secret, in.now)
	if err != nil {
		t.Fatal(err)
	}
	w.fill("[name=code]", code).click("main button", w.say("factor.install")).see("h1", w.say("factor.codes_title"))
	w.accessible(axe, "/login/enrol with the recovery codes")

	in.as("committee")
	cookie, _, err = in.accounts.Login(t.Context(), in.users["committee"].Email, password, identity.From{Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	w = in.lookWith(t, cookie, sc).open("/login/factor").answers("200", "/login/factor").see("h1", w.say("factor.title"))
	w.accessible(axe, "/login/factor")

	cookie, id := half(identity.User{Name: "Expired"})
	set("UPDATE user_account SET password_at = 0 WHERE id = :user", id)
	w = in.lookWith(t, cookie, sc).open("/login/password").answers("200", "/login/password").see("h1", w.say("session.password"))
	w.accessible(axe, "/login/password")

	cookie, id = half(identity.User{Name: "Idle"})
	set("UPDATE user_session SET locked = TRUE WHERE user_id = :user", id)
	w = in.lookWith(t, cookie, sc).open("/unlock").answers("200", "/unlock").see("h1", w.say("unlock.title"))
	w.accessible(axe, "/unlock")
}

// errorPages looks at what is shown when there is nothing to show.
func (in *chrome) errorPages(t *testing.T, sc screen, axe string) {
	w := in.look(t, "employee", sc)
	for _, p := range []struct{ path, status, title string }{
		{"/accounts", "403", "web.error_forbidden"}, {"/nowhere", "404", "web.error_not_found"}, {"/registers/acknowledgement/records/nothing", "404", "web.error_not_found"}, {"/registers?on=2099-01-01", "422", "web.error_invalid"},
	} {
		w.open(p.path).answers(p.status, p.path).see("h1", w.say(p.title))
		w.accessible(axe, p.path)
	}
	stranger := in.look(t, "", sc)
	for _, path := range []string{"/nowhere", "/welcome/nothing"} {
		stranger.open(path).answers("404", path).accessible(axe, path)
	}
	// A table that is away breaks a page.
	away := func(from, to string) {
		t.Helper()
		if err := in.app.DB.Write(t.Context(), func(tx *store.Tx) error { return tx.ExecSQL(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to) }); err != nil {
			t.Fatal(err)
		}
	}
	w.mu.Lock()
	w.broken = true
	w.mu.Unlock()
	away("import_batch", "import_batch_away")
	w.open("/imports").answers("500", "/imports broken").see("h1", w.say("web.error_internal"))
	w.accessible(axe, "/imports broken")
	away("import_batch_away", "import_batch")
}

// answers fails unless the page came with a status.
func (w *window) answers(status, path string) *window {
	w.t.Helper()
	if got := w.eval("performance.getEntriesByType('navigation')[0].responseStatus"); got != status {
		w.t.Errorf("%s answers %s, want %s", path, got, status)
	}
	return w
}

// accessible fails for each thing that axe finds wrong, and when the page is
// wider than the screen. Of a long list it looks at the first lines: the others
// are made alike.
func (w *window) accessible(axe, path string) {
	w.t.Helper()
	w.eval(axe + "; void 0")
	found := w.eval(`axe.run({exclude: ["[data-line]:nth-child(n+16)"]}, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).then(r => r.violations.map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | ")).join("\n"))`)
	if found != "" {
		w.t.Errorf("%s: %s", path, found)
	}
	if over := w.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth"); over != "0" {
		w.t.Errorf("%s is %s pixels too wide", path, over)
	}
}

// An address is a page to look at.
type address struct {
	path, who string
	short     string // the same page with less on it; "" when there is none
	main      bool   // one of those that people see most
	list      bool   // of a register
}

// shorter are pages with less on them than they may have.
var shorter = map[string]string{"/rules": "/rules?q=sauvegarde", "/findings": "/findings?rule=9.9.1", "/parameters": "/parameters?q=revue", "/registers/asset": "/registers/asset?q=c%C5%93ur"}

// mainPages are the routes of the main pages that have no place in the navigation.
var mainPages = []string{"/situation/ahead", "/rules/{id}", "/findings/assign", "/findings/{seq}/waive", "/registers/{name}/new", "/registers/{name}/import/{upload}", "/registers/{name}/records/{id}", "/registers/{name}/records/{id}/edit",
	"/imports", "/parameters/{name}", "/search", "/account"}

// everyPage returns the address of every page of the table of routes, for the
// committee and for an administrator.
func (in *chrome) everyPage(t *testing.T) (pages []address) {
	t.Helper()
	assets, err := in.app.Book.Register("asset")
	if err != nil {
		t.Fatal(err)
	}
	some, err := in.app.Book.List(t.Context(), assets, register.ListQuery{Limit: 1})
	if err != nil || len(some.Records) == 0 {
		t.Fatal("no asset", err)
	}
	// An import and a link, so that their pages exist.
	entity, err := in.app.Book.Register("entity")
	if err != nil {
		t.Fatal(err)
	}
	done, err := in.app.Book.Import(t.Context(), register.Import{Register: entity, File: strings.NewReader("Nom;Pays\nGamma;FR\n"), Name: "entites.csv"}, register.By{Actor: "test", Source: "import", At: in.now})
	if err != nil || done.Batch == "" {
		t.Fatal("nothing was imported", err)
	}
	up := in.as("committee").upload("/registers/entity/import", "entites.csv", []byte("Nom;Pays\nDelta;FR\n"), nil).want(200)
	upload := up.url.Path[strings.LastIndex(up.url.Path, "/")+1:]
	seq := strconv.FormatInt(in.anyOpen(t), 10)
	for _, rt := range routes {
		if rt.method != "GET" || slices.Contains(notPages, rt.path) {
			continue
		}
		p := address{who: "committee", main: rt.nav.label != "" || slices.Contains(mainPages, rt.path)}
		if strings.HasPrefix(rt.path, "/accounts") {
			p.who = "admin"
		}
		if rt.path == "/registers/{name}" {
			for _, reg := range in.app.Book.Registers() {
				pages = append(pages, address{path: "/registers/" + reg.ID, who: p.who, short: shorter["/registers/"+reg.ID], main: reg.ID == "asset", list: true})
			}
			continue
		}
		name := "asset"
		if strings.HasPrefix(rt.path, "/parameters") {
			name = "asset_review_days"
		}
		if strings.Contains(rt.path, "{upload}") {
			name = "entity"
		}
		id := some.Records[0].ID
		if strings.HasPrefix(rt.path, "/rules/") {
			id = "9.2.3"
		}
		path := strings.NewReplacer("{$}", "", "{name}", name, "{id}", id, "{seq}", seq, "{upload}", upload, "{batch}", done.Batch).Replace(rt.path)
		switch rt.path {
		case "/findings/assign":
			path += "?id=" + seq
		case "/search":
			path += "?q=serveur"
		case "/findings":
			pages = append(pages, address{path: path + "?group=who", who: p.who, main: true})
		}
		if strings.Contains(path, "{") {
			t.Errorf("%s: no address for it here", rt.path)
			continue
		}
		p.path, p.short = path, shorter[path]
		pages = append(pages, p)
	}
	return pages
}

// anyOpen returns the number of a finding that nothing covers.
func (in *chrome) anyOpen(t *testing.T) int64 {
	t.Helper()
	rows, err := in.app.DB.Query(t.Context(), "SELECT seq FROM finding WHERE closed_at IS NULL AND waiver IS NULL ORDER BY seq LIMIT 1", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var seq int64
	if !rows.Next() {
		t.Fatal("nothing is at fault")
	}
	if err := rows.Scan(&seq); err != nil {
		t.Fatal(err)
	}
	return seq
}

// notPages are addresses that answer with something else than a whole page of
// somebody signed in.
var notPages = []string{"/{$}", "/registers/{name}/options", "/registers/{name}/export", "/findings/export", "/traces/pack", "/traces/live", "/registers/{name}/import/{upload}/progress", "/palette", "/live",
	"/login", "/login/provider", "/login/provider/back", "/login/factor", "/login/enrol", "/login/password", "/unlock", "/welcome/{link}"}

// pictures makes those of the README.
func (in *chrome) pictures(t *testing.T, dir string) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	reg, err := in.app.Book.Register("asset")
	if err != nil {
		t.Fatal(err)
	}
	some, err := in.app.Book.List(t.Context(), reg, register.ListQuery{Search: "cœur", Limit: 1})
	if err != nil || len(some.Records) == 0 {
		t.Fatal("no such asset", err)
	}
	for who := range in.users {
		in.as(who)
	}
	for _, p := range []struct {
		name, path, who string
		sc              screen
	}{
		{"situation", "/situation", "ciso", screen{1280, 820, "fr", "light"}},
		{"rule", "/rules/9.9.2", "ciso", screen{1280, 820, "en", "light"}},
		{"findings", "/findings?order=urgent&covered=no", "ciso", screen{1280, 820, "fr", "dark"}},
		{"register", "/registers/asset", "ciso", screen{1280, 820, "en", "light"}},
		{"record", "/registers/asset/records/" + some.Records[0].ID, "ciso", screen{1280, 820, "fr", "light"}},
		{"policy", "/policy", "employee", screen{1280, 820, "fr", "light"}},
		{"me", "/me", "owner", screen{390, 844, "fr", "light"}},
	} {
		w := in.look(t, p.who, p.sc)
		w.open(p.path)
		w.do(chromedp.Sleep(300 * time.Millisecond))
		ctx, cancel := context.WithTimeout(w.ctx, patience)
		data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		cancel()
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, p.name+".png"), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
