package web

import (
	"strconv"
	"unicode/utf8"

	"vigie.example/internal/register"
)

// A graph draws a record between the records that it names, on the left, and
// those that name it, on the right.
type graph struct {
	self  node
	left  []node
	right []node
	more  bool // there are more relations than the graph shows
}

// A node is one box of the graph; it leads to one record or to a list.
type node struct {
	label, title, path string
	x, y               int
}

// Sizes of the drawing, in its own units.
const (
	nodeWidth  = 210
	nodeHeight = 40
	nodeGap    = 10
	nodeColumn = 300
	maxNodes   = 12
)

// maxRelated is the number up to which the records that name one are counted.
const maxRelated = 100

func (v *recordView) loadGraph(r *request) error {
	g := &v.graph
	g.self = node{label: r.In(v.reg.Label), title: v.title}
	for i := range v.reg.Fields {
		f := &v.reg.Fields[i]
		id, ok := v.rec.Values[f.Name].(string)
		if !ok || f.Kind != register.Ref || !r.session.MayRead(f.To) {
			continue
		}
		title, seen := v.titles.of(f.To, id)
		if !seen {
			continue
		}
		g.add(&g.left, node{label: r.In(f.Label), title: title, path: r.Link("/registers/" + f.To + "/records/" + pathEscape(id))})
	}
	if !r.past { // who named a record on a past day is not kept in an index
		if err := v.loadReferrers(r); err != nil {
			return err
		}
	}
	g.place()
	return nil
}

// loadReferrers adds the registers whose records name this one.
func (v *recordView) loadReferrers(r *request) error {
	g := &v.graph
	book := r.s.App.Book
	for _, ref := range book.Referrers(v.reg) {
		if !r.session.MayRead(ref.Register.ID) {
			continue
		}
		q := register.ListQuery{Filters: []register.Filter{{Field: ref.Field.Name, Value: v.rec.ID}}, Limit: 1, Scope: r.scope()}
		n, err := book.Count(r.Context(), ref.Register, q, maxRelated+1)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		x := node{label: r.In(ref.Register.Label) + " · " + r.In(ref.Field.Label), path: r.Link("/registers/"+ref.Register.ID, "f."+ref.Field.Name, v.rec.ID)}
		switch {
		case n > maxRelated:
			x.title = r.T("page.records_more", r.Number(maxRelated))
		case n > 1:
			x.title = r.N(n, "page.records_one", "page.records_many")
		default:
			page, err := book.List(r.Context(), ref.Register, q)
			if err != nil {
				return err
			}
			if len(page.Records) == 0 {
				continue
			}
			id := page.Records[0].ID
			if x.title, err = r.titleOf(ref.Register, id); err != nil {
				return err
			}
			x.path = r.Link(recordPathOf(ref.Register, id))
		}
		g.add(&g.right, x)
	}
	return nil
}

func (g *graph) add(side *[]node, n node) {
	if len(*side) >= maxNodes {
		g.more = true
		return
	}
	*side = append(*side, n)
}

// place gives each box its place.
func (g *graph) place() {
	height := g.height()
	column := func(list []node, x int) {
		top := (height - len(list)*(nodeHeight+nodeGap) + nodeGap) / 2
		for i := range list {
			list[i].x, list[i].y = x, top+i*(nodeHeight+nodeGap)
		}
	}
	column(g.left, 0)
	self := []node{g.self}
	column(self, nodeColumn)
	g.self = self[0]
	column(g.right, 2*nodeColumn)
}

func (g *graph) height() int {
	return max(len(g.left), len(g.right), 1)*(nodeHeight+nodeGap) + 2
}

func (g *graph) viewBox() string {
	return "-2 -2 " + strconv.Itoa(2*nodeColumn+nodeWidth+4) + " " + strconv.Itoa(g.height()+4)
}

// curve is the line between two boxes, from the one on the left.
func curve(from, to node) string {
	x1, y1, x2, y2 := from.x+nodeWidth, from.y+nodeHeight/2, to.x, to.y+nodeHeight/2
	mid := strconv.Itoa((x1 + x2) / 2)
	return "M" + strconv.Itoa(x1) + " " + strconv.Itoa(y1) + "C" + mid + " " + strconv.Itoa(y1) + " " + mid + " " + strconv.Itoa(y2) + " " + strconv.Itoa(x2) + " " + strconv.Itoa(y2)
}

// short cuts a text to what a box holds.
func short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
