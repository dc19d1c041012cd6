package register

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Scope limits what someone may see; its zero value sees everything. It is
// made into SQL in one place, Where.
//
// A record belongs to the entity that its references lead to by the shortest
// way; registers that lead to none are common to the company. For a person, a
// record is one's own when it is oneself, when its references lead to an asset
// that one owns, stands in for, keeps up or holds, or when they lead to oneself
// or to somebody of a team that one manages.
type Scope struct {
	Entities []string // the only entities seen; all when empty

	// Person is the id of the person who looks, "" for programs. Teams are those
	// that the person manages.
	Person string
	Teams  []string

	// Whole says of which registers the person sees every record, and Hidden of
	// which none; of the others, the person's own. They are not asked without a
	// person.
	Whole, Hidden func(register string) bool

	// Cleared sees assets and documents of confidentiality 3 and 4, and what hangs
	// from them, without being named. The others are named as owner, deputy,
	// maintainer, holder, or by a grant in force on Today; for a document, as owner
	// or authorised reader on Today.
	Cleared bool
	Today   int64

	people  bool // of a person: the fields above count
	catalog map[string]*Register
}

// Scope returns the scope of the given entities, everything when there is none.
func (b *Book) Scope(entities []string) Scope { return Scope{Entities: entities, catalog: b.byID} }

// PersonScope returns the scope of somebody who looks: s with what the registers
// are. A person of no register sees what Whole says and nothing of one's own.
func (b *Book) PersonScope(s Scope) Scope {
	s.people, s.catalog = true, b.byID
	return s
}

// nobody is the id of no person: it may not hold a space. A field that names
// nobody does not name who is of no register.
const nobody = " "

// Limits says whether something is hidden from whoever has the scope.
func (s Scope) Limits() bool { return len(s.Entities) > 0 || s.people }

// Confidential is the level of confidentiality from which readers are named, and
// each reading leaves a trace (9.10.1).
const Confidential = 3

// Where returns " AND …" limiting the rows of r, whose alias is given, and its
// parameters.
func (s Scope) Where(r *Register, alias string) (string, map[string]any) {
	args := map[string]any{}
	var where strings.Builder
	if len(s.Entities) > 0 {
		if way := wayTo(s.catalog, r, "entity"); way != nil {
			in := s.list("scope", s.Entities, args)
			if len(way) == 1 {
				where.WriteString(" AND " + along(way, alias, "e", in))
			} else {
				where.WriteString(" AND " + leads(way, alias, "e", func(_, last string) string { return last + " " + in }))
			}
		}
	}
	if !s.people {
		return where.String(), args
	}
	if s.Hidden != nil && s.Hidden(r.ID) {
		return " AND 1 = 0", args
	}
	args["scope_me"] = cmp.Or(s.Person, nobody)
	if s.Whole == nil || !s.Whole(r.ID) {
		where.WriteString(" AND (" + strings.Join(s.own(r, alias, args), " OR ") + ")")
	}
	if !s.Cleared {
		where.WriteString(s.closed(r, alias, args))
	}
	return where.String(), args
}

// own are the conditions of which one makes a record the person's own.
func (s Scope) own(r *Register, alias string, args map[string]any) []string {
	if s.Person == "" {
		return []string{"1 = 0"}
	}
	var or []string
	mine, team := "= :scope_me", ""
	if len(s.Teams) > 0 {
		team = "IN (SELECT p.id FROM person p WHERE p.team " + s.list("scope_team", s.Teams, args) + ")"
		mine = "IN (SELECT p.id FROM person p WHERE p.id = :scope_me OR p.team " + s.list("scope_team", s.Teams, args) + ")"
	}
	if r.ID == "document" {
		args["scope_today"] = s.Today
		or = append(or, namedReader(alias))
	}
	if way := wayTo(s.catalog, r, "asset"); way != nil {
		assets := "SELECT m.id FROM asset m WHERE m.owner = :scope_me UNION SELECT m.id FROM asset m WHERE m.deputy = :scope_me UNION SELECT m.id FROM asset m WHERE m.maintainer = :scope_me UNION SELECT m.id FROM asset m WHERE m.holder = :scope_me"
		if team != "" {
			assets += " UNION SELECT m.id FROM asset m WHERE m.owner " + team
		}
		or = append(or, along(way, alias, "a", "IN ("+assets+")"))
	}
	if way := wayTo(s.catalog, r, "person"); way != nil {
		or = append(or, along(way, alias, "p", mine))
	}
	if len(or) == 0 {
		or = append(or, "1 = 0")
	}
	return or
}

