package control

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// holders are who holds each role on one day: the first to call of those present.
type holders struct {
	today vigie.Day
	roles map[string]Actor
}

// present is the condition that a person p is in the company on :today.
const present = "p.first_day <= :today AND (p.last_day IS NULL OR p.last_day >= :today)"

func (e *Engine) holders(ctx context.Context, today vigie.Day) (h holders, err error) {
	h = holders{today, map[string]Actor{}}
	rows, err := e.db.Query(ctx, `SELECT r.role, p.id, p.name FROM role_assignment r JOIN person p ON p.id = r.person WHERE r.starts_on <= :today
		AND (r.ends_on IS NULL OR r.ends_on >= :today) AND `+present+` ORDER BY r.role, COALESCE(r.call_order, 1000), p.name, p.id`, map[string]any{"today": int64(today)})
	if err != nil {
		return h, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Actor
		if err := rows.Scan(&a.Role, &a.Person, &a.Name); err != nil {
			return h, err
		}
		if _, seen := h.roles[a.Role]; !seen {
			h.roles[a.Role] = a
		}
	}
	return h, rows.Err()
}

// assigned is where it is said to whom somebody gave the finding f.
const assigned = " FROM finding_assignment a WHERE a.record_id = f.record AND a.register_id = f.register AND a.rule = f.rule"

// along is the value at the end of a path of references from the record of the
// finding f.
func along(catalog map[string]*register.Register, from *register.Register, path string) string {
	value, at := "f.record", from
	if path == "self" {
		return value
	}
	for i, name := range strings.Split(path, ".") {
		value = fmt.Sprintf("(SELECT x%[1]d.%[2]s FROM %[3]s x%[1]d WHERE x%[1]d.id = %[4]s)", i, name, at.ID, value)
		at = catalog[at.Field(name).To]
	}
	return value
}

// who is the SQL of the person who must act on a finding f of a check: to whom it
// was assigned, or the first of its acts that leads to somebody present.
func (e *Engine) who(c *Check, people holders, args map[string]any) string {
	reg := e.register(c.Judges)
	args["today"] = int64(people.today)
	somebody := func(id string) string {
		return "(SELECT p.id FROM person p WHERE p.id = " + id + " AND " + present + ")"
	}
	list := []string{somebody("(SELECT a.person" + assigned + " ORDER BY a.id LIMIT 1)")}
	for _, act := range c.acts() {
		if role, ok := strings.CutPrefix(act, "role:"); ok {
			if a, held := people.roles[role]; held {
				args["role_"+role] = a.Person
				list = append(list, ":role_"+role)
				break // somebody: what follows is never asked
			}
			continue
		}
		// Some entries are for other registers that the rule judges.
		if _, err := actorPath(e.catalog, c.Judges, act); err == nil {
			list = append(list, somebody(along(e.byID, reg, act)))
		}
	}
	return "COALESCE(" + strings.Join(append(list, "NULL"), ", ") + ")"
}

// mayConcern is " AND …" that every finding of a check on which :who must act
// meets, and which indexes answer; "" when it may be any.
func (e *Engine) mayConcern(c *Check, people holders, who string) string {
	or := []string{"EXISTS (SELECT 1" + assigned + " AND a.person = :who)"}
	for _, act := range c.acts() {
		if role, ok := strings.CutPrefix(act, "role:"); ok {
			if people.roles[role].Person == who {
				return ""
			}
			continue
		}
		path, err := actorPath(e.catalog, c.Judges, act)
		if err != nil {
			continue
		}
		if act == "self" {
			or = append(or, "f.record = :who")
			continue
		}
		ids := "(:who)"
		names := strings.Split(act, ".")
		for i := len(names) - 1; i >= 0; i-- {
			ids = fmt.Sprintf("(SELECT x%[1]d.id FROM %[2]s x%[1]d WHERE x%[1]d.%[3]s IN %[4]s)", i, path[i].ID, names[i], ids)
		}
		or = append(or, "f.record IN "+ids)
	}
	return " AND (" + strings.Join(or, " OR ") + ")"
}

// resolves says whether the query asks for what is not in the table of findings.
func (q FindingQuery) resolves() bool { return q.Who != "" || q.Team != "" || q.Entity != "" }

