// Package i18n holds every sentence that people read and no declaration holds:
// errors, labels of the command line. French and English say the same.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	vigie "vigie.example"
)

//go:embed fr.json en.json
var files embed.FS

var catalogs = map[vigie.Lang]map[string]string{vigie.FR: load("fr.json"), vigie.EN: load("en.json")}

func load(name string) map[string]string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	m := map[string]string{}
	if err := json.Unmarshal(data, &m); err != nil {
		panic(name + ": " + err.Error())
	}
	return m
}

// Keys returns the catalog of a language, for tests.
func Keys(lang vigie.Lang) map[string]string { return catalogs[lang] }

// T returns the sentence called key in lang, with {0}, {1}… replaced by args.
// {0|line|lines} is the form of a word that goes with the number {0}: none and
// one are singular in French, only one is in English. A key that no catalog
// holds is returned as it is.
func T(lang vigie.Lang, key string, args ...any) string {
	m := catalogs[lang]
	if m == nil {
		m = catalogs[vigie.FR]
	}
	s, ok := m[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	var out strings.Builder
	for {
		at := strings.IndexByte(s, '{')
		if at < 0 {
			break
		}
		text, length := placeholder(lang, s[at:], args)
		out.WriteString(s[:at])
		out.WriteString(text)
		s = s[at+length:]
	}
	out.WriteString(s)
	return out.String()
}

// placeholder reads {0} or {0|singular|plural} at the beginning of a text: what takes
// its place, and its length. What is not one stays as it is.
func placeholder(lang vigie.Lang, s string, args []any) (text string, length int) {
	end := strings.IndexByte(s, '}')
	if end < 2 || s[1] < '0' || s[1] > '9' || int(s[1]-'0') >= len(args) {
		return s[:1], 1
	}
	arg, inside := args[s[1]-'0'], s[2:end]
	if inside == "" {
		return show(lang, arg), end + 1
	}
	if inside[0] != '|' {
		return s[:1], 1
	}
	one, many, two := strings.Cut(inside[1:], "|")
	switch {
	case !two:
		return s[:1], 1
	case singular(lang, arg):
		return one, end + 1
	}
	return many, end + 1
}

func singular(lang vigie.Lang, a any) bool {
	n := fmt.Sprint(a)
	return n == "1" || n == "0" && lang != vigie.EN
}

func show(lang vigie.Lang, a any) string {
	switch v := a.(type) {
	case nil:
		return T(lang, "nothing")
	case vigie.Text:
		return v.In(lang)
	case int:
		return Number(lang, int64(v))
	case int64:
		return Number(lang, v)
	case bool:
		return vigie.Text{FR: map[bool]string{true: "oui", false: "non"}[v], EN: map[bool]string{true: "yes", false: "no"}[v]}.In(lang)
	}
	return fmt.Sprint(a)
}

// Number writes a number as its readers do: 12 345 in French, 12,345 in English.
// Four digits stay together. What names something, such as the number of an entry,
// is no number: give it as text.
func Number(lang vigie.Lang, n int64) string {
	s := strconv.FormatInt(n, 10)
	if n > -10_000 && n < 10_000 {
		return s
	}
	sep := "\u202f"
	if lang == vigie.EN {
		sep = ","
	}
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return s
}

var matcher = language.NewMatcher([]language.Tag{language.French, language.English})

// Accept chooses the language of an Accept-Language header, or of LANG; French
// when neither language is asked for.
func Accept(header string) vigie.Lang {
	header, _, _ = strings.Cut(header, ".") // fr_FR.UTF-8
	tags, _, err := language.ParseAcceptLanguage(strings.ReplaceAll(header, "_", "-"))
	if err != nil || len(tags) == 0 {
		return vigie.FR
	}
	if _, i, confidence := matcher.Match(tags...); i == 1 && confidence > language.No {
		return vigie.EN
	}
	return vigie.FR
}

// Error returns what to tell people of err: a sentence and, for each field at
// fault, another one.
func Error(lang vigie.Lang, err *vigie.Error) (sentence string, fields map[string]string) {
	for _, f := range err.Fields {
		if fields == nil {
			fields = map[string]string{}
		}
		fields[f.Field] = T(lang, f.Key, f.Args...)
	}
	return T(lang, err.Key, err.Args...), fields
}
