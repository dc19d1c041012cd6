package web

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// find returns the elements below n that a selector matches: parts such as
// tag#id.class[name=value] or [name], after one another for descendants.
func find(n *html.Node, selector string) (out []*html.Node) {
	parts := splitSelector(selector)
	seen := map[*html.Node]bool{}
	var walk func(n *html.Node, i int)
	walk = func(n *html.Node, i int) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && matches(c, parts[i]) {
				if i+1 < len(parts) {
					walk(c, i+1)
				} else if !seen[c] {
					seen[c] = true
					out = append(out, c)
				}
			}
			walk(c, i)
		}
	}
	walk(n, 0)
	return out
}

// splitSelector cuts at spaces outside brackets.
func splitSelector(s string) (parts []string) {
	depth, start := 0, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' && depth == 0 {
			if i > start {
				parts = append(parts, s[start:i])
			}
			start = i + 1
			continue
		}
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		}
	}
	return parts
}

func matches(n *html.Node, part string) bool {
	for part != "" {
		end := len(part)
		if i := strings.IndexAny(part[1:], "#.["); i >= 0 && part[0] != '[' {
			end = i + 1
		}
		switch part[0] {
		case '#':
			if attr(n, "id") != part[1:end] {
				return false
			}
		case '.':
			if !strings.Contains(" "+attr(n, "class")+" ", " "+part[1:end]+" ") {
				return false
			}
		case '[':
			end = strings.IndexByte(part, ']') + 1
			name, value, valued := strings.Cut(part[1:end-1], "=")
			if valued && attr(n, name) != value || !valued && !has(n, name) {
				return false
			}
		default:
			if n.Data != part[:end] {
				return false
			}
		}
		part = part[end:]
	}
	return true
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// attr returns an attribute, "" when absent.
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text returns what is read in a node, its spaces made single.
func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestFind(t *testing.T) {
	doc, err := html.Parse(strings.NewReader(`<main id=m><ul class="a b"><li data-x="1 2">one</li><li>two</li></ul></main>`))
	if err != nil {
		t.Fatal(err)
	}
	for selector, want := range map[string]int{"li": 2, "#m li": 2, "ul.b li[data-x]": 1, "li[data-x=1 2]": 1, "main#m ul.a.b": 1, "ul.c": 0, "li li": 0} {
		if got := len(find(doc, selector)); got != want {
			t.Errorf("%s finds %d, want %d", selector, got, want)
		}
	}
}
