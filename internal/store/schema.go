package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	vigie "vigie.example"
)

// A ColumnType is a type of column that both engines have.
type ColumnType string

// The types of column.
const (
	TextColumn ColumnType = "TEXT" // compared byte by byte on both engines
	IntColumn  ColumnType = "BIGINT"
	BoolColumn ColumnType = "BOOLEAN"
)

// A Column is one column of a Table.
type Column struct {
	Name    string
	Type    ColumnType
	NotNull bool
}

// A Table is one table, as the code wants it. The first column is the primary
// key, or the first Key columns together. Indexes are lists of columns, "unique " before them for unique ones;
// text after " WHERE " makes a partial index. "value x" is an index that only
// queries of (x || ”) use: for columns with few different values, which a
// planner without statistics would otherwise prefer to a reference.
type Table struct {
	Name    string
	Columns []Column
	Key     int // number of columns of the primary key; 0 is 1
	Indexes []string
}

// serial is the name of a primary key that the engine numbers by itself.
const serial = "seq"

const metaTable = "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)"

// Migrate brings the database to the given tables: it creates the missing
// tables, columns and indexes in one transaction and never drops anything.
//
// Errors: Conflict with key store.half_migrated when an earlier migration did
// not finish, or store.newer when a later version of Vigie wrote the database.
func Migrate(ctx context.Context, db *DB, version int, tables []Table) error {
	want := fingerprint(version, tables)
	if err := db.Write(ctx, func(tx *Tx) error { return tx.ExecSQL(ctx, metaTable) }); err != nil {
		return err
	}
	state, err := db.Meta(ctx, "schema")
	if err != nil || state == want {
		return err
	}
	if strings.HasPrefix(state, "migrating") {
		return &vigie.Error{Code: vigie.Conflict, Key: "store.half_migrated"}
	}
	var had int
	if _, err := fmt.Sscanf(state, "%d:", &had); err == nil && had > version {
		return &vigie.Error{Code: vigie.Conflict, Key: "store.newer", Args: []any{had, version}}
	}
	// The mark is committed before and cleared with the migration: whatever
	// interrupts it, the next start sees it.
	if err := db.SetMeta(ctx, "schema", "migrating to "+want+" from "+state); err != nil {
		return err
	}
	err = db.Write(ctx, func(tx *Tx) error {
		for _, t := range tables {
			if err := tx.sync(ctx, t); err != nil {
				return fmt.Errorf("store: migrate table %s: %w", t.Name, err)
			}
		}
		return tx.SetMeta(ctx, "schema", want)
	})
	if err != nil { // nothing was changed: the transaction was rolled back
		if merr := db.SetMeta(context.WithoutCancel(ctx), "schema", state); merr != nil {
			return merr
		}
		return err
	}
	return nil
}

func fingerprint(version int, tables []Table) string {
	h := sha256.New()
	for _, t := range tables {
		fmt.Fprintf(h, "%s%v%v%d\n", t.Name, t.Columns, t.Indexes, t.Key)
	}
	return fmt.Sprintf("%d:%s", version, hex.EncodeToString(h.Sum(nil)[:12]))
}

// Meta returns the value kept under name, or "".
func (db *DB) Meta(ctx context.Context, name string) (string, error) {
	rows, err := db.Query(ctx, "SELECT value FROM meta WHERE name = :name", map[string]any{"name": name})
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var v string
	if rows.Next() {
		err = rows.Scan(&v)
	}
	if err == nil {
		err = rows.Err()
	}
	return v, err
}

// SetMeta keeps value under name.
func (db *DB) SetMeta(ctx context.Context, name, value string) error {
	return db.Write(ctx, func(tx *Tx) error { return tx.SetMeta(ctx, name, value) })
}

// SetMeta keeps value under name.
func (tx *Tx) SetMeta(ctx context.Context, name, value string) error {
	_, err := tx.Exec(ctx, "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value",
		map[string]any{"name": name, "value": value})
	return err
}

func (tx *Tx) sync(ctx context.Context, t Table) error {
	have, err := tx.columns(ctx, t.Name)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		var cols []string
		for i, c := range t.Columns {
			cols = append(cols, tx.define(c, i == 0 && t.Key < 2))
		}
		end := ")"
		if t.Key > 1 {
			var key []string
			for _, c := range t.Columns[:t.Key] {
				key = append(key, c.Name)
			}
			end = ", PRIMARY KEY (" + strings.Join(key, ", ") + "))"
			if !tx.db.Postgres { // the key is the table: nothing is written twice
				end += " WITHOUT ROWID"
			}
		}
		if err := tx.ExecSQL(ctx, "CREATE TABLE "+t.Name+" ("+strings.Join(cols, ", ")+end); err != nil {
			return err
		}
	} else {
		for _, c := range t.Columns {
			if !slices.Contains(have, c.Name) {
				c.NotNull = false // existing rows have no value yet
				if err := tx.ExecSQL(ctx, "ALTER TABLE "+t.Name+" ADD COLUMN "+tx.define(c, false)); err != nil {
					return err
				}
			}
		}
	}
	for _, ix := range t.Indexes {
		if err := tx.ExecSQL(ctx, createIndex(t.Name, ix)); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) define(c Column, primary bool) string {
	typ := string(c.Type)
	switch {
	case c.Name == serial && tx.db.Postgres:
		return serial + " BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
	case c.Name == serial:
		return serial + " INTEGER PRIMARY KEY"
	case c.Type == TextColumn && tx.db.Postgres:
		typ = `TEXT COLLATE "C"`
	}
	if primary {
		return c.Name + " " + typ + " PRIMARY KEY NOT NULL"
	}
	if c.NotNull {
		return c.Name + " " + typ + " NOT NULL"
	}
	return c.Name + " " + typ
}

func createIndex(table, ix string) string {
	kind := "INDEX"
	if rest, ok := strings.CutPrefix(ix, "unique "); ok {
		kind, ix = "UNIQUE INDEX", rest
	}
	if col, ok := strings.CutPrefix(ix, "value "); ok {
		return "CREATE INDEX IF NOT EXISTS " + table + "_" + col + "_value ON " + table + " ((" + col + " || ''))"
	}
	cols, where, partial := strings.Cut(ix, " WHERE ")
	if partial {
		where = " WHERE " + where
	}
	name := table + "_" + strings.NewReplacer(", ", "_", " ", "_").Replace(cols)
	return "CREATE " + kind + " IF NOT EXISTS " + name + " ON " + table + " (" + cols + ")" + where
}

func (tx *Tx) columns(ctx context.Context, table string) ([]string, error) {
	q := "SELECT name FROM pragma_table_info(:table)"
	if tx.db.Postgres {
		q = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :table"
	}
	rows, err := tx.Query(ctx, q, map[string]any{"table": table})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}
