package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/i18n"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/store"
)

type importCmd struct {
	database
	Register string            `arg:"" optional:"" help:"Register to fill."`
	File     string            `arg:"" optional:"" help:"CSV or XLSX file." type:"existingfile"`
	Strategy string            `help:"What to do with records that exist: stop, skip or update." enum:"stop,skip,update" default:"stop"`
	Preview  bool              `help:"Say what would change, and change nothing."`
	Map      map[string]string `help:"Where columns go: --map 'Nom=name;Couleur='." placeholder:"COLUMN=FIELD"`
	Reason   string            `help:"Why, for the history."`
	Undo     string            `help:"Take back a whole import, or a change of many records." placeholder:"IMPORT"`
	List     bool              `help:"List the last imports and changes of many records."`
}

func (c *importCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	by := register.By{Actor: actor(), Source: "import", Reason: c.Reason, At: time.Now()}
	switch {
	case c.List:
		list, err := a.Book.Batches(g.ctx, 50)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, b := range list {
			undone := ""
			if b.UndoneAt != nil {
				undone = i18n.T(g.lang, "import.was_undone", b.UndoneAt.Format(time.RFC3339))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t+%d ~%d\t%s\n", b.ID, b.At.Format(time.RFC3339), b.Register, cmp.Or(b.File, b.Field), b.Created, b.Updated, undone)
		}
		return w.Flush()
	case c.Undo != "":
		n, err := a.Book.Undo(g.ctx, c.Undo, by)
		if err != nil {
			return err
		}
		shown("%s", i18n.T(g.lang, "import.undo_done", n))
		return nil
	case c.Register == "" || c.File == "":
		return &vigie.Error{Code: vigie.Invalid, Key: "import.usage"}
	}
	reg, err := a.Book.Register(c.Register)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	res, err := a.Book.Import(g.ctx, register.Import{Register: reg, File: file, Name: filepath.Base(c.File), Strategy: register.Strategy(c.Strategy), Preview: c.Preview, Mapping: c.Map}, by)
	if err != nil {
		return err
	}
	if res.Encoding != "" {
		shown("%s", i18n.T(g.lang, "import.read_as", res.Encoding, strings.ReplaceAll(res.Separator, "\t", "tab")))
	}
	for _, title := range res.Ignored {
		shown("%s", i18n.T(g.lang, "import.ignored", title))
	}
	if c.Preview {
		c.sample(g, reg, res.Sample)
	}
	for _, e := range res.Errors {
		shown("%s", i18n.T(g.lang, "import.line_error", e.Line, e.Column, i18n.T(g.lang, e.Key, e.Args...)))
	}
	key := "import.done"
	switch {
	case len(res.Errors) > 0:
		key = "import.refused"
	case c.Preview:
		key = "import.previewed"
	}
	shown("%s", i18n.T(g.lang, key, res.Lines, res.Created, res.Updated, res.Unchanged, res.Skipped, res.Batch))
	if len(res.Errors) > 0 {
		return exitCode(1)
	}
	return nil
}

// sample shows what the first lines would do, field by field.
func (c *importCmd) sample(g *global, reg *register.Register, sample []register.LineChange) {
	for _, s := range sample {
		for _, f := range reg.Fields {
			if ch, changed := s.Changes[f.Name]; changed {
				shown("  %s", i18n.T(g.lang, "import.sample", s.Line, s.Record, f.Label.In(g.lang), ch[0], ch[1]))
			}
		}
	}
}

type exportCmd struct {
	database
	Register string `arg:"" help:"Register to export."`
	Out      string `help:"File to write; the standard output when absent." short:"o" placeholder:"FILE"`
	Format   string `help:"csv or xlsx." enum:"csv,xlsx" default:"csv"`
	Search   string `help:"Only records with these words."`
}

func (c *exportCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	reg, err := a.Book.Register(c.Register)
	if err != nil {
		return err
	}
	return toFile(c.Out, func(w io.Writer) error {
		q := register.ListQuery{Search: c.Search}
		if c.Format == "xlsx" {
			return a.Book.ExportXLSX(g.ctx, w, reg, q, g.lang)
		}
		return a.Book.ExportCSV(g.ctx, w, reg, q, g.lang)
	})
}

// toFile writes a new file that appears whole or not at all; the standard
// output when name is empty.
func toFile(name string, write func(io.Writer) error) (err error) {
	if name == "" {
		return write(os.Stdout)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".vigie-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = write(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

type backupCmd struct {
	database
	File string `arg:"" help:"File to write."`
}

func (c *backupCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	var n int64
	err = toFile(c.File, func(w io.Writer) (err error) {
		n, err = store.Backup(g.ctx, a.DB, app.SchemaVersion, app.Tables(), w)
		return err
	})
	if err == nil {
		shown("%s", i18n.T(g.lang, "backup.done", n, c.File))
	}
	return err
}

type restoreCmd struct {
	database
	File string `arg:"" help:"Backup to read." type:"existingfile"`
}

func (c *restoreCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	n, err := store.Restore(g.ctx, a.DB, app.SchemaVersion, app.Tables(), file)
	if err == nil {
		shown("%s", i18n.T(g.lang, "restore.done", n))
	}
	return err
}

type tokenCmd struct {
	New    tokenNewCmd    `cmd:"" help:"Make a token; its secret is shown once."`
	List   tokenListCmd   `cmd:"" help:"List tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token at once."`
}

type tokenNewCmd struct {
	database
	Name     string   `arg:"" help:"What the token is for."`
	Role     string   `help:"reader, editor, committee, admin or enrolment." required:"" enum:"reader,editor,committee,admin,enrolment"`
	Days     int      `help:"Days until it ends." default:"90"`
	Entities []string `help:"The only entities that it sees." placeholder:"ID"`
}

func (c *tokenNewCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	now := time.Now()
	secret, t, err := identity.Issue(g.ctx, a.DB, identity.Token{Name: c.Name, Role: identity.Role(c.Role), Entities: c.Entities, EndsAt: now.AddDate(0, 0, c.Days)}, actor(), now)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, i18n.T(g.lang, "token.made", t.ID, t.EndsAt.Format(time.DateOnly)))
	fmt.Println(secret)
	return nil
}

type tokenListCmd struct{ database }

func (c *tokenListCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := identity.Tokens(g.ctx, a.DB)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, t := range list {
		end := t.EndsAt.Format(time.DateOnly)
		if t.RevokedAt != nil {
			end = i18n.T(g.lang, "token.revoked", t.RevokedAt.Format(time.DateOnly))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, strings.Join(t.Entities, ","), end)
	}
	return w.Flush()
}

type tokenRevokeCmd struct {
	database
	ID string `arg:"" help:"Id of the token."`
}

func (c *tokenRevokeCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	return identity.Revoke(g.ctx, a.DB, c.ID, actor(), time.Now())
}
