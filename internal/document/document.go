// Package document reads a company's policy document (text, DOCX or PDF): its
// editions, its confidentiality mark, its chapters and its numbered rules. It
// brings them into the registers, so that the company's own wording can be
// shown (§ 0, 9.1.1). It never guesses in silence: what it dropped, what it
// missed and what it did not understand are remarks for the person who
// confirms.
package document

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	vigie "vigie.example"
	"vigie.example/policy"
)

// Limits of a document: a hostile file is refused before it fills memory.
const (
	maxFile     = 64 << 20 // bytes of the file
	maxText     = 8 << 20  // bytes of text in it
	maxLines    = 60_000   // a thousand pages
	maxRules    = 5000
	maxChapters = 1000
	maxRemarks  = 200
)

// A Format is what a file was recognised as, by its content.
type Format string

// The formats that Read understands.
const (
	Text Format = "text"
	DOCX Format = "docx"
	PDF  Format = "pdf"
)

// A Document is a policy as it was understood.
type Document struct {
	File     string `json:"file"`
	Format   Format `json:"format"`
	Encoding string `json:"encoding,omitempty"` // of a text: utf-8, utf-16, windows-1252
	Title    string `json:"title"`

	// Confidentiality is the level that the cover ticks, 0 to 4; nil when it
	// ticks none, or several.
	Confidentiality *int64 `json:"confidentiality"`

	Editions []Edition `json:"editions"` // in the order of the document
	Chapters []Chapter `json:"chapters"`
	Rules    []Rule    `json:"rules"`

	// ContentHash is the SHA-256 of the wording, in hexadecimal: the same for
	// the same text in another format.
	ContentHash string `json:"content_hash"`

	Remarks []Remark `json:"remarks"`
}

// An Edition is one line of the history of the document.
type Edition struct {
	Number   string        `json:"number"` // "6"
	Label    string        `json:"label"`  // "Ed. 6", as written
	Date     vigie.DayText `json:"date"`
	Authors  string        `json:"authors"`
	Approver string        `json:"approver"`
	Approval Approval      `json:"approval"` // "" when the document does not say
	Reason   string        `json:"reason"`
}

// An Approval says what the approver did.
type Approval string

// The two words of the column "Validé (V) / Approuvé (A) par".
const (
	Validated Approval = "validated"
	Approved  Approval = "approved"
)

// A Chapter is a numbered part: a framing chapter with its text ("4"), or a
// chapter of rules with its objectives ("9.2"). An appendix has no number.
type Chapter struct {
	Number     string   `json:"number"`
	Title      string   `json:"title"`
	Objectives []string `json:"objectives,omitempty"`
	Text       string   `json:"text,omitempty"`
}

// A Rule is one numbered statement. Its text has one paragraph or "- " bullet
// per line. The statements that stand before the first number of a chapter are
// its rule 0: "9.12.0".
type Rule struct {
	ID      vigie.RuleID `json:"id"`
	Chapter string       `json:"chapter"` // "9.12"
	Title   string       `json:"title,omitempty"`
	Text    string       `json:"text"`
}

// Unnumbered says that the statements stand before the first number.
func (r Rule) Unnumbered() bool { return strings.HasSuffix(string(r.ID), ".0") }

// A Remark is something that the person who confirms should know. Key names
// its sentence in the catalogs of internal/i18n.
type Remark struct {
	Key  string `json:"key"`
	Args []any  `json:"args,omitempty"`
	Line int    `json:"line,omitempty"` // line of a text, paragraph of a DOCX; 0 for the whole document
}

// Read understands a document, whatever its name says of its kind. A PDF needs
// pdftotext, of poppler.
//
// Errors: Invalid, with a key that says what to do: too large, empty, a format
// that is not read, a damaged file, poppler absent.
func Read(ctx context.Context, name string, r io.Reader) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, invalid("document.too_large", name, maxFile>>20)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, invalid("document.empty", name)
	}
	d, err := read(ctx, name, data)
	if err != nil {
		return nil, err
	}
	d.File = name
	if d.Title == "" {
		d.Title = strings.TrimSuffix(name, "."+extension(name))
	}
	d.ContentHash = d.hash()
	d.remarkAbsent()
	return d, nil
}

