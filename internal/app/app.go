// Package app puts the parts together over one database: what every command,
// test and benchmark starts from.
package app

import (
	"context"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/policy"
)

// SchemaVersion grows when a migration does more than add tables, columns and
// indexes. A database of a later version is refused.
const SchemaVersion = 1

// An App is Vigie over one database.
type App struct {
	DB     *store.DB
	Book   *register.Book
	Engine *control.Engine
}

// Tables returns every table of Vigie.
func Tables() []store.Table {
	tables := append(append(register.Tables(), control.Tables()...), identity.Tables()...)
	for _, r := range catalog.All() {
		tables = append(tables, r.Table())
	}
	return tables
}

// Open opens the database, brings its tables up to date and loads the policy,
// with the company's own rules when policyDir is not empty.
//
// Errors: those of store.Open, store.Migrate and policy.Load; Invalid when a
// file of policyDir is not well formed. A rule whose SQL fails later is shown
// as broken instead.
func Open(ctx context.Context, dsn, policyDir string) (*App, error) {
	rules, err := policy.Load(policyDir)
	if err != nil {
		return nil, err
	}
	if policyDir != "" {
		if wrong := control.Lint(rules, catalog.All()); len(wrong) > 0 {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "policy.lint", Args: []any{policyDir, strings.Join(wrong, "\n")}}
		}
	}
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx, db, SchemaVersion, Tables()); err != nil {
		db.Close()
		return nil, err
	}
	return New(db, rules), nil
}

// New returns Vigie over a database whose tables exist, with these rules.
func New(db *store.DB, rules []*policy.Rule) *App {
	engine := control.NewEngine(db, catalog.All(), rules)
	return &App{DB: db, Engine: engine, Book: register.NewBook(db, catalog.All(), engine)}
}

// Accounts returns the accounts of people, which obey the parameters of the
// policy in force.
func (a *App) Accounts(now func() time.Time) *identity.Service {
	return &identity.Service{DB: a.DB, Now: now, Rules: a.accountRules}
}

func (a *App) accountRules(ctx context.Context) (identity.Rules, error) {
	params, err := a.Engine.InForce(ctx)
	if err != nil {
		return identity.Rules{}, err
	}
	r := identity.Defaults
	for name, to := range map[string]*int{
		"password_min_length": &r.MinLength, "password_min_classes": &r.MinClasses, "password_long_length": &r.LongLength, "password_long_classes": &r.LongClasses,
		"password_privileged_length": &r.PrivilegedLength, "password_history": &r.History, "lockout_attempts": &r.Attempts, "lockout_minutes": &r.LockoutMinutes,
		"password_max_age_days": &r.MaxAgeDays, "privileged_max_age_days": &r.PrivilegedMaxAgeDays, "idle_lock_minutes": &r.IdleMinutes,
	} {
		if p, ok := params[name]; ok {
			*to = int(p.Value)
		}
	}
	return r, nil
}

// Close releases the database.
func (a *App) Close() error { return a.DB.Close() }
