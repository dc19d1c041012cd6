package identity

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A Passkey is a key of a person's machine that opens the account in place of a
// password and a second factor: the machine verifies the person (WebAuthn).
type Passkey struct {
	ID     string
	Name   string // as the person calls it
	MadeAt time.Time
	UsedAt *time.Time // nil before the first time
}

// challengeLife is how long a person has to answer a challenge.
const challengeLife = 5 * time.Minute

// maxChallenges bounds the challenges that wait for an answer.
const maxChallenges = 10_000

// PasskeysAt says whether passkeys can work for people who come by an origin,
// such as https://vigie.example: they belong to a name, not to an address.
func PasskeysAt(origin string) bool {
	u, err := url.Parse(origin)
	host := ""
	if err == nil {
		host = u.Hostname()
	}
	return host == "localhost" || u != nil && u.Scheme == "https" && strings.ContainsAny(host, "abcdefghijklmnopqrstuvwxyz") && !strings.Contains(host, ":")
}

// relying is the party that passkeys of an origin are for.
func relying(origin string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	if !PasskeysAt(origin) {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "passkey.needs_name", Args: []any{u.Hostname()}}
	}
	return webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: issuer, RPOrigins: []string{origin}})
}

// keyOwner is a user as the library knows one.
type keyOwner struct {
	User
	keys []webauthn.Credential
}

func (o keyOwner) WebAuthnID() []byte                         { return []byte(o.ID) }
func (o keyOwner) WebAuthnName() string                       { return o.Email }
func (o keyOwner) WebAuthnDisplayName() string                { return o.Name }
func (o keyOwner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

// keysOf returns a user with the keys that open the account.
func (s *Service) keysOf(ctx context.Context, u User) (keyOwner, error) {
	o := keyOwner{User: u}
	rows, err := s.DB.Query(ctx, "SELECT credential FROM user_passkey WHERE user_id = :id ORDER BY made_at, id", map[string]any{"id": u.ID})
	if err != nil {
		return o, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var key webauthn.Credential
		if err := rows.Scan(&text); err != nil {
			return o, err
		}
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			return o, err
		}
		o.keys = append(o.keys, key)
	}
	return o, rows.Err()
}

// Passkeys returns those of a user, the oldest first.
func (s *Service) Passkeys(ctx context.Context, user string) ([]Passkey, error) {
	rows, err := s.DB.Query(ctx, "SELECT id, name, made_at, used_at FROM user_passkey WHERE user_id = :id ORDER BY made_at, id", map[string]any{"id": user})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Passkey{}
	for rows.Next() {
		var k Passkey
		var made int64
		var used sql.NullInt64
		if err := rows.Scan(&k.ID, &k.Name, &made, &used); err != nil {
			return nil, err
		}
		k.MadeAt, k.UsedAt = time.Unix(made, 0).UTC(), moment(used)
		out = append(out, k)
	}
	return out, rows.Err()
}

// keepChallenge keeps what an answer is compared with, and returns its secret.
func (s *Service) keepChallenge(ctx context.Context, kind, user string, data any) (string, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	secret, now := random(32), s.Now()
	return secret, s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM user_challenge WHERE ends_at <= :now", map[string]any{"now": now.Unix()}); err != nil {
			return err
		}
		n, err := store.Count(ctx, tx, "SELECT COUNT(*) FROM user_challenge", nil)
		if err == nil && n >= maxChallenges {
			err = &vigie.Error{Code: vigie.Forbidden, Key: "login.wait", Args: []any{int64(challengeLife.Seconds())}}
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO user_challenge (hash, kind, user_id, data, ends_at) VALUES (:hash, :kind, :user, :data, :ends)",
			map[string]any{"hash": hash(secret), "kind": kind, "user": user, "data": string(text), "ends": now.Add(challengeLife).Unix()})
		return err
	})
}

// takeChallenge reads a challenge, which then is no more: an answer serves once.
//
// Errors: Forbidden with key challenge.over.
func (s *Service) takeChallenge(ctx context.Context, kind, user, secret string, data any) error {
	args := map[string]any{"hash": hash(secret), "kind": kind, "user": user, "now": s.Now().Unix()}
	text := ""
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		found, err := texts(ctx, tx, "SELECT data FROM user_challenge WHERE hash = :hash AND kind = :kind AND user_id = :user AND ends_at > :now", args)
		if err == nil && len(found) == 0 {
			err = &vigie.Error{Code: vigie.Forbidden, Key: "challenge.over"}
		}
		if err != nil {
			return err
		}
		text = found[0]
		_, err = tx.Exec(ctx, "DELETE FROM user_challenge WHERE hash = :hash", args)
		return err
	})
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), data)
}

// BeginPasskey begins to add a passkey to the account of a session, for people
// who come by an origin. It returns what the browser is asked (JSON) and the
// secret of the challenge.
//
// Errors: Invalid with key passkey.needs_name.
func (s *Service) BeginPasskey(ctx context.Context, session *Session, origin string) (ask []byte, challenge string, err error) {
	party, err := relying(origin)
	if err != nil {
		return nil, "", err
	}
	owner, err := s.keysOf(ctx, session.User)
	if err != nil {
		return nil, "", err
	}
	var had []protocol.CredentialDescriptor
	for _, k := range owner.keys {
		had = append(had, k.Descriptor())
	}
	options, data, err := party.BeginRegistration(owner, webauthn.WithExclusions(had), webauthn.WithConveyancePreference(protocol.PreferNoAttestation),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired}))
	if err != nil {
		return nil, "", err
	}
	if challenge, err = s.keepChallenge(ctx, "passkey", session.User.ID, data); err != nil {
		return nil, "", err
	}
	ask, err = json.Marshal(options.Response)
	return ask, challenge, err
}

