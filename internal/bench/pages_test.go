package bench_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/app"
	"vigie.example/internal/identity"
	"vigie.example/internal/register"
	"vigie.example/internal/web"
)

// users is how many people look at pages at the same time.
const users = 50

// BenchmarkPages: the list page of a register, its beginning, any depth, filtered
// and searched, by fifty people at once: as fast as they can, beside a handler
// written by hand that runs the SQL of one such page and writes the same bytes;
// then at the pace of people, one page each second. Clients and server share the
// processors.
func BenchmarkPages(b *testing.B) {
	a := world(b, large)
	n := assets(b, a)
	handler := web.New(a, a.Accounts(time.Now), time.Now, slog.New(slog.DiscardHandler), web.Options{})
	cookies := signedIn(b, a)
	rng := rand.New(rand.NewPCG(5, 6))
	var paths, deep []string
	for range 400 {
		number := func() string { return fmt.Sprintf("%06d", rng.IntN(n)) }
		for _, query := range []string{"", "?after=" + url.QueryEscape(register.After("", "server "+number(), "asset-"+number())),
			"?f.kind=database&after=" + url.QueryEscape(register.After("", "database "+number(), "asset-"+number())), "?q=" + number()} {
			paths = append(paths, "/registers/asset"+query)
		}
		deep = append(deep, paths[len(paths)-3])
	}
	ours := serveAt(b, handler)
	byHand := serveAt(b, handWritten(b, a, n, fetch(b, ours, deep[0], cookies[0])))

	oursRate, took := hammer(b, ours, deep, cookies, 0)
	handRate, _ := hammer(b, byHand, deep, cookies, 0)
	say("%-62s %10.0f /s      p50 %.0f ms, p99 %.0f ms", "list page at any depth, 50 people without a pause", oursRate, ms(quantile(took, 0.5)), ms(quantile(took, 0.99)))
	say("%-62s %10.0f /s", "the same written by hand", handRate)
	ratio := oursRate / handRate
	state := "met"
	if ratio < 0.5 {
		state = "MISSED"
	}
	say("%-62s %10.2f        at least 0.50: %s", "requests per second, ratio", ratio, state)
	_, took = hammer(b, ours, paths, cookies, time.Second)
	target("list page, 50 people, a page a second each, p50", ms(quantile(took, 0.5)), 30, "ms")
	target("list page, 50 people, a page a second each, p99", ms(quantile(took, 0.99)), 150, "ms")
}

// signedIn returns the cookies of fifty auditors.
func signedIn(b *testing.B, a *app.App) (cookies []string) {
	b.Helper()
	accounts := a.Accounts(time.Now)
	until := vigie.DayOf(time.Now().UTC()) + 2
	for i := range users {
		email, password := fmt.Sprintf("bench-%d@example.org", i), fmt.Sprintf("Cheval-Agrafe-7-Nuage-%d", time.Now().UnixNano()) // another one each time, as the rules ask
		link, _, err := accounts.Invite(b.Context(), identity.User{Email: email, Name: "Bench", AuditorUntil: &until}, "bench")
		if vigie.CodeOf(err) == vigie.Conflict {
			link, err = accounts.Renew(b.Context(), email, "bench")
		}
		if err == nil {
			_, err = accounts.Accept(b.Context(), link, password)
		}
		cookie := ""
		if err == nil {
			cookie, _, err = accounts.Login(b.Context(), email, password, identity.From{Address: "192.0.2.1"})
		}
		if err != nil {
			b.Fatal(err)
		}
		cookies = append(cookies, cookie)
	}
	return cookies
}

func serveAt(b *testing.B, h http.Handler) string {
	b.Helper()
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return s.URL
}

func fetch(b *testing.B, base, path, cookie string) []byte {
	b.Helper()
	req, err := http.NewRequest("GET", base+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Cookie", "vigie="+cookie)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("data-line")) && !bytes.Contains(body, []byte(`id="list"`)) {
		b.Fatalf("%s answers %d, %v: %.300s", path, res.StatusCode, err, body)
	}
	return body
}

