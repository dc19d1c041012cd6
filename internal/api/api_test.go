package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/api"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/internal/trace/search"
	"vigie.example/policy"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A client speaks to a server with the token of one role.
type client struct {
	t       *testing.T
	handler http.Handler
	app     *app.App
	tokens  map[identity.Role]string
	role    identity.Role
	lang    string
	traces  string // folder of the vault
}

// serve starts a server over db with a small company, and a client with a token
// of each role.
func serve(t *testing.T, db *store.DB) *client {
	t.Helper()
	if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	a := app.New(db, rules)
	err = a.Book.Write(t.Context(), register.By{Actor: "test", Source: "test", At: now.AddDate(0, 0, -10)}, func(w *register.Writer) error {
		for _, r := range []struct {
			register *register.Register
			values   register.Values
		}{
			{catalog.Entity, register.Values{"id": "e1", "name": "Alpha", "country": "FR"}},
			{catalog.Entity, register.Values{"id": "e2", "name": "Bêta", "country": "BE"}},
			{catalog.Person, register.Values{"id": "ana", "name": "Ana", "email": "ana@example.org", "kind": "employee", "entity": "e1", "uses_is": true, "first_day": int64(20000)}},
			{catalog.Asset, register.Values{"id": "a1", "name": "SQL 1", "kind": "server", "entity": "e1", "status": "in_service", "created_on": int64(20000), "owner": "ana"}},
			{catalog.Asset, register.Values{"id": "a2", "name": "=SQL(2)", "kind": "server", "entity": "e2", "status": "in_service", "created_on": int64(20000)}},
		} {
			if _, err := w.Create(t.Context(), r.register, r.values); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Engine.Tick(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, app: a, tokens: map[identity.Role]string{}, lang: "en", traces: t.TempDir()}
	vault := &search.Vault{Dir: c.traces}
	t.Cleanup(func() { vault.Close() })
	c.handler = (&api.Server{App: a, Traces: vault, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).Handler()
	for _, role := range identity.Roles {
		token := identity.Token{Name: string(role), Role: role, EndsAt: now.AddDate(0, 0, 1)}
		if role == identity.Agent {
			token.Machine = "0123456789abcdef"
		}
		c.tokens[role] = c.issue(token)
	}
	return c
}

func (c *client) issue(token identity.Token) string {
	c.t.Helper()
	secret, _, err := identity.Issue(c.t.Context(), c.app.DB, token, "test", now)
	if err != nil {
		c.t.Fatal(err)
	}
	return secret
}

func (c *client) as(role identity.Role) *client {
	as := *c
	as.role = role
	return &as
}

// do sends a request; body is sent as it is when text, else as JSON.
func (c *client) do(method, path string, body any) (*http.Response, map[string]any) {
	c.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	case io.Reader:
		in = b
	default:
		data, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	r := httptest.NewRequest(method, path, in)
	r.Header.Set("Accept-Language", c.lang)
	if secret := c.tokens[c.role]; secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	res := w.Result()
	out := map[string]any{}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	} else {
		out["text"] = w.Body.String()
	}
	return res, out
}

// want sends a request and fails unless the status is as said.
func (c *client) want(status int, method, path string, body any) map[string]any {
	c.t.Helper()
	res, out := c.do(method, path, body)
	if res.StatusCode != status {
		c.t.Errorf("%s %s: %d, want %d: %v", method, path, res.StatusCode, status, out)
	}
	return out
}

type object = map[string]any

// TestEveryRouteForEveryRole: each role may do what this table says and is
// refused everything else; without a token nothing answers but /healthz.
func TestEveryRouteForEveryRole(t *testing.T) {
	reads := []identity.Role{identity.Reader, identity.Editor, identity.Committee, identity.Admin}
	writes := reads[1:]
	decides := reads[2:]
	asset := object{"name": "N", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01"}
	waiver := object{"rule": "9.2.3", "register_id": "asset", "record_id": "a1", "reason": "R", "compensation": "C", "approved_by": "ana", "starts_on": "2026-03-01", "ends_on": "2026-03-31"}
	routes := []struct {
		method, path string
		body         any
		may          []identity.Role
	}{
		{"GET", "/openapi.json", nil, reads},
		{"GET", "/api/v1/posture", nil, reads},
		{"GET", "/api/v1/rules", nil, reads},
		{"GET", "/api/v1/rules/9.2.3", nil, reads},
		{"GET", "/api/v1/findings", nil, reads},
		{"GET", "/api/v1/waivers", nil, reads},
		{"POST", "/api/v1/waivers", waiver, decides},
		{"GET", "/api/v1/registers", nil, reads},
		{"GET", "/api/v1/registers/asset", nil, reads},
		{"GET", "/api/v1/registers/asset/records", nil, reads},
		{"POST", "/api/v1/registers/asset/records", asset, writes},
		{"POST", "/api/v1/registers/exclusion/records", object{"rule": "9.5.1", "reason": "R", "decided_by": "ana", "starts_on": "2026-03-01", "ends_on": "2026-03-31"}, decides},
		{"GET", "/api/v1/registers/asset/records/a1", nil, reads},
		{"PATCH", "/api/v1/registers/asset/records/a1", object{"version": 1}, writes},
		{"DELETE", "/api/v1/registers/asset/records/none", nil, writes},
		{"GET", "/api/v1/registers/asset/records/a1/history", nil, reads},
		{"GET", "/api/v1/registers/asset/history", nil, reads},
		{"POST", "/api/v1/registers/asset/import?preview=true", "Nom;Nature\n", writes},
		{"POST", "/api/v1/registers/policy_parameter/import?preview=true", "Nom\n", decides},
		{"GET", "/api/v1/registers/asset/export", nil, reads},
		{"GET", "/api/v1/imports", nil, reads},
		{"POST", "/api/v1/imports/none/undo", nil, writes},
		{"GET", "/api/v1/traces", nil, []identity.Role{identity.Investigator}},
		{"GET", "/api/v1/traces/standard/events", nil, []identity.Role{identity.Investigator}},
		{"GET", "/api/v1/traces/standard/count", nil, []identity.Role{identity.Investigator}},
		{"GET", "/api/v1/traces/standard/pack?entry=0", nil, []identity.Role{identity.Investigator}},
		{"GET", "/api/v1/tokens", nil, []identity.Role{identity.Admin}},
		{"POST", "/api/v1/tokens", object{"name": "n", "role": "reader", "ends_on": "2026-03-02"}, []identity.Role{identity.Admin}},
		{"DELETE", "/api/v1/tokens/none", nil, []identity.Role{identity.Admin}},
		{"POST", "/api/v1/agent/enrol", object{"machine_id": "fedcba9876543210", "hostname": "h"}, []identity.Role{identity.Enrolment}},
		{"POST", "/api/v1/agent/report", "{}", []identity.Role{identity.Agent}},
	}
	c := serve(t, storetest.Open(t, "sqlite"))
	for _, rt := range routes {
		for _, role := range identity.Roles {
			res, out := c.as(role).do(rt.method, rt.path, rt.body)
			refused := res.StatusCode == http.StatusForbidden && out["code"] == "token.not_allowed"
			if may := slices.Contains(rt.may, role); refused == may {
				t.Errorf("%s %s as %s: %d %v", rt.method, rt.path, role, res.StatusCode, out)
			}
			if res.StatusCode >= 500 {
				t.Errorf("%s %s as %s: %d %v", rt.method, rt.path, role, res.StatusCode, out)
			}
		}
		res, _ := c.as("").do(rt.method, rt.path, rt.body)
		if res.StatusCode != http.StatusUnauthorized || res.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s without a token: %d", rt.method, rt.path, res.StatusCode)
		}
	}
	c.as("").want(200, "GET", "/healthz", nil)
	// Every route of the description is in the table above.
	paths := c.as(identity.Reader).want(200, "GET", "/openapi.json", nil)["paths"].(object)
	for path, methods := range paths {
		generic := regexp.MustCompile(`^/api/v1/registers/[a-z_]+`).ReplaceAllString(path, "/api/v1/registers/asset")
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(generic), `[^/]+`) + "$")
		for method := range methods.(object) {
			if !slices.ContainsFunc(routes, func(rt struct {
				method, path string
				body         any
				may          []identity.Role
			}) bool {
				plain, _, _ := strings.Cut(rt.path, "?")
				return strings.EqualFold(rt.method, method) && pattern.MatchString(plain)
			}) {
				t.Errorf("%s %s is not in the table of this test", method, path)
			}
		}
	}
}

// TestTokensEnd: a token that ended, was revoked or never was says the same.
func TestTokensEnd(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite"))
	c.tokens["gone"] = c.issue(identity.Token{Name: "gone", Role: identity.Reader, EndsAt: now.Add(time.Hour)})
	list, err := identity.Tokens(t.Context(), c.app.DB)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(tok identity.Token) bool { return tok.Name == "gone" })
	c.as("gone").want(200, "GET", "/api/v1/rules", nil)
	c.as(identity.Admin).want(204, "DELETE", "/api/v1/tokens/"+list[i].ID, nil)
	c.tokens["ended"] = c.issue(identity.Token{Name: "ended", Role: identity.Reader, EndsAt: now.Add(time.Nanosecond)})
	c.tokens["never"] = "vigie_" + strings.Repeat("a", 52)
	for _, role := range []identity.Role{"gone", "ended", "never"} {
		if out := c.as(role).want(401, "GET", "/api/v1/rules", nil); out["code"] != "token.refused" {
			t.Errorf("%s: %v", role, out)
		}
	}
	made := c.as(identity.Admin).want(201, "POST", "/api/v1/tokens", object{"name": "n", "role": "reader", "ends_on": "2026-03-05"})
	if made["secret"] == "" {
		t.Error("the secret is shown when the token is made")
	}
	for _, tok := range c.as(identity.Admin).want(200, "GET", "/api/v1/tokens", nil)["tokens"].([]any) {
		if tok.(object)["secret"] != nil {
			t.Error("the secret is shown again")
		}
	}
	c.as(identity.Admin).want(422, "POST", "/api/v1/tokens", object{"name": "n", "role": "king", "ends_on": "2026-03-05"})
	c.as(identity.Admin).want(422, "POST", "/api/v1/tokens", object{"name": "n", "role": "reader", "ends_on": "2036-03-05"})
}