// AddPasskey keeps a passkey once the machine has answered the challenge.
//
// Errors: Forbidden with key challenge.over; Invalid with key passkey.refused.
func (s *Service) AddPasskey(ctx context.Context, session *Session, origin, challenge, name string, answer []byte) error {
	party, err := relying(origin)
	if err != nil {
		return err
	}
	var data webauthn.SessionData
	if err := s.takeChallenge(ctx, "passkey", session.User.ID, challenge, &data); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "passkey.refused", Err: err}
	}
	key, err := party.CreateCredential(keyOwner{User: session.User}, data, parsed)
	if err != nil {
		return &vigie.Error{Code: vigie.Invalid, Key: "passkey.refused", Err: err}
	}
	text, err := json.Marshal(key)
	if err != nil {
		return err
	}
	if name = strings.TrimSpace(bounded(name)); name == "" {
		name = s.Now().UTC().Format(time.DateOnly)
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		id := base64.RawURLEncoding.EncodeToString(key.ID)
		if _, err := tx.Exec(ctx, "INSERT INTO user_passkey (id, user_id, name, credential, made_at) VALUES (:id, :user, :name, :key, :at)",
			map[string]any{"id": id, "user": session.User.ID, "name": name, "key": string(text), "at": s.Now().Unix()}); err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "passkey", Actor: session.User.Email, Subject: session.User.Email, Detail: name, Address: session.Address})
	})
}

// DropPasskey removes a passkey of a user.
//
// Errors: NotFound, also for that of somebody else.
func (s *Service) DropPasskey(ctx context.Context, session *Session, id string) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, "DELETE FROM user_passkey WHERE id = :id AND user_id = :user", map[string]any{"id": id, "user": session.User.ID})
		if err == nil && n == 0 {
			err = &vigie.Error{Code: vigie.NotFound, Key: "passkey.unknown"}
		}
		if err != nil {
			return err
		}
		return trace(ctx, tx, s.Now(), Event{Kind: "passkey", Actor: session.User.Email, Subject: session.User.Email, Detail: "removed", Address: session.Address})
	})
}

// BeginPasskeyLogin asks for a passkey of anyone: it returns what the browser is
// asked (JSON) and the secret of the challenge.
//
// Errors: as BeginPasskey.
func (s *Service) BeginPasskeyLogin(ctx context.Context, origin string) (ask []byte, challenge string, err error) {
	party, err := relying(origin)
	if err != nil {
		return nil, "", err
	}
	options, data, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", err
	}
	if challenge, err = s.keepChallenge(ctx, "login", "", data); err != nil {
		return nil, "", err
	}
	ask, err = json.Marshal(options.Response)
	return ask, challenge, err
}

// PasskeyLogin opens a session for whoever's passkey answers the challenge: the
// machine has verified the person, which counts as two factors.
//
// Errors: Forbidden with key challenge.over, or passkey.refused for every other
// reason, a key that seems to have been copied among them; each leaves a trace.
func (s *Service) PasskeyLogin(ctx context.Context, origin, challenge string, answer []byte, from From) (cookie string, next Step, err error) {
	party, err := relying(origin)
	if err != nil {
		return "", "", err
	}
	var data webauthn.SessionData
	if err := s.takeChallenge(ctx, "login", "", challenge, &data); err != nil {
		return "", "", err
	}
	var owner keyOwner
	find := func(_, handle []byte) (webauthn.User, error) {
		u, err := s.user(ctx, s.DB, "WHERE id = :id AND disabled_at IS NULL", map[string]any{"id": string(handle)})
		if err == nil {
			owner, err = s.keysOf(ctx, u)
		}
		return owner, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	var key *webauthn.Credential
	if err == nil {
		_, key, err = party.ValidatePasskeyLogin(find, data, parsed)
	}
	why := ""
	switch {
	case err != nil:
		why = "passkey"
	case key.Authenticator.CloneWarning:
		why = "passkey copied"
	default:
		st, err := standing(ctx, s.DB, owner.User, s.Now())
		if err != nil {
			return "", "", err
		}
		if st.Left {
			why = "left"
		}
	}
	if why != "" {
		refusal := &vigie.Error{Code: vigie.Forbidden, Key: "passkey.refused", Err: err}
		return "", "", s.refuse(ctx, owner.Email, why, from, refusal)
	}
	text, err := json.Marshal(key)
	if err != nil {
		return "", "", err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE user_passkey SET credential = :key, used_at = :now WHERE id = :id", map[string]any{"key": string(text), "now": s.Now().Unix(), "id": base64.RawURLEncoding.EncodeToString(key.ID)})
		return err
	})
	if err != nil {
		return "", "", err
	}
	return s.enter(ctx, owner.User, levelStrong, from)
}

// refuse leaves the trace of a refusal and returns it.
func (s *Service) refuse(ctx context.Context, email, why string, from From, refusal error) error {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		return trace(ctx, tx, s.Now(), Event{Kind: "refused", Actor: bounded(email), Subject: bounded(email), Detail: bounded(why), Address: from.Address})
	})
	if err != nil {
		return err
	}
	return refusal
}

// enter opens a session and says what is left to do.
func (s *Service) enter(ctx context.Context, u User, level string, from From) (cookie string, next Step, err error) {
	if cookie, err = s.open(ctx, u, level, from); err != nil {
		return "", "", err
	}
	session, err := s.Authenticate(ctx, cookie)
	next, err = session.next(err)
	return cookie, next, err
}
