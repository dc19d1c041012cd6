// Package arch holds the order of the packages: each imports only those above
// it in the list of ARCHITECTURE.md. It also holds what every package and every
// register must say of itself.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vigie.example/internal/register/catalog"
	"vigie.example/policy"
)

const module = "vigie.example"

// order is the list of ARCHITECTURE.md.
var order = []string{
	"", "policy", "evidence", "internal/store", "internal/store/storetest", "internal/trace/line", "internal/trace/access", "internal/trace/bucket", "internal/trace/bucket/buckettest", "internal/trace", "internal/trace/intake", "internal/trace/search", "internal/trace/feed", "internal/i18n", "internal/identity", "internal/register", "internal/register/catalog",
	"internal/control", "internal/trail", "internal/document", "internal/agent", "internal/collect/host", "internal/collect/traces", "internal/app", "internal/sample", "internal/api", "internal/web", "internal/web/build", "internal/bench", "cmd/vigie",
}

// forbidden are imports that the order allows and the design does not.
var forbidden = map[string][]string{
	"internal/agent": {"internal/store", "internal/register", "internal/register/catalog", "internal/control", "internal/identity", "internal/document", "policy"},
}

func TestImportOrder(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		pkg, err := filepath.Rel("../..", filepath.Dir(path))
		if err != nil {
			return err
		}
		pkg = strings.TrimPrefix(filepath.ToSlash(pkg), ".")
		if pkg == "internal/arch" {
			return nil
		}
		at := slices.Index(order, pkg)
		if at < 0 {
			t.Errorf("package %s is not in the order", pkg)
			return nil
		}
		if strings.HasSuffix(path, "_test.go") { // tests may stand on anything
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			rest, ours := strings.CutPrefix(name, module)
			if !ours {
				continue
			}
			rest = strings.TrimPrefix(rest, "/")
			if to := slices.Index(order, rest); to >= at {
				t.Errorf("%s imports %s, which is not above it", path, name)
			}
			if slices.Contains(forbidden[pkg], rest) {
				t.Errorf("%s may not import %s", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPackagesSayWhatTheyAreFor holds that each package has one comment.
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for _, pkg := range order {
		files, err := filepath.Glob(filepath.Join("../..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			if doc := (*ast.CommentGroup)(file.Doc); doc != nil && !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(path, "_templ.go") {
				n++
			}
		}
		if len(files) > 0 && n != 1 {
			t.Errorf("package %s has %d comments, want one", pkg, n)
		}
	}
}

// TestRegisters holds what the rest relies on: references lead somewhere, a
// title exists, both languages are there, the rules served exist.
func TestRegisters(t *testing.T) {
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range rules {
		known[string(r.ID)] = true
	}
	if tests, _ := filepath.Glob("../register/catalog/*_test.go"); len(tests) > 0 {
		t.Errorf("%v: Go leaves such files out of the program, and their registers with them", tests)
	}
	for _, r := range catalog.All() {
		r.Title()
		if len(r.Label.Missing()) > 0 || len(r.Serves) == 0 {
			t.Errorf("%s: wants a label in both languages and the rules it serves", r.ID)
		}
		for _, id := range r.Serves {
			if !known[string(id)] && id != "0" && id != "4" { // framing chapters that judge nothing
				t.Errorf("%s serves %s, which is not a rule", r.ID, id)
			}
		}
		for _, f := range r.Fields {
			if len(f.Label.Missing()) > 0 {
				t.Errorf("%s.%s: label", r.ID, f.Name)
			}
			if f.To != "" && catalog.Get(f.To) == nil {
				t.Errorf("%s.%s refers to %s, which is no register", r.ID, f.Name, f.To)
			}
			for _, o := range f.Options {
				if len(o.Label.Missing()) > 0 {
					t.Errorf("%s.%s=%s: label", r.ID, f.Name, o.Value)
				}
			}
		}
	}
}
