package control

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// covered marks findings whose reason itself says that a live risk analysis
// accepts them.
const covered = "covered"

type openFinding struct {
	seq    int64
	reason string
	waived bool
}

// openFindings returns the open findings of a check by record: all of them
// when ids is nil.
func openFindings(ctx context.Context, q store.Queryer, c *Check, ids []string) (map[string]openFinding, error) {
	out := map[string]openFinding{}
	if ids == nil {
		return out, readOpen(ctx, q, c, "", map[string]any{}, out)
	}
	for len(ids) > 0 {
		n := min(len(ids), chunks[len(chunks)-1])
		in, args := inList(ids[:n])
		if err := readOpen(ctx, q, c, " AND record "+in, args, out); err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return out, nil
}

func readOpen(ctx context.Context, q store.Queryer, c *Check, cond string, args map[string]any, out map[string]openFinding) error {
	args["key"] = c.Key
	rows, err := q.Query(ctx, "SELECT seq, record, reason, waiver FROM finding WHERE check_key = :key AND closed_at IS NULL"+cond, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	words := map[string]string{} // reasons are few
	for rows.Next() {
		var f openFinding
		var record string
		var reason sql.RawBytes
		var waiver sql.NullString
		if err := rows.Scan(&f.seq, &record, &reason, &waiver); err != nil {
			return err
		}
		word, ok := words[string(reason)]
		if !ok {
			word = string(reason)
			words[word] = word
		}
		f.reason = word
		f.waived = waiver.Valid
		out[record] = f
	}
	return rows.Err()
}

// differences returns the records whose open finding of a check, or the lack of one,
// is not what reasons say. It empties reasons: a million records are in memory once.
func differences(ctx context.Context, q store.Queryer, c *Check, reasons map[string]string) (map[string]bool, error) {
	rows, err := q.Query(ctx, "SELECT record, reason FROM finding WHERE check_key = :key AND closed_at IS NULL", map[string]any{"key": c.Key})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	differs := map[string]bool{}
	var record, reason sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&record, &reason); err != nil {
			return nil, err
		}
		why, still := reasons[string(record)]
		if !still || why != string(reason) {
			differs[string(record)] = true
		}
		delete(reasons, string(record))
	}
	for id := range reasons {
		differs[id] = true
	}
	return differs, rows.Err()
}

// keep opens and closes findings so that those of the records in open or in
// reasons are as reasons say, and says whether there was anything to do. A
// reason that changes closes one finding and opens another.
func (e *Engine) keep(ctx context.Context, tx *store.Tx, c *Check, now time.Time, open map[string]openFinding, reasons map[string]string) (bool, error) {
	if same(open, reasons) {
		return false, nil
	}
	var opened, waived int64
	for record, f := range open {
		if reasons[record] == f.reason {
			continue
		}
		if err := closeFindings(ctx, tx, "seq = :seq", map[string]any{"at": now.Unix(), "seq": f.seq}); err != nil {
			return false, err
		}
		opened--
		if f.waived {
			waived--
		}
	}
	live, err := e.liveWaivers(ctx, tx, c.Rule.ID, now)
	if err != nil {
		return false, err
	}
	news := make([]newFinding, 0, 8)
	for record, why := range reasons {
		if open[record].reason == why {
			continue
		}
		f := newFinding{record: record, reason: why, waiver: live[c.Judges+"/"+record]}
		if c.Reasons[why].Covered {
			f.waiver = covered
		}
		if f.waiver != "" {
			waived++
		}
		opened++
		news = append(news, f)
	}
	// The same for whoever looks, though maps are in no order.
	slices.SortFunc(news, func(a, b newFinding) int { return strings.Compare(a.record, b.record) })
	due := int64(vigie.DayOf(now.UTC())) + int64(c.DueDays)
	for part := range slices.Chunk(news, findingBatch) {
		if err := insertFindings(ctx, tx, c, now, due, part); err != nil {
			return false, err
		}
	}
	if opened == 0 && waived == 0 {
		return true, nil
	}
	return true, e.addState(ctx, tx, c.Key, now, "open = open + :opened, waived = waived + :waived", map[string]any{"opened": opened, "waived": waived})
}