// TestARecordsLife: created, read, changed, refused when somebody was faster,
// deleted with a reason; each step is in the history.
func TestARecordsLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := serve(t, db).as(identity.Editor)
		res, made := c.do("POST", "/api/v1/registers/asset/records", object{"name": "Serveur été", "kind": "server", "entity": "e1", "status": "in_service", "created_on": "01/02/2026", "d": 3, "vital": true})
		if res.StatusCode != 201 || made["created_on"] != "2026-02-01" || made["version"] != 1.0 || made["vital"] != true {
			t.Fatal(res.StatusCode, made)
		}
		path := res.Header.Get("Location")
		if !strings.HasPrefix(path, "/api/v1/registers/asset/records/asset-") {
			t.Fatal(path)
		}
		changed := c.want(200, "PATCH", path, object{"version": 1, "d": 2})
		if changed["version"] != 2.0 || changed["d"] != 2.0 {
			t.Error(changed)
		}
		late := c.want(409, "PATCH", path, object{"version": 1, "d": 4})
		fault := late["errors"].([]any)[0].(object)
		if late["code"] != "record.changed" || fault["field"] != "d" || !strings.Contains(fault["detail"].(string), "2") || !strings.Contains(late["detail"].(string), "token:editor") {
			t.Errorf("the refusal shows who changed what: %v", late)
		}
		c.want(422, "PATCH", path, object{"d": 4})                                 // without a version
		c.want(200, "PATCH", path, changed)                                        // what was read can be sent back
		c.want(422, "DELETE", path+"?version=2", nil)                              // without a reason
		c.want(409, "DELETE", path+"?version=1&reason=x", nil)                     // changed since
		c.want(409, "DELETE", "/api/v1/registers/entity/records/e1?reason=x", nil) // named by others
		c.want(204, "DELETE", path+"?version=2&reason=Double", nil)
		c.want(404, "GET", path, nil)
		history := c.want(200, "GET", path+"/history", nil)["history"].([]any)
		if len(history) != 3 || history[0].(object)["action"] != "delete" || history[0].(object)["reason"] != "Double" {
			t.Errorf("%v", history)
		}
	})
}

