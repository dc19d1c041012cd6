// Command vigie runs a company's information-security policy: server, agent and
// tools in one program. This package wires the others and holds no logic.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/i18n"
)

// version is set when the program is built.
var version = "dev"

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the server and its API."`
	Demo    demoCmd    `cmd:"" help:"Fill a database with a sample company and the facts of this machine, show its posture, and serve it."`
	Check   checkCmd   `cmd:"" help:"Judge the rules now, or show a past day. Exit code: 0 conforming, 1 deviations, 2 a check failed."`
	Import  importCmd  `cmd:"" help:"Import a CSV or XLSX file into a register, or undo an import."`
	Export  exportCmd  `cmd:"" help:"Export a register as CSV or XLSX."`
	Policy  policyCmd  `cmd:"" help:"Read a policy document; test, lint and begin rule files."`
	Agent   agentCmd   `cmd:"" help:"Report the facts of this machine to a server."`
	User    userCmd    `cmd:"" help:"Invite people, list and close their accounts."`
	Trace   traceCmd   `cmd:"" help:"The vault of traces: receive events, verify, export evidence."`
	Verify  verifyCmd  `cmd:"" help:"Verify an evidence pack, with no server and no network. Exit code: 0 intact, 1 not."`
	Token   tokenCmd   `cmd:"" help:"Give, list and revoke the tokens of programs."`
	Backup  backupCmd  `cmd:"" help:"Write a backup, while others work. It restores on SQLite and PostgreSQL."`
	Restore restoreCmd `cmd:"" help:"Read a backup into an empty database."`
	Version versionCmd `cmd:"" help:"Show the version."`
}

// global is what every command is given.
type global struct {
	ctx  context.Context
	lang vigie.Lang
}

// database chooses where the data is.
type database struct {
	Data     string `help:"Folder of the data (SQLite)." default:"./vigie-data" env:"VIGIE_DATA" placeholder:"DIR"`
	Database string `help:"PostgreSQL database, instead of --data." env:"VIGIE_DATABASE" placeholder:"URL"`
	Policy   string `help:"Folder of the company's own rules." env:"VIGIE_POLICY" placeholder:"DIR"`
}

func (d database) dsn() string {
	if d.Database != "" {
		return d.Database
	}
	return filepath.Join(d.Data, "vigie.db")
}

func (d database) open(ctx context.Context) (*app.App, error) {
	return app.Open(ctx, d.dsn(), d.Policy)
}

// exitCode ends the program with a code that says something, without a message.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	lang := i18n.Accept(firstOf(os.Getenv("VIGIE_LANG"), os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")))
	var c cli
	k := kong.Parse(&c, kong.Name("vigie"), kong.Description("Vigie runs your security policy."), kong.UsageOnError(), kong.Exit(func(code int) {
		if code != 0 {
			code = 3
		}
		os.Exit(code)
	}))
	err := k.Run(&global{ctx: ctx, lang: lang})
	var code exitCode
	switch {
	case err == nil:
	case errors.As(err, &code):
		os.Exit(int(code))
	case errors.Is(err, context.Canceled):
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "vigie: "+explain(lang, err))
		os.Exit(3)
	}
}

// explain says an error to a person.
func explain(lang vigie.Lang, err error) string {
	e, ok := errors.AsType[*vigie.Error](err)
	if !ok {
		return err.Error()
	}
	sentence, fields := i18n.Error(lang, e)
	if e.Code == vigie.Internal && e.Err != nil {
		sentence += " (" + e.Err.Error() + ")"
	} else if e.Key == "store.cannot_open" && e.Err != nil {
		sentence += " : " + e.Err.Error()
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		sentence += "\n  " + name + ": " + fields[name]
	}
	return sentence
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("vigie", version)
	return nil
}

// day reads a date given on the command line; today when empty.
func day(s string, now time.Time) (vigie.Day, error) {
	if s == "" {
		return vigie.DayOf(now.UTC()), nil
	}
	d, err := vigie.ParseDay(s)
	if err != nil {
		return 0, &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{"--on", s}}
	}
	return d, nil
}

// actor names the person at the command line in the history.
func actor() string { return "cli:" + firstOf(os.Getenv("SUDO_USER"), os.Getenv("USER"), "?") }
