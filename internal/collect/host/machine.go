package host

import (
	"context"
	"slices"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/i18n"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

var kinds = map[string]string{"server": "server", "workstation": "workstation", "laptop": "laptop", "tablet": "tablet", "virtual": "server", "container": "server"}

// machine finds the asset that the machine is, or adds it.
func (t *taker) machine(ctx context.Context) error {
	known, err := t.knownAsset(ctx)
	if err != nil {
		return err
	}
	if known != "" {
		t.asset = known
		had, _, err := t.Get(ctx, catalog.Asset, known)
		if err != nil {
			return err
		}
		return t.put(ctx, catalog.Asset, known, had, register.Values{"confirmed_at": max(t.at, number(had["confirmed_at"]))}, "confirmed_at")
	}
	entity, err := t.first(ctx, "SELECT id FROM entity ORDER BY CASE WHEN head THEN 0 ELSE 1 END, id LIMIT 1", nil)
	if err != nil {
		return err
	}
	if entity == "" {
		return &vigie.Error{Code: vigie.Conflict, Key: "host.no_entity"}
	}
	t.asset = t.ownID()
	v := register.Values{"name": cleaned(t.report.Hostname), "kind": "server", "entity": entity, "status": "in_service", "created_on": t.today, "confirmed_at": t.at,
		"has_storage": true, "serial": text(t.report.Machine.Serial)}
	if k := kinds[t.report.Machine.Kind.Value]; k != "" {
		v["kind"] = k
	}
	return t.put(ctx, catalog.Asset, t.asset, nil, v)
}

// ownID is the id of the asset that the agent adds for the machine.
func (t *taker) ownID() string { return "host-" + t.report.MachineID }

// directoryID is the id of the directory of the local accounts of the machine;
// it also remembers which asset the machine is.
func (t *taker) directoryID() string { return "local-" + t.report.MachineID }

// silence is how long the machine of an asset has been silent before another
// one with the same serial number is taken for the same, installed anew.
const silence = 7 * 24 * 3600 // seconds

// knownAsset finds the asset that the machine was at its last report, else one
// of the inventory with its serial number, else with its name. An asset that
// another machine speaks for is not taken: two machines would overwrite each
// other.
func (t *taker) knownAsset(ctx context.Context) (string, error) {
	args := map[string]any{"own": t.ownID(), "directory": t.directoryID(), "serial": cleaned(t.report.Machine.Serial), "name": cleaned(t.report.Hostname), "silent": t.at - silence}
	const others = ` AND NOT EXISTS (SELECT 1 FROM directory d WHERE d.asset = asset.id AND d.kind = 'local' AND d.id LIKE 'local-%'`
	queries := []string{
		"SELECT asset FROM directory WHERE id = :directory AND asset IS NOT NULL",
		"SELECT id FROM asset WHERE id = :own",
	}
	if args["serial"] != "" {
		queries = append(queries, "SELECT MAX(id) FROM asset WHERE serial = :serial"+others+" AND d.last_read_at > :silent) HAVING COUNT(*) = 1")
	}
	queries = append(queries, "SELECT MAX(id) FROM asset WHERE name = :name AND family = 'hardware' AND (serial IS NULL OR serial = :serial OR :serial = '')"+others+") HAVING COUNT(*) = 1")
	for _, query := range queries {
		if id, err := t.first(ctx, query, args); err != nil || id != "" {
			return id, err
		}
	}
	return "", nil
}

func number(v any) int64 {
	n, _ := v.(int64)
	return n
}

// system records which version of which system runs, and until when it is
// supported. What people or a feed say of a version is left as it is; among
// machines, the one with the latest data is believed.
func (t *taker) system(ctx context.Context) error {
	os := t.report.OS.Value
	product, cycle := cleaned(os.ID), cleaned(os.Version)
	if !t.report.OS.Known || product == "" || cycle == "" {
		return nil
	}
	id, err := t.first(ctx, "SELECT id FROM support_cycle WHERE product = :product AND cycle = :cycle ORDER BY id LIMIT 1", map[string]any{"product": product, "cycle": cycle})
	if err != nil {
		return err
	}
	s := t.report.Support
	v := register.Values{"product": product, "cycle": cycle}
	if s.Known {
		v["refreshed_at"] = t.instant(s.Value.SourceAt)
	}
	for field, day := range map[string]string{"eol_on": s.Value.SupportedUntil, "extended_on": s.Value.ExtendedUntil} {
		if d, err := vigie.ParseDay(day); err == nil && s.Known {
			v[field] = int64(d)
		}
	}
	if id == "" {
		id = key("os-" + strings.ToLower(product) + "-" + strings.ToLower(cycle))
		err = t.put(ctx, catalog.SupportCycle, id, nil, v)
	} else {
		err = t.correctCycle(ctx, id, v)
	}
	if err != nil {
		return err
	}
	_, err = t.Update(ctx, catalog.Asset, t.asset, 0, register.Values{"support": id})
	return err
}

func (t *taker) correctCycle(ctx context.Context, id string, v register.Values) error {
	had, meta, err := t.Get(ctx, catalog.SupportCycle, id)
	if err != nil || meta.Source != "agent" || number(v["refreshed_at"]) <= number(had["refreshed_at"]) {
		return err
	}
	_, err = t.Update(ctx, catalog.SupportCycle, id, 0, v)
	return err
}

// posture keeps the last picture that the machine gave of itself. What people
// say there (escrow of recovery keys…) stays.
func (t *taker) posture(ctx context.Context) error {
	had, err := t.own(ctx, catalog.HostPosture, "asset = :asset")
	if err != nil {
		return err
	}
	id := key("posture-" + t.asset)
	for known := range had { // at most one
		id = known
	}
	if number(had[id]["observed_at"]) > t.at {
		return &vigie.Error{Code: vigie.Conflict, Key: "host.later_report"}
	}
	v := t.picture()
	t.systemDiffers(had[id], v)
	if err := t.compare(ctx, id, had[id], v); err != nil {
		return err
	}
	if had[id] == nil {
		return t.put(ctx, catalog.HostPosture, id, nil, v)
	}
	_, err = t.Update(ctx, catalog.HostPosture, id, 0, v)
	return err
}

// compare completes a posture with what only the former one tells: an encryption
// that is lost, a destination of backups that people approved.
func (t *taker) compare(ctx context.Context, id string, had, v register.Values) error {
	if had["backup_destination"] == "approved" && v["backup_destination"] == "unknown" {
		delete(v, "backup_destination")
	}
	if had == nil || v["disk_encrypted"] != false || had["disk_encrypted"] == false {
		return nil
	}
	lost := had["disk_encrypted"] == true
	if !lost { // unknown meanwhile
		was, err := t.first(ctx, `SELECT record FROM history WHERE register = 'host_posture' AND record = :id
			AND (changes LIKE '%"disk_encrypted":[null,true]%' OR changes LIKE '%"disk_encrypted":[false,true]%') LIMIT 1`, map[string]any{"id": id})
		if err != nil {
			return err
		}
		lost = was != ""
	}
	if lost {
		v["encryption_lost_at"] = t.at
	}
	return nil
}

// A picture is a posture in the making.
type picture struct {
	register.Values
	unknown []string // what the machine could not tell, in both languages
}

// fact writes what the machine knows into a field, or why it does not.
func fact[T any](p *picture, field string, f agent.Fact[T], value func(T) any) {
	if f.Known {
		p.Values[field] = value(f.Value)
		return
	}
	p.Values[field] = nil
	label := catalog.HostPosture.Field(field).Label
	p.unknown = append(p.unknown, label.FR+" : "+reason(vigie.FR, f.Reason)+" / "+label.EN+": "+reason(vigie.EN, f.Reason))
}

// reason is the sentence of a reason; a later agent may give one that this
// server does not know.
func reason(lang vigie.Lang, name string) string {
	if sentence := i18n.T(lang, name); sentence != name && strings.HasPrefix(name, agent.ReasonPrefix) {
		return sentence
	}
	return i18n.T(lang, "host.reason")
}

// picture is the posture that the report tells. A fact that the machine could
// not know is unknown, whatever was known before.
func (t *taker) picture() register.Values {
	r := t.report
	p := &picture{Values: register.Values{"asset": t.asset, "observed_at": t.at, "agent_version": text(r.AgentVersion),
		"os_version": text(r.OS.Value.Version), "kernel": text(r.OS.Value.Kernel), "malware_signatures_at": nil, "backup_destination": nil, "unknown_reasons": nil}}
	fact(p, "os_name", r.OS, func(os agent.OS) any { return text(os.Name) })
	fact(p, "software_observed_at", r.Packages, func([]agent.Package) any { return t.at })
	// The lists are those of the last time that the machine asked, not of today.
	fact(p, "updates_observed_at", r.Updates, func(u agent.Updates) any { return t.instant(u.ListsAt) })
	fact(p, "disk_encrypted", r.DiskEncryption, func(d agent.DiskEncryption) any { return d.Encrypted })
	switch d := r.DiskEncryption; {
	case !d.Known || !d.Value.Encrypted:
		p.Values["encryption_reliable"] = nil
	case d.Value.Reliable.Known: // else a central tool may have said it
		p.Values["encryption_reliable"] = d.Value.Reliable.Value
	}
	fact(p, "firewall_on", r.Firewall, func(f agent.Firewall) any { return f.Active })
	fact(p, "malware_protection_on", r.Malware, func(m agent.Malware) any { return m.Active })
	if r.Malware.Known && r.Malware.Value.Active {
		fact(p, "malware_signatures_at", r.Malware.Value.SignaturesAt, t.instant)
	}
	fact(p, "integrity_on", r.Integrity, func(i agent.Integrity) any { return i.Active })
	fact(p, "time_synced", r.TimeSync, func(s agent.TimeSync) any { return s.Synced })
	fact(p, "session_lock_minutes", r.SessionLock, func(s agent.SessionLock) any { return count(s.Minutes) })
	fact(p, "last_backup_at", r.Backups, func(list []agent.Backup) any {
		if len(list) == 0 {
			return nil
		}
		last := slices.MaxFunc(list, func(a, b agent.Backup) int { return a.LastAt.Compare(b.LastAt) })
		p.Values["backup_destination"] = option(catalog.HostPosture, "backup_destination", last.Destination)
		return t.instant(last.LastAt)
	})
	if len(p.unknown) > 0 {
		p.Values["unknown_reasons"] = strings.Join(p.unknown, "\n")
	}
	return p.Values
}
