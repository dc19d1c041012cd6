package agent

import (
	"encoding/json"
	"slices"
	"strings"
)

// A ruleset is what a firewall does of the packets that come to this machine:
// its chains by name, and where the kernel begins.
type ruleset struct {
	chains map[string]*chain
	inputs []string // chains that packets for this machine enter, of IPv4
}

// A chain is the part of its rules that decides of packets from anywhere, in
// order. Rules against chosen addresses or ports are left out: they do not make
// a firewall.
type chain struct {
	steps  []step
	policy outcome
}

// A step is a rule: an outcome, or another chain to go through.
type step struct {
	outcome outcome
	jump    string
	partial bool // only for the packets of one card
}

// An outcome is what becomes of a packet that no rule names.
type outcome int

const (
	goesOn outcome = iota
	accepted
	refused
)

func (r *ruleset) chain(name string) *chain {
	c := r.chains[name]
	if c == nil {
		if r.chains == nil {
			r.chains = map[string]*chain{}
		}
		c = &chain{}
		r.chains[name] = c
	}
	return c
}

// refusesByDefault says that a packet that no rule names is refused.
func (r *ruleset) refusesByDefault() bool {
	known := map[string]outcome{}
	return slices.ContainsFunc(r.inputs, func(name string) bool { return r.through(name, known) == refused })
}

// through follows a packet through a chain. A partial rule may refuse for all:
// the other cards have rules alike; it may not accept for all.
func (r *ruleset) through(name string, known map[string]outcome) outcome {
	if o, ok := known[name]; ok {
		return o
	}
	known[name] = goesOn // a chain that leads to itself
	c := r.chains[name]
	if c == nil {
		return goesOn
	}
	o := c.policy
	for _, s := range c.steps {
		got := s.outcome
		if s.jump != "" {
			got = r.through(s.jump, known)
		}
		if got == refused || got == accepted && !s.partial {
			o = got
			break
		}
	}
	known[name] = o
	return o
}

// firewall asks the kernel, through the tools that are installed, what it does
// of packets that come in. Configuration files are not believed: they say what
// somebody wanted.
func (m *machine) firewall() Fact[Firewall] {
	v := Firewall{Tools: []string{}}
	asked, failed := 0, ""
	ask := func(tool string, parse func([]byte) (*ruleset, error), command ...string) {
		if !m.has(command[0]) {
			return
		}
		asked++
		out, err := m.run(command[0], command[1:]...)
		if err != nil {
			failed = m.why(err, commandFailed)
			return
		}
		rules, err := parse(out)
		if err != nil {
			failed = malformed
			return
		}
		if rules.refusesByDefault() {
			v.Active = true
			v.Tools = append(v.Tools, rules.owner(tool))
		}
	}
	ask("nftables", parseNft, "nft", "-j", "list", "ruleset")
	ask("iptables", parseIptables, "iptables-save")
	ask("iptables", parseIptables, "iptables-legacy-save")
	slices.Sort(v.Tools)
	v.Tools = slices.Compact(v.Tools)
	switch {
	case v.Active:
		return known(v)
	case asked == 0:
		return unknown[Firewall](noFirewallTool)
	case failed != "":
		return unknown[Firewall](failed)
	}
	return known(v)
}

// owner names the program that wrote the rules, when their names tell it.
func (r *ruleset) owner(tool string) string {
	for name := range r.chains {
		switch {
		case strings.Contains(name, "ufw-"):
			return "ufw"
		case strings.Contains(name, "firewalld"), strings.HasPrefix(name, "INPUT_ZONES"):
			return "firewalld"
		}
	}
	return tool
}

// An nftObject is one line of nft -j list ruleset.
type nftObject struct {
	Chain *struct {
		Family, Table, Name, Hook, Policy string
	}
	Rule *struct {
		Family, Table, Chain string
		Expr                 []map[string]json.RawMessage
	}
}

// parseNft reads the answer of nft -j list ruleset.
func parseNft(data []byte) (*ruleset, error) {
	var answer struct{ Nftables []nftObject }
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, err
	}
	r := &ruleset{}
	for _, o := range answer.Nftables {
		switch {
		case o.Chain != nil && o.Chain.Family != "bridge" && o.Chain.Family != "arp":
			name := o.Chain.Family + " " + o.Chain.Table + " " + o.Chain.Name
			if c := r.chain(name); o.Chain.Policy == "drop" {
				c.policy = refused
			}
			if o.Chain.Hook == "input" && o.Chain.Family != "ip6" {
				r.inputs = append(r.inputs, name)
			}
		case o.Rule != nil:
			table := o.Rule.Family + " " + o.Rule.Table + " "
			c := r.chain(table + o.Rule.Chain)
			c.steps = append(c.steps, nftSteps(o.Rule.Expr, table)...)
		}
	}
	return r, nil
}