// TestWrongShapes: bodies of the wrong shape or size are told apart, in the
// reader's language, and change nothing.
func TestWrongShapes(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite")).as(identity.Editor)
	records := "/api/v1/registers/asset/records"
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`{"name": "A"`:                {400, "api.json"},
		`{"name": "A"} {"name": "B"}`: {400, "api.json"},
		`[1, 2]`:                      {400, "api.json"},
		`null`:                        {422, "record.invalid"},
		`{}`:                          {422, "record.invalid"},
		`{"name": 12, "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01"}`:                     {422, "record.invalid"},
		`{"name": {"x": []}, "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01"}`:              {422, "record.invalid"},
		`{"name": "A", "kind": "spaceship", "entity": "e1", "status": "stock", "created_on": "2026-01-01"}`:                 {422, "record.invalid"},
		`{"name": "A", "kind": "server", "entity": "nowhere", "status": "stock", "created_on": "2026-01-01"}`:               {422, "record.invalid"},
		`{"name": "A", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-02-30"}`:                    {422, "record.invalid"},
		`{"name": "A", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01", "d": 7}`:            {422, "record.invalid"},
		`{"name": "A", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01", "d": 1e99}`:         {422, "record.invalid"},
		`{"name": "A\u0000", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01"}`:              {422, "record.invalid"},
		`{"name": "A", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01", "colour": "red"}`:   {422, "list.field"},
		`{"name": "A", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01", "id": "../../etc"}`: {422, "record.invalid"},
		`{"name": "A", "kind": "server", "entity": "e1", "status": "stock", "created_on": "2026-01-01", "id": "a1"}`:        {409, "record.exists"},
		`{"name": "` + strings.Repeat("x", 2<<20) + `"}`:                                                                    {413, "api.too_large"},
	} {
		out := c.want(want.status, "POST", records, body)
		if out["code"] != want.code || out["type"] != "about:blank" || out["status"] != float64(want.status) || out["instance"] != records {
			t.Errorf("%.60s: %v", body, out)
		}
		if out["detail"] == want.code || out["detail"] == "" {
			t.Errorf("%.60s: no sentence: %v", body, out["detail"])
		}
	}
	if n, err := store.Count(t.Context(), c.app.DB, "SELECT COUNT(*) FROM asset", nil); err != nil || n != 2 {
		t.Errorf("%d assets %v", n, err)
	}
	c.lang = "fr-FR,fr;q=0.9"
	res, out := c.do("GET", "/api/v1/registers/nothing", nil)
	if res.StatusCode != 404 || res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Content-Language") != "fr" || !strings.Contains(out["detail"].(string), "registre") {
		t.Errorf("%d %v %v", res.StatusCode, res.Header, out)
	}
	for path, status := range map[string]int{
		"/api/v1/nothing": 404, "/api/v1/rules/9.99.9": 404, "/api/v1/posture?on=yesterday": 422, "/api/v1/posture?on=2030-01-01": 422, "/api/v1/findings?waived=maybe": 422, "/api/v1/findings?after=-1": 422,
		"/api/v1/findings?chapter=77": 404, records + "?limit=x": 422, records + "?after=garbage": 422, records + "?sort=colour": 422, records + "?f.colour=red": 422, records + "?f.d=nine": 422, records + "?f.name.from=a": 422,
		records + "/a9": 404, "/api/v1/registers/asset/export?format=pdf": 422, records + "?q=%00": 200, records + "?q=" + strings.Repeat("a+", 4000): 200,
	} {
		c.want(status, "GET", path, nil)
	}
}

