// Package identity says who uses Vigie and what each may do: accounts of people,
// whose roles come from the registers, and tokens of programs. Accounts obey the
// policy that they serve (9.11.1, 9.11.2, 9.11.6, 9.11.7).
package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A Role is what a token is for.
type Role string

// The roles, from the least to the most powerful of their kind.
const (
	Reader    Role = "reader"    // reads registers and verdicts
	Editor    Role = "editor"    // also changes records and imports files
	Committee Role = "committee" // also waives, excludes, sets parameters
	Admin     Role = "admin"     // also gives tokens and undoes imports of others
	Agent     Role = "agent"     // reports the facts of one machine, and nothing else
	Enrolment Role = "enrolment" // lets machines enrol, and nothing else

	Investigator Role = "investigator" // searches the events of machines, and nothing else
)

// An Action is something a role may or may not do.
type Action string

// The actions of the API.
const (
	Read       Action = "read"   // registers, findings, posture, history
	Write      Action = "write"  // records
	ImportFile Action = "import" // files into registers that may be written
	Decide     Action = "decide" // waivers, exclusions, parameters, editions of the policy
	Manage     Action = "manage" // tokens
	Report     Action = "report" // facts of a machine
	Enrol      Action = "enrol"  // a new machine
	Search     Action = "search" // the vault of traces, and evidence from it
)

// permissions is the whole table: what is not written is refused.
var permissions = map[Role][]Action{
	Reader:    {Read},
	Editor:    {Read, Write, ImportFile},
	Committee: {Read, Write, ImportFile, Decide},
	Admin:     {Read, Write, ImportFile, Decide, Manage},
	Agent:     {Report},
	Enrolment: {Enrol},

	Investigator: {Search},
}

// Roles are the names of the roles.
var Roles = []Role{Reader, Editor, Committee, Admin, Agent, Enrolment, Investigator}

// decisions are the registers that only the committee writes.
var decisions = []string{"waiver", "exclusion", "policy_parameter", "policy_edition", "policy_vote", "policy_review"}

// ToWrite returns the action that changing a register is.
func ToWrite(register string) Action {
	if slices.Contains(decisions, register) {
		return Decide
	}
	return Write
}

// A Token lets a program in until it ends. Its secret is shown once and only a
// hash of it is kept.
type Token struct {
	ID        string
	Name      string
	Role      Role
	Entities  []string // the only entities whose records it sees; all when empty
	Machine   string   // for role agent: the machine it speaks for
	CreatedAt time.Time
	EndsAt    time.Time
	RevokedAt *time.Time
}

// May says whether the token allows an action.
func (t Token) May(a Action) bool { return slices.Contains(permissions[t.Role], a) }

// Actor is how the token signs the history.
func (t Token) Actor() string { return "token:" + t.Name }

// Tables returns the tables of the package.
func Tables() []store.Table {
	return append([]store.Table{{Name: "token", Columns: []store.Column{
		{Name: "id", Type: store.TextColumn},
		{Name: "name", Type: store.TextColumn, NotNull: true},
		{Name: "role", Type: store.TextColumn, NotNull: true},
		{Name: "hash", Type: store.TextColumn, NotNull: true},
		{Name: "entities", Type: store.TextColumn, NotNull: true},
		{Name: "machine", Type: store.TextColumn, NotNull: true},
		{Name: "created_at", Type: store.IntColumn, NotNull: true},
		{Name: "created_by", Type: store.TextColumn, NotNull: true},
		{Name: "ends_at", Type: store.IntColumn, NotNull: true},
		{Name: "revoked_at", Type: store.IntColumn},
		{Name: "revoked_by", Type: store.TextColumn},
	}, Indexes: []string{"unique hash", "machine WHERE machine <> ''"}}}, userTables()...)
}

const prefix = "vigie_"

// maxLife bounds the life of a token.
const maxLife = 2 * 366 * 24 * time.Hour

