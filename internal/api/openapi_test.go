package api_test

import (
	"io"
	"net/http/httptest"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"vigie.example/internal/identity"
	"vigie.example/internal/store/storetest"
)

// TestDescription: the description is valid OpenAPI 3.1, and what the API
// really answers is as it says.
func TestDescription(t *testing.T) {
	c := serve(t, storetest.Open(t, "sqlite"))
	r := httptest.NewRequest("GET", "/openapi.json", nil)
	r.Header.Set("Authorization", "Bearer "+c.tokens[identity.Reader])
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	doc, err := libopenapi.NewDocument(w.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if errs != nil {
		t.Fatal(errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Error(e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
	for _, path := range []string{
		"/api/v1/posture", "/api/v1/rules", "/api/v1/rules/9.2.3", "/api/v1/findings?rule=9.2.3&limit=3", "/api/v1/registers", "/api/v1/registers/asset",
		"/api/v1/registers/asset/records?q=sql&f.d.from=1&sort=-name", "/api/v1/registers/asset/records/a1", "/api/v1/registers/asset/records/a9", "/api/v1/registers/asset/records/a1/history", "/api/v1/imports", "/api/v1/waivers",
	} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+c.tokens[identity.Reader])
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		if ok, errs := v.ValidateHttpRequestResponse(r, w.Result()); !ok {
			for _, e := range errs {
				t.Error(path, e.Message, e.Reason, e.SchemaValidationErrors)
			}
			body, _ := io.ReadAll(w.Body)
			t.Logf("%.300s", body)
		}
	}
}
