// Package policy is the policy itself: one YAML file per rule under rules/,
// embedded in the binary. It reads and checks files and holds no judgement: a
// rule is its file. The format is described in docs/guide/rules.en.md.
package policy

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	vigie "vigie.example"
)

//go:embed rules/*.yaml
var files embed.FS

// A Rule is one file.
type Rule struct {
	ID      vigie.RuleID     `yaml:"rule"`
	Title   vigie.Text       `yaml:"title"`
	Text    vigie.Text       `yaml:"text"`
	Explain vigie.Text       `yaml:"explain"`
	Maps    Maps             `yaml:"maps"`
	Acts    []string         `yaml:"acts"` // who must act, tried in order: a path of references, or role:NAME
	Params  map[string]Param `yaml:"params"`
	Checks  []Check          `yaml:"checks"`
	Cases   []Case           `yaml:"cases"`
	File    string           `yaml:"-"`
}

// Chapter returns the chapter that the rule belongs to: "9.5" for 9.5.5, "8"
// for a framing chapter.
func (r *Rule) Chapter() string {
	if i := strings.LastIndex(string(r.ID), "."); i > 0 {
		return string(r.ID)[:i]
	}
	return string(r.ID)
}

// Maps lists the ids of other frameworks that ask for the same thing.
type Maps struct {
	ISO27001 []string `yaml:"iso27001" json:"iso27001,omitempty"` // ISO/IEC 27001:2022, "cl." before a clause
	Hygiene  []string `yaml:"hygiene" json:"hygiene,omitempty"`   // ANSSI hygiene guide
	ReCyF    []string `yaml:"recyf" json:"recyf,omitempty"`       // ReCyF 2.5
}

// A Param is a number that the committee can change. Its name is global: two
// rules that use the same name mean the same number.
type Param struct {
	Unit    string     `yaml:"unit" json:"unit"` // days, hours, minutes, seconds, level, count, percent or flag
	Default int64      `yaml:"default" json:"default"`
	Min     int64      `yaml:"min" json:"min"`
	Max     int64      `yaml:"max" json:"max"`
	Source  string     `yaml:"source" json:"source"` // where the default comes from; D is our own proposal, S the source policy
	Label   vigie.Text `yaml:"label" json:"label"`
}

// A Check is one SQL query that returns (id, why), one row per judged record;
// why is NULL when the record conforms.
type Check struct {
	ID      string            `yaml:"id"`
	Title   vigie.Text        `yaml:"title"`
	Knows   string            `yaml:"knows"`  // machine, register or attested
	Judges  string            `yaml:"judges"` // the register whose records are judged
	Acts    []string          `yaml:"acts"`   // overrides Rule.Acts
	DueDays int               `yaml:"due_days"`
	SQL     string            `yaml:"sql"`
	Reasons map[string]Reason `yaml:"reasons"`
	Touches map[string]string `yaml:"touches"` // register → "all": how its changes reach the judged records
}

// A Reason is what a code means, and what would make the record conform.
type Reason struct {
	FR      string     `yaml:"fr"`
	EN      string     `yaml:"en"`
	Fix     vigie.Text `yaml:"fix"`
	Covered bool       `yaml:"covered"` // accepted by a live risk analysis: counts as waived
}

// Text returns the sentence of the reason.
func (r Reason) Text() vigie.Text { return vigie.Text{FR: r.FR, EN: r.EN} }

// A Case is a small world and what the checks must say of it.
type Case struct {
	Name   string                      `yaml:"name"`
	Today  string                      `yaml:"today"`
	Now    string                      `yaml:"now"` // RFC 3339; noon of Today when empty
	Params map[string]int64            `yaml:"params"`
	World  map[string][]map[string]any `yaml:"world"`
	Expect map[string]Expectation      `yaml:"expect"`
}

// An Expectation is what a check must say of a world.
type Expectation struct {
	Judged     []string          `yaml:"judged"`
	Violations map[string]string `yaml:"violations"`
}

// Load reads the rules of the product, then those of dir if it is not empty: a
// file of dir replaces the rule of the same id. Unknown keys are errors.
func Load(dir string) ([]*Rule, error) {
	rules, err := read(files, "rules")
	if err != nil || dir == "" {
		return rules, err
	}
	own, err := read(os.DirFS(dir), ".")
	if err != nil {
		return nil, err
	}
	for _, o := range own {
		i := slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == o.ID })
		if i < 0 {
			rules = append(rules, o)
		} else {
			rules[i] = o
		}
	}
	slices.SortFunc(rules, func(a, b *Rule) int { return CompareIDs(a.ID, b.ID) })
	return rules, nil
}

func read(fsys fs.FS, dir string) ([]*Rule, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var rules []*Rule
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		r, err := Parse(path.Base(name), data)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(rules, func(o *Rule) bool { return o.ID == r.ID }); i >= 0 {
			return nil, invalid(r.File, fmt.Errorf("rule %s is already in %s", r.ID, rules[i].File))
		}
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b *Rule) int { return CompareIDs(a.ID, b.ID) })
	return rules, nil
}

// maxFile bounds a rule file, in bytes.
const maxFile = 256 << 10

// Parse reads one rule file. Unknown keys, and a second document, are errors.
func Parse(name string, data []byte) (*Rule, error) {
	if len(data) > maxFile {
		return nil, invalid(name, fmt.Errorf("larger than %d bytes", maxFile))
	}
	r := &Rule{File: name}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(r); err != nil {
		return nil, invalid(name, err)
	}
	if err := dec.Decode(new(yaml.Node)); err != io.EOF {
		return nil, invalid(name, fmt.Errorf("more than one YAML document"))
	}
	return r, nil
}

func invalid(name string, err error) error {
	return &vigie.Error{Code: vigie.Invalid, Key: "policy.bad_file", Args: []any{name, err.Error()}, Err: err}
}

// CompareIDs orders rule ids as the policy does: 9.2.1 before 9.10.1.
func CompareIDs(a, b vigie.RuleID) int {
	return slices.CompareFunc(strings.Split(string(a), "."), strings.Split(string(b), "."), func(x, y string) int {
		m, errX := strconv.Atoi(x)
		n, errY := strconv.Atoi(y)
		if errX != nil || errY != nil {
			return strings.Compare(x, y)
		}
		return m - n
	})
}
