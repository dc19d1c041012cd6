package document

import (
	"context"
	"slices"
	"strings"
	"unicode"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// Source names the import of a policy in the history and on its records.
const Source = "policy-import"

// An Imported says what an import changed.
type Imported struct {
	Entity     string `json:"entity"`
	Edition    string `json:"edition"` // record of the edition whose text this is
	Editions   Counts `json:"editions"`
	Statements Counts `json:"statements"`
}

// Counts are numbers of records.
type Counts struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Deleted   int `json:"deleted"`
}

// An edition that the registers hold.
type held struct {
	id, label, entity, status string
	dated                     vigie.Day
}

// An importer writes one document.
type importer struct {
	*register.Writer
	doc    *Document
	entity string // its id
	held   []held
	done   *Imported
}

// Import writes the editions of a document and its wording for an entity, all
// or nothing. The same document again changes nothing. The last edition that is
// dated is in force, those before it are superseded; what people decided since
// about an edition that is already there (its status, its approval, its
// publication) is left alone. An edition is not a review: none is written.
//
// Errors: Invalid when the document has no edition, or a value too long for its
// field; NotFound without the entity.
func Import(ctx context.Context, book *register.Book, d *Document, owner Owner, by register.By) (*Imported, error) {
	if len(d.Editions) == 0 {
		return nil, invalid("document.no_edition_import", d.File)
	}
	by.Source = Source
	if by.Reason == "" {
		by.Reason = d.File
	}
	done := &Imported{}
	err := book.Write(ctx, by, func(w *register.Writer) error {
		*done = Imported{Entity: owner.ID}
		im := &importer{Writer: w, doc: d, entity: owner.ID, done: done}
		if err := im.owner(ctx, owner); err != nil {
			return err
		}
		if err := im.read(ctx); err != nil {
			return err
		}
		if err := im.editions(ctx); err != nil {
			return err
		}
		return im.statements(ctx)
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// read loads the editions that the registers hold.
func (im *importer) read(ctx context.Context) error {
	rows, err := im.Tx.Query(ctx, "SELECT id, label, entity, status, dated_on FROM policy_edition ORDER BY id", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var h held
		if err := rows.Scan(&h.id, &h.label, &h.entity, &h.status, &h.dated); err != nil {
			return err
		}
		im.held = append(im.held, h)
	}
	return rows.Err()
}

// find returns the record of an edition of this entity: the one an import made,
// or one that a person entered under the same number.
func (im *importer) find(e Edition) *held {
	id := im.editionID(e)
	i := slices.IndexFunc(im.held, func(h held) bool {
		return h.id == id || h.entity == im.entity && versionNumber(h.label) == e.Number
	})
	if i < 0 {
		return nil
	}
	return &im.held[i]
}

func (im *importer) editionID(e Edition) string { return "ed-" + im.entity + "-" + Slug(e.Number) }

// Slug makes a readable id of a name: "Acme Île-de-France" gives
// "acme-ile-de-france".
func Slug(s string) string {
	words := strings.FieldsFunc(register.Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' })
	name := []rune(strings.Join(words, "-"))
	return string(name[:min(len(name), maxSlug)])
}

const maxSlug = 60

// editions writes every edition, then supersedes those that the last replaces.
func (im *importer) editions(ctx context.Context) error {
	latest := im.doc.Latest()
	inForce := im.inForce()
	for _, e := range im.doc.Editions {
		h := im.find(e)
		v := register.Values{"dated_on": int64(e.Date)}
		for name, text := range map[string]string{"authors": e.Authors, "reason": e.Reason, "approved_by_text": e.Approver} {
			if text != "" { // what the document does not say, a person may have
				v[name] = text
			}
		}
		if e.Number == latest.Number {
			v["content_hash"] = im.doc.ContentHash
			if im.doc.Confidentiality != nil {
				v["confidentiality"] = *im.doc.Confidentiality
			}
		}
		id := im.editionID(e)
		if h != nil {
			id = h.id
		} else {
			v["label"], v["entity"], v["status"] = im.label(e), im.entity, status(e, inForce)
		}
		if err := im.put(ctx, catalog.PolicyEdition, id, v, &im.done.Editions); err != nil {
			return err
		}
		if e.Number == latest.Number {
			im.done.Edition = id
		}
	}
	return im.supersede(ctx, inForce)
}

// inForce returns the date of the last edition of the entity that is not in the
// future, in the document or in the registers.
func (im *importer) inForce() vigie.Day {
	today := vigie.DayOf(im.By.At.UTC())
	var last vigie.Day
	for _, e := range im.doc.Editions {
		if h := im.find(e); h != nil && h.status == "draft" { // its votes are under way
			continue
		}
		if day := vigie.Day(e.Date); day <= today {
			last = max(last, day)
		}
	}
	for _, h := range im.held {
		if h.entity == im.entity && h.status == "in_force" && h.dated <= today {
			last = max(last, h.dated)
		}
	}
	return last
}

func status(e Edition, inForce vigie.Day) string {
	switch day := vigie.Day(e.Date); {
	case day > inForce:
		return "draft"
	case day == inForce:
		return "in_force"
	}
	return "superseded"
}

// supersede ends the editions in force that are older than the last.
func (im *importer) supersede(ctx context.Context, inForce vigie.Day) error {
	for _, h := range im.held {
		if h.entity != im.entity || h.status != "in_force" || h.dated >= inForce {
			continue
		}
		if _, err := im.Update(ctx, catalog.PolicyEdition, h.id, 0, register.Values{"status": "superseded"}); err != nil {
			return err
		}
	}
	return nil
}

// label returns the number of an edition; with the entity when another one took
// it, for labels name editions everywhere.
func (im *importer) label(e Edition) string {
	if slices.ContainsFunc(im.held, func(h held) bool { return h.label == e.Number }) {
		return e.Number + " (" + im.entity + ")"
	}
	return e.Number
}

// statements writes the chapters and the rules of the edition, and removes what
// its text no longer says.
func (im *importer) statements(ctx context.Context) error {
	reg := catalog.PolicyStatement
	chapters := map[string]Chapter{}
	keep := map[string]bool{}
	add := func(rule string, c Chapter, title, statement string) error {
		id := im.done.Edition + ":" + Slug(rule)
		for n := 2; keep[id]; n++ { // two appendices of the same name
			id = im.done.Edition + ":" + Slug(rule) + strings.Repeat("+", n-1)
		}
		keep[id] = true
		return im.put(ctx, reg, id, register.Values{
			"rule": rule, "edition": im.done.Edition, "chapter": c.Title, "title": title,
			"objective": strings.Join(c.Objectives, "\n"), "statement": statement,
		}, &im.done.Statements)
	}
	for _, c := range im.doc.Chapters {
		chapters[c.Number] = c
		name := c.Number
		if name == "" {
			name = c.Title
		}
		if c.Text == "" && c.Objectives == nil {
			continue
		}
		if err := add(name, c, "", c.Text); err != nil {
			return err
		}
	}
	for _, r := range im.doc.Rules {
		if err := add(string(r.ID), chapters[r.Chapter], r.Title, r.Text); err != nil {
			return err
		}
	}
	return im.removeOthers(ctx, keep)
}

func (im *importer) removeOthers(ctx context.Context, keep map[string]bool) error {
	rows, err := im.Tx.Query(ctx, "SELECT id FROM policy_statement WHERE edition = :edition AND source = :source ORDER BY id",
		map[string]any{"edition": im.done.Edition, "source": Source})
	if err != nil {
		return err
	}
	defer rows.Close()
	var gone []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		if !keep[id] {
			gone = append(gone, id)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	rows.Close() // the connection is the transaction's
	for _, id := range gone {
		if err := im.Delete(ctx, catalog.PolicyStatement, id, 0); err != nil {
			return err
		}
		im.done.Statements.Deleted++
	}
	return nil
}

// put creates or changes a record, its texts checked as those of a person are,
// and counts it. An empty text is unknown.
func (im *importer) put(ctx context.Context, reg *register.Register, id string, v register.Values, n *Counts) error {
	var faults []vigie.FieldError
	for name, value := range v {
		s, ok := value.(string)
		if !ok {
			continue
		}
		parsed, fault := reg.Field(name).Parse(s)
		if fault != nil {
			fault.Field = id + "." + name
			faults = append(faults, *fault)
			continue
		}
		v[name] = parsed
	}
	if len(faults) > 0 {
		return &vigie.Error{Code: vigie.Invalid, Key: "record.invalid", Args: []any{reg.ID}, Fields: faults}
	}
	changed, err := im.Update(ctx, reg, id, 0, v)
	switch {
	case vigie.CodeOf(err) == vigie.NotFound:
		v["id"] = id
		if _, err = im.Create(ctx, reg, v); err == nil {
			n.Created++
		}
	case err == nil && changed:
		n.Updated++
	case err == nil:
		n.Unchanged++
	}
	return err
}

// An Owner is the entity whose policy is imported.
type Owner struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Country string `json:"country,omitempty"` // of a new entity
	New     bool   `json:"new,omitempty"`     // created by the import, as the head company
}

// owner makes sure that the entity exists.
func (im *importer) owner(ctx context.Context, o Owner) error {
	if !o.New {
		_, _, err := im.Get(ctx, catalog.Entity, o.ID)
		return err
	}
	return im.put(ctx, catalog.Entity, o.ID, register.Values{"name": o.Name, "country": o.Country, "head": true}, &Counts{})
}

// FindOwner returns the entity whose policy is imported: the one that name
// names, by its id or its name; without a name the only head company, else the
// only entity. While there is no entity at all, a name is that of the company to
// create, in country.
//
// Errors: NotFound when there is no entity and no name; Invalid when name is
// none of the entities, or when there is a choice to make.
func FindOwner(ctx context.Context, book *register.Book, name, country string) (Owner, error) {
	rows, err := book.DB.Query(ctx, "SELECT id, name, head FROM entity ORDER BY id", nil)
	if err != nil {
		return Owner{}, err
	}
	defer rows.Close()
	var all, heads []Owner
	var shown []string
	for rows.Next() {
		var o Owner
		var head *bool
		if err := rows.Scan(&o.ID, &o.Name, &head); err != nil {
			return Owner{}, err
		}
		if name != "" && (o.ID == name || register.Fold(o.Name) == register.Fold(name)) {
			return o, nil
		}
		all = append(all, o)
		shown = append(shown, o.ID+" ("+o.Name+")")
		if head != nil && *head {
			heads = append(heads, o)
		}
	}
	if err := rows.Err(); err != nil {
		return Owner{}, err
	}
	switch {
	case len(all) == 0 && Slug(name) != "":
		return Owner{ID: Slug(name), Name: name, Country: country, New: true}, nil
	case len(all) == 0:
		return Owner{}, &vigie.Error{Code: vigie.NotFound, Key: "document.no_entity"}
	case name != "":
		return Owner{}, invalid("document.unknown_entity", name, strings.Join(shown, ", "))
	case len(heads) == 1:
		return heads[0], nil
	case len(all) == 1:
		return all[0], nil
	}
	return Owner{}, invalid("document.which_entity", strings.Join(shown, ", "))
}
