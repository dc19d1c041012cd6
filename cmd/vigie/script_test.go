package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vigie.example/internal/store/storetest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vigie": main})
}

// TestScripts runs the stories of testdata/script on both engines: each is a
// manual page that proves itself.
func TestScripts(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: "testdata/script",
				Setup: func(env *testscript.Env) error {
					env.Setenv("VIGIE_LANG", "en")
					env.Setenv("USER", "ana")
					env.Setenv("SUDO_USER", "")
					if engine == "postgres" {
						env.Setenv("VIGIE_DATABASE", storetest.DSN(env.T().(testing.TB), engine))
						env.Setenv("OTHER", storetest.DSN(env.T().(testing.TB), engine))
						return nil
					}
					env.Setenv("VIGIE_DATA", filepath.Join(env.WorkDir, "data"))
					env.Setenv("OTHER", filepath.Join(env.WorkDir, "other"))
					return os.Mkdir(filepath.Join(env.WorkDir, "data"), 0o700)
				},
				Condition: func(cond string) (bool, error) { return cond == engine, nil },
			})
		})
	}
}
