package web

import (
	"net/http"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
)

// A startView is what to do first in an empty company, and what was done of it.
type startView struct {
	form
	steps    []startStep
	founding bool   // nobody holds a role yet: the administrator says who does
	link     string // of the first account, shown once
	whose    string
}

// A startStep is one thing to do first; it is done or not, and has a page where
// it is done.
type startStep struct {
	label, hint string // keys: what to do, why and how
	done        bool
	path        string // "" when the reader may not do it
}

// made is how many steps are done; done says that all are.
func (v startView) made() (n int) {
	for _, s := range v.steps {
		if s.done {
			n++
		}
	}
	return n
}
func (v startView) done() bool { return v.made() == len(v.steps) }

// startsUp lets in those who put the company into Vigie.
func startsUp(r *request) bool {
	return r.session.May(identity.ManageUsers) || r.session.May(identity.SeePosture)
}

// start looks at what is there. Whether something is there is all that it looks
// at, so that an administrator learns nothing of the contents.
func (r *request) start() (v startView, err error) {
	has := func(name string, least int, filters ...register.Filter) bool {
		if err != nil {
			return false
		}
		var reg *register.Register
		if reg, err = r.s.App.Book.Register(name); err != nil {
			return false
		}
		var page register.Page
		page, err = r.s.App.Book.List(r.Context(), reg, register.ListQuery{Filters: filters, Limit: least})
		return len(page.Records) >= least
	}
	role := func(name string) bool {
		return has("role_assignment", 1, register.Filter{Field: "role", Value: name})
	}
	where := func(name, page string) string {
		if !r.session.MayWrite(name) || page == "/import" && !r.mayImport(name) {
			return ""
		}
		return "/registers/" + name + page
	}
	accounts := ""
	if r.session.May(identity.ManageUsers) {
		accounts = "/accounts"
	}
	users, uerr := r.s.Accounts.Users(r.Context())
	if uerr != nil {
		return v, uerr
	}
	v.founding = !has("role_assignment", 1) && r.session.May(identity.ManageUsers)
	v.steps = []startStep{
		{"start.found", "start.found_hint", has("entity", 1) && has("role_assignment", 1), ""},
		{"start.people", "start.people_hint", has("person", 3), where("person", "/import")},
		{"start.roles", "start.roles_hint", role("ciso") && role("committee") && role("cio"), where("role_assignment", "/new")},
		{"start.accounts", "start.accounts_hint", len(users) >= 3, accounts},
		{"start.policy", "start.policy_hint", has("policy_edition", 1), where("policy_edition", "/new")},
		{"start.assets", "start.assets_hint", has("asset", 1), where("asset", "/import")},
	}
	return v, err
}

// startPage leads through what to do first.
func startPage(r *request) error {
	v, err := r.start()
	if err != nil {
		return err
	}
	v.values = map[string]string{"country": "FR"}
	return r.page(r.T("start.title"), startPageView(r, v))
}

// startSave puts the first entity, the first person and who is the CISO into the
// empty registers, once: who holds a role then does the rest.
func startSave(r *request) error {
	v, err := r.start()
	if err != nil {
		return err
	}
	if !v.founding {
		return &vigie.Error{Code: vigie.Conflict, Key: "start.already"}
	}
	names := []string{"company", "country", "name", "email"}
	var faults []vigie.FieldError
	given := map[string]any{}
	for _, name := range names {
		text := strings.TrimSpace(r.form(name))
		given[name] = text
		if text == "" {
			faults = append(faults, vigie.FieldError{Field: name, Key: "field.required"})
		}
	}
	for name, in := range map[string][2]string{"country": {"entity", "country"}, "email": {"person", "email"}} {
		reg, err := r.s.App.Book.Register(in[0])
		if err != nil {
			return err
		}
		value, fault := reg.Field(in[1]).Parse(given[name].(string))
		if fault != nil {
			faults = append(faults, vigie.FieldError{Field: name, Key: fault.Key, Args: fault.Args})
		}
		given[name] = value
	}
	if len(faults) > 0 {
		err = &vigie.Error{Code: vigie.Invalid, Key: "page.form_faults", Fields: faults}
	} else {
		err = r.found(given)
	}
	if err == nil {
		if v.whose = given["email"].(string); v.whose == r.session.User.Email {
			err = r.s.Accounts.Link(r.Context(), r.session.User.ID, r.session.User.Email)
		} else {
			v.link, _, err = r.s.Accounts.Invite(r.Context(), identity.User{Email: v.whose, Name: given["name"].(string)}, r.session.User.Email)
			v.link = r.welcomeAddress(v.link)
		}
	}
	if err != nil {
		if v.form, err = r.refused(err, names...); err != nil {
			return err
		}
		return r.pageWith(statuses[v.err.Code], r.T("start.title"), startPageView(r, v))
	}
	now, err := r.start()
	if err != nil {
		return err
	}
	now.link, now.whose = v.link, v.whose
	return r.pageWith(http.StatusOK, r.T("start.title"), startPageView(r, now))
}

// found writes the first records, for an administrator who may otherwise write
// none: the registers are empty of roles.
func (r *request) found(given map[string]any) error {
	book := r.s.App.Book
	registers := map[string]*register.Register{}
	for _, name := range []string{"entity", "person", "role_assignment"} {
		reg, err := book.Register(name)
		if err != nil {
			return err
		}
		registers[name] = reg
	}
	by := register.By{Actor: r.session.User.Email, Source: "web", Reason: r.T("start.title"), At: r.now}
	return book.Write(r.Context(), by, func(w *register.Writer) error {
		entity, err := w.Create(r.Context(), registers["entity"], register.Values{"name": given["company"], "country": given["country"]})
		if err != nil {
			return err
		}
		person, err := w.Create(r.Context(), registers["person"], register.Values{"name": given["name"], "email": given["email"], "kind": "employee", "entity": entity, "uses_is": true, "first_day": int64(r.today)})
		if err != nil {
			return err
		}
		_, err = w.Create(r.Context(), registers["role_assignment"], register.Values{"role": "ciso", "person": person, "starts_on": int64(r.today)})
		return err
	})
}
