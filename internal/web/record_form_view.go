package web

import (
	"net/url"

	"github.com/a-h/templ"

	"vigie.example/internal/register"
)

// guard is the data-guard of the form: see assets/guard.js.
func (f *recordForm) guard() string {
	if f.dirty {
		return "dirty"
	}
	return "clean"
}

// checkAttributes make htmx ask, when a field is left, what is wrong with it.
func checkAttributes(f *recordForm, field *register.Field) templ.Attributes {
	q := url.Values{"field": {field.Name}}
	if f.id != "" {
		q.Set("id", f.id)
	}
	return templ.Attributes{
		"hx-post": "/registers/" + f.reg.ID + "/check?" + q.Encode(), "hx-trigger": "change", "hx-target": "#f-" + field.Name + "-wrong",
		"hx-include": "this", "hx-sync": "this:replace",
	}
}

// inputAttributes tie a field to its hint and to what is wrong with it.
func inputAttributes(f *recordForm, field *register.Field) templ.Attributes {
	a := templ.Attributes{"aria-describedby": "f-" + field.Name + "-hint f-" + field.Name + "-wrong", "aria-required": yesNo(field.Required)}
	if f.faults[field.Name] != "" {
		a["aria-invalid"] = "true"
	}
	switch field.Kind {
	case register.Integer:
		a["inputmode"] = "numeric"
	case register.Tenths:
		a["inputmode"] = "decimal"
	case register.Country:
		a["maxlength"], a["size"] = "2", "3"
	case register.Time:
		a["step"] = "1"
	}
	return a
}

// doneSentences say what the action before a redirection did.
var doneSentences = map[string]string{
	"created": "page.done_created", "saved": "page.done_saved", "deleted": "page.done_deleted", "view": "page.done_view", "undone": "page.done_undone", "bulk_same": "page.done_bulk_same", "bulk_undone": "page.done_bulk_undone", "assigned": "see.done_assigned", "released": "see.done_released", "closed": "see.account_closed", "linked": "see.account_linked", "password": "account.password_done", "session": "account.session_done", "passkey": "passkey.done", "passkey_removed": "passkey.removed",
}

// doneSentence is what ?done= tells, one of ours.
func (r *request) doneSentence() string {
	if key, ok := doneSentences[r.URL.Query().Get("done")]; ok {
		return r.T(key)
	}
	return ""
}