// TestEntitiesAreApart: a token of one entity sees, changes, exports and counts
// that entity only, and what it may not see looks absent.
func TestEntitiesAreApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := serve(t, db)
		c.tokens["one"] = c.issue(identity.Token{Name: "one", Role: identity.Admin, Entities: []string{"e1"}, EndsAt: now.AddDate(0, 0, 1)})
		c = c.as("one")
		ids := func(out object) (ids []string) {
			for _, r := range out["records"].([]any) {
				ids = append(ids, r.(object)["id"].(string))
			}
			return ids
		}
		records := "/api/v1/registers/asset/records"
		if got := ids(c.want(200, "GET", records, nil)); !slices.Equal(got, []string{"a1"}) {
			t.Error(got)
		}
		if got := ids(c.want(200, "GET", records+"?q=sql", nil)); !slices.Equal(got, []string{"a1"}) {
			t.Error(got)
		}
		c.want(404, "GET", records+"/a2", nil)
		c.want(404, "PATCH", records+"/a2", object{"version": 1, "name": "Pris"})
		c.want(404, "DELETE", records+"/a2?reason=x", nil)
		c.want(404, "GET", records+"/a2/history", nil)
		c.want(403, "PATCH", records+"/a1", object{"version": 1, "entity": "e2"}) // giving a record away
		c.want(403, "POST", records, object{"name": "N", "kind": "server", "entity": "e2", "status": "stock", "created_on": "2026-01-01"})
		c.want(403, "POST", "/api/v1/registers/software/records", object{"name": "Partagé"}) // common to the company
		if text := c.want(200, "GET", "/api/v1/registers/asset/export", nil)["text"].(string); strings.Contains(text, "a2") {
			t.Error(text)
		}
		for _, f := range c.want(200, "GET", "/api/v1/findings?limit=500", nil)["findings"].([]any) {
			if f.(object)["record"] == "a2" {
				t.Errorf("a finding of the other entity: %v", f)
			}
		}
		for _, path := range []string{"/api/v1/posture", "/api/v1/rules/9.2.3", "/api/v1/imports", "/api/v1/registers/asset/history"} {
			c.want(403, "GET", path, nil)
		}
		c.want(403, "POST", "/api/v1/tokens", object{"name": "n", "role": "admin", "ends_on": "2026-03-02"})
	})
}

