package web

import (
	"bytes"
	"context"
	"io"

	"github.com/a-h/templ"

	"vigie.example/internal/register"
)

// rows are the records of a list, one line each. They are most of what Vigie writes:
// what each line repeats is made once for all of them, which a template cannot.
func (l *listing) rows(r *request) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		type tag struct{ value, none string } // how the cell of a column begins
		tags := make([]tag, len(l.columns))
		for i, f := range l.columns {
			begin := func(empty bool) string {
				return `<td class="` + cellClass(f, empty && i > 0) + `" data-label="` + templ.EscapeString(r.In(f.Label)) + `">`
			}
			tags[i] = tag{begin(false), begin(true)}
		}
		choosable := l.choosable(r)
		var out bytes.Buffer
		write := func(parts ...string) {
			for _, s := range parts {
				out.WriteString(s)
			}
		}
		for _, rec := range l.page.Records {
			write(`<tr data-line>`)
			if choosable {
				write(`<td class="v-check"><input class="form-check-input" type="checkbox" name="id" value="`, templ.EscapeString(rec.ID), `" aria-label="`, templ.EscapeString(r.T("page.choose", l.name(r, rec))), `"></td>`)
			}
			for i, f := range l.columns {
				v := rec.Values[f.Name]
				if v == nil {
					write(tags[i].none)
				} else {
					write(tags[i].value)
				}
				text, isText := l.text(r, f, v)
				switch {
				case i == 0:
					write(`<a href="`, templ.EscapeString(r.Link(recordPathOf(l.reg, rec.ID))), `">`, templ.EscapeString(l.cell(r, f, rec)), `</a>`)
				case isText:
					write(templ.EscapeString(text))
				default:
					if err := cell(r, f, v, l.titles, false).Render(ctx, &out); err != nil {
						return err
					}
				}
				write(`</td>`)
			}
			write(`</tr>`)
		}
		_, err := w.Write(out.Bytes())
		return err
	})
}

// text is what a cell shows of a value, when it is text alone: as the template
// cell has it.
func (l *listing) text(r *request, f *register.Field, v any) (string, bool) {
	switch {
	case v == nil || f.Kind == register.Long || f.Kind == register.Time:
		return "", false
	case f.Kind == register.Ref:
		return l.titles.of(f.To, v.(string))
	case f.Kind == register.Integer:
		return r.Number(v.(int64)), true
	}
	return f.Format(v, r.lang), true
}
