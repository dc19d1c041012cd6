package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/document"
	"vigie.example/internal/i18n"
	"vigie.example/internal/register"
	"vigie.example/policy"
)

type policyImportCmd struct {
	database
	File    string `arg:"" help:"Policy document: text, DOCX or PDF." type:"existingfile"`
	Format  string `help:"text or json." enum:"text,json" default:"text"`
	Full    bool   `help:"Show whole texts."`
	Entity  string `help:"Whose policy it is: id or name of an entity. The head company when absent; created while there is none." placeholder:"NAME"`
	Country string `help:"Country of the company to create." default:"FR"`
	Yes     bool   `help:"Import without asking."`
}

func (c *policyImportCmd) Run(g *global) error {
	d, err := c.read(g)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return c.runJSON(g, d)
	}
	if err := showDocument(g, os.Stdout, d, c.Full); err != nil {
		return err
	}
	if !c.Yes && (!interactive(os.Stdin) || len(d.Editions) == 0) {
		shown("\n%s", i18n.T(g.lang, c.advice(d), c.File))
		return nil
	}
	a, owner, err := c.openFor(g)
	if err != nil {
		return err
	}
	defer a.Close()
	if owner.New {
		shown("\n%s", i18n.T(g.lang, "policy.import_new_entity", owner.Name, owner.Country))
	}
	if !c.Yes {
		fmt.Printf("\n%s ", i18n.T(g.lang, "policy.import_ask", len(d.Editions), len(d.Rules), owner.Name))
		if !accepted(os.Stdin) {
			shown("%s", i18n.T(g.lang, "policy.import_nothing", c.File))
			return nil
		}
	}
	now := time.Now()
	done, err := c.write(g, a, d, owner, now)
	if err != nil {
		return err
	}
	return showImported(g, a, d, done, now)
}

// read reads the document and compares its rules with those of the catalogue.
func (c *policyImportCmd) read(g *global) (*document.Document, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d, err := document.Read(g.ctx, filepath.Base(c.File), file)
	if err != nil {
		return nil, err
	}
	rules, err := policy.Load(c.Policy)
	if err != nil {
		return nil, err
	}
	var known []vigie.RuleID
	for _, r := range rules {
		known = append(known, r.ID)
	}
	d.Compare(known)
	return d, nil
}

// advice says how to go on from a document that was only shown.
func (c *policyImportCmd) advice(d *document.Document) string {
	if len(d.Editions) == 0 {
		return "policy.import_impossible"
	}
	return "policy.import_nothing"
}

func (c *policyImportCmd) openFor(g *global) (*app.App, document.Owner, error) {
	a, err := c.open(g.ctx)
	if err != nil {
		return nil, document.Owner{}, err
	}
	owner, err := document.FindOwner(g.ctx, a.Book, c.Entity, c.Country)
	if err != nil {
		a.Close()
		return nil, document.Owner{}, err
	}
	return a, owner, nil
}

// write imports the document, then judges every rule.
func (c *policyImportCmd) write(g *global, a *app.App, d *document.Document, owner document.Owner, now time.Time) (*document.Imported, error) {
	done, err := document.Import(g.ctx, a.Book, d, owner, register.By{Actor: actor(), At: now})
	if err != nil {
		return nil, err
	}
	return done, a.Engine.Tick(g.ctx, now)
}