// TestImportAndExport: the preview changes nothing, errors name line, column and
// remedy, an import can be taken back, and exports run nothing in a spreadsheet.
func TestImportAndExport(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite")).as(identity.Editor)
	path := "/api/v1/registers/asset/import"
	good := "Nom;Nature;Entité;État;Créé le;D\nMél;Serveur;Alpha;En service;03/02/2026;2\n"
	out := c.want(200, "POST", path+"?preview=true&mapping="+`%7B%22D%22:%22d%22%7D`, good)
	if out["created"] != 1.0 || out["batch"] != nil || out["separator"] != ";" {
		t.Error(out)
	}
	bad := c.want(422, "POST", path, "Nom;Nature;Entité;État;Créé le\nMél;Soucoupe;Alpha;En service;03/02/2026\n")
	fault := bad["errors"].([]any)[0].(object)
	if fault["line"] != 2.0 || fault["column"] != "Nature" || !strings.Contains(fault["detail"].(string), "server") {
		t.Errorf("%v", fault)
	}
	made := c.want(200, "POST", path+"?file=biens.csv", good)
	if made["created"] != 1.0 {
		t.Fatal(made)
	}
	undo := "/api/v1/imports/" + made["batch"].(string) + "/undo"
	if out := c.want(200, "POST", undo, nil); out["records"] != 1.0 {
		t.Error(out)
	}
	c.want(409, "POST", undo, nil)
	text := c.want(200, "GET", "/api/v1/registers/asset/export", nil)["text"].(string)
	if !strings.Contains(text, "'=SQL(2)") || strings.Contains(text, ",=SQL") {
		t.Error(text)
	}
	if res, _ := c.do("GET", "/api/v1/registers/asset/export?format=xlsx", nil); res.StatusCode != 200 || !strings.HasSuffix(res.Header.Get("Content-Disposition"), `"asset.xlsx"`) {
		t.Error(res.Header)
	}
}

