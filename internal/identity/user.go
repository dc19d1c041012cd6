package identity

import (
	"context"
	"database/sql"
	"net/mail"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A User is somebody's account in Vigie. What it may do comes from the registers
// through Person, but for Admin and AuditorUntil.
type User struct {
	ID           string
	Email        string // in lower case; the login
	Name         string
	Person       string     // id in the register of people; "" for somebody who is not there
	Admin        bool       // administers Vigie
	AuditorUntil *vigie.Day // audits until that day included
	Lang         vigie.Lang // "" as the browser asks
	CreatedAt    time.Time
	DisabledAt   *time.Time
	PasswordAt   *time.Time // nil before the invitation is accepted
	TOTP         bool       // one-time codes are a second factor
	Passkeys     int        // that open the account

	hash     string // of the password
	secret   string // of the second factor
	lastStep int64  // of the last code accepted: none is accepted twice
}

// secondFactor says that a password alone does not open the account.
func (u User) secondFactor() bool { return u.TOTP || u.Passkeys > 0 }

// A Service is the accounts of people over one database.
type Service struct {
	DB  *store.DB
	Now func() time.Time

	// Rules returns the numbers of the policy that accounts obey.
	Rules func(ctx context.Context) (Rules, error)
}

const userColumns = "id, email, name, person, admin, auditor_until, lang, created_at, disabled_at, password_hash, password_at, totp_secret, totp_step, (SELECT COUNT(*) FROM user_passkey k WHERE k.user_id = user_account.id)"

func (s *Service) users(ctx context.Context, q store.Queryer, where string, args map[string]any) ([]User, error) {
	rows, err := q.Query(ctx, "SELECT "+userColumns+" FROM user_account "+where, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []User{}
	for rows.Next() {
		var u User
		var person, lang, hash, secret sql.NullString
		var auditor, disabled, password, step sql.NullInt64
		var created int64
		if err := rows.Scan(&u.ID, &u.Email, &u.Name, &person, &u.Admin, &auditor, &lang, &created, &disabled, &hash, &password, &secret, &step, &u.Passkeys); err != nil {
			return nil, err
		}
		u.Person, u.Lang, u.hash, u.secret, u.lastStep = person.String, vigie.Lang(lang.String), hash.String, secret.String, step.Int64
		u.TOTP = u.secret != ""
		u.CreatedAt = time.Unix(created, 0).UTC()
		if auditor.Valid {
			d := vigie.Day(auditor.Int64)
			u.AuditorUntil = &d
		}
		u.DisabledAt, u.PasswordAt = moment(disabled), moment(password)
		out = append(out, u)
	}
	return out, rows.Err()
}

func moment(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := time.Unix(n.Int64, 0).UTC()
	return &t
}

func (s *Service) user(ctx context.Context, q store.Queryer, where string, args map[string]any) (User, error) {
	list, err := s.users(ctx, q, where, args)
	if err == nil && len(list) == 0 {
		err = &vigie.Error{Code: vigie.NotFound, Key: "user.unknown"}
	}
	if err != nil {
		return User{}, err
	}
	return list[0], nil
}

// Users returns every account, by name.
func (s *Service) Users(ctx context.Context) ([]User, error) {
	return s.users(ctx, s.DB, "ORDER BY name, id", nil)
}

// User returns one account.
//
// Errors: NotFound.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	return s.user(ctx, s.DB, "WHERE id = :id", map[string]any{"id": id})
}

// Empty says that nobody has an account yet.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	n, err := store.Count(ctx, s.DB, "SELECT COUNT(*) FROM user_account", nil)
	return n == 0, err
}

// inviteLife is how long an enrolment link opens.
const inviteLife = 7 * 24 * time.Hour

