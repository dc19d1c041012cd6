package agent

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// A mount is a mounted file system or a swap area.
type mount struct {
	device string // as mounted: /dev/mapper/vg-root, rpool/ROOT, overlay
	number string // major:minor; 0:… when there is no one device
	root   string // the part of the file system that is mounted
	point  string // swap for a swap area
	kind   string // ext4, zfs, swap…
}

// onDisk are the file systems that keep data on the storage of the machine.
// Read-only images (squashfs, iso9660) hold nothing of the company.
var onDisk = []string{"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "nilfs2", "reiserfs", "bcachefs", "ntfs", "ntfs3", "fuseblk", "vfat", "exfat", "hfsplus", "zfs", "swap"}

// mounts reads the mounted file systems and the swap areas.
func (m *machine) mounts() []mount {
	var mounts []mount
	m.lines("/proc/self/mountinfo", func(line string) bool {
		if v, ok := parseMount(line); ok {
			mounts = append(mounts, v)
		}
		return len(mounts) < MaxItems
	})
	m.lines("/proc/swaps", func(line string) bool {
		f := strings.Fields(line)
		// A swap file is on a file system of its own, compressed memory on no disk.
		if len(f) >= 2 && f[1] == "partition" && !strings.HasPrefix(path.Base(f[0]), "zram") {
			mounts = append(mounts, mount{device: unescape(f[0]), root: "/", point: "swap", kind: "swap"})
		}
		return len(mounts) < MaxItems
	})
	return mounts
}

// 36 35 98:0 /mnt1 /mnt/data rw,noatime master:1 - ext4 /dev/sda1 rw
func parseMount(line string) (v mount, ok bool) {
	before, after, ok := strings.Cut(line, " - ")
	left, right := strings.Fields(before), strings.Fields(after)
	if !ok || len(left) < 5 || len(right) < 2 {
		return v, false
	}
	return mount{device: unescape(right[1]), number: left[2], root: unescape(left[3]), point: unescape(left[4]), kind: clean(right[0])}, true
}

// unescape reads the \040 that the kernel writes for a space in a path.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return clean(b.String())
}

// An encryption is what is known of the encryption of a volume.
type encryption struct {
	on       Fact[bool]
	method   string     // LUKS2, PLAIN…
	cipher   string     // aes-xts-plain64, 512
	reliable Fact[bool] // AES with keys of 128 bits or more
}

var (
	inClear  = encryption{on: known(false), reliable: unknown[bool](noCipher)}
	unclear  = encryption{on: unknown[bool](unknownDevice), reliable: unknown[bool](noCipher)}
	unjudged = encryption{on: known(true), reliable: known(true)} // of no device at all
)

// and joins what is known of two devices under one volume: the weaker counts.
func (e encryption) and(other encryption) encryption {
	e.on = both(e.on, other.on)
	e.reliable = both(e.reliable, other.reliable)
	if e.method == "" {
		e.method, e.cipher = other.method, other.cipher
	}
	if !e.on.Known || !e.on.Value {
		e.method, e.cipher = "", ""
	}
	return e
}

// both is true when both are; one that is false is enough to say no.
func both(a, b Fact[bool]) Fact[bool] {
	switch {
	case a.Known && !a.Value:
		return a
	case b.Known && !b.Value, !b.Known:
		return b
	}
	return a
}

// diskEncryption tells which volumes are encrypted by this system. What a disk,
// a hypervisor or the host of a container encrypts below cannot be seen here: a
// plain volume of a disk is known to be plain for this system, storage that
// /sys does not describe is unknown.
func (m *machine) diskEncryption() Fact[DiskEncryption] {
	v := DiskEncryption{Reliable: known(true)}
	zfs := m.zfsEncryption()
	m.ciphers = m.readCiphers()
	seen := map[string]bool{}
	for _, mt := range m.mounted {
		if !m.judged(mt) || seen[mt.device] {
			continue
		}
		seen[mt.device] = true
		e := unclear
		if mt.kind == "zfs" {
			e = zfs(mt.device)
		} else if names := m.devices(mt); len(names) > 0 {
			e = m.encrypted(names, 0)
		}
		v.Volumes = append(v.Volumes, Volume{Device: mt.device, Mount: mt.point, Type: mt.kind, Encrypted: e.on, Method: e.method, Cipher: e.cipher})
		if e.on.Known && e.on.Value {
			v.Reliable = both(v.Reliable, e.reliable)
		}
		if len(v.Volumes) > MaxItems {
			return unknown[DiskEncryption](tooLarge)
		}
	}
	return wholeEncryption(v)
}

