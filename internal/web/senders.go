package web

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
	"vigie.example/internal/trace/intake"
	"vigie.example/internal/trace/search"
)

// A sender is who sends events to the vault, and what the registers know of it.
type sender struct {
	intake.Source
	class string
	hosts []string // that its last events name
	known []logSource
	asset string // id of the asset of that name, "" when there is none
}

type logSource struct {
	id, title string
	query     search.Query
}

// sendersLook is how many of the last events of a sender say what it sends.
const sendersLook = 5

// sendersPage shows who sends events: those that no log source finds first. Each is
// to belong to an asset (9.7.2).
func sendersPage(r *request) error {
	list, err := r.senders()
	if err != nil {
		return err
	}
	return r.page(r.T("senders.title"), sendersPageView(r, list))
}

func (r *request) senders() (out []sender, err error) {
	sources, err := r.logSources()
	if err != nil {
		return nil, err
	}
	if err := r.trace("search", "traces", "senders"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), tracesPatience)
	defer cancel()
	for _, class := range r.s.Traces.Classes() {
		list, err := intake.ReadSources(r.s.Traces.SendersFile(class))
		if err != nil {
			return nil, err
		}
		x, err := r.s.Traces.Index(class)
		if err != nil {
			return nil, err
		}
		for _, src := range list {
			one := sender{Source: src, class: class}
			q, err := search.Parse("source:" + src.Name)
			if err != nil {
				return nil, err
			}
			if _, err := x.Search(ctx, q, sendersLook, func(h search.Hit) bool {
				if h.Host != "" && !slices.Contains(one.hosts, h.Host) {
					one.hosts = append(one.hosts, h.Host)
				}
				for i := range sources {
					if sources[i].query.Finds(h) && !slices.ContainsFunc(one.known, func(l logSource) bool { return l.id == sources[i].id }) {
						one.known = append(one.known, sources[i])
					}
				}
				return true
			}); err != nil {
				return nil, err
			}
			if len(one.known) == 0 && len(one.hosts) == 1 {
				if one.asset, err = r.assetNamed(one.hosts[0]); err != nil {
					return nil, err
				}
			}
			out = append(out, one)
		}
	}
	slices.SortStableFunc(out, func(a, b sender) int {
		if (len(a.known) == 0) != (len(b.known) == 0) {
			return len(a.known) - len(b.known)
		}
		return b.LastAt.Compare(a.LastAt)
	})
	return out, nil
}

// logSources are those that say how their events are found.
func (r *request) logSources() (out []logSource, err error) {
	rows, err := r.s.App.Book.DB.Query(r.Context(), "SELECT l.id, l.vault_query, a.name FROM log_source l JOIN asset a ON a.id = l.asset WHERE l.vault_query > '' ORDER BY a.name, l.id", nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one logSource
		var query string
		if err := rows.Scan(&one.id, &query, &one.title); err != nil {
			return nil, err
		}
		if one.query, err = search.Parse(query); err != nil {
			continue // its own facts say so
		}
		out = append(out, one)
	}
	return out, rows.Err()
}

// assetNamed is the only asset of a name, however it is written.
func (r *request) assetNamed(host string) (string, error) {
	name, _, _ := strings.Cut(host, ".")
	page, err := r.s.App.Book.List(r.Context(), catalog.Asset, register.ListQuery{Search: name, Limit: 50, Scope: r.scope()})
	if err != nil {
		return "", err
	}
	found := ""
	for _, rec := range page.Records {
		if title, _ := rec.Values["name"].(string); strings.EqualFold(title, host) || strings.EqualFold(title, name) {
			if found != "" {
				return "", nil
			}
			found = rec.ID
		}
	}
	return found, nil
}

// newSource is the form of a log source for a sender.
func (r *request) newSource(s sender) string {
	pairs := []string{"vault_query", "source:" + s.Name, "kind", "system", "asset", s.asset, "onboarded_on", r.today.String()}
	if len(s.hosts) == 1 {
		pairs[1] = "host:" + s.hosts[0]
	}
	return r.Link("/registers/"+catalog.LogSource.ID+"/new", pairs...)
}

// clock says how far the clock of a sender is off, in seconds.
func (r *request) clock(s sender) string {
	if !s.Skewed {
		return "—"
	}
	text := strconv.FormatFloat(math.Round(s.Skew.Seconds()*10)/10+0, 'f', 1, 64) // +0: no "-0.0"
	if r.lang == vigie.FR {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + " s"
}

// assurance is how events come, in the words of the register.
func (r *request) assurance(value string) string {
	return catalog.LogSource.Field("assurance").Format(value, r.lang)
}
