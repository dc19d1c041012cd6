// Package bench measures Vigie against the speed targets of its design, as
// ratios inside one run. It serves no rule: the world it makes is large, mostly
// in order, and judged by all of them.
package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
)

// Now is the instant at which worlds are judged.
var Now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A row is a small random generator of its own: what a record holds depends
// only on its register and its number.
type row struct {
	i    int
	n    int // assets of the world
	seed uint64
}

func (r *row) next() uint64 { // splitmix64
	r.seed += 0x9e3779b97f4a7c15
	z := r.seed
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// upTo returns a number below n.
func (r *row) upTo(n int) int { return int(r.next() % uint64(n)) }

// some says yes as often as perThousand asks.
func (r *row) some(perThousand int) bool { return r.upTo(1000) < perThousand }

// day is a day in the past, at most so many days ago; moment likewise.
func (r *row) day(most int) int64 { return int64(vigie.DayOf(Now)) - int64(r.upTo(most)) }

func (r *row) moment(mostHours int) int64 { return Now.Unix() - int64(r.upTo(mostHours*3600)) }

func today(days int) int64 { return int64(vigie.DayOf(Now)) + int64(days) }

func ref(register string, i int) string { return fmt.Sprintf("%s-%06d", register, i) }

// A crowd is the records of one register.
type crowd struct {
	register *register.Register
	count    func(n int) int
	fill     func(r *row, v register.Values)
}

func share(perThousand int) func(n int) int { return func(n int) int { return n * perThousand / 1000 } }

func few(count int) func(n int) int { return func(int) int { return count } }

// kinds are those of the assets in turn: half of them are machines.
var kinds = []string{"server", "laptop", "workstation", "laptop", "network", "application", "application", "database", "data", "data"}

func kindOf(i int) string { return kinds[i%len(kinds)] }

// machine returns the i-th asset that is a server, workstation or laptop.
func machine(i int) string { return ref("asset", i/4*len(kinds)+i%4) }

// system returns the i-th asset that logs: all but data.
func system(i int) string { return ref("asset", i/8*len(kinds)+i%8) }

// safe returns the i-th asset that holds what a backup keeps.
func safe(i int) string {
	return ref("asset", i/5*len(kinds)+[]int{0, 5, 7, 8, 9}[i%5])
}

// crowds are the records of a world, about fifteen for each asset.
var crowds = []crowd{
	{catalog.Entity, few(3), func(r *row, v register.Values) {
		v["name"], v["country"], v["head"] = fmt.Sprintf("Entité %d", r.i), "FR", r.i == 0
		if r.i > 0 {
			v["parent"] = ref("entity", 0)
		}
	}},
	{catalog.Site, few(40), func(r *row, v register.Values) {
		v["name"], v["entity"], v["country"], v["kind"] = fmt.Sprintf("Site %d", r.i), ref("entity", r.i%3), "FR", "office"
	}},
	{catalog.Room, share(20), func(r *row, v register.Values) {
		v["name"], v["site"], v["kind"], v["secured"] = fmt.Sprintf("Salle %d", r.i), ref("site", r.i%40), "server_room", true
		for _, f := range []string{"theft_protection", "fire_protection", "humidity_protection", "flood_protection", "cooling", "backup_power"} {
			v[f] = true
		}
	}},
	{catalog.Team, few(200), func(r *row, v register.Values) {
		v["name"], v["entity"], v["manager"] = fmt.Sprintf("Service %d", r.i), ref("entity", r.i%3), ref("person", r.i)
	}},
	{catalog.Person, share(100), func(r *row, v register.Values) {
		v["name"], v["email"], v["kind"], v["entity"] = fmt.Sprintf("Personne %06d", r.i), fmt.Sprintf("p%06d@example.org", r.i), "employee", ref("entity", r.i%3)
		v["team"], v["site"], v["uses_is"], v["first_day"] = ref("team", r.i%200), ref("site", r.i%40), true, today(-400-r.upTo(3000))
		if r.i > 20 && r.some(10) {
			v["last_day"] = r.day(700)
		}
	}},
	{catalog.RoleAssignment, few(8), func(r *row, v register.Values) {
		v["role"], v["person"], v["call_order"], v["starts_on"] = []string{"committee", "committee", "committee", "ciso", "cio", "dpo", "it_team", "hr"}[r.i], ref("person", r.i), int64(r.i), today(-500)
	}},
	{catalog.SupportCycle, few(100), func(r *row, v register.Values) {
		v["product"], v["cycle"], v["eol_on"], v["refreshed_at"] = fmt.Sprintf("produit-%d", r.i), "1", today(400), r.moment(200)
		if r.i == 7 {
			v["eol_on"] = today(-30)
		}
	}},
	{catalog.Asset, share(1000), asset},
	{catalog.AssetReview, share(1000), func(r *row, v register.Values) {
		v["asset"], v["reviewer"], v["reviewed_on"] = ref("asset", r.i), owner(r.i, r.n), r.day(85)
		v["classification_confirmed"], v["rights_approved"] = true, !r.some(10)
	}},
	{catalog.Dependency, share(300), func(r *row, v register.Values) {
		v["asset"], v["needs"], v["kind"] = ref("asset", r.i/3*len(kinds)+5+r.i%3), ref("asset", r.upTo(r.n)/len(kinds)*len(kinds)), "hosted_on"
	}},
	{catalog.HostPosture, share(400), func(r *row, v register.Values) {
		v["asset"], v["observed_at"], v["software_observed_at"] = machine(r.i), r.moment(20), r.moment(20)
		v["agent_version"], v["os_name"], v["os_version"] = "1", "Debian", "12"
		for _, f := range []string{"disk_encrypted", "encryption_central", "recovery_key_escrowed", "firewall_on", "malware_protection_on", "integrity_on", "time_synced"} {
			v[f] = !r.some(5)
		}
		v["encryption_reliable"], v["updates_observed_at"] = !r.some(5), r.moment(20)
		v["malware_signatures_at"], v["session_lock_minutes"], v["last_backup_at"], v["backup_destination"] = r.moment(20), int64(10), r.moment(20), "approved"
	}},
	{catalog.Software, share(20), func(r *row, v register.Values) {
		v["name"], v["status"], v["paid"], v["major_vulnerability"] = fmt.Sprintf("logiciel-%06d", r.i), "approved", r.i%10 == 0, false
		if r.some(5) {
			v["status"] = "banned"
		}
	}},
	{catalog.Licence, share(2), func(r *row, v register.Values) {
		v["software"], v["seats"], v["starts_on"], v["ends_on"] = ref("software", r.i*10), int64(1000), today(-300), today(300)
	}},
	{catalog.Installation, share(2000), func(r *row, v register.Values) {
		v["asset"], v["software"], v["version_text"], v["observed_at"] = machine(r.i%(r.n*4/10)), ref("software", r.upTo(r.n/50)), "1.2.3", r.moment(200)
	}},
	{catalog.Directory, few(20), func(r *row, v register.Values) {
		v["name"], v["kind"], v["entity"], v["last_read_at"] = fmt.Sprintf("annuaire-%d", r.i), "ldap", ref("entity", r.i%3), r.moment(3)
	}},
	{catalog.PasswordPolicy, few(20), func(r *row, v register.Values) {
		v["name"], v["directory"], v["privileged"], v["min_length"], v["classes"], v["history"] = "défaut", ref("directory", r.i), false, int64(14), int64(4), int64(8)
		v["lockout_attempts"], v["lockout_minutes"], v["max_age_days"], v["observed_at"] = int64(5), int64(15), int64(365), r.moment(3)
	}},
	{catalog.Account, share(300), func(r *row, v register.Values) {
		v["login"], v["directory"], v["kind"], v["enabled"], v["privileged"] = fmt.Sprintf("compte%06d", r.i), ref("directory", r.i%20), "named", true, false
		v["policy"], v["policy_exempt"], v["initial_password"], v["users_count"] = ref("password_policy", r.i%20), false, false, int64(1)
		v["observed_at"], v["last_login_at"], v["created_on"] = r.moment(3), r.moment(500), r.day(900)
		if !r.some(5) {
			v["person"] = ref("person", r.i%(r.n/10))
		}
	}},
	{catalog.AccessRule, share(500), func(r *row, v register.Values) {
		v["asset"], v["audience"], v["level"], v["defined_by"], v["defined_on"] = safe(r.i), "Service", "read", owner(place(safe(r.i)), r.n), r.day(300)
	}},
	{catalog.AccessGrant, share(700), func(r *row, v register.Values) {
		v["asset"], v["person"], v["level"], v["granted_on"] = safe(r.upTo(r.n/2)), ref("person", r.upTo(r.n/10)), "read", today(-100-r.upTo(200))
		v["approved_by"], v["approved_on"] = ref("person", r.upTo(r.n/10)), today(-310)
	}},
	{catalog.Vetting, share(95), func(r *row, v register.Values) {
		v["person"], v["kind"], v["done_on"], v["valid_until"] = ref("person", r.i), "verification", today(-400), today(500)
	}},
	{catalog.EmploymentContract, share(100), func(r *row, v register.Values) {
		v["person"], v["kind"], v["starts_on"], v["confidentiality_clause"], v["clause_signed_on"], v["ownership_clause"] = ref("person", r.i), "permanent", today(-4000), true, today(-4000), !r.some(10)
		v["file_hash"] = "00"
	}},
	{catalog.LogSource, share(1600), func(r *row, v register.Values) {
		v["asset"], v["kind"], v["onboarded_on"], v["last_event_at"] = system(r.i%(r.n*8/10)), []string{"system", "access"}[r.i/(r.n*8/10)], today(-600), r.moment(20)
		v["last_success_at"], v["last_failure_at"] = r.moment(20), r.moment(200)
		v["oldest_verified_on"], v["oldest_kept_on"], v["verified_at"], v["verification_failed"], v["clock_skew_seconds"], v["assurance"] = today(-300), today(-300), r.moment(20), false, int64(0), "tls"
		if r.some(10) {
			v["last_event_at"] = r.moment(2000)
		}
	}},
	{catalog.Monitor, share(200), func(r *row, v register.Values) {
		v["asset"], v["kind"], v["last_beat_at"], v["state"] = ref("asset", r.i/2*len(kinds)+r.i%2*4), "agent", Now.Unix()-int64(r.upTo(200)), "up"
	}},
	{catalog.PendingUpdate, share(400), func(r *row, v register.Values) {
		v["asset"], v["package"], v["security"], v["severity"], v["first_seen_on"], v["observed_at"] = machine(r.upTo(r.n*4/10)), "libssl3", true, "important", r.day(25), r.moment(20)
		if r.some(700) {
			v["resolved_on"] = r.day(20)
		}
		if r.some(10) {
			v["first_seen_on"] = r.day(90)
		}
	}},
	{catalog.Endpoint, share(200), func(r *row, v register.Values) {
		v["name"], v["asset"], v["port"], v["service"], v["remote_access"], v["audience"], v["observed_at"] = "ssh", ref("asset", r.i/2*len(kinds)+r.i%2*4), int64(22), "ssh", true, "internal", r.moment(20)
		for _, f := range []string{"clear_login", "weak_protocol", "weak_suite", "weak_key", "weak_signature"} {
			v[f] = r.some(5)
		}
		v["encrypted"] = true
	}},
	{catalog.ServiceScan, share(200), func(r *row, v register.Values) {
		v["asset"], v["scanned_at"] = ref("asset", r.i/2*len(kinds)+r.i%2*4), r.moment(200)
	}},
	{catalog.Document, share(5), func(r *row, v register.Values) {
		v["title"], v["kind"], v["entity"], v["owner"], v["confidentiality"], v["in_force_on"], v["reviewed_on"], v["file_hash"] = fmt.Sprintf("Document %d", r.i), "operation", ref("entity", r.i%3), ref("person", 4), int64(2), today(-300), today(-50), "00"
	}},
	{catalog.Procedure, share(800), func(r *row, v register.Values) {
		v["title"], v["family"], v["asset"] = fmt.Sprintf("Procédure %d", r.i), []string{"system", "network", "workstation", "application"}[r.i%4], system(r.i)
		v["document"], v["followed_by"], v["approved_by"], v["updated_by"] = ref("document", r.upTo(max(r.n/200, 1))), ref("person", 4), ref("person", 5), ref("person", 6)
		v["approved_on"], v["reviewed_on"] = today(-200), today(-50)
	}},
	{catalog.Audit, share(500), func(r *row, v register.Values) {
		v["asset"], v["reason"], v["done_on"], v["auditor"], v["report_hash"], v["findings_count"] = system(r.i), []string{"periodic", "go_live"}[r.i%2], r.day(300), "Cabinet", "00", int64(0)
	}},
	{catalog.Communication, few(3), func(r *row, v register.Values) {
		v["title"], v["kind"], v["published_on"], v["content_hash"] = fmt.Sprintf("Communication %d", r.i), []string{"awareness", "media_module", "reaction_procedure"}[r.i], today(-300), "00"
	}},
	{catalog.Acknowledgement, share(300), func(r *row, v register.Values) {
		v["person"], v["communication"], v["acknowledged_on"], v["content_hash"] = ref("person", r.i%(r.n/10)), ref("communication", r.i/(r.n/10)), r.day(280), "00"
	}},
	{catalog.Zone, few(40), func(r *row, v register.Values) {
		v["name"], v["entity"], v["kind"] = fmt.Sprintf("zone-%d", r.i), ref("entity", r.i%3), "servers"
	}},
	{catalog.Protocol, few(60), func(r *row, v register.Values) {
		v["name"], v["transport"], v["port"], v["status"], v["encrypted"], v["reviewed_on"] = fmt.Sprintf("protocole-%d", r.i), "tcp", int64(1000+r.i), "allowed", true, today(-30)
	}},
	{catalog.Flow, share(20), func(r *row, v register.Values) {
		v["name"], v["src_zone"], v["dst_zone"], v["protocol"] = fmt.Sprintf("F-%06d", r.i), ref("zone", r.i%40), ref("zone", r.i/40%40), ref("protocol", r.i/1600%60)
		v["owner"], v["justification"], v["approved_on"], v["last_used_at"], v["confidentiality"] = ref("person", r.upTo(r.n/10)), "Besoin métier", today(-200), r.moment(500), int64(2)
	}},
	{catalog.ObservedFlow, share(500), func(r *row, v register.Values) {
		k := r.upTo(max(r.n/50, 1))
		v["src_zone"], v["dst_zone"], v["protocol"], v["transport"], v["port"] = ref("zone", k%40), ref("zone", k/40%40), ref("protocol", k/1600%60), "tcp", int64(1000+k/1600%60)
		v["last_seen_at"], v["confidentiality"] = r.moment(200), int64(1)
	}},
	{catalog.BackupPlan, share(500), func(r *row, v register.Values) {
		v["asset"], v["responsible"], v["frequency_hours"], v["kind"], v["medium"] = safe(r.i), ref("person", r.upTo(r.n/10)), int64(24), "incremental", "disk"
		v["retention_days"], v["restore_test_days"], v["validated_on"], v["reviewed_on"] = int64(90), int64(365), today(-200), today(-100)
		v["validated_by"], v["reviewed_by"] = ref("person", 4), ref("person", 4)
	}},
	{catalog.BackupRun, share(2500), func(r *row, v register.Values) {
		v["plan"], v["ok"], v["size_bytes"], v["oldest_kept_on"] = ref("backup_plan", r.i/5), !r.some(20), int64(1<<30), today(-120)
		v["finished_at"] = Now.Unix() - int64(r.i%5)*86400 - int64(r.upTo(3600*6))
	}},
	{catalog.BackupCopy, share(500), func(r *row, v register.Values) {
		v["immutable"] = true
		v["plan"], v["site"], v["secured"], v["last_copy_at"] = ref("backup_plan", r.i), ref("site", 39), true, r.moment(20)
	}},
	{catalog.RestoreTest, share(500), func(r *row, v register.Values) {
		v["plan"], v["tested_on"], v["ok"], v["measured_hours"] = ref("backup_plan", r.i), r.day(360), true, int64(2)
	}},
	{catalog.RecoveryPlan, share(200), func(r *row, v register.Values) {
		v["asset"], v["team"], v["approved_on"], v["reviewed_on"], v["steps"] = ref("asset", r.i*5), ref("team", r.i%200), today(-300), today(-100), "Restaurer"
	}},
	{catalog.RecoveryTest, share(200), func(r *row, v register.Values) {
		v["plan"], v["tested_on"], v["ok"], v["measured_hours"], v["measured_loss_hours"] = ref("recovery_plan", r.i), r.day(360), true, int64(2), int64(2)
	}},
	{catalog.Exposure, share(100), func(r *row, v register.Values) {
		v["asset"], v["vulnerability"], v["detected_on"], v["decision"], v["decided_on"], v["fixed_on"] = machine(r.i), ref("vulnerability", r.i%1000), r.day(200), "fix", today(0), today(0)
	}},
	{catalog.Vulnerability, few(1000), func(r *row, v register.Values) {
		v["cve"], v["published_on"], v["exploited"] = fmt.Sprintf("CVE-2025-%05d", r.i), r.day(300), r.i%50 == 0
	}},
	{catalog.Incident, share(10), func(r *row, v register.Values) {
		v["title"], v["entity"], v["detected_at"], v["severity"], v["crisis"] = fmt.Sprintf("Incident %d", r.i), ref("entity", r.i%3), r.moment(8000), "minor", false
	}},
}

// place returns the number at the end of a reference.
func place(ref string) int {
	i, err := strconv.Atoi(ref[strings.LastIndexByte(ref, '-')+1:])
	if err != nil {
		panic(err)
	}
	return i
}

// owner returns the owner of the i-th asset.
func owner(i, n int) string { return ref("person", i*7%(n/10)) }

func asset(r *row, v register.Values) {
	kind := kindOf(r.i)
	v["name"], v["kind"], v["entity"], v["site"] = fmt.Sprintf("%s %06d", kind, r.i), kind, ref("entity", r.i%3), ref("site", r.i%39)
	v["room"], v["status"], v["environment"] = ref("room", r.i%(r.n/50)), "in_service", "production"
	v["owner"], v["deputy"], v["maintainer"] = owner(r.i, r.n), ref("person", (r.i*7+1)%(r.n/10)), ref("person", (r.i*7+2)%(r.n/10))
	v["d"], v["i"], v["c"], v["t"] = int64(r.upTo(3)), int64(r.upTo(3)), int64(r.upTo(3)), int64(r.upTo(3))
	if r.i%5 == 0 {
		v["d"] = int64(3)
	}
	v["rated_on"], v["dima_hours"], v["pdma_hours"], v["retention_days"] = r.day(300), int64(12), int64(48), int64(60)
	v["vital"], v["personal_data"], v["has_storage"], v["third_party_access"] = false, false, kind == "server", false
	v["publication_decided_on"], v["created_on"], v["live_on"], v["confirmed_at"] = r.day(300), today(-500-r.upTo(1000)), today(-500), r.moment(2000)
	v["support"], v["serial"] = ref("support_cycle", r.i%100), fmt.Sprintf("SN%08d", r.i)
	if r.some(10) {
		delete(v, []string{"owner", "deputy", "d", "confirmed_at"}[r.upTo(4)])
	}
}

// Open returns a world of n assets in a SQLite file under dir, made if it is
// not there, and the number of its rows.
func Open(ctx context.Context, dir string, n int) (*app.App, int64, error) {
	path := filepath.Join(dir, fmt.Sprintf("world-%d.db", n))
	if _, err := os.Stat(path); err != nil {
		tmp := path + ".new"
		for _, old := range []string{tmp, tmp + "-wal", tmp + "-shm"} {
			os.Remove(old)
		}
		if err := build(ctx, tmp, n); err != nil {
			return nil, 0, err
		}
		if err := os.Rename(tmp, path); err != nil {
			return nil, 0, err
		}
	}
	a, err := app.Open(ctx, path, "")
	if err != nil {
		return nil, 0, err
	}
	var rows int64
	for _, c := range crowds {
		rows += int64(c.count(n))
	}
	return a, rows, nil
}

// build fills tables without indexes, with the bare driver, then lets the
// migration add the indexes.
func build(ctx context.Context, path string, n int) error {
	tables := app.Tables()
	for i := range tables {
		tables[i].Indexes = nil
	}
	db, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	err = store.Migrate(ctx, db, app.SchemaVersion, tables)
	db.Close()
	if err != nil {
		return err
	}
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(MEMORY)&_pragma=synchronous(OFF)&_pragma=cache_size(-262144)")
	if err != nil {
		return err
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	for _, c := range crowds {
		if err := fill(ctx, raw, c, n); err != nil {
			return fmt.Errorf("%s: %w", c.register.ID, err)
		}
	}
	if err := raw.Close(); err != nil {
		return err
	}
	if db, err = store.Open(ctx, path); err != nil {
		return err
	}
	defer db.Close()
	return store.Migrate(ctx, db, app.SchemaVersion, app.Tables())
}

// rowsAtOnce is the number of rows of one INSERT.
const rowsAtOnce = 40

func fill(ctx context.Context, raw *sql.DB, c crowd, n int) error {
	tx, err := raw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	columns := []string{"id", "version", "created_at", "updated_at", "source", "search"}
	for _, f := range c.register.Fields {
		columns = append(columns, f.Name)
	}
	main := newInserter(tx, c.register.ID, columns)
	words := newInserter(tx, "search_word", []string{"register", "word", "record"})
	for i := range c.count(n) {
		r := &row{i: i, n: n, seed: uint64(i)*0x2545f4914f6cdd1d + uint64(len(c.register.ID))}
		v := register.Values{}
		c.fill(r, v)
		for _, f := range c.register.Fields {
			if f.Derive != nil {
				v[f.Name] = f.Derive(v)
			}
		}
		id := ref(c.register.ID, i)
		search := c.register.SearchText(id, v)
		cells := []any{id, 1, Now.Unix() - 86400, Now.Unix() - 86400, "bench", search}
		for _, f := range c.register.Fields {
			cells = append(cells, v[f.Name])
		}
		if err := main.add(ctx, cells); err != nil {
			return err
		}
		for _, w := range register.Words(search) {
			if err := words.add(ctx, []any{c.register.ID, w, id}); err != nil {
				return err
			}
		}
	}
	if err := main.flush(ctx); err != nil {
		return err
	}
	if err := words.flush(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// An inserter puts rows many at once.
type inserter struct {
	tx      *sql.Tx
	head    string
	mark    string
	full    *sql.Stmt
	pending []any
	rows    int
}

func newInserter(tx *sql.Tx, table string, columns []string) *inserter {
	return &inserter{tx: tx, head: "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ", mark: "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"}
}

func (in *inserter) add(ctx context.Context, cells []any) (err error) {
	in.pending = append(in.pending, cells...)
	if in.rows++; in.rows < rowsAtOnce {
		return nil
	}
	if in.full == nil {
		if in.full, err = in.tx.PrepareContext(ctx, in.head+strings.TrimSuffix(strings.Repeat(in.mark+", ", rowsAtOnce), ", ")); err != nil {
			return err
		}
	}
	_, err = in.full.ExecContext(ctx, in.pending...)
	in.pending, in.rows = in.pending[:0], 0
	return err
}

func (in *inserter) flush(ctx context.Context) error {
	if in.rows == 0 {
		return nil
	}
	_, err := in.tx.ExecContext(ctx, in.head+strings.TrimSuffix(strings.Repeat(in.mark+", ", in.rows), ", "), in.pending...)
	in.pending, in.rows = nil, 0
	return err
}
