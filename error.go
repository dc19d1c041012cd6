package vigie

import (
	"errors"
	"fmt"
)

// A Code says what kind of failure the caller met. Web pages, the API and the
// command line each map codes to their own signals in one table.
type Code string

// The kinds of failure.
const (
	Invalid   Code = "invalid"   // the request breaks a rule of the form
	NotFound  Code = "not_found" // absent, or hidden from this person
	Forbidden Code = "forbidden" // present, but not for this person
	Conflict  Code = "conflict"  // someone changed it first
	Internal  Code = "internal"  // our fault: details go to the journal only
)

// An Error is a failure that a person can read. Key names its sentence in the
// catalogs of internal/i18n; Args fill {0}, {1}… of the sentence; Fields names
// the fields at fault, when there are any; Err is for the journal.
type Error struct {
	Code   Code
	Key    string
	Args   []any
	Fields []FieldError
	Err    error
}

// A FieldError is one field at fault in a record or a line of a file.
type FieldError struct {
	Field string // name of the field, as in the declaration
	Key   string // sentence, as Error.Key
	Args  []any
}

func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Key
	if len(e.Args) > 0 {
		s += fmt.Sprint(e.Args)
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf("; %s: %s%v", f.Field, f.Key, f.Args)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the first *Error in err's chain, or Internal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
