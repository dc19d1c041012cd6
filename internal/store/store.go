// Package store opens the database and is the only place that knows how SQLite
// and PostgreSQL differ: drivers, parameters, column types, read-only
// connections, single-writer locking, disk-full errors.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	vigie "vigie.example"
)

// A DB is one database: a pool of read-only connections and one writer.
//
// Writes go through Write, one transaction at a time in this process (and, on
// PostgreSQL, across processes). Reads never see half a transaction.
type DB struct {
	Postgres bool

	read  *sql.DB
	write *sql.DB

	mu    sync.Mutex // held during a write transaction
	conn  *sql.Conn
	stmts map[string]*sql.Stmt

	asking sync.Mutex
	asked  map[string]int       // times, by text of SQL
	kept   map[string]*sql.Stmt // of readers: see frequent

	bindings struct {
		sync.Mutex
		byQuery map[string]*binding
	}
}

// Open opens a postgres:// URL, or the SQLite file at path. ":memory:" is an
// empty SQLite database that lives as long as the DB.
func Open(ctx context.Context, dsn string) (*DB, error) {
	db := &DB{Postgres: strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")}
	var err error
	switch {
	case db.Postgres:
		err = db.openPostgres(dsn)
	case dsn == ":memory:":
		db.write, err = sql.Open("sqlite", "file::memory:?_pragma=foreign_keys(0)")
		db.read = db.write
	default:
		err = db.openSQLite(dsn)
	}
	if err == nil {
		db.write.SetMaxOpenConns(1)
		err = db.write.PingContext(ctx)
	}
	if err == nil && db.inMemory() {
		db.conn, err = db.write.Conn(ctx) // one connection for everything
	}
	if err != nil {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "store.cannot_open", Args: []any{redact(dsn)}, Err: err}
	}
	return db, nil
}

// Readers see the file through the memory of the system, which they share: the
// page cache of SQLite has one lock for all connections, at which judgements on
// several cores would wait for one another half of the time, and a copy of each
// page for each of them. The writer has a cache, since what it changes lives there
// until it commits.
const (
	readerSettings = "&_pragma=query_only(1)&_pragma=mmap_size(1099511627776)&_pragma=cache_size(-8192)" // the driver lowers it to the most it can
	writerSettings = "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-32768)"   // FULL: a change that was answered is on disk, even after a power cut
)

// idleReader is how long a reader without work keeps its memory.
const idleReader = time.Minute

func (db *DB) openSQLite(path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	common := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=temp_store(MEMORY)"
	db.write, err = sql.Open("sqlite", common+writerSettings)
	if err != nil {
		return err
	}
	db.read, err = sql.Open("sqlite", common+readerSettings)
	if err == nil {
		db.read.SetMaxOpenConns(2 * readers)
		db.read.SetMaxIdleConns(2 * readers)
		db.read.SetConnMaxIdleTime(idleReader)
	}
	return err
}

// Rest closes the connections without work, and so gives back their memory, which
// SQLite keeps at the most that it was. What comes next takes some milliseconds
// more. It does nothing on PostgreSQL, whose memory is its own.
func (db *DB) Rest() {
	if db.Postgres || db.inMemory() {
		return
	}
	if db.mu.TryLock() { // another time, when somebody writes
		db.dropConn()
		db.mu.Unlock()
	}
	for pool, idle := range map[*sql.DB]int{db.read: 2 * readers, db.write: 1} {
		pool.SetMaxIdleConns(0)
		pool.SetMaxIdleConns(idle)
	}
	trim()
}

func (db *DB) openPostgres(dsn string) (err error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return errors.New("not a valid postgres:// URL")
	}
	if db.write, err = sql.Open("pgx", dsn); err != nil {
		return err
	}
	q := u.Query()
	q.Set("default_transaction_read_only", "on")
	u.RawQuery = q.Encode()
	db.read, err = sql.Open("pgx", u.String())
	if err == nil {
		db.read.SetMaxOpenConns(2 * readers)
		db.read.SetMaxIdleConns(2 * readers)
	}
	return err
}

