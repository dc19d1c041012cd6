package host_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/app"
	"vigie.example/internal/collect/host"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
	"vigie.example/internal/store/storetest"
	"vigie.example/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const machineID = "0123456789abcdef0123456789abcdef"

// each runs fn on both engines, with the rules judging what is written.
func each(t *testing.T, fn func(t *testing.T, b *register.Book)) {
	t.Helper()
	rules, err := policy.Load("")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
			t.Fatal(err)
		}
		b := app.New(db, rules).Book
		create(t, b, catalog.Entity, register.Values{"id": "alpha", "name": "Alpha", "country": "FR", "head": true})
		fn(t, b)
	})
}

func create(t *testing.T, b *register.Book, r *register.Register, v register.Values) {
	t.Helper()
	err := b.Write(t.Context(), by(), func(w *register.Writer) error {
		_, err := w.Create(t.Context(), r, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, b *register.Book, r *register.Register, id string, v register.Values) {
	t.Helper()
	err := b.Write(t.Context(), by(), func(w *register.Writer) error {
		_, err := w.Update(t.Context(), r, id, 0, v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func by() register.By { return register.By{Actor: "ana", Source: "test", At: noon} }

func known[T any](v T) agent.Fact[T] { return agent.Fact[T]{Known: true, Value: v} }

func unknown[T any](reason string) agent.Fact[T] { return agent.Fact[T]{Reason: reason} }

// full is the report of a server that knows everything of itself.
func full() agent.Report {
	return agent.Report{
		Format: agent.Format, AgentVersion: "1.0", MachineID: machineID, Hostname: "srv-1", ObservedAt: noon,
		Machine: agent.Machine{Kind: known("server"), Serial: "SN-1"},
		OS:      known(agent.OS{ID: "debian", Version: "12", Name: "Debian GNU/Linux 12 (bookworm)", Kernel: "6.1.0"}),
		Support: known(agent.Support{SupportedUntil: "2026-06-10", ExtendedUntil: "2028-06-30", Source: "distro-info-data", SourceAt: noon.AddDate(0, -3, 0)}),
		Packages: known([]agent.Package{{Name: "libssl3", Version: "3.0.19", Source: "openssl", Arch: "amd64"}, {Name: "openssl", Version: "3.0.19", Source: "openssl", Arch: "amd64"},
			{Name: "nginx", Version: "1.22.1-9", Source: "nginx", Arch: "amd64"}}),
		Updates: known(agent.Updates{ListsAt: noon.Add(-time.Hour), Pending: []agent.Update{
			{Package: "openssl", Installed: "3.0.19", Candidate: "3.0.20", Security: true, CVEs: known([]string{"CVE-2026-0002", "CVE-2026-0001", "CVE-2026-0002"}), Published: at(noon.AddDate(0, 0, -40))},
			{Package: "tzdata", Installed: "2025a", Candidate: "2026a", CVEs: unknown[[]string]("agent.unknown.no_changelog")}}}),
		Accounts: known([]agent.Account{
			{Login: "root", Kind: "system", Enabled: known(true), Privileged: known(true), Password: known(agent.Password{Set: true})},
			{Login: "jean", UID: 1000, Kind: "named", Enabled: known(true), Privileged: known(false), LastLogin: known(noon.Add(-time.Hour)), Password: known(agent.Password{Set: true, MustChange: true})},
			{Login: "backup", UID: 34, Kind: "service", Enabled: unknown[bool]("agent.unknown.no_shadow"), Privileged: unknown[bool]("agent.unknown.no_sudoers"), LastLogin: unknown[time.Time]("agent.unknown.no_login"), Password: unknown[agent.Password]("agent.unknown.no_shadow")}}),
		PasswordPolicy: known(agent.PasswordPolicy{MinLength: 12, Classes: 4, History: 5, LockoutAttempts: 5, MaxAgeDays: 365}),
		Ports: known([]agent.Port{{Protocol: "tcp", Address: "0.0.0.0", Port: 22, Program: "sshd"}, {Protocol: "tcp", Address: "127.0.0.1", Port: 5432, Program: "postgres"},
			{Protocol: "tcp", Address: "::", Port: 443, Program: "nginx"}, {Protocol: "udp", Address: "0.0.0.0", Port: 68}}),
		DiskEncryption: known(agent.DiskEncryption{Encrypted: true, Reliable: known(true)}),
		Firewall:       known(agent.Firewall{Active: true}),
		Malware:        known(agent.Malware{Active: true, SignaturesAt: known(noon.Add(-3 * time.Hour))}),
		Integrity:      known(agent.Integrity{Active: true}),
		TimeSync:       known(agent.TimeSync{Synced: true}),
		SessionLock:    known(agent.SessionLock{Minutes: 10}),
		Backups:        known([]agent.Backup{{Program: "restic", LastAt: noon.AddDate(0, 0, -3), Destination: "unknown"}, {Program: "borg", LastAt: noon.AddDate(0, 0, -1), Destination: "usb"}}),
		StorageHints:   known([]agent.StorageHint{{Kind: "usb", Name: "Ultra Fit"}}),
	}
}

func at(t time.Time) *time.Time { return &t }

func take(t *testing.T, b *register.Book, r agent.Report) string {
	t.Helper()
	asset, err := host.Take(t.Context(), b, r, r.ObservedAt.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return asset
}

// records returns a register as "id field=value …", without the fields unasked.
func records(t *testing.T, b *register.Book, r *register.Register, fields ...string) []string {
	t.Helper()
	page, err := b.List(t.Context(), r, register.ListQuery{Sort: "id", Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, rec := range page.Records {
		line := strings.ReplaceAll(rec.ID, machineID, "M")
		for _, f := range fields {
			line += strings.ReplaceAll(fmt.Sprintf(" %s=%v", f, rec.Values[f]), machineID, "M")
		}
		out = append(out, line)
	}
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func history(t *testing.T, b *register.Book) int64 {
	t.Helper()
	list, err := b.History(t.Context(), register.HistoryQuery{Limit: 1})
	if err != nil || len(list) == 0 {
		t.Fatal(err)
	}
	return list[0].Seq
}

func posture(t *testing.T, b *register.Book, asset string) register.Record {
	t.Helper()
	rec, err := b.Get(t.Context(), catalog.HostPosture, "posture-"+asset, register.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestTake: a report becomes records of every register it speaks of.
func TestTake(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		asset := take(t, b, full())
		if asset != "host-"+machineID {
			t.Errorf("asset %s", asset)
		}
		want(t, records(t, b, catalog.Asset, "name", "kind", "entity", "serial", "support"), "host-M name=srv-1 kind=server entity=alpha serial=SN-1 support=os-debian-12")
		want(t, records(t, b, catalog.SupportCycle, "product", "cycle", "eol_on", "extended_on", "refreshed_at"),
			fmt.Sprintf("os-debian-12 product=debian cycle=12 eol_on=20614 extended_on=21365 refreshed_at=%d", noon.AddDate(0, -3, 0).Unix()))
		want(t, records(t, b, catalog.Installation, "software", "package", "version_text"),
			"host-M:nginx software=sw-nginx package=nginx version_text=1.22.1-9", "host-M:openssl software=sw-openssl package=openssl version_text=3.0.19")
		want(t, records(t, b, catalog.PendingUpdate, "candidate_version", "cves", "published_on", "first_seen_on", "resolved_on"),
			fmt.Sprintf("host-M:openssl:3.0.19 candidate_version=3.0.20 cves=CVE-2026-0001 CVE-2026-0002 published_on=%d first_seen_on=%d resolved_on=<nil>", vigie.DayOf(noon)-40, vigie.DayOf(noon)))
		want(t, records(t, b, catalog.Account, "login", "person", "kind", "enabled", "privileged", "initial_password", "policy", "policy_exempt"),
			"host-M:backup login=backup person=<nil> kind=service enabled=true privileged=<nil> initial_password=<nil> policy=policy-M policy_exempt=<nil>",
			"host-M:jean login=jean person=<nil> kind=named enabled=true privileged=false initial_password=true policy=policy-M policy_exempt=true",
			"host-M:root login=root person=<nil> kind=system enabled=true privileged=true initial_password=false policy=policy-M policy_exempt=true")
		want(t, records(t, b, catalog.PasswordPolicy, "min_length", "classes", "lockout_attempts", "lockout_minutes"), "policy-M min_length=12 classes=4 lockout_attempts=5 lockout_minutes=1000000")
		want(t, records(t, b, catalog.Endpoint, "service", "audience", "remote_access", "encrypted", "clear_login"),
			"host-M:tcp:0.0.0.0:22 service=ssh audience=internal remote_access=true encrypted=true clear_login=false",
			"host-M:tcp:127.0.0.1:5432 service=other audience=loopback remote_access=false encrypted=<nil> clear_login=<nil>",
			"host-M:tcp::::443 service=https audience=internal remote_access=false encrypted=<nil> clear_login=<nil>")
		want(t, records(t, b, catalog.StorageHint, "kind", "outcome"), "host-M:usb:Ultra_Fit kind=usb outcome=<nil>")
		p := posture(t, b, asset)
		if p.Meta.Source != "agent" || p.Values["observed_at"] != noon.Unix() || p.Values["last_backup_at"] != noon.AddDate(0, 0, -1).Unix() || p.Values["backup_destination"] != "usb" ||
			p.Values["disk_encrypted"] != true || p.Values["encryption_reliable"] != true || p.Values["updates_observed_at"] != noon.Add(-time.Hour).Unix() || p.Values["session_lock_minutes"] != int64(10) || p.Values["unknown_reasons"] != nil {
			t.Errorf("posture %v from %s", p.Values, p.Meta.Source)
		}
	})
}

// TestSameAgain: a report that is sent twice, and one that says the same an hour
// later, leave no noise in the history.
func TestSameAgain(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		take(t, b, full())
		seq := history(t, b)
		take(t, b, full())
		if got := history(t, b); got != seq {
			t.Errorf("the same report again wrote %d lines of history", got-seq)
		}
		r := full()
		r.ObservedAt = noon.Add(time.Hour)
		slices.Reverse(r.Packages.Value)
		take(t, b, r)
		list, err := b.History(t.Context(), register.HistoryQuery{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list[:history(t, b)-seq] {
			if e.Register != "host_posture" {
				t.Errorf("an hour later: %s %s %v", e.Action, e.Record, e.Changes)
			}
		}
		if p := posture(t, b, "host-"+machineID); p.Values["observed_at"] != r.ObservedAt.Unix() {
			t.Error("the posture does not have the time of the last report")
		}
	})
}

// TestGone: what a machine no longer has disappears, with a reason in the
// history; what others stand on stays, closed.
func TestGone(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		asset := take(t, b, full())
		create(t, b, catalog.Endpoint, register.Values{"id": "typed", "name": "typed by hand", "asset": asset, "service": "http", "audience": "internal", "observed_at": noon.Unix()})
		create(t, b, catalog.Asset, register.Values{"id": "share", "name": "share", "kind": "data", "entity": "alpha", "status": "in_service", "created_on": int64(20000)})
		create(t, b, catalog.ObservedRight, register.Values{"id": "right", "account": asset + ":backup", "asset": "share", "first_seen_at": noon.Unix(), "observed_at": noon.Unix()})
		r := full()
		r.ObservedAt = noon.Add(time.Hour)
		r.Packages.Value = r.Packages.Value[:2]
		r.Updates.Value.Pending = nil
		r.Accounts.Value = r.Accounts.Value[:1]
		r.Ports.Value = r.Ports.Value[:1]
		r.StorageHints.Value = nil
		take(t, b, r)
		want(t, records(t, b, catalog.Installation), "host-M:openssl")
		want(t, records(t, b, catalog.Account, "enabled"), "host-M:backup enabled=false", "host-M:root enabled=true")
		want(t, records(t, b, catalog.Endpoint), "host-M:tcp:0.0.0.0:22", "typed")
		want(t, records(t, b, catalog.PendingUpdate, "resolved_on"), fmt.Sprintf("host-M:openssl:3.0.19 resolved_on=%d", vigie.DayOf(noon)))
		want(t, records(t, b, catalog.StorageHint), "host-M:usb:Ultra_Fit") // it was seen
		list, err := b.History(t.Context(), register.HistoryQuery{Register: "account", Record: asset + ":jean"})
		if err != nil || len(list) != 2 || list[0].Action != "delete" || list[0].Actor != "agent:srv-1" || list[0].Reason == "" {
			t.Errorf("history of a deleted account: %v %v", list, err)
		}
	})
}

// TestUnknown: what a machine cannot tell becomes unknown, with the reason, even
// if it was known before; lists that are unknown leave what was there.
// TestDifferences: what changed since the report before is an observed change,
// for the journal to explain (9.6.3), and accounts that come or go are events
// (9.11.2); the first report and the same one again tell nothing.
func TestDifferences(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		take(t, b, full())
		again := full()
		again.ObservedAt = noon.Add(time.Hour)
		take(t, b, again)
		want(t, records(t, b, catalog.ObservedChange))
		want(t, records(t, b, catalog.AccountEvent))

		next := full()
		next.ObservedAt = noon.Add(2 * time.Hour)
		next.OS.Value.Kernel, next.OS.Value.Version = "6.1.1", "13"
		next.Packages.Value[0].Version, next.Packages.Value[1].Version = "3.0.20", "3.0.20"
		next.Packages.Value[2] = agent.Package{Name: "apache2", Version: "2.4", Source: "apache2"}
		next.Ports.Value[2] = agent.Port{Protocol: "tcp", Address: "::", Port: 80, Program: "apache2"}
		next.Ports.Value[1] = agent.Port{Protocol: "tcp", Address: "127.0.0.1", Port: 6379, Program: "redis"} // to itself only
		next.Accounts.Value = append(next.Accounts.Value[:1], agent.Account{Login: "eve", UID: 1001, Kind: "named", Enabled: known(true), Privileged: known(true)}, next.Accounts.Value[2])
		take(t, b, next)
		var got []string
		for _, line := range records(t, b, catalog.ObservedChange, "kind", "detail") {
			_, line, _ = strings.Cut(line, " ")
			got = append(got, line)
		}
		want(t, got,
			"kind=account detail=+ eve, − jean",
			"kind=operating_system detail=os_version 12 → 13",
			"kind=package detail=+ apache2 2.4, kernel 6.1.0 → 6.1.1, openssl 3.0.19 → 3.0.20, − nginx 1.22.1-9",
			"kind=service detail=+ apache2 tcp [::]:80, − nginx tcp [::]:443")
		got = nil
		for _, line := range records(t, b, catalog.AccountEvent, "login", "kind", "account") {
			_, line, _ = strings.Cut(line, " ")
			got = append(got, line)
		}
		want(t, got, "login=eve kind=created account=host-M:eve", "login=jean kind=closed account=<nil>")
	})
}

func TestUnknown(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		asset := take(t, b, full())
		r := agent.Report{Format: agent.Format, MachineID: machineID, Hostname: "srv-1", ObservedAt: noon.Add(time.Hour)}
		r.DiskEncryption = unknown[agent.DiskEncryption]("agent.unknown.unknown_device")
		r.Firewall = unknown[agent.Firewall]("invented <script>")
		take(t, b, r)
		p := posture(t, b, asset).Values
		for _, field := range []string{"os_name", "disk_encrypted", "firewall_on", "malware_protection_on", "malware_signatures_at", "integrity_on", "time_synced", "session_lock_minutes", "last_backup_at", "backup_destination", "software_observed_at"} {
			if p[field] != nil {
				t.Errorf("%s = %v", field, p[field])
			}
		}
		reasons := fmt.Sprint(p["unknown_reasons"])
		if !strings.Contains(reasons, "Disque chiffré : ce stockage") || !strings.Contains(reasons, "Disk encrypted: this storage") || strings.Contains(reasons, "invented") {
			t.Error(reasons)
		}
		if n := len(records(t, b, catalog.Installation)) + len(records(t, b, catalog.Account)) + len(records(t, b, catalog.Endpoint)); n != 8 {
			t.Errorf("%d records are left of 8", n)
		}
	})
}

// TestPendingSince: a newer correction of what already waits does not begin the
// delay again; an update that was applied is closed, and one undone begins anew.
func TestPendingSince(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		day := func(n int, installed, candidate string, published int) {
			r := full()
			r.ObservedAt = noon.AddDate(0, 0, n)
			u := &r.Updates.Value.Pending[0]
			u.Installed, u.Candidate, u.Published = installed, candidate, at(noon.AddDate(0, 0, published))
			if candidate == "" {
				r.Updates.Value.Pending = nil
			}
			take(t, b, r)
		}
		base := int64(vigie.DayOf(noon))
		is := func(candidate string, published, first int64, resolved any) {
			t.Helper()
			want(t, records(t, b, catalog.PendingUpdate, "candidate_version", "published_on", "first_seen_on", "resolved_on"),
				fmt.Sprintf("host-M:openssl:3.0.19 candidate_version=%s published_on=%d first_seen_on=%d resolved_on=%v", candidate, base+published, base+first, resolved))
		}
		day(0, "3.0.19", "3.0.20", -40)
		is("3.0.20", -40, 0, nil)
		day(30, "3.0.19", "3.0.21", 29)
		is("3.0.21", -40, 0, nil)
		day(31, "3.0.21", "", 0)
		is("3.0.21", -40, 0, base+31)
		day(32, "3.0.19", "3.0.21", 29)
		is("3.0.21", 29, 32, nil)
	})
}

// TestEncryptionLost: a disk that is no longer encrypted is dated, even when the
// machine could not tell for a while.
func TestEncryptionLost(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		step := 0
		report := func(d agent.Fact[agent.DiskEncryption]) any {
			r := full()
			r.ObservedAt, r.DiskEncryption = noon.Add(time.Duration(step)*time.Hour), d
			step++
			return posture(t, b, take(t, b, r)).Values["encryption_lost_at"]
		}
		clear, sealed, none := known(agent.DiskEncryption{}), known(agent.DiskEncryption{Encrypted: true}), unknown[agent.DiskEncryption]("agent.unknown.unknown_device")
		var got []any
		for _, d := range []agent.Fact[agent.DiskEncryption]{clear, sealed, none, clear, clear, sealed, clear} {
			got = append(got, report(d))
		}
		at := func(hours int) any { return noon.Add(time.Duration(hours) * time.Hour).Unix() }
		if want := []any{nil, nil, nil, at(3), at(3), at(3), at(6)}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// TestScansStay: what a scan found of a service stays, with its date, as long as
// the same program answers; a hint that somebody closed opens when it is seen again.
func TestScansStay(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		asset := take(t, b, full())
		change(t, b, catalog.Endpoint, asset+":tcp::::443", register.Values{"service": "tls", "encrypted": true, "clear_login": false, "weak_protocol": true, "observed_at": noon.Unix() - 7})
		change(t, b, catalog.StorageHint, asset+":usb:Ultra_Fit", register.Values{"outcome": "backup", "ended_on": int64(vigie.DayOf(noon))})
		r := full()
		r.ObservedAt = noon.AddDate(0, 0, 2)
		take(t, b, r)
		is := func(want string) {
			t.Helper()
			got := records(t, b, catalog.Endpoint, "service", "encrypted", "weak_protocol", "observed_at")
			if got[2] != want {
				t.Errorf("got %s, want %s", got[2], want)
			}
		}
		is(fmt.Sprintf("host-M:tcp::::443 service=tls encrypted=true weak_protocol=true observed_at=%d", noon.Unix()-7))
		want(t, records(t, b, catalog.StorageHint, "outcome", "ended_on", "seen_at"), fmt.Sprintf("host-M:usb:Ultra_Fit outcome=backup ended_on=<nil> seen_at=%d", noon.Unix()))
		r = full()
		r.ObservedAt = noon.AddDate(0, 0, 3)
		r.Ports.Value[2].Program = "haproxy"
		take(t, b, r)
		is(fmt.Sprintf("host-M:tcp::::443 service=https encrypted=<nil> weak_protocol=<nil> observed_at=%d", r.ObservedAt.Unix()))
	})
}

// TestPeopleAreNotOverwritten: what people say of what the agent found stays.
func TestPeopleAreNotOverwritten(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		asset := take(t, b, full())
		create(t, b, catalog.Person, register.Values{"id": "jean", "name": "Jean", "email": "jean@example.org", "kind": "employee", "entity": "alpha", "uses_is": true, "first_day": int64(20000)})
		change(t, b, catalog.Account, asset+":jean", register.Values{"person": "jean", "kind": "generic"})
		change(t, b, catalog.Endpoint, asset+":tcp:0.0.0.0:22", register.Values{"audience": "public"})
		change(t, b, catalog.HostPosture, "posture-"+asset, register.Values{"recovery_key_escrowed": true, "backup_destination": "approved"})
		change(t, b, catalog.Software, "sw-nginx", register.Values{"name": "NGINX", "status": "approved"})
		change(t, b, catalog.SupportCycle, "os-debian-12", register.Values{"eol_on": int64(20000)})
		change(t, b, catalog.Asset, asset, register.Values{"name": "Serveur web", "kind": "laptop"})
		r := full()
		r.ObservedAt = noon.AddDate(0, 0, 2)
		r.Packages.Value[2].Version = "1.22.1-10"
		r.Backups.Value[1].Destination = "unknown"
		if got := take(t, b, r); got != asset {
			t.Errorf("a renamed asset is no longer the machine: %s", got)
		}
		want(t, records(t, b, catalog.Account, "person", "kind")[1:2], "host-M:jean person=jean kind=generic")
		want(t, records(t, b, catalog.Endpoint, "audience")[:1], "host-M:tcp:0.0.0.0:22 audience=public")
		want(t, records(t, b, catalog.Software, "status"), "sw-nginx status=approved", "sw-openssl status=<nil>")
		want(t, records(t, b, catalog.SupportCycle, "eol_on"), "os-debian-12 eol_on=20000")
		want(t, records(t, b, catalog.Asset, "name", "kind"), "host-M name=Serveur web kind=laptop")
		if p := posture(t, b, asset).Values; p["recovery_key_escrowed"] != true || p["backup_destination"] != "approved" {
			t.Errorf("what people said was forgotten: %v", p)
		}
	})
}