// runJSON prints the document for programs and, when told to, imports it.
func (c *policyImportCmd) runJSON(g *global, d *document.Document) error {
	out := struct {
		*document.Document
		Imported *document.Imported `json:"imported,omitempty"`
	}{Document: d}
	if c.Yes {
		a, owner, err := c.openFor(g)
		if err != nil {
			return err
		}
		defer a.Close()
		if out.Imported, err = c.write(g, a, d, owner, time.Now()); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// interactive says whether a person may answer: a terminal, which the null
// device is not though it looks like one.
func interactive(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// accepted reads an answer; anything but yes, in French or English, is no.
func accepted(in io.Reader) bool {
	answer, _ := bufio.NewReader(io.LimitReader(in, 100)).ReadString('\n') // the end of the input is a no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "o", "oui", "y", "yes":
		return true
	}
	return false
}

var levelLabels = []string{"document.level_0", "document.level_1", "document.level_2", "document.level_3", "document.level_4"}

// showDocument prints what was understood, for the person who confirms.
func showDocument(g *global, out io.Writer, d *document.Document, full bool) error {
	T := func(key string, args ...any) string { return i18n.T(g.lang, key, args...) }
	mark := T("policy.import_mark_unknown")
	if d.Confidentiality != nil {
		mark = T(levelLabels[*d.Confidentiality])
	}
	fmt.Fprintf(out, "%s\n%s\n%s\n\n%s\n", T("policy.import_file", d.File, strings.ToUpper(string(d.Format))), T("policy.import_title", d.Title), T("policy.import_mark", mark), T("policy.import_editions", len(d.Editions)))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, e := range d.Editions {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", e.Label, dayFor(g, vigie.Day(e.Date)), e.Authors, approver(g, e), e.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	unnumbered := 0
	for _, r := range d.Rules {
		if r.Unnumbered() {
			unnumbered++
		}
	}
	fmt.Fprintf(out, "\n%s\n", T("policy.import_chapters", len(d.Chapters), len(d.Rules)-unnumbered, unnumbered))
	for _, c := range d.Chapters {
		showChapter(g, out, d, c, full)
	}
	fmt.Fprintf(out, "\n%s\n", T("policy.import_remarks", len(d.Remarks)))
	for _, r := range d.Remarks {
		line := "  - " + T(r.Key, r.Args...)
		if r.Line > 0 {
			line += " " + T("policy.import_line", r.Line)
		}
		fmt.Fprintln(out, line)
	}
	return nil
}

func showChapter(g *global, out io.Writer, d *document.Document, c document.Chapter, full bool) {
	fmt.Fprintf(out, "\n  %s\n", strings.TrimSpace(c.Number+" "+c.Title))
	for _, o := range c.Objectives {
		fmt.Fprintln(out, extract("      "+i18n.T(g.lang, "policy.import_objective", o), "      ", full))
	}
	if c.Text != "" {
		fmt.Fprintln(out, extract("      "+c.Text, "      ", full))
	}
	for _, r := range d.Rules {
		if r.Chapter != c.Number {
			continue
		}
		text := r.Text
		if r.Title != "" {
			text = r.Title + "\n" + r.Text
		}
		fmt.Fprintln(out, extract(fmt.Sprintf("    %-7s %s", r.ID, text), "            ", full))
	}
}

// shortText is how much of a text one line of a terminal shows.
const shortText = 110

// extract returns a text on one line, cut; whole and indented when full.
func extract(s, indent string, full bool) string {
	if full {
		return strings.ReplaceAll(s, "\n", "\n"+indent)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\n\n", "\n"), "\n", " ")
	if utf8.RuneCountInString(s) <= shortText {
		return s
	}
	return string([]rune(s)[:shortText-1]) + "…"
}

// approver says who approved an edition, and that the document does not say
// what approving meant.
func approver(g *global, e document.Edition) string {
	if e.Approver == "" {
		return i18n.T(g.lang, "policy.import_no_approver")
	}
	key := "policy.import_approval_unknown"
	switch e.Approval {
	case document.Validated:
		key = "policy.import_validated"
	case document.Approved:
		key = "policy.import_approved"
	}
	return i18n.T(g.lang, key, e.Approver)
}

func dayFor(g *global, d vigie.Day) string {
	return (&register.Field{Kind: register.Date}).Format(int64(d), g.lang)
}

// showImported says what the import changed and what follows from it.
func showImported(g *global, a *app.App, d *document.Document, done *document.Imported, now time.Time) error {
	e, s := done.Editions, done.Statements
	shown("%s", i18n.T(g.lang, "policy.import_done", e.Created, e.Updated, e.Unchanged, s.Created, s.Updated, s.Unchanged, s.Deleted))
	last := vigie.Day(d.Latest().Date)
	shown("%s", i18n.T(g.lang, "policy.import_last", dayFor(g, last), int(vigie.DayOf(now.UTC())-last)))
	p, err := a.Engine.Posture(g.ctx, vigie.DayOf(now.UTC()), now)
	if err != nil {
		return err
	}
	p.Rules = slices.DeleteFunc(p.Rules, func(r control.RulePosture) bool { return !strings.HasPrefix(string(r.Rule), "9.1.") })
	clear(p.Counts)
	for _, r := range p.Rules {
		p.Counts[r.Verdict]++
	}
	shown("")
	return writeTable(g, os.Stdout, a, p, time.Time{}, now, 3)
}
