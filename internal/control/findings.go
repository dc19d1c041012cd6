package control

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A Finding is one record at fault, and what to do about it.
type Finding struct {
	Seq      int64
	Check    *Check // nil when the policy no longer has it
	CheckKey string
	Rule     vigie.RuleID
	Register string
	Record   string
	Title    string // of the record; its id when it no longer exists
	Reason   string // code
	OpenedAt time.Time
	DueOn    vigie.Day
	ClosedAt *time.Time // nil while open
	Waiver   string     // id of the waiver that covers it, "covered" when a risk analysis does, or ""
	Actor    Actor      // who must act
}

// An Actor is who must act: a person, through a role or not.
type Actor struct {
	Person string // id; "" when nobody holds the role
	Name   string
	Role   string // "" when the person is named by the record itself
}

// Text returns the sentence of the reason, and what would make the record conform.
func (f Finding) Text() (reason, fix vigie.Text) {
	if f.Check != nil {
		if r, ok := f.Check.Reasons[f.Reason]; ok {
			return r.Text(), r.Fix
		}
	}
	return vigie.Text{FR: f.Reason, EN: f.Reason}, vigie.Text{}
}

// A FindingQuery chooses findings; zero fields choose all that are open.
type FindingQuery struct {
	Rule             vigie.RuleID
	Chapter          string
	Check            string // key
	Register, Record string
	Waived           *bool
	At               time.Time // open at that instant; zero: now
	After            int64     // FindingPage.Next
	Limit            int       // 50 when zero, at most 500
	Scope            register.Scope
	Urgent           bool // the soonest due first, in place of the oldest; After is not used
}