// TestWhichAsset: a machine is found in the inventory by its serial number, else
// by its name, and no machine takes the place of another that is alive.
func TestWhichAsset(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		add := func(id, name, serial string) {
			v := register.Values{"id": id, "name": name, "kind": "laptop", "entity": "alpha", "status": "in_service", "created_on": int64(20000)}
			if serial != "" {
				v["serial"] = serial
			}
			create(t, b, catalog.Asset, v)
		}
		add("pc-1", "anything", "SN-1")
		add("pc-2", "pc-deux", "")
		add("pc-3", "pc-trois", "SN-3")
		report := func(id, hostname, serial string, after time.Duration) string {
			r := full()
			r.MachineID, r.Hostname, r.Machine.Serial, r.ObservedAt = id, hostname, serial, noon.Add(after)
			return take(t, b, r)
		}
		const one, two, three, four, five = "1111111111111111", "2222222222222222", "3333333333333333", "4444444444444444", "5555555555555555"
		for _, c := range []struct{ name, got, want string }{
			{"by serial", report(one, "srv-1", "SN-1", 0), "pc-1"},
			{"by name", report(two, "pc-deux", "", 0), "pc-2"},
			{"a name with another serial is another machine", report(three, "pc-trois", "SN-9", 0), "host-" + three},
			{"the place is taken", report(four, "pc-deux", "", time.Hour), "host-" + four},
			{"a serial that another machine uses", report(five, "srv-1", "SN-1", time.Hour), "host-" + five},
			{"the first one still", report(one, "renamed", "SN-1", 2*time.Hour), "pc-1"},
		} {
			if c.got != c.want {
				t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
			}
		}
		const before, anew = "6666666666666666", "7777777777777777"
		add("pc-4", "pc-quatre", "SN-4")
		report(before, "srv-4", "SN-4", 0)
		if got := report(anew, "srv-4", "SN-4", 30*24*time.Hour); got != "pc-4" {
			t.Errorf("installed anew: %s", got)
		}
		page, err := b.List(t.Context(), catalog.Directory, register.ListQuery{Filters: []register.Filter{{Field: "asset", Value: "pc-4"}}})
		if err != nil || len(page.Records) != 1 || page.Records[0].ID != "local-"+anew {
			t.Errorf("directories of pc-4: %v %v", page.Records, err)
		}
	})
}

