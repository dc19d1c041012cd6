package control

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/store"
	"vigie.example/policy"
)

// A Posture is the verdicts of one day.
type Posture struct {
	On       vigie.Day             `json:"-"`
	Counts   map[vigie.Verdict]int `json:"counts"` // rules by verdict
	Chapters []ChapterPosture      `json:"chapters"`
	Rules    []RulePosture         `json:"rules"`
}

// A ChapterPosture is the worst verdict of a chapter and its findings.
type ChapterPosture struct {
	Chapter string        `json:"chapter"`
	Verdict vigie.Verdict `json:"verdict"`
	Open    int64         `json:"open"`
	Waived  int64         `json:"waived"`
}

// A RulePosture is the verdict of a rule.
type RulePosture struct {
	Rule    vigie.RuleID  `json:"rule"`
	Title   vigie.Text    `json:"title"`
	Verdict vigie.Verdict `json:"verdict"`
	Judged  int64         `json:"judged"` // records judged now, by all checks; 0 for a past day, which does not keep it
	Open    int64         `json:"open"`   // findings, waived ones included
	Waived  int64         `json:"waived"`
	Since   *time.Time    `json:"since,omitempty"` // when the verdict began
}

// Posture returns the verdicts at the end of a day (UTC), or as they are now
// when the day has not ended at now.
func (e *Engine) Posture(ctx context.Context, on vigie.Day, now time.Time) (Posture, error) {
	p := Posture{On: on, Counts: map[vigie.Verdict]int{}}
	at := on.Time().AddDate(0, 0, 1).Add(-time.Second)
	current := at.After(now)
	if current {
		at = now
	}
	verdicts, err := e.verdictsAt(ctx, at)
	if err != nil {
		return p, err
	}
	counts, err := e.countsAt(ctx, at, current)
	if err != nil {
		return p, err
	}
	for _, r := range e.rules {
		rp := RulePosture{Rule: r.ID, Title: r.Title, Verdict: vigie.Unknown}
		if v, ok := verdicts[r.ID]; ok {
			rp.Verdict, rp.Since = v.Verdict, &v.From
		}
		for _, c := range r.Checks {
			s := counts[string(r.ID)+"/"+c.ID]
			rp.Judged, rp.Open, rp.Waived = rp.Judged+s.Judged, rp.Open+s.Open, rp.Waived+s.Waived
		}
		p.Rules = append(p.Rules, rp)
		p.Counts[rp.Verdict]++
		if n := len(p.Chapters); n == 0 || p.Chapters[n-1].Chapter != r.Chapter() {
			p.Chapters = append(p.Chapters, ChapterPosture{Chapter: r.Chapter(), Verdict: rp.Verdict})
		}
		ch := &p.Chapters[len(p.Chapters)-1]
		ch.Verdict = ch.Verdict.Worse(rp.Verdict)
		if rp.Verdict != vigie.NotApplicable { // nobody is asked to mend what an excluded rule finds
			ch.Open, ch.Waived = ch.Open+rp.Open, ch.Waived+rp.Waived
		}
	}
	return p, nil
}

// A Period is a verdict and how long it lasted.
type Period struct {
	Verdict vigie.Verdict `json:"verdict"`
	From    time.Time     `json:"from"`
	To      *time.Time    `json:"to,omitempty"` // nil while it lasts
}

func (e *Engine) verdictsAt(ctx context.Context, at time.Time) (map[vigie.RuleID]Period, error) {
	all, err := periods(ctx, e.db, "WHERE from_at <= :at AND (to_at IS NULL OR to_at > :at)", map[string]any{"at": at.Unix()})
	if err != nil {
		return nil, err
	}
	out := map[vigie.RuleID]Period{}
	for rule, list := range all {
		out[rule] = list[len(list)-1]
	}
	return out, nil
}

func periods(ctx context.Context, q store.Queryer, where string, args map[string]any) (map[vigie.RuleID][]Period, error) {
	rows, err := q.Query(ctx, "SELECT rule, verdict, from_at, to_at FROM verdict "+where+" ORDER BY seq", args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[vigie.RuleID][]Period{}
	for rows.Next() {
		var rule vigie.RuleID
		var p Period
		var from int64
		var to sql.NullInt64
		if err := rows.Scan(&rule, &p.Verdict, &from, &to); err != nil {
			return nil, err
		}
		p.From = time.Unix(from, 0).UTC()
		if to.Valid {
			t := time.Unix(to.Int64, 0).UTC()
			p.To = &t
		}
		out[rule] = append(out[rule], p)
	}
	return out, rows.Err()
}

// countsAt returns the findings by check; for a past instant, from their
// intervals and from the waivers of that day.
func (e *Engine) countsAt(ctx context.Context, at time.Time, current bool) (map[string]State, error) {
	if current {
		return states(ctx, e.db, "", nil)
	}
	rows, err := e.db.Query(ctx, `SELECT f.check_key, COUNT(*), SUM(CASE WHEN f.waiver = '`+covered+`' OR EXISTS (SELECT 1 FROM waiver w WHERE w.rule = f.rule
		AND w.register_id = f.register AND w.record_id = f.record AND w.starts_on <= :day AND w.ends_on >= :day) THEN 1 ELSE 0 END)
		FROM finding f WHERE f.opened_at <= :at AND (f.closed_at IS NULL OR f.closed_at > :at) GROUP BY f.check_key`,
		map[string]any{"at": at.Unix(), "day": int64(vigie.DayOf(at.UTC()))})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]State{}
	for rows.Next() {
		var key string
		var s State
		if err := rows.Scan(&key, &s.Open, &s.Waived); err != nil {
			return nil, err
		}
		out[key] = s
	}
	return out, rows.Err()
}

