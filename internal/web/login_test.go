package web

import (
	"net/http"
	"net/url"
	"testing"

	"vigie.example/internal/store/storetest"
)

// TestLogin: a wrong password and an unknown address are refused alike; a good
// password opens a session of its own, which the logout ends for good.
func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.as("employee").get("/me").want(200) // the account exists
		b := s.as("")
		enter := func(email, password, back string) *page {
			return b.post("/login", url.Values{"email": {email}, "password": {password}, "back": {back}})
		}
		wrong := enter("emma@exemple.fr", "faux", "/").want(403)
		unknown := enter("personne@exemple.fr", "faux", "/").want(403)
		if a, u := text(find(wrong.doc, ".v-note-bad")[0]), text(find(unknown.doc, ".v-note-bad")[0]); a != u {
			t.Errorf("a wrong password reads %q, an unknown address %q", a, u)
		}
		wrong.has("input[name=email][value=emma@exemple.fr]").hasNot("input[type=password]", "faux")

		base, err := url.Parse(s.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		planted := &http.Cookie{Name: "vigie", Value: "chosen-by-somebody-else", Path: "/"}
		b.client.Jar.SetCookies(base, []*http.Cookie{planted})
		enter("emma@exemple.fr", password, "//evil.example/x").want(200).has("h1", "Pour moi")
		cookie := ""
		for _, c := range b.client.Jar.Cookies(base) {
			if c.Name == "vigie" {
				cookie = c.Value
			}
		}
		if cookie == "" || cookie == planted.Value {
			t.Fatal("the session keeps the cookie that was there")
		}
		b.post("/logout", nil).want(200).has("h1", "Connexion")
		s.people["thief"] = cookie
		s.as("thief").get("/me").want(200).has("h1", "Connexion")
	})
}

// TestBruteForce: after some wrong passwords the good one waits too.
func TestBruteForce(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	s.as("employee").get("/me").want(200)
	b := s.as("")
	for range 12 {
		b.post("/login", url.Values{"email": {"emma@exemple.fr"}, "password": {"faux"}})
	}
	p := b.post("/login", url.Values{"email": {"emma@exemple.fr"}, "password": {password}})
	if p.status == 200 && len(find(p.doc, "nav.v-nav")) > 0 {
		t.Error("the account opens after twelve wrong passwords")
	}
}

// TestFactorIsCompulsory: a committee member without a second factor sees
// nothing but the page that sets it.
func TestFactorIsCompulsory(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	link, _, err := s.accounts.Invite(t.Context(), s.users["committee"], "test")
	if err == nil {
		_, err = s.accounts.Accept(t.Context(), link, password)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := s.as("")
	b.post("/login", url.Values{"email": {"paul@exemple.fr"}, "password": {password}, "back": {"/situation"}}).want(200).has("img[alt]", "")
	for _, path := range []string{"/situation", "/registers/asset", "/registers/asset/export?format=csv"} {
		if p := b.get(path); p.url.Path == path {
			t.Errorf("%s opens without the second factor", path)
		}
	}
	b.post("/login/enrol", url.Values{"secret": {"JBSWY3DPEHPK3PXP"}, "code": {"000000"}}).want(422).hasNot("code", "JBSW") // too short to be one of ours
	// After a wrong code the application that read the image still serves.
	secret := attr(find(b.get("/login/enrol").want(200).doc, "[name=secret]")[0], "value")
	b.post("/login/enrol", url.Values{"secret": {secret}, "code": {"000000"}}).want(422).has("[role=alert]", "Ce code").has("[name=secret][value="+secret+"]", "")
}

// TestPasswords: one's own password changes with the present one, obeys the
// policy, and its strength is said while it is typed.
func TestPasswords(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	b := s.as("employee")
	b.post("/account/password", url.Values{"present": {"faux"}, "password": {"Cheval-Agrafe-8-Nuage-Pile"}}).want(422)
	b.post("/account/password", url.Values{"present": {password}, "password": {"court"}}).want(422)
	b.post("/password/strength", url.Values{"password": {"azerty"}, "email": {"emma@exemple.fr"}}).want(200).has(".v-state-warn", "")
	b.post("/password/strength", url.Values{"password": {"Tulipe-Marteau-52-Glacier"}, "email": {"emma@exemple.fr"}}).want(200).has(".v-state-good", "")
	b.post("/account/password", url.Values{"present": {password}, "password": {"Tulipe-Marteau-52-Glacier"}}).want(200).has(".v-note-good", "")
}

// TestSignInElsewhere: the page of the login leads to the provider and back, tells
// when it does not answer, and leads nowhere else.
func TestSignInElsewhere(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	s.as("").get("/login").want(200).hasNot("main a", "Essai")
	s.as("").get("/login/provider").want(404)
	s.provider.Issuer, s.provider.ClientID = "http://127.0.0.1:1", "vigie"
	s.as("").get("/login?back=/rules").want(200).has("main a[href=/login/provider?back=%2Frules]", "Essai")
	s.as("").get("/login/provider").want(422).has("[role=alert]", "Essai", "ne répond pas").has("[name=password]", "")
	s.as("").get("/login/provider/back?state=x&code=y").want(403).has("[role=alert]", "Trop tard")
	s.as("admin").get("/trail?kind=refused").want(200).has("td", "state")
}

// TestPasskeyForms: without a name, an address of the network offers no passkey;
// what is asked of a browser is asked only of one that may.
func TestPasskeyForms(t *testing.T) {
	s := open(t, storetest.Open(t, "sqlite"))
	s.as("").get("/login").want(200).hasNot("main button", "clé")
	s.as("employee").get("/account").want(200).has("p", "demandent que Vigie ait un nom")
	s.as("").post("/login/passkey/begin", nil).want(422)
	s.as("").post("/account/passkeys/begin", nil).has("h1", "Connexion")
	s.as("").post("/login/passkey", url.Values{"challenge": {"x"}, "answer": {"{}"}}).want(422)
	s.as("employee").post("/account/passkeys/other/delete", nil).want(404)
}
