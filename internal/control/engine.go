package control

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/store"
	"vigie.example/policy"
)

// maxTouched bounds the records that are judged one by one after a change;
// above, the whole check runs.
const maxTouched = 2000

// Time limits of one check: on a whole register beside the writers, and inside
// a change, which others wait for.
const (
	wholeLimit  = 5 * time.Minute
	changeLimit = 20 * time.Second
)

// An Engine judges the rules over the registers of one database. Its methods
// may be called at the same time.
type Engine struct {
	db      *store.DB
	catalog []*register.Register
	byID    map[string]*register.Register
	rules   []*policy.Rule
	checks  []*Check
	byKey   map[string]*Check
	byTable map[string][]*Check
	params  map[string]policy.Param // of every rule, by name

	// Time limits of one check: on a whole register beside the writers, and
	// inside a change, which others wait for.
	WholeLimit, ChangeLimit time.Duration

	mu   sync.Mutex
	gone map[string]int64 // by check: records that may have left those it judges since they were counted
}

// Tables returns the tables that the engine keeps.
func Tables() []store.Table {
	return []store.Table{
		{Name: "finding", Columns: []store.Column{
			{Name: "seq", Type: store.IntColumn},
			{Name: "check_key", Type: store.TextColumn, NotNull: true},
			{Name: "rule", Type: store.TextColumn, NotNull: true},
			{Name: "register", Type: store.TextColumn, NotNull: true},
			{Name: "record", Type: store.TextColumn, NotNull: true},
			{Name: "reason", Type: store.TextColumn, NotNull: true},
			{Name: "opened_at", Type: store.IntColumn, NotNull: true},
			{Name: "due_on", Type: store.IntColumn, NotNull: true},
			{Name: "closed_at", Type: store.IntColumn},
			{Name: "waiver", Type: store.TextColumn}, // id of the waiver, or "covered"; null when nothing covers it
		}, Indexes: []string{"unique check_key, record WHERE closed_at IS NULL", "record, closed_at", "closed_at, opened_at WHERE closed_at IS NOT NULL", "rule, seq WHERE closed_at IS NULL"}},
		{Name: "finding_closed", Columns: []store.Column{
			{Name: "seq", Type: store.IntColumn},
			{Name: "at", Type: store.IntColumn, NotNull: true},
			{Name: "finding", Type: store.IntColumn, NotNull: true},
		}},
		{Name: "check_state", Columns: []store.Column{
			{Name: "check_key", Type: store.TextColumn},
			{Name: "judged", Type: store.IntColumn, NotNull: true},
			{Name: "open", Type: store.IntColumn, NotNull: true},
			{Name: "waived", Type: store.IntColumn, NotNull: true},
			{Name: "error", Type: store.TextColumn, NotNull: true},
			{Name: "evaluated_at", Type: store.IntColumn, NotNull: true}, // last time on the whole register
			{Name: "duration_us", Type: store.IntColumn, NotNull: true},
		}},
		{Name: "verdict", Columns: []store.Column{
			{Name: "seq", Type: store.IntColumn},
			{Name: "rule", Type: store.TextColumn, NotNull: true},
			{Name: "verdict", Type: store.TextColumn, NotNull: true},
			{Name: "from_at", Type: store.IntColumn, NotNull: true},
			{Name: "to_at", Type: store.IntColumn},
		}, Indexes: []string{"rule, from_at"}},
	}
}

// NewEngine returns the engine of these rules over db, whose tables exist.
func NewEngine(db *store.DB, catalog []*register.Register, rules []*policy.Rule) *Engine {
	e := &Engine{db: db, catalog: catalog, byID: map[string]*register.Register{}, rules: rules, byKey: map[string]*Check{}, byTable: map[string][]*Check{}, params: map[string]policy.Param{},
		WholeLimit: wholeLimit, ChangeLimit: changeLimit, gone: map[string]int64{}}
	for _, r := range catalog {
		e.byID[r.ID] = r
	}
	for _, r := range rules {
		maps.Copy(e.params, r.Params)
		for _, c := range Compile(r, catalog) {
			e.checks = append(e.checks, c)
			e.byKey[c.Key] = c
			for table := range c.routes {
				e.byTable[table] = append(e.byTable[table], c)
			}
		}
	}
	return e
}

