package control

import (
	"context"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A Movement is how many findings opened and closed between two instants.
type Movement struct{ Opened, Closed int64 }

// Movement counts the findings that opened and closed after an instant and until
// another, in a scope. One that did both counts for neither.
func (e *Engine) Movement(ctx context.Context, after, until time.Time, scope register.Scope) (m Movement, err error) {
	args := map[string]any{"after": after.Unix(), "until": until.Unix()}
	seen := ""
	if scope.Limits() {
		seen = " AND (" + e.scope(scope, args) + ")"
	}
	rows, err := e.db.Query(ctx, `SELECT (SELECT COUNT(*) FROM finding f WHERE f.opened_at > :after AND f.opened_at <= :until AND (f.closed_at IS NULL OR f.closed_at > :until)`+seen+`),
		(SELECT COUNT(*) FROM finding f WHERE f.closed_at > :after AND f.closed_at <= :until AND f.opened_at <= :after`+seen+`)`, args)
	if err != nil {
		return m, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&m.Opened, &m.Closed)
	}
	if err == nil {
		err = rows.Err()
	}
	return m, err
}

// A Turn is a verdict that gave way to another.
type Turn struct {
	Rule     vigie.RuleID
	From, To vigie.Verdict // From is "" at the first judgement
	At       time.Time
}

// Turns returns the verdicts that changed after an instant and until another,
// the newest first, at most limit.
func (e *Engine) Turns(ctx context.Context, after, until time.Time, limit int) ([]Turn, error) {
	rows, err := e.db.Query(ctx, `SELECT v.rule, v.verdict, v.from_at, COALESCE((SELECT o.verdict FROM verdict o WHERE o.rule = v.rule AND o.to_at = v.from_at AND o.seq < v.seq ORDER BY o.seq DESC LIMIT 1), '')
		FROM verdict v WHERE v.from_at > :after AND v.from_at <= :until ORDER BY v.from_at DESC, v.seq DESC LIMIT :limit`, map[string]any{"after": after.Unix(), "until": until.Unix(), "limit": limit})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Turn{}
	for rows.Next() {
		var t Turn
		var at int64
		if err := rows.Scan(&t.Rule, &t.To, &at, &t.From); err != nil {
			return nil, err
		}
		t.At = time.Unix(at, 0).UTC()
		out = append(out, t)
	}
	return out, rows.Err()
}
