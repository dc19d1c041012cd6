package control

import (
	"fmt"
	"slices"
	"strings"

	"vigie.example/internal/register"
)

// acts returns who must act on findings of c, tried in order.
func (c *Check) acts() []string {
	if len(c.Acts) > 0 {
		return c.Acts
	}
	return c.Rule.Acts
}

// actorProblems says which entries of acts lead nowhere.
func (c *Check) actorProblems(catalog []*register.Register) (wrong []string) {
	acts := c.acts()
	if len(acts) == 0 || !strings.HasPrefix(acts[len(acts)-1], "role:") {
		wrong = append(wrong, "the last who must act is a role")
	}
	for _, a := range acts {
		if role, ok := strings.CutPrefix(a, "role:"); ok {
			if !slices.Contains(roles, role) {
				wrong = append(wrong, "there is no role "+role)
			}
			continue
		}
		if _, err := actorPath(catalog, c.Judges, a); err != nil && len(c.Acts) > 0 {
			wrong = append(wrong, err.Error())
		}
	}
	return wrong
}

// actorPath returns the registers that a path such as asset.owner crosses from
// the judged register to a person.
func actorPath(catalog []*register.Register, judges, path string) ([]*register.Register, error) {
	get := func(id string) *register.Register {
		i := slices.IndexFunc(catalog, func(r *register.Register) bool { return r.ID == id })
		if i < 0 {
			return nil
		}
		return catalog[i]
	}
	at := get(judges)
	crossed := []*register.Register{at}
	if path == "self" && judges == "person" {
		return crossed, nil
	}
	for step := range strings.SplitSeq(path, ".") {
		if at == nil {
			return nil, fmt.Errorf("who must act: %s leads nowhere from %s", path, judges)
		}
		f := at.Field(step)
		if f == nil || f.Kind != register.Ref {
			return nil, fmt.Errorf("who must act: %s leads nowhere from %s", path, judges)
		}
		at = get(f.To)
		crossed = append(crossed, at)
	}
	if at == nil || at.ID != "person" {
		return nil, fmt.Errorf("who must act: %s does not lead to a person", path)
	}
	return crossed, nil
}
