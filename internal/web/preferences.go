package web

import "net/http"

// cookieAge is how long a browser remembers language and theme, in seconds.
const cookieAge = 400 * 24 * 3600

// preferences keeps the language, the theme, the zone of times and the single-key
// shortcuts in the browser, and goes back to the page.
func preferences(r *request) error {
	set := func(name, value string) {
		http.SetCookie(r.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: cookieAge, HttpOnly: true, Secure: r.s.Secure, SameSite: http.SameSiteLaxMode})
	}
	if v := r.form("lang"); v == "fr" || v == "en" {
		set(langCookie, v)
	}
	switch v := r.form("theme"); v {
	case "light", "dark":
		set(themeCookie, v)
	case "auto":
		set(themeCookie, "")
	}
	if v := r.form("keys"); v == "on" || v == "off" {
		set(keysCookie, v)
	}
	switch v := r.form("zone"); {
	case v == "auto":
		set(zoneCookie, "")
	case zoneOf(v) != nil:
		set(zoneCookie, v)
	}
	return r.redirect(local(r.form("back")))
}
