package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/control"
	"vigie.example/internal/i18n"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/policy"
)

type policyCmd struct {
	Test   policyTestCmd   `cmd:"" help:"Prove rules on their own cases."`
	Lint   policyLintCmd   `cmd:"" help:"Check the form of rules."`
	New    policyNewCmd    `cmd:"" help:"Begin a rule file."`
	Import policyImportCmd `cmd:"" help:"Read a policy document (text, DOCX, PDF) and show what was understood."`
}

type policyTestCmd struct {
	Policy string `help:"Folder of the company's own rules." env:"VIGIE_POLICY" placeholder:"DIR"`
	Rule   string `arg:"" optional:"" help:"Only this rule."`
}

func (c *policyTestCmd) Run(g *global) error {
	rules, err := policy.Load(c.Policy)
	if err != nil {
		return err
	}
	db, err := store.Open(g.ctx, ":memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := store.Migrate(g.ctx, db, app.SchemaVersion, app.Tables()); err != nil {
		return err
	}
	proof := &control.Proof{DB: db, Catalog: catalog.All()}
	tested, failed := 0, 0
	for _, r := range rules {
		if c.Rule != "" && string(r.ID) != c.Rule {
			continue
		}
		tested++
		wrong := append(control.Lint([]*policy.Rule{r}, catalog.All()), proof.Rule(g.ctx, r)...)
		if len(wrong) > 0 {
			failed++
		}
		for _, w := range wrong {
			shown("%s: %s", r.ID, strings.TrimPrefix(w, r.File+": "))
		}
	}
	if tested == 0 {
		return &vigie.Error{Code: vigie.NotFound, Key: "rule.unknown", Args: []any{c.Rule}}
	}
	shown("%s", i18n.T(g.lang, "policy.tested", tested, failed))
	if failed > 0 {
		return exitCode(1)
	}
	return nil
}

type policyLintCmd struct {
	Policy string `help:"Folder of the company's own rules." env:"VIGIE_POLICY" placeholder:"DIR"`
}

func (c *policyLintCmd) Run(g *global) error {
	rules, err := policy.Load(c.Policy)
	if err != nil {
		return err
	}
	wrong := control.Lint(rules, catalog.All())
	for _, w := range wrong {
		shown("%s", w)
	}
	if len(wrong) > 0 {
		return exitCode(1)
	}
	shown("%s", i18n.T(g.lang, "policy.linted", len(rules)))
	return nil
}

type policyNewCmd struct {
	Policy string `help:"Folder of the company's own rules." env:"VIGIE_POLICY" default:"." placeholder:"DIR"`
	ID     string `arg:"" help:"Id of the rule: 9.5.5 to replace ours, ACME.1 for one of yours."`
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

func (c *policyNewCmd) Run(g *global) error {
	if !fileName.MatchString(c.ID) {
		return &vigie.Error{Code: vigie.Invalid, Key: "policy.bad_id", Args: []any{c.ID}}
	}
	if err := os.MkdirAll(c.Policy, 0o755); err != nil {
		return err
	}
	name := filepath.Join(c.Policy, c.ID+".yaml")
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return &vigie.Error{Code: vigie.Conflict, Key: "policy.file_exists", Args: []any{name}}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, policy.Template, c.ID)
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		shown("%s", i18n.T(g.lang, "policy.begun", name, c.Policy))
	}
	return err
}
