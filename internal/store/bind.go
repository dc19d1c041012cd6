package store

import (
	"fmt"
	"strconv"
	"strings"
)

// bind rewrites :name to the engine's positional parameters, leaving string
// literals and :: casts alone. PostgreSQL is told the type of each value,
// which it cannot guess in expressions such as :a - :b.
func (db *DB) bind(query string, args map[string]any) (string, []any, error) {
	if !strings.Contains(query, ":") {
		return query, nil, nil
	}
	var out strings.Builder
	var ordered []any
	index := map[string]int{}
	quoted := false
	for i := 0; i < len(query); i++ {
		ch := query[i]
		if ch == '\'' {
			quoted = !quoted
		}
		if quoted || ch != ':' || i+1 == len(query) || !isWord(query[i+1]) {
			if ch == ':' && i+1 < len(query) && query[i+1] == ':' {
				out.WriteByte(ch)
				i++
			}
			out.WriteByte(ch)
			continue
		}
		j := i + 1
		for j < len(query) && isWord(query[j]) {
			j++
		}
		name := query[i+1 : j]
		v, ok := args[name]
		if !ok {
			return "", nil, fmt.Errorf("store: no value for parameter :%s", name)
		}
		if index[name] == 0 {
			ordered = append(ordered, v)
			index[name] = len(ordered)
		}
		if db.Postgres {
			out.WriteString("$" + strconv.Itoa(index[name]) + pgType(v))
		} else {
			out.WriteString("?" + strconv.Itoa(index[name]))
		}
		i = j - 1
	}
	return out.String(), ordered, nil
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
