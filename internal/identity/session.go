package identity

import (
	"context"
	"database/sql"
	"slices"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A Session is somebody signed in on one browser.
type Session struct {
	ID      string // names it in lists; opens nothing
	User    User
	Address string
	Agent   string
	MadeAt  time.Time
	SeenAt  time.Time
	EndsAt  time.Time
	Since   time.Time // when the person was last seen before this session; zero at the first one
	Locked  bool

	Standing        // what the person is and may do, today
	level    string // password until the second factor is given, then full
}

// sessionLife is how long one signs in for.
const sessionLife = 12 * time.Hour

// seenEvery is how often a session in use is written.
const seenEvery = time.Minute

// The levels of a session.
const (
	levelPassword = "password" // something is still wanted of who needs a second factor
	levelFull     = "full"
	levelStrong   = "strong" // two factors at once: a passkey, or a provider that is trusted for that
)

// A Step is what is left to do after a password was accepted.
type Step string

// The steps.
const (
	Done           Step = ""
	SecondFactor   Step = "factor"
	EnrolFactor    Step = "enrol"
	ChangePassword Step = "password"
)

// From is where a request comes from.
type From struct {
	Address string // of the network
	Agent   string // of the browser, as it says
}

// Login opens a session for whoever has that address and password, and returns
// the secret of its cookie. Until Step is Done the session opens nothing else.
//
// Errors: Forbidden with key login.refused, the same for a wrong password, an
// unknown address, a closed account and somebody who left; login.wait, with a
// number of seconds, after several failures.
func (s *Service) Login(ctx context.Context, email, password string, from From) (cookie string, next Step, err error) {
	email = clean(email)
	u, err := s.user(ctx, s.DB, "WHERE email = :email AND disabled_at IS NULL AND password_hash IS NOT NULL", map[string]any{"email": email})
	if err != nil && vigie.CodeOf(err) != vigie.NotFound {
		return "", "", err
	}
	known := err == nil
	st, err := standing(ctx, s.DB, u, s.Now())
	if err != nil {
		return "", "", err
	}
	err = s.guess(ctx, email, from.Address, func() bool {
		if !known {
			return matches(nobody, password) && false
		}
		return matches(u.hash, password) && !st.Left
	})
	if err != nil {
		return "", "", err
	}
	level := levelFull
	if u.secondFactor() || st.Has(secondFactor...) {
		level = levelPassword
	}
	return s.enter(ctx, u, level, from)
}

// next turns what is left to do into a step.
func (session *Session) next(err error) (Step, error) {
	if e, ok := err.(*vigie.Error); ok {
		switch e.Key {
		case "session.factor":
			return SecondFactor, nil
		case "session.enrol":
			return EnrolFactor, nil
		case "session.password":
			return ChangePassword, nil
		}
	}
	return Done, err
}

// open keeps a new session: its secret is new, whatever the browser had before.
func (s *Service) open(ctx context.Context, u User, level string, from From) (string, error) {
	cookie := random(32)
	now := s.Now()
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM user_session WHERE ends_at <= :now", map[string]any{"now": now.Unix()}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "INSERT INTO user_session (hash, id, user_id, level, address, agent, made_at, seen_at, ends_at, locked, since) VALUES (:hash, :id, :user, :level, :address, :agent, :now, :now, :ends, FALSE, (SELECT u.seen_at FROM user_account u WHERE u.id = :user))",
			map[string]any{"hash": hash(cookie), "id": random(10), "user": u.ID, "level": level, "address": bounded(from.Address), "agent": bounded(from.Agent), "now": now.Unix(), "ends": now.Add(sessionLife).Unix()})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE user_account SET seen_at = :now WHERE id = :user", map[string]any{"user": u.ID, "now": now.Unix()}); err != nil {
			return err
		}
		return trace(ctx, tx, now, Event{Kind: "login", Actor: u.Email, Subject: u.Email, Detail: level, Address: from.Address})
	})
	return cookie, err
}

func bounded(s string) string {
	if len(s) > 200 {
		return s[:200]
	}
	return s
}

// Authenticate returns the session of a cookie.
//
// Errors: Forbidden with key session.none; with the session, session.locked
// when it was idle too long, session.factor or session.enrol when the second
// factor is missing, session.password when the password has expired.
func (s *Service) Authenticate(ctx context.Context, cookie string) (*Session, error) {
	return s.authenticate(ctx, cookie, true)
}

// Look is Authenticate for what a page does by itself: the person is not seen,
// and the session still locks when idle.
func (s *Service) Look(ctx context.Context, cookie string) (*Session, error) {
	return s.authenticate(ctx, cookie, false)
}

