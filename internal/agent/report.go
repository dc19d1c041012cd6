// Package agent runs on machines. It reads what a machine knows of itself, and
// sends it to the server; what cannot be known is said to be unknown, with the
// reason (rules 9.2.1, 9.2.2, 9.7.4, 9.7.5, 9.8.1, 9.9.4, 9.10.6, 9.11.1,
// 9.11.6, 9.11.7, 9.15.2, 9.17.1).
package agent

import (
	"encoding/json"
	"time"
)

// Format is the version of the JSON form of Report.
const Format = 1

// A Report is everything that a machine says of itself at one moment. It holds
// no password hash, no argument or environment of a process and no credential.
type Report struct {
	Format       int       `json:"format"`
	AgentVersion string    `json:"agent_version"`
	MachineID    string    `json:"machine_id"` // derived from /etc/machine-id, never its value
	Hostname     string    `json:"hostname"`
	ObservedAt   time.Time `json:"observed_at"`

	Machine        Machine              `json:"machine"`
	OS             Fact[OS]             `json:"os"`
	Support        Fact[Support]        `json:"support"`
	Packages       Fact[[]Package]      `json:"packages"`
	Updates        Fact[Updates]        `json:"updates"`
	Accounts       Fact[[]Account]      `json:"accounts"`
	PasswordPolicy Fact[PasswordPolicy] `json:"password_policy"`
	Ports          Fact[[]Port]         `json:"ports"`
	DiskEncryption Fact[DiskEncryption] `json:"disk_encryption"`
	Firewall       Fact[Firewall]       `json:"firewall"`
	Malware        Fact[Malware]        `json:"malware"`
	Integrity      Fact[Integrity]      `json:"integrity"`
	TimeSync       Fact[TimeSync]       `json:"time_sync"`
	SessionLock    Fact[SessionLock]    `json:"session_lock"`
	Backups        Fact[[]Backup]       `json:"backups"`
	StorageHints   Fact[[]StorageHint]  `json:"storage_hints"`
}

// A Fact is something that the machine knows of itself, or the reason why it
// does not. An unknown fact has no value in JSON: {"known":false,"reason":"…"}.
type Fact[T any] struct {
	Known  bool   `json:"known"`
	Value  T      `json:"value"`
	Reason string `json:"reason,omitempty"` // a sentence of internal/i18n
}

// MarshalJSON leaves the value out when it is not known.
func (f Fact[T]) MarshalJSON() ([]byte, error) {
	if !f.Known {
		return json.Marshal(struct {
			Known  bool   `json:"known"`
			Reason string `json:"reason"`
		}{false, f.Reason})
	}
	return json.Marshal(struct {
		Known bool `json:"known"`
		Value T    `json:"value"`
	}{true, f.Value})
}

func known[T any](v T) Fact[T] { return Fact[T]{Known: true, Value: v} }

func unknown[T any](reason string) Fact[T] { return Fact[T]{Reason: reason} }

// ReasonPrefix begins the name of every reason.
const ReasonPrefix = "agent.unknown."

