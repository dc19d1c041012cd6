package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	word     = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_-]*`)
	cssClass = regexp.MustCompile(`\.(-?[A-Za-z_][A-Za-z0-9_-]*)`)
)

// prune leaves out the rules whose every selector names a class that no
// template, page or script of ours contains. A class is any word of those
// sources, so that a name made of literals is found; a name put together from
// parts at run time must be listed in assets/app.css of ours, which is kept.
func prune(css []byte) ([]byte, error) {
	known := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "node_modules" || d.Name() == dist || d.Name() == "build" {
				return fs.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".templ", ".js", ".css":
		case ".go":
			if strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
		default:
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, w := range word.FindAll(data, -1) {
			known[string(w)] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	pruneInto(&out, css, known)
	return out.Bytes(), nil
}

// pruneInto copies the rules of one block. The minified text has no comment
// left but the licence's, and braces inside strings only in data URLs, which
// have none.
func pruneInto(out *bytes.Buffer, css []byte, known map[string]bool) {
	for len(css) > 0 {
		brace := indexOutside(css, '{')
		semi := indexOutside(css, ';')
		if semi >= 0 && (brace < 0 || semi < brace) { // @charset, @layer a, b;
			out.Write(css[:semi+1])
			css = css[semi+1:]
			continue
		}
		if brace < 0 {
			out.Write(css)
			return
		}
		end := closing(css, brace)
		head, body := css[:brace], css[brace+1:end]
		css = css[end+1:]
		name := strings.TrimSpace(string(head))
		switch {
		case strings.HasPrefix(name, "@media"), strings.HasPrefix(name, "@supports"), strings.HasPrefix(name, "@layer"):
			var inner bytes.Buffer
			pruneInto(&inner, body, known)
			if inner.Len() > 0 {
				out.Write(head)
				out.WriteByte('{')
				out.Write(inner.Bytes())
				out.WriteByte('}')
			}
		case strings.HasPrefix(name, "@"):
			out.Write(head)
			out.WriteByte('{')
			out.Write(body)
			out.WriteByte('}')
		default:
			if kept := selectors(string(head), known); kept != "" {
				out.WriteString(kept)
				out.WriteByte('{')
				out.Write(body)
				out.WriteByte('}')
			}
		}
	}
}

// selectors keeps the selectors of a list that may match something.
func selectors(list string, known map[string]bool) string {
	var kept []string
	depth, start := 0, 0
	for i := 0; i <= len(list); i++ {
		if i < len(list) {
			switch list[i] {
			case '(', '[':
				depth++
			case ')', ']':
				depth--
			}
			if list[i] != ',' || depth > 0 {
				continue
			}
		}
		s := list[start:i]
		start = i + 1
		used := true
		if !strings.Contains(s, ":not(") && !strings.Contains(s, ":is(") && !strings.Contains(s, ":where(") {
			for _, m := range cssClass.FindAllStringSubmatch(s, -1) {
				used = used && known[m[1]]
			}
		}
		if used {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, ",")
}

func indexOutside(css []byte, c byte) int {
	quote := byte(0)
	depth := 0
	for i, b := range css {
		switch {
		case quote != 0:
			if b == quote && css[i-1] != '\\' {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '(':
			depth++
		case b == ')':
			depth--
		case b == c && depth == 0:
			return i
		}
	}
	return -1
}

// closing returns the index of the brace that closes the one at open.
func closing(css []byte, open int) int {
	depth := 0
	quote := byte(0)
	for i := open; i < len(css); i++ {
		switch b := css[i]; {
		case quote != 0:
			if b == quote && css[i-1] != '\\' {
				quote = 0
			}
		case b == '"' || b == '\'':
			quote = b
		case b == '{':
			depth++
		case b == '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(css) - 1
}
