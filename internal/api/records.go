package api

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

type fieldView struct {
	Name     string       `json:"name"`
	Kind     string       `json:"kind"`
	Label    vigie.Text   `json:"label"`
	To       string       `json:"to,omitempty"`
	Required bool         `json:"required,omitempty"`
	Unique   bool         `json:"unique,omitempty"`
	Computed bool         `json:"computed,omitempty"`
	Options  []optionView `json:"options,omitempty"`
	Absent   *vigie.Text  `json:"absent,omitempty"`
}

type optionView struct {
	Value string     `json:"value"`
	Label vigie.Text `json:"label"`
}

type registerView struct {
	ID     string         `json:"id"`
	Label  vigie.Text     `json:"label"`
	Serves []vigie.RuleID `json:"serves"`
	Title  string         `json:"title"` // the field that names records
	Fields []fieldView    `json:"fields"`
}

func viewRegister(r *register.Register) registerView {
	v := registerView{ID: r.ID, Label: r.Label, Serves: r.Serves, Title: r.Title().Name}
	for _, f := range r.Fields {
		fv := fieldView{Name: f.Name, Kind: string(f.Kind), Label: f.Label, To: f.To, Required: f.Required, Unique: f.Unique, Computed: f.Derive != nil}
		for _, o := range f.Options {
			fv.Options = append(fv.Options, optionView(o))
		}
		if f.Absent != (vigie.Text{}) {
			fv.Absent = &f.Absent
		}
		v.Fields = append(v.Fields, fv)
	}
	return v
}

func registers(r *request) (any, error) {
	out := []registerView{}
	for _, reg := range r.s.Book.Registers() {
		out = append(out, viewRegister(reg))
	}
	return map[string]any{"registers": out}, nil
}

func declaration(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	return viewRegister(reg), nil
}

func list(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	return r.page(reg)
}

func waivers(r *request) (any, error) {
	reg, err := r.s.Book.Register("waiver")
	if err != nil {
		return nil, err
	}
	return r.page(reg)
}

func (r *request) page(reg *register.Register) (any, error) {
	q, err := r.listQuery(reg)
	if err != nil {
		return nil, err
	}
	page, err := r.s.Book.List(r.Context(), reg, q)
	if err != nil {
		return nil, err
	}
	records := []map[string]any{}
	for _, rec := range page.Records {
		records = append(records, rec.JSON(reg))
	}
	return map[string]any{"records": records, "next": page.Next}, nil
}

// listQuery reads q, sort, after, limit and the filters f.field=value (empty:
// unknown), f.field.from=, f.field.to=.
func (r *request) listQuery(reg *register.Register) (register.ListQuery, error) {
	params := r.URL.Query()
	q := register.ListQuery{Search: params.Get("q"), Sort: params.Get("sort"), After: params.Get("after"), Scope: r.scope()}
	limit, err := r.number("limit")
	if err != nil {
		return q, err
	}
	q.Limit = int(limit)
	ranges := map[string]*register.Filter{}
	for name, values := range params {
		rest, ok := strings.CutPrefix(name, "f.")
		if !ok {
			continue
		}
		name, bound, ranged := strings.Cut(rest, ".")
		f := reg.Field(name)
		if f == nil || ranged && bound != "from" && bound != "to" {
			return q, &vigie.Error{Code: vigie.Invalid, Key: "list.field", Args: []any{rest}}
		}
		value, fault := f.Parse(values[0])
		if fault != nil {
			return q, &vigie.Error{Code: vigie.Invalid, Key: "list.value", Args: []any{rest}, Fields: []vigie.FieldError{*fault}}
		}
		if !ranged {
			q.Filters = append(q.Filters, register.Filter{Field: name, Value: value})
			continue
		}
		if ranges[name] == nil {
			ranges[name] = &register.Filter{Field: name, Range: true}
		}
		if bound == "from" {
			ranges[name].From = value
		} else {
			ranges[name].To = value
		}
	}
	for _, f := range ranges {
		q.Filters = append(q.Filters, *f)
	}
	return q, nil
}

// number reads a whole number of the query; 0 when absent.
func (r *request) number(name string) (int64, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, &vigie.Error{Code: vigie.Invalid, Key: "api.number", Args: []any{name, s}}
	}
	return n, nil
}