// Issue makes a token and returns its secret. Name, Role, EndsAt, and Machine
// for an agent, are taken from t; by is who asks for it.
//
// Errors: Invalid.
func Issue(ctx context.Context, db *store.DB, t Token, by string, now time.Time) (secret string, _ Token, err error) {
	var faults []vigie.FieldError
	if n := strings.TrimSpace(t.Name); n == "" || len(n) > 100 {
		faults = append(faults, vigie.FieldError{Field: "name", Key: "token.name"})
	}
	if permissions[t.Role] == nil {
		faults = append(faults, vigie.FieldError{Field: "role", Key: "token.role", Args: []any{string(t.Role)}})
	}
	if !t.EndsAt.After(now) || t.EndsAt.Sub(now) > maxLife {
		faults = append(faults, vigie.FieldError{Field: "ends_on", Key: "token.end"})
	}
	if (t.Role == Agent) != (t.Machine != "") {
		faults = append(faults, vigie.FieldError{Field: "machine", Key: "token.machine"})
	}
	if len(faults) > 0 {
		return "", t, &vigie.Error{Code: vigie.Invalid, Key: "token.invalid", Fields: faults}
	}
	secret = prefix + random(32)
	t.ID, t.CreatedAt = random(10), now
	err = db.Write(ctx, func(tx *store.Tx) error {
		if t.Machine != "" { // a machine that enrols again leaves its former token
			if _, err := tx.Exec(ctx, "UPDATE token SET revoked_at = :at, revoked_by = :by WHERE machine = :m AND revoked_at IS NULL",
				map[string]any{"at": now.Unix(), "by": by, "m": t.Machine}); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO token (id, name, role, hash, entities, machine, created_at, created_by, ends_at)
			VALUES (:id, :name, :role, :hash, :entities, :machine, :at, :by, :ends)`,
			map[string]any{"id": t.ID, "name": t.Name, "role": string(t.Role), "hash": hash(secret), "entities": strings.Join(t.Entities, "\n"),
				"machine": t.Machine, "at": now.Unix(), "by": by, "ends": t.EndsAt.Unix()})
		return err
	})
	return secret, t, err
}

func random(bytes int) string {
	raw := make([]byte, bytes)
	rand.Read(raw)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

// hash needs no salt and no slowness: the secret is 256 random bits.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Authenticate returns the token of a secret.
//
// Errors: Forbidden when there is none, or when it ended or was revoked: the
// three look the same from outside.
func Authenticate(ctx context.Context, db *store.DB, secret string, now time.Time) (Token, error) {
	if strings.HasPrefix(secret, prefix) && len(secret) < 200 {
		list, err := tokens(ctx, db, " WHERE hash = :hash", map[string]any{"hash": hash(secret)})
		if err != nil {
			return Token{}, err
		}
		if len(list) == 1 && list[0].RevokedAt == nil && now.Before(list[0].EndsAt) {
			return list[0], nil
		}
	}
	return Token{}, &vigie.Error{Code: vigie.Forbidden, Key: "token.refused"}
}

// Tokens returns every token, the newest first.
func Tokens(ctx context.Context, db *store.DB) ([]Token, error) {
	return tokens(ctx, db, " ORDER BY created_at DESC, id", nil)
}

func tokens(ctx context.Context, db *store.DB, where string, args map[string]any) ([]Token, error) {
	rows, err := db.Query(ctx, "SELECT id, name, role, entities, machine, created_at, ends_at, revoked_at FROM token"+where, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Token{}
	for rows.Next() {
		var t Token
		var entities string
		var created, ends int64
		var revoked sql.NullInt64
		if err := rows.Scan(&t.ID, &t.Name, &t.Role, &entities, &t.Machine, &created, &ends, &revoked); err != nil {
			return nil, err
		}
		if entities != "" {
			t.Entities = strings.Split(entities, "\n")
		}
		t.CreatedAt, t.EndsAt = time.Unix(created, 0).UTC(), time.Unix(ends, 0).UTC()
		if revoked.Valid {
			at := time.Unix(revoked.Int64, 0).UTC()
			t.RevokedAt = &at
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// Revoke ends a token at once.
//
// Errors: NotFound.
func Revoke(ctx context.Context, db *store.DB, id, by string, now time.Time) error {
	return db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE token SET revoked_at = :at, revoked_by = :by WHERE id = :id AND revoked_at IS NULL", map[string]any{"at": now.Unix(), "by": by, "id": id})
		if err == nil && n == 0 {
			err = &vigie.Error{Code: vigie.NotFound, Key: "token.unknown", Args: []any{id}}
		}
		return err
	})
}
