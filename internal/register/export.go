package register

import (
	"context"
	"encoding/csv"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	vigie "vigie.example"
)

// ExportCSV writes the records that q chooses, with titles and values in lang.
// French spreadsheets want semicolons and a mark at the head. What a
// spreadsheet would run as a formula is kept as text.
func (b *Book) ExportCSV(ctx context.Context, out io.Writer, r *Register, q ListQuery, lang vigie.Lang) error {
	w, err := SheetWriter(out, lang)
	if err != nil {
		return err
	}
	if err := b.export(ctx, r, q, lang, w.Write); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

// SheetWriter returns a writer of CSV that spreadsheets of that language open.
func SheetWriter(out io.Writer, lang vigie.Lang) (*csv.Writer, error) {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return nil, err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	if lang != vigie.EN {
		w.Comma = ';'
	}
	return w, nil
}

// ExportXLSX is ExportCSV to a workbook.
func (b *Book) ExportXLSX(ctx context.Context, out io.Writer, r *Register, q ListQuery, lang vigie.Lang) error {
	book := excelize.NewFile()
	defer book.Close()
	sheet := book.GetSheetName(0)
	w, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	line := 0
	err = b.export(ctx, r, q, lang, func(cells []string) error {
		line++
		row := make([]any, len(cells))
		for i, c := range cells {
			row[i] = c
		}
		at, err := excelize.CoordinatesToCellName(1, line)
		if err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "export.too_many"}
		}
		return w.SetRow(at, row)
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return book.Write(out)
}

func (b *Book) export(ctx context.Context, r *Register, q ListQuery, lang vigie.Lang, write func([]string) error) error {
	cells := []string{"id"}
	for _, f := range r.Fields {
		cells = append(cells, f.Label.In(lang))
	}
	if err := write(cells); err != nil {
		return err
	}
	q.Sort, q.Limit = "id", 500
	for {
		page, err := b.List(ctx, r, q)
		if err != nil {
			return err
		}
		for _, rec := range page.Records {
			cells[0] = EscapeFormula(rec.ID)
			for i, f := range r.Fields {
				cells[i+1] = f.Format(rec.Values[f.Name], lang)
				if columnTypes[f.Kind] == "" {
					cells[i+1] = EscapeFormula(cells[i+1])
				}
			}
			if err := write(cells); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

const formulaStarts = "=+-@\t\r"

// EscapeFormula puts an apostrophe before what a spreadsheet would compute.
func EscapeFormula(s string) string {
	if s != "" && strings.IndexByte(formulaStarts, s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// unescapeFormula takes back the apostrophe of EscapeFormula.
func unescapeFormula(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte(formulaStarts, s[1]) >= 0 {
		return s[1:]
	}
	return s
}
