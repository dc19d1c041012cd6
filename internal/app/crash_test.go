package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

// These tests run this very program again as a child that imports or judges,
// kill it at a random moment, and look at what it left.

const (
	childEnv = "VIGIE_TEST_CHILD" // what the child does: import, judge or fill
	dsnEnv   = "VIGIE_TEST_DSN"
	lines    = 600
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	if task := os.Getenv(childEnv); task != "" {
		if err := child(task, os.Getenv(dsnEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(task, dsn string) error {
	ctx := context.Background()
	a, err := app.Open(ctx, dsn, "")
	if err != nil {
		return err
	}
	defer a.Close()
	fmt.Println("ready")
	switch task {
	case "import":
		res, err := a.Book.Import(ctx, register.Import{Register: catalog.Asset, File: bytes.NewReader(inventory()), Name: "biens.csv"}, by())
		if err != nil || len(res.Errors) > 0 {
			return fmt.Errorf("%v %w", res, err)
		}
	case "judge": // every day another verdict: each evaluation has much to write
		for day := 0; ; day = (day + 200) % 2000 {
			if err := a.Engine.Tick(ctx, now.AddDate(0, 0, day)); err != nil {
				return err
			}
		}
	case "fill": // until the disk is full, then again: the database must still answer
		for i := 0; ; i++ {
			err := a.Book.Write(ctx, by(), func(w *register.Writer) error {
				_, err := w.Create(ctx, catalog.Procedure, register.Values{"id": fmt.Sprint("p", i), "title": "Procédure", "family": "system"})
				if err == nil {
					err = w.Put(ctx, catalog.Incident, fmt.Sprint("i", i), register.Values{"title": "Incident", "entity": "e1", "detected_at": now.Unix(), "cause": string(bytes.Repeat([]byte("x"), 15000))})
				}
				return err
			})
			if err == nil {
				fmt.Println("kept", i)
				continue
			}
			if e, ok := errors.AsType[*vigie.Error](err); !ok || e.Key != "store.full" {
				return fmt.Errorf("a full disk says: %w", err)
			}
			if _, err := a.Book.Get(ctx, catalog.Entity, "e1", register.Scope{}); err != nil {
				return fmt.Errorf("nothing can be read once the disk is full: %w", err)
			}
			fmt.Println("full", i)
			return nil
		}
	}
	return nil
}

func by() register.By { return register.By{Actor: "test", Source: "import", At: now} }

func inventory() []byte {
	var csv bytes.Buffer
	csv.WriteString("id;Nom;Nature;Entité;État;Créé le\n")
	for i := range lines {
		fmt.Fprintf(&csv, "a%d;Serveur %d;Serveur;Alpha;En service;01/03/2020\n", i, i)
	}
	return csv.Bytes()
}

// start runs the child and waits until it has opened the database.
func start(t *testing.T, task, dsn string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+task, dsnEnv+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal("the child did not start: ", err)
	}
	return cmd
}

func reopen(t *testing.T, dsn string) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), dsn, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func prepare(t *testing.T, dsn string) {
	t.Helper()
	a := reopen(t, dsn)
	defer a.Close()
	err := a.Book.Write(t.Context(), by(), func(w *register.Writer) error {
		_, err := w.Create(t.Context(), catalog.Entity, register.Values{"id": "e1", "name": "Alpha", "country": "FR"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, a *app.App, query string) int64 {
	t.Helper()
	n, err := store.Count(t.Context(), a.DB, query, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func openFindings(t *testing.T, a *app.App) map[string]string {
	t.Helper()
	out := map[string]string{}
	for q := (control.FindingQuery{Limit: 500}); ; {
		list, next, err := a.Engine.Findings(t.Context(), q, vigie.DayOf(now))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.Register == "asset" { // what the import brings
				out[f.CheckKey+" "+f.Record] = f.Reason
			}
		}
		if q.After = next; next == 0 {
			return out
		}
	}
}

// TestKilledImport: an import killed at any moment is there whole, with its
// history and its findings, or not at all; and the next one goes through.
func TestKilledImport(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			var whole, nothing int
			for round := range 5 {
				dsn := storetest.DSN(t, engine)
				prepare(t, dsn)
				cmd := start(t, "import", dsn)
				time.Sleep(time.Duration(rand.IntN(500*(round+1))) * time.Millisecond)
				cmd.Process.Signal(syscall.SIGKILL)
				cmd.Wait()
				a := reopen(t, dsn)
				n := count(t, a, "SELECT COUNT(*) FROM asset")
				switch n {
				case 0:
					nothing++
				case lines:
					whole++
				default:
					t.Errorf("half an import: %d of %d assets", n, lines)
				}
				if h := count(t, a, "SELECT COUNT(*) FROM history WHERE register = 'asset'"); h != n {
					t.Errorf("%d assets, %d lines of history", n, h)
				}
				if b := count(t, a, "SELECT COUNT(*) FROM import_batch"); (b == 1) != (n == lines) {
					t.Errorf("%d assets, %d imports in the list", n, b)
				}
				kept := openFindings(t, a)
				if (len(kept) > 0) != (n > 0) {
					t.Errorf("%d assets, %d findings", n, len(kept))
				}
				if err := a.Engine.Tick(t.Context(), now); err != nil {
					t.Fatal(err)
				}
				if judged := openFindings(t, a); n > 0 && !maps.Equal(kept, judged) {
					t.Errorf("%d findings were kept, %d are judged", len(kept), len(judged))
				}
				if n == 0 {
					if res, err := a.Book.Import(t.Context(), register.Import{Register: catalog.Asset, File: bytes.NewReader(inventory()), Name: "biens.csv"}, by()); err != nil || res.Created != lines {
						t.Errorf("the import after the crash: %+v %v", res, err)
					}
				}
				a.Close()
			}
			t.Logf("%d whole, %d nothing", whole, nothing)
		})
	}
}

// TestKilledEvaluation: an evaluation killed at any moment leaves findings that
// the next one brings to what they should be, and no record with two open
// findings of one check.
func TestKilledEvaluation(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dsn := storetest.DSN(t, engine)
			prepare(t, dsn)
			a := reopen(t, dsn)
			if _, err := a.Book.Import(t.Context(), register.Import{Register: catalog.Asset, File: bytes.NewReader(inventory()), Name: "biens.csv"}, by()); err != nil {
				t.Fatal(err)
			}
			if err := a.Engine.Tick(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			want := openFindings(t, a)
			a.Close()
			for range 4 {
				cmd := start(t, "judge", dsn)
				time.Sleep(time.Duration(rand.IntN(600)) * time.Millisecond)
				cmd.Process.Signal(syscall.SIGKILL)
				cmd.Wait()
				a := reopen(t, dsn)
				if err := a.Engine.Tick(t.Context(), now); err != nil {
					t.Fatal(err)
				}
				if got := openFindings(t, a); !maps.Equal(got, want) {
					t.Errorf("%d findings, want %d", len(got), len(want))
				}
				if n := count(t, a, "SELECT COUNT(*) FROM (SELECT 1 FROM finding WHERE closed_at IS NULL GROUP BY check_key, record HAVING COUNT(*) > 1) x"); n > 0 {
					t.Errorf("%d records have two open findings of one check", n)
				}
				if n := count(t, a, "SELECT COUNT(*) FROM check_state s WHERE s.open <> (SELECT COUNT(*) FROM finding f WHERE f.check_key = s.check_key AND f.closed_at IS NULL)"); n > 0 {
					t.Errorf("%d checks count other findings than are open", n)
				}
				a.Close()
			}
		})
	}
}

// TestFullDisk: on a file system that really fills, the error says so, what was
// answered is kept and nothing else is.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	script := `mount -t tmpfs -o size=8m none "$1" && cd "$1" && shift && "$@"`
	probe := exec.Command("unshare", "-rm", "sh", "-c", script, "sh", dir, "true")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody make a small file system: %v %s", err, out)
	}
	// Everything happens inside the private file system: filling, then looking.
	cmd := exec.Command("unshare", "-rm", "sh", "-c", script, "sh", dir, os.Args[0], "-test.run", "^TestInsideFullDisk$", "-test.v")
	cmd.Env = append(os.Environ(), "VIGIE_TEST_SMALL_DISK="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestInsideFullDisk")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestInsideFullDisk is the part of TestFullDisk that runs on the small disk.
func TestInsideFullDisk(t *testing.T) {
	dir := os.Getenv("VIGIE_TEST_SMALL_DISK")
	if dir == "" {
		return
	}
	dsn := filepath.Join(dir, "vigie.db")
	prepare(t, dsn)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=fill", dsnEnv+"="+dsn)
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("full")) {
		t.Fatalf("%v\n%s", err, out)
	}
	kept := int64(bytes.Count(out, []byte("kept")))
	a := reopen(t, dsn)
	defer a.Close()
	if n := count(t, a, "SELECT COUNT(*) FROM incident"); n != kept || kept == 0 {
		t.Errorf("%d incidents, %d were answered", n, kept)
	}
	if n := count(t, a, "SELECT COUNT(*) FROM procedure"); n != kept {
		t.Errorf("%d procedures, %d were answered", n, kept)
	}
}
