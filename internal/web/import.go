package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/register"
)

// An importing is a file on its way into a register: chosen, mapped and looked
// at beforehand, then brought, wholly or not at all.
type importing struct {
	reg     *register.Register
	upload  *upload
	choice  choice
	result  *register.Result // of the preview, or of the import
	header  []string         // columns of the file that have a name
	sample  []sampleLine
	faults  []string // sentences, with their lines
	problem *vigie.Error
}

// A sampleLine is what one line of the file does.
type sampleLine struct {
	line    int
	action  string
	title   string
	changes []fieldChange
}

// importPage asks for the file.
func importPage(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	return r.page(r.T("page.import_title", reg.Label), importView(r, &importing{reg: reg}))
}

// importUpload keeps the file and goes to its columns.
func importUpload(r *request) error {
	reg, err := r.register()
	if err != nil {
		return err
	}
	again := func(e *vigie.Error) error {
		return r.pageWith(statuses[e.Code], r.T("page.import_title", reg.Label), importView(r, &importing{reg: reg, problem: e}))
	}
	file, header, err := r.FormFile("file")
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return again(&vigie.Error{Code: vigie.Invalid, Key: "page.upload_large", Args: []any{maxUpload >> 20}})
	}
	if err != nil {
		return again(&vigie.Error{Code: vigie.Invalid, Key: "page.upload_missing"})
	}
	defer file.Close()
	up, err := r.s.uploads.keep(r.session.User.ID, reg.ID, baseName(header.Filename), file)
	if err == nil {
		_, err = r.preview(reg, up) // refuses what is no table, here where it was chosen
	}
	if e := r.problemOf(err); e != nil {
		return again(e)
	}
	if err != nil {
		return err
	}
	return r.redirect("/registers/" + reg.ID + "/import/" + up.id)
}

// baseName keeps the last part of a file name, whatever the machine it is from.
func baseName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return short(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, "")), 120)
}

// uploaded returns the file that the path names.
func (r *request) uploaded() (*register.Register, *upload, error) {
	reg, err := r.register()
	if err != nil {
		return nil, nil, err
	}
	up, err := r.s.uploads.get(r.PathValue("upload"), r.session.User.ID, reg.ID)
	return reg, up, err
}

// importMapping shows which column goes to which field, and what the file would
// change.
func importMapping(r *request) error {
	reg, up, err := r.uploaded()
	if err != nil {
		return err
	}
	c, begun := r.s.uploads.state(up)
	if begun != nil {
		return r.redirect("/registers/" + reg.ID + "/import/" + up.id + "/progress")
	}
	im, err := r.preview(reg, up)
	if e := r.problemOf(err); e != nil {
		im = &importing{reg: reg, upload: up, choice: c, problem: e}
		err = nil
		for title := range c.mapping {
			im.header = append(im.header, title)
		}
		slices.Sort(im.header)
		im.result = &register.Result{Mapping: c.mapping}
	}
	if err != nil {
		return err
	}
	return r.page(r.T("page.import_title", reg.Label), mappingView(r, im))
}

// preview says what a file would change.
func (r *request) preview(reg *register.Register, up *upload) (*importing, error) {
	file, err := os.Open(up.path)
	if err != nil {
		return nil, &vigie.Error{Code: vigie.NotFound, Key: "page.upload_gone", Err: err}
	}
	defer file.Close()
	by := r.by("")
	by.Source = "import"
	c, _ := r.s.uploads.state(up)
	res, err := r.s.App.Book.Import(r.Context(), register.Import{Register: reg, File: file, Name: up.name, Mapping: c.mapping, Strategy: c.strategy, Preview: true}, by)
	if err != nil {
		return nil, err
	}
	im := &importing{reg: reg, upload: up, choice: c, result: res}
	for title := range res.Mapping {
		im.header = append(im.header, title)
	}
	im.header = append(im.header, res.Ignored...)
	slices.Sort(im.header)
	im.header = slices.Compact(im.header)
	return im, im.describe(r)
}

