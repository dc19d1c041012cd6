package web

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/trace"
	told "vigie.example/internal/trace/access"
	"vigie.example/internal/trace/search"
)

// A tracesView is what a search found, and what chose it.
type tracesView struct {
	classes             []string
	class, q, from, to  string
	hits                []search.Hit
	more                int64 // Query.Before of those that follow; 0 when there are none
	total, entries      int64
	buckets             []search.Bucket
	bucket              time.Duration
	first, last, before int64
	views               []register.View // searches that were kept
	err                 *vigie.Error
	failing             []traceFailure
}

// A traceFailure is something beside the vault that fails: the bucket of its copy, an
// authority that dates it or a witness.
type traceFailure struct {
	key   string // of the sentence
	name  string
	since time.Time
}

// failing says what does not answer, as far as the vault says it.
func (s *Server) failing(class string) (out []traceFailure) {
	dir, err := s.Traces.Folder(class)
	if err != nil {
		return nil
	}
	if c, err := trace.ReadCopied(dir); err == nil && c != nil && c.Failures > 0 {
		out = append(out, traceFailure{"traces.copy_failing", c.Bucket, c.Since})
	}
	for key, read := range map[string]func(string) ([]trace.Authority, error){"traces.date_failing": trace.ReadDating, "traces.witness_failing": trace.ReadWitnesses} {
		authorities, err := read(dir)
		if err != nil {
			continue // "vigie trace status" says it
		}
		for _, a := range authorities {
			if a.Failures > 0 {
				out = append(out, traceFailure{key, a.URL, a.Since})
			}
		}
	}
	slices.SortFunc(out, func(a, b traceFailure) int { return strings.Compare(a.key+a.name, b.key+b.name) })
	return out
}

// query is that of the page, as a search is kept.
func (v tracesView) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"class": v.class, "q": v.q, "from": v.from, "to": v.to} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

// since is the number from which an entry is newer than those shown; 0 when none is.
func (v tracesView) since() int64 {
	if len(v.hits) == 0 {
		return 0
	}
	return v.hits[0].Entry + 1
}

// Bounds of the page: events shown, bars of the chart, and the time that a search
// may take.
const (
	tracesShown    = 50
	tracesBars     = 80
	tracesPatience = 15 * time.Second
)

// lengths of the bars of the chart.
var lengths = []time.Duration{time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}

// tracesPage searches the events of machines (9.7.3, 9.11.3). Each search leaves a
// trace of its own.
func tracesPage(r *request) error {
	get := r.URL.Query().Get
	v := tracesView{classes: r.s.Traces.Classes(), class: get("class"), q: strings.TrimSpace(get("q")), from: get("from"), to: get("to")}
	if len(v.classes) == 0 {
		return r.page(r.T("traces.title"), tracesPageView(r, v))
	}
	if v.class == "" {
		v.class = v.classes[0]
	}
	var err error
	if v.views, err = r.s.App.Book.Views(r.Context(), tracesPlace, r.session.User.Email); err != nil {
		return err
	}
	err = search.Explained(v.search(r))
	v.failing = r.s.failing(v.class)
	if v.err = r.problemOf(err); v.err == nil && err != nil {
		return err
	}
	if v.err != nil {
		return r.pageWith(statuses[v.err.Code], r.T("traces.title"), tracesPageView(r, v))
	}
	return r.page(r.T("traces.title"), tracesPageView(r, v))
}