// The reasons why a fact is unknown.
const (
	notReadable     = "agent.unknown.not_readable"      // the file is absent or refused
	tooLarge        = "agent.unknown.too_large"         // more than the agent accepts to hold
	malformed       = "agent.unknown.malformed"         // the file or the answer makes no sense
	commandFailed   = "agent.unknown.command_failed"    // the command ended in error or ran out of time
	noOSRelease     = "agent.unknown.no_os_release"     // no /etc/os-release
	noSupportData   = "agent.unknown.no_support_data"   // no distro-info-data, or a distribution it ignores
	noEndDate       = "agent.unknown.no_end_date"       // a version whose end is not announced
	noPackages      = "agent.unknown.no_packages"       // no dpkg database
	noApt           = "agent.unknown.no_apt"            // no apt-get
	noAptLists      = "agent.unknown.no_apt_lists"      // apt never downloaded its lists
	noChangelog     = "agent.unknown.no_changelog"      // the changelog of the candidate cannot be had
	noShadow        = "agent.unknown.no_shadow"         // /etc/shadow cannot be read
	noLogin         = "agent.unknown.no_login"          // no login on record
	noPAM           = "agent.unknown.no_pam"            // no PAM configuration
	noChassis       = "agent.unknown.no_chassis"        // no firmware tables, no hypervisor seen
	noFilesystem    = "agent.unknown.no_filesystem"     // no mounted file system on a disk
	unknownDevice   = "agent.unknown.unknown_device"    // storage that /sys does not describe
	noSignatureDate = "agent.unknown.no_signature_date" // the date of the signatures cannot be read
	noCheckDate     = "agent.unknown.no_check_date"     // no trace of an integrity check
	noOffset        = "agent.unknown.no_offset"         // the program does not tell the offset
	noDesktop       = "agent.unknown.no_desktop"        // no setting of session lock: no desktop is known
	noBackup        = "agent.unknown.no_backup"         // no trace of a backup program that the agent knows
	interrupted     = "agent.unknown.interrupted"       // the collection was stopped
	noSudoers       = "agent.unknown.no_sudoers"        // the rules of sudo cannot be read
	noProcesses     = "agent.unknown.no_processes"      // the programs that run cannot be listed
	noFirewallTool  = "agent.unknown.no_firewall_tool"  // no program that could read the firewall
	noClock         = "agent.unknown.no_clock"          // nobody tells whether the clock is right
	userSetting     = "agent.unknown.user_setting"      // somebody changed a default that may be changed
	noCipher        = "agent.unknown.no_cipher"         // the cipher of an encrypted volume cannot be read
	container       = "agent.unknown.container"         // only the host of the container knows
)

// A Machine is the hardware, as its firmware describes it.
type Machine struct {
	Kind   Fact[string] `json:"kind"` // server, workstation, laptop, tablet, virtual or container: a guess
	Vendor string       `json:"vendor,omitempty"`
	Model  string       `json:"model,omitempty"`
	Serial string       `json:"serial,omitempty"`
	MACs   []string     `json:"macs"`
}

// An OS is the operating system that runs.
type OS struct {
	ID       string `json:"id"`      // debian, ubuntu…
	Version  string `json:"version"` // 12, 24.04
	Name     string `json:"name"`    // Debian GNU/Linux 12 (bookworm)
	Codename string `json:"codename,omitempty"`
	Kernel   string `json:"kernel,omitempty"`
}

// Support says until when the system receives corrections. Days are
// 2006-01-02 and included.
type Support struct {
	SupportedUntil string    `json:"supported_until"`
	ExtendedUntil  string    `json:"extended_until,omitempty"` // empty: no extended support
	Source         string    `json:"source"`                   // distro-info-data or os-release
	SourceAt       time.Time `json:"source_at"`                // age of that data on the machine
	State          string    `json:"state"`                    // supported, extended or ended
}

// A Package is an installed package.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Source  string `json:"source"`
	Arch    string `json:"arch"`

	sourceVersion string
}

// Updates are the versions that the last lists of apt offer.
type Updates struct {
	ListsAt time.Time `json:"lists_at"` // last refresh of the lists
	Pending []Update  `json:"pending"`
}

// An Update is a package that has a newer version.
type Update struct {
	Package   string         `json:"package"`
	Source    string         `json:"source"`
	Arch      string         `json:"arch"`
	Installed string         `json:"installed"`
	Candidate string         `json:"candidate"`
	Origin    string         `json:"origin"`
	Security  bool           `json:"security"`
	CVEs      Fact[[]string] `json:"cves"`                // corrected by the candidate
	Published *time.Time     `json:"published,omitempty"` // date of the oldest correction of a CVE that is missing; of the candidate when there is none
}