// TestRefused: reports that make no sense change nothing.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		take(t, b, full())
		seq := history(t, b)
		for name, c := range map[string]struct {
			spoil func(*agent.Report)
			code  vigie.Code
		}{
			"format":    {func(r *agent.Report) { r.Format = 2 }, vigie.Invalid},
			"no id":     {func(r *agent.Report) { r.MachineID = "" }, vigie.Invalid},
			"odd id":    {func(r *agent.Report) { r.MachineID = "../../../../etc/passwd" }, vigie.Invalid},
			"no name":   {func(r *agent.Report) { r.Hostname = "\x00\n" }, vigie.Invalid},
			"future":    {func(r *agent.Report) { r.ObservedAt = noon.Add(time.Hour) }, vigie.Invalid},
			"very old":  {func(r *agent.Report) { r.ObservedAt = noon.AddDate(-2, 0, 0) }, vigie.Invalid},
			"too large": {func(r *agent.Report) { r.Ports.Value = make([]agent.Port, agent.MaxItems+1) }, vigie.Invalid},
			"earlier":   {func(r *agent.Report) { r.ObservedAt = noon.Add(-time.Hour) }, vigie.Conflict},
		} {
			r := full()
			c.spoil(&r)
			if _, err := host.Take(t.Context(), b, r, noon); vigie.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := history(t, b); got != seq {
			t.Errorf("refused reports wrote %d lines of history", got-seq)
		}
	})
}

