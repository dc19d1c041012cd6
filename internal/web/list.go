package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// A listing is a page of a register as its query describes it: the address is
// all there is to know, so that a link shows the same to others.
type listing struct {
	reg     *register.Register
	query   url.Values // cleaned, without after and on
	columns []*register.Field
	q       register.ListQuery
	filters []activeFilter
	faults  map[string]string // of filters, by parameter
	typed   url.Values        // what was typed in filters at fault
	problem *vigie.Error      // why the list is not in the order asked for

	page   register.Page
	count  int64 // capped at maxCount+1
	titles titles
	views  []register.View
	after  string
	made   *register.Batch // the edit just made, which can be taken back
}

// An activeFilter is a filter in force, and the parameter that holds it.
type activeFilter struct{ label, without string }

// maxCount is the number of records up to which a list is counted.
const maxCount = 2000

// emptyMark is the value of a filter that chooses records whose field is
// unknown: an empty one is a filter not filled in.
const emptyMark = "∅"

// defaultColumns is how many fields a list shows when nobody chose.
const defaultColumns = 7

// listPage shows a page of a register.
func listPage(r *request) error {
	l, clean, err := r.listing()
	if err != nil {
		return err
	}
	if clean != "" && !r.htmx() {
		return r.redirect(clean)
	}
	if err := l.load(r); err != nil {
		return err
	}
	if r.htmx() {
		r.w.Header().Set("HX-Replace-Url", l.address(r, nil))
	}
	return r.page(r.In(l.reg.Label), listView(r, l))
}

// register returns the register that the path names.
func (r *request) register() (*register.Register, error) {
	return r.s.App.Book.Register(r.PathValue("name"))
}

// listing reads the query. Clean is the address to go to when the query is not
// in its shortest form, which is what a form sends; "" when it is.
func (r *request) listing() (l *listing, clean string, err error) {
	reg, err := r.register()
	if err != nil {
		return nil, "", err
	}
	l = &listing{reg: reg, query: url.Values{}, faults: map[string]string{}, typed: url.Values{}}
	if l.views, err = r.s.App.Book.Views(r.Context(), reg.ID, r.session.User.Email); err != nil {
		return nil, "", err
	}
	given := r.URL.Query()
	l.after = given.Get("after")
	done, batch, first := given.Get("done"), given.Get("batch"), false
	for _, name := range []string{"after", "on", "done", "batch"} {
		given.Del(name)
	}
	if done == "bulk" {
		if l.made, err = r.edited(reg, batch); err != nil {
			return nil, "", err
		}
	}
	if len(given) == 0 { // what this person sees first
		for _, v := range l.views {
			if v.Name == "" && v.Owner == r.session.User.Email {
				if given, err = url.ParseQuery(v.Query); err != nil {
					given = url.Values{}
				}
				first = true
			}
		}
	}
	if err := l.read(r, given); err != nil {
		return nil, "", err
	}
	if len(l.faults) == 0 && (given.Encode() != l.query.Encode() || first && len(l.query) > 0) {
		clean = l.address(r, func(q url.Values) {
			for name, value := range map[string]string{"done": done, "batch": batch} {
				if value != "" {
					q.Set(name, value)
				}
			}
		})
	}
	return l, clean, nil
}

// read understands a query and keeps its shortest form.
func (l *listing) read(r *request, given url.Values) error {
	l.q = register.ListQuery{Search: strings.TrimSpace(given.Get("q")), Sort: given.Get("sort"), Scope: r.scope(), After: l.after}
	if l.q.Search != "" {
		l.query.Set("q", l.q.Search)
	}
	if f := strings.TrimPrefix(l.q.Sort, "-"); f == "id" || l.reg.Field(f) != nil {
		l.query.Set("sort", l.q.Sort)
	} else {
		l.q.Sort = ""
	}
	l.chooseColumns(given)
	for _, f := range l.reg.Fields {
		if err := l.readFilter(r, &f, given); err != nil {
			return err
		}
	}
	return nil
}

// chooseColumns reads cols=a,b or the boxes col=a, col=b.
func (l *listing) chooseColumns(given url.Values) {
	names := given["col"]
	if len(names) == 0 && given.Get("cols") != "" {
		names = strings.Split(given.Get("cols"), ",")
	}
	var kept []string
	for _, name := range names {
		if f := l.reg.Field(name); f != nil && !slices.Contains(kept, name) {
			l.columns = append(l.columns, f)
			kept = append(kept, name)
		}
	}
	if len(kept) > 0 {
		l.query.Set("cols", strings.Join(kept, ","))
		return
	}
	l.columns = usualColumns(l.reg)
}

