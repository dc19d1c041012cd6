package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/agent"
)

type agentCmd struct {
	Server    string        `help:"Address of the server: https://…, or http on this machine." env:"VIGIE_AGENT_SERVER" placeholder:"URL"`
	Token     string        `help:"Enrolment token: needed once. Others on this machine may see it on a command line: prefer --token-file." env:"VIGIE_AGENT_TOKEN" placeholder:"TOKEN"`
	TokenFile string        `help:"File that holds the enrolment token." env:"VIGIE_AGENT_TOKEN_FILE" placeholder:"FILE"`
	CA        string        `name:"ca" help:"Certificates (PEM) of the only authority that may vouch for the server, in place of those of the system." env:"VIGIE_AGENT_CA" placeholder:"FILE"`
	State     string        `help:"Folder of the agent: its token, the reports that wait. Default: /var/lib/vigie-agent for root." env:"VIGIE_AGENT_STATE,STATE_DIRECTORY" placeholder:"DIR"`
	Every     time.Duration `help:"How often to report." default:"1h" env:"VIGIE_AGENT_EVERY"`
	Once      bool          `help:"Report once and end, instead of running as a service."`
	Print     bool          `help:"Show the report as JSON and send nothing."`
	Offline   bool          `help:"Ask nothing to the package archives: the CVE of an update are then known only when apt already downloaded it."`
}

// shortest is how often a machine may report at most.
const shortest = time.Minute

func (c *agentCmd) Run(g *global) error {
	if c.State == "" {
		c.State = agentState()
	}
	root := agent.This()
	root.Online = !c.Offline
	if c.Print {
		return c.print(g, root)
	}
	if c.Every < shortest {
		return &vigie.Error{Code: vigie.Invalid, Key: "agent.every", Args: []any{c.Every.String()}}
	}
	token, err := c.enrolment()
	if err != nil {
		return err
	}
	a, err := agent.New(agent.Config{Server: c.Server, CAFile: c.CA, Enrolment: token, State: c.State, Version: version, Root: root,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	defer a.Close()
	if c.Once {
		return a.Once(g.ctx)
	}
	a.Run(g.ctx, c.Every)
	return nil // stopped by a signal, as services are
}

// print shows what would be sent; it reads the changelogs that the agent
// remembers, and writes nothing.
func (c *agentCmd) print(g *global, root agent.Root) error {
	root.Version, root.Cache, root.ReadOnly = version, agent.ChangelogCache(c.State), true
	report := agent.Collect(g.ctx, root)
	if err := g.ctx.Err(); err != nil {
		return err
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(report)
}

// enrolment returns the enrolment token, from its file when one is named.
func (c *agentCmd) enrolment() (string, error) {
	if c.TokenFile == "" {
		return strings.TrimSpace(c.Token), nil
	}
	data, err := os.ReadFile(c.TokenFile)
	token := strings.TrimSpace(string(data))
	if err != nil || token == "" || len(token) > 1000 {
		return "", &vigie.Error{Code: vigie.Invalid, Key: "agent.token_file", Args: []any{c.TokenFile}, Err: err}
	}
	return token, nil
}

// agentState is the folder of the agent when nobody chose one.
func agentState() string {
	if os.Geteuid() == 0 {
		return "/var/lib/vigie-agent"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(firstOf(os.Getenv("XDG_STATE_HOME"), filepath.Join(home, ".local", "state")), "vigie-agent")
}
