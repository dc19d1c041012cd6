package web

import (
	"strings"

	"vigie.example/internal/register"
)

// kinds are the words for what a column may hold.
var kinds = map[register.Kind]string{
	register.Text: "page.kind_text", register.Long: "page.kind_long", register.Email: "page.kind_email", register.Country: "page.kind_country",
	register.Integer: "page.kind_int", register.Date: "page.kind_date", register.Time: "page.kind_time",
}

// kindOf says what a column may hold.
func (r *request) kindOf(f *register.Field) string {
	if f.Kind == register.Ref {
		if to, err := r.s.App.Book.Register(f.To); err == nil {
			return r.T("page.kind_ref", to.Label)
		}
	}
	if list := choices(r, f); len(list) > 0 {
		var labels []string
		for _, c := range list {
			labels = append(labels, c[1])
		}
		return strings.Join(labels, ", ")
	}
	return r.T(kinds[f.Kind])
}