// wholeEncryption sums the volumes up: one in clear is enough to say no, and
// one that is unknown enough not to say yes. When nothing is known of the root,
// nothing is said at all.
func wholeEncryption(v DiskEncryption) Fact[DiskEncryption] {
	if len(v.Volumes) == 0 {
		return unknown[DiskEncryption](noFilesystem)
	}
	all := known(true)
	for _, volume := range v.Volumes {
		if !volume.Encrypted.Known && volume.Mount == "/" {
			return unknown[DiskEncryption](volume.Encrypted.Reason)
		}
		all = both(all, volume.Encrypted)
	}
	if !all.Known {
		return unknown[DiskEncryption](all.Reason)
	}
	v.Encrypted = all.Value
	if !v.Encrypted {
		v.Reliable = unknown[bool](noCipher)
	}
	return known(v)
}

// judged says whether a mount is storage of the machine that must be encrypted.
func (m *machine) judged(mt mount) bool {
	if mt.point == "/" {
		return mt.kind != "rootfs" // memory, under the real root
	}
	if !slices.Contains(onDisk, mt.kind) || mt.point == "/boot" || mt.point == "/efi" || strings.HasPrefix(mt.point, "/boot/") {
		return false
	}
	if mt.root != "/" && mt.kind != "btrfs" { // a part of a file system, bound elsewhere
		return false
	}
	system := slices.Contains([]string{"swap", "/usr", "/var", "/home", "/srv", "/opt"}, mt.point)
	return system || !m.removable(m.block(mt))
}

// devices lists the block devices that a file system is on, under
// /sys/class/block; none when they are not described.
func (m *machine) devices(mt mount) []string {
	name := m.block(mt)
	if name == "" {
		return nil
	}
	names := []string{name}
	if mt.kind == "btrfs" { // the other devices of the same file system
		for _, d := range m.glob("/sys/fs/btrfs/*/devices/" + name) {
			for _, other := range m.glob(path.Dir(d) + "/*") {
				names = append(names, path.Base(other))
			}
		}
	}
	return names
}

// block returns the name under /sys/class/block of the device of a mount, ""
// when there is none.
func (m *machine) block(mt mount) string {
	if mt.number != "" && !strings.HasPrefix(mt.number, "0:") {
		if name := path.Base(m.link("/sys/dev/block/" + mt.number)); m.isBlock(name) {
			return name
		}
	}
	name, ok := strings.CutPrefix(mt.device, "/dev/")
	if !ok {
		return ""
	}
	if mapped, ok := strings.CutPrefix(name, "mapper/"); ok {
		for _, file := range m.glob("/sys/class/block/dm-*/dm/name") {
			if m.text(file) == mapped {
				return path.Base(path.Dir(path.Dir(file)))
			}
		}
	}
	if target := m.link(mt.device); target != "" { // /dev/vg/root → ../dm-0
		name = path.Base(target)
	}
	if name = strings.ReplaceAll(name, "/", "!"); m.isBlock(name) { // /dev/cciss/c0d0 is cciss!c0d0
		return name
	}
	return ""
}

func (m *machine) isBlock(name string) bool {
	return name != "" && name != "." && name != "/" && m.exists("/sys/class/block/"+name)
}

// maxLayers bounds the devices built on devices: LVM on LUKS on RAID is three.
const maxLayers = 16

// methods are the kinds of dm-crypt device, from the beginning of their uuid.
// CRYPT-VERITY and CRYPT-INTEGRITY check data and do not encrypt it.
var methods = map[string]string{"LUKS1": "LUKS1", "LUKS2": "LUKS2", "PLAIN": "PLAIN", "BITLK": "BitLocker", "TCRYPT": "VeraCrypt", "FVAULT2": "FileVault", "LOOPAES": "loop-AES"}

// encrypted tells whether all of these devices are, directly or through all the
// devices that they are made of.
func (m *machine) encrypted(names []string, layer int) encryption {
	e := unjudged
	for _, name := range names {
		e = e.and(m.deviceEncryption(name, layer))
	}
	return e
}

func (m *machine) deviceEncryption(name string, layer int) encryption {
	dir := "/sys/class/block/" + name
	if !m.isBlock(name) || layer > maxLayers {
		return unclear
	}
	if uuid, ok := strings.CutPrefix(m.text(dir+"/dm/uuid"), "CRYPT-"); ok {
		kind, _, _ := strings.Cut(uuid, "-")
		if how := methods[kind]; how != "" {
			c := m.ciphers[m.text(dir+"/dm/name")]
			return encryption{on: known(true), method: how, cipher: c.name, reliable: c.reliable()}
		}
	}
	var below []string
	for _, slave := range m.glob(dir + "/slaves/*") {
		below = append(below, path.Base(slave))
	}
	switch {
	case len(below) > 0:
		return m.encrypted(below, layer+1)
	case m.exists(dir + "/dm"): // a device-mapper device on nothing
		return unclear
	}
	return inClear
}

