package register

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A View is a way of looking at a register, or at another page with a search, that
// somebody keeps: columns, filters, order and search, as the query of its page.
type View struct {
	ID       string
	Register string // or the name of the page
	Name     string // "" for what its owner sees first
	Owner    string // how the owner signs the history
	Query    string
	Shared   bool // everyone who reads the register sees it in the list of views
}

// viewTable keeps the views.
var viewTable = store.Table{Name: "saved_view", Columns: []store.Column{
	{Name: "id", Type: store.TextColumn},
	{Name: "register", Type: store.TextColumn, NotNull: true},
	{Name: "name", Type: store.TextColumn, NotNull: true},
	{Name: "owner", Type: store.TextColumn, NotNull: true},
	{Name: "query", Type: store.TextColumn, NotNull: true},
	{Name: "shared", Type: store.BoolColumn, NotNull: true},
	{Name: "at", Type: store.IntColumn, NotNull: true},
}, Indexes: []string{"unique register, owner, name"}}

// Limits of views, in characters and bytes.
const (
	maxViewName  = 80
	maxViewQuery = 4000
	maxViews     = 200
)

// Views returns the views of a register or page that owner keeps or others share,
// by name; the unnamed one of owner first.
func (b *Book) Views(ctx context.Context, place, owner string) ([]View, error) {
	rows, err := b.DB.Query(ctx, "SELECT id, name, owner, query, shared FROM saved_view WHERE register = :r AND (owner = :owner OR shared) ORDER BY name, owner LIMIT :limit",
		map[string]any{"r": place, "owner": owner, "limit": maxViews})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []View
	for rows.Next() {
		v := View{Register: place}
		if err := rows.Scan(&v.ID, &v.Name, &v.Owner, &v.Query, &v.Shared); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// SaveView keeps a view of v.Owner, in place of the one of the same name. The caller
// knows that the register or page is there and that the owner may see it.
//
// Errors: Invalid for a name too long or a query too large.
func (b *Book) SaveView(ctx context.Context, v View, at time.Time) error {
	v.Name = strings.TrimSpace(v.Name)
	if utf8.RuneCountInString(v.Name) > maxViewName || !utf8.ValidString(v.Name) || strings.ContainsRune(v.Name, 0) || len(v.Query) > maxViewQuery {
		return &vigie.Error{Code: vigie.Invalid, Key: "view.invalid", Args: []any{maxViewName}}
	}
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO saved_view (id, register, name, owner, query, shared, at) VALUES (:id, :r, :name, :owner, :query, :shared, :at)
			ON CONFLICT (register, owner, name) DO UPDATE SET query = :query, shared = :shared, at = :at`,
			map[string]any{"id": NewID(&Register{ID: "view"}, at), "r": v.Register, "name": v.Name, "owner": v.Owner, "query": v.Query, "shared": v.Shared && v.Name != "", "at": at.Unix()})
		return err
	})
}

// DeleteView forgets a view of owner.
//
// Errors: NotFound, also when it is somebody else's.
func (b *Book) DeleteView(ctx context.Context, place, id, owner string) error {
	return b.DB.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, "DELETE FROM saved_view WHERE id = :id AND register = :r AND owner = :owner", map[string]any{"id": id, "r": place, "owner": owner})
		if err == nil && n == 0 {
			err = &vigie.Error{Code: vigie.NotFound, Key: "view.unknown"}
		}
		return err
	})
}