// Invite makes an account, or renews the link of one, and returns the secret of
// its enrolment link, which opens once. The person is the one of the register
// with that address, if there is one. By is who invites.
//
// Errors: Invalid with the fields at fault; Conflict when the account is in use
// already.
func (s *Service) Invite(ctx context.Context, u User, by string) (link string, _ User, err error) {
	u.Email = strings.ToLower(strings.TrimSpace(u.Email))
	u.Name = strings.TrimSpace(u.Name)
	var faults []vigie.FieldError
	if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email || len(u.Email) > 254 {
		faults = append(faults, vigie.FieldError{Field: "email", Key: "field.email", Args: []any{u.Email}})
	}
	if u.Name == "" || len(u.Name) > 200 {
		faults = append(faults, vigie.FieldError{Field: "name", Key: "field.required"})
	}
	if len(faults) > 0 {
		return "", u, &vigie.Error{Code: vigie.Invalid, Key: "user.invalid", Fields: faults}
	}
	now := s.Now()
	link = random(32)
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		had, err := s.user(ctx, tx, "WHERE email = :email", map[string]any{"email": u.Email})
		switch {
		case vigie.CodeOf(err) == vigie.NotFound:
			people, err := texts(ctx, tx, "SELECT id FROM person WHERE email = :email", map[string]any{"email": u.Email})
			if err != nil {
				return err
			}
			if len(people) == 1 {
				u.Person = people[0]
			}
			u.ID, u.CreatedAt = "user-"+random(10), now
			if err := s.insert(ctx, tx, u, by); err != nil {
				return err
			}
		case err != nil:
			return err
		case had.PasswordAt != nil && had.DisabledAt == nil:
			return &vigie.Error{Code: vigie.Conflict, Key: "user.exists", Args: []any{u.Email}}
		default:
			had.Admin, had.AuditorUntil = u.Admin, u.AuditorUntil
			u = had
			if _, err := tx.Exec(ctx, "UPDATE user_account SET disabled_at = :none, admin = :admin, auditor_until = :auditor WHERE id = :id",
				map[string]any{"none": sql.Null[int64]{}, "admin": u.Admin, "auditor": day(u.AuditorUntil), "id": u.ID}); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "DELETE FROM user_invite WHERE user_id = :id", map[string]any{"id": u.ID}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, "INSERT INTO user_invite (hash, user_id, made_at, ends_at) VALUES (:hash, :user, :at, :ends)",
			map[string]any{"hash": hash(link), "user": u.ID, "at": now.Unix(), "ends": now.Add(inviteLife).Unix()}); err != nil {
			return err
		}
		return trace(ctx, tx, now, Event{Kind: "invited", Actor: by, Subject: u.Email})
	})
	return link, u, err
}

// Link makes an account that of the person of the register with its address.
//
// Errors: NotFound when there is no such person, or several; Conflict when the
// account is already that of somebody.
func (s *Service) Link(ctx context.Context, id, by string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := s.user(ctx, tx, "WHERE id = :id", map[string]any{"id": id})
		if err != nil {
			return err
		}
		if u.Person != "" {
			return &vigie.Error{Code: vigie.Conflict, Key: "user.linked", Args: []any{u.Email}}
		}
		people, err := texts(ctx, tx, "SELECT id FROM person WHERE email = :email", map[string]any{"email": u.Email})
		if err != nil {
			return err
		}
		if len(people) != 1 {
			return &vigie.Error{Code: vigie.NotFound, Key: "user.no_person", Args: []any{u.Email}}
		}
		if _, err := tx.Exec(ctx, "UPDATE user_account SET person = :person WHERE id = :id", map[string]any{"person": people[0], "id": id}); err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "linked", Actor: by, Subject: u.Email, Detail: people[0]})
	})
}

func day(d *vigie.Day) sql.Null[int64] {
	if d == nil {
		return sql.Null[int64]{}
	}
	return sql.Null[int64]{V: int64(*d), Valid: true}
}

func optional(s string) sql.Null[string] { return sql.Null[string]{V: s, Valid: s != ""} }

func (s *Service) insert(ctx context.Context, tx *store.Tx, u User, by string) error {
	_, err := tx.Exec(ctx, "INSERT INTO user_account (id, email, name, person, admin, auditor_until, lang, created_at, created_by) VALUES (:id, :email, :name, :person, :admin, :auditor, :lang, :at, :by)",
		map[string]any{"id": u.ID, "email": u.Email, "name": u.Name, "person": optional(u.Person), "admin": u.Admin, "auditor": day(u.AuditorUntil), "lang": optional(string(u.Lang)), "at": u.CreatedAt.Unix(), "by": by})
	return err
}

// Invited returns whom an enrolment link is for.
//
// Errors: NotFound when it never was, was used or has ended: the three look the
// same.
func (s *Service) Invited(ctx context.Context, link string) (User, error) {
	return s.invited(ctx, s.DB, link)
}

func (s *Service) invited(ctx context.Context, q store.Queryer, link string) (User, error) {
	u, err := s.user(ctx, q, "WHERE disabled_at IS NULL AND id IN (SELECT user_id FROM user_invite WHERE hash = :hash AND ends_at > :now)", map[string]any{"hash": hash(link), "now": s.Now().Unix()})
	if vigie.CodeOf(err) == vigie.NotFound {
		err = &vigie.Error{Code: vigie.NotFound, Key: "invite.refused"}
	}
	return u, err
}

// Accept sets the first password of whoever an enrolment link is for; the link
// opens no more.
//
// Errors: those of Invited and of the rules of passwords.
func (s *Service) Accept(ctx context.Context, link, password string) (User, error) {
	u, err := s.Invited(ctx, link)
	if err != nil {
		return u, err
	}
	sealed, err := s.accept(ctx, u, password)
	if err != nil {
		return u, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.invited(ctx, tx, link); err != nil { // somebody was faster
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM user_invite WHERE user_id = :id", map[string]any{"id": u.ID}); err != nil {
			return err
		}
		return s.keepPassword(ctx, tx, u, sealed, Event{Kind: "enrolled", Actor: u.Email, Subject: u.Email})
	})
	return u, err
}

