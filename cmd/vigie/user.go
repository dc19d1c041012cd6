package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/i18n"
	"vigie.example/internal/identity"
)

type userCmd struct {
	Invite  userInviteCmd  `cmd:"" help:"Make an account and show its enrolment link."`
	Renew   userRenewCmd   `cmd:"" help:"Give a new enrolment link to somebody who lost a password."`
	List    userListCmd    `cmd:"" help:"List accounts."`
	Disable userDisableCmd `cmd:"" help:"Close an account and its sessions at once."`
}

type userInviteCmd struct {
	database
	Email string `arg:"" help:"Address, which is the login; the person of the register with that address gives the rights."`
	Name  string `help:"Name of the person." required:""`
	Admin bool   `help:"Administers Vigie: accounts and tokens, not the contents."`
	Audit string `help:"Audits, reading everything, until that day included." placeholder:"DATE"`
	URL   string `help:"Where people reach the server, for the link." default:"http://127.0.0.1:8443" placeholder:"URL"`
}

func (c *userInviteCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	u := identity.User{Email: c.Email, Name: c.Name, Admin: c.Admin}
	if c.Audit != "" {
		d, err := vigie.ParseDay(c.Audit)
		if err != nil {
			return &vigie.Error{Code: vigie.Invalid, Key: "api.day", Args: []any{"--audit", c.Audit}}
		}
		u.AuditorUntil = &d
	}
	link, _, err := a.Accounts(time.Now).Invite(g.ctx, u, actor())
	if err != nil {
		return err
	}
	showLink(g, c.URL, link)
	return nil
}

// showLink prints an enrolment link on the standard output, and what it is for
// beside it.
func showLink(g *global, url, link string) {
	fmt.Fprintln(os.Stderr, i18n.T(g.lang, "user.link"))
	fmt.Println(strings.TrimSuffix(url, "/") + "/welcome/" + link)
}

type userRenewCmd struct {
	database
	Email string `arg:"" help:"Address of the account."`
	URL   string `help:"Where people reach the server, for the link." default:"http://127.0.0.1:8443" placeholder:"URL"`
}

func (c *userRenewCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	link, err := a.Accounts(time.Now).Renew(g.ctx, c.Email, actor())
	if err != nil {
		return err
	}
	showLink(g, c.URL, link)
	return nil
}

type userListCmd struct{ database }

func (c *userListCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := a.Accounts(time.Now).Users(g.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, u := range list {
		state := i18n.T(g.lang, "user.in_use")
		switch {
		case u.DisabledAt != nil:
			state = i18n.T(g.lang, "user.closed")
		case u.PasswordAt == nil:
			state = i18n.T(g.lang, "user.invited")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Email, u.Name, u.Person, state)
	}
	return w.Flush()
}

type userDisableCmd struct {
	database
	Email string `arg:"" help:"Address of the account."`
}

func (c *userDisableCmd) Run(g *global) error {
	a, err := c.open(g.ctx)
	if err != nil {
		return err
	}
	defer a.Close()
	accounts := a.Accounts(time.Now)
	list, err := accounts.Users(g.ctx)
	if err != nil {
		return err
	}
	for _, u := range list {
		if strings.EqualFold(u.Email, c.Email) {
			return accounts.Disable(g.ctx, u.ID, actor())
		}
	}
	return &vigie.Error{Code: vigie.NotFound, Key: "user.unknown"}
}