// hammer has each user ask for pages for some seconds, one after the other, and
// returns how many were answered a second and how long each took. A pause is
// from one question to the next.
func hammer(b *testing.B, base string, paths, cookies []string, pause time.Duration) (rate float64, took []time.Duration) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: users}}
	defer client.CloseIdleConnections()
	const lasts = 6 * time.Second
	var mu sync.Mutex
	var all sync.WaitGroup
	start := time.Now()
	for i, cookie := range cookies {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(7, uint64(i)))
			var mine []time.Duration
			next := time.Now().Add(time.Duration(rng.Int64N(int64(pause) + 1)))
			for time.Since(start) < lasts {
				if pause > 0 {
					time.Sleep(time.Until(next))
					next = next.Add(pause)
				}
				req, err := http.NewRequest("GET", base+paths[rng.IntN(len(paths))], nil)
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Cookie", "vigie="+cookie)
				asked := time.Now()
				res, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				mine = append(mine, time.Since(asked))
				if res.StatusCode != http.StatusOK {
					b.Errorf("answers %d", res.StatusCode)
					return
				}
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	all.Wait()
	return float64(len(took)) / time.Since(start).Seconds(), took
}

// handWritten is a page of the same rows and of the same size as like: it finds
// out who asks, reads the rows with the names of their people, and writes them
// between two halves that are ready made.
func handWritten(b *testing.B, a *app.App, n int, like []byte) http.Handler {
	b.Helper()
	rows := bytes.Count(like, []byte("data-line"))
	body := bytes.Index(like, []byte("<tbody>"))
	end := bytes.Index(like, []byte("</tbody>"))
	if rows == 0 || body < 0 || end < body {
		b.Fatal("the page has no rows")
	}
	head, tail, line := like[:body+len("<tbody>")], like[end:], (end-body)/rows
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("vigie")
		if err != nil {
			http.Error(w, "who?", http.StatusForbidden)
			return
		}
		sum := sha256.Sum256([]byte(cookie.Value))
		who, err := a.DB.Query(r.Context(), "SELECT s.seen_at, u.email FROM user_session s JOIN user_account u ON u.id = s.user_id WHERE s.hash = :hash AND s.ends_at > :now", map[string]any{"hash": hex.EncodeToString(sum[:]), "now": time.Now().Unix()})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		who.Next()
		who.Close()
		from := "server " + fmt.Sprintf("%06d", rand.IntN(n))
		list, err := a.DB.Query(r.Context(), `SELECT x.id, x.name, x.kind, x.status, x.created_on, e.name, COALESCE(o.name, ''), COALESCE(d.name, ''), COALESCE(m.name, '') FROM asset x LEFT JOIN entity e ON e.id = x.entity
			LEFT JOIN person o ON o.id = x.owner LEFT JOIN person d ON d.id = x.deputy LEFT JOIN person m ON m.id = x.maintainer WHERE (x.name, x.id) > (:from, '') ORDER BY x.name, x.id LIMIT 51`, map[string]any{"from": from})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer list.Close()
		out := bytes.NewBuffer(make([]byte, 0, len(like)+4096))
		out.Write(head)
		for range rows {
			var id, name, kind, status, entity, owner, deputy, maintainer string
			var created int64
			if !list.Next() {
				break
			}
			if err := list.Scan(&id, &name, &kind, &status, &created, &entity, &owner, &deputy, &maintainer); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			before := out.Len()
			fmt.Fprintf(out, `<tr data-line><td><a href="/registers/asset/records/%s">%s</a></td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>`, id, html.EscapeString(name), kind, html.EscapeString(entity), status,
				vigie.Day(created), html.EscapeString(owner), html.EscapeString(deputy), html.EscapeString(maintainer))
			out.WriteString(strings.Repeat(" ", max(line-(out.Len()-before)-5, 0)))
			out.WriteString("</tr>")
		}
		out.Write(tail)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(out.Bytes())
	})
}