// values reads the fields of a body; what is left over is returned.
func values(reg *register.Register, body map[string]any) (register.Values, map[string]any, error) {
	v, rest := register.Values{}, map[string]any{}
	var faults []vigie.FieldError
	for name, raw := range body {
		f := reg.Field(name)
		if f == nil {
			rest[name] = raw
			continue
		}
		value, fault := f.FromJSON(raw)
		if fault != nil {
			faults = append(faults, *fault)
		}
		v[name] = value
	}
	for _, name := range []string{"created_at", "updated_at", "source"} { // what a record read from the API also holds
		delete(rest, name)
	}
	if len(faults) > 0 {
		return nil, nil, &vigie.Error{Code: vigie.Invalid, Key: "record.invalid", Args: []any{reg.ID}, Fields: faults}
	}
	return v, rest, nil
}

// reserved takes id, version and reason out of what is left of a body.
func reserved(rest map[string]any, id *string, version *int64, reason *string) error {
	for name, raw := range rest {
		ok := false
		switch name {
		case "id":
			*id, ok = raw.(string)
		case "version":
			if n, isNumber := raw.(json.Number); isNumber {
				v, err := n.Int64()
				*version, ok = v, err == nil
			}
		case "reason_for_change":
			*reason, ok = raw.(string)
		}
		if !ok {
			return &vigie.Error{Code: vigie.Invalid, Key: "list.field", Args: []any{name}, Fields: []vigie.FieldError{{Field: name, Key: "field.unknown"}}}
		}
	}
	return nil
}

func create(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	return r.create(reg)
}

func addWaiver(r *request) (any, error) {
	reg, err := r.s.Book.Register("waiver")
	if err != nil {
		return nil, err
	}
	return r.create(reg)
}

