// Package host turns what a machine says of itself into records: the machine,
// its system and the end of its support, packages, pending security updates,
// local accounts, services, protections (rules 9.1.2, 9.2.1, 9.2.2, 9.7.4,
// 9.7.5, 9.8.1, 9.9.4, 9.10.6, 9.11.1, 9.11.6, 9.11.7, 9.15.2, 9.17.1).
package host

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/i18n"
	"vigie.example/internal/register"
)

const (
	maxAhead = 5 * time.Minute // how far ahead of ours the clock of a machine may be
	maxOld   = 366             // days after which a report that waited says nothing of today
)

// refresh is how often a record is written again when nothing but the time of
// observation changed: the history keeps what happens, not that nothing did. The
// posture of the machine always has the exact time.
const refresh = 12 * 3600 // seconds

// A taker brings one report into the registers.
type taker struct {
	*register.Writer
	report agent.Report
	asset  string
	at     int64 // of the observation
	today  int64 // day of the observation

	changes map[string][]string // differences with the report before, by kind of observed change
}

// Take brings a report into the registers, wholly or not at all, and returns the
// id of the machine in the inventory. What the machine could not tell is left
// unknown, with the reasons; the same report again changes nothing.
//
// Errors: Invalid when the report makes no sense; Conflict when the inventory
// has no entity to attach a new machine to, or holds a later report.
func Take(ctx context.Context, book *register.Book, report agent.Report, now time.Time) (string, error) {
	if !sensible(report, now) {
		return "", &vigie.Error{Code: vigie.Invalid, Key: "host.bad_report"}
	}
	t := &taker{report: report, at: report.ObservedAt.Unix(), today: int64(vigie.DayOf(report.ObservedAt.UTC()))}
	by := register.By{Actor: "agent:" + cleaned(report.Hostname), Source: "agent", At: now, Reason: i18n.T(vigie.FR, "host.gone") + " / " + i18n.T(vigie.EN, "host.gone")}
	err := book.Write(ctx, by, func(w *register.Writer) error {
		t.Writer = w
		for _, step := range []func(context.Context) error{t.machine, t.posture, t.system, t.packages, t.updates, t.accounts, t.ports, t.hints, t.differences} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return t.asset, err
}

// sensible says whether a report can be that of a machine, now.
func sensible(r agent.Report, now time.Time) bool {
	const most = agent.MaxItems
	return r.Format == agent.Format && MachineID(r.MachineID) && cleaned(r.Hostname) != "" &&
		!r.ObservedAt.After(now.Add(maxAhead)) && !r.ObservedAt.Before(now.AddDate(0, 0, -maxOld)) &&
		len(r.Packages.Value) <= most && len(r.Updates.Value.Pending) <= most && len(r.Accounts.Value) <= most &&
		len(r.Ports.Value) <= most && len(r.Backups.Value) <= most && len(r.StorageHints.Value) <= most
}

// MachineID says whether s can be the id that a machine gives itself.
func MachineID(s string) bool {
	return len(s) >= 16 && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	})
}

// maxText is the longest text of a record, in characters.
const maxText = 500

// cleaned makes one line of text of what a machine sent: no control character,
// valid UTF-8, of bounded length.
func cleaned(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText])
	}
	return strings.TrimSpace(s)
}

// text is a cleaned text as a value: unknown when empty.
func text(s string) any {
	if s = cleaned(s); s != "" {
		return s
	}
	return nil
}

// option is s as a value of a list: unknown when the list has no such value.
func option(r *register.Register, field, s string) any {
	if slices.ContainsFunc(r.Field(field).Options, func(o register.Option) bool { return o.Value == s }) {
		return s
	}
	return nil
}

// instant is a time as a value: unknown when it cannot be that of something the
// machine had seen.
func (t *taker) instant(at time.Time) any {
	if s := at.Unix(); s > 0 && s <= t.at+int64(maxAhead/time.Second) {
		return s
	}
	return nil
}

