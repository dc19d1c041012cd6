package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"golang.org/x/crypto/argon2"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// Rules are the numbers of the policy that accounts obey (9.11.6, 9.11.7).
type Rules struct {
	MinLength, MinClasses   int // an accepted set
	LongLength, LongClasses int // the other one
	PrivilegedLength        int // for those who sign in with two factors
	History                 int // former passwords refused
	Attempts                int // before the account is locked
	LockoutMinutes          int // the first time; it doubles
	MaxAgeDays              int
	PrivilegedMaxAgeDays    int
	IdleMinutes             int // before a session locks
}

// Defaults are the numbers of the policy when the committee set none.
var Defaults = Rules{MinLength: 12, MinClasses: 4, LongLength: 14, LongClasses: 3, PrivilegedLength: 16, History: 5, Attempts: 10, LockoutMinutes: 1, MaxAgeDays: 1095, PrivilegedMaxAgeDays: 365, IdleMinutes: 15}

// maxPassword bounds a password, in bytes: far above what anybody types.
const maxPassword = 1000

// argon2id as its authors advise for servers: two passes over 19 MiB.
const (
	argonTime    = 2
	argonMemory  = 19 << 10 // KiB
	argonThreads = 1
	argonKey     = 32
)

// hashing bounds the memory that guesses at passwords can take.
var hashing = make(chan struct{}, 2)

// argon is argon2id; tests count what it is asked.
var argon = argon2.IDKey

func derive(password string, salt []byte, time, memory uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon([]byte(password), salt, time, memory, argonThreads, argonKey)
}

// seal returns what is kept of a password.
func seal(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, b64(salt), b64(derive(password, salt, argonTime, argonMemory)))
}

// matches says whether sealed was made of password.
func matches(sealed, password string) bool {
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(sealed, "$")
	if len(parts) != 6 || len(password) > maxPassword {
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) != argonKey {
		return false
	}
	return subtle.ConstantTimeCompare(derive(password, salt, passes, memory), want) == 1
}

// nobody is what the password of an account that does not exist is compared
// with: the answer takes as long.
var nobody = seal("nobody has this password")

// A Strength is what is said of a password while it is typed.
type Strength struct {
	Score  int  // 0 (found at once) to 4 (strong)
	Fits   bool // is in an accepted set
	Advice string
	Args   []any // of the sentence that Advice names
}

// frequent are words of French passwords, which the dictionaries of the library
// lack.
var frequent = []string{"motdepasse", "motdepass", "azerty", "azertyuiop", "qsdfghjklm", "bonjour", "soleil", "doudou", "loulou", "chouchou", "nicolas", "camille", "thomas", "marseille", "paris", "france",
	"bienvenue", "administrateur", "securite", "entreprise", "janvier", "fevrier", "mars", "avril", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "printemps", "automne", "hiver"}

// Strength judges a password for somebody, whose own words make it weaker.
func (r Rules) Strength(password string, privileged bool, own ...string) Strength {
	s := Strength{Score: zxcvbn.PasswordStrength(truncate(password), append(own, frequent...)).Score}
	length, classes := utf8.RuneCountInString(password), classesOf(password)
	short := r.MinLength
	if privileged {
		short = max(short, r.PrivilegedLength)
	}
	set := length >= r.MinLength && classes >= r.MinClasses || length >= r.LongLength && classes >= r.LongClasses
	switch {
	case length < short:
		s.Advice, s.Args = "password.too_short", []any{short}
	case !set:
		s.Advice, s.Args = "password.too_simple", []any{r.MinLength, r.MinClasses, r.LongLength, r.LongClasses}
	case s.Score < 3:
		s.Advice = "password.guessable"
	default:
		s.Fits, s.Advice = true, "password.good"
	}
	return s
}

// truncate bounds what is looked at closely: the rest adds strength anyway.
func truncate(s string) string {
	if len(s) > 100 {
		return s[:100]
	}
	return s
}

// classesOf counts the kinds of characters: small and capital letters, digits,
// others.
func classesOf(s string) (n int) {
	var lower, upper, digit, other bool
	for _, r := range s {
		switch {
		case unicode.IsLower(r):
			lower = true
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsDigit(r):
			digit = true
		default:
			other = true
		}
	}
	for _, has := range []bool{lower, upper, digit, other} {
		if has {
			n++
		}
	}
	return n
}

// accept checks a new password of u against the rules and its history, and
// returns what to keep of it.
//
// Errors: Invalid with key password.refused and what is wrong in Fields.
func (s *Service) accept(ctx context.Context, u User, password string) (string, error) {
	refuse := func(key string, args ...any) error {
		return &vigie.Error{Code: vigie.Invalid, Key: "password.refused", Fields: []vigie.FieldError{{Field: "password", Key: key, Args: args}}}
	}
	rules, err := s.Rules(ctx)
	if err != nil {
		return "", err
	}
	if len(password) > maxPassword {
		return "", refuse("field.too_long", maxPassword)
	}
	st, err := standing(ctx, s.DB, u, s.Now())
	if err != nil {
		return "", err
	}
	if strength := rules.Strength(password, st.Has(secondFactor...), u.Email, u.Name, "vigie"); !strength.Fits {
		return "", refuse(strength.Advice, strength.Args...)
	}
	former, err := texts(ctx, s.DB, "SELECT hash FROM user_password WHERE user_id = :id ORDER BY seq DESC LIMIT :n", map[string]any{"id": u.ID, "n": rules.History})
	if err != nil {
		return "", err
	}
	for _, h := range former {
		if matches(h, password) {
			return "", refuse("password.former", rules.History)
		}
	}
	return seal(password), nil
}

// keepPassword makes sealed the password of u, and leaves a trace.
func (s *Service) keepPassword(ctx context.Context, tx *store.Tx, u User, sealed string, e Event) error {
	now := s.Now()
	args := map[string]any{"id": u.ID, "hash": sealed, "at": now.Unix()}
	if _, err := tx.Exec(ctx, "UPDATE user_account SET password_hash = :hash, password_at = :at WHERE id = :id", args); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO user_password (user_id, hash, set_at) VALUES (:id, :hash, :at)", args); err != nil {
		return err
	}
	return trace(ctx, tx, now, e)
}

// expired says whether the password of u is too old.
func (r Rules) expired(u User, privileged bool, now time.Time) bool {
	days := r.MaxAgeDays
	if privileged {
		days = min(days, r.PrivilegedMaxAgeDays)
	}
	return u.PasswordAt != nil && now.Sub(*u.PasswordAt) > time.Duration(days)*24*time.Hour
}

// ChangePassword replaces the password of the person of a session, who types the
// present one; the other sessions end.
//
// Errors: Invalid with the field at fault.
func (s *Service) ChangePassword(ctx context.Context, session *Session, present, password string) error {
	u, err := s.User(ctx, session.User.ID)
	if err != nil {
		return err
	}
	if err := s.guess(ctx, u.Email, session.Address, func() bool { return matches(u.hash, present) }); err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "password.refused", Fields: []vigie.FieldError{{Field: "present", Key: "password.wrong"}}, Err: err}
	}
	sealed, err := s.accept(ctx, u, password)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM user_session WHERE user_id = :user AND id <> :id", map[string]any{"user": u.ID, "id": session.ID}); err != nil {
			return err
		}
		return s.keepPassword(ctx, tx, u, sealed, Event{Kind: "password", Actor: u.Email, Subject: u.Email, Address: session.Address})
	})
}
