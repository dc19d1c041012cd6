package identity

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A Provider is where people sign in with an account that they have elsewhere
// (OpenID Connect). It is asked for its endpoints the first time that it serves,
// and again after it did not answer.
type Provider struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	Name         string // as people know it
	// Factor says that what the provider calls several factors (amr mfa) counts as
	// ours. Otherwise our own is asked of whoever needs one.
	Factor bool
	Client *http.Client // http.DefaultClient when nil

	mu    sync.Mutex
	found *oidc.Provider
}

// providerPatience is how long the provider may take to answer.
const providerPatience = 10 * time.Second

// A journey is somebody on the way to the provider and back.
type journey struct {
	Nonce    string
	Verifier string // of PKCE
	Back     string // where the person was going
}

func (p *Provider) context(ctx context.Context) context.Context {
	if p.Client != nil {
		return oidc.ClientContext(ctx, p.Client)
	}
	return ctx
}

// config is what the provider is asked with; back is our address to come back to.
//
// Errors: Invalid with key provider.away.
func (p *Provider) config(ctx context.Context, back string) (*oauth2.Config, *oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		found, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.Issuer) // it keeps the context for its keys
		if err != nil {
			return nil, nil, p.away(err)
		}
		p.found = found
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: p.found.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}, p.found, nil
}

func (p *Provider) away(err error) error {
	return &vigie.Error{Code: vigie.Invalid, Key: "provider.away", Args: []any{p.Name}, Err: err}
}

// BeginProvider returns the address at the provider where a person goes to sign
// in, and the state that the browser keeps until it is back; going is where the
// person was going.
//
// Errors: Invalid with key provider.away.
func (s *Service) BeginProvider(ctx context.Context, p *Provider, back, going string) (address, state string, err error) {
	asking, cancel := context.WithTimeout(ctx, providerPatience)
	defer cancel()
	config, _, err := p.config(asking, back)
	if err != nil {
		return "", "", err
	}
	j := journey{Nonce: random(32), Verifier: oauth2.GenerateVerifier(), Back: going}
	if state, err = s.keepChallenge(ctx, "provider", "", j); err != nil {
		return "", "", err
	}
	return config.AuthCodeURL(state, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), state, nil
}

// claims are what the provider says of a person.
type claims struct {
	Email    string   `json:"email"`
	Verified bool     `json:"email_verified"`
	AMR      []string `json:"amr"`
}

// ProviderLogin opens a session for a person whom the provider sent back with a
// code. State is what the provider repeats, kept what the browser kept. The
// account is the one that this identity was linked to or, the first time, the one
// whose address the provider says it has verified: none is made.
//
// Errors: Forbidden with key challenge.over, provider.refused for whatever the
// provider says that does not hold together, or login.refused_provider when no
// account is meant; each leaves a trace. Invalid with key provider.away.
func (s *Service) ProviderLogin(ctx context.Context, p *Provider, back, state, kept, code string, from From) (cookie string, next Step, going string, err error) {
	if subtle.ConstantTimeCompare([]byte(state), []byte(kept)) != 1 || state == "" {
		return "", "", "", s.refuse(ctx, "", "state", from, &vigie.Error{Code: vigie.Forbidden, Key: "challenge.over"})
	}
	var j journey
	if err := s.takeChallenge(ctx, "provider", "", state, &j); err != nil {
		return "", "", "", s.refuse(ctx, "", "state", from, err)
	}
	asking, cancel := context.WithTimeout(ctx, providerPatience)
	defer cancel()
	config, provider, err := p.config(asking, back)
	if err != nil {
		return "", "", "", err
	}
	refused := func(why string, err error) error {
		return s.refuse(ctx, "", why, from, &vigie.Error{Code: vigie.Forbidden, Key: "provider.refused", Args: []any{p.Name}, Err: err})
	}
	token, err := config.Exchange(p.context(asking), code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return "", "", "", refused("code", err)
	}
	raw, _ := token.Extra("id_token").(string)
	said, err := provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: s.Now}).Verify(p.context(asking), raw)
	if err != nil {
		return "", "", "", refused("id_token", err)
	}
	if subtle.ConstantTimeCompare([]byte(said.Nonce), []byte(j.Nonce)) != 1 {
		return "", "", "", refused("nonce", nil)
	}
	var c claims
	if err := said.Claims(&c); err != nil {
		return "", "", "", refused("claims", err)
	}
	if c.Email == "" { // some say it only when asked
		info, err := provider.UserInfo(p.context(asking), config.TokenSource(p.context(asking), token))
		if err != nil || info.Subject != said.Subject {
			return "", "", "", refused("userinfo", err)
		}
		c.Email, c.Verified = info.Email, info.EmailVerified
	}
	u, why, err := s.known(ctx, said.Issuer, said.Subject, c)
	if err != nil {
		return "", "", "", err
	}
	if why == "" {
		st, err := standing(ctx, s.DB, u, s.Now())
		if err != nil {
			return "", "", "", err
		}
		if st.Left {
			why = "left"
		}
		level := levelFull
		switch {
		case p.Factor && slices.Contains(c.AMR, "mfa"):
			level = levelStrong
		case u.secondFactor() || st.Has(secondFactor...):
			level = levelPassword
		}
		if why == "" {
			cookie, next, err = s.enter(ctx, u, level, from)
			return cookie, next, j.Back, err
		}
	}
	return "", "", "", s.refuse(ctx, clean(c.Email), why, from, &vigie.Error{Code: vigie.Forbidden, Key: "login.refused_provider", Args: []any{p.Name}})
}

// known returns the account of an identity, and links it the first time; why says
// for which reason there is none.
func (s *Service) known(ctx context.Context, issuer, subject string, c claims) (u User, why string, err error) {
	args := map[string]any{"hash": hash(issuer + "\n" + subject), "issuer": issuer, "subject": subject}
	linked, err := texts(ctx, s.DB, "SELECT user_id FROM user_identity WHERE hash = :hash", args)
	if err != nil {
		return u, "", err
	}
	if len(linked) == 1 {
		u, err = s.user(ctx, s.DB, "WHERE id = :id AND disabled_at IS NULL", map[string]any{"id": linked[0]})
		if vigie.CodeOf(err) == vigie.NotFound {
			return u, "closed", nil
		}
		return u, "", err
	}
	if !c.Verified || c.Email == "" {
		return u, "address not verified", nil
	}
	u, err = s.user(ctx, s.DB, "WHERE email = :email AND disabled_at IS NULL", map[string]any{"email": clean(c.Email)})
	if vigie.CodeOf(err) == vigie.NotFound {
		return u, "unknown", nil
	}
	if err != nil {
		return u, "", err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		args["user"], args["at"] = u.ID, s.Now().Unix()
		n, err := store.Count(ctx, tx, "SELECT COUNT(*) FROM user_identity WHERE issuer = :issuer AND user_id = :user", args)
		if err != nil {
			return err
		}
		if n > 0 { // the account is another one's there
			why = "linked to another"
			return nil
		}
		if _, err := tx.Exec(ctx, "INSERT INTO user_identity (hash, issuer, subject, user_id, linked_at) VALUES (:hash, :issuer, :subject, :user, :at)", args); err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "linked", Actor: u.Email, Subject: u.Email, Detail: issuer})
	})
	return u, why, err
}
