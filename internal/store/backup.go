package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	vigie "vigie.example"
)

// Snapshot runs fn on a view of the database that later writes do not change.
func (db *DB) Snapshot(ctx context.Context, fn func(q Queryer) error) error {
	if db.inMemory() {
		return fn(db)
	}
	opts := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if !db.Postgres { // WAL readers always have their own view
		opts = nil
	}
	tx, err := db.read.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(snapshot{db, tx})
}

type snapshot struct {
	db *DB
	tx *sql.Tx
}

func (s snapshot) Query(ctx context.Context, query string, args map[string]any) (*sql.Rows, error) {
	q, ordered, err := s.db.bind(query, args)
	if err != nil {
		return nil, err
	}
	return s.tx.QueryContext(ctx, q, ordered...)
}

// The form of a backup, gzipped: a header, then for each table its name, its
// columns and one array per row, then a footer with the number of rows and the
// SHA-256 of all lines before it. It holds nothing of the engine.
type (
	backupHeader struct {
		Format  string `json:"format"` // "vigie-backup"
		Version int    `json:"version"`
		Schema  int    `json:"schema"`
	}
	backupTable struct {
		Table   string   `json:"table"`
		Columns []string `json:"columns"`
	}
	backupFooter struct {
		Rows   int64  `json:"rows"`
		SHA256 string `json:"sha256"`
	}
)

const backupFormat = "vigie-backup"

// Backup writes every row of the tables to out, while others write, and returns
// the number of rows.
func Backup(ctx context.Context, db *DB, schema int, tables []Table, out io.Writer) (n int64, err error) {
	zw := gzip.NewWriter(out)
	sum := sha256.New()
	buf := bufio.NewWriterSize(io.MultiWriter(zw, sum), 256<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	err = db.Snapshot(ctx, func(q Queryer) error {
		if err := enc.Encode(backupHeader{backupFormat, 1, schema}); err != nil {
			return err
		}
		for _, t := range tables {
			if err := backupRows(ctx, q, t, enc, &n); err != nil {
				return fmt.Errorf("store: backup of %s: %w", t.Name, err)
			}
		}
		return nil
	})
	if err == nil {
		err = buf.Flush()
	}
	if err == nil {
		err = json.NewEncoder(zw).Encode(backupFooter{n, hex.EncodeToString(sum.Sum(nil))})
	}
	if err == nil {
		err = zw.Close()
	}
	return n, err
}

func backupRows(ctx context.Context, q Queryer, t Table, enc *json.Encoder, n *int64) error {
	head := backupTable{Table: t.Name}
	for _, c := range t.Columns {
		head.Columns = append(head.Columns, c.Name)
	}
	if err := enc.Encode(head); err != nil {
		return err
	}
	rows, err := q.Query(ctx, "SELECT "+strings.Join(head.Columns, ", ")+" FROM "+t.Name+" ORDER BY "+head.Columns[0], nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]any, len(t.Columns))
		dest := make([]any, len(t.Columns))
		for i, c := range t.Columns {
			switch c.Type {
			case IntColumn:
				dest[i] = new(*int64)
			case BoolColumn:
				dest[i] = new(*bool)
			default:
				dest[i] = new(*string)
			}
			row[i] = dest[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if err := enc.Encode(row); err != nil {
			return err
		}
		*n++
	}
	return rows.Err()
}

// restoreBatch is the number of rows put at once.
const restoreBatch = 100

// Restore reads a backup into a database whose tables exist and are empty:
// wholly or not at all. It returns the number of rows.
//
// Errors: Conflict with key restore.not_empty; Invalid with key restore.bad when
// the file is not a whole backup, restore.newer when a later version wrote it.
func Restore(ctx context.Context, db *DB, schema int, tables []Table, in io.Reader) (n int64, err error) {
	bad := func(why string) error {
		return &vigie.Error{Code: vigie.Invalid, Key: "restore.bad", Args: []any{why}}
	}
	zr, err := gzip.NewReader(in)
	if err != nil {
		return 0, bad(err.Error())
	}
	lines := &lineReader{in: bufio.NewReaderSize(zr, 256<<10), sum: sha256.New()}
	first, err := lines.next()
	var h backupHeader
	if err != nil || json.Unmarshal(first, &h) != nil || h.Format != backupFormat {
		return 0, bad("no header")
	}
	if h.Schema > schema || h.Version > 1 {
		return 0, &vigie.Error{Code: vigie.Invalid, Key: "restore.newer", Args: []any{h.Schema, schema}}
	}
	err = db.Write(ctx, func(tx *Tx) error {
		for _, t := range tables {
			if had, err := Count(ctx, tx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+t.Name+" LIMIT 1) x", nil); err != nil || had > 0 {
				if err == nil {
					err = &vigie.Error{Code: vigie.Conflict, Key: "restore.not_empty", Args: []any{t.Name}}
				}
				return err
			}
		}
		l := &loader{tx: tx, tables: tables}
		for {
			before := lines.digest()
			line, err := lines.next()
			if err != nil {
				return bad(err.Error())
			}
			switch {
			case line[0] == '[':
				if err := l.row(ctx, line); err != nil {
					if _, ok := errors.AsType[*json.SyntaxError](err); ok {
						return bad(err.Error())
					}
					return err
				}
				n++
			case strings.HasPrefix(string(line), `{"table"`):
				if err := l.flush(ctx); err != nil {
					return err
				}
				var t backupTable
				if err := json.Unmarshal(line, &t); err != nil {
					return bad(err.Error())
				}
				if err := l.begin(t); err != nil {
					return bad(err.Error())
				}
			default:
				var f backupFooter
				if err := json.Unmarshal(line, &f); err != nil || f.Rows != n || f.SHA256 != before {
					return bad("the footer does not match")
				}
				if err := l.flush(ctx); err != nil {
					return err
				}
				return tx.numberAfter(ctx, tables)
			}
		}
	})
	return n, err
}

// A lineReader reads lines and sums them.
type lineReader struct {
	in  *bufio.Reader
	sum hash.Hash
}

const maxBackupLine = 16 << 20

func (l *lineReader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		line = append(line, part...)
		if err == bufio.ErrBufferFull && len(line) < maxBackupLine {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("it ends too soon: %w", err)
		}
		l.sum.Write(line)
		if len(line) < 2 {
			return nil, errors.New("an empty line")
		}
		return line, nil
	}
}