func (s *Service) authenticate(ctx context.Context, cookie string, seen bool) (*Session, error) {
	none := &vigie.Error{Code: vigie.Forbidden, Key: "session.none"}
	if len(cookie) < 40 || len(cookie) > 100 {
		return nil, none
	}
	now := s.Now()
	list, err := s.sessions(ctx, s.DB, "WHERE hash = :hash AND ends_at > :now", map[string]any{"hash": hash(cookie), "now": now.Unix()})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, none
	}
	session := &list[0]
	if session.User, err = s.User(ctx, session.User.ID); err != nil {
		return nil, none
	}
	if session.Standing, err = standing(ctx, s.DB, session.User, now); err != nil {
		return nil, err
	}
	if session.Left || session.User.DisabledAt != nil {
		return nil, none
	}
	rules, err := s.Rules(ctx)
	if err != nil {
		return nil, err
	}
	privileged := session.Has(secondFactor...)
	if !session.Locked && now.Sub(session.SeenAt) > time.Duration(rules.IdleMinutes)*time.Minute {
		session.Locked = true
	}
	switch {
	case session.Locked:
		return session, s.mark(ctx, session, "locked = TRUE", &vigie.Error{Code: vigie.Forbidden, Key: "session.locked"})
	case session.level == levelPassword && session.User.secondFactor():
		return session, &vigie.Error{Code: vigie.Forbidden, Key: "session.factor"}
	case session.level == levelPassword || privileged && !session.User.secondFactor() && session.level != levelStrong:
		return session, &vigie.Error{Code: vigie.Forbidden, Key: "session.enrol"}
	case rules.expired(session.User, privileged, now):
		return session, &vigie.Error{Code: vigie.Forbidden, Key: "session.password"}
	}
	if seen && now.Sub(session.SeenAt) >= seenEvery {
		return session, s.mark(ctx, session, "seen_at = :now", nil)
	}
	return session, nil
}

// mark writes something of a session, then returns an error.
func (s *Service) mark(ctx context.Context, session *Session, set string, then error) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		args := map[string]any{"id": session.ID, "now": s.Now().Unix()}
		if _, err := tx.Exec(ctx, "UPDATE user_session SET "+set+" WHERE id = :id", args); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE user_account SET seen_at = (SELECT x.seen_at FROM user_session x WHERE x.id = :id) WHERE id = (SELECT x.user_id FROM user_session x WHERE x.id = :id)", map[string]any{"id": session.ID})
		return err
	})
	if err != nil {
		return err
	}
	return then
}

func (s *Service) sessions(ctx context.Context, q store.Queryer, where string, args map[string]any) ([]Session, error) {
	rows, err := q.Query(ctx, "SELECT id, user_id, level, address, agent, made_at, seen_at, ends_at, locked, since FROM user_session "+where, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Session{}
	for rows.Next() {
		var x Session
		var made, seen, ends int64
		var since sql.NullInt64
		if err := rows.Scan(&x.ID, &x.User.ID, &x.level, &x.Address, &x.Agent, &made, &seen, &ends, &x.Locked, &since); err != nil {
			return nil, err
		}
		x.MadeAt, x.SeenAt, x.EndsAt = time.Unix(made, 0).UTC(), time.Unix(seen, 0).UTC(), time.Unix(ends, 0).UTC()
		if since.Valid {
			x.Since = time.Unix(since.Int64, 0).UTC()
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// Sessions returns the sessions of a user that are not over, the newest first.
func (s *Service) Sessions(ctx context.Context, user string) ([]Session, error) {
	return s.sessions(ctx, s.DB, "WHERE user_id = :user AND ends_at > :now ORDER BY made_at DESC, id", map[string]any{"user": user, "now": s.Now().Unix()})
}

// Revoke ends a session of a user, named by its id.
//
// Errors: NotFound, also for a session of somebody else.
func (s *Service) Revoke(ctx context.Context, u User, id string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, "DELETE FROM user_session WHERE id = :id AND user_id = :user", map[string]any{"id": id, "user": u.ID})
		if err == nil && n == 0 {
			err = &vigie.Error{Code: vigie.NotFound, Key: "session.unknown"}
		}
		if err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "revoked", Actor: u.Email, Subject: id})
	})
}

