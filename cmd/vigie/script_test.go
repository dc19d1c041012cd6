package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
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
					if err := evidenceFiles(env); err != nil {
						return err
					}
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

// evidenceFiles names the frozen stream and pack of package evidence, and a pack
// that was tampered with.
func evidenceFiles(env *testscript.Env) error {
	root, err := filepath.Abs("../../evidence/testdata/v1")
	if err != nil {
		return err
	}
	key, err := os.ReadFile(filepath.Join(root, "stream", "log.vkey"))
	if err != nil {
		return err
	}
	env.Setenv("TRACES", root)
	env.Setenv("PACK", filepath.Join(root, "pack.zip"))
	env.Setenv("AUTHORITY", filepath.Join(root, "tsa.pem"))
	env.Setenv("KEY", strings.TrimSpace(string(key)))
	tampered := filepath.Join(env.WorkDir, "tampered")
	env.Setenv("TAMPERED", tampered)
	z, err := zip.OpenReader(filepath.Join(root, "pack.zip"))
	if err != nil {
		return err
	}
	defer z.Close()
	if err := os.CopyFS(tampered, z); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(tampered, "entry", "501.record"), []byte("1795576455000000 tls:CN=srv-web-01 0 \n"), 0o600)
}