// chosen is the condition that a row t of resolved meets.
func (q FindingQuery) chosen(args map[string]any) string {
	and := []string{"1 = 1"}
	switch q.Who {
	case "":
	case None:
		and = append(and, "t.who IS NULL")
	default:
		args["who"] = q.Who
		and = append(and, "t.who = :who")
	}
	switch q.Team {
	case "":
	case None:
		and = append(and, "NOT EXISTS (SELECT 1 FROM person p WHERE p.id = t.who AND p.team IS NOT NULL)")
	default:
		args["team"] = q.Team
		and = append(and, "t.who IN (SELECT p.id FROM person p WHERE p.team = :team)")
	}
	switch q.Entity {
	case "":
	case None:
		and = append(and, "t.entity IS NULL")
	default:
		args["entity"] = q.Entity
		and = append(and, "t.entity = :entity")
	}
	return strings.Join(and, " AND ")
}

// resolved is the SQL of the findings that meet a condition, in the scope of the
// query, with columns of theirs, who must act and their entity, where these are
// asked for. Checks that ask the same of the same register are one term.
func (e *Engine) resolved(q FindingQuery, people holders, where string, columns []string, args map[string]any, also ...string) string {
	type group struct {
		of   *Check
		keys []string
	}
	var groups []*group
	by := map[string]*group{}
	for _, c := range e.checks {
		if q.Rule != "" && q.Rule != c.Rule.ID || q.Check != "" && q.Check != c.Key || q.Register != "" && q.Register != c.Judges || q.Chapter != "" && q.Chapter != c.Rule.Chapter() {
			continue
		}
		same := c.Judges + " " + strings.Join(c.acts(), " ")
		if by[same] == nil {
			by[same] = &group{of: c}
			groups = append(groups, by[same])
		}
		by[same].keys = append(by[same].keys, "'"+c.Key+"'")
	}
	needs := func(column string) bool { return slices.Contains(also, column) }
	var terms []string
	for _, g := range groups {
		cols := slices.Clone(columns)
		if q.Who != "" || q.Team != "" || needs("who") {
			cols = append(cols, e.who(g.of, people, args)+" AS who")
		}
		if q.Entity != "" || needs("entity") {
			entity := "NULL"
			if path := register.PathTo(e.byID, e.register(g.of.Judges), "entity"); path != "" {
				entity = along(e.byID, e.register(g.of.Judges), path)
			}
			cols = append(cols, entity+" AS entity")
		}
		term := "SELECT " + strings.Join(cols, ", ") + " FROM finding f WHERE " + where + " AND f.check_key IN (" + strings.Join(g.keys, ", ") + ")"
		if q.Who != "" && q.Who != None {
			term += e.mayConcern(g.of, people, q.Who)
		}
		if q.Scope.Limits() {
			term += scopeOf(q.Scope, e.register(g.of.Judges), args)
		}
		terms = append(terms, term)
	}
	if len(terms) == 0 { // nothing of the policy is like this
		return "SELECT " + strings.Join(append(slices.Clone(columns), "'' AS who", "'' AS entity"), ", ") + " FROM finding f WHERE 1 = 0"
	}
	return strings.Join(terms, " UNION ALL ")
}

