package web

import (
	"vigie.example/internal/control"
	"vigie.example/internal/register"
)

// A meView is what concerns the reader alone.
type meView struct {
	findings []control.Finding // the reader must act
	toRead   []edition         // of the policy, not acknowledged yet
	lists    []ownList
}

// An ownList is the records of a register that name the reader.
type ownList struct {
	reg   *register.Register
	lines [][2]string // address and title
	title string      // key of its sentence
}

// own are the registers of which people want to see their part, and the field
// that names them.
var own = []struct{ register, field, shown, title string }{
	{"asset", "owner", "", "see.my_assets"},
	{"asset", "holder", "", "see.my_equipment"},
	{"access_grant", "person", "asset", "see.my_rights"},
	{"action", "owner", "", "see.my_actions"},
}

// Numbers of things shown on the page of oneself.
const (
	myFindings = 100
	myRecords  = 50
)

// mePage is the page of everyone: what I must do, what I hold, what I may open.
func mePage(r *request) error {
	person := r.session.User.Person
	v := meView{}
	if person != "" {
		var err error
		if v.findings, err = r.findingsOf(person, myFindings); err != nil {
			return err
		}
		if readsPolicy(r) {
			all, err := r.editions()
			if err != nil {
				return err
			}
			for _, e := range all {
				if e.asked() {
					v.toRead = append(v.toRead, e)
				}
			}
		}
		for _, o := range own {
			list, err := r.ownRecords(o.register, o.field, o.shown, person)
			if err != nil {
				return err
			}
			if len(list.lines) > 0 {
				list.title = o.title
				v.lists = append(v.lists, list)
			}
		}
	}
	return r.page(r.T("web.nav_me"), mePageView(r, v))
}

// findingsOf returns open findings on which a person must act, the soonest due
// first. Row scope does not hide them: whoever must act has to know on what.
func (r *request) findingsOf(person string, limit int) ([]control.Finding, error) {
	no := false
	q := control.FindingQuery{Who: person, Urgent: true, Limit: limit, Waived: &no, Excluded: &no}
	if r.past {
		q.At = r.endOfDay()
	}
	list, _, err := r.s.App.Engine.Findings(r.Context(), q, r.on)
	return list, err
}

// ownRecords lists the records of a register whose field names a person. Shown
// is the reference that says what each is about; "" for its title.
func (r *request) ownRecords(id, field, shown, person string) (l ownList, err error) {
	if !r.session.MayRead(id) {
		return l, nil
	}
	if l.reg, err = r.s.App.Book.Register(id); err != nil {
		return l, err
	}
	q := register.ListQuery{Filters: []register.Filter{{Field: field, Value: person}}, Limit: myRecords, Scope: r.scope()}
	var page register.Page
	if r.past {
		page, err = r.s.App.Book.ListAt(r.Context(), l.reg, q, r.endOfDay())
	} else {
		page, err = r.s.App.Book.List(r.Context(), l.reg, q)
	}
	if err != nil {
		return l, err
	}
	var columns []*register.Field
	for i := range l.reg.Fields {
		columns = append(columns, &l.reg.Fields[i])
	}
	t, err := r.titlesOf(l.reg, columns, page.Records, nil)
	if err != nil {
		return l, err
	}
	for _, rec := range page.Records {
		title := r.recordTitle(l.reg, rec, t)
		if f := l.reg.Field(shown); f != nil {
			about, _ := rec.Values[shown].(string)
			if s, ok := t.of(f.To, about); ok {
				title = s
			}
		}
		l.lines = append(l.lines, [2]string{recordPathOf(l.reg, rec.ID), title})
	}
	return l, nil
}

// myRoles are the roles that the reader holds, in words.
func (r *request) myRoles() (words []string) {
	for _, role := range r.session.Roles {
		words = append(words, r.T("role."+string(role)))
	}
	return words
}