// An Account is a local account. Enabled means that someone can log in with
// it: a login shell, not expired, and a password or SSH keys of its own.
type Account struct {
	Login      string          `json:"login"`
	UID        int             `json:"uid"`
	Kind       string          `json:"kind"` // named, service or system
	Enabled    Fact[bool]      `json:"enabled"`
	Privileged Fact[bool]      `json:"privileged"` // uid 0, an administration group, or all of sudo
	LastLogin  Fact[time.Time] `json:"last_login"`
	Password   Fact[Password]  `json:"password"`
}

// A Password is what is known of a password besides its hash.
type Password struct {
	Set        bool   `json:"set"`
	ChangedOn  string `json:"changed_on,omitempty"`
	MaxAgeDays int    `json:"max_age_days,omitempty"` // 0: never expires
	MustChange bool   `json:"must_change"`            // at the next login
}

// A PasswordPolicy is what PAM asks of local passwords; 0 is no demand.
type PasswordPolicy struct {
	MinLength       int `json:"min_length"`
	Classes         int `json:"classes"`
	History         int `json:"history"`
	LockoutAttempts int `json:"lockout_attempts"`
	LockoutMinutes  int `json:"lockout_minutes"` // 0: until an administrator unlocks, or no lockout
	MaxAgeDays      int `json:"max_age_days"`

	ForRoot bool `json:"for_root"` // root must obey too
}

// A Port is a socket that waits for traffic.
type Port struct {
	Protocol string `json:"protocol"` // tcp or udp
	Address  string `json:"address"`
	Port     int    `json:"port"`
	Program  string `json:"program,omitempty"` // name of the executable file only
}

// DiskEncryption tells whether the storage of the machine is encrypted;
// /boot and removable storage are left out.
type DiskEncryption struct {
	Encrypted bool       `json:"encrypted"` // every volume is
	Reliable  Fact[bool] `json:"reliable"`  // all with AES and keys of 128 bits or more
	Volumes   []Volume   `json:"volumes"`
}

// A Volume is a mounted file system or a swap area.
type Volume struct {
	Device    string     `json:"device"`
	Mount     string     `json:"mount"` // swap for a swap area
	Type      string     `json:"type"`
	Encrypted Fact[bool] `json:"encrypted"`
	Method    string     `json:"method,omitempty"` // LUKS2, PLAIN…
	Cipher    string     `json:"cipher,omitempty"` // aes-xts-plain64
}

// A Firewall is active when something of what comes in is refused.
type Firewall struct {
	Active bool     `json:"active"`
	Tools  []string `json:"tools"` // nftables, iptables, ufw, firewalld
}

// Malware is the protection against malware that runs.
type Malware struct {
	Active       bool            `json:"active"`
	Products     []string        `json:"products"` // those that run
	SignaturesAt Fact[time.Time] `json:"signatures_at"`
}

// Integrity is the monitoring of files that runs or is scheduled.
type Integrity struct {
	Active      bool            `json:"active"`
	Products    []string        `json:"products"`
	LastCheckAt Fact[time.Time] `json:"last_check_at"`
}

// TimeSync is the synchronisation of the clock.
type TimeSync struct {
	Synced        bool          `json:"synced"`
	Program       string        `json:"program,omitempty"` // chrony, timesyncd, ntpd
	OffsetSeconds Fact[float64] `json:"offset_seconds"`
}

// A SessionLock is the default delay of the machine before a session locks.
type SessionLock struct {
	Minutes  int    `json:"minutes"`  // rounded up; 0: never
	Enforced bool   `json:"enforced"` // people cannot change it
	Source   string `json:"source"`   // dconf, gsettings, logind, kde
}

// A Backup is the last trace of a backup on this machine.
type Backup struct {
	Program     string    `json:"program"`
	Repository  string    `json:"repository"`  // without credentials
	Destination string    `json:"destination"` // usb, public_cloud or unknown
	LastAt      time.Time `json:"last_at"`
}

// A StorageHint is a USB volume or a public-cloud client seen in use: to be
// confirmed by a person, not a verdict.
type StorageHint struct {
	Kind string `json:"kind"` // usb or public_cloud
	Name string `json:"name"` // model of the device, or name of the program
}
