package register

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"vigie.example/internal/store"
)

// closed is " AND …" that hides the assets and the documents of confidentiality 3
// and 4, and what hangs from them, from those whom nothing names. Who is named as
// reader of a document sees it wherever it is stored.
func (s Scope) closed(r *Register, alias string, args map[string]any) string {
	toAsset, toDocument := wayTo(s.catalog, r, "asset"), s.ofDocument(r)
	if toAsset == nil && toDocument == nil {
		return ""
	}
	args["scope_today"] = s.Today
	// about is a condition on the record at the end of a way.
	about := func(target, tag string, way []reference, cond func(n string) string) string {
		if r.ID == target {
			return "(" + cond(alias) + ")"
		}
		way = append(slices.Clone(way), reference{s.catalog[target], "id"})
		return leads(way, alias, tag, func(n, _ string) string { return cond(n) })
	}
	var where strings.Builder
	if toAsset != nil {
		where.WriteString(" AND (NOT " + about("asset", "c", toAsset, closedAsset))
		if stored := slices.IndexFunc(toAsset, func(step reference) bool { return step.register.ID == "document" }); toDocument != nil && stored >= 0 {
			where.WriteString(" OR " + about("document", "n", toDocument, namedReader))
		}
		where.WriteString(")")
	}
	if toDocument != nil {
		where.WriteString(" AND NOT " + about("document", "d", toDocument, func(n string) string {
			return fmt.Sprintf("COALESCE(%s.confidentiality, 0) >= %d AND NOT %s", n, Confidential, namedReader(n))
		}))
	}
	return where.String()
}

// ofDocument returns the way from r to the document that each of its records is
// about; nil when there is none. A record that only mentions a document says
// nothing of what is in it.
func (s Scope) ofDocument(r *Register) []reference {
	if r.ID == "document" {
		return []reference{{r, "id"}}
	}
	for _, f := range r.Fields {
		if f.To == "document" && f.Required && s.catalog["document"] != nil {
			return []reference{{r, f.Name}}
		}
	}
	return nil
}

// closedAsset is the condition that an asset n is closed to :scope_me. A record
// that leads to no asset is of no level; one that leads to an asset whose level is
// not known is not secret yet.
func closedAsset(n string) string {
	return strings.ReplaceAll(fmt.Sprintf(`COALESCE(n.c, 0) >= %d AND NOT (COALESCE(n.owner, '') = :scope_me OR COALESCE(n.deputy, '') = :scope_me OR COALESCE(n.maintainer, '') = :scope_me OR COALESCE(n.holder, '') = :scope_me
			OR EXISTS (SELECT 1 FROM access_grant g WHERE g.asset = n.id AND g.person = :scope_me AND g.granted_on <= :scope_today AND g.revoked_on IS NULL AND (g.ends_on IS NULL OR g.ends_on >= :scope_today)))`, Confidential), "n.", n+".")
}

// namedReader is the condition that :scope_me is the owner or an authorised reader
// of a document n.
func namedReader(n string) string {
	return strings.ReplaceAll(`(COALESCE(n.owner, '') = :scope_me OR EXISTS (SELECT 1 FROM document_reader q WHERE q.document = n.id AND q.person = :scope_me AND q.starts_on <= :scope_today AND (q.ends_on IS NULL OR q.ends_on >= :scope_today)))`, "n.", n+".")
}

// mayName says whether the author may make a record name another: nobody grants
// access to what is closed to them, themselves included.
func (w *Writer) mayName(ctx context.Context, to, id string) (bool, error) {
	s := w.By.Scope
	if !s.people || s.Cleared || to != "asset" && to != "document" {
		return true, nil
	}
	args := map[string]any{"scope_me": cmp.Or(s.Person, nobody), "id": id}
	cond := s.closed(w.book.byID[to], "x", args)
	n, err := store.Count(ctx, w.Tx, "SELECT COUNT(*) FROM "+to+" x WHERE x.id = :id"+cond, args)
	return n > 0, err
}