// TestNoEntity: without an entity there is nothing to attach a machine to.
func TestNoEntity(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := store.Migrate(t.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
			t.Fatal(err)
		}
		if _, err := host.Take(t.Context(), register.NewBook(db, catalog.All(), nil), full(), noon); vigie.CodeOf(err) != vigie.Conflict {
			t.Error(err)
		}
	})
}

// hostile is a report whose texts no database or page should be given as they are.
func hostile() agent.Report {
	const odd = "a b/\x00\u202e\n<script>é\xff"
	r := full()
	r.Hostname = "srv" + odd
	r.AgentVersion = odd
	r.Machine.Serial = odd
	r.Machine.Kind = known(odd)
	r.OS.Value = agent.OS{ID: odd, Version: odd, Name: strings.Repeat("x", 5000), Kernel: odd}
	r.Support.Value.SupportedUntil = odd
	r.Packages.Value = append(r.Packages.Value, agent.Package{Name: odd, Version: odd, Source: strings.Repeat("é", 4000)}, agent.Package{})
	r.Updates.Value.Pending = append(r.Updates.Value.Pending, agent.Update{Package: odd, Candidate: odd, Installed: odd, Security: true, CVEs: known([]string{odd, "CVE-2026-1234"}), Published: at(time.Time{})})
	r.Accounts.Value = append(r.Accounts.Value, agent.Account{Login: odd, Kind: odd, LastLogin: known(noon.AddDate(100, 0, 0))}, r.Accounts.Value[0], agent.Account{})
	r.Ports.Value = append(r.Ports.Value, agent.Port{Protocol: "tcp", Address: odd, Port: 1}, agent.Port{Protocol: "tcp", Address: "::1%" + odd, Port: -1}, agent.Port{Protocol: "tcp", Address: "fe80::1%eth0", Port: 99, Program: odd}, r.Ports.Value[0])
	r.SessionLock.Value.Minutes = -5
	r.PasswordPolicy.Value.MinLength = -1
	r.Backups.Value = append(r.Backups.Value, agent.Backup{Destination: odd, LastAt: noon.AddDate(50, 0, 0)})
	r.StorageHints.Value = append(r.StorageHints.Value, agent.StorageHint{Kind: odd, Name: odd}, agent.StorageHint{Kind: "usb", Name: strings.Repeat("n", 5000)})
	return r
}