// describe puts the errors and the first changes into words.
func (im *importing) describe(r *request) error {
	for _, e := range im.result.Errors {
		im.faults = append(im.faults, r.lineError(e))
	}
	wanted := map[string][]string{}
	for _, c := range im.result.Sample {
		for name, pair := range c.Changes {
			if f := im.reg.Field(name); f != nil && f.Kind == register.Ref {
				for _, x := range pair {
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
	for _, c := range im.result.Sample {
		line := sampleLine{line: c.Line, action: c.Action, title: c.Record}
		for i := range im.reg.Fields {
			f := &im.reg.Fields[i]
			if pair, ok := c.Changes[f.Name]; ok {
				change := fieldChange{r.In(f.Label), r.shown(f, pair[0], t), r.shown(f, pair[1], t)}
				if f.Name == im.reg.Title().Name && change.after != "" {
					line.title = change.after
				}
				line.changes = append(line.changes, change)
			}
		}
		im.sample = append(im.sample, line)
	}
	return nil
}

// lineError says what is wrong in a line, and where.
func (r *request) lineError(e register.LineError) string {
	args := append([]any(nil), e.Args...)
	for i, a := range args { // registers are named by their labels
		if id, ok := a.(string); ok {
			if reg, err := r.s.App.Book.Register(id); err == nil {
				args[i] = reg.Label
			}
		}
	}
	where := r.T("page.line", r.Number(int64(e.Line)))
	if e.Column != "" {
		where += ", " + e.Column
	}
	return r.Pair(where, r.T(e.Key, args...))
}

// importStep takes the mapping; it shows the preview again, or makes the import.
func importStep(r *request) error {
	reg, up, err := r.uploaded()
	if err != nil {
		return err
	}
	if err := r.parse(); err != nil {
		return err
	}
	c := choice{mapping: map[string]string{}, strategy: register.Strategy(r.form("strategy"))}
	for i, title := range r.PostForm["column"] {
		c.mapping[title] = r.form(fmt.Sprintf("field%d", i))
	}
	if c.strategy != register.Skip && c.strategy != register.Update {
		c.strategy = register.Stop
	}
	r.s.uploads.choose(up, c)
	if r.form("step") != "apply" {
		return r.redirect("/registers/" + reg.ID + "/import/" + up.id)
	}
	by := r.by(r.form("reason_for_change"))
	by.Source = "import"
	ctx := context.WithoutCancel(r.Context()) // it goes on when the person leaves the page
	done := r.s.uploads.start(up, func(file io.ReadSeeker, c choice) (*register.Result, error) {
		return r.s.App.Book.Import(ctx, register.Import{Register: reg, File: file, Name: up.name, Mapping: c.mapping, Strategy: c.strategy}, by)
	})
	select { // most files take less than the eye notices
	case <-done:
	case <-time.After(700 * time.Millisecond):
	}
	return r.redirect("/registers/" + reg.ID + "/import/" + up.id + "/progress")
}

// importProgress shows how far an import is, then what it did.
func importProgress(r *request) error {
	reg, up, err := r.uploaded()
	if err != nil {
		return err
	}
	title := r.T("page.import_title", reg.Label)
	_, done := r.s.uploads.state(up)
	if done == nil {
		return r.redirect("/registers/" + reg.ID + "/import/" + up.id)
	}
	im := &importing{reg: reg, upload: up}
	select {
	case <-done:
	default:
		return r.page(title, progressView(r, im, min(up.read.Load()*100/max(up.size, 1), 99)))
	}
	if up.err != nil {
		if im.problem = r.problemOf(up.err); im.problem == nil {
			return up.err
		}
		return r.pageWith(statuses[im.problem.Code], title, importView(r, im))
	}
	im.result = up.result
	if len(up.result.Errors) > 0 {
		if err := im.describe(r); err != nil {
			return err
		}
		return r.pageWith(http.StatusUnprocessableEntity, title, importedView(r, im))
	}
	if im.result.Batch == "" {
		return r.page(title, importedView(r, im))
	}
	return r.redirect("/imports/" + im.result.Batch)
}