// Logout ends the session of a cookie; one that opens nothing is no error.
func (s *Service) Logout(ctx context.Context, cookie string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		list, err := s.sessions(ctx, tx, "WHERE hash = :hash", map[string]any{"hash": hash(cookie)})
		if err != nil || len(list) == 0 {
			return err
		}
		u, err := s.user(ctx, tx, "WHERE id = :id", map[string]any{"id": list[0].User.ID})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM user_session WHERE hash = :hash", map[string]any{"hash": hash(cookie)}); err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "logout", Actor: u.Email, Subject: u.Email, Address: list[0].Address})
	})
}

// Unlock gives a locked session back to whoever has its password.
//
// Errors: as Login.
func (s *Service) Unlock(ctx context.Context, cookie, password string) error {
	session, err := s.Authenticate(ctx, cookie)
	if session == nil {
		return err
	}
	if !session.Locked {
		return nil
	}
	if err := s.guess(ctx, session.User.Email, session.Address, func() bool { return matches(session.User.hash, password) }); err != nil {
		return err
	}
	return s.mark(ctx, session, "locked = FALSE, seen_at = :now", nil)
}

// guess lets a secret be tried, and counts failures by account and by address:
// the wait grows, and the account locks as the policy says. It is the same for
// accounts that do not exist.
//
// Errors: Forbidden, login.refused or login.wait.
func (s *Service) guess(ctx context.Context, email, address string, try func() bool) error {
	rules, err := s.Rules(ctx)
	if err != nil {
		return err
	}
	keys := []string{"email:" + hash(email), "address:" + hash(address)}
	now := s.Now()
	for _, key := range keys {
		until, err := store.Count(ctx, s.DB, "SELECT COALESCE(MAX(until_at), 0) FROM login_attempt WHERE key = :key", map[string]any{"key": key})
		if err != nil {
			return err
		}
		if wait := until - now.Unix(); wait > 0 {
			return &vigie.Error{Code: vigie.Forbidden, Key: "login.wait", Args: []any{wait}}
		}
	}
	ok := try()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if ok {
			_, err := tx.Exec(ctx, "DELETE FROM login_attempt WHERE key = :key", map[string]any{"key": keys[0]})
			return err
		}
		for i, key := range keys {
			failures, err := store.Count(ctx, tx, "SELECT COALESCE(MAX(failures), 0) FROM login_attempt WHERE key = :key AND last_at > :since", map[string]any{"key": key, "since": now.Add(-24 * time.Hour).Unix()})
			if err != nil {
				return err
			}
			failures++
			attempts := int64(rules.Attempts)
			if i == 1 { // many people may share an address
				attempts *= 10
			}
			until := now.Add(delay(failures, attempts, time.Duration(rules.LockoutMinutes)*time.Minute)).Unix()
			if _, err := tx.Exec(ctx, "INSERT INTO login_attempt (key, failures, last_at, until_at) VALUES (:key, :n, :now, :until) ON CONFLICT (key) DO UPDATE SET failures = :n, last_at = :now, until_at = :until",
				map[string]any{"key": key, "n": failures, "now": now.Unix(), "until": until}); err != nil {
				return err
			}
			if i == 0 && failures == attempts {
				if err := trace(ctx, tx, now, Event{Kind: "locked", Actor: email, Subject: email, Address: address}); err != nil {
					return err
				}
			}
		}
		return trace(ctx, tx, now, Event{Kind: "refused", Actor: bounded(email), Subject: bounded(email), Address: address})
	})
	if err == nil && !ok {
		err = &vigie.Error{Code: vigie.Forbidden, Key: "login.refused"}
	}
	return err
}

// delay is how long to wait after so many failures: nothing for the first ones,
// then seconds that double, then the lockout, which doubles up to a day.
func delay(failures, attempts int64, lockout time.Duration) time.Duration {
	if failures >= attempts {
		return min(lockout<<min(failures-attempts, 20), 24*time.Hour)
	}
	if early := attempts / 3; failures > early {
		return min(time.Second<<min(failures-early-1, 6), time.Minute)
	}
	return 0
}

// Upgrade gives a session the level of its second factor, under a new secret.
func (s *Service) upgrade(ctx context.Context, session *Session) (string, error) {
	cookie := random(32)
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE user_session SET hash = :hash, level = :level, seen_at = :now WHERE id = :id", map[string]any{"hash": hash(cookie), "level": levelFull, "now": s.Now().Unix(), "id": session.ID})
		return err
	})
	return cookie, err
}

// Privileged says whether the session is of somebody who signs in with two
// factors.
func (session *Session) Privileged() bool {
	return slices.ContainsFunc(secondFactor, func(r PersonRole) bool { return session.Has(r) })
}
