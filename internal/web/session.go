package web

import (
	"context"
	"slices"
	"time"

	vigie "vigie.example"
)

// temporary: stands for internal/identity until it is delivered.

// Action is
type Action string

// User is
type User struct {
	ID, Email, Name, Person string
	Admin                   bool
	Lang                    vigie.Lang
	Theme                   string
	AuditorUntil            *time.Time
}

// Session is
type Session struct {
	ID       string
	User     User
	Entities []string
	Locked   bool
	CanWrite []string
	CanRead  []string
}

// May is
func (s *Session) May(a Action) bool { return true }

// MayRead is
func (s *Session) MayRead(reg string) bool {
	return s.CanRead == nil || slices.Contains(s.CanRead, reg)
}

// MayWrite is
func (s *Session) MayWrite(reg string) bool {
	return s.CanWrite == nil || slices.Contains(s.CanWrite, reg)
}

// Accounts is
type Accounts interface {
	Authenticate(ctx context.Context, cookie string) (*Session, error)
}

func (r *request) authenticate() (bool, error) {
	c, err := r.Cookie("vigie")
	if err != nil {
		return false, nil
	}
	r.session, err = r.s.Accounts.Authenticate(r.Context(), c.Value)
	return err == nil, err
}

func (r *request) stillIn() bool { return true }