// search fills the view.
func (v *tracesView) search(r *request) error {
	x, err := r.s.Traces.Index(v.class)
	if err != nil {
		return err
	}
	q, err := search.Parse(v.q)
	if err != nil {
		return err
	}
	if v.before, err = number(r.URL.Query().Get("before")); err != nil {
		return err
	}
	for _, day := range []struct {
		text string
		to   *int64
		add  int
	}{{v.from, &q.From, 0}, {v.to, &q.To, 1}} {
		if day.text == "" {
			continue
		}
		d, err := vigie.ParseDay(day.text)
		if err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{"", day.text}}
		}
		y, m, n := d.Time().Date()
		*day.to = time.Date(y, m, n+day.add, 0, 0, 0, 0, r.zone).UnixMicro() - int64(day.add)
	}
	if r.past && (q.To == 0 || q.To > r.endOfDay().UnixMicro()) {
		q.To = r.endOfDay().UnixMicro()
	}
	if err := r.trace("search", "traces/"+v.class, fmt.Sprintf("%.150s", strings.TrimSpace(v.q+" "+v.from+" "+v.to))); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), tracesPatience)
	defer cancel()
	v.first, v.last, v.entries = x.Bounds()
	if v.entries == 0 {
		return nil
	}
	if v.before == 0 { // the chart is of all that is found, on the first page
		from, to := max(v.first, q.From), v.last
		if q.To != 0 {
			to = min(to, q.To)
		}
		for _, v.bucket = range lengths {
			if (to-from)/v.bucket.Microseconds() < tracesBars {
				break
			}
		}
		if v.total, v.buckets, err = x.Count(ctx, q, v.bucket); err != nil {
			return err
		}
	}
	q.Before = v.before
	v.more, err = x.Search(ctx, q, tracesShown, func(h search.Hit) bool { v.hits = append(v.hits, h); return true })
	return err
}

// link is the address of the search with something else.
func (v tracesView) link(r *request, pairs ...string) string {
	return r.Link("/traces", append([]string{"class", v.class, "q", v.q, "from", v.from, "to", v.to}, pairs...)...)
}

// A traceBar is one bar of the chart, in its units.
type traceBar struct {
	x, y, w, h float64
	title      string
}

// bars are those of the chart.
func (v tracesView) bars(r *request) (out []traceBar) {
	if len(v.buckets) == 0 {
		return nil
	}
	most := int64(0)
	for _, b := range v.buckets {
		most = max(most, b.Count)
	}
	step := v.bucket.Microseconds()
	first, last := v.buckets[0].At, v.buckets[len(v.buckets)-1].At
	width := float64(chartWidth) / float64((last-first)/step+1)
	for _, b := range v.buckets {
		h := float64(chartHeight) * float64(b.Count) / float64(most)
		out = append(out, traceBar{x: float64((b.At-first)/step) * width, y: chartHeight - h, w: max(width-1, 1), h: h, title: r.Pair(r.Time(time.UnixMicro(b.At)), r.Number(b.Count))})
	}
	return out
}

// activities are the sentences of what an event of access tells, when it
// succeeded and when it was refused.
var activities = map[string][2]string{
	told.Logon: {"access.logon", "access.logon_refused"}, told.Logoff: {"access.logoff", "access.logoff"}, told.Privilege: {"access.privilege", "access.privilege_refused"},
	told.AccountCreated: {"access.created", "access.created"}, told.AccountChanged: {"access.changed", "access.changed"}, told.AccountClosed: {"access.closed", "access.closed"},
	told.Web: {"access.web", "access.web_refused"},
}

// activity is what an event of access tells, without who.
func activity(e *told.Event) string {
	pair := activities[e.Activity]
	if e.Failed {
		return pair[1]
	}
	return pair[0]
}

// rawText is the text of an event for people: control characters are shown.
func rawText(raw []byte) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7f {
			return '·'
		}
		return c
	}, strings.ToValidUTF8(string(raw), "\uFFFD"))
}

// tracesPack gives chosen events as an evidence pack, which anyone verifies
// without Vigie. It leaves a trace.
func tracesPack(r *request) error {
	class := r.URL.Query().Get("class")
	var sel trace.Selection
	for _, id := range r.URL.Query()["id"] {
		n, err := number(id)
		if err != nil {
			return err
		}
		sel.Entries = append(sel.Entries, n)
	}
	if len(sel.Entries) == 0 || len(sel.Entries) > maxBulk {
		return &vigie.Error{Code: vigie.Invalid, Key: "page.bulk_none", Args: []any{maxBulk}}
	}
	pack, name, done, err := r.s.Traces.Pack(class, sel, r.now)
	if err != nil {
		return err
	}
	defer done()
	if err := r.trace("export", "traces/"+class, strconv.Itoa(len(sel.Entries))); err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	r.done = true
	_, err = io.Copy(r.w, pack)
	if err != nil {
		return nil // the reader left
	}
	return nil
}