// TestVerdicts: the posture of today and of a past day, the explanation of a
// rule, findings that say who must act, and a waiver that covers one.
func TestVerdicts(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite")).as(identity.Committee)
	posture := c.want(200, "GET", "/api/v1/posture", nil)
	if posture["on"] != "2026-03-01" || len(posture["chapters"].([]any)) < 17 {
		t.Error(posture["on"], posture["chapters"])
	}
	before := c.want(200, "GET", "/api/v1/posture?on=2026-01-01", nil)
	if n := before["counts"].(object)["deviating"]; n != nil {
		t.Errorf("%v rules deviated before Vigie began", n)
	}
	rule := c.want(200, "GET", "/api/v1/rules/9.2.3", nil)
	if rule["verdict"] != "deviating" || len(rule["checks"].([]any)) == 0 || len(rule["history"].([]any)) == 0 {
		t.Errorf("%v", rule)
	}
	check := rule["checks"].([]any)[0].(object)
	if !strings.Contains(check["sql"].(string), "FROM asset") || len(check["facts"].([]any)) == 0 || len(check["reasons"].(object)) == 0 {
		t.Errorf("%v", check)
	}
	list := c.want(200, "GET", "/api/v1/findings?rule=9.2.3&record=a1", nil)["findings"].([]any)
	if len(list) == 0 {
		t.Fatal("no finding")
	}
	f := list[0].(object)
	if f["title"] != "SQL 1" || f["acts"].(object)["name"] != "Ana" || f["fix"].(object)["fr"] == "" || f["due_on"] == "" {
		t.Errorf("%v", f)
	}
	for _, ends := range []string{"2026-03-31"} {
		c.want(201, "POST", "/api/v1/waivers", object{"rule": "9.2.3", "register_id": "asset", "record_id": "a1", "reason": "R", "compensation": "C", "approved_by": "ana", "starts_on": "2026-03-01", "ends_on": ends})
	}
	if open := c.want(200, "GET", "/api/v1/findings?rule=9.2.3&record=a1&waived=false", nil)["findings"].([]any); len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
	first := c.want(200, "GET", "/api/v1/findings?limit=1", nil)
	second := c.want(200, "GET", fmt.Sprintf("/api/v1/findings?limit=1&after=%.0f", first["next"]), nil)
	if first["findings"].([]any)[0].(object)["seq"].(float64) >= second["findings"].([]any)[0].(object)["seq"].(float64) {
		t.Error("pages of findings do not follow")
	}
}

// TestHeaders: nothing is cached or sniffed, and a panic is a clean 500.
func TestHeaders(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite"))
	res, _ := c.as(identity.Reader).do("GET", "/api/v1/rules", nil)
	if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error(res.Header)
	}
	if vigie.CodeOf(io.EOF) != vigie.Internal {
		t.Error("an unknown error is internal")
	}
}
