package i18n_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
)

var (
	placeholder = regexp.MustCompile(`\{\d`)
	quoted      = regexp.MustCompile(`"([a-z]+(?:\.[a-z_0-9]+)+)"`)
)

// TestComplete: each language has every sentence, with the same placeholders.
func TestComplete(t *testing.T) {
	fr, en := i18n.Keys(vigie.FR), i18n.Keys(vigie.EN)
	for key := range maps.Keys(fr) {
		if en[key] == "" || fr[key] == "" {
			t.Errorf("%s is missing in a language", key)
		}
		in := func(s string) []string {
			list := placeholder.FindAllString(s, -1)
			slices.Sort(list)
			return slices.Compact(list)
		}
		if !slices.Equal(in(fr[key]), in(en[key])) {
			t.Errorf("%s: placeholders differ", key)
		}
	}
	for key := range en {
		if _, ok := fr[key]; !ok {
			t.Errorf("%s is missing in French", key)
		}
	}
}

// TestKeysExist: every key that the code names has its sentence, and every
// sentence is named.
func TestKeysExist(t *testing.T) {
	families := map[string]bool{}
	for key := range i18n.Keys(vigie.FR) {
		family, _, _ := strings.Cut(key, ".")
		families[family] = true
	}
	used := map[string]bool{"internal": true, "nothing": true}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range quoted.FindAllSubmatch(data, -1) {
			key := string(m[1])
			family, _, _ := strings.Cut(key, ".")
			if families[family] && !strings.HasSuffix(key, ".go") && !strings.HasSuffix(key, ".csv") && !strings.HasSuffix(key, ".db") {
				used[key] = true
				if i18n.T(vigie.FR, key) == key {
					t.Errorf("%s: %s has no sentence", path, key)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range i18n.Keys(vigie.FR) {
		if !used[key] && !strings.HasPrefix(key, "role.") {
			t.Errorf("%s is never used", key)
		}
	}
}

// TestT fills sentences in both languages, and chooses one as browsers ask.
func TestT(t *testing.T) {
	if s := i18n.T(vigie.FR, "field.taken", "SQL 1"); s != "« SQL 1 » est déjà pris par un autre enregistrement" {
		t.Error(s)
	}
	for n, want := range map[int]string{0: "0 règle prouvée, 0 en échec", 1: "1 règle prouvée, 0 en échec", 2: "2 règles prouvées, 0 en échec"} {
		if s := i18n.T(vigie.FR, "policy.tested", n, 0); s != want {
			t.Errorf("%q, want %q", s, want)
		}
	}
	if s := i18n.T(vigie.EN, "policy.tested", 0, 0); s != "0 rules proved, 0 failed" {
		t.Error(s)
	}
	for header, want := range map[string]vigie.Lang{"": vigie.FR, "en": vigie.EN, "en-GB,fr;q=0.5": vigie.EN, "fr-CA": vigie.FR, "de": vigie.FR, "en_US.UTF-8": vigie.EN, "\x00": vigie.FR, "C.UTF-8": vigie.FR} {
		if got := i18n.Accept(header); got != want {
			t.Errorf("%q gives %s, want %s", header, got, want)
		}
	}
}

// TestNumbers are written as their readers do; texts are left alone.
func TestNumbers(t *testing.T) {
	for n, want := range map[int64][2]string{0: {"0", "0"}, 9999: {"9999", "9999"}, 10000: {"10\u202f000", "10,000"}, 1234567: {"1\u202f234\u202f567", "1,234,567"}, -1234567: {"-1\u202f234\u202f567", "-1,234,567"}} {
		if fr, en := i18n.Number(vigie.FR, n), i18n.Number(vigie.EN, n); fr != want[0] || en != want[1] {
			t.Errorf("%d: %q %q", n, fr, en)
		}
	}
	if got := i18n.T(vigie.FR, "traces.found", int64(1), int64(101075)) + i18n.T(vigie.EN, "traces.number", "101075"); got != "1 événement trouvé sur 101\u202f075no. 101075," {
		t.Error(got)
	}
}