// Findings returns a page of findings, the oldest first, and the value of After
// for the next page (0 at the end). Today is the day on which roles are held.
func (e *Engine) Findings(ctx context.Context, q FindingQuery, today vigie.Day) ([]Finding, int64, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	args := map[string]any{"limit": limit + 1}
	var where strings.Builder
	if q.At.IsZero() {
		where.WriteString("f.closed_at IS NULL")
	} else {
		where.WriteString("f.opened_at <= :at AND (f.closed_at IS NULL OR f.closed_at > :at)")
		args["at"] = q.At.Unix()
	}
	for _, cond := range []struct{ column, value string }{{"rule", string(q.Rule)}, {"check_key", q.Check}, {"register", q.Register}, {"record", q.Record}} {
		if cond.value != "" {
			fmt.Fprintf(&where, " AND f.%s = :%s", cond.column, cond.column)
			args[cond.column] = cond.value
		}
	}
	if q.Chapter != "" {
		var in []string
		for i, r := range e.rules {
			if r.Chapter() == q.Chapter {
				name := fmt.Sprintf("ch%d", i)
				args[name] = string(r.ID)
				in = append(in, ":"+name)
			}
		}
		if len(in) == 0 {
			return nil, 0, &vigie.Error{Code: vigie.NotFound, Key: "chapter.unknown", Args: []any{q.Chapter}}
		}
		where.WriteString(" AND f.rule IN (" + strings.Join(in, ", ") + ")")
	}
	if q.Waived != nil {
		where.WriteString(map[bool]string{true: " AND f.waiver IS NOT NULL", false: " AND f.waiver IS NULL"}[*q.Waived])
	}
	if q.After > 0 {
		where.WriteString(" AND f.seq > :after")
		args["after"] = q.After
	}
	if q.Scope.Limits() {
		cond, scopeArgs := e.scope(q.Scope)
		where.WriteString(" AND (" + cond + ")")
		for k, v := range scopeArgs {
			args[k] = v
		}
	}
	order := "f.seq"
	if q.Urgent {
		order = "f.due_on, f.seq"
	}
	rows, err := e.db.Query(ctx, "SELECT f.seq, f.check_key, f.rule, f.register, f.record, f.reason, f.opened_at, f.due_on, f.closed_at, f.waiver FROM finding f WHERE "+where.String()+" ORDER BY "+order+" LIMIT :limit", args)
	if err != nil {
		return nil, 0, err
	}
	out := []Finding{}
	for rows.Next() {
		var f Finding
		var opened int64
		var closed sql.NullInt64
		var waiver sql.NullString
		if err := rows.Scan(&f.Seq, &f.CheckKey, &f.Rule, &f.Register, &f.Record, &f.Reason, &opened, &f.DueOn, &closed, &waiver); err != nil {
			rows.Close()
			return nil, 0, err
		}
		f.OpenedAt, f.Waiver, f.Check = time.Unix(opened, 0).UTC(), waiver.String, e.byKey[f.CheckKey]
		if closed.Valid {
			t := time.Unix(closed.Int64, 0).UTC()
			f.ClosedAt = &t
		}
		out = append(out, f)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	var next int64
	if len(out) > limit {
		out = out[:limit]
		next = out[limit-1].Seq
	}
	return out, next, e.describe(ctx, out, today)
}

// scope limits findings to the records that the scope shows.
func (e *Engine) scope(s register.Scope) (string, map[string]any) {
	args := map[string]any{}
	var parts []string
	for _, reg := range e.catalog {
		if !slices.ContainsFunc(e.checks, func(c *Check) bool { return c.Judges == reg.ID }) {
			continue
		}
		cond, a := s.Where(reg, "x")
		for k, v := range a {
			args[k] = v
		}
		if cond != "" {
			cond = " AND EXISTS (SELECT 1 FROM " + reg.ID + " x WHERE x.id = f.record" + cond + ")"
		}
		parts = append(parts, "f.register = '"+reg.ID+"'"+cond)
	}
	return strings.Join(parts, " OR "), args
}

// describe adds titles and actors to findings.
func (e *Engine) describe(ctx context.Context, list []Finding, today vigie.Day) error {
	titles := map[string]map[string]string{}
	for _, f := range list {
		if titles[f.Register] == nil {
			titles[f.Register] = map[string]string{}
		}
		titles[f.Register][f.Record] = f.Record
	}
	for id, m := range titles {
		if slices.ContainsFunc(e.catalog, func(r *register.Register) bool { return r.ID == id }) {
			if err := e.titles(ctx, e.register(id), m); err != nil {
				return err
			}
		}
	}
	roles := map[string]Actor{}
	people := map[string]Actor{}
	for i := range list {
		f := &list[i]
		f.Title = titles[f.Register][f.Record]
		if f.Check == nil {
			continue
		}
		for _, act := range f.Check.acts() {
			actor, err := e.actor(ctx, f, act, today, roles, people)
			if err != nil {
				return err
			}
			f.Actor = actor
			if actor.Person != "" {
				break
			}
		}
	}
	return nil
}

// titles replaces ids by what names the records to people. A record named by a
// reference takes the title of what it refers to.
func (e *Engine) titles(ctx context.Context, reg *register.Register, m map[string]string) error {
	title := "x." + reg.Title().Name
	join := ""
	if f := reg.Title(); f.Kind == register.Ref {
		to := e.register(f.To)
		join = " LEFT JOIN " + to.ID + " y ON y.id = " + title
		title = "COALESCE(y." + to.Title().Name + ", " + title + ")"
	}
	ids := make([]string, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for len(ids) > 0 {
		n := min(len(ids), chunks[len(chunks)-1])
		in, args := inList(ids[:n])
		ids = ids[n:]
		rows, err := e.db.Query(ctx, "SELECT x.id, "+title+" FROM "+reg.ID+" x"+join+" WHERE x.id "+in, args)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			var t sql.NullString
			if err := rows.Scan(&id, &t); err != nil {
				rows.Close()
				return err
			}
			if t.Valid {
				m[id] = t.String
			}
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// actor resolves one entry of acts for a finding; its Person is empty when the
// entry leads to nobody present.
func (e *Engine) actor(ctx context.Context, f *Finding, act string, today vigie.Day, roles, people map[string]Actor) (Actor, error) {
	present := " AND (p.last_day IS NULL OR p.last_day >= :today) AND p.first_day <= :today"
	args := map[string]any{"today": int64(today)}
	if role, ok := strings.CutPrefix(act, "role:"); ok {
		if a, seen := roles[role]; seen {
			return a, nil
		}
		args["role"] = role
		a, err := e.person(ctx, `SELECT p.id, p.name FROM role_assignment r JOIN person p ON p.id = r.person WHERE r.role = :role AND r.starts_on <= :today
			AND (r.ends_on IS NULL OR r.ends_on >= :today)`+present+` ORDER BY COALESCE(r.call_order, 1000), p.name LIMIT 1`, args)
		a.Role = role
		roles[role] = a
		return a, err
	}
	path, err := actorPath(e.catalog, f.Register, act)
	if err != nil { // this entry is for the other registers that the rule judges
		return Actor{}, nil
	}
	key := act + "\x00" + f.Record
	if a, seen := people[key]; seen {
		return a, nil
	}
	last := "x0.id"
	var from strings.Builder
	from.WriteString(f.Register + " x0")
	if act != "self" {
		for i, step := range strings.Split(act, ".") {
			last = fmt.Sprintf("x%d.%s", i, step)
			if i+2 < len(path) {
				fmt.Fprintf(&from, " JOIN %s x%d ON x%d.id = %s", path[i+1].ID, i+1, i+1, last)
			}
		}
	}
	args["id"] = f.Record
	a, err := e.person(ctx, "SELECT p.id, p.name FROM "+from.String()+" JOIN person p ON p.id = "+last+" WHERE x0.id = :id"+present, args)
	people[key] = a
	return a, err
}

func (e *Engine) person(ctx context.Context, query string, args map[string]any) (a Actor, err error) {
	rows, err := e.db.Query(ctx, query, args)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(&a.Person, &a.Name); err != nil {
			return a, err
		}
	}
	return a, rows.Err()
}
