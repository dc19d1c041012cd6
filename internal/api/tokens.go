package api

import (
	"time"

	vigie "vigie.example"
	"vigie.example/internal/identity"
)

type tokenView struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	Role      identity.Role `json:"role"`
	Entities  []string      `json:"entities,omitempty"`
	Machine   string        `json:"machine,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
	EndsAt    time.Time     `json:"ends_at"`
	RevokedAt *time.Time    `json:"revoked_at,omitempty"`
	Secret    string        `json:"secret,omitempty"` // only in the answer that makes the token
}

func viewToken(t identity.Token) tokenView {
	return tokenView{ID: t.ID, Name: t.Name, Role: t.Role, Entities: t.Entities, Machine: t.Machine, CreatedAt: t.CreatedAt, EndsAt: t.EndsAt, RevokedAt: t.RevokedAt}
}

func tokens(r *request) (any, error) {
	list, err := identity.Tokens(r.Context(), r.s.DB)
	if err != nil {
		return nil, err
	}
	out := []tokenView{}
	for _, t := range list {
		out = append(out, viewToken(t))
	}
	return map[string]any{"tokens": out}, nil
}

func addToken(r *request) (any, error) {
	var body struct {
		Name     string        `json:"name"`
		Role     identity.Role `json:"role"`
		Entities []string      `json:"entities"`
		EndsOn   string        `json:"ends_on"`
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	day, err := vigie.ParseDay(body.EndsOn)
	if err != nil {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "token.invalid", Fields: []vigie.FieldError{{Field: "ends_on", Key: "field.date", Args: []any{body.EndsOn}}}}
	}
	secret, t, err := identity.Issue(r.Context(), r.s.DB, identity.Token{Name: body.Name, Role: body.Role, Entities: body.Entities, EndsAt: day.Time().AddDate(0, 0, 1)}, r.token.Actor(), r.now)
	if err != nil {
		return nil, err
	}
	v := viewToken(t)
	v.Secret = secret
	return v, nil
}

func revoke(r *request) (any, error) {
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	return nil, identity.Revoke(r.Context(), r.s.DB, r.PathValue("id"), r.token.Actor(), r.now)
}