// TestHostile: odd texts are cleaned or left out, on both engines, and the same
// report again still changes nothing.
func TestHostile(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		asset := take(t, b, hostile())
		seq := history(t, b)
		take(t, b, hostile())
		if got := history(t, b); got != seq {
			t.Errorf("the same report again wrote %d lines of history", got-seq)
		}
		p := posture(t, b, asset).Values
		if p["session_lock_minutes"] != nil || p["last_backup_at"] != nil || p["backup_destination"] != nil {
			t.Errorf("impossible values were kept: %v", p)
		}
		for _, r := range []*register.Register{catalog.Asset, catalog.Account, catalog.Endpoint, catalog.Installation, catalog.PendingUpdate, catalog.Software, catalog.HostPosture} {
			page, err := b.List(t.Context(), r, register.ListQuery{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range page.Records {
				for name, v := range rec.Values {
					if s, ok := v.(string); ok && name != "unknown_reasons" && strings.ContainsAny(s, "\x00\n\u202e") {
						t.Errorf("%s %s: %q", r.ID, name, s)
					}
				}
			}
		}
	})
}

// large is the report of a machine of n packages, each of its own source.
func large(n int) agent.Report {
	r := full()
	r.Packages.Value = nil
	for i := range n {
		name := fmt.Sprintf("package-%04d", i)
		r.Packages.Value = append(r.Packages.Value, agent.Package{Name: name, Version: "1.2-" + fmt.Sprint(i), Source: name, Arch: "amd64"})
	}
	return r
}