// remarkAbsent says what a policy document has and this one does not. Programs
// that read the result want empty lists rather than null.
func (d *Document) remarkAbsent() {
	if len(d.Rules) == 0 {
		d.Rules = []Rule{}
		d.remark(0, "document.no_rule")
	}
	if len(d.Editions) == 0 {
		d.Editions = []Edition{}
		d.remark(0, "document.no_edition")
	}
	if d.Confidentiality == nil {
		d.remark(0, "document.no_mark")
	}
	if d.Chapters == nil {
		d.Chapters = []Chapter{}
	}
	if d.Remarks == nil {
		d.Remarks = []Remark{}
	}
}

func read(ctx context.Context, name string, data []byte) (*Document, error) {
	head := data[:min(len(data), 1024)]
	switch {
	case bytes.Contains(head, []byte("%PDF-")):
		return readPDF(ctx, name, data)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return readDOCX(name, data)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, invalid("document.old_word", name)
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return nil, invalid("document.other_format", name, "RTF")
	}
	return readText(name, data)
}

func readText(name string, data []byte) (*Document, error) {
	text, encoding, remarks, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	d, err := understandText(name, text)
	if err != nil {
		return nil, err
	}
	d.Format, d.Encoding = Text, encoding
	d.Remarks = append(remarks, d.Remarks...)
	return d, nil
}

// understandText reads plain text; form feeds separate its pages.
func understandText(name, text string) (*Document, error) {
	lines := splitLines(normalise(text))
	if len(lines) > maxLines {
		return nil, invalid("document.too_long", name)
	}
	if len(lines) == 0 {
		return nil, invalid("document.empty", name)
	}
	d := &Document{}
	lines, titles := d.dropFurniture(lines)
	d.understand(lines, titles)
	return d, nil
}

func invalid(key string, args ...any) error {
	return &vigie.Error{Code: vigie.Invalid, Key: key, Args: args}
}

func (d *Document) remark(line int, key string, args ...any) {
	if len(d.Remarks) < maxRemarks {
		d.Remarks = append(d.Remarks, Remark{Key: key, Args: args, Line: line})
	}
}

// hash seals the wording: one paragraph per line, without the history of
// editions or the way it was laid out.
func (d *Document) hash() string {
	h := sha256.New()
	for _, c := range d.Chapters {
		fmt.Fprintf(h, "%s %s\n", c.Number, c.Title)
		for _, o := range c.Objectives {
			fmt.Fprintln(h, o)
		}
		if c.Text != "" {
			fmt.Fprintln(h, c.Text)
		}
	}
	for _, r := range d.Rules {
		fmt.Fprintf(h, "%s %s\n%s\n", r.ID, r.Title, r.Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Compare remarks which rules of the catalogue the document lacks, and which it
// adds. Known are the ids of the catalogue; those of framing chapters ("6") are
// looked for among the chapters, those of the company's own rules ("ACME.1")
// are not expected in a document.
func (d *Document) Compare(known []vigie.RuleID) {
	here := map[vigie.RuleID]bool{}
	for _, r := range d.Rules {
		here[r.ID] = true
	}
	for _, c := range d.Chapters {
		here[vigie.RuleID(c.Number)] = true
	}
	var missing, extra []string
	for _, id := range known {
		if number(string(id)) != nil && !here[id] {
			missing = append(missing, string(id))
		}
	}
	for _, r := range d.Rules {
		if !slices.Contains(known, r.ID) {
			extra = append(extra, string(r.ID))
		}
	}
	slices.SortFunc(missing, func(a, b string) int { return policy.CompareIDs(vigie.RuleID(a), vigie.RuleID(b)) })
	if len(missing) > 0 { // whatever the number of remarks
		d.Remarks = append(d.Remarks, Remark{Key: "document.missing_rules", Args: []any{len(missing), strings.Join(missing, ", ")}})
	}
	if len(extra) > 0 {
		d.Remarks = append(d.Remarks, Remark{Key: "document.extra_rules", Args: []any{len(extra), strings.Join(extra, ", ")}})
	}
}

// Latest returns the edition whose text this is, the last by date, or nil.
func (d *Document) Latest() *Edition {
	if len(d.Editions) == 0 {
		return nil
	}
	e := slices.MaxFunc(d.Editions, func(a, b Edition) int { return cmp.Compare(a.Date, b.Date) })
	return &e
}

// extension returns what follows the last dot of a file name.
func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[i+1:]
	}
	return ""
}
