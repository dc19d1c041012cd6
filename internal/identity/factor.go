package identity

import (
	"context"
	"database/sql"
	"encoding/base32"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"rsc.io/qr"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A Setup is a second factor that is being set: nothing is kept until a code of
// it is given back.
type Setup struct {
	Secret string // to type when the image cannot be read
	URL    string // otpauth://
	Image  []byte // the URL as a PNG
}

// issuer names Vigie in applications of one-time codes.
const issuer = "Vigie"

// secretBytes is the length of the secret of a second factor (RFC 4226, 4).
const secretBytes = 20

// NewFactor begins to set the second factor of a user.
func (s *Service) NewFactor(u User) (Setup, error) {
	return setup(totp.GenerateOpts{Issuer: issuer, AccountName: u.Email, SecretSize: secretBytes})
}

// SameFactor goes on setting the second factor of a user after a wrong code, with
// the secret that the application holds already; another one when it is no secret
// of ours.
func (s *Service) SameFactor(u User, secret string) (Setup, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return s.NewFactor(u)
	}
	return setup(totp.GenerateOpts{Issuer: issuer, AccountName: u.Email, Secret: raw})
}

func setup(opts totp.GenerateOpts) (Setup, error) {
	key, err := totp.Generate(opts)
	if err != nil {
		return Setup{}, err
	}
	code, err := qr.Encode(key.URL(), qr.M)
	if err != nil {
		return Setup{}, err
	}
	return Setup{Secret: key.Secret(), URL: key.URL(), Image: code.PNG()}, nil
}

// recoveryCodes is how many are given.
const recoveryCodes = 10

// SetFactor keeps a second factor once a code of it is given, and returns the
// recovery codes, shown once, with the new secret of the cookie.
//
// Errors: Invalid with key factor.wrong.
func (s *Service) SetFactor(ctx context.Context, session *Session, secret, code string) (codes []string, cookie string, err error) {
	step, ok := stepOf(secret, code, s.Now())
	if !ok {
		return nil, "", &vigie.Error{Code: vigie.Invalid, Key: "factor.wrong"}
	}
	for range recoveryCodes {
		c := random(10)
		codes = append(codes, c[:8]+"-"+c[8:])
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		args := map[string]any{"id": session.User.ID, "secret": secret, "step": step}
		if _, err := tx.Exec(ctx, "UPDATE user_account SET totp_secret = :secret, totp_step = :step WHERE id = :id", args); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM user_recovery WHERE user_id = :id", args); err != nil {
			return err
		}
		for _, c := range codes {
			if _, err := tx.Exec(ctx, "INSERT INTO user_recovery (hash, user_id) VALUES (:hash, :id)", map[string]any{"hash": hash(session.User.ID + c), "id": session.User.ID}); err != nil {
				return err
			}
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "factor", Actor: session.User.Email, Subject: session.User.Email, Address: session.Address})
	})
	if err != nil {
		return nil, "", err
	}
	cookie, err = s.upgrade(ctx, session)
	return codes, cookie, err
}

// stepOf returns the step of the clock whose code was given, now or one step
// around it.
func stepOf(secret, code string, now time.Time) (int64, bool) {
	const period = 30
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for _, around := range []int64{0, -1, 1} {
		at := now.Add(time.Duration(around) * period * time.Second)
		if ok, err := totp.ValidateCustom(code, secret, at, totp.ValidateOpts{Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}); err == nil && ok {
			return at.Unix() / period, true
		}
	}
	return 0, false
}

// Factor gives the second factor of a session that waits for it: a code, which
// serves once, or a recovery code. It returns the new secret of the cookie.
//
// Errors: as Login.
func (s *Service) Factor(ctx context.Context, cookie, code string) (string, error) {
	session, err := s.Authenticate(ctx, cookie)
	if session == nil || session.Locked {
		return "", err
	}
	var used func(tx *store.Tx) (bool, error)
	step, isCode := stepOf(session.User.secret, code, s.Now())
	if isCode {
		used = func(tx *store.Tx) (bool, error) {
			n, err := tx.Exec(ctx, "UPDATE user_account SET totp_step = :step WHERE id = :id AND COALESCE(totp_step, 0) < :step", map[string]any{"step": step, "id": session.User.ID})
			return n == 1, err
		}
	} else {
		typed := hash(session.User.ID + strings.ToLower(strings.TrimSpace(code)))
		used = func(tx *store.Tx) (bool, error) {
			n, err := tx.Exec(ctx, "DELETE FROM user_recovery WHERE hash = :hash AND user_id = :id", map[string]any{"hash": typed, "id": session.User.ID})
			return n == 1, err
		}
	}
	var failure error
	err = s.guess(ctx, session.User.Email, session.Address, func() bool {
		ok := false
		failure = s.DB.Write(ctx, func(tx *store.Tx) (err error) {
			ok, err = used(tx)
			return err
		})
		return ok
	})
	if failure != nil {
		return "", failure
	}
	if err != nil {
		return "", err
	}
	return s.upgrade(ctx, session)
}

// RecoveryLeft returns how many recovery codes a user still has.
func (s *Service) RecoveryLeft(ctx context.Context, user string) (int64, error) {
	return store.Count(ctx, s.DB, "SELECT COUNT(*) FROM user_recovery WHERE user_id = :id", map[string]any{"id": user})
}

// DropFactor removes the second factor of a user, who lost it; by is the
// administrator who does.
func (s *Service) DropFactor(ctx context.Context, u User, by string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		args := map[string]any{"id": u.ID, "none": sql.Null[string]{}}
		for _, q := range []string{"UPDATE user_account SET totp_secret = :none WHERE id = :id", "DELETE FROM user_recovery WHERE user_id = :id", "DELETE FROM user_session WHERE user_id = :id"} {
			if _, err := tx.Exec(ctx, q, args); err != nil {
				return err
			}
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "factor", Actor: by, Subject: u.Email, Detail: "removed"})
	})
}

// clean is an address as it is compared.
func clean(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