func (r *request) create(reg *register.Register) (any, error) {
	var body map[string]any
	if err := r.body(&body); err != nil {
		return nil, err
	}
	v, rest, err := values(reg, body)
	if err != nil {
		return nil, err
	}
	var id, reason string
	var version int64
	if err := reserved(rest, &id, &version, &reason); err != nil {
		return nil, err
	}
	if id != "" {
		v["id"] = id
	}
	err = r.s.Book.Write(r.Context(), r.by(reason), func(w *register.Writer) (err error) {
		id, err = w.Create(r.Context(), reg, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.w.Header().Set("Location", "/api/v1/registers/"+reg.ID+"/records/"+id)
	return r.record(reg, id)
}

func (r *request) record(reg *register.Register, id string) (any, error) {
	rec, err := r.s.Book.Get(r.Context(), reg, id, r.scope())
	if err != nil {
		return nil, err
	}
	return rec.JSON(reg), nil
}

func get(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	rec, err := r.s.Book.Get(r.Context(), reg, r.PathValue("id"), r.scope())
	if err != nil {
		return nil, err
	}
	if level := rec.Confidentiality(); level >= register.Confidential {
		if err := r.leave("read", reg.ID+"/"+rec.ID, strconv.FormatInt(level, 10)); err != nil {
			return nil, err
		}
	}
	return rec.JSON(reg), nil
}

func update(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := r.body(&body); err != nil {
		return nil, err
	}
	v, rest, err := values(reg, body)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	given, reason, version := id, "", int64(0)
	if err := reserved(rest, &given, &version, &reason); err != nil {
		return nil, err
	}
	if version <= 0 || given != id {
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "api.version"}
	}
	err = r.s.Book.Write(r.Context(), r.by(reason), func(w *register.Writer) error {
		_, err := w.Update(r.Context(), reg, id, version, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.record(reg, id)
}

func remove(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	version, err := r.number("version")
	if err != nil {
		return nil, err
	}
	return nil, r.s.Book.Write(r.Context(), r.by(r.URL.Query().Get("reason")), func(w *register.Writer) error {
		return w.Delete(r.Context(), reg, r.PathValue("id"), version)
	})
}

func recordHistory(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	if len(r.token.Entities) > 0 { // what it may not see, it may not have seen
		if _, err := r.s.Book.Get(r.Context(), reg, r.PathValue("id"), r.scope()); err != nil {
			return nil, err
		}
	}
	return r.history(register.HistoryQuery{Register: reg.ID, Record: r.PathValue("id")})
}

func registerHistory(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	return r.history(register.HistoryQuery{Register: reg.ID, Batch: r.URL.Query().Get("batch")})
}

// wholeCompany refuses tokens that see some entities only.
func (r *request) wholeCompany() error {
	if len(r.token.Entities) > 0 {
		return &vigie.Error{Code: vigie.Forbidden, Key: "token.whole_company"}
	}
	return nil
}

func (r *request) history(q register.HistoryQuery) (any, error) {
	var err error
	if q.Before, err = r.number("before"); err != nil {
		return nil, err
	}
	limit, err := r.number("limit")
	if err != nil {
		return nil, err
	}
	q.Limit = int(limit)
	entries, err := r.s.Book.History(r.Context(), q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"history": entries}, nil
}

type lineFault struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type importView struct {
	Batch     string                `json:"batch,omitempty"`
	Preview   bool                  `json:"preview"`
	Encoding  string                `json:"encoding,omitempty"`
	Separator string                `json:"separator,omitempty"`
	Mapping   map[string]string     `json:"mapping"`
	Ignored   []string              `json:"ignored,omitempty"`
	Lines     int                   `json:"lines"`
	Created   int                   `json:"created"`
	Updated   int                   `json:"updated"`
	Unchanged int                   `json:"unchanged"`
	Skipped   int                   `json:"skipped"`
	Errors    []lineFault           `json:"errors,omitempty"`
	Sample    []register.LineChange `json:"sample,omitempty"`
}

// importFile keeps the body in a temporary file: it is read twice, and may be
// larger than memory.
func importFile(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	params := r.URL.Query()
	in := register.Import{Register: reg, Name: params.Get("file"), Strategy: register.Strategy(params.Get("strategy")), Preview: params.Get("preview") == "true"}
	if m := params.Get("mapping"); m != "" {
		if err := json.Unmarshal([]byte(m), &in.Mapping); err != nil {
			return nil, &vigie.Error{Code: vigie.Invalid, Key: "api.json", Args: []any{err.Error()}}
		}
	}
	tmp, err := os.CreateTemp("", "vigie-import-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := io.Copy(tmp, http.MaxBytesReader(r.w, r.Body, maxImport)); err != nil {
		return nil, err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	in.File = tmp
	by := r.by(params.Get("reason"))
	by.Source = "import"
	res, err := r.s.Book.Import(r.Context(), in, by)
	if err != nil {
		return nil, err
	}
	v := importView{Batch: res.Batch, Preview: in.Preview, Encoding: res.Encoding, Separator: res.Separator, Mapping: res.Mapping, Ignored: res.Ignored, Lines: res.Lines,
		Created: res.Created, Updated: res.Updated, Unchanged: res.Unchanged, Skipped: res.Skipped, Sample: res.Sample}
	for _, e := range res.Errors {
		v.Errors = append(v.Errors, lineFault{Line: e.Line, Column: e.Column, Code: e.Key, Detail: i18n.T(r.lang, e.Key, e.Args...)})
	}
	if len(v.Errors) > 0 {
		r.s.json(r.w, http.StatusUnprocessableEntity, v)
		return written{}, nil
	}
	return v, nil
}

func export(r *request) (any, error) {
	reg, err := r.register()
	if err != nil {
		return nil, err
	}
	q, err := r.listQuery(reg)
	if err != nil {
		return nil, err
	}
	format := r.URL.Query().Get("format")
	if err := r.leave("export", reg.ID, cut(r.URL.RawQuery)); err != nil {
		return nil, err
	}
	h := r.w.Header()
	switch format {
	case "", "csv":
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="`+reg.ID+`.csv"`)
		err = r.s.Book.ExportCSV(r.Context(), r.w, reg, q, r.lang)
	case "xlsx":
		h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
		h.Set("Content-Disposition", `attachment; filename="`+reg.ID+`.xlsx"`)
		err = r.s.Book.ExportXLSX(r.Context(), r.w, reg, q, r.lang)
	default:
		return nil, &vigie.Error{Code: vigie.Invalid, Key: "export.format", Args: []any{format}}
	}
	if err != nil { // the answer has begun: cut it, so that the reader sees it is not whole
		r.s.Log.Error("export", "register", reg.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return written{}, nil
}

func imports(r *request) (any, error) {
	if err := r.wholeCompany(); err != nil {
		return nil, err
	}
	list, err := r.s.Book.Batches(r.Context(), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"imports": list}, nil
}

func undo(r *request) (any, error) {
	made, err := r.s.Book.Batch(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !r.token.May(identity.ToWrite(made.Register)) || made.Field == "" && !r.token.May(identity.ImportFile) {
		return nil, &vigie.Error{Code: vigie.Forbidden, Key: "token.not_allowed", Args: []any{string(r.token.Role)}}
	}
	n, err := r.s.Book.Undo(r.Context(), r.PathValue("id"), r.by(r.URL.Query().Get("reason")))
	if err != nil {
		return nil, err
	}
	return map[string]any{"records": n}, nil
}
