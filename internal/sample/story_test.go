package sample

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"vigie.example/internal/register"
)

// noon is a moment like another; the story is the same at each.
var noon = time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)

// TestStoryIsSound: each event writes fields that exist, with values that a
// person could have typed, and names only records that exist by then. Nothing
// is written before its day or after its step.
func TestStoryIsSound(t *testing.T) {
	known := map[string]bool{}
	wrong := 0
	say := func(format string, args ...any) {
		if wrong++; wrong <= 40 {
			t.Errorf(format, args...)
		}
	}
	for _, s := range tell(noon).steps() {
		for _, e := range s.events {
			if e.at > s.at.Unix() {
				say("%s %s is written at %s, after its step", e.register.ID, e.id, time.Unix(e.at, 0).UTC())
			}
			key := e.register.ID + "/" + e.id
			for _, name := range slices.Sorted(maps.Keys(e.values)) {
				if fault := faultOf(e.register.Field(name), e.values[name], known); fault != "" {
					say("%s, %s: %s", key, name, fault)
				}
			}
			if e.values == nil && !known[key] {
				say("%s is deleted and does not exist", key)
			}
			if e.actor == "" {
				say("%s is written by nobody", key)
			}
			known[key] = e.values != nil
		}
	}
}

// faultOf says why a value cannot be kept in a field.
func faultOf(f *register.Field, v any, known map[string]bool) string {
	switch {
	case f == nil:
		return "no such field"
	case v == nil:
		return ""
	case f.Kind == register.Ref && !known[f.To+"/"+fmt.Sprint(v)]:
		return fmt.Sprintf("no %s %v by then", f.To, v)
	}
	raw := f.JSON(v)
	if n, ok := v.(int64); ok && raw == v {
		raw = float64(n)
	}
	back, fault := f.FromJSON(raw)
	if fault != nil {
		return fault.Key
	}
	if back != v {
		return fmt.Sprintf("%v is read back as %v", v, back)
	}
	return ""
}