// actors returns who must act on each finding, by its number.
func (e *Engine) actors(ctx context.Context, list []Finding, people holders) (map[int64]Actor, error) {
	type group struct {
		of   *Check
		seqs []int64
	}
	groups := map[string]*group{}
	checks := map[int64]*Check{}
	for _, f := range list {
		if f.Check == nil {
			continue
		}
		checks[f.Seq] = f.Check
		same := f.Check.Judges + " " + strings.Join(f.Check.acts(), " ")
		if groups[same] == nil {
			groups[same] = &group{of: f.Check}
		}
		groups[same].seqs = append(groups[same].seqs, f.Seq)
	}
	out := map[int64]Actor{}
	if len(groups) == 0 {
		return out, nil
	}
	args := map[string]any{}
	var terms []string
	for _, g := range groups {
		terms = append(terms, "SELECT f.seq, "+e.who(g.of, people, args)+" AS who, (SELECT a.id"+assigned+" ORDER BY a.id LIMIT 1) AS given FROM finding f WHERE f.seq IN ("+seqList(g.seqs)+")")
	}
	rows, err := e.db.Query(ctx, "SELECT t.seq, t.who, n.name, g.person, g.note FROM ("+strings.Join(terms, " UNION ALL ")+") t LEFT JOIN person n ON n.id = t.who LEFT JOIN finding_assignment g ON g.id = t.given", args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var who, name, given, note sql.NullString
		if err := rows.Scan(&seq, &who, &name, &given, &note); err != nil {
			return nil, err
		}
		a := Actor{Person: who.String, Name: name.String}
		if who.Valid && who == given {
			a.Assigned, a.Note = true, note.String
		}
		for _, act := range checks[seq].acts() {
			if role, ok := strings.CutPrefix(act, "role:"); ok && !a.Assigned && (!who.Valid || people.roles[role].Person == a.Person) {
				a.Role = role
				if who.Valid {
					break
				}
			}
		}
		out[seq] = a
	}
	return out, rows.Err()
}

// A Grouping is what findings are counted by.
type Grouping string

// The groupings.
const (
	ByRule   Grouping = "rule"
	ByWho    Grouping = "who"
	ByTeam   Grouping = "team" // of who must act
	ByEntity Grouping = "entity"
)

// Groupings are all of them, in the order in which they are offered.
var Groupings = []Grouping{ByWho, ByTeam, ByEntity, ByRule}

// A FindingGroup is the findings that have one thing in common.
type FindingGroup struct {
	Key    string    // id of the rule, person, team or entity; "" when there is none
	Title  string    // of it; "" for a rule, which has its own texts
	Open   int64     // covered ones included
	Waived int64     // covered
	Late   int64     // past their date, not covered
	Due    vigie.Day // the soonest, of those that are not covered; 0 when all are
}

// FindingGroups counts the findings that a query chooses by what they have in
// common, those with the most to do first. Its pages (After, Limit, Urgent) do not count.
func (e *Engine) FindingGroups(ctx context.Context, q FindingQuery, by Grouping, today vigie.Day) ([]FindingGroup, error) {
	people, err := e.holders(ctx, today)
	if err != nil {
		return nil, err
	}
	q.After = 0
	args := map[string]any{"today": int64(today)}
	where, err := e.where(q, today, args)
	if err != nil {
		return nil, err
	}
	key, title, join := "", "''", ""
	var also []string
	switch by {
	case ByRule:
		key = "t.rule"
	case ByWho:
		key, title, join, also = "t.who", "MIN(n.name)", " LEFT JOIN person n ON n.id = t.who", []string{"who"}
	case ByTeam:
		key, title, join, also = "n.team", "MIN(m.name)", " LEFT JOIN person n ON n.id = t.who LEFT JOIN team m ON m.id = n.team", []string{"who"}
	case ByEntity:
		key, title, join, also = "t.entity", "MIN(n.name)", " LEFT JOIN entity n ON n.id = t.entity", []string{"entity"}
	default:
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "finding.grouping", Args: []any{string(by)}}
	}
	from := e.resolved(q, people, where, []string{"f.rule", "f.due_on", "f.waiver"}, args, also...)
	rows, err := e.db.Query(ctx, "SELECT "+key+", "+title+`, COUNT(*), COUNT(t.waiver), SUM(CASE WHEN t.waiver IS NULL AND t.due_on < :today THEN 1 ELSE 0 END), MIN(CASE WHEN t.waiver IS NULL THEN t.due_on END)
		FROM (`+from+") t"+join+" WHERE "+q.chosen(args)+" GROUP BY "+key+" ORDER BY COUNT(*) - COUNT(t.waiver) DESC, 3 DESC, 1", args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []FindingGroup{}
	for rows.Next() {
		var g FindingGroup
		var key, title sql.NullString
		var due sql.NullInt64
		if err := rows.Scan(&key, &title, &g.Open, &g.Waived, &g.Late, &due); err != nil {
			return nil, err
		}
		g.Key, g.Title, g.Due = key.String, title.String, vigie.Day(due.Int64)
		out = append(out, g)
	}
	return out, rows.Err()
}