func (s Scope) list(prefix string, values []string, args map[string]any) string {
	var in []string
	for i, v := range values {
		name := fmt.Sprintf("%s%d", prefix, i)
		args[name] = v
		in = append(in, ":"+name)
	}
	return "IN (" + strings.Join(in, ", ") + ")"
}

// along returns the condition that what a way leads to, from a row called alias,
// meets cond. Tag keeps aliases apart.
func along(way []reference, alias, tag, cond string) string {
	for i := len(way) - 1; i > 0; i-- { // from the end back to the record
		cond = fmt.Sprintf("IN (SELECT %[1]s%[2]d.id FROM %[3]s %[1]s%[2]d WHERE %[1]s%[2]d.%[4]s %[5]s)", tag, i, way[i].register.ID, way[i].field, cond)
	}
	return alias + "." + way[0].field + " " + cond
}

// leads is the condition that the way of several steps from a row called alias
// leads to something, which cond says of the last table and of the last reference
// in it. It is answered row by row, so that a page costs what its rows do; along,
// which is for few targets, finds the rows from these.
func leads(way []reference, alias, tag string, cond func(table, last string) string) string {
	last, table := alias+"."+way[0].field, ""
	var tables, where []string
	for i, step := range way[1:] {
		table = fmt.Sprintf("%s%dd", tag, i+1)
		tables = append(tables, step.register.ID+" "+table)
		where = append(where, table+".id = "+last)
		last = table + "." + step.field
	}
	return "EXISTS (SELECT 1 FROM " + strings.Join(tables, ", ") + " WHERE " + strings.Join(where, " AND ") + " AND " + cond(table, last) + ")"
}

// PathTo returns the names of the references to follow from r to a register, such
// as "asset.entity", by the way on which row scope stands; "self" when r is that
// register, "" when no way leads there. Catalog is by id.
func PathTo(catalog map[string]*Register, r *Register, target string) string {
	if r.ID == target {
		return "self"
	}
	var names []string
	for _, step := range wayTo(catalog, r, target) {
		names = append(names, step.field)
	}
	return strings.Join(names, ".")
}

// wayTo returns the references to follow from r to a register: the shortest way,
// required references first; nil when there is none.
func wayTo(catalog map[string]*Register, r *Register, target string) []reference {
	if r.ID == target {
		return []reference{{r, "id"}}
	}
	type step struct {
		at  *Register
		way []reference
	}
	seen := map[string]bool{r.ID: true}
	for queue := []step{{r, nil}}; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		fields := slices.Clone(s.at.Fields)
		slices.SortStableFunc(fields, func(a, b Field) int {
			switch {
			case a.Required == b.Required:
				return 0
			case a.Required:
				return -1
			}
			return 1
		})
		for _, f := range fields {
			if f.Kind != Ref {
				continue
			}
			way := append(slices.Clone(s.way), reference{s.at, f.Name})
			if f.To == target {
				return way
			}
			// A person or an entity is where a way ends, not where it goes through:
			// the assets of a record are not those of whoever signed it.
			if next := catalog[f.To]; next != nil && !seen[f.To] && len(way) < 4 && (target == "entity" || f.To != "person" && f.To != "entity") {
				seen[f.To] = true
				queue = append(queue, step{next, way})
			}
		}
	}
	return nil
}
