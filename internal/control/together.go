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
	"vigie.example/internal/store"
)

// This file judges many checks on few records at once. One change of an asset
// concerns dozens of checks: asking them one by one costs more in crossings into
// the driver than in judging.

// maxTogether bounds the records of each register that are judged together.
const maxTogether = 16

// runTogether runs checks on few records each, keeps what differs and adds to
// moved the rules whose verdict may have changed. A check that fails does not
// disturb the others.
func (e *Engine) runTogether(ctx context.Context, tx *store.Tx, checks []*Check, params map[string]any, now time.Time, before map[string]State, some map[string]*subset, moved map[vigie.RuleID]bool) error {
	if len(checks) == 0 {
		return nil
	}
	records := map[string][]string{} // by judged register: what all its checks look at
	for _, c := range checks {
		records[c.Judges] = append(records[c.Judges], slices.Collect(maps.Keys(some[c.Key].ids))...)
	}
	together := true
	for register, ids := range records {
		slices.Sort(ids)
		records[register] = slices.Compact(ids)
		together = together && len(records[register]) <= chunks[len(chunks)-1]
	}
	var said map[string]map[string]string
	var open map[string]map[string]openFinding
	if together {
		err := tx.Guard(ctx, e.ChangeLimit, func(ctx context.Context) (err error) {
			said, err = judgeTogether(ctx, tx, checks, params, records)
			return err
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if together = err == nil; together {
			if open, err = openTogether(ctx, tx, records); err != nil {
				return err
			}
		}
	}
	for _, c := range checks {
		var changed bool
		var err error
		if together {
			changed, err = e.settle(ctx, tx, c, params, now, before[c.Key], some[c.Key], said[c.Key], open[c.Key])
		} else { // too many records, or one of the checks fails: which one is told by running each alone
			changed, err = e.runSome(ctx, tx, c, params, now, before[c.Key], some[c.Key])
		}
		if err != nil {
			return err
		}
		if changed {
			moved[c.Rule.ID] = true
		}
	}
	return nil
}

// judgeTogether is Check.Judge for many checks: by check, what it says of each
// record that it judges.
func judgeTogether(ctx context.Context, q store.Queryer, checks []*Check, params map[string]any, records map[string][]string) (map[string]map[string]string, error) {
	args := maps.Clone(params)
	in := map[string]string{}
	for register, ids := range records {
		in[register] = inListNamed(register+"_", ids, args)
	}
	var text strings.Builder
	for i, c := range checks {
		if c.err != nil {
			return nil, c.err
		}
		if i > 0 {
			text.WriteString(" UNION ALL ")
		}
		text.WriteString("SELECT " + strconv.Itoa(i) + ", q.id, q.why FROM (" + c.SQL + ") q WHERE q.id " + in[c.Judges])
	}
	rows, err := q.Query(ctx, text.String(), args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]map[string]string{}
	for rows.Next() {
		var i int
		var id string
		var why sql.NullString
		if err := rows.Scan(&i, &id, &why); err != nil {
			return nil, err
		}
		c := checks[i]
		if _, declared := c.Reasons[why.String]; why.Valid && !declared {
			return nil, fmt.Errorf("reason %q is not declared", why.String)
		}
		if out[c.Key] == nil {
			out[c.Key] = map[string]string{}
		}
		if _, twice := out[c.Key][id]; twice {
			return nil, fmt.Errorf("record %s is judged more than once", id)
		}
		out[c.Key][id] = why.String
	}
	return out, rows.Err()
}

// openTogether returns the open findings of some records, by check and record.
func openTogether(ctx context.Context, q store.Queryer, records map[string][]string) (map[string]map[string]openFinding, error) {
	out := map[string]map[string]openFinding{}
	for register, ids := range records {
		args := map[string]any{"register": register}
		rows, err := q.Query(ctx, "SELECT check_key, seq, record, reason, waiver FROM finding WHERE closed_at IS NULL AND register = :register AND record "+inListNamed("r", ids, args), args)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var key, record string
			var f openFinding
			var waiver sql.NullString
			if err := rows.Scan(&key, &f.seq, &record, &f.reason, &waiver); err != nil {
				rows.Close()
				return nil, err
			}
			f.waived = waiver.Valid
			if out[key] == nil {
				out[key] = map[string]openFinding{}
			}
			out[key][record] = f
		}
		rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
