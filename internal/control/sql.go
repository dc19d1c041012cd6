package control

import (
	"fmt"
	"slices"
	"strings"
)

// This file reads the SQL of a check just enough to know two things: that it is
// one SELECT with nothing but harmless functions, and how each table it names
// is joined to the judged records, so that a change can be followed to the
// records it touches.

type tokenKind int

const (
	word tokenKind = iota
	number
	literal
	param
	symbol
)

type token struct {
	kind tokenKind
	text string // words in lower case
	at   int    // byte offset
}

// scan cuts SQL into tokens. Comments, quoted identifiers, dollar quotes and
// backslashes are refused: no rule needs them, and they hide things.
func scan(sql string) ([]token, error) {
	var out []token
	for i := 0; i < len(sql); {
		ch := sql[i]
		switch {
		case ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r':
			i++
		case isLetter(ch):
			j := i
			for j < len(sql) && (isLetter(sql[j]) || isDigit(sql[j])) {
				j++
			}
			out = append(out, token{word, strings.ToLower(sql[i:j]), i})
			i = j
		case isDigit(ch):
			j := i
			for j < len(sql) && isDigit(sql[j]) {
				j++
			}
			out = append(out, token{number, sql[i:j], i})
			i = j
		case ch == '\'':
			j := i + 1
			for ; j < len(sql); j++ {
				if sql[j] == '\'' {
					if j+1 < len(sql) && sql[j+1] == '\'' {
						j++
						continue
					}
					break
				}
			}
			if j >= len(sql) {
				return nil, fmt.Errorf("a text in quotes does not end")
			}
			out = append(out, token{literal, sql[i+1 : j], i})
			i = j + 1
		case ch == ':':
			j := i + 1
			for j < len(sql) && (isLetter(sql[j]) || isDigit(sql[j])) {
				j++
			}
			if j == i+1 {
				return nil, fmt.Errorf("a parameter has no name (casts with :: are not portable)")
			}
			out = append(out, token{param, sql[i+1 : j], i})
			i = j
		case strings.HasPrefix(sql[i:], "--") || strings.HasPrefix(sql[i:], "/*"):
			return nil, fmt.Errorf("comments belong to the YAML file, not to the SQL")
		case strings.IndexByte("()=<>+-*/,.|!%", ch) >= 0:
			n := 1
			if i+1 < len(sql) {
				switch sql[i : i+2] {
				case "<=", ">=", "<>", "!=", "||":
					n = 2
				}
			}
			out = append(out, token{symbol, sql[i : i+n], i})
			i += n
		default:
			return nil, fmt.Errorf("character %q is not allowed in a check", string(sql[i]))
		}
	}
	return out, nil
}

func isLetter(b byte) bool { return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }
func isDigit(b byte) bool  { return b >= '0' && b <= '9' }

// functions are those that both engines have with the same meaning.
var functions = []string{"coalesce", "nullif", "max", "min", "count", "sum", "avg", "lower", "upper", "length", "abs", "round", "replace", "substr", "trim"}

// aggregates turn many rows into one.
var aggregates = []string{"max", "min", "count", "sum", "avg"}

// keywords may stand before an opening bracket without being functions.
var keywords = []string{"select", "from", "where", "and", "or", "not", "in", "exists", "case", "when", "then", "else", "end", "on", "join", "left", "as", "is", "null",
	"between", "like", "distinct", "having", "by", "group", "limit", "order"}

// forbidden words have no place in a judgement.
var forbidden = []string{"insert", "update", "delete", "drop", "alter", "create", "attach", "detach", "pragma", "vacuum", "with", "recursive", "union", "intersect", "except",
	"values", "returning", "into", "grant", "copy", "set", "call", "do", "execute", "lateral", "right", "full", "cross", "natural", "using", "window", "over", "collate", "for", "ilike", "regexp", "glob"}

// checkTokens refuses what is not one plain SELECT.
func checkTokens(tokens []token) error {
	if len(tokens) == 0 || tokens[0].text != "select" {
		return fmt.Errorf("a check is one SELECT")
	}
	depth := 0
	inner := 0 // depth of the outermost inner SELECT; 0 outside
	for i, t := range tokens {
		switch {
		case t.kind == symbol && t.text == "(":
			depth++
			if inner == 0 && i+1 < len(tokens) && tokens[i+1].text == "select" {
				inner = depth
			}
			if inner == 0 && i > 0 && slices.Contains(aggregates, tokens[i-1].text) { // it would judge one record in place of all
				return fmt.Errorf("function %s belongs in an inner SELECT", strings.ToUpper(tokens[i-1].text))
			}
			if i > 0 && tokens[i-1].kind == word && !slices.Contains(keywords, tokens[i-1].text) && !slices.Contains(functions, tokens[i-1].text) {
				return fmt.Errorf("function %s is not allowed in a check", tokens[i-1].text)
			}
		case t.kind == symbol && t.text == ")":
			if depth == inner {
				inner = 0
			}
			if depth--; depth < 0 {
				return fmt.Errorf("a closing bracket has no opening one")
			}
		case t.kind == word && slices.Contains(forbidden, t.text) && (i == 0 || tokens[i-1].text != "."):
			return fmt.Errorf("%s is not allowed in a check", strings.ToUpper(t.text))
		case t.kind == word && t.text == "select" && i > 0 && tokens[i-1].text != "(":
			return fmt.Errorf("a check is one SELECT")
		}
	}
	if depth != 0 {
		return fmt.Errorf("an opening bracket is not closed")
	}
	return nil
}

