// Package vigie holds the words that every other package shares: rule ids,
// bilingual texts, verdicts, errors and days. It imports only the standard
// library.
package vigie

import (
	"fmt"
	"time"
)

// A RuleID names a rule as the policy prints it: "9.5.5", "9.12.0" for the
// unnumbered rule at the head of 9.12, "6" for a framing chapter.
type RuleID string

// A Lang is a language of the user interface.
type Lang string

// The languages that every text exists in; French is the default.
const (
	FR Lang = "fr"
	EN Lang = "en"
)

// Text is one sentence in each language of the user interface.
type Text struct {
	FR string `yaml:"fr" json:"fr"`
	EN string `yaml:"en" json:"en"`
}

// In returns the sentence in lang, French when lang is neither.
func (t Text) In(lang Lang) string {
	if lang == EN {
		return t.EN
	}
	return t.FR
}

// Missing names the languages in which t is empty.
func (t Text) Missing() (langs []Lang) {
	if t.FR == "" {
		langs = append(langs, FR)
	}
	if t.EN == "" {
		langs = append(langs, EN)
	}
	return langs
}

// A Verdict is what Vigie says of a check or of a rule on a given day.
// The zero value is not a verdict.
type Verdict string

// The verdicts, from the best to the worst. A rule takes the worst of its
// checks; Broken says that a check failed to run and is never shown as
// conforming.
const (
	NotApplicable Verdict = "not_applicable" // excluded with a reason by the committee
	Conforming    Verdict = "conforming"     // judged records, none at fault
	Waived        Verdict = "waived"         // the only findings left are covered
	Unknown       Verdict = "unknown"        // nothing to judge by
	Deviating     Verdict = "deviating"      // at least one open finding
	Broken        Verdict = "broken"         // a check failed to run
)

var severity = map[Verdict]int{NotApplicable: 0, Conforming: 1, Waived: 2, Unknown: 3, Deviating: 4, Broken: 5}

// Worse returns the worse of v and w.
func (v Verdict) Worse(w Verdict) Verdict {
	if severity[w] > severity[v] {
		return w
	}
	return v
}

var verdictLabels = map[Verdict]Text{
	NotApplicable: {FR: "sans objet", EN: "not applicable"},
	Conforming:    {FR: "conforme", EN: "conforming"},
	Waived:        {FR: "sous dérogation", EN: "waived"},
	Unknown:       {FR: "indéterminé", EN: "unknown"},
	Deviating:     {FR: "non conforme", EN: "deviating"},
	Broken:        {FR: "contrôle en panne", EN: "broken check"},
}

// Label returns the word shown to people for v.
func (v Verdict) Label() Text { return verdictLabels[v] }

// A Day counts calendar days since 1970-01-01. Registers store dates as days
// and instants as seconds, so that a rule can add a record's own duration to
// either with plain integers on every engine.
type Day int64

// DayOf returns the calendar day of t in t's location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("day %q: want YYYY-MM-DD", s)
	}
	return DayOf(t), nil
}

// Time returns midnight UTC of d.
func (d Day) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// DayText is a Day that JSON shows as 2026-03-01.
type DayText Day

// MarshalText implements encoding.TextMarshaler.
func (d DayText) MarshalText() ([]byte, error) { return []byte(Day(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *DayText) UnmarshalText(text []byte) error {
	day, err := ParseDay(string(text))
	*d = DayText(day)
	return err
}