// maxID is the longest id of a record, in bytes.
const maxID = 200

// key makes an id of parts; what no id may hold is replaced by a digest, after
// the first part when that is fit.
func key(parts ...string) string {
	id := strings.Join(parts, ":")
	if fit(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	digest := hex.EncodeToString(sum[:16])
	if prefixed := parts[0] + ":" + digest; fit(prefixed) {
		return prefixed
	}
	return digest
}

// fit says whether s can be the id of a record.
func fit(s string) bool {
	return len(s) <= maxID && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f || r == utf8.RuneError })
}

// first returns the first id that a query gives, "" when there is none.
func (t *taker) first(ctx context.Context, query string, args map[string]any) (id string, err error) {
	rows, err := t.Tx.Query(ctx, query, args)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			return "", err
		}
		id = s.String
	}
	return id, rows.Err()
}

// own reads at once the records of a register that concern the machine, by id.
// Where is a condition on :asset.
func (t *taker) own(ctx context.Context, r *register.Register, where string) (map[string]register.Values, error) {
	names := []string{"id"}
	for _, f := range r.Fields {
		names = append(names, f.Name)
	}
	rows, err := t.Tx.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+r.ID+" WHERE "+where, map[string]any{"asset": t.asset})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]register.Values{}
	for rows.Next() {
		var id string
		dest := []any{&id}
		for _, f := range r.Fields {
			dest = append(dest, holder(f.Kind))
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		v := register.Values{}
		for i, f := range r.Fields {
			v[f.Name] = held(dest[i+1])
		}
		out[id] = v
	}
	return out, rows.Err()
}

// holder is what a column of a kind is read into.
func holder(kind register.Kind) any {
	switch kind {
	case register.Integer, register.Level, register.Date, register.Time:
		return new(sql.NullInt64)
	case register.Bool:
		return new(sql.NullBool)
	}
	return new(sql.NullString)
}

// held is the value that was read, nil when unknown.
func held(dest any) any {
	switch v := dest.(type) {
	case *sql.NullInt64:
		if v.Valid {
			return v.Int64
		}
	case *sql.NullBool:
		if v.Valid {
			return v.Bool
		}
	case *sql.NullString:
		if v.Valid {
			return v.String
		}
	}
	return nil
}

// count is a number as a value: unknown when it makes no sense.
func count(n int) any {
	if n < 0 || n > 1_000_000 {
		return nil
	}
	return int64(n)
}

// put brings a record to v, given what it had (nil when it is new). Times are
// fields that alone do not make a change: when nothing else differs, and the
// first of them is not old, nothing is written.
func (t *taker) put(ctx context.Context, r *register.Register, id string, had, v register.Values, times ...string) error {
	if had == nil {
		v["id"] = id
		_, err := t.Create(ctx, r, v)
		return err
	}
	changed := len(times) == 0 || t.at-number(had[times[0]]) >= refresh
	for name, value := range v {
		changed = changed || !slices.Contains(times, name) && had[name] != value
	}
	if !changed {
		return nil
	}
	_, err := t.Update(ctx, r, id, 0, v)
	return err
}

// sweep deletes the records that the machine no longer has. One that other
// records name stays, with what left says of it.
func (t *taker) sweep(ctx context.Context, r *register.Register, had map[string]register.Values, seen map[string]bool, left register.Values) error {
	for _, id := range slices.Sorted(maps.Keys(had)) {
		if seen[id] {
			continue
		}
		err := t.Delete(ctx, r, id, 0)
		if vigie.CodeOf(err) == vigie.Conflict {
			_, err = t.Update(ctx, r, id, 0, left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mine keeps the records that the agent made: people and scanners may add others.
func (t *taker) mine(had map[string]register.Values) map[string]register.Values {
	maps.DeleteFunc(had, func(id string, _ register.Values) bool { return !strings.HasPrefix(id, t.asset+":") })
	return had
}
