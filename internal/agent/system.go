package agent

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"
)

// appID is what makes the machine id of Vigie differ from that of any other
// application on the same machine.
var appID = []byte{0x5c, 0x0d, 0x9e, 0x41, 0x7b, 0x3a, 0x4f, 0x62, 0x8e, 0x15, 0xd2, 0x90, 0x66, 0xab, 0x1f, 0x37}

// machineID derives an id from /etc/machine-id as sd_id128_get_machine_app_specific
// does; it returns "" when the machine has none.
func (m *machine) machineID() string {
	raw, err := hex.DecodeString(m.text("/etc/machine-id"))
	if err != nil || len(raw) != 16 || slices.Max(raw) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write(appID)
	return uuid(mac.Sum(nil))
}

// uuid gives the first 16 bytes of b the form of a version 4 UUID, without dashes.
func uuid(b []byte) string {
	b = slices.Clone(b[:16])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return hex.EncodeToString(b)
}

// noHostname names a machine that has no name.
const noHostname = "localhost"

func (m *machine) hostname() string {
	return cmp.Or(m.text("/proc/sys/kernel/hostname"), m.text("/etc/hostname"), noHostname)
}

// noSerials are what makers leave in place of a serial number.
var noSerials = []string{"", "0", "none", "default string", "to be filled by o.e.m.", "system serial number", "not specified", "not applicable", "n/a", "na", "unknown", "chassis serial number", "0123456789", "123456789"}

// serial returns the serial number of the machine, "" when it has none of its own.
func (m *machine) serial() string {
	s := m.text("/sys/class/dmi/id/product_serial")
	if slices.Contains(noSerials, strings.ToLower(s)) || strings.Trim(s, "0.-_ ") == "" {
		return ""
	}
	return s
}

func (m *machine) os() Fact[OS] {
	kv, err := m.settings("/etc/os-release")
	if err != nil {
		kv, err = m.settings("/usr/lib/os-release")
	}
	if err != nil || kv["ID"] == "" {
		return unknown[OS](noOSRelease)
	}
	os := OS{ID: kv["ID"], Version: kv["VERSION_ID"], Name: kv["PRETTY_NAME"], Codename: kv["VERSION_CODENAME"], Kernel: m.text("/proc/sys/kernel/osrelease")}
	if os.Name == "" {
		os.Name = kv["NAME"]
	}
	return known(os)
}

func (m *machine) support(os Fact[OS]) Fact[Support] {
	if !os.Known {
		return unknown[Support](os.Reason)
	}
	var s Support
	file := "/usr/share/distro-info/" + os.Value.ID + ".csv"
	reason := noSupportData
	if !strings.Contains(os.Value.ID, "/") {
		if f, err := m.open(file); err == nil {
			s, reason = parseDistroInfo(io.LimitReader(f, 1<<20), os.Value)
			f.Close()
			s.SourceAt = m.modified(file)
		}
	}
	if reason != "" {
		kv, _ := m.settings("/etc/os-release")
		if _, err := time.Parse(time.DateOnly, kv["SUPPORT_END"]); err != nil {
			return unknown[Support](reason)
		}
		s = Support{SupportedUntil: kv["SUPPORT_END"], Source: "os-release", SourceAt: m.modified("/etc/os-release")}
	}
	switch today := m.now.Format(time.DateOnly); {
	case today <= s.SupportedUntil:
		s.State = "supported"
	case today <= s.ExtendedUntil:
		s.State = "extended"
	default:
		s.State = "ended"
	}
	return known(s)
}

// parseDistroInfo finds the line of a system in a file of distro-info-data.
// The reason is "" when the end of its support is found.
func parseDistroInfo(r io.Reader, os OS) (s Support, reason string) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	c.LazyQuotes = true
	head, err := c.Read()
	if err != nil {
		return s, malformed
	}
	for {
		line, err := c.Read()
		if err == io.EOF {
			return s, noSupportData
		}
		if err != nil {
			return s, malformed
		}
		field := func(names ...string) string {
			for _, name := range names {
				if i := slices.Index(head, name); i >= 0 && i < len(line) && line[i] != "" {
					return line[i]
				}
			}
			return ""
		}
		version, _, _ := strings.Cut(field("version"), " ") // "24.04 LTS"
		if !(os.Version != "" && version == os.Version) && !(os.Version == "" && os.Codename != "" && field("series") == os.Codename) {
			continue
		}
		s = Support{SupportedUntil: field("eol"), ExtendedUntil: field("eol-lts", "eol-esm"), Source: "distro-info-data"}
		for _, day := range []*string{&s.SupportedUntil, &s.ExtendedUntil} {
			if _, err := time.Parse(time.DateOnly, *day); err != nil {
				*day = ""
			}
		}
		if s.SupportedUntil == "" {
			return Support{}, noEndDate
		}
		return s, ""
	}
}

// The chassis types of SMBIOS that tell the kind of a machine.
var chassis = map[string]string{
	"3": "workstation", "4": "workstation", "5": "workstation", "6": "workstation", "7": "workstation",
	"13": "workstation", "15": "workstation", "16": "workstation", "24": "workstation", "35": "workstation", "36": "workstation",
	"8": "laptop", "9": "laptop", "10": "laptop", "14": "laptop", "31": "laptop", "32": "laptop",
	"30": "tablet",
	"17": "server", "23": "server", "25": "server", "28": "server", "29": "server",
}

func (m *machine) machine() Machine {
	const dmi = "/sys/class/dmi/id/"
	v := Machine{Vendor: m.text(dmi + "sys_vendor"), Model: m.text(dmi + "product_name"), Serial: m.serial(), MACs: []string{}}
	for _, card := range m.glob("/sys/class/net/*/device") { // no bridge, tunnel or loopback
		if mac := m.text(strings.TrimSuffix(card, "device") + "address"); mac != "" && mac != "00:00:00:00:00:00" {
			v.MACs = append(v.MACs, mac)
		}
	}
	kind := chassis[m.text(dmi+"chassis_type")]
	switch {
	case m.contained():
		kind = "container"
	case m.virtual(v):
		kind = "virtual"
	}
	v.Kind = known(kind)
	if kind == "" {
		v.Kind = unknown[string](noChassis)
	}
	return v
}

// contained says whether the machine is a container, which does not see what
// its host does for it. A virtual machine started from the image of a container
// keeps the mark of Docker, and has a disk of its own.
func (m *machine) contained() bool {
	if m.exists("/run/systemd/container") || m.exists("/run/.containerenv") {
		return true
	}
	return m.exists("/.dockerenv") && !slices.ContainsFunc(m.mounted, func(mt mount) bool {
		return mt.point == "/" && mt.root == "/" && !strings.HasPrefix(mt.number, "0:")
	})
}

// virtual tells whether the processor or the firmware names a hypervisor.
func (m *machine) virtual(v Machine) bool {
	firmware := strings.ToLower(v.Vendor + " " + v.Model)
	for _, name := range []string{"qemu", "kvm", "vmware", "virtualbox", "virtual machine", "xen", "bochs", "openstack", "amazon ec2", "google compute", "bhyve", "parallels"} {
		if strings.Contains(firmware, name) {
			return true
		}
	}
	found := false
	m.lines("/proc/cpuinfo", func(line string) bool {
		if strings.HasPrefix(line, "flags") {
			found = slices.Contains(strings.Fields(line), "hypervisor")
			return false
		}
		return true
	})
	return found
}
