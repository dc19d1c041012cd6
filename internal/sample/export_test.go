package sample

import (
	"fmt"
	"maps"
	"reflect"
	"time"
)

// Told returns what the story leaves at a moment, by register and id, and the
// lines of the history that it writes.
func Told(now time.Time) (records map[string]map[string]values, history []string) {
	records = map[string]map[string]values{}
	for _, s := range tell(now).steps() {
		for _, e := range s.events {
			all := records[e.register.ID]
			if all == nil {
				all = map[string]values{}
				records[e.register.ID] = all
			}
			had, action := all[e.id], "update"
			switch {
			case e.values == nil:
				action = "delete"
				delete(all, e.id)
			case had == nil:
				action = "create"
				all[e.id] = maps.Clone(e.values)
			default:
				all[e.id] = maps.Clone(had)
				maps.Copy(all[e.id], e.values)
				if reflect.DeepEqual(had, all[e.id]) {
					continue
				}
			}
			history = append(history, fmt.Sprintln(e.at, e.actor, "sample", action, e.register.ID, e.id))
		}
	}
	return records, history
}
