package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
)

var tables = []store.Table{
	{Name: "thing", Columns: []store.Column{{Name: "id", Type: store.TextColumn}, {Name: "n", Type: store.IntColumn}, {Name: "ok", Type: store.BoolColumn}}, Indexes: []string{"n"}},
	{Name: "word", Columns: []store.Column{{Name: "word", Type: store.TextColumn, NotNull: true}, {Name: "thing", Type: store.TextColumn, NotNull: true}}, Key: 2},
	{Name: "line", Columns: []store.Column{{Name: "seq", Type: store.IntColumn}, {Name: "text", Type: store.TextColumn, NotNull: true}}},
}

func fill(t *testing.T, db *store.DB) {
	t.Helper()
	if err := store.Migrate(t.Context(), db, 1, tables); err != nil {
		t.Fatal(err)
	}
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		for i := range 250 {
			if _, err := tx.Exec(t.Context(), "INSERT INTO thing (id, n, ok) VALUES (:id, :n, :ok)", map[string]any{"id": fmt.Sprint("é", i), "n": i, "ok": i%2 == 0}); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), "INSERT INTO line (text) VALUES (:t)", map[string]any{"t": "<\n>"}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(t.Context(), "INSERT INTO word (word, thing) VALUES ('a', '1'), ('a', '2'), ('b', '1')", nil); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), "INSERT INTO thing (id) VALUES ('empty')", nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, q store.Queryer, query string) int64 {
	t.Helper()
	n, err := store.Count(t.Context(), q, query, nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWrite: all or nothing, and a failed query leaves the transaction usable.
func TestWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		boom := errors.New("boom")
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Exec(t.Context(), "DELETE FROM thing", nil); err != nil {
				t.Fatal(err)
			}
			return boom
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM thing"); n != 251 {
			t.Fatal("a failed transaction left", n)
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error {
			bad := tx.Guard(t.Context(), time.Second, func(ctx context.Context) error {
				_, err := tx.Query(ctx, "SELECT nothing FROM thing", nil)
				return err
			})
			if bad == nil {
				t.Error("a bad query passed")
			}
			_, err := tx.Exec(t.Context(), "DELETE FROM thing WHERE id = 'empty'", nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM thing"); n != 250 {
			t.Fatal(n)
		}
	})
}

// TestReadOnly: what does not go through Write cannot write.
func TestReadOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		rows, err := db.Query(t.Context(), "DELETE FROM thing", nil)
		if err == nil {
			rows.Next()
			err = rows.Err()
			rows.Close()
		}
		if err == nil || count(t, db, "SELECT COUNT(*) FROM thing") != 251 {
			t.Fatal("a reader wrote:", err)
		}
	})
}

// TestEndlessQuery: a guard stops it, and the transaction goes on.
func TestEndlessQuery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			start := time.Now()
			err := tx.Guard(t.Context(), 200*time.Millisecond, func(ctx context.Context) error {
				_, err := store.Count(ctx, tx, "SELECT COUNT(*) FROM line a, line b, line c, line d, line e WHERE a.text || b.text || c.text <> d.text || e.text", nil)
				return err
			})
			if err == nil || time.Since(start) > 10*time.Second {
				t.Error("not stopped:", err, time.Since(start))
			}
			_, err = tx.Exec(t.Context(), "INSERT INTO thing (id) VALUES ('after')", nil)
			return err
		})
		if err != nil || count(t, db, "SELECT COUNT(*) FROM thing WHERE id = 'after'") != 1 {
			t.Fatal(err)
		}
	})
}

// TestMigrate: new columns and tables come, old rows stay; a half-migrated or a
// later database is refused.
func TestMigrate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		more := append([]store.Table{{Name: "thing", Columns: append(tables[0].Columns, store.Column{Name: "note", Type: store.TextColumn, NotNull: true})}},
			tables[1], store.Table{Name: "other", Columns: []store.Column{{Name: "id", Type: store.TextColumn}}})
		if err := store.Migrate(t.Context(), db, 2, more); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM thing WHERE note IS NULL"); n != 251 {
			t.Fatal(n)
		}
		if err := store.Migrate(t.Context(), db, 1, tables); vigie.CodeOf(err) != vigie.Conflict || !strings.Contains(err.Error(), "store.newer") {
			t.Error("an older program opened it:", err)
		}
		if err := db.SetMeta(t.Context(), "schema", "migrating to 2:x from 1:y"); err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context(), db, 2, more); vigie.CodeOf(err) != vigie.Conflict || !strings.Contains(err.Error(), "store.half_migrated") {
			t.Error("a half-migrated database was opened:", err)
		}
	})
}

// TestBackup: from either engine to either engine, while others write; a file
// that was cut or altered is refused and leaves nothing.
func TestBackup(t *testing.T) {
	for _, from := range []string{"sqlite", "postgres"} {
		for _, to := range []string{"sqlite", "postgres"} {
			t.Run(from+" to "+to, func(t *testing.T) {
				source := storetest.Open(t, from)
				fill(t, source)
				var file bytes.Buffer
				if n, err := store.Backup(t.Context(), source, 1, tables, &file); err != nil || n != 504 {
					t.Fatal(n, err)
				}
				target := storetest.Open(t, to)
				if err := store.Migrate(t.Context(), target, 1, tables); err != nil {
					t.Fatal(err)
				}
				whole := file.Bytes()
				altered := bytes.Clone(whole)
				altered[len(altered)/2] ^= 1
				for name, data := range map[string][]byte{"cut": whole[:len(whole)-30], "altered": altered, "empty": nil} {
					if _, err := store.Restore(t.Context(), target, 1, tables, bytes.NewReader(data)); vigie.CodeOf(err) != vigie.Invalid {
						t.Errorf("%s file: %v", name, err)
					}
					if n := count(t, target, "SELECT COUNT(*) FROM thing"); n != 0 {
						t.Fatalf("%s file left %d rows", name, n)
					}
				}
				if n, err := store.Restore(t.Context(), target, 1, tables, bytes.NewReader(whole)); err != nil || n != 504 {
					t.Fatal(n, err)
				}
				var again bytes.Buffer
				if _, err := store.Backup(t.Context(), target, 1, tables, &again); err != nil || !bytes.Equal(whole, again.Bytes()) {
					t.Error("the restored database differs", err)
				}
				if _, err := store.Restore(t.Context(), target, 1, tables, bytes.NewReader(whole)); vigie.CodeOf(err) != vigie.Conflict {
					t.Error("restored over data:", err)
				}
				if err := target.Write(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec(t.Context(), "INSERT INTO line (text) VALUES ('next')", nil)
					return err
				}); err != nil {
					t.Error("new rows after a restore:", err)
				}
			})
		}
	}
}

// TestRest: memory is given back between any two things, and not under who writes
// or reads.
func TestRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		db.Rest()
		if n := count(t, db, "SELECT COUNT(*) FROM thing"); n != 251 {
			t.Error(n)
		}
		rows, err := db.Query(t.Context(), "SELECT id FROM thing", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		err = db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.Exec(t.Context(), "INSERT INTO thing (id) VALUES ('written')", nil); err != nil {
				return err
			}
			db.Rest()
			_, err := tx.Exec(t.Context(), "INSERT INTO thing (id) VALUES ('written too')", nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		for rows.Next() {
			read++
		}
		if err := rows.Err(); err != nil || read != 251 {
			t.Error(read, err)
		}
		for range 30 { // a text that is asked again and again is kept prepared
			db.Rest()
			if n := count(t, db, "SELECT COUNT(*) FROM thing"); n != 253 {
				t.Error(n)
			}
		}
	})
}
