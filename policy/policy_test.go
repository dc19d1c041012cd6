package policy_test

import (
	"os"
	"testing"

	"vigie.example/internal/control"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

// TestRules proves every rule on both engines: see control.Proof.
func TestRules(t *testing.T) {
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	proofs := map[string]*control.Proof{"sqlite": prepare(t, "sqlite")}
	if os.Getenv("VIGIE_TEST_POSTGRES") != "" {
		proofs["postgres"] = prepare(t, "postgres")
	}
	for _, r := range rules {
		for _, engine := range []string{"sqlite", "postgres"} {
			t.Run(string(r.ID)+"/"+engine, func(t *testing.T) {
				if proofs[engine] == nil {
					t.Skip("VIGIE_TEST_POSTGRES is not set: run make test")
				}
				for _, wrong := range proofs[engine].Rule(t.Context(), r) {
					t.Error(wrong)
				}
			})
		}
		t.Run(string(r.ID)+"/form", func(t *testing.T) {
			for _, wrong := range control.Lint([]*policy.Rule{r}, catalog.All()) {
				t.Error(wrong)
			}
		})
	}
}

// TestParametersAreGlobal holds that two rules that use the same name mean the
// same number.
func TestParametersAreGlobal(t *testing.T) {
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range control.Lint(rules, catalog.All()) {
		t.Error(wrong)
	}
}

func prepare(t *testing.T, engine string) *control.Proof {
	t.Helper()
	var tables []store.Table
	for _, r := range catalog.All() {
		tables = append(tables, r.Table())
	}
	db := storetest.Open(t, engine)
	if err := store.Migrate(t.Context(), db, 1, tables); err != nil {
		t.Fatal(err)
	}
	return &control.Proof{DB: db, Catalog: catalog.All()}
}
