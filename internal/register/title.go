package register

import (
	"context"
	"slices"
	"strconv"
	"strings"

	vigie "vigie.example"
)

// titleChunk is the number of titles asked for at once.
const titleChunk = 200

// Titles returns what names records of r to people, by id, in lang. A record
// named by a reference takes the title of what it refers to. Records that do not
// exist, or that scope hides, are left out.
func (b *Book) Titles(ctx context.Context, r *Register, ids []string, scope Scope, lang vigie.Lang) (map[string]string, error) {
	return b.titles(ctx, r, ids, scope, lang, 3)
}

func (b *Book) titles(ctx context.Context, r *Register, ids []string, scope Scope, lang vigie.Lang, depth int) (map[string]string, error) {
	out := map[string]string{}
	title := r.Title()
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, titleChunk) {
		where, args := scope.Where(r, "x")
		// Few lengths make few texts, which the database has understood already: the
		// last id is repeated.
		size := 1
		for size < len(part) {
			size = min(4*size, titleChunk)
		}
		in := make([]string, size)
		for i := range in {
			name := "id" + strconv.Itoa(i)
			args[name] = part[min(i, len(part)-1)]
			in[i] = ":" + name
		}
		rows, err := b.DB.Query(ctx, "SELECT x.id, COALESCE(x."+title.Name+", '') FROM "+r.ID+" x WHERE x.id IN ("+strings.Join(in, ", ")+")"+where, args)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id, text string
			if err := rows.Scan(&id, &text); err != nil {
				rows.Close()
				return nil, err
			}
			out[id] = text
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	switch {
	case title.Kind == Ref && depth > 0:
		var named []string
		for _, id := range out {
			named = append(named, id)
		}
		titles, err := b.titles(ctx, b.byID[title.To], named, scope, lang, depth-1)
		if err != nil {
			return nil, err
		}
		for id, to := range out {
			if t, ok := titles[to]; ok {
				out[id] = t
			}
		}
	case title.Kind == Enum:
		for id, v := range out {
			out[id] = title.Format(v, lang)
		}
	}
	for id, t := range out {
		if t == "" {
			out[id] = id
		}
	}
	return out, nil
}

// A Referrer is a field by which records of a register name those of another.
type Referrer struct {
	Register *Register
	Field    *Field
}

// Referrers returns the fields that name records of r, in the order of the
// registers.
func (b *Book) Referrers(r *Register) (out []Referrer) {
	for _, ref := range b.referrers[r.ID] {
		out = append(out, Referrer{ref.register, ref.register.Field(ref.field)})
	}
	return out
}
