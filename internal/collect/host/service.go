package host

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vigie.example/internal/agent"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// The services that programs and, failing that, ports are known for.
var (
	programs = map[string]string{"sshd": "ssh", "dropbear": "ssh", "telnetd": "telnet", "in.telnetd": "telnet", "vsftpd": "ftp", "proftpd": "ftp", "pure-ftpd": "ftp",
		"xrdp": "rdp", "gnome-remote-desktop-daemon": "rdp", "x11vnc": "vnc", "Xvnc": "vnc", "Xtigervnc": "vnc", "slapd": "ldap", "openvpn": "vpn"}
	services = map[int]string{21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 80: "http", 110: "pop", 143: "imap", 389: "ldap", 443: "https", 465: "smtp", 587: "smtp",
		636: "ldap", 993: "imap", 995: "pop", 3389: "rdp", 5900: "vnc", 8080: "http", 8443: "https"}
	remote = []string{"ssh", "telnet", "vnc", "rdp", "ftp", "vpn"}
)

// ports keeps the services that the machine offers over TCP, to itself or to
// others.
func (t *taker) ports(ctx context.Context) error {
	if !t.report.Ports.Known {
		return nil
	}
	had, err := t.own(ctx, catalog.Endpoint, "asset = :asset")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	known := len(t.mine(maps.Clone(had))) > 0
	for _, p := range t.report.Ports.Value {
		addr, err := netip.ParseAddr(p.Address)
		if err != nil || p.Protocol != "tcp" || p.Port < 1 || p.Port > 65535 {
			continue
		}
		id := key(t.asset, "tcp", addr.WithZone("").String(), strconv.Itoa(p.Port))
		if seen[id] {
			continue
		}
		seen[id] = true
		v := t.endpoint(p, addr, had[id])
		if known {
			t.serviceDiffers(had[id], v)
		}
		if err := t.put(ctx, catalog.Endpoint, id, had[id], v, "observed_at"); err != nil {
			return err
		}
	}
	for id, v := range t.mine(had) {
		if !seen[id] {
			t.serviceDiffers(v, nil)
		}
	}
	return t.sweep(ctx, catalog.Endpoint, had, seen, nil)
}

// endpoint is the record of a service, given what it was. Only what the program
// proves is said of its encryption: the rest is for a scan to find.
func (t *taker) endpoint(p agent.Port, addr netip.Addr, had register.Values) register.Values {
	program := cleaned(p.Program)
	service := programs[program]
	proved := service == "ssh" // there is no SSH in clear
	if service == "" {
		service = services[p.Port]
	}
	if service == "" {
		service = "other"
	}
	name := strings.TrimSpace(program + " tcp " + netip.AddrPortFrom(addr.WithZone(""), uint16(p.Port)).String())
	v := register.Values{"name": name, "asset": t.asset, "port": int64(p.Port), "service": service, "remote_access": slices.Contains(remote, service), "program": text(program), "observed_at": t.at}
	if had == nil {
		v["audience"] = "internal" // a person may say that it is public
		if addr.IsLoopback() {
			v["audience"] = "loopback"
		}
	}
	switch {
	case had != nil && had["program"] != v["program"]: // what was found of another program is not true of this one
		for _, field := range scanned {
			v[field] = nil
		}
	case hasScan(had): // the date is that of the scan
		delete(v, "service") // which found what it really is
		delete(v, "remote_access")
		delete(v, "observed_at")
		return v
	}
	if proved {
		v["encrypted"], v["clear_login"] = true, false
	}
	return v
}

// scanned are the fields that a scan of a service fills.
var scanned = []string{"encrypted", "clear_login", "redirect_only", "weak_protocol", "weak_suite", "weak_key", "weak_signature", "certificate"}

// hasScan says whether a record tells more than a program alone proves.
func hasScan(had register.Values) bool {
	return slices.ContainsFunc(scanned, func(field string) bool {
		return had[field] != nil && !(field == "encrypted" && had[field] == true) && !(field == "clear_login" && had[field] == false)
	})
}

// hints keeps USB volumes and public-cloud clients seen in use, since when, for
// a person to confirm. They stay once they are gone: they were seen.
func (t *taker) hints(ctx context.Context) error {
	if !t.report.StorageHints.Known {
		return nil
	}
	had, err := t.own(ctx, catalog.StorageHint, "asset = :asset")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, h := range t.report.StorageHints.Value {
		kind := option(catalog.StorageHint, "kind", h.Kind)
		id := key(t.asset, h.Kind, strings.Join(strings.Fields(cleaned(h.Name)), "_"))
		if kind == nil || seen[id] {
			continue
		}
		seen[id] = true
		switch last := had[id]; {
		case last == nil:
			err = t.put(ctx, catalog.StorageHint, id, nil, register.Values{"asset": t.asset, "kind": kind, "seen_at": t.at})
		case last["ended_on"] != nil && number(last["ended_on"]) < t.today: // somebody said that it was over
			_, err = t.Update(ctx, catalog.StorageHint, id, 0, register.Values{"ended_on": nil})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