// An Exclusion is a decision that a rule does not apply.
type Exclusion struct {
	Record string    `json:"record"` // of the register exclusion
	Reason string    `json:"reason"`
	Ends   vigie.Day `json:"-"`
}

// excluded returns the exclusion of a rule in force at now, or nil.
func (e *Engine) excluded(ctx context.Context, q store.Queryer, rule vigie.RuleID, now time.Time) (*Exclusion, error) {
	rows, err := q.Query(ctx, "SELECT id, reason, ends_on FROM exclusion WHERE rule = :rule AND starts_on <= :today AND ends_on >= :today ORDER BY ends_on DESC",
		map[string]any{"rule": string(rule), "today": int64(vigie.DayOf(now.UTC()))})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var x Exclusion
	return &x, rows.Scan(&x.Record, &x.Reason, &x.Ends)
}

// An Explanation says why a rule has its verdict.
type Explanation struct {
	Rule      *policy.Rule
	Verdict   vigie.Verdict
	Params    []ParamInForce
	Exclusion *Exclusion
	Checks    []CheckView
	History   []Period // oldest first
}

// A ParamInForce is a parameter and its value today.
type ParamInForce struct {
	Name string
	policy.Param
	Value int64
	Set   bool // by the committee; false when Value is the default
}

// InForce returns every parameter of the policy and its value: what the committee
// set, else the default.
func (e *Engine) InForce(ctx context.Context) (map[string]ParamInForce, error) {
	set, err := e.set(ctx, e.db)
	if err != nil {
		return nil, err
	}
	out := map[string]ParamInForce{}
	for name, p := range e.params {
		out[name] = inForce(name, p, set)
	}
	return out, nil
}

func inForce(name string, p policy.Param, set map[string]int64) ParamInForce {
	f := ParamInForce{Name: name, Param: p, Value: p.Default}
	if v, ok := set[name]; ok {
		f.Value, f.Set = v, true
	}
	return f
}

// A CheckView is what a check says, and what it stands on.
type CheckView struct {
	*Check
	State   State
	Verdict vigie.Verdict
	Facts   []Fact
}

// A Fact is a register that a check reads, and how old what it says is.
type Fact struct {
	Register *register.Register
	Records  int64 // counted up to 1000
	// The last change of the register: when, by whom, from which source. Zero
	// when the register never held anything.
	LastAt              time.Time
	LastActor, LastFrom string
}

// Explain returns what there is to know of the verdict of a rule at now.
//
// Errors: NotFound.
func (e *Engine) Explain(ctx context.Context, id vigie.RuleID, now time.Time) (*Explanation, error) {
	r, err := e.rule(id)
	if err != nil {
		return nil, err
	}
	x := &Explanation{Rule: r, Verdict: vigie.Unknown}
	all, err := states(ctx, e.db, "", nil)
	if err != nil {
		return nil, err
	}
	set, err := e.set(ctx, e.db)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(r.Params)) {
		x.Params = append(x.Params, inForce(name, r.Params[name], set))
	}
	if x.Exclusion, err = e.excluded(ctx, e.db, id, now); err != nil {
		return nil, err
	}
	facts := map[string]Fact{}
	for _, pc := range r.Checks {
		c := e.byKey[string(r.ID)+"/"+pc.ID]
		v := CheckView{Check: c, State: all[c.Key], Verdict: all[c.Key].verdict()}
		for _, table := range slices.Sorted(maps.Keys(c.routes)) {
			f, seen := facts[table]
			if !seen {
				if f, err = e.fact(ctx, table); err != nil {
					return nil, err
				}
				facts[table] = f
			}
			v.Facts = append(v.Facts, f)
		}
		x.Checks = append(x.Checks, v)
	}
	history, err := periods(ctx, e.db, "WHERE rule = :rule", map[string]any{"rule": string(id)})
	if err != nil {
		return nil, err
	}
	x.History = history[id]
	if n := len(x.History); n > 0 && x.History[n-1].To == nil {
		x.Verdict = x.History[n-1].Verdict
	}
	return x, nil
}

func (e *Engine) fact(ctx context.Context, table string) (Fact, error) {
	f := Fact{Register: e.register(table)}
	var err error
	if f.Records, err = store.Count(ctx, e.db, "SELECT COUNT(*) FROM (SELECT 1 FROM "+table+" LIMIT 1000) x", nil); err != nil {
		return f, err
	}
	rows, err := e.db.Query(ctx, "SELECT at, actor, source FROM history WHERE register = :r ORDER BY seq DESC LIMIT 1", map[string]any{"r": table})
	if err != nil {
		return f, err
	}
	defer rows.Close()
	if rows.Next() {
		var at int64
		if err := rows.Scan(&at, &f.LastActor, &f.LastFrom); err != nil {
			return f, err
		}
		f.LastAt = time.Unix(at, 0).UTC()
	}
	return f, rows.Err()
}
