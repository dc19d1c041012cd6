package register

import (
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	vigie "vigie.example"
)

// Longest values, in characters.
const (
	maxText = 500
	maxLong = 20000
)

// FromJSON reads a value as the API gives it: numbers, booleans, dates as
// 2026-03-01, instants as RFC 3339. Null and "" are unknown.
func (f *Field) FromJSON(raw any) (any, *vigie.FieldError) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case string:
		return f.Parse(v)
	case bool:
		if f.Kind == Bool {
			return v, nil
		}
	case json.Number:
		if f.Kind == Integer || f.Kind == Level || f.Kind == Tenths {
			return f.Parse(v.String())
		}
	case float64:
		if f.Kind == Tenths || (f.Kind == Integer || f.Kind == Level) && v == math.Trunc(v) {
			return f.Parse(strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	return nil, f.fault("field.wrong_kind", f.Kind)
}

// Parse reads a value as people write it, in French or English: 01/03/2026 or
// 2026-03-01, 1 500 or 1.500, oui or yes, the label or the code of a choice.
func (f *Field) Parse(s string) (any, *vigie.FieldError) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, f.fault("field.not_text")
	}
	s = norm.NFC.String(strings.TrimSpace(s))
	if s == "" {
		return nil, nil
	}
	switch f.Kind {
	case Text, Ref:
		if strings.ContainsFunc(s, unicode.IsControl) {
			return nil, f.fault("field.control")
		}
		if utf8.RuneCountInString(s) > maxText {
			return nil, f.fault("field.too_long", maxText)
		}
		return s, nil
	case Long:
		if utf8.RuneCountInString(s) > maxLong {
			return nil, f.fault("field.too_long", maxLong)
		}
		return s, nil
	case Email:
		a, err := mail.ParseAddress(s)
		if err != nil || a.Address != s || len(s) > 254 {
			return nil, f.fault("field.email", s)
		}
		return strings.ToLower(s), nil
	case Country:
		if c := strings.ToUpper(s); len(c) == 2 && c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z' {
			return c, nil
		}
		return nil, f.fault("field.country", s)
	case Enum:
		for _, o := range f.Options {
			if o.Value == s {
				return o.Value, nil
			}
		}
		for _, o := range f.Options {
			if k := Fold(s); k == Fold(o.Label.FR) || k == Fold(o.Label.EN) || k == Fold(o.Value) {
				return o.Value, nil
			}
		}
		return nil, f.fault("field.option", s, strings.Join(f.optionNames(), ", "))
	case Bool:
		switch Fold(s) {
		case "oui", "yes", "true", "vrai", "1", "x", "o", "y":
			return true, nil
		case "non", "no", "false", "faux", "0", "n":
			return false, nil
		}
		return nil, f.fault("field.bool", s)
	case Integer, Level:
		n, ok := parseInteger(s)
		if !ok {
			return nil, f.fault("field.integer", s)
		}
		if f.Kind == Level && (n < 0 || n > 4) {
			return nil, f.fault("field.level", s)
		}
		return n, nil
	case Tenths:
		n, ok := parseTenths(s)
		if !ok {
			return nil, f.fault("field.tenths", s)
		}
		return n, nil
	case Date:
		d, ok := parseDay(s)
		if !ok {
			return nil, f.fault("field.date", s)
		}
		return int64(d), nil
	case Time:
		t, ok := parseTime(s)
		if !ok {
			return nil, f.fault("field.time", s)
		}
		return t.Unix(), nil
	}
	return nil, f.fault("field.wrong_kind", f.Kind)
}

func (f *Field) fault(key string, args ...any) *vigie.FieldError {
	return &vigie.FieldError{Field: f.Name, Key: key, Args: args}
}

func (f *Field) optionNames() (names []string) {
	for _, o := range f.Options {
		names = append(names, o.Value)
	}
	return names
}

var (
	plainInteger = regexp.MustCompile(`^[+-]?\d+$`)
	thousands    = regexp.MustCompile(`^[+-]?\d{1,3}([.,]\d{3})+$`)
	zeroDecimals = regexp.MustCompile(`^[+-]?\d+[.,]0+$`)
	separators   = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "")
	noThousands  = strings.NewReplacer(".", "", ",", "")
)

// parseInteger reads 1500, 1 500, 1.500, 1,500 and 12,00. "12,000" is refused:
// it is twelve to a French reader and twelve thousand to an English one.
func parseInteger(s string) (int64, bool) {
	s = separators.Replace(s)
	ambiguous := thousands.MatchString(s) && zeroDecimals.MatchString(s)
	switch {
	case plainInteger.MatchString(s):
	case ambiguous:
		return 0, false
	case thousands.MatchString(s):
		s = noThousands.Replace(s)
	case zeroDecimals.MatchString(s):
		s = s[:strings.IndexAny(s, ".,")]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

var oneDecimal = regexp.MustCompile(`^([+-]?\d{1,15})(?:[.,](\d)0*)?$`)

// parseTenths reads 9,8 and 9.8, 12 and 1 234,5.
func parseTenths(s string) (int64, bool) {
	m := oneDecimal.FindStringSubmatch(separators.Replace(s))
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1]+"0", 10, 64)
	if err != nil || m[2] == "" {
		return n, err == nil
	}
	d := int64(m[2][0] - '0')
	if strings.HasPrefix(m[1], "-") {
		d = -d
	}
	return n + d, true
}