// Rules returns the rules, in their order.
func (e *Engine) Rules() []*policy.Rule { return e.rules }

// values returns the parameters in force at now.
func (e *Engine) values(ctx context.Context, q store.Queryer, now time.Time) (map[string]any, error) {
	set, err := e.set(ctx, q)
	if err != nil {
		return nil, err
	}
	return values(e.params, set, now), nil
}

// set returns the parameters that the committee set, within their bounds.
func (e *Engine) set(ctx context.Context, q store.Queryer) (map[string]int64, error) {
	rows, err := q.Query(ctx, "SELECT name, value FROM policy_parameter", nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	set := map[string]int64{}
	for rows.Next() {
		var name string
		var v sql.Null[int64]
		if err := rows.Scan(&name, &v); err != nil {
			return nil, err
		}
		if p, ok := e.params[name]; ok && v.Valid {
			set[name] = min(max(v.V, p.Min), p.Max)
		}
	}
	return set, rows.Err()
}

// A subset is the records of a check to look at again after a change.
type subset struct {
	ids      map[string]bool
	mayLeave bool // the change may have taken some of them out of what the check judges
}

func (s *subset) sorted() []string { return slices.Sorted(maps.Keys(s.ids)) }

// Changed implements register.Watcher: it judges again, inside the transaction,
// the checks that read what changed, for the records that the change touches.
func (e *Engine) Changed(ctx context.Context, tx *store.Tx, now time.Time, changes []register.Change, tables []string) error {
	whole := map[string]bool{}              // checks to run on everything
	some := map[string]*subset{}            // check → judged records to look at again
	touched := map[string]map[string]bool{} // answers of routes, shared by checks
	rejudge, waivers := map[vigie.RuleID]bool{}, false
	for _, t := range tables {
		for _, c := range e.byTable[t] {
			whole[c.Key] = true
		}
		if t == "policy_parameter" {
			for _, c := range e.checks {
				whole[c.Key] = true
			}
		}
		waivers = waivers || t == "waiver"
		if t == "exclusion" {
			for _, r := range e.rules {
				rejudge[r.ID] = true
			}
		}
	}
	for _, ch := range changes {
		switch ch.Register.ID {
		case "policy_parameter":
			for _, v := range []register.Values{ch.Old, ch.New} {
				e.usersOf(v["name"], whole)
			}
		case "waiver":
			waivers = true
		case "exclusion":
			for _, v := range []register.Values{ch.Old, ch.New} {
				if rule, ok := v["rule"].(string); ok {
					rejudge[vigie.RuleID(rule)] = true
				}
			}
		}
		for _, c := range e.byTable[ch.Register.ID] {
			if whole[c.Key] || !c.reads(ch.Register.ID, ch.Columns) {
				continue
			}
			routes := c.routes[ch.Register.ID]
			if routes == nil {
				whole[c.Key] = true
				continue
			}
			s := some[c.Key]
			if s == nil {
				s = &subset{ids: map[string]bool{}}
				some[c.Key] = s
			}
			s.mayLeave = s.mayLeave || c.decidesMembers(ch.Columns)
			for _, r := range routes {
				if err := follow(ctx, tx, r, ch, s.ids, touched); err != nil {
					return err
				}
			}
			if len(s.ids) > maxTouched {
				whole[c.Key] = true
			}
		}
	}
	if err := e.judgeAgain(ctx, tx, now, whole, some, rejudge); err != nil {
		return err
	}
	if waivers {
		changed, err := e.applyWaivers(ctx, tx, now)
		if err != nil {
			return err
		}
		for _, r := range changed {
			rejudge[r] = true
		}
	}
	return e.keepVerdicts(ctx, tx, now, rejudge)
}

// judgeAgain runs some checks on everything and others on some records, keeps
// what differs and adds to moved the rules whose verdict may have changed.
func (e *Engine) judgeAgain(ctx context.Context, tx *store.Tx, now time.Time, whole map[string]bool, some map[string]*subset, moved map[vigie.RuleID]bool) error {
	var keys []string
	for _, c := range e.checks {
		if s := some[c.Key]; whole[c.Key] || s != nil && len(s.ids) > 0 {
			keys = append(keys, c.Key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	params, err := e.values(ctx, tx, now)
	if err != nil {
		return err
	}
	before, err := statesOf(ctx, tx, keys)
	if err != nil {
		return err
	}
	var few []*Check // on few records each: judged together
	for _, key := range keys {
		c := e.byKey[key]
		var changed bool
		switch {
		case before[key].Error != "": // no writer waits for a broken check: Tick will try it again
		case whole[key]:
			changed, err = true, e.runWhole(ctx, tx, c, params, now, e.ChangeLimit)
		case len(some[key].ids) <= maxTogether:
			few = append(few, c)
		default:
			changed, err = e.runSome(ctx, tx, c, params, now, before[key], some[key])
		}
		if err != nil {
			return err
		}
		if changed {
			moved[c.Rule.ID] = true
		}
	}
	return e.runTogether(ctx, tx, few, params, now, before, some, moved)
}

func (e *Engine) usersOf(param any, whole map[string]bool) {
	name, _ := param.(string)
	for _, c := range e.checks {
		if c.query != nil && c.uses(name) {
			whole[c.Key] = true
		}
	}
}

// follow adds to ids the judged records that a change leads to.
func follow(ctx context.Context, tx *store.Tx, r route, ch register.Change, ids map[string]bool, touched map[string]map[string]bool) error {
	for _, v := range []register.Values{ch.Old, ch.New} {
		value, ok := v[r.column].(string)
		if !ok {
			continue
		}
		if r.sql == "" {
			ids[value] = true
			continue
		}
		key := r.sql + "\x00" + value
		found, seen := touched[key]
		if !seen {
			found = map[string]bool{}
			rows, err := tx.Query(ctx, r.sql, map[string]any{"value": value})
			if err != nil {
				return err
			}
			for rows.Next() {
				var id sql.NullString
				if err := rows.Scan(&id); err != nil {
					rows.Close()
					return err
				}
				if id.Valid {
					found[id.String] = true
				}
			}
			rows.Close()
			if err := rows.Err(); err != nil {
				return err
			}
			touched[key] = found
		}
		for id := range found {
			ids[id] = true
		}
	}
	return nil
}

// Tick judges everything again at now: facts expire without any write. It runs
// on the side of the writers, which wait only while differences are kept.
func (e *Engine) Tick(ctx context.Context, now time.Time) error {
	params, err := e.values(ctx, e.db, now)
	if err != nil {
		return err
	}
	counts := make([]count, len(e.checks))
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(min(e.db.Readers(), runtime.GOMAXPROCS(0)))
	for i, c := range e.checks {
		workers.Go(func() (err error) {
			counts[i], err = e.tickCheck(working, c, params, now)
			return err
		})
	}
	if err := workers.Wait(); err != nil {
		return err
	}
	err = e.db.Write(ctx, func(tx *store.Tx) error {
		for _, n := range counts {
			if err := e.counted(ctx, tx, n, now); err != nil {
				return err
			}
		}
		if err := e.retire(ctx, tx, now); err != nil {
			return err
		}
		if _, err := e.applyWaivers(ctx, tx, now); err != nil {
			return err
		}
		rejudge := map[vigie.RuleID]bool{}
		for _, r := range e.rules {
			rejudge[r.ID] = true
		}
		return e.keepVerdicts(ctx, tx, now, rejudge)
	})
	if err != nil {
		return err
	}
	return e.db.Optimize(ctx)
}

// A count is what one evaluation of a check on everything gave.
type count struct {
	check  *Check
	judged int64
	took   time.Duration
	err    error // why it is broken
}

// tickCheck judges everything by one check, and keeps what differs.
func (e *Engine) tickCheck(ctx context.Context, c *Check, params map[string]any, now time.Time) (count, error) {
	limited, cancel := context.WithTimeout(ctx, e.WholeLimit)
	defer cancel()
	start := time.Now()
	n := count{check: c}
	j, err := c.JudgeAll(limited, e.db, params)
	if ctx.Err() != nil {
		return n, ctx.Err()
	}
	if err != nil {
		n.err = err
		return n, nil
	}
	n.judged = j.Judged
	differs, err := differences(ctx, e.db, c, j.Reasons)
	if err != nil {
		return n, err
	}
	n.took = time.Since(start)
	if len(differs) == 0 {
		return n, nil
	}
	return n, e.db.Write(ctx, func(tx *store.Tx) error {
		if len(differs) > maxTouched {
			return e.runWhole(ctx, tx, c, params, now, e.WholeLimit)
		}
		// A writer may have been faster: look again at what differs.
		_, err := e.runSome(ctx, tx, c, params, now, State{Judged: j.Judged}, &subset{ids: differs})
		return err
	})
}

// runWhole runs a check on everything and keeps what differs.
func (e *Engine) runWhole(ctx context.Context, tx *store.Tx, c *Check, params map[string]any, now time.Time, limit time.Duration) error {
	start := time.Now()
	var j Judgement
	err := tx.Guard(ctx, limit, func(ctx context.Context) (err error) {
		j, err = c.JudgeAll(ctx, tx, params)
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return e.broken(ctx, tx, c, now, err)
	}
	open, err := openFindings(ctx, tx, c, nil)
	if err != nil {
		return err
	}
	if _, err := e.keep(ctx, tx, c, now, open, j.Reasons); err != nil {
		return err
	}
	return e.counted(ctx, tx, count{check: c, judged: j.Judged, took: time.Since(start)}, now)
}

// runSome runs a check on some records, keeps what differs and says whether its
// verdict may have changed.
func (e *Engine) runSome(ctx context.Context, tx *store.Tx, c *Check, params map[string]any, now time.Time, st State, some *subset) (bool, error) {
	ids := some.sorted()
	if len(ids) == 0 {
		return false, nil
	}
	var said map[string]string
	err := tx.Guard(ctx, e.ChangeLimit, func(ctx context.Context) (err error) {
		said, err = c.Judge(ctx, tx, params, ids)
		return err
	})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return true, e.broken(ctx, tx, c, now, err)
	}
	open, err := openFindings(ctx, tx, c, ids)
	if err != nil {
		return false, err
	}
	return e.settle(ctx, tx, c, params, now, st, some, said, open)
}

// settle keeps what a check said of some records.
func (e *Engine) settle(ctx context.Context, tx *store.Tx, c *Check, params map[string]any, now time.Time, st State, some *subset, said map[string]string, open map[string]openFinding) (bool, error) {
	reasons := map[string]string{}
	for id, why := range said {
		if why != "" {
			reasons[id] = why
		}
	}
	kept, err := e.keep(ctx, tx, c, now, open, reasons)
	if err != nil {
		return kept, err
	}
	var left int64
	if some.mayLeave {
		for id := range some.ids {
			if _, judged := said[id]; !judged {
				left++
			}
		}
	}
	counted, err := e.population(ctx, tx, c, params, now, st, len(said) > 0, left)
	return kept || counted, err
}

// enough is the number of judged records beyond which nobody needs to count
// them again after each change.
const enough = 1000

// population follows whether a check still judges something: present says that
// it judged a record just now, left how many it may no longer judge. It says
// whether the count of the check changed.
func (e *Engine) population(ctx context.Context, tx *store.Tx, c *Check, params map[string]any, now time.Time, st State, present bool, left int64) (bool, error) {
	e.mu.Lock()
	e.gone[c.Key] += left
	gone := e.gone[c.Key]
	e.mu.Unlock()
	if !(st.Judged == 0 && present || st.Judged > 0 && st.Judged <= gone) {
		return false, nil
	}
	var n int64
	err := tx.Guard(ctx, e.ChangeLimit, func(ctx context.Context) (err error) {
		n, err = store.Count(ctx, tx, fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM (%s) q LIMIT %d) p", c.SQL, enough), params)
		return err
	})
	if err != nil {
		return true, e.broken(ctx, tx, c, now, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if n == enough && st.Judged > enough { // so many may leave before it matters
		e.gone[c.Key] = st.Judged - enough
		return false, nil
	}
	e.gone[c.Key] = 0
	return true, e.addState(ctx, tx, c.Key, now, "judged = :n", map[string]any{"n": n})
}

// counted keeps where a check stands after an evaluation on everything.
func (e *Engine) counted(ctx context.Context, tx *store.Tx, n count, now time.Time) error {
	if n.err != nil {
		return e.broken(ctx, tx, n.check, now, n.err)
	}
	e.mu.Lock()
	e.gone[n.check.Key] = 0
	e.mu.Unlock()
	return e.addState(ctx, tx, n.check.Key, now, "judged = :n, error = '', evaluated_at = :at, duration_us = :took", map[string]any{"n": n.judged, "took": n.took.Microseconds()})
}

// broken notes that a check failed. Its findings stay: nothing proves that they
// are closed.
func (e *Engine) broken(ctx context.Context, tx *store.Tx, c *Check, now time.Time, why error) error {
	if errors.Is(why, context.Canceled) {
		return why
	}
	text := why.Error()
	if errors.Is(why, context.DeadlineExceeded) || strings.Contains(text, "interrupted") || strings.Contains(text, "57014") {
		text = "the query exceeded its time limit"
	}
	return e.addState(ctx, tx, c.Key, now, "error = :error, evaluated_at = :at", map[string]any{"error": text})
}

func (e *Engine) addState(ctx context.Context, tx *store.Tx, key string, now time.Time, set string, args map[string]any) error {
	args["key"], args["at"] = key, now.Unix()
	n, err := tx.Exec(ctx, "UPDATE check_state SET "+set+" WHERE check_key = :key", args)
	if err != nil || n > 0 {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO check_state (check_key, judged, open, waived, error, evaluated_at, duration_us) VALUES (:key, 0, 0, 0, '', :at, 0)", map[string]any{"key": key, "at": now.Unix()}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE check_state SET "+set+" WHERE check_key = :key", args)
	return err
}

// A State is where a check stands.
type State struct {
	Judged, Open, Waived int64
	Error                string
	EvaluatedAt          time.Time
	Took                 time.Duration
}

// statesOf returns where some checks stand.
func statesOf(ctx context.Context, q store.Queryer, keys []string) (map[string]State, error) {
	out := map[string]State{}
	for part := range slices.Chunk(keys, chunks[len(chunks)-1]) {
		in, args := inList(part)
		some, err := states(ctx, q, " WHERE check_key "+in, args)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, some)
	}
	return out, nil
}

func states(ctx context.Context, q store.Queryer, where string, args map[string]any) (map[string]State, error) {
	rows, err := q.Query(ctx, "SELECT check_key, judged, open, waived, error, evaluated_at, duration_us FROM check_state"+where, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]State{}
	for rows.Next() {
		var key string
		var s State
		var at, took int64
		if err := rows.Scan(&key, &s.Judged, &s.Open, &s.Waived, &s.Error, &at, &took); err != nil {
			return nil, err
		}
		s.EvaluatedAt, s.Took = time.Unix(at, 0).UTC(), time.Duration(took)*time.Microsecond
		out[key] = s
	}
	return out, rows.Err()
}

// verdict is what the state of a check says.
func (s State) verdict() vigie.Verdict {
	switch {
	case s.Error != "":
		return vigie.Broken
	case s.Open > s.Waived:
		return vigie.Deviating
	case s.Open > 0:
		return vigie.Waived
	case s.Judged > 0:
		return vigie.Conforming
	}
	return vigie.Unknown
}

// verdictOf is the worst verdict among the checks that judge something; a rule
// whose checks judge nothing is unknown.
func verdictOf(r *policy.Rule, all map[string]State) vigie.Verdict {
	out := vigie.Unknown
	for _, c := range r.Checks {
		v := all[string(r.ID)+"/"+c.ID].verdict()
		switch {
		case v == vigie.Unknown:
		case out == vigie.Unknown:
			out = v
		default:
			out = out.Worse(v)
		}
	}
	return out
}

// keepVerdicts writes the verdicts that changed.
func (e *Engine) keepVerdicts(ctx context.Context, tx *store.Tx, now time.Time, rules map[vigie.RuleID]bool) error {
	for _, r := range e.rules {
		if !rules[r.ID] {
			continue
		}
		all, err := states(ctx, tx, " WHERE check_key >= :from AND check_key < :to", map[string]any{"from": string(r.ID) + "/", "to": string(r.ID) + "0"})
		if err != nil {
			return err
		}
		v := verdictOf(r, all)
		excluded, err := e.excluded(ctx, tx, r.ID, now)
		if err != nil {
			return err
		}
		if excluded != nil {
			v = vigie.NotApplicable
		}
		had, err := currentVerdict(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		if had == v {
			continue
		}
		args := map[string]any{"rule": string(r.ID), "v": string(v), "at": now.Unix()}
		if _, err := tx.Exec(ctx, "UPDATE verdict SET to_at = :at WHERE rule = :rule AND to_at IS NULL", args); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO verdict (rule, verdict, from_at) VALUES (:rule, :v, :at)", args); err != nil {
			return err
		}
	}
	return nil
}

func currentVerdict(ctx context.Context, q store.Queryer, rule vigie.RuleID) (v vigie.Verdict, err error) {
	rows, err := q.Query(ctx, "SELECT verdict FROM verdict WHERE rule = :rule AND to_at IS NULL", map[string]any{"rule": string(rule)})
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&v)
	}
	return v, errors.Join(err, rows.Err())
}

// retire closes the findings of checks that the policy no longer has.
func (e *Engine) retire(ctx context.Context, tx *store.Tx, now time.Time) error {
	all, err := states(ctx, tx, "", nil)
	if err != nil {
		return err
	}
	for key := range all {
		if e.byKey[key] != nil {
			continue
		}
		args := map[string]any{"key": key, "at": now.Unix()}
		if err := closeFindings(ctx, tx, "check_key = :key", args); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM check_state WHERE check_key = :key", args); err != nil {
			return err
		}
		rule, _, _ := strings.Cut(key, "/")
		if !slices.ContainsFunc(e.rules, func(r *policy.Rule) bool { return string(r.ID) == rule }) {
			if _, err := tx.Exec(ctx, "UPDATE verdict SET to_at = :at WHERE rule = :rule AND to_at IS NULL", map[string]any{"rule": rule, "at": now.Unix()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// rule returns the rule called id.
//
// Errors: NotFound.
func (e *Engine) rule(id vigie.RuleID) (*policy.Rule, error) {
	i := slices.IndexFunc(e.rules, func(r *policy.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "rule.unknown", Args: []any{string(id)}}
	}
	return e.rules[i], nil
}

func (e *Engine) register(id string) *register.Register {
	r := e.byID[id]
	if r == nil {
		panic(fmt.Sprintf("control: no register %s", id))
	}
	return r
}
