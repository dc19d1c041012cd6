package bench_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"time"

	"vigie.example/internal/api"
	"vigie.example/internal/app"
	"vigie.example/internal/bench"
	"vigie.example/internal/control"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/store"
)

const (
	small = 10_000
	large = 1_000_000
)

// world opens a world kept between runs; VIGIE_BENCH_ASSETS replaces the number
// of assets of the large one, for a quick try.
func world(b *testing.B, n int) *app.App {
	b.Helper()
	if s := os.Getenv("VIGIE_BENCH_ASSETS"); s != "" && n == large {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	dir := benchDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	a, rows, err := bench.Open(b.Context(), dir, n)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.Close() })
	say("world of %d assets and %d rows, ready in %s", n, rows, time.Since(start).Round(time.Millisecond))
	return a
}

func benchDir() string {
	if dir := os.Getenv("VIGIE_BENCH_DIR"); dir != "" {
		return dir
	}
	return "../../bin/bench"
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// target prints a measure beside what the design asks.
func target(what string, got, most float64, unit string) {
	state := "met"
	if got > most {
		state = "MISSED"
	}
	say("%-62s %10.2f %-6s at most %.2f: %s", what, got, unit, most, state)
}

func median(d []time.Duration) time.Duration { return quantile(d, 0.5) }

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[min(int(float64(len(d))*q), len(d)-1)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// BenchmarkFullEvaluation: all rules with findings kept, beside the bare driver
// running the same SQL, in turn.
func BenchmarkFullEvaluation(b *testing.B) {
	for _, n := range []int{small, large} {
		a := world(b, n)
		n = assets(b, a)
		start := time.Now()
		if err := a.Engine.Tick(b.Context(), bench.Now); err != nil { // opens the findings, once
			b.Fatal(err)
		}
		say("first evaluation: %s", time.Since(start).Round(time.Millisecond))
		raw := bare(b, a)
		var ours, theirs []time.Duration
		for range 3 {
			start := time.Now()
			evaluate(b, raw, a)
			theirs = append(theirs, time.Since(start))
			start = time.Now()
			if err := a.Engine.Tick(b.Context(), bench.Now); err != nil {
				b.Fatal(err)
			}
			ours = append(ours, time.Since(start))
		}
		say("full evaluation: Vigie %s, bare driver %s", median(ours).Round(time.Millisecond), median(theirs).Round(time.Millisecond))
		ratio := float64(median(ours)) / float64(median(theirs))
		target(fmt.Sprintf("full evaluation, %d assets, ratio to the bare driver", n), ratio, 1.5, "")
		if n == small {
			target("full evaluation, 10000 assets", ms(median(ours)), 500, "ms")
		}
		slowest(b, a)
		b.ReportMetric(ratio, fmt.Sprintf("ratio-%d", n))
	}
}

// slowest names the checks that take the most time.
func slowest(b *testing.B, a *app.App) {
	rows, err := a.DB.Query(b.Context(), "SELECT check_key, judged, open, duration_us FROM check_state ORDER BY duration_us DESC LIMIT 12", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var judged, open, took int64
		if err := rows.Scan(&key, &judged, &open, &took); err != nil {
			b.Fatal(err)
		}
		say("  %-36s %8d judged %8d open %9.1f ms", key, judged, open, float64(took)/1000)
	}
}

// bare opens the file of a world with the driver alone, set as the store sets it.
func bare(b *testing.B, a *app.App) *sql.DB {
	b.Helper()
	rows, err := a.DB.Query(b.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'", nil)
	if err != nil {
		b.Fatal(err)
	}
	var path string
	rows.Next()
	if err := rows.Scan(&path); err != nil {
		b.Fatal(err)
	}
	rows.Close()
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=temp_store(MEMORY)&_pragma=query_only(1)&_pragma=mmap_size(1099511627776)&_pragma=cache_size(-8192)")
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	b.Cleanup(func() { raw.Close() })
	return raw
}

// evaluate runs the SQL of every check and reads every row of its answer.
func evaluate(b *testing.B, raw *sql.DB, a *app.App) {
	params := control.Values(a.Engine.Rules(), bench.Now)
	var args []any
	for name, v := range params {
		args = append(args, sql.Named(name, v))
	}
	for _, r := range a.Engine.Rules() {
		for _, c := range r.Checks {
			rows, err := raw.QueryContext(b.Context(), c.SQL, args...)
			if err != nil {
				b.Fatal(r.ID, c.ID, err)
			}
			var id, why sql.RawBytes
			for rows.Next() {
				if err := rows.Scan(&id, &why); err != nil {
					b.Fatal(err)
				}
			}
			if err := rows.Err(); err != nil {
				b.Fatal(err)
			}
			rows.Close()
		}
	}
}

// changes are one record changed in the registers that change most. Each is
// undone by the next, so that a world stays as it is.
var changes = []struct {
	name     string
	register *register.Register
	of       func(n int) int
	change   func(i int, v register.Values) register.Values
}{
	{"asset: level", catalog.Asset, func(n int) int { return n }, func(i int, v register.Values) register.Values {
		level, _ := v["c"].(int64)
		return register.Values{"c": (level + 1) % 3}
	}},
	{"asset: confirmed", catalog.Asset, func(n int) int { return n }, func(i int, v register.Values) register.Values {
		return register.Values{"confirmed_at": bench.Now.Unix() - int64(i)}
	}},
	{"asset: owner", catalog.Asset, func(n int) int { return n }, func(i int, v register.Values) register.Values {
		return register.Values{"owner": fmt.Sprintf("person-%06d", i%900)}
	}},
	{"host posture: firewall", catalog.HostPosture, func(n int) int { return n * 4 / 10 }, func(i int, v register.Values) register.Values {
		return register.Values{"firewall_on": v["firewall_on"] != true, "observed_at": bench.Now.Unix() - int64(i)}
	}},
	{"backup run: result", catalog.BackupRun, func(n int) int { return n * 25 / 10 }, func(i int, v register.Values) register.Values {
		return register.Values{"ok": v["ok"] != true}
	}},
	{"account: enabled", catalog.Account, func(n int) int { return n * 3 / 10 }, func(i int, v register.Values) register.Values {
		return register.Values{"enabled": v["enabled"] != true}
	}},
	{"grant: end", catalog.AccessGrant, func(n int) int { return n * 7 / 10 }, func(i int, v register.Values) register.Values {
		if v["ends_on"] != nil {
			return register.Values{"ends_on": nil}
		}
		return register.Values{"ends_on": int64(20600)}
	}},
	{"log source: event", catalog.LogSource, func(n int) int { return n * 16 / 10 }, func(i int, v register.Values) register.Values {
		return register.Values{"last_event_at": bench.Now.Unix() - int64(i)}
	}},
	{"installation: version", catalog.Installation, func(n int) int { return n * 2 }, func(i int, v register.Values) register.Values {
		return register.Values{"version_text": fmt.Sprint(i), "observed_at": bench.Now.Unix() - int64(i)}
	}},
}

// BenchmarkOneChange: one record changed, with its history, every verdict that
// depends on it and the commit on disk; in both worlds in turn.
func BenchmarkOneChange(b *testing.B) {
	p50 := map[int]time.Duration{}
	for _, n := range []int{small, large} {
		a := world(b, n)
		if err := a.Engine.Tick(b.Context(), bench.Now); err != nil {
			b.Fatal(err)
		}
		size := assets(b, a)
		rng := rand.New(rand.NewPCG(1, 2))
		each := map[string][]time.Duration{}
		var all []time.Duration
		for round := range 400 {
			for _, c := range changes {
				id := fmt.Sprintf("%s-%06d", c.register.ID, rng.IntN(c.of(size)))
				rec, err := a.Book.Get(b.Context(), c.register, id, register.Scope{})
				if err != nil {
					b.Fatal(err)
				}
				v := c.change(round+1, rec.Values)
				start := time.Now()
				err = a.Book.Write(b.Context(), register.By{Actor: "bench", Source: "bench", At: bench.Now}, func(w *register.Writer) error {
					_, err := w.Update(b.Context(), c.register, id, 0, v)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				if took := time.Since(start); round >= 100 { // the first ones fill caches
					each[c.name] = append(each[c.name], took)
					all = append(all, took)
				}
			}
		}
		for _, c := range changes {
			say("  %-28s p50 %6.2f ms  p99 %6.2f ms", c.name, ms(quantile(each[c.name], 0.5)), ms(quantile(each[c.name], 0.99)))
		}
		p50[n] = quantile(all, 0.5)
		target(fmt.Sprintf("one changed record, %d assets, p50", size), ms(p50[n]), 1, "ms")
		target(fmt.Sprintf("one changed record, %d assets, p99", size), ms(quantile(all, 0.99)), 5, "ms")
	}
	target("one changed record, p50 in the larger world to p50 in the smaller", float64(p50[large])/float64(p50[small]), 2, "")
}

func assets(b *testing.B, a *app.App) int {
	b.Helper()
	rows, err := a.DB.Query(b.Context(), "SELECT COUNT(*) FROM asset", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var n int
	rows.Next()
	if err := rows.Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkImport: 100 000 assets from CSV into an empty inventory, with
// history and evaluation.
func BenchmarkImport(b *testing.B) {
	const lines = 100_000
	path := b.TempDir() + "/vigie.db"
	a, err := app.Open(b.Context(), path, "")
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	by := register.By{Actor: "bench", Source: "import", At: bench.Now}
	err = a.Book.Write(b.Context(), by, func(w *register.Writer) error {
		if _, err := w.Create(b.Context(), catalog.Entity, register.Values{"id": "e1", "name": "Alpha", "country": "FR"}); err != nil {
			return err
		}
		for i := range 900 {
			if _, err := w.Create(b.Context(), catalog.Person, register.Values{"id": fmt.Sprint("p", i), "name": fmt.Sprint("Personne ", i), "email": fmt.Sprintf("p%d@example.org", i),
				"kind": "employee", "entity": "e1", "uses_is": true, "first_day": int64(18000)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	var csv bytes.Buffer
	csv.WriteString("id;Nom;Nature;Environnement;Entité;État;Créé le;Propriétaire;Suppléant;Chargé de la mise à jour;Disponibilité (D);Intégrité (I);Confidentialité (C);Traçabilité (T);Classé le;DIMA (heures);PDMA (heures);Rétention (jours);Numéro de série;Confirmé le\r\n")
	kinds := []string{"Serveur", "Ordinateur portable", "Ordinateur portable", "Téléphone", "Application", "Base de données", "Données", "Données", "Papier", "Périphérique"}
	for i := range lines {
		fmt.Fprintf(&csv, "a-%06d;Bien n°%06d;%s;Production;Alpha;En service;01/03/2024;p%d@example.org;p%d@example.org;p%d@example.org;%d;2;1;1;12/01/2026;20;24;90;SN%06d;27/02/2026 08:30\r\n",
			i, i, kinds[i%len(kinds)], i%900, (i+1)%900, (i+2)%900, i%4, i)
	}
	runtime.GC()
	debug.FreeOSMemory()
	stop := peak(b.Context())
	start := time.Now()
	res, err := a.Book.Import(b.Context(), register.Import{Register: catalog.Asset, File: bytes.NewReader(csv.Bytes()), Name: "biens.csv"}, by)
	took := time.Since(start)
	memory := stop()
	if err != nil || len(res.Errors) > 0 || res.Created != lines {
		b.Fatal(res, err)
	}
	rate := lines / took.Seconds()
	findings, err := store.Count(b.Context(), a.DB, "SELECT COUNT(*) FROM finding", nil)
	if err != nil {
		b.Fatal(err)
	}
	say("%d findings were opened", findings)
	say("import of %d assets: %s, %.0f rows a second, %d MB resident at most", lines, took.Round(time.Millisecond), rate, memory>>20)
	target("import, seconds for 100000 rows (5000 a second)", took.Seconds(), lines/5000, "s")
	target("import, resident memory", float64(memory>>20), 300, "MB")
	b.ReportMetric(rate, "rows/s")
}

// peak watches the resident memory of this process until it is told to stop,
// and then returns its highest value in bytes.
func peak(ctx context.Context) func() int64 {
	done := make(chan int64)
	stop := make(chan struct{})
	go func() {
		var most int64
		for {
			most = max(most, residentOf(os.Getpid()))
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); return <-done }
}

// residentOf returns the resident memory of a process, in bytes; 0 when it is
// gone.
func residentOf(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(data)
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// BenchmarkListPages: a page of the API over a million records, at any depth,
// filtered or searched.
func BenchmarkListPages(b *testing.B) {
	a := world(b, large)
	n := assets(b, a)
	handler, token := server(b, a)
	ask := func(query string) (time.Duration, string) {
		r := httptest.NewRequest("GET", "/api/v1/registers/asset/records?limit=50&"+query, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		start := time.Now()
		handler.ServeHTTP(w, r)
		took := time.Since(start)
		if w.Code != http.StatusOK {
			b.Fatal(query, w.Body)
		}
		var page struct{ Next string }
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			b.Fatal(err)
		}
		return took, page.Next
	}
	rng := rand.New(rand.NewPCG(3, 4))
	number := func() string { return fmt.Sprintf("%06d", rng.IntN(n)) }
	for _, p := range []struct {
		name  string
		query func() string
	}{
		{"the first page", func() string { return "" }},
		{"any depth", func() string { return "after=" + register.After("", "server "+number(), "asset-"+number()) }},
		{"any depth, by id backwards", func() string { return "sort=-id&after=" + register.After("-id", "", "asset-"+number()) }},
		{"one kind in ten, any depth", func() string {
			return "f.kind=database&after=" + register.After("", "database "+number(), "asset-"+number())
		}},
		{"one owner", func() string { return fmt.Sprintf("f.owner=person-%06d", rng.IntN(n/10)) }},
		{"no owner", func() string { return "f.owner=" }},
		{"a range of dates", func() string { return "f.rated_on.from=2025-12-01&f.rated_on.to=2025-12-31" }},
		{"a rare word", func() string { return "q=" + number() }},
		{"a frequent word", func() string { return "q=server" }},
		{"a frequent word and a rare one", func() string { return "q=laptop+" + number() }},
		{"the beginning of a word", func() string { return "q=data" }},
		{"a word of nobody", func() string { return "q=zyzzyva" }},
	} {
		var took []time.Duration
		for i := range 60 {
			t, _ := ask(p.query())
			if i >= 10 {
				took = append(took, t)
			}
		}
		target("list page, "+p.name+", p50", ms(quantile(took, 0.5)), 20, "ms")
	}
}

// server answers the API of a world to a reader.
func server(b *testing.B, a *app.App) (http.Handler, string) {
	b.Helper()
	now := time.Now()
	secret, _, err := identity.Issue(b.Context(), a.DB, identity.Token{Name: "bench", Role: identity.Reader, EndsAt: now.AddDate(0, 0, 1)}, "bench", now)
	if err != nil {
		b.Fatal(err)
	}
	return (&api.Server{App: a, Now: time.Now, Log: slog.New(slog.DiscardHandler)}).Handler(), secret
}

// BenchmarkStart: the built program on the large world: time until it answers,
// and resident memory once it has nothing to do.
func BenchmarkStart(b *testing.B) {
	world(b, large) // makes sure that it is there
	dir := b.TempDir()
	from, err := filepath.Glob(filepath.Join(benchDir(), "world-*.db"))
	if err != nil {
		b.Fatal(err)
	}
	slices.SortFunc(from, func(a, b string) int { return len(b) - len(a) }) // the largest
	path, err := filepath.Abs(from[0])
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(dir, "vigie.db")); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), "../../bin/vigie", "serve", "--data", dir, "--listen", "127.0.0.1:18443", "--every", "24h")
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	for {
		res, err := http.Get("http://127.0.0.1:18443/healthz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(start) > 30*time.Second {
			b.Fatal("the server does not answer")
		}
		time.Sleep(5 * time.Millisecond)
	}
	target("start on an existing database", time.Since(start).Seconds(), 1, "s")
	var idle int64
	for range 330 { // the first evaluation ends, then memory is given back
		time.Sleep(time.Second)
		now := residentOf(cmd.Process.Pid)
		if idle == 0 || now < idle {
			idle = now
		}
	}
	target("idle resident memory", float64(idle>>20), 80, "MB")
}