// redact hides the password of a database URL.
func redact(dsn string) string {
	if u, err := url.Parse(dsn); err == nil && u.User != nil {
		return u.Redacted()
	}
	return dsn
}

// Close releases every connection.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.dropConn()
	if db.inMemory() {
		return errors.Join(db.conn.Close(), db.write.Close())
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// A Queryer runs SQL with :name parameters: a DB for reading, a Tx inside a
// write transaction.
type Queryer interface {
	// Query runs a SELECT. A name that args lacks is an error; an unused
	// argument is not. The caller closes the rows.
	Query(ctx context.Context, query string, args map[string]any) (*sql.Rows, error)
}

// Query implements Queryer on a read-only connection: SQL that writes fails.
func (db *DB) Query(ctx context.Context, query string, args map[string]any) (*sql.Rows, error) {
	q, ordered, err := db.bind(query, args)
	if err != nil {
		return nil, err
	}
	if db.inMemory() {
		return db.conn.QueryContext(ctx, q, ordered...)
	}
	if stmt := db.frequent(ctx, q); stmt != nil {
		return stmt.QueryContext(ctx, ordered...)
	}
	return db.read.QueryContext(ctx, q, ordered...)
}

// Bounds of the statements that readers keep prepared: times that a text is asked
// before it is kept, texts kept, and texts counted.
const (
	frequentAsked = 16
	maxFrequent   = 128
	maxAsked      = 4096
)

// frequent returns the prepared statement of a text that is asked again and
// again, nil for the others. PostgreSQL's driver keeps its own. None is given up
// before the end: another goroutine may be using it.
func (db *DB) frequent(ctx context.Context, q string) *sql.Stmt {
	if db.Postgres {
		return nil
	}
	db.asking.Lock()
	defer db.asking.Unlock()
	if s := db.kept[q]; s != nil {
		return s
	}
	if len(db.kept) >= maxFrequent {
		return nil
	}
	if db.asked == nil || len(db.asked) >= maxAsked {
		db.asked = map[string]int{}
	}
	if db.asked[q]++; db.asked[q] < frequentAsked {
		return nil
	}
	s, err := db.read.PrepareContext(ctx, q)
	if err != nil { // asking without it says why
		return nil
	}
	if db.kept == nil {
		db.kept = map[string]*sql.Stmt{}
	}
	db.kept[q] = s
	delete(db.asked, q)
	return s
}

// readers is the number of queries that one task may run at the same time; the
// pool leaves as many to the others.
const readers = 4

// Readers returns the number of queries that one task may run at the same time.
func (db *DB) Readers() int {
	if db.inMemory() {
		return 1
	}
	return readers
}

func (db *DB) inMemory() bool { return db.read == db.write }

// A Tx is the write transaction in progress.
type Tx struct {
	db *DB
}

// Postgres says which engine runs the transaction.
func (tx *Tx) Postgres() bool { return tx.db.Postgres }

// Write runs fn in a transaction and commits it, or rolls everything back when
// fn fails or panics. fn must use tx only, never the DB.
//
// Errors: those of fn; Conflict with key store.full when the disk is full.
func (db *DB) Write(ctx context.Context, fn func(tx *Tx) error) (err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.begin(ctx); err != nil {
		return fmt.Errorf("store: begin: %w", diskFull(err))
	}
	done := false
	defer func() {
		if !done { // error or panic: undo, and start afresh with a new connection if that fails
			if _, rerr := db.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); rerr != nil {
				db.dropConn()
			}
		}
	}()
	if err := fn(&Tx{db}); err != nil {
		return diskFull(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := db.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("store: commit: %w", diskFull(err))
	}
	done = true
	return nil
}

func (db *DB) begin(ctx context.Context) error {
	start := []string{"BEGIN IMMEDIATE"}
	if db.Postgres {
		start = []string{"BEGIN", "SELECT pg_advisory_xact_lock(7310973)"} // one writer among all nodes
	}
	for attempt := 0; ; attempt++ {
		if db.conn == nil {
			c, err := db.write.Conn(context.WithoutCancel(ctx))
			if err != nil {
				return err
			}
			db.conn = c
		}
		if db.stmts == nil {
			db.stmts = map[string]*sql.Stmt{}
		}
		var err error
		for _, s := range start {
			if err == nil {
				_, err = db.conn.ExecContext(ctx, s)
			}
		}
		if err == nil {
			return nil
		}
		db.dropConn()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if attempt > 0 || !db.Postgres {
			return err
		}
	}
}

func (db *DB) dropConn() {
	for _, s := range db.stmts {
		s.Close()
	}
	db.stmts = nil
	if db.conn != nil && !db.inMemory() {
		db.conn.Close()
		db.conn = nil
	}
}

// Query implements Queryer inside the transaction.
func (tx *Tx) Query(ctx context.Context, query string, args map[string]any) (*sql.Rows, error) {
	q, ordered, err := tx.db.bind(query, args)
	if err != nil {
		return nil, err
	}
	s, err := tx.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, ordered...)
}