// A cipher is what a volume is encrypted with.
type cipher struct {
	name string // aes-xts-plain64
	bits int    // of the key; XTS uses one half of it
}

// reliable says whether it is AES with 128 bits or more.
func (c cipher) reliable() Fact[bool] {
	bits := c.bits
	if strings.Contains(c.name, "xts") {
		bits /= 2
	}
	if c.name == "" || c.bits == 0 {
		return unknown[bool](noCipher)
	}
	return known(strings.Contains(c.name, "aes") && bits >= 128)
}

// readCiphers asks device-mapper for its ciphers; it shows zeros in place of keys.
func (m *machine) readCiphers() map[string]cipher {
	out, err := m.run("dmsetup", "table", "--target", "crypt")
	if err != nil {
		return nil
	}
	return parseCiphers(string(out))
}

// parseCiphers reads lines of dmsetup table:
// "home: 0 976738304 crypt aes-xts-plain64 :64:logon:cryptsetup:… 0 8:3 32768";
// the key is its bytes in hexadecimal, or :bytes: and its place in the kernel.
func parseCiphers(out string) map[string]cipher {
	ciphers := map[string]cipher{}
	for line := range strings.Lines(out) {
		name, table, ok := strings.Cut(line, ": ")
		f := strings.Fields(table)
		if !ok || len(f) < 5 || f[2] != "crypt" || len(ciphers) >= MaxItems {
			continue
		}
		size := len(f[4]) / 2
		if place, ok := strings.CutPrefix(f[4], ":"); ok {
			digits, _, _ := strings.Cut(place, ":")
			size, _ = strconv.Atoi(digits)
		}
		if size > 0 && size <= 1024 {
			ciphers[clean(name)] = cipher{name: clean(f[3]), bits: 8 * size}
		}
	}
	return ciphers
}

// removable says whether a block device can be taken away: on USB, or with a
// removable medium.
func (m *machine) removable(name string) bool {
	if name == "" {
		return false
	}
	return m.onUSB(name) || m.text("/sys/class/block/"+m.disk(name)+"/removable") == "1"
}

func (m *machine) onUSB(name string) bool {
	if strings.Contains(m.link("/sys/class/block/"+name), "/usb") {
		return true
	}
	slaves := m.glob("/sys/class/block/" + name + "/slaves/*") // an encrypted stick
	return len(slaves) == 1 && strings.Contains(m.link("/sys/class/block/"+path.Base(slaves[0])), "/usb")
}

// disk returns the disk that a partition is on.
func (m *machine) disk(name string) string {
	if m.exists("/sys/class/block/" + name + "/partition") {
		if parent := path.Base(path.Dir(m.link("/sys/class/block/" + name))); m.isBlock(parent) {
			return parent
		}
	}
	if slaves := m.glob("/sys/class/block/" + name + "/slaves/*"); len(slaves) == 1 && path.Base(slaves[0]) != name {
		return m.disk(path.Base(slaves[0]))
	}
	return name
}

// zfsEncryption asks zfs which datasets are encrypted.
func (m *machine) zfsEncryption() func(dataset string) encryption {
	ciphers := map[string]string{}
	if slices.ContainsFunc(m.mounted, func(mt mount) bool { return mt.kind == "zfs" }) {
		if out, err := m.run("zfs", "get", "-H", "-o", "name,value", "encryption"); err == nil {
			ciphers = parseZFS(string(out))
		}
	}
	return func(dataset string) encryption {
		switch name := ciphers[dataset]; {
		case name == "" || name == "-":
			return unclear
		case name == "off":
			return inClear
		case strings.HasPrefix(name, "aes-"): // of 128, 192 or 256 bits
			return encryption{on: known(true), method: "ZFS", cipher: name, reliable: known(true)}
		default:
			return encryption{on: known(true), method: "ZFS", cipher: name, reliable: unknown[bool](noCipher)}
		}
	}
}

func parseZFS(out string) map[string]string {
	ciphers := map[string]string{}
	for line := range strings.Lines(out) {
		if name, cipher, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && len(ciphers) < MaxItems {
			ciphers[clean(name)] = clean(cipher)
		}
	}
	return ciphers
}