// A use is one occurrence of a table in FROM or JOIN.
type use struct {
	table string
	alias string
}

// A link says that in every row the query considers, column ca of use a equals
// column cb of use b.
type link struct {
	a, b   int // indexes into query.uses
	ca, cb string
}

// A query is what we understood of the SQL of a check. uses[0] is the judged
// table.
type query struct {
	uses    []use
	links   []link
	columns map[string]bool // every word after a dot
	members map[string]bool // those of them that decide which records are judged: in JOIN and WHERE of the outer SELECT
	params  map[string]bool
	pins    []link // of the outer SELECT: equalities of tables that hold in every row
	outer   int    // uses of the outer SELECT: uses[:outer]
}

// A scope is one SELECT: the tables it declares and the scope around it.
type scope struct {
	outer *scope
	names map[string]int
}

func (s *scope) find(alias string) (use int, own bool, ok bool) {
	for c := s; c != nil; c = c.outer {
		if i, found := c.names[alias]; found {
			return i, c == s, true
		}
	}
	return 0, false, false
}

// understand reads the tables of a check and how they are joined.
func understand(sql string, isTable func(string) bool) (*query, error) {
	tokens, err := scan(sql)
	if err == nil {
		err = checkTokens(tokens)
	}
	if err != nil {
		return nil, err
	}
	q := &query{columns: map[string]bool{}, members: map[string]bool{}, params: map[string]bool{}}
	from := topLevel(tokens, "from")
	for i, t := range tokens {
		switch {
		case t.kind == param:
			q.params[t.text] = true
		case t.kind == word && i > 0 && tokens[i-1].text == "." && tokens[i-1].kind == symbol:
			q.columns[t.text] = true
			if i > from {
				q.members[t.text] = true
			}
		}
	}
	if err := q.selectFrom(tokens, nil, isTable); err != nil {
		return nil, err
	}
	return q, nil
}

// once says that no record can be judged twice: each further table of the outer
// SELECT gives at most one row, by its id or a unique field.
func (q *query) once(unique func(table, column string) bool) bool {
	single := map[int]bool{0: true}
	for changed := true; changed; {
		changed = false
		for _, l := range q.pins {
			for _, way := range [][2]struct {
				use    int
				column string
			}{{{l.a, l.ca}, {l.b, l.cb}}, {{l.b, l.cb}, {l.a, l.ca}}} {
				from, to := way[0], way[1]
				if single[from.use] && !single[to.use] && unique(q.uses[to.use].table, to.column) {
					single[to.use], changed = true, true
				}
			}
		}
	}
	return len(single) == q.outer
}

// selectFrom reads one SELECT, given without its brackets.
func (q *query) selectFrom(tokens []token, outer *scope, isTable func(string) bool) error {
	s := &scope{outer: outer, names: map[string]int{}}
	from := topLevel(tokens, "from")
	if from < 0 {
		return fmt.Errorf("a SELECT has no FROM")
	}
	if outer == nil {
		for _, w := range []string{"group", "order", "limit", "having", "distinct"} {
			if topLevel(tokens, w) >= 0 {
				return fmt.Errorf("%s is not allowed at the top of a check", strings.ToUpper(w))
			}
		}
	}
	where := topLevel(tokens, "where")
	end := len(tokens)
	if where < 0 {
		where = end
	}
	// Tables, and the conditions of joins.
	var conditions [][]token
	i := from
	for i < where {
		if t := tokens[i]; t.kind == word && (t.text == "from" || t.text == "join") || t.text == "," && t.kind == symbol {
			i++
			if i >= where || tokens[i].kind != word {
				return fmt.Errorf("only tables may follow FROM and JOIN")
			}
			u := use{table: tokens[i].text, alias: tokens[i].text}
			if !isTable(u.table) {
				return fmt.Errorf("there is no register called %s", u.table)
			}
			i++
			if i < where && tokens[i].text == "as" {
				i++
			}
			if i < where && tokens[i].kind == word && !slices.Contains(keywords, tokens[i].text) {
				u.alias = tokens[i].text
				i++
			}
			if _, twice := s.names[u.alias]; twice {
				return fmt.Errorf("alias %s names two tables", u.alias)
			}
			s.names[u.alias] = len(q.uses)
			q.uses = append(q.uses, u)
			continue
		}
		if tokens[i].text == "on" && tokens[i].kind == word {
			j := i + 1
			for depth := 0; j < where; j++ {
				depth += bracket(tokens[j])
				if depth == 0 && (tokens[j].text == "join" || tokens[j].text == "left") && tokens[j].kind == word {
					break
				}
			}
			conditions = append(conditions, tokens[i+1:j])
			i = j
			continue
		}
		i++
	}
	if where < end {
		stop := end
		for _, w := range []string{"group", "order", "limit", "having"} {
			if k := topLevel(tokens, w); k >= 0 && k < stop {
				stop = k
			}
		}
		conditions = append(conditions, tokens[where+1:stop])
	}
	for _, c := range conditions {
		q.links = append(q.links, q.condition(c, s)...)
	}
	if outer == nil {
		q.outer = len(q.uses)
		for _, c := range conditions {
			for _, part := range split(c, "and") {
				if len(part) == 7 {
					q.pins = append(q.pins, q.condition(part, s)...)
				}
			}
		}
	}
	// Every inner SELECT, wherever it is.
	for i := 1; i < len(tokens); i++ {
		if tokens[i].text == "select" && tokens[i-1].text == "(" {
			j := closing(tokens, i-1)
			if err := q.selectFrom(tokens[i:j], s, isTable); err != nil {
				return err
			}
			i = j
		}
	}
	return nil
}