// closeFindings closes open findings, and tells it to the trail, which takes the
// lines of finding_closed away once they are in the vault. The instant is :at.
func closeFindings(ctx context.Context, tx *store.Tx, cond string, args map[string]any) error {
	if _, err := tx.Exec(ctx, "INSERT INTO finding_closed (at, finding) SELECT :at, seq FROM finding WHERE closed_at IS NULL AND "+cond+" ORDER BY seq", args); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE finding SET closed_at = :at WHERE closed_at IS NULL AND "+cond, args)
	return err
}

func same(open map[string]openFinding, reasons map[string]string) bool {
	if len(open) != len(reasons) {
		return false
	}
	for record, why := range reasons {
		if open[record].reason != why {
			return false
		}
	}
	return true
}

type newFinding struct{ record, reason, waiver string }

// findingBatch is the number of findings written at once: so many parameters
// cost less than so many statements.
const findingBatch = 100

func insertFindings(ctx context.Context, tx *store.Tx, c *Check, now time.Time, due int64, batch []newFinding) error {
	args := map[string]any{"key": c.Key, "rule": string(c.Rule.ID), "register": c.Judges, "at": now.Unix(), "due": due}
	var rows strings.Builder
	for i, f := range batch {
		if i > 0 {
			rows.WriteString(", ")
		}
		n := strconv.Itoa(i)
		rows.WriteString("(:key, :rule, :register, :r" + n + ", :w" + n + ", :at, :due, :c" + n + ")")
		args["r"+n], args["w"+n], args["c"+n] = f.record, f.reason, sql.Null[string]{V: f.waiver, Valid: f.waiver != ""}
	}
	_, err := tx.Exec(ctx, "INSERT INTO finding (check_key, rule, register, record, reason, opened_at, due_on, waiver) VALUES "+rows.String(), args)
	return err
}

// liveWaivers returns the waivers of a rule in force at now: register/record →
// id of the waiver.
func (e *Engine) liveWaivers(ctx context.Context, q store.Queryer, rule vigie.RuleID, now time.Time) (map[string]string, error) {
	rows, err := q.Query(ctx, "SELECT register_id, record_id, id FROM waiver WHERE rule = :rule AND starts_on <= :today AND ends_on >= :today ORDER BY id",
		map[string]any{"rule": string(rule), "today": int64(vigie.DayOf(now.UTC()))})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var reg, record, id string
		if err := rows.Scan(&reg, &record, &id); err != nil {
			return nil, err
		}
		out[reg+"/"+record] = id
	}
	return out, rows.Err()
}

// applyWaivers covers open findings by the waivers in force, uncovers the
// others, and returns the rules concerned.
func (e *Engine) applyWaivers(ctx context.Context, tx *store.Tx, now time.Time) ([]vigie.RuleID, error) {
	const live = `(SELECT MAX(w.id) FROM waiver w WHERE w.rule = f.rule AND w.register_id = f.register AND w.record_id = f.record AND w.starts_on <= :today AND w.ends_on >= :today)`
	// Open findings that carry a waiver, or whose record has one: few.
	rows, err := tx.Query(ctx, `SELECT f.seq, f.check_key, f.rule, f.waiver, `+live+` FROM finding f WHERE f.closed_at IS NULL AND (f.waiver IS NULL OR f.waiver <> '`+covered+`')
		AND (f.waiver IS NOT NULL OR f.record IN (SELECT w.record_id FROM waiver w))`, map[string]any{"today": int64(vigie.DayOf(now.UTC()))})
	if err != nil {
		return nil, err
	}
	type move struct {
		seq       int64
		key, rule string
		had, has  sql.Null[string]
	}
	var moves []move
	for rows.Next() {
		var m move
		if err := rows.Scan(&m.seq, &m.key, &m.rule, &m.had, &m.has); err != nil {
			rows.Close()
			return nil, err
		}
		if m.had != m.has {
			moves = append(moves, m)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var rules []vigie.RuleID
	for _, m := range moves {
		if _, err := tx.Exec(ctx, "UPDATE finding SET waiver = :w WHERE seq = :seq", map[string]any{"w": m.has, "seq": m.seq}); err != nil {
			return nil, err
		}
		var change int64
		switch {
		case m.has.Valid && !m.had.Valid:
			change = 1
		case m.had.Valid && !m.has.Valid:
			change = -1
		}
		if change != 0 {
			if err := e.addState(ctx, tx, m.key, now, "waived = waived + :n", map[string]any{"n": change}); err != nil {
				return nil, err
			}
			rules = append(rules, vigie.RuleID(m.rule))
		}
	}
	return rules, nil
}
