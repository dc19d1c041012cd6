package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// mayAssignAny says whether the person may give findings to somebody.
func (r *request) mayAssignAny() bool { return !r.past && r.session.May(identity.Assign) }

// mayAssign says whether the person may give this finding to somebody.
func (r *request) mayAssign(f control.Finding) bool {
	return r.mayAssignAny() && f.ClosedAt == nil && f.Waiver == ""
}

// assignLink is where one finding is given to somebody.
func (r *request) assignLink(f control.Finding) string {
	return r.Link("/findings/assign", "id", strconv.FormatInt(f.Seq, 10), "back", r.URL.RequestURI())
}

// An assignView is the form that gives findings to somebody.
type assignView struct {
	form
	list []chosenFinding
	back string
}

// A chosenFinding is one of several that change together.
type chosenFinding struct{ control.Finding }

// number names the finding in forms.
func (f chosenFinding) number() string { return strconv.FormatInt(f.Seq, 10) }

// assigned says whether one of the findings was already given to somebody.
func (v assignView) assigned() bool {
	return slices.ContainsFunc(v.list, func(f chosenFinding) bool { return f.Actor.Assigned })
}

// chosenFindings reads which findings are meant, among those that the person sees.
func (r *request) chosenFindings(ids []string, back string) (v assignView, err error) {
	v = assignView{form: form{values: map[string]string{}}, back: local(back)}
	if v.back == "/" {
		v.back = "/findings"
	}
	if len(ids) == 0 || len(ids) > maxBulk {
		return v, &vigie.Error{Code: vigie.Invalid, Key: "page.bulk_none", Args: []any{maxBulk}}
	}
	q := control.FindingQuery{Limit: maxBulk, Scope: r.scope()}
	for _, id := range ids {
		seq, err := number(id)
		if err != nil {
			return v, err
		}
		q.Seqs = append(q.Seqs, seq)
	}
	list, _, err := r.s.App.Engine.Findings(r.Context(), q, r.today)
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, &vigie.Error{Code: vigie.NotFound, Key: "see.finding_closed"}
	}
	for _, f := range list {
		v.list = append(v.list, chosenFinding{f})
	}
	return v, nil
}

// assignPage asks to whom findings go.
func assignPage(r *request) error {
	v, err := r.chosenFindings(r.URL.Query()["id"], r.URL.Query().Get("back"))
	if err != nil {
		return err
	}
	return r.page(r.T("see.assign_title"), assignForm(r, v))
}

// assignSave gives findings to a person, or back to who acts by the rule. All of
// the findings of a rule on a record go together.
func assignSave(r *request) error {
	if err := r.parse(); err != nil {
		return err
	}
	v, err := r.chosenFindings(r.PostForm["id"], r.form("back"))
	if err != nil {
		return err
	}
	reg, err := r.s.App.Book.Register("finding_assignment")
	if err != nil {
		return err
	}
	note, release := strings.TrimSpace(r.form("note")), r.form("release") != ""
	var person any
	if !release {
		text := strings.TrimSpace(r.form("person"))
		if id := r.form("person.id"); id != "" {
			text = id
		}
		fault := &vigie.FieldError{Field: "person", Key: "field.required"}
		if text != "" {
			if person, _, fault, err = r.resolve(reg.Field("person"), text); err != nil {
				return err
			}
		}
		if fault != nil {
			refusal := &vigie.Error{Code: vigie.Invalid, Key: "page.form_faults", Fields: []vigie.FieldError{*fault}}
			if v.form, err = r.refused(refusal, "person", "person.id", "note"); err != nil {
				return err
			}
			return r.pageWith(statuses[v.err.Code], r.T("see.assign_title"), assignForm(r, v))
		}
	}
	reason := note
	if release && reason == "" {
		reason = r.T("see.release")
	}
	err = r.s.App.Book.Write(r.Context(), r.by(reason), func(w *register.Writer) error {
		done := map[string]bool{}
		for _, f := range v.list {
			same := strings.Join([]string{string(f.Rule), f.Register, f.Record}, " ")
			if done[same] {
				continue
			}
			done[same] = true
			if err := r.assign(w, reg, f.Finding, person, note); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.redirect(withQuery(v.back, "done", map[bool]string{true: "released", false: "assigned"}[release]))
}

// assign replaces the assignment of a finding; a nil person takes it back.
func (r *request) assign(w *register.Writer, reg *register.Register, f control.Finding, person any, note string) error {
	q := register.ListQuery{Filters: []register.Filter{{Field: "rule", Value: string(f.Rule)}, {Field: "register_id", Value: f.Register}, {Field: "record_id", Value: f.Record}}, Limit: 10, Scope: r.writeScope()}
	before, err := r.s.App.Book.List(r.Context(), reg, q)
	if err != nil {
		return err
	}
	values := register.Values{"rule": string(f.Rule), "register_id": f.Register, "record_id": f.Record, "person": person, "assigned_on": int64(r.today), "note": nil}
	if note != "" {
		values["note"] = note
	}
	for i, rec := range before.Records {
		if i == 0 && person != nil {
			_, err = w.Update(r.Context(), reg, rec.ID, rec.Meta.Version, values)
		} else {
			err = w.Delete(r.Context(), reg, rec.ID, rec.Meta.Version)
		}
		if err != nil {
			return err
		}
	}
	if person == nil || len(before.Records) > 0 {
		return nil
	}
	_, err = w.Create(r.Context(), reg, values)
	return err
}

// withQuery returns an address of ours with one more name in its query.
func withQuery(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}
