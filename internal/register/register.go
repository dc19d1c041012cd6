// Package register gives every kind of record its table, validation, history,
// search, lists, import and export, from one declaration each. The
// declarations are in catalog; a register serves the rules it names.
package register

import (
	"slices"

	vigie "vigie.example"
)

// A Kind is the type of a field. It decides the column type, the validation
// and the parsing of imported text.
type Kind string

// The kinds of field.
const (
	Text    Kind = "text"    // one line of UTF-8, at most 500 characters
	Long    Kind = "long"    // several lines, at most 20 000 characters
	Email   Kind = "email"   // an e-mail address, kept in lower case
	Country Kind = "country" // ISO 3166-1 alpha-2 code
	Enum    Kind = "enum"    // one of Field.Options
	Ref     Kind = "ref"     // id of a record of the register Field.To
	Integer Kind = "int"     // signed; the unit is in the name (_hours, _days)
	Tenths  Kind = "tenths"  // a number with one decimal, stored as tenths: 9,8 is 98
	Bool    Kind = "bool"
	Level   Kind = "level" // DICT level, 0 to 4
	Date    Kind = "date"  // calendar day, stored as days since 1970-01-01
	Time    Kind = "time"  // instant, stored as seconds since the epoch, UTC
)

// An Option is one value of an Enum field.
type Option struct {
	Value string
	Label vigie.Text
}

// Values are the fields of one record by name: string for Text, Long, Email,
// Country, Enum and Ref; int64 for Integer, Tenths, Level, Date and Time; bool for
// Bool. An absent or nil value is unknown.
type Values map[string]any

// A Field is one column of a register.
type Field struct {
	Name     string
	Kind     Kind
	Label    vigie.Text
	To       string // for Ref: the target register
	Required bool   // a record cannot be saved without it
	Unique   bool   // no two records share it; also names the record in imports
	Indexed  bool   // found by its value; references, choices and unique fields always are
	Options  []Option

	// Absent says what an empty value means, when emptiness is itself a fact
	// (a person without a last day is still present). Its zero value says that
	// empty means unknown, and then no check may conform because of it.
	Absent vigie.Text

	// Derive computes the field from the others when a record is saved; the
	// value given by a person, if any, is in v. Nil for ordinary fields.
	Derive func(v Values) any
}

// A Register is one kind of record.
type Register struct {
	ID     string // singular, lower case: also the SQL table and the URL
	Label  vigie.Text
	Serves []vigie.RuleID // rules that stand on it
	Fields []Field

	// Indexes are lists of fields by which checks find records together, where
	// one reference alone would lead to too many.
	Indexes []string
}

// Field returns the field called name, or nil.
func (r *Register) Field(name string) *Field {
	i := slices.IndexFunc(r.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Fields[i]
}

// Title returns the field that names a record to people: the first one that is
// required and holds text. Lists follow its order.
func (r *Register) Title() *Field {
	for i, f := range r.Fields {
		if f.Required && columnTypes[f.Kind] == "" {
			return &r.Fields[i]
		}
	}
	panic("register " + r.ID + " has no title")
}
