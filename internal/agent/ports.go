package agent

import (
	"cmp"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// ports lists the sockets that wait for traffic in the network of the agent.
func (m *machine) ports() Fact[[]Port] {
	var sockets []socket
	read := false
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		f, err := m.open("/proc/net/" + protocol)
		if err != nil {
			continue
		}
		read = true
		sockets = append(sockets, parseSockets(io.LimitReader(f, maxFile), strings.TrimSuffix(protocol, "6"))...)
		f.Close()
		if len(sockets) > MaxItems {
			return unknown[[]Port](tooLarge)
		}
	}
	if !read {
		return unknown[[]Port](notReadable)
	}
	wanted := make(map[string]string, len(sockets)) // inode → program
	for _, s := range sockets {
		wanted[s.inode] = ""
	}
	m.owners(wanted)
	ports := make([]Port, 0, len(sockets))
	for _, s := range sockets {
		s.Program = wanted[s.inode]
		ports = append(ports, s.Port)
	}
	slices.SortFunc(ports, func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Program, b.Program))
	})
	return known(slices.Compact(ports))
}

// owners finds the programs that hold sockets. It reads where the descriptors
// and the executable of a process point to, and nothing else of it.
func (m *machine) owners(inodes map[string]string) {
	for _, dir := range m.glob("/proc/[0-9]*") {
		if m.ctx.Err() != nil {
			return
		}
		for _, inode := range m.sockets(dir + "/fd") {
			if program, ok := inodes[inode]; ok && program == "" {
				name := m.executable(dir)
				if name == "" {
					name = m.text(dir + "/comm")
				}
				inodes[inode] = name
			}
		}
	}
}

// sockets lists the inodes of the sockets of a process.
func (m *machine) sockets(dir string) (inodes []string) {
	d, err := os.Open(m.path(dir))
	if err != nil {
		return nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(MaxItems)
	for _, name := range names {
		target, err := os.Readlink(m.path(dir + "/" + name))
		if inode, ok := strings.CutPrefix(target, "socket:["); ok && err == nil {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}

type socket struct {
	Port
	inode string
}

// parseSockets reads the waiting sockets of /proc/net/tcp, tcp6, udp or udp6.
func parseSockets(r io.Reader, protocol string) (sockets []socket) {
	eachLine(r, func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
			return true
		}
		const listening, unconnected = "0A", "07"
		if !(protocol == "tcp" && f[3] == listening) && !(protocol == "udp" && f[3] == unconnected && strings.HasSuffix(f[2], ":0000")) {
			return true
		}
		if local, ok := parseAddress(f[1]); ok && local.Port() > 0 {
			sockets = append(sockets, socket{Port{Protocol: protocol, Address: local.Addr().String(), Port: int(local.Port())}, f[9]})
		}
		return len(sockets) <= MaxItems
	})
	return sockets
}

// parseAddress reads an address as the kernel prints it: 32-bit words in the
// order of the processor (little-endian on every machine that Go's linux/amd64
// and arm64 run on), a colon, the port.
func parseAddress(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	if !ok || err != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, false
	}
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	addr, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), true
}
