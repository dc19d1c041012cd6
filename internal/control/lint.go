package control

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/policy"
)

var (
	codeForm = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	ruleForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$|^[A-Z][A-Za-z0-9.-]*$`)
	roles    = []string{"committee", "ciso", "cio", "dpo", "it_team", "hr", "facilities", "auditor"}
	ways     = []string{"machine", "register", "attested"}
)

// Lint says what is wrong with the form of rules, one sentence each beginning
// with the file: missing languages, SQL that is more than a judgement,
// parameters out of bounds or declared twice differently, unknown names.
func Lint(rules []*policy.Rule, catalog []*register.Register) (wrong []string) {
	params := map[string]policy.Param{}
	for _, r := range rules {
		say := func(format string, args ...any) { wrong = append(wrong, r.File+": "+fmt.Sprintf(format, args...)) }
		text := func(what string, t vigie.Text) {
			for _, lang := range t.Missing() {
				say("%s has no text in %s", what, lang)
			}
		}
		if !ruleForm.MatchString(string(r.ID)) {
			say("rule id %q: want numbers such as 9.5.5, or a capital letter first", r.ID)
		}
		text("title", r.Title)
		text("text", r.Text)
		text("explain", r.Explain)
		if len(r.Checks) == 0 {
			say("the rule has no check")
		}
		for name, p := range r.Params {
			text("parameter "+name, p.Label)
			if !codeForm.MatchString(name) || !slices.Contains(units, p.Unit) || p.Min > p.Default || p.Default > p.Max || p.Source == "" {
				say("parameter %s: want a unit among %v, min ≤ default ≤ max, and a source", name, units)
			}
			if had, ok := params[name]; ok && had != p {
				say("parameter %s is declared otherwise by another rule", name)
			}
			params[name] = p
		}
		used := map[string]bool{}
		seen := map[string]bool{}
		for _, c := range Compile(r, catalog) {
			if c.err != nil {
				say("check %s: %v", c.ID, c.err)
				continue
			}
			if !codeForm.MatchString(c.ID) || seen[c.ID] {
				say("check %s: want an id of its own, in lower case", c.ID)
			}
			seen[c.ID] = true
			text("check "+c.ID, c.Title)
			if !slices.Contains(ways, c.Knows) {
				say("check %s: knows must be one of %v", c.ID, ways)
			}
			if c.DueDays < 0 || c.DueDays > 3650 {
				say("check %s: due_days must be between 0 and 3650", c.ID)
			}
			for why, reason := range c.Reasons {
				text("reason "+c.ID+"/"+why, reason.Text())
				text("fix of "+c.ID+"/"+why, reason.Fix)
				if !codeForm.MatchString(why) {
					say("reason %s: want lower case letters, digits and _", why)
				}
			}
			if len(c.Reasons) == 0 {
				say("check %s has no reason", c.ID)
			}
			for t, how := range c.Touches {
				if _, reads := c.routes[t]; !reads || how != "all" {
					say("check %s: touches %s: %s must name a table that the check reads, with all", c.ID, t, how)
				}
			}
			for _, t := range slices.Sorted(maps.Keys(c.routes)) {
				if c.routes[t] == nil && c.Touches[t] == "" {
					say("check %s: changes of %s lead to no judged record, so each one runs the whole check: join it by references, or say touches: {%s: all}", c.ID, t, t)
				}
			}
			for p := range c.query.params {
				for name := range r.Params {
					if p == name || p == name+"_ago" || p == name+"_ahead" || p == name+"_ago_at" || p == name+"_ahead_at" {
						used[name] = true
					}
				}
			}
			for _, problem := range c.actorProblems(catalog) {
				say("check %s: %s", c.ID, problem)
			}
		}
		for name := range r.Params {
			if !used[name] {
				say("parameter %s is not used by any check", name)
			}
		}
	}
	return wrong
}