// usualColumns are those that a list shows when nobody chose: what names the
// record, what every record has, the people, then the rest.
func usualColumns(reg *register.Register) []*register.Field {
	out := []*register.Field{reg.Title()}
	for _, wanted := range []func(f *register.Field) bool{
		func(f *register.Field) bool { return f.Required },
		func(f *register.Field) bool { return f.To == "person" },
		func(f *register.Field) bool { return true },
	} {
		for i := range reg.Fields {
			f := &reg.Fields[i]
			if len(out) < defaultColumns && f.Kind != register.Long && wanted(f) && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// ranged says that a field is filtered between two values.
func ranged(f *register.Field) bool {
	return f.Kind == register.Integer || f.Kind == register.Tenths || f.Kind == register.Date || f.Kind == register.Time
}

// readFilter reads the filter of one field: f.NAME, with f.NAME.id for a
// reference chosen in a list; f.NAME.from and f.NAME.to.
func (l *listing) readFilter(r *request, f *register.Field, given url.Values) error {
	name := "f." + f.Name
	if ranged(f) && given.Get(name) == "" {
		filter := register.Filter{Field: f.Name, Range: true}
		for _, bound := range []string{".from", ".to"} {
			text := strings.TrimSpace(given.Get(name + bound))
			if text == "" {
				continue
			}
			v, fault := r.understand(f, text)
			if fault != nil {
				l.fault(r, name+bound, text, fault)
				continue
			}
			word := r.T("page.filter_from")
			if bound == ".to" {
				filter.To = v
				word = r.T("page.filter_to")
			} else {
				filter.From = v
			}
			l.query.Set(name+bound, plain(f, v))
			l.filters = append(l.filters, activeFilter{r.In(f.Label) + " " + word + " " + r.Value(f, v), name + bound})
		}
		if filter.From != nil || filter.To != nil {
			l.q.Filters = append(l.q.Filters, filter)
		}
		return nil
	}
	text := strings.TrimSpace(given.Get(name))
	if text == "" {
		return nil
	}
	if id := given.Get(name + ".id"); id != "" {
		text = id
	}
	filter := register.Filter{Field: f.Name}
	shown := r.T("page.filter_unknown")
	if text != emptyMark {
		v, fault := r.understand(f, text)
		if fault == nil && f.Kind == register.Ref && v != nil {
			var err error
			if v, shown, fault, err = r.resolve(f, v.(string)); err != nil {
				return err
			}
		} else if fault == nil {
			shown = r.Value(f, v)
		}
		if fault != nil {
			l.fault(r, name, text, fault)
			return nil
		}
		filter.Value = v
		text = plain(f, v)
	}
	l.query.Set(name, text)
	l.q.Filters = append(l.q.Filters, filter)
	l.filters = append(l.filters, activeFilter{r.Pair(r.In(f.Label), shown), name})
	return nil
}

func (l *listing) fault(r *request, name, text string, fault *vigie.FieldError) {
	l.faults[name] = r.T(fault.Key, fault.Args...)
	l.typed.Set(name, text)
}

// plain returns a value as an address holds it.
func plain(f *register.Field, v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if v == true {
		return "true"
	}
	if v == false {
		return "false"
	}
	if n, ok := v.(int64); ok && f.Kind == register.Date {
		return vigie.Day(n).String()
	}
	if n, ok := v.(int64); ok && f.Kind == register.Time {
		return time.Unix(n, 0).UTC().Format(time.RFC3339)
	}
	return f.Format(v, vigie.EN)
}

// address returns that of this list after a change of its query; the page is the
// first one.
func (l *listing) address(r *request, change func(url.Values)) string {
	q := url.Values{}
	for name, values := range l.query {
		q[name] = slices.Clone(values)
	}
	if change != nil {
		change(q)
	}
	pairs := make([]string, 0, 2*len(q))
	for name := range q {
		pairs = append(pairs, name, q.Get(name))
	}
	return r.Link("/registers/"+l.reg.ID, pairs...)
}

// set returns the address with one parameter changed, or left out when empty.
func (l *listing) set(r *request, name, value string) string {
	return l.address(r, func(q url.Values) {
		if value == "" {
			q.Del(name)
		} else {
			q.Set(name, value)
		}
	})
}

// next is the address of the page that follows.
func (l *listing) next(r *request) string { return l.set(r, "after", l.page.Next) }

// sortedBy is the aria-sort of a column.
func (l *listing) sortedBy(f *register.Field) string {
	switch l.q.Sort {
	case f.Name:
		return "ascending"
	case "-" + f.Name:
		return "descending"
	case "":
		if f.Name == l.reg.Title().Name && !l.page.ByID {
			return "ascending"
		}
	}
	return "none"
}

// sortLink is the address of the list in the order of a column, in reverse when
// it is in that order already.
func (l *listing) sortLink(r *request, f *register.Field) string {
	if l.sortedBy(f) == "ascending" {
		return l.set(r, "sort", "-"+f.Name)
	}
	if f.Name == l.reg.Title().Name {
		return l.set(r, "sort", "")
	}
	return l.set(r, "sort", f.Name)
}

// shows says whether a column is shown.
func (l *listing) shows(f *register.Field) bool {
	return slices.ContainsFunc(l.columns, func(c *register.Field) bool { return c.Name == f.Name })
}

// load asks for the records.
func (l *listing) load(r *request) (err error) {
	book := r.s.App.Book
	for _, f := range l.columns {
		l.q.Fields = append(l.q.Fields, f.Name)
	}
	l.q.Titles = true
	if r.past {
		l.page, err = book.ListAt(r.Context(), l.reg, l.q, r.endOfDay())
	} else {
		l.page, err = book.List(r.Context(), l.reg, l.q)
	}
	if e := r.problemOf(err); e != nil && e.Key == "list.too_many_to_sort" {
		l.problem = e
		l.q.Sort, l.q.After, l.after = "", "", ""
		l.page, err = book.List(r.Context(), l.reg, l.q)
	}
	if err != nil {
		return err
	}
	switch {
	case l.after != "" || r.past: // counted on the first page
	case l.page.Next == "":
		l.count = int64(len(l.page.Records))
	default:
		if l.count, err = book.Count(r.Context(), l.reg, l.q, maxCount+1); err != nil {
			return err
		}
	}
	l.titles, err = r.titlesOf(l.reg, l.columns, l.page.Records, l.page.Titles)
	return err
}

// counted says how many records the list has, on its first page.
func (l *listing) counted(r *request) string {
	if r.past || l.after != "" {
		return ""
	}
	if l.count > maxCount {
		return r.T("page.records_more", r.Number(maxCount))
	}
	return r.N(l.count, "page.records_one", "page.records_many")
}

// endOfDay is the last second of the day shown.
func (r *request) endOfDay() time.Time { return r.on.Time().AddDate(0, 0, 1).Add(-time.Second) }

// problemOf returns the error that a person can read, or nil.
func (r *request) problemOf(err error) *vigie.Error {
	if err == nil || vigie.CodeOf(err) == vigie.Internal {
		return nil
	}
	return r.problem(err)
}

// titles are those of the records that others name: register → id → title.
type titles map[string]map[string]string

// of returns the title of a record; hidden ones have none.
func (t titles) of(register, id string) (string, bool) {
	s, ok := t[register][id]
	return s, ok
}

// titlesOf returns the titles of what the columns of some records refer to; known
// are those of some registers.
func (r *request) titlesOf(reg *register.Register, columns []*register.Field, records []register.Record, known titles) (titles, error) {
	wanted := map[string][]string{}
	for _, f := range columns {
		if f.Kind != register.Ref || known[f.To] != nil {
			continue
		}
		for _, rec := range records {
			if id, ok := rec.Values[f.Name].(string); ok {
				wanted[f.To] = append(wanted[f.To], id)
			}
		}
	}
	found, err := r.titlesFor(wanted)
	if err != nil {
		return nil, err
	}
	maps.Copy(found, known)
	return found, nil
}

// titlesFor returns the titles of records by register. Those of registers that
// the person may not read are given: a name is part of what refers to it.
func (r *request) titlesFor(wanted map[string][]string) (titles, error) {
	out := titles{}
	for to, ids := range wanted {
		reg, err := r.s.App.Book.Register(to)
		if err != nil {
			return nil, err
		}
		if out[to], err = r.s.App.Book.Titles(r.Context(), reg, ids, r.scope(), r.lang); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// resolve finds the record that a text names: its id, a unique field or its
// title.
func (r *request) resolve(f *register.Field, text string) (id any, title string, fault *vigie.FieldError, err error) {
	to, err := r.s.App.Book.Register(f.To)
	if err != nil {
		return nil, "", nil, err
	}
	book := r.s.App.Book
	named, err := book.Titles(r.Context(), to, []string{text}, r.scope(), r.lang)
	if err != nil {
		return nil, "", nil, err
	}
	if t, ok := named[text]; ok {
		return text, t, nil, nil
	}
	for i := range to.Fields {
		by := &to.Fields[i]
		if !by.Unique && by.Name != to.Title().Name {
			continue
		}
		v, wrong := by.Parse(text)
		if wrong != nil || v == nil {
			continue
		}
		page, err := book.List(r.Context(), to, register.ListQuery{Filters: []register.Filter{{Field: by.Name, Value: v}}, Limit: 2, Scope: r.scope()})
		if err != nil {
			return nil, "", nil, err
		}
		switch len(page.Records) {
		case 1:
			return page.Records[0].ID, text, nil, nil
		case 2:
			return nil, "", &vigie.FieldError{Field: f.Name, Key: "import.two_records", Args: []any{text, f.To}}, nil
		}
	}
	return nil, "", &vigie.FieldError{Field: f.Name, Key: "web.no_record", Args: []any{text, to.Label}}, nil
}
