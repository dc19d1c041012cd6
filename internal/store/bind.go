package store

import (
	"fmt"
	"strconv"
	"strings"
)

// A binding is a query cut at its :name parameters.
type binding struct {
	parts []string // around the parameters: one more than places
	place []int    // of each parameter, the index of its name
	names []string // each once, in the order of the positional parameters
	text  string   // for SQLite, whole
}

// maxBindings bounds the queries kept cut.
const maxBindings = 5000

// bind rewrites :name to the engine's positional parameters, leaving string
// literals and :: casts alone. PostgreSQL is told the type of each value,
// which it cannot guess in expressions such as :a - :b.
func (db *DB) bind(query string, args map[string]any) (string, []any, error) {
	if !strings.Contains(query, ":") {
		return query, nil, nil
	}
	b := db.binding(query)
	ordered := make([]any, len(b.names))
	for i, name := range b.names {
		v, ok := args[name]
		if !ok {
			return "", nil, fmt.Errorf("store: no value for parameter :%s", name)
		}
		ordered[i] = v
	}
	if !db.Postgres {
		return b.text, ordered, nil
	}
	var out strings.Builder
	out.Grow(len(query) + 16*len(b.place))
	for i, p := range b.place {
		out.WriteString(b.parts[i])
		out.WriteString("$" + strconv.Itoa(p+1) + pgType(ordered[p]))
	}
	out.WriteString(b.parts[len(b.place)])
	return out.String(), ordered, nil
}

func (db *DB) binding(query string) *binding {
	db.bindings.Lock()
	defer db.bindings.Unlock()
	b := db.bindings.byQuery[query]
	if b == nil {
		if len(db.bindings.byQuery) >= maxBindings || db.bindings.byQuery == nil {
			db.bindings.byQuery = map[string]*binding{}
		}
		b = cut(query)
		db.bindings.byQuery[query] = b
	}
	return b
}

func cut(query string) *binding {
	b := &binding{}
	index := map[string]int{}
	start := 0
	var text strings.Builder
	quoted := false
	for i := 0; i < len(query); i++ {
		ch := query[i]
		if ch == '\'' {
			quoted = !quoted
		}
		if quoted || ch != ':' || i+1 == len(query) {
			continue
		}
		if query[i+1] == ':' { // a cast
			i++
			continue
		}
		j := i + 1
		for j < len(query) && isWord(query[j]) {
			j++
		}
		if j == i+1 {
			continue
		}
		name := query[i+1 : j]
		at, seen := index[name]
		if !seen {
			at = len(b.names)
			index[name] = at
			b.names = append(b.names, name)
		}
		b.parts = append(b.parts, query[start:i])
		b.place = append(b.place, at)
		text.WriteString(query[start:i] + "?" + strconv.Itoa(at+1))
		start, i = j, j-1
	}
	b.parts = append(b.parts, query[start:])
	text.WriteString(query[start:])
	b.text = text.String()
	return b
}

func pgType(v any) string {
	switch v.(type) {
	case int, int64, *int64:
		return "::bigint"
	case string:
		return "::text"
	case bool:
		return "::boolean"
	}
	return ""
}

func isWord(b byte) bool {
	return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
}