// Exec runs a statement and returns the number of rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args map[string]any) (int64, error) {
	q, ordered, err := tx.db.bind(query, args)
	if err != nil {
		return 0, err
	}
	s, err := tx.prepare(ctx, q)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, ordered...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// ExecSQL runs one statement without parameters and without keeping it
// prepared: for tables and indexes.
func (tx *Tx) ExecSQL(ctx context.Context, query string) error {
	_, err := tx.db.conn.ExecContext(ctx, query)
	return err
}

// maxStatements bounds the prepared statements kept on the writer.
const maxStatements = 2000

func (tx *Tx) prepare(ctx context.Context, q string) (*sql.Stmt, error) {
	if s := tx.db.stmts[q]; s != nil {
		return s, nil
	}
	if len(tx.db.stmts) >= maxStatements {
		for k, s := range tx.db.stmts {
			s.Close()
			delete(tx.db.stmts, k)
		}
	}
	s, err := tx.db.conn.PrepareContext(ctx, q)
	if err != nil {
		return nil, err
	}
	tx.db.stmts[q] = s
	return s, nil
}

// Guard runs queries of fn that may fail or last: within limit, and so that
// their failure leaves the transaction usable, which PostgreSQL does not do by
// itself. fn must only read, with the context it is given.
func (tx *Tx) Guard(ctx context.Context, limit time.Duration, fn func(ctx context.Context) error) error {
	if !tx.db.Postgres {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		return fn(limited)
	}
	// Cancelling a context would close the connection and lose the transaction.
	if err := tx.ExecSQL(ctx, fmt.Sprintf("SAVEPOINT guard; SET LOCAL statement_timeout = %d", limit.Milliseconds())); err != nil {
		return err
	}
	err := fn(ctx)
	after := "SET LOCAL statement_timeout = 0; RELEASE SAVEPOINT guard"
	if err != nil {
		after = "ROLLBACK TO SAVEPOINT guard; RELEASE SAVEPOINT guard"
	}
	return errors.Join(err, tx.ExecSQL(context.WithoutCancel(ctx), after))
}

// diskFull turns the engines' "no space" errors into one that people can read.
func diskFull(err error) error {
	if err == nil {
		return nil
	}
	s := err.Error()
	if strings.Contains(s, "SQLITE_FULL") || strings.Contains(s, "database or disk is full") || strings.Contains(s, "(SQLSTATE 53100)") {
		return &vigie.Error{Code: vigie.Conflict, Key: "store.full", Err: err}
	}
	return err
}

// Optimize lets SQLite renew the statistics that its planner works with, when
// they have aged; PostgreSQL does so by itself.
func (db *DB) Optimize(ctx context.Context) error {
	if db.Postgres {
		return nil
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if err := db.begin(ctx); err != nil {
		return err
	}
	_, err := db.conn.ExecContext(ctx, "COMMIT; PRAGMA analysis_limit = 2000; PRAGMA optimize")
	return err
}

// Count runs a query that returns one number.
func Count(ctx context.Context, q Queryer, query string, args map[string]any) (int64, error) {
	rows, err := q.Query(ctx, query, args)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var n sql.NullInt64
	if rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n.Int64, rows.Err()
}
