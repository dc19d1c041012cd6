// Package control judges every rule of the policy over the registers and keeps
// what it found: findings as intervals, verdicts with their history, waivers.
// It serves all the rules: nothing else writes a verdict, and no person can.
package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/policy"
)

// A Check is a check of a rule, made ready to run.
type Check struct {
	*policy.Check
	Rule *policy.Rule
	Key  string // "9.5.5/running-contract": names the check everywhere

	query  *query
	once   bool               // the form of the query lets no record be judged twice
	routes map[string][]route // by table read: how its rows lead to judged records; nil means to all of them
	err    error              // why the check cannot run at all
	judged atomic.Int64       // records at the last run on everything, at least 1; 0 when it did not run yet
}

// A route leads from a changed row to the judged records.
type route struct {
	column string // of the changed row; its value is the id of the judged record when sql is empty
	sql    string // returns ids of judged records for :value
}

// Compile makes the checks of a rule ready. A check that cannot run is
// returned too, and is shown as broken.
func Compile(r *policy.Rule, catalog []*register.Register) []*Check {
	var out []*Check
	for i := range r.Checks {
		c := &Check{Check: &r.Checks[i], Rule: r, Key: string(r.ID) + "/" + r.Checks[i].ID}
		c.err = c.compile(catalog)
		out = append(out, c)
	}
	return out
}

func (c *Check) compile(catalog []*register.Register) (err error) {
	tables := map[string]*register.Register{}
	for _, r := range catalog {
		tables[r.ID] = r
	}
	c.query, err = understand(c.SQL, func(t string) bool { return tables[t] != nil })
	if err != nil {
		return err
	}
	if c.query.uses[0].table != c.Judges {
		return fmt.Errorf("the check judges %s but reads %s first", c.Judges, c.query.uses[0].table)
	}
	known := slices.Collect(maps.Keys(values(c.Rule.Params, nil, time.Time{})))
	for p := range c.query.params {
		if !slices.Contains(known, p) {
			return fmt.Errorf("parameter :%s is not declared", p)
		}
	}
	c.once = c.query.once(func(table, column string) bool {
		f := tables[table].Field(column)
		return column == "id" || f != nil && f.Unique
	})
	c.routes = map[string][]route{c.Judges: {{column: "id"}}}
	for i, u := range c.query.uses[1:] {
		routes, ok := c.query.routes(i+1, tables)
		if !ok || c.Touches[u.table] == "all" {
			c.routes[u.table] = nil
			continue
		}
		if had, seen := c.routes[u.table]; seen && had == nil {
			continue
		}
		for _, r := range routes {
			if !slices.Contains(c.routes[u.table], r) {
				c.routes[u.table] = append(c.routes[u.table], r)
			}
		}
	}
	if c.Touches[c.Judges] == "all" {
		c.routes[c.Judges] = nil
	}
	return nil
}

// reads says whether a change of these columns of table can change what c says.
func (c *Check) reads(table string, columns []string) bool {
	if _, ok := c.routes[table]; !ok {
		return false
	}
	return columns == nil || slices.ContainsFunc(columns, func(col string) bool { return c.query.columns[col] })
}

// decidesMembers says whether a change of these columns can change which records
// c judges.
func (c *Check) decidesMembers(columns []string) bool {
	return columns == nil || slices.ContainsFunc(columns, func(col string) bool { return c.query.members[col] })
}

// routes finds how rows of use u lead to the judged records by the equalities
// of the query; false when they do not, or only through a column without index.
func (q *query) routes(u int, tables map[string]*register.Register) ([]route, bool) {
	// The shortest way: each step is the pair of uses it crosses.
	came := map[int]int{u: u}
	for queue := []int{u}; len(queue) > 0; queue = queue[1:] {
		for _, l := range q.links {
			for _, step := range [][2]int{{l.a, l.b}, {l.b, l.a}} {
				if _, seen := came[step[1]]; step[0] == queue[0] && !seen {
					came[step[1]] = step[0]
					queue = append(queue, step[1])
				}
			}
		}
	}
	if _, ok := came[0]; !ok {
		return nil, false
	}
	way := []int{0}
	for at := 0; at != u; at = came[at] {
		way = append(way, came[at])
	}
	slices.Reverse(way) // u … 0
	// Two uses may be linked in several ways (owner or deputy): follow each.
	chains := [][]link{nil}
	for i := 0; i+1 < len(way); i++ {
		var longer [][]link
		for _, l := range q.links {
			if l.b == way[i] && l.a == way[i+1] {
				l = link{l.b, l.a, l.cb, l.ca}
			}
			if l.a == way[i] && l.b == way[i+1] {
				if !indexed(tables[q.uses[l.b].table], l.cb) {
					return nil, false
				}
				for _, c := range chains {
					longer = append(longer, append(slices.Clone(c), l))
				}
			}
		}
		chains = longer
	}
	var out []route
	for _, c := range chains {
		out = append(out, q.route(c))
	}
	return out, true
}

func (q *query) route(chain []link) route {
	r := route{column: chain[0].ca}
	last := chain[len(chain)-1]
	if len(chain) == 1 && last.cb == "id" {
		return r
	}
	var sql strings.Builder
	if last.cb == "id" {
		chain = chain[:len(chain)-1]
		fmt.Fprintf(&sql, "SELECT u%d.%s FROM", len(chain), last.ca)
	} else {
		fmt.Fprintf(&sql, "SELECT u%d.id FROM", len(chain))
	}
	for i, l := range chain {
		if i > 0 {
			sql.WriteString(" JOIN")
		}
		fmt.Fprintf(&sql, " %s u%d", q.uses[l.b].table, i+1)
		if i > 0 {
			fmt.Fprintf(&sql, " ON u%d.%s = u%d.%s", i+1, l.cb, i, l.ca)
		}
	}
	fmt.Fprintf(&sql, " WHERE u1.%s = :value LIMIT %d", chain[0].cb, maxTouched+1)
	r.sql = sql.String()
	return r
}

func indexed(r *register.Register, column string) bool {
	if column == "id" {
		return true
	}
	f := r.Field(column)
	return f != nil && (f.Kind == register.Ref || f.Unique)
}

// Values returns the parameters of rules at their defaults, as the SQL of checks
// names them, at now.
func Values(rules []*policy.Rule, now time.Time) map[string]any {
	params := map[string]policy.Param{}
	for _, r := range rules {
		maps.Copy(params, r.Params)
	}
	return values(params, nil, now)
}

// values are the values of the parameters that SQL may name, at now: those of
// the policy unless the committee set others.
func values(params map[string]policy.Param, set map[string]int64, now time.Time) map[string]any {
	today, second := int64(vigie.DayOf(now.UTC())), now.Unix()
	out := map[string]any{"today": today, "now": second}
	for name, p := range params {
		v, ok := set[name]
		if !ok {
			v = p.Default
		}
		out[name] = v
		if unit, ok := seconds[p.Unit]; ok {
			out[name+"_ago_at"], out[name+"_ahead_at"] = second-v*unit, second+v*unit
			if p.Unit == "days" {
				out[name+"_ago"], out[name+"_ahead"] = today-v, today+v
			}
		}
	}
	return out
}

var seconds = map[string]int64{"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}

// units are the units that a parameter may have.
var units = []string{"days", "hours", "minutes", "seconds", "level", "count", "percent", "flag"}
