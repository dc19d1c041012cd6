package web

import (
	"net/http"

	vigie "vigie.example"
)

// exportFile gives what a list chooses as a file. It leaves a trace.
func exportFile(r *request) error {
	l, _, err := r.listing()
	if err != nil {
		return err
	}
	if len(l.faults) > 0 {
		return &vigie.Error{Code: vigie.Invalid, Key: "page.export_filters"}
	}
	l.q.After = ""
	book := r.s.App.Book
	format := r.URL.Query().Get("format")
	types := map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	if types[format] == "" {
		return &vigie.Error{Code: vigie.Invalid, Key: "export.format", Args: []any{format}}
	}
	if err := r.trace("export", l.reg.ID, ""); err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", types[format])
	h.Set("Content-Disposition", `attachment; filename="`+l.reg.ID+"-"+r.today.String()+"."+format+`"`)
	r.done = true
	if format == "csv" {
		err = book.ExportCSV(r.Context(), r.w, l.reg, l.q, r.lang)
	} else {
		err = book.ExportXLSX(r.Context(), r.w, l.reg, l.q, r.lang)
	}
	if err != nil { // the answer has begun: cut it, so that the reader sees it is not whole
		if r.Context().Err() == nil {
			r.s.Log.Error("export", "register", l.reg.ID, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}
