package web

import (
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// A recordView is all that the page of a record shows.
type recordView struct {
	reg      *register.Register
	rec      register.Record
	title    string
	titles   titles
	findings []control.Finding
	history  []historyLine
	older    int64 // Before of the next lines of history; 0 at the end
	graph    graph
	mine     bool // the reader may change it
}

// A historyLine is one change, its values as the reader writes them.
type historyLine struct {
	register.Entry
	changes []fieldChange
}

// A fieldChange is what a change did to one field; an unknown value is "".
type fieldChange struct{ label, before, after string }

// historyPage is how many changes a page of history shows.
const historyPage = 20

// recordPage shows a record, on a past day as it was then.
func recordPage(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	v := &recordView{reg: reg}
	id := r.PathValue("id")
	if r.past {
		v.rec, err = r.s.App.Book.At(r.Context(), reg, id, r.endOfDay(), r.scope())
	} else {
		v.rec, err = r.s.App.Book.Get(r.Context(), reg, id, r.scope())
	}
	if err != nil {
		return r.unknownRecord(reg, err)
	}
	if err := r.traceReading(reg, v.rec); err != nil {
		return err
	}
	if !r.past && r.session.MayWrite(reg.ID) {
		_, err := r.changeable(reg, id)
		if err != nil && vigie.CodeOf(err) != vigie.Forbidden {
			return err
		}
		v.mine = err == nil
	}
	if err := v.load(r); err != nil {
		return err
	}
	return r.page(v.title, recordPageView(r, v))
}

// unknownRecord says in the reader's words that a record is not there.
func (r *request) unknownRecord(reg *register.Register, err error) error {
	if vigie.CodeOf(err) == vigie.NotFound {
		return &vigie.Error{Code: vigie.NotFound, Key: "web.no_such_record", Args: []any{r.PathValue("id"), reg.Label}}
	}
	return err
}

func (v *recordView) load(r *request) (err error) {
	var columns []*register.Field
	for i := range v.reg.Fields {
		columns = append(columns, &v.reg.Fields[i])
	}
	if v.titles, err = r.titlesOf(v.reg, columns, []register.Record{v.rec}, nil); err != nil {
		return err
	}
	v.title = r.recordTitle(v.reg, v.rec, v.titles)
	q := control.FindingQuery{Register: v.reg.ID, Record: v.rec.ID, Limit: 100, Scope: r.scope()}
	if r.past {
		q.At = r.endOfDay()
	}
	if v.findings, _, err = r.s.App.Engine.Findings(r.Context(), q, r.today); err != nil {
		return err
	}
	if err := v.loadHistory(r); err != nil {
		return err
	}
	return v.loadGraph(r)
}

// recordTitle names a record from its own values, which on a past day are not
// those of today.
func (r *request) recordTitle(reg *register.Register, rec register.Record, t titles) string {
	f := reg.Title()
	text := r.Value(f, rec.Values[f.Name])
	if f.Kind == register.Ref {
		if s, ok := t.of(f.To, text); ok {
			text = s
		}
	}
	if text == "" {
		return rec.ID
	}
	return text
}

func (v *recordView) loadHistory(r *request) error {
	q := register.HistoryQuery{Register: v.reg.ID, Record: v.rec.ID, Limit: historyPage + 1}
	q.Before, _ = strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	entries, err := r.s.App.Book.History(r.Context(), q)
	if err != nil {
		return err
	}
	if len(entries) > historyPage {
		entries = entries[:historyPage]
		v.older = entries[historyPage-1].Seq
	}
	wanted := map[string][]string{}
	for _, e := range entries {
		for name, c := range e.Changes {
			if f := v.reg.Field(name); f != nil && f.Kind == register.Ref {
				for _, x := range c {
					if id, ok := x.(string); ok {
						wanted[f.To] = append(wanted[f.To], id)
					}
				}
			}
		}
	}
	t, err := r.titlesFor(wanted)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if r.past && e.At.After(r.endOfDay()) {
			continue
		}
		line := historyLine{Entry: e}
		for i := range v.reg.Fields {
			f := &v.reg.Fields[i]
			if c, ok := e.Changes[f.Name]; ok {
				line.changes = append(line.changes, fieldChange{r.In(f.Label), r.shown(f, c[0], t), r.shown(f, c[1], t)})
			}
		}
		v.history = append(v.history, line)
	}
	return nil
}

// shown returns a value of the history as people read it.
func (r *request) shown(f *register.Field, raw any, t titles) string {
	v, fault := f.FromJSON(raw)
	if fault != nil || v == nil {
		return ""
	}
	if id, ok := v.(string); ok && f.Kind == register.Ref {
		if s, ok := t.of(f.To, id); ok {
			return s
		}
		return r.T("page.hidden_record")
	}
	return r.Value(f, v)
}

// sources are the words for where a change came from.
var sources = map[string]string{
	"web": "page.source_web", "api": "page.source_api", "import": "page.source_import", "agent": "page.source_agent", "sample": "page.source_sample",
	"policy": "page.source_policy", "cli": "page.source_cli",
}

// source says where a change came from.
func (r *request) source(s string) string {
	if key, ok := sources[s]; ok {
		return r.T(key)
	}
	return s
}

// observed says that a value was seen by a machine, not typed by a person.
func observed(source string) bool { return source == "agent" || strings.HasPrefix(source, "collect") }

// actions are the words for what a change did.
var actions = map[string]string{"create": "page.action_create", "update": "page.action_update", "delete": "page.action_delete"}

// rulePath is the address of the page of a rule; "" when the reader may not open
// it.
func (r *request) rulePath(id vigie.RuleID) string {
	if !r.session.May(identity.SeePosture) {
		return ""
	}
	return r.Link("/rules/" + string(id))
}
