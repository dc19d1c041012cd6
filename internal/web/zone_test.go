package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store/storetest"
)

// keep gives the browser a cookie, as a script of the page does.
func (b *browser) keep(name, value string) *browser {
	b.t.Helper()
	base, err := url.Parse(b.site.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(base, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
	return b
}

// TestZone: times are shown in the zone of the reader's machine, or in the one
// chosen; in universal time, which says so, when there is none.
func TestZone(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("ciso") // it is noon, universal time, on a day of November
	b.get("/account").want(200).has("td", "25/11/2026 12:00 UTC").has("#zone p", "en UTC : 25/11/2026 12:00 UTC")
	for zone, shown := range map[string]string{"Europe/Paris": "25/11/2026 13:00", "America/Toronto": "25/11/2026 07:00", "Asia/Kolkata": "25/11/2026 17:30", "Pacific/Auckland": "26/11/2026 01:00",
		"Etc/UTC": "25/11/2026 12:00 UTC", "Local": "25/11/2026 12:00 UTC", "../../etc/passwd": "25/11/2026 12:00 UTC", "Europe/Nowhere": "25/11/2026 12:00 UTC", "": "25/11/2026 12:00 UTC"} {
		p := b.keep(hereCookie, zone).get("/account").want(200)
		if got := text(find(p.doc, "td[data-label]")[0]); got != shown {
			t.Errorf("%q shows %q, want %q", zone, got, shown)
		}
	}
	b.keep(hereCookie, "Europe/Paris")
	b.get("/registers").want(200).has(".v-item", "Heures : Europe/Paris")
	b.post("/preferences", url.Values{"lang": {"en"}, "back": {"/account"}}).want(200).has("td", "2026-11-25 13:00").hasNot("td", "UTC")
	b.post("/preferences", url.Values{"zone": {"Asia/Tokyo"}, "back": {"/account"}}).want(200).has("td", "2026-11-25 21:00").has("option[value=Asia/Tokyo][selected]", "")
	b.post("/preferences", url.Values{"zone": {"Europe/Nowhere"}, "back": {"/account"}}).want(200).has("td", "2026-11-25 21:00")
	b.post("/preferences", url.Values{"zone": {"UTC"}, "back": {"/account"}}).want(200).has("td", "2026-11-25 12:00 UTC")
	b.post("/preferences", url.Values{"zone": {"Antarctica/Troll"}, "back": {"/account"}}).want(200).has("option[value=Antarctica/Troll][selected]", "")
	b.post("/preferences", url.Values{"zone": {"auto"}, "back": {"/account"}}).want(200).has("td", "2026-11-25 13:00").has("option[value=auto][selected]", "")
}

// TestZoneOfFields: moments are typed as they are shown, and are the same for
// readers elsewhere.
func TestZoneOfFields(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		b := s.as("ciso").keep(hereCookie, "Europe/Paris")
		other := s.as("nord")
		path := "/registers/asset/records/srv-3"
		stored := func() int64 {
			t.Helper()
			rec, err := s.app.Book.Get(t.Context(), catalog.Asset, "srv-3", register.Scope{})
			if err != nil {
				t.Fatal(err)
			}
			n, _ := rec.Values["confirmed_at"].(int64)
			return n
		}
		b.get(path+"/edit").want(200).has(".form-hint", "Heure de Europe/Paris.")
		b.post(path+"/edit", url.Values{"version": {"1"}, "confirmed_at": {"2026-07-01T10:00"}}).want(200).has("dd", "01/07/2026 10:00:00").has("li", "01/07/2026 10:00:00")
		if want := time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC).Unix(); stored() != want {
			t.Errorf("kept as %s", time.Unix(stored(), 0).UTC())
		}
		other.get(path).want(200).has("dd", "01/07/2026 08:00:00 UTC")
		if got := attr(find(b.get(path+"/edit").want(200).doc, "#f-confirmed_at")[0], "value"); got != "2026-07-01T10:00:00" {
			t.Errorf("the form shows %s", got)
		}
		b.get(path + "?on=2026-11-25").want(200)

		// A filter is typed in the reader's zone, and its address means the same to others.
		list := "/registers/asset?f.confirmed_at.from=2026-07-01T09:59&f.confirmed_at.to=2026-07-01T10:00"
		p := b.get(list).want(200).has("td", "Nord 1")
		if got := p.url.Query().Get("f.confirmed_at.from"); got != "2026-07-01T07:59:00Z" {
			t.Errorf("the address holds %s", got)
		}
		if got := attr(find(p.doc, "#ff-confirmed_at-from")[0], "value"); got != "2026-07-01T09:59:00" {
			t.Errorf("the filter shows %s", got)
		}
		other.get(p.url.RequestURI()).want(200).has("td", "Nord 1").has("a.btn", "01/07/2026 07:59:00 UTC")
		other.get(list).want(200).hasNot("td", "Nord 1")

		// An hour that an autumn night has twice is not moved by saving the form.
		for i, hour := range []int{0, 1} { // 02:30 in Paris, both times
			at := time.Date(2026, 10, 25, hour, 30, 0, 0, time.UTC)
			err := s.app.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", At: noon}, func(w *register.Writer) error {
				_, err := w.Update(t.Context(), catalog.Asset, "srv-3", 0, register.Values{"confirmed_at": at.Unix()})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{"confirmed_at": {"2026-10-25T02:30"}, "serial": {[]string{"A", "B"}[i]}}
			version := find(b.get(path+"/edit").want(200).doc, "[name=version]")
			form.Set("version", attr(version[0], "value"))
			b.post(path+"/edit", form).want(200).has("dd", form.Get("serial"))
			if stored() != at.Unix() {
				t.Errorf("saving moved %s to %s", at, time.Unix(stored(), 0).UTC())
			}
		}
		if p := b.get("/registers/asset/export?format=csv&cols=name,confirmed_at").want(200); strings.Contains(p.body, "02:30") {
			t.Error("the file is in the reader's zone") // files are universal, for programs and other readers
		}
	})
}