// days are the forms of dates that people write; French order before English,
// because 01/03/2026 is the first of March here.
var days = []string{time.DateOnly, "02/01/2006", "2/1/2006", "02-01-2006", "02.01.2006", "02/01/06", "2006/01/02", "20060102", "2 1 2006"}

var months = []string{"janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre"}

func parseDay(s string) (vigie.Day, bool) {
	s, _, _ = strings.Cut(s, "T")
	if i := strings.IndexByte(s, ' '); i == 10 { // a spreadsheet's date with a time
		s = s[:i]
	}
	k := strings.ReplaceAll(Fold(s), "1er ", "1 ")
	for i, m := range months {
		k = strings.Replace(k, m, strconv.Itoa(i+1), 1)
	}
	for _, form := range days {
		for _, v := range []string{s, k} {
			if t, err := time.Parse(form, v); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
				return vigie.DayOf(t), true
			}
		}
	}
	return 0, false
}

func parseTime(s string) (time.Time, bool) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
		"02/01/2006 15:04:05", "02/01/2006 15:04", "02/01/2006 15h04", time.DateOnly, "02/01/2006"} {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// JSON returns a stored value as the API shows it.
func (f *Field) JSON(v any) any {
	n, ok := v.(int64)
	switch {
	case ok && f.Kind == Date:
		return vigie.Day(n).String()
	case ok && f.Kind == Time:
		return time.Unix(n, 0).UTC().Format(time.RFC3339)
	case ok && f.Kind == Tenths:
		return json.Number(tenths(n, "."))
	}
	return v
}

func tenths(n int64, point string) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d%s%d", sign, n/10, point, n%10)
}

// outside says why a value, of the type of its kind, is none that the field may have:
// for who writes values without Parse.
func (f *Field) outside(v any) *vigie.FieldError {
	switch f.Kind {
	case Enum:
		if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == v }) {
			return f.fault("field.option", v, strings.Join(f.optionNames(), ", "))
		}
	case Level:
		if n, ok := v.(int64); !ok || n < 0 || n > 4 {
			return f.fault("field.level", v)
		}
	}
	return nil
}

// Format returns a stored value as people of that language read it; "" when
// unknown.
func (f *Field) Format(v any, lang vigie.Lang) string {
	if v == nil {
		return ""
	}
	n, _ := v.(int64)
	switch f.Kind {
	case Enum:
		for _, o := range f.Options {
			if o.Value == v {
				return o.Label.In(lang)
			}
		}
	case Bool:
		if v == true {
			return vigie.Text{FR: "oui", EN: "yes"}.In(lang)
		}
		return vigie.Text{FR: "non", EN: "no"}.In(lang)
	case Tenths:
		if lang == vigie.EN {
			return tenths(n, ".")
		}
		return tenths(n, ",")
	case Date:
		if lang == vigie.EN {
			return vigie.Day(n).String()
		}
		return vigie.Day(n).Time().Format("02/01/2006")
	case Time:
		if lang == vigie.EN {
			return time.Unix(n, 0).UTC().Format("2006-01-02 15:04:05")
		}
		return time.Unix(n, 0).UTC().Format("02/01/2006 15:04:05")
	}
	return fmt.Sprint(v)
}

// Fold returns s without accents, case and doubled spaces: what searching and
// matching compare.
func Fold(s string) string {
	decomposed := norm.NFD.String(strings.ToLower(s))
	var b strings.Builder
	b.Grow(len(decomposed))
	space := true
	for _, r := range decomposed {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
		case r == 'œ':
			b.WriteString("oe")
			space = false
		default:
			b.WriteRune(r)
			space = false
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}

// maxWords bounds the words by which one record is found.
const maxWords = 24

// Words returns the words of a search text, each once.
func Words(s string) []string {
	out := strings.Fields(s)
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxWords)]
}

// maxSearch bounds the text by which one record is found, in bytes.
const maxSearch = 2000

// SearchText is what a record is found by: the words of its id and of its short
// texts, each after a space.
func (r *Register) SearchText(id string, v Values) string {
	var b strings.Builder
	b.WriteString(id)
	for _, f := range r.Fields {
		if s, ok := v[f.Name].(string); ok && (f.Kind == Text || f.Kind == Email) {
			b.WriteByte(' ')
			b.WriteString(s)
		}
	}
	return foldWords(b.String())
}

// foldWords folds s and keeps its letters and digits: " word word".
func foldWords(s string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if b.Len()+len(word) > maxSearch {
			break
		}
		b.WriteString(" " + word)
	}
	return b.String()
}
