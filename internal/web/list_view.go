package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"vigie.example/internal/register"
)

// What the templates of lists ask for.

func numeric(f *register.Field) bool {
	return f.Kind == register.Integer || f.Kind == register.Tenths || f.Kind == register.Level
}

// wordy says that a value is a few words of ours, which a list keeps on one line.
func wordy(f *register.Field) bool {
	return f.Kind == register.Enum || f.Kind == register.Date || f.Kind == register.Bool
}

// editable says that people give the value of a field: it is not computed, or
// computed from what they give.
func editable(f *register.Field) bool { return f.Derive == nil || f.Kind == register.Date }

func pathEscape(id string) string { return url.PathEscape(id) }

// recordPathOf is the address of a record.
func recordPathOf(reg *register.Register, id string) string {
	return "/registers/" + reg.ID + "/records/" + pathEscape(id)
}

// rangeType is the type of the inputs that bound a field.
func rangeType(f *register.Field) string {
	switch f.Kind {
	case register.Date:
		return "date"
	case register.Time:
		return "datetime-local"
	}
	return "text"
}

// choices are the values of a field that a list can hold, and their labels; none
// for fields that take anything.
func choices(r *request, f *register.Field) (out [][2]string) {
	switch f.Kind {
	case register.Enum:
		for _, o := range f.Options {
			out = append(out, [2]string{o.Value, r.In(o.Label)})
		}
	case register.Bool:
		out = [][2]string{{"true", f.Format(true, r.lang)}, {"false", f.Format(false, r.lang)}}
	case register.Level:
		out = [][2]string{{"0", "0"}, {"1", "1"}, {"2", "2"}, {"3", "3"}, {"4", "4"}}
	}
	return out
}

func sortedFaults(faults map[string]string) []string {
	return slices.Sorted(maps.Values(faults))
}

// choosable says that records can be chosen to be changed together.
func (l *listing) choosable(r *request) bool { return !r.past && r.session.MayWrite(l.reg.ID) }

// name returns what names a record of the list.
func (l *listing) name(r *request, rec register.Record) string {
	f := l.reg.Title()
	v, _ := rec.Values[f.Name].(string)
	if f.Kind == register.Ref {
		if t, ok := l.titles.of(f.To, v); ok {
			return t
		}
	}
	if v == "" {
		return rec.ID
	}
	return r.Value(f, v)
}

// cell is the text of the first column, which leads to the record.
func (l *listing) cell(r *request, f *register.Field, rec register.Record) string {
	if f.Name == l.reg.Title().Name {
		return l.name(r, rec)
	}
	if id, ok := rec.Values[f.Name].(string); ok && f.Kind == register.Ref {
		if t, ok := l.titles.of(f.To, id); ok {
			return t
		}
	}
	if s := r.Value(f, rec.Values[f.Name]); s != "" {
		return s
	}
	return rec.ID
}

// kept are the parameters of the query but those whose name begins like one of
// but.
func (l *listing) kept(but ...string) (pairs [][2]string) {
	for _, name := range slices.Sorted(maps.Keys(l.query)) {
		if !slices.ContainsFunc(but, func(b string) bool { return name == b || strings.HasSuffix(b, ".") && strings.HasPrefix(name, b) }) {
			pairs = append(pairs, [2]string{name, l.query.Get(name)})
		}
	}
	return pairs
}

// filterValue is what the input of a filter holds.
func (l *listing) filterValue(name string) string {
	if v := l.typed.Get(name); v != "" {
		return v
	}
	return l.query.Get(name)
}

// rangeValue is what the input of a bound shows, as the reader writes it.
func (l *listing) rangeValue(r *request, f *register.Field, name string) string {
	text := l.filterValue(name)
	if v, fault := r.understand(f, text); fault == nil && v != nil && f.Kind == register.Time {
		return r.input(f, v)
	}
	return text
}

// filterTitle is what the input of a filter by reference shows.
func (l *listing) filterTitle(r *request, f *register.Field) string {
	id := l.query.Get("f." + f.Name)
	if id == "" {
		return l.typed.Get("f." + f.Name)
	}
	if t, err := r.titlesFor(map[string][]string{f.To: {id}}); err == nil {
		if title, ok := t.of(f.To, id); ok {
			return title
		}
	}
	return id
}

// exportLink is the address of the file of what the list chooses.
func (l *listing) exportLink(r *request, format string) string {
	q := url.Values{"format": {format}}
	for _, pair := range l.kept("cols") {
		q.Set(pair[0], pair[1])
	}
	return "/registers/" + l.reg.ID + "/export?" + q.Encode()
}

// viewLink is the address of a saved view.
func (r *request) viewLink(v register.View) string {
	q, err := url.ParseQuery(v.Query)
	if err != nil {
		q = url.Values{}
	}
	if len(q) == 0 { // an empty query would show the reader's own first view
		q.Set("sort", "id")
	}
	if r.past {
		q.Set("on", r.on.String())
	}
	return placePath(v.Register) + "?" + q.Encode()
}

// placePath is the address of what a view is of.
func placePath(place string) string {
	if place == tracesPlace {
		return "/traces"
	}
	return "/registers/" + place
}

// cellClass is the style of one value of a list.
func cellClass(f *register.Field, empty bool) string {
	class := "v-cell"
	if wordy(f) {
		class += " v-nowrap"
	}
	if numeric(f) {
		class += " v-num"
	}
	if empty {
		class += " v-empty"
	}
	return class
}