// Renew gives an account in use a new enrolment link, for somebody who lost a
// password: the present one, the second factor and the sessions open no more.
//
// Errors: NotFound.
func (s *Service) Renew(ctx context.Context, email, by string) (link string, err error) {
	link = random(32)
	now := s.Now()
	return link, s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := s.user(ctx, tx, "WHERE email = :email AND disabled_at IS NULL", map[string]any{"email": clean(email)})
		if err != nil {
			return err
		}
		args := map[string]any{"id": u.ID, "none": sql.Null[string]{}, "never": sql.Null[int64]{}, "hash": hash(link), "at": now.Unix(), "ends": now.Add(inviteLife).Unix()}
		for _, q := range []string{
			"UPDATE user_account SET password_hash = :none, password_at = :never, totp_secret = :none WHERE id = :id", "DELETE FROM user_session WHERE user_id = :id",
			"DELETE FROM user_recovery WHERE user_id = :id", "DELETE FROM user_passkey WHERE user_id = :id", "DELETE FROM user_identity WHERE user_id = :id", "DELETE FROM user_invite WHERE user_id = :id", "INSERT INTO user_invite (hash, user_id, made_at, ends_at) VALUES (:hash, :id, :at, :ends)",
		} {
			if _, err := tx.Exec(ctx, q, args); err != nil {
				return err
			}
		}
		return trace(ctx, tx, now, Event{Kind: "invited", Actor: by, Subject: u.Email, Detail: "renewed"})
	})
}

// Disable closes an account and its sessions.
//
// Errors: NotFound.
func (s *Service) Disable(ctx context.Context, id, by string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := s.user(ctx, tx, "WHERE id = :id", map[string]any{"id": id})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE user_account SET disabled_at = :at WHERE id = :id", map[string]any{"at": s.Now().Unix(), "id": id}); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM user_session WHERE user_id = :id", map[string]any{"id": id}); err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "disabled", Actor: by, Subject: u.Email})
	})
}

// userTables are the tables of people's accounts.
func userTables() []store.Table {
	text := func(name string) store.Column { return store.Column{Name: name, Type: store.TextColumn} }
	number := func(name string) store.Column { return store.Column{Name: name, Type: store.IntColumn} }
	must := func(c store.Column) store.Column { c.NotNull = true; return c }
	return []store.Table{
		{Name: "user_account", Columns: []store.Column{text("id"), must(text("email")), must(text("name")), text("person"), {Name: "admin", Type: store.BoolColumn, NotNull: true}, number("auditor_until"), text("lang"),
			must(number("created_at")), must(text("created_by")), number("disabled_at"), text("password_hash"), number("password_at"), text("totp_secret"), number("totp_step"), number("seen_at")}, Indexes: []string{"unique email"}},
		{Name: "user_password", Columns: []store.Column{number("seq"), must(text("user_id")), must(text("hash")), must(number("set_at"))}, Indexes: []string{"user_id, seq"}},
		{Name: "user_invite", Columns: []store.Column{text("hash"), must(text("user_id")), must(number("made_at")), must(number("ends_at"))}, Indexes: []string{"user_id"}},
		{Name: "user_recovery", Columns: []store.Column{text("hash"), must(text("user_id"))}, Indexes: []string{"user_id"}},
		{Name: "user_session", Columns: []store.Column{text("hash"), must(text("id")), must(text("user_id")), must(text("level")), must(text("address")), must(text("agent")), must(number("made_at")), must(number("seen_at")),
			must(number("ends_at")), {Name: "locked", Type: store.BoolColumn, NotNull: true}, number("since")}, Indexes: []string{"user_id", "unique id"}},
		{Name: "user_passkey", Columns: []store.Column{text("id"), must(text("user_id")), must(text("name")), must(text("credential")), must(number("made_at")), number("used_at")}, Indexes: []string{"user_id"}},
		{Name: "user_identity", Columns: []store.Column{text("hash"), must(text("issuer")), must(text("subject")), must(text("user_id")), must(number("linked_at"))}, Indexes: []string{"user_id"}},
		{Name: "user_challenge", Columns: []store.Column{text("hash"), must(text("kind")), must(text("user_id")), must(text("data")), must(number("ends_at"))}, Indexes: []string{"ends_at"}},
		{Name: "login_attempt", Columns: []store.Column{text("key"), must(number("failures")), must(number("last_at")), must(number("until_at"))}},
		{Name: "identity_event", Columns: []store.Column{number("seq"), must(number("at")), must(text("kind")), must(text("actor")), must(text("subject")), must(text("detail")), must(text("address"))}, Indexes: []string{"at", "actor, seq", "subject, seq"}},
	}
}
