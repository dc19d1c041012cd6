package agent_test

import (
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"vigie.example/internal/agent"
	"vigie.example/internal/api"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// TestThisMachine: the machine that runs the tests reports itself to a real
// server, twice, and its token opens nothing else.
func TestThisMachine(t *testing.T) {
	a, err := app.Open(t.Context(), filepath.Join(t.TempDir(), "vigie.db"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	now := time.Now()
	err = a.Book.Write(t.Context(), register.By{Actor: "ana", Source: "test", At: now}, func(w *register.Writer) error {
		_, err := w.Create(t.Context(), catalog.Entity, register.Values{"id": "alpha", "name": "Alpha", "country": "FR", "head": true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := identity.Issue(t.Context(), a.DB, identity.Token{Name: "machines", Role: identity.Enrolment, EndsAt: now.AddDate(0, 1, 0)}, "ana", now)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	h := httptest.NewServer((&api.Server{App: a, Now: time.Now, Log: log}).Handler())
	defer h.Close()
	machine, err := agent.New(agent.Config{Server: h.URL, Enrolment: secret, State: filepath.Join(t.TempDir(), "state"), Version: "test", Root: agent.This(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer machine.Close()
	for range 2 {
		if err := machine.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	page, err := a.Book.List(t.Context(), catalog.HostPosture, register.ListQuery{})
	if err != nil || len(page.Records) != 1 || page.Records[0].Values["os_name"] == nil || page.Records[0].Meta.Source != "agent" {
		t.Fatalf("%v %v", page.Records, err)
	}
	tokens, err := identity.Tokens(t.Context(), a.DB)
	if err != nil || len(tokens) != 2 {
		t.Fatalf("%d tokens, %v", len(tokens), err)
	}
	for _, token := range tokens {
		if token.Role == identity.Agent && (token.May(identity.Read) || token.Machine == "") {
			t.Errorf("the token of the machine opens too much: %+v", token)
		}
	}
}