// condition returns the equalities that hold whenever the condition does and
// that touch a table of s itself.
func (q *query) condition(tokens []token, s *scope) []link {
	if parts := split(tokens, "or"); len(parts) > 1 {
		// An alternative: keep the equalities between two tables only if every
		// branch has one between them.
		var branches [][]link
		for _, p := range parts {
			branches = append(branches, q.condition(p, s))
		}
		var out []link
		for _, b := range branches {
			for _, l := range b {
				if all(branches, func(o []link) bool { return slices.ContainsFunc(o, l.samePair) }) {
					out = append(out, l)
				}
			}
		}
		return out
	}
	var out []link
	for _, p := range split(tokens, "and") {
		switch {
		case len(p) == 0 || p[0].text == "not" || p[0].text == "case":
		case p[0].text == "(" && closing(p, 0) == len(p)-1 && len(p) > 1 && p[1].text != "select":
			out = append(out, q.condition(p[1:len(p)-1], s)...)
		case len(p) == 7 && p[1].text == "." && p[3].text == "=" && p[5].text == ".":
			a, ownA, okA := s.find(p[0].text)
			b, ownB, okB := s.find(p[4].text)
			if okA && okB && a != b && (ownA || ownB) {
				out = append(out, link{a, b, p[2].text, p[6].text})
			}
		case len(p) > 5 && p[1].text == "." && p[3].text == "in" && p[4].text == "(" && closing(p, 4) == len(p)-1 && p[5].text != "select":
			// x.a IN (y.b, y.c): an alternative of equalities.
			var branches [][]link
			for _, item := range split(p[5:len(p)-1], ",") {
				eq := append(slices.Clone(p[:3]), token{kind: symbol, text: "="})
				branches = append(branches, q.condition(append(eq, item...), s))
			}
			for _, b := range branches {
				for _, l := range b {
					if all(branches, func(o []link) bool { return slices.ContainsFunc(o, l.samePair) }) {
						out = append(out, l)
					}
				}
			}
		}
	}
	return out
}

func (l link) samePair(o link) bool { return l.a == o.a && l.b == o.b || l.a == o.b && l.b == o.a }

func all[T any](list []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !ok(v) })
}

func bracket(t token) int {
	if t.kind != symbol {
		return 0
	}
	switch t.text {
	case "(":
		return 1
	case ")":
		return -1
	}
	return 0
}

// topLevel returns the index of the first word w outside brackets, or -1.
func topLevel(tokens []token, w string) int {
	depth := 0
	for i, t := range tokens {
		depth += bracket(t)
		if depth == 0 && t.kind == word && t.text == w {
			return i
		}
	}
	return -1
}

// closing returns the index of the bracket that closes the one at open.
func closing(tokens []token, open int) int {
	depth := 0
	for i := open; i < len(tokens); i++ {
		depth += bracket(tokens[i])
		if depth == 0 {
			return i
		}
	}
	return len(tokens) - 1
}

// split cuts tokens at each sep outside brackets, CASE … END and BETWEEN … AND.
func split(tokens []token, sep string) [][]token {
	var out [][]token
	depth, start := 0, 0
	between := false
	for i, t := range tokens {
		depth += bracket(t)
		if t.kind == word && t.text == "case" {
			depth++
		}
		if t.kind == word && t.text == "end" {
			depth--
		}
		if depth != 0 {
			continue
		}
		if t.text == "between" {
			between = true
		}
		if t.text == sep && (t.kind == word || t.kind == symbol) {
			if sep == "and" && between {
				between = false
				continue
			}
			out = append(out, tokens[start:i])
			start = i + 1
		}
	}
	return append(out, tokens[start:])
}
