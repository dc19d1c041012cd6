package identity

import (
	"context"
	"time"

	"vigie.example/internal/store"
)

// An Event is something that people did with Vigie and that leaves a trace
// (9.11.2, 9.11.3): a login, a refusal, a reading of a level 3 or 4 record, an
// export, a change of right.
type Event struct {
	At      time.Time
	Kind    string // login, refused, locked, logout, invited, enrolled, linked, disabled, password, factor, passkey, revoked, read, export, search
	Actor   string // who
	Subject string // of whom or of what
	Detail  string
	Address string // where from
}

// Trace keeps an event.
func (s *Service) Trace(ctx context.Context, e Event) error {
	return Trace(ctx, s.DB, s.Now(), e)
}

// Trace keeps an event of a program.
func Trace(ctx context.Context, db *store.DB, at time.Time, e Event) error {
	return db.Write(ctx, func(tx *store.Tx) error { return trace(ctx, tx, at, e) })
}

func trace(ctx context.Context, tx *store.Tx, at time.Time, e Event) error {
	_, err := tx.Exec(ctx, "INSERT INTO identity_event (at, kind, actor, subject, detail, address) VALUES (:at, :kind, :actor, :subject, :detail, :address)",
		map[string]any{"at": at.Unix(), "kind": e.Kind, "actor": e.Actor, "subject": e.Subject, "detail": e.Detail, "address": e.Address})
	return err
}

// Events returns the last events, the newest first.
func (s *Service) Events(ctx context.Context, limit int) ([]Event, error) {
	rows, err := s.DB.Query(ctx, "SELECT at, kind, actor, subject, detail, address FROM identity_event ORDER BY seq DESC LIMIT :limit", map[string]any{"limit": limit})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Event{}
	for rows.Next() {
		var e Event
		var at int64
		if err := rows.Scan(&at, &e.Kind, &e.Actor, &e.Subject, &e.Detail, &e.Address); err != nil {
			return nil, err
		}
		e.At = time.Unix(at, 0).UTC()
		out = append(out, e)
	}
	return out, rows.Err()
}