// nftSteps takes from a rule what it decides of packets from anywhere.
func nftSteps(expr []map[string]json.RawMessage, table string) []step {
	var s step
	for _, e := range expr {
		for what, v := range e {
			switch what {
			case "counter", "log":
			case "drop", "reject":
				s.outcome = refused
				return []step{s}
			case "accept":
				s.outcome = accepted
				return []step{s}
			case "jump", "goto":
				var to struct{ Target string }
				if json.Unmarshal(v, &to) != nil || to.Target == "" {
					return nil
				}
				s.jump = table + to.Target
				return []step{s}
			case "vmap":
				return zones(v, table)
			case "match":
				every, some := broad(v)
				if !every && !some {
					return nil
				}
				s.partial = s.partial || !every
			default:
				return nil // a limit, a set, an address translation…
			}
		}
	}
	return nil
}

// An nftMatch is what a rule of nft compares.
type nftMatch struct {
	Op   string
	Left struct {
		Meta struct{ Key string }
		CT   struct{ Key string }
	}
	Right json.RawMessage
}

// broad says whether a condition holds for every new packet of IPv4 from
// outside, or for some of them whatever their origin: those of a card.
func broad(data json.RawMessage) (every, some bool) {
	var v nftMatch
	if json.Unmarshal(data, &v) != nil {
		return false, false
	}
	right := string(v.Right)
	switch key := v.Left.Meta.Key; {
	case key == "iifname" || key == "iif":
		return v.Op == "!=" && right == `"lo"`, v.Op == "!=" || right != `"lo"`
	case key == "nfproto":
		return right == `"ipv4"`, false
	case v.Left.CT.Key == "state":
		return strings.Contains(right, `"new"`) != (v.Op == "!="), false
	}
	return false, false
}

// zones lists the chains that a map of cards leads to, as firewalld writes them.
func zones(data json.RawMessage, table string) (steps []step) {
	var v struct {
		Key  struct{ Meta struct{ Key string } }
		Data struct{ Set [][]json.RawMessage }
	}
	if json.Unmarshal(data, &v) != nil || !strings.HasPrefix(v.Key.Meta.Key, "iif") {
		return nil
	}
	for _, pair := range v.Data.Set {
		var to struct{ Jump, Goto struct{ Target string } }
		if len(pair) == 2 && string(pair[0]) != `"lo"` && json.Unmarshal(pair[1], &to) == nil {
			if target := to.Jump.Target + to.Goto.Target; target != "" {
				steps = append(steps, step{jump: table + target, partial: true})
			}
		}
	}
	return steps
}

// parseIptables reads the answer of iptables-save.
func parseIptables(data []byte) (*ruleset, error) {
	r := &ruleset{}
	filter := false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "*"):
			filter = line == "*filter"
		case !filter:
		case strings.HasPrefix(line, ":"):
			f := strings.Fields(line[1:])
			if len(f) < 2 {
				continue
			}
			if c := r.chain(f[0]); f[1] == "DROP" {
				c.policy = refused
			}
			if f[0] == "INPUT" {
				r.inputs = append(r.inputs, f[0])
			}
		case strings.HasPrefix(line, "-A "):
			r.appendRule(quotedFields(line))
		}
	}
	return r, nil
}

// appendRule takes from -A CHAIN … -j TARGET what it decides of packets from
// anywhere.
func (r *ruleset) appendRule(f []string) {
	if len(f) < 4 {
		return
	}
	target, not, s := "", false, step{}
	for i := 2; i+1 < len(f); i++ {
		value := f[i+1]
		switch f[i] {
		case "!":
			not = true
			continue
		case "-m", "--comment", "--reject-with", "--log-prefix", "--log-level":
		case "-i":
			if value == "lo" && !not {
				return
			}
			s.partial = s.partial || value != "lo"
		case "--state", "--ctstate":
			if slices.Contains(strings.Split(value, ","), "NEW") == not {
				return
			}
		case "-j", "-g":
			target = value
		default:
			return // an address, a port, a limit: not every packet
		}
		not = false
		i++
	}
	switch target {
	case "DROP", "REJECT":
		s.outcome = refused
	case "ACCEPT":
		s.outcome = accepted
	case "", "RETURN", "LOG", "NFLOG":
		return
	default:
		s.jump = target
	}
	c := r.chain(f[1])
	c.steps = append(c.steps, s)
}

// quotedFields cuts a line at its spaces, and keeps "what is between quotes".
func quotedFields(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && r == ' '
	})
}