func (l *lineReader) digest() string { return hex.EncodeToString(l.sum.Sum(nil)) }

// A loader puts the rows of a backup.
type loader struct {
	tx      *Tx
	tables  []Table
	table   Table
	columns []Column // of the backup, in its order
	pending [][]any
}

func (l *loader) begin(t backupTable) error {
	i := slices.IndexFunc(l.tables, func(x Table) bool { return x.Name == t.Table })
	if i < 0 {
		return fmt.Errorf("unknown table %q", t.Table)
	}
	l.table, l.columns = l.tables[i], nil
	for _, name := range t.Columns {
		j := slices.IndexFunc(l.table.Columns, func(c Column) bool { return c.Name == name })
		if j < 0 {
			return fmt.Errorf("unknown column %q of %s", name, t.Table)
		}
		l.columns = append(l.columns, l.table.Columns[j])
	}
	return nil
}

func (l *loader) row(ctx context.Context, line []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || len(raw) != len(l.columns) {
		return &vigie.Error{Code: vigie.Invalid, Key: "restore.bad", Args: []any{"a row does not fit its table"}}
	}
	row := make([]any, len(raw))
	for i, c := range l.columns {
		var err error
		switch c.Type {
		case IntColumn:
			var v sql.Null[int64]
			err = unmarshalNull(raw[i], &v)
			row[i] = v
		case BoolColumn:
			var v sql.Null[bool]
			err = unmarshalNull(raw[i], &v)
			row[i] = v
		default:
			var v sql.Null[string]
			err = unmarshalNull(raw[i], &v)
			row[i] = v
		}
		if err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "restore.bad", Args: []any{err.Error()}}
		}
	}
	l.pending = append(l.pending, row)
	if len(l.pending) == restoreBatch {
		return l.flush(ctx)
	}
	return nil
}

func unmarshalNull[T any](raw json.RawMessage, v *sql.Null[T]) error {
	if string(raw) == "null" {
		return nil
	}
	v.Valid = true
	return json.Unmarshal(raw, &v.V)
}

func (l *loader) flush(ctx context.Context) error {
	if len(l.pending) == 0 {
		return nil
	}
	var names, rows []string
	for _, c := range l.columns {
		names = append(names, c.Name)
	}
	args := map[string]any{}
	for i, row := range l.pending {
		var marks []string
		for j := range row {
			name := fmt.Sprintf("v%d_%d", i, j)
			args[name] = row[j]
			marks = append(marks, ":"+name)
		}
		rows = append(rows, "("+strings.Join(marks, ", ")+")")
	}
	l.pending = l.pending[:0]
	if _, err := l.tx.Exec(ctx, "INSERT INTO "+l.table.Name+" ("+strings.Join(names, ", ")+") VALUES "+strings.Join(rows, ", "), args); err != nil && ctx.Err() == nil && diskFull(err) == err {
		return &vigie.Error{Code: vigie.Invalid, Key: "restore.bad", Args: []any{err.Error()}, Err: err}
	} else if err != nil {
		return err
	}
	return nil
}

// numberAfter makes PostgreSQL number new rows after those that were restored,
// as SQLite does by itself.
func (tx *Tx) numberAfter(ctx context.Context, tables []Table) error {
	if !tx.db.Postgres {
		return nil
	}
	for _, t := range tables {
		if t.Columns[0].Name == serial {
			if err := tx.ExecSQL(ctx, fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%[1]s', '%[2]s'), (SELECT COALESCE(MAX(%[2]s), 0) + 1 FROM %[1]s), false)", t.Name, serial)); err != nil {
				return err
			}
		}
	}
	return nil
}