// TestLargeReport: 3000 packages are taken in well under the time an agent
// waits, the first time and the next ones.
func TestLargeReport(t *testing.T) {
	each(t, func(t *testing.T, b *register.Book) {
		start := time.Now()
		take(t, b, large(3000))
		first := time.Since(start)
		r := large(3000)
		r.ObservedAt = noon.Add(time.Hour)
		start = time.Now()
		take(t, b, r)
		t.Logf("first report %v, the next %v", first, time.Since(start))
		if next := time.Since(start); next > time.Second {
			t.Errorf("a report that says the same took %v", next)
		}
	})
}

// FuzzTake: whatever an enrolled machine sends, Take answers records or an error
// for people, and never an internal one.
func FuzzTake(f *testing.F) {
	for _, r := range []agent.Report{full(), hostile(), {}} {
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	db := storetest.Open(f, "sqlite")
	if err := store.Migrate(f.Context(), db, app.SchemaVersion, app.Tables()); err != nil {
		f.Fatal(err)
	}
	b := register.NewBook(db, catalog.All(), nil)
	err := b.Write(f.Context(), by(), func(w *register.Writer) error {
		_, err := w.Create(f.Context(), catalog.Entity, register.Values{"id": "alpha", "name": "Alpha", "country": "FR"})
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r agent.Report
		if json.Unmarshal(data, &r) != nil {
			return
		}
		if _, err := host.Take(t.Context(), b, r, noon.Add(time.Minute)); err != nil && vigie.CodeOf(err) == vigie.Internal {
			t.Errorf("%v", err)
		}
	})
}
