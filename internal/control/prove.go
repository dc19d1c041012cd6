package control

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/store"
	"vigie.example/policy"
)

// A Proof runs the cases of a rule on a database of its own.
type Proof struct {
	DB      *store.DB // only for proofs: its tables are emptied again and again
	Catalog []*register.Register
}

// Rule proves one rule and returns what is wrong with it, one sentence each:
// every case says what its checks must, every reason and one conforming record
// are shown, and a fact that is erased never makes a record conform.
func (p *Proof) Rule(ctx context.Context, r *policy.Rule) (wrong []string) {
	checks := Compile(r, p.Catalog)
	shown := map[string]bool{}
	for _, c := range checks {
		if c.err != nil {
			wrong = append(wrong, fmt.Sprintf("check %s: %v", c.ID, c.err))
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	names := map[string]bool{}
	for _, k := range r.Cases {
		if names[k.Name] || k.Name == "" {
			wrong = append(wrong, fmt.Sprintf("case %q: every case has a name of its own", k.Name))
		}
		names[k.Name] = true
		for _, w := range p.run(ctx, checks, k, shown) {
			wrong = append(wrong, fmt.Sprintf("case %q: %s", k.Name, w))
		}
	}
	for _, c := range checks {
		if !shown[c.ID] {
			wrong = append(wrong, fmt.Sprintf("check %s: no case shows a conforming record", c.ID))
		}
		for _, why := range slices.Sorted(maps.Keys(c.Reasons)) {
			if !shown[c.ID+"/"+why] {
				wrong = append(wrong, fmt.Sprintf("check %s: no case shows reason %s", c.ID, why))
			}
		}
	}
	return wrong
}

func (p *Proof) run(ctx context.Context, checks []*Check, k policy.Case, shown map[string]bool) (wrong []string) {
	for id := range k.Expect {
		if !slices.ContainsFunc(checks, func(c *Check) bool { return c.ID == id }) {
			wrong = append(wrong, "expects check "+id+", which the rule does not have")
		}
	}
	now, err := caseTime(k)
	if err != nil {
		return append(wrong, err.Error())
	}
	world, err := p.World(k)
	if err != nil {
		return append(wrong, err.Error())
	}
	for name, v := range k.Params {
		if pr, ok := checks[0].Rule.Params[name]; !ok || v < pr.Min || v > pr.Max {
			wrong = append(wrong, "parameter "+name+" is not declared, or out of its bounds")
		}
	}
	params := values(checks[0].Rule.Params, k.Params, now)
	if err := p.load(ctx, world); err != nil {
		return append(wrong, err.Error())
	}
	said := map[string]Judgement{}
	for _, c := range checks {
		want := k.Expect[c.ID]
		got, err := c.JudgeAll(ctx, p.DB, params)
		if err != nil {
			return append(wrong, fmt.Sprintf("check %s: %v", c.ID, err))
		}
		said[c.ID] = got
		var ids []string
		for _, row := range world[c.Judges] {
			ids = append(ids, row["id"].(string))
		}
		one, err := c.Judge(ctx, p.DB, params, ids)
		if err != nil {
			return append(wrong, fmt.Sprintf("check %s: %v", c.ID, err))
		}
		judged := slices.Sorted(maps.Keys(one))
		if wanted := slices.Sorted(slices.Values(want.Judged)); !slices.Equal(judged, wanted) || got.Judged != int64(len(judged)) {
			wrong = append(wrong, fmt.Sprintf("check %s judges %v, want %v", c.ID, judged, wanted))
		}
		if want := want.Violations; !maps.Equal(got.Reasons, want) && len(got.Reasons)+len(want) > 0 {
			wrong = append(wrong, fmt.Sprintf("check %s finds %v, want %v", c.ID, got.Reasons, want))
		}
		for id, why := range one {
			if why != got.Reasons[id] {
				wrong = append(wrong, fmt.Sprintf("check %s says %q of %s alone and %q in the whole", c.ID, why, id, got.Reasons[id]))
			}
			if why == "" {
				shown[c.ID] = true
			} else {
				shown[c.ID+"/"+why] = true
			}
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return p.silence(ctx, checks, world, params, said)
}

// silence erases each optional fact of the world in turn: no record at fault
// may then conform.
func (p *Proof) silence(ctx context.Context, checks []*Check, world map[string][]register.Values, params map[string]any, said map[string]Judgement) (wrong []string) {
	for _, reg := range p.Catalog {
		for _, row := range world[reg.ID] {
			for _, f := range reg.Fields {
				if row[f.Name] == nil || f.Required || f.Absent != (vigie.Text{}) || f.Derive != nil {
					continue
				}
				if !slices.ContainsFunc(checks, func(c *Check) bool { return len(said[c.ID].Reasons) > 0 && c.query.columns[f.Name] }) {
					continue
				}
				if err := p.set(ctx, reg, row["id"].(string), f.Name, nil); err != nil {
					return append(wrong, err.Error())
				}
				for _, c := range checks {
					faults := said[c.ID].Reasons
					if len(faults) == 0 || !c.reads(reg.ID, []string{f.Name}) {
						continue
					}
					now, err := c.Judge(ctx, p.DB, params, slices.Sorted(maps.Keys(faults)))
					if err != nil {
						return append(wrong, fmt.Sprintf("check %s: %v", c.ID, err))
					}
					for id, why := range now {
						if why == "" {
							wrong = append(wrong, fmt.Sprintf("check %s: %s conforms once %s.%s of %v is erased", c.ID, id, reg.ID, f.Name, row["id"]))
						}
					}
				}
				if err := p.set(ctx, reg, row["id"].(string), f.Name, row[f.Name]); err != nil {
					return append(wrong, err.Error())
				}
			}
		}
	}
	return wrong
}

func caseTime(k policy.Case) (time.Time, error) {
	if k.Now != "" {
		t, err := time.Parse(time.RFC3339, k.Now)
		if err != nil {
			return t, fmt.Errorf("now: %w", err)
		}
		return t, nil
	}
	d, err := vigie.ParseDay(k.Today)
	return d.Time().Add(12 * time.Hour), err
}

// World turns the YAML of a world into records, and refuses what no register
// could hold: unknown fields, other types, references to nothing.
func (p *Proof) World(k policy.Case) (map[string][]register.Values, error) {
	world := map[string][]register.Values{}
	ids := map[string]bool{}
	for table, rows := range k.World {
		if !slices.ContainsFunc(p.Catalog, func(r *register.Register) bool { return r.ID == table }) {
			return nil, fmt.Errorf("there is no register called %s", table)
		}
		for _, row := range rows {
			id, _ := row["id"].(string)
			if id == "" || ids[table+"/"+id] {
				return nil, fmt.Errorf("%s: every record has an id of its own (%q)", table, id)
			}
			ids[table+"/"+id] = true
		}
	}
	for _, reg := range p.Catalog {
		for _, row := range k.World[reg.ID] {
			v := register.Values{"id": row["id"]}
			for name, raw := range row {
				if name == "id" {
					continue
				}
				f := reg.Field(name)
				if f == nil {
					return nil, fmt.Errorf("%s %v: there is no field called %s", reg.ID, row["id"], name)
				}
				value, err := fromYAML(f, raw)
				if err != nil {
					return nil, fmt.Errorf("%s %v: %s: %w", reg.ID, row["id"], name, err)
				}
				if f.Kind == register.Ref && value != nil && !ids[f.To+"/"+value.(string)] {
					return nil, fmt.Errorf("%s %v: %s names no record of %s (%v)", reg.ID, row["id"], name, f.To, value)
				}
				v[name] = value
			}
			for _, f := range reg.Fields {
				if f.Derive != nil {
					v[f.Name] = f.Derive(v)
				}
			}
			world[reg.ID] = append(world[reg.ID], v)
		}
	}
	return world, nil
}

func fromYAML(f *register.Field, raw any) (any, error) {
	if raw == nil {
		return nil, nil
	}
	switch f.Kind {
	case register.Integer, register.Level:
		if n, ok := raw.(int); ok {
			return int64(n), nil
		}
	case register.Tenths:
		v, fault := f.FromJSON(raw)
		if n, ok := raw.(int); ok {
			v, fault = int64(n)*10, nil
		}
		if fault == nil {
			return v, nil
		}
	case register.Bool:
		if b, ok := raw.(bool); ok {
			return b, nil
		}
	case register.Date, register.Time: // YAML reads some forms as times, others as text
		if t, ok := raw.(time.Time); ok && f.Kind == register.Date {
			return int64(vigie.DayOf(t)), nil
		} else if ok {
			return t.Unix(), nil
		}
		if s, ok := raw.(string); ok {
			v, fault := f.Parse(s)
			if fault != nil {
				return nil, fmt.Errorf("%q is not of kind %s", s, f.Kind)
			}
			return v, nil
		}
	case register.Enum:
		if s, ok := raw.(string); ok && slices.ContainsFunc(f.Options, func(o register.Option) bool { return o.Value == s }) {
			return s, nil
		}
		return nil, fmt.Errorf("%v is not one of its values", raw)
	default:
		switch v := raw.(type) {
		case string:
			return v, nil
		case int:
			return fmt.Sprint(v), nil
		}
	}
	return nil, fmt.Errorf("%v (%T) is not of kind %s", raw, raw, f.Kind)
}

func (p *Proof) load(ctx context.Context, world map[string][]register.Values) error {
	return p.DB.Write(ctx, func(tx *store.Tx) error {
		for _, reg := range p.Catalog {
			if _, err := tx.Exec(ctx, "DELETE FROM "+reg.ID, nil); err != nil {
				return err
			}
			for _, row := range world[reg.ID] {
				cols := slices.Sorted(maps.Keys(row))
				args := map[string]any{}
				for _, c := range cols {
					args[c] = row[c]
				}
				_, err := tx.Exec(ctx, "INSERT INTO "+reg.ID+" (version, created_at, updated_at, source, search, "+strings.Join(cols, ", ")+
					") VALUES (1, 0, 0, 'case', '', :"+strings.Join(cols, ", :")+")", args)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (p *Proof) set(ctx context.Context, reg *register.Register, id, field string, v any) error {
	return p.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE "+reg.ID+" SET "+field+" = :v WHERE id = :id", map[string]any{"v": v, "id": id})
		return err
	})
}
