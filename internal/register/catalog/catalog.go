// Package catalog declares every register, one per file. Reading this folder
// is reading what Vigie keeps. A declaration registers itself: adding a
// register costs one file.
package catalog

import (
	"slices"
	"strings"

	"vigie.example/internal/register"
)

var all = map[string]*register.Register{}

// declare adds r to the catalogue and returns it. It panics on a duplicate,
// which only a programming error can cause.
func declare(r register.Register) *register.Register {
	if all[r.ID] != nil {
		panic("register declared twice: " + r.ID)
	}
	all[r.ID] = &r
	return &r
}

// All returns every register in the order of their ids.
func All() []*register.Register {
	var out []*register.Register
	for _, r := range all {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *register.Register) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Get returns the register called id, or nil.
func Get(id string) *register.Register { return all[id] }
