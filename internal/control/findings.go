package control

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	Excluded bool       // its rule does not apply, by decision of the committee: nobody is asked to mend it
	Actor    Actor      // who must act
}

// An Actor is who must act: a person, through a role or not.
type Actor struct {
	Person   string // id; "" when nobody holds the role
	Name     string
	Role     string // that the person holds, of those that the check names; "" when none
	Assigned bool   // somebody gave it to the person
	Note     string // what was said with that; "" for nothing
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
	Excluded         *bool     // of rules that do not apply, or of those that do; at At
	At               time.Time // open at that instant; zero: now
	After            int64     // FindingPage.Next
	Limit            int       // 50 when zero, at most 500
	Scope            register.Scope
	Who              string // id of the person who must act, or None
	Team             string // id of the team of who must act, or None
	Entity           string // id of the entity that the record belongs to, or None
	Late             bool   // past their date on the day of today
	Seqs             []int64
	Urgent           bool // the soonest due first, in place of the oldest; After is not used
}

// None chooses the findings on which nobody present must act, or which are of no
// team or entity.
const None = "-"

// Findings returns a page of findings, the oldest first, and the value of After
// for the next page (0 at the end). Today is the day on which roles are held.
func (e *Engine) Findings(ctx context.Context, q FindingQuery, today vigie.Day) ([]Finding, int64, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	people, err := e.holders(ctx, today)
	if err != nil {
		return nil, 0, err
	}
	args := map[string]any{"limit": limit + 1}
	where, err := e.where(q, today, args)
	if err != nil {
		return nil, 0, err
	}
	if q.resolves() {
		where += " AND f.seq IN (SELECT t.seq FROM (" + e.resolved(q, people, where, []string{"f.seq"}, args) + ") t WHERE " + q.chosen(args) + ")"
	} else if q.Scope.Limits() {
		where += " AND (" + e.scope(q.Scope, args) + ")"
	}
	order := "f.seq"
	if q.Urgent {
		order = "f.due_on, f.seq"
	}
	rows, err := e.db.Query(ctx, "SELECT f.seq, f.check_key, f.rule, f.register, f.record, f.reason, f.opened_at, f.due_on, f.closed_at, f.waiver, CASE WHEN f.rule IN ("+excludedRules(q.At, args)+") THEN 1 ELSE 0 END FROM finding f WHERE "+where+" ORDER BY "+order+" LIMIT :limit", args)
	if err != nil {
		return nil, 0, err
	}
	out := []Finding{}
	for rows.Next() {
		var f Finding
		var opened int64
		var closed sql.NullInt64
		var waiver sql.NullString
		var excluded int64
		if err := rows.Scan(&f.Seq, &f.CheckKey, &f.Rule, &f.Register, &f.Record, &f.Reason, &opened, &f.DueOn, &closed, &waiver, &excluded); err != nil {
			rows.Close()
			return nil, 0, err
		}
		f.OpenedAt, f.Waiver, f.Check = time.Unix(opened, 0).UTC(), waiver.String, e.byKey[f.CheckKey]
		f.Excluded = excluded == 1
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
	return out, next, e.describe(ctx, out, people)
}

// where is the condition that the columns of a finding f must meet, and its
// parameters. Today is the day that counts for what is late.
//
// Errors: NotFound for a chapter that does not exist.
func (e *Engine) where(q FindingQuery, today vigie.Day, args map[string]any) (string, error) {
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
		for _, r := range e.rules {
			if r.Chapter() == q.Chapter {
				in = append(in, string(r.ID))
			}
		}
		if len(in) == 0 {
			return "", &vigie.Error{Code: vigie.NotFound, Key: "chapter.unknown", Args: []any{q.Chapter}}
		}
		where.WriteString(" AND f.rule " + inListNamed("ch", in, args))
	}
	if q.Waived != nil {
		where.WriteString(map[bool]string{true: " AND f.waiver IS NOT NULL", false: " AND f.waiver IS NULL"}[*q.Waived])
	}
	if q.Excluded != nil {
		where.WriteString(" AND f.rule " + map[bool]string{true: "IN", false: "NOT IN"}[*q.Excluded] + " (" + excludedRules(q.At, args) + ")")
	}
	if q.After > 0 {
		where.WriteString(" AND f.seq > :after")
		args["after"] = q.After
	}
	if q.Late {
		where.WriteString(" AND f.due_on < :late_on")
		args["late_on"] = int64(today)
	}
	if len(q.Seqs) > 0 {
		where.WriteString(" AND f.seq IN (" + seqList(q.Seqs) + ")")
	}
	return where.String(), nil
}

// excludedRules is the SQL of the rules that do not apply at an instant; now when
// it is zero.
func excludedRules(at time.Time, args map[string]any) string {
	args["excluded"] = string(vigie.NotApplicable)
	cond := "v.to_at IS NULL"
	if !at.IsZero() {
		args["at"] = at.Unix()
		cond = "v.from_at <= :at AND (v.to_at IS NULL OR v.to_at > :at)"
	}
	return "SELECT v.rule FROM verdict v WHERE v.verdict = :excluded AND " + cond
}

// seqList writes numbers as SQL.
func seqList(seqs []int64) string {
	var b strings.Builder
	for i, n := range seqs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(n, 10))
	}
	return b.String()
}

// scope limits findings to the records that the scope shows.
func (e *Engine) scope(s register.Scope, args map[string]any) string {
	var parts []string
	for _, reg := range e.catalog {
		if slices.ContainsFunc(e.checks, func(c *Check) bool { return c.Judges == reg.ID }) {
			parts = append(parts, "f.register = '"+reg.ID+"'"+scopeOf(s, reg, args))
		}
	}
	return strings.Join(parts, " OR ")
}

// scopeOf is " AND …" that limits findings on one register.
func scopeOf(s register.Scope, reg *register.Register, args map[string]any) string {
	cond, a := s.Where(reg, "x")
	maps.Copy(args, a)
	if cond == "" {
		return ""
	}
	return " AND EXISTS (SELECT 1 FROM " + reg.ID + " x WHERE x.id = f.record" + cond + ")"
}

// describe adds titles and actors to findings.
func (e *Engine) describe(ctx context.Context, list []Finding, people holders) error {
	titles := map[string]map[string]string{}
	for _, f := range list {
		if titles[f.Register] == nil {
			titles[f.Register] = map[string]string{}
		}
		titles[f.Register][f.Record] = f.Record
	}
	for id, m := range titles {
		if reg := e.byID[id]; reg != nil {
			if err := e.titles(ctx, reg, m); err != nil {
				return err
			}
		}
	}
	actors, err := e.actors(ctx, list, people)
	if err != nil {
		return err
	}
	for i := range list {
		f := &list[i]
		f.Title, f.Actor = titles[f.Register][f.Record], actors[f.Seq]
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
