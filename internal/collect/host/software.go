package host

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// packages keeps one installation per source package: what a publisher ships
// and a catalogue decides on.
func (t *taker) packages(ctx context.Context) error {
	if !t.report.Packages.Known {
		return nil
	}
	had, err := t.own(ctx, catalog.Installation, "asset = :asset")
	if err != nil {
		return err
	}
	products := bySource(t.report.Packages.Value)
	names := slices.Sorted(maps.Keys(products))
	software, err := t.software(ctx, names)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	known := len(t.mine(maps.Clone(had))) > 0
	for _, name := range names {
		p := products[name]
		id := key(t.asset, name)
		seen[id] = true
		last := had[id]
		if last != nil && last["version_text"] == text(p.Version) && last["package"] == text(p.Name) {
			continue // observed_at stays that of the version
		}
		v := register.Values{"asset": t.asset, "software": software[name], "package": text(p.Name), "version_text": text(p.Version), "observed_at": t.at}
		if last != nil {
			delete(v, "software") // a person may have linked it elsewhere
		}
		if known {
			t.packageDiffers(name, last, v)
		}
		if err := t.put(ctx, catalog.Installation, id, last, v); err != nil {
			return err
		}
	}
	for id, v := range t.mine(had) {
		if !seen[id] {
			t.packageDiffers(strings.TrimPrefix(id, t.asset+":"), v, nil)
		}
	}
	return t.sweep(ctx, catalog.Installation, had, seen, nil)
}

// bySource keeps one package of each source: the one of the same name, else the
// first by name.
func bySource(packages []agent.Package) map[string]agent.Package {
	products := make(map[string]agent.Package, len(packages))
	for _, p := range packages {
		p.Name = cleaned(p.Name)
		source := cleaned(p.Source)
		if source == "" {
			source = p.Name
		}
		if p.Name == "" {
			continue
		}
		had, ok := products[source]
		if !ok || had.Name != source && (p.Name == source || p.Name < had.Name) {
			products[source] = p
		}
	}
	return products
}

// chunk is how many names one query asks for: few distinct queries are kept
// prepared.
const chunk = 400

// software returns the product of each name, and adds those that the catalogue
// does not know: without a decision, for people to take.
func (t *taker) software(ctx context.Context, names []string) (map[string]string, error) {
	found := make(map[string]string, len(names))
	for part := range slices.Chunk(names, chunk) {
		if err := t.findSoftware(ctx, part, found); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if found[name] != "" {
			continue
		}
		id := key("sw-" + name)
		if err := t.put(ctx, catalog.Software, id, nil, register.Values{"name": name}); err != nil {
			return nil, err
		}
		found[name] = id
	}
	return found, nil
}

// findSoftware finds products by name, else by the id that was given to the name
// before people changed it.
func (t *taker) findSoftware(ctx context.Context, names []string, found map[string]string) error {
	args := map[string]any{}
	var marks strings.Builder
	byID := map[string]string{}
	for i := range chunk {
		name := names[min(i, len(names)-1)] // the last one again, so that the query is the same
		args[fmt.Sprintf("n%d", i)], args[fmt.Sprintf("i%d", i)] = name, key("sw-"+name)
		byID[key("sw-"+name)] = name
		fmt.Fprintf(&marks, ", :n%d", i)
	}
	list := marks.String()[2:]
	rows, err := t.Tx.Query(ctx, "SELECT id, name FROM software WHERE name IN ("+list+") OR id IN ("+strings.ReplaceAll(list, ":n", ":i")+")", args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return err
		}
		found[name] = id
		if given := byID[id]; given != "" && found[given] == "" {
			found[given] = id
		}
	}
	return rows.Err()
}

var cve = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,8}$`)

// maxCVEs bounds the ids kept of one update: they fit in one text.
const maxCVEs = 1000

// updates keeps the security updates that wait, since when, and closes those
// that were applied. A record is a package in the version that is installed: a
// newer correction of a package that waits does not begin another delay.
func (t *taker) updates(ctx context.Context) error {
	if !t.report.Updates.Known {
		return nil
	}
	had, err := t.own(ctx, catalog.PendingUpdate, "asset = :asset")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, u := range t.report.Updates.Value.Pending {
		name := cleaned(u.Package)
		id := key(t.asset, name, cleaned(u.Installed))
		if !u.Security || name == "" || seen[id] {
			continue
		}
		seen[id] = true
		if err := t.put(ctx, catalog.PendingUpdate, id, had[id], t.update(u, had[id]), "observed_at"); err != nil {
			return err
		}
	}
	for id, v := range t.mine(had) {
		if !seen[id] && v["resolved_on"] == nil {
			if _, err := t.Update(ctx, catalog.PendingUpdate, id, 0, register.Values{"resolved_on": t.today}); err != nil {
				return err
			}
		}
	}
	return nil
}

// update is the record of an update, given what it was. The wait counts from the
// first correction that is missing, whatever followed it.
func (t *taker) update(u agent.Update, had register.Values) register.Values {
	v := register.Values{"asset": t.asset, "package": cleaned(u.Package), "installed_version": text(u.Installed), "candidate_version": text(u.Candidate), "security": true,
		"observed_at": t.at, "first_seen_on": t.today, "published_on": nil, "resolved_on": nil}
	if u.Published != nil && u.Published.Unix() > 0 {
		v["published_on"] = int64(vigie.DayOf(u.Published.UTC()))
	}
	if had != nil && had["resolved_on"] == nil {
		v["first_seen_on"] = had["first_seen_on"]
		if before := had["published_on"]; before != nil && (v["published_on"] == nil || number(before) < number(v["published_on"])) {
			v["published_on"] = before
		}
	}
	switch {
	case u.CVEs.Known:
		v["cves"] = cveList(u.CVEs.Value)
	case had == nil || had["candidate_version"] != v["candidate_version"]:
		v["cves"] = nil
	}
	return v
}

func cveList(ids []string) any {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !cve.MatchString(id) })
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil
	}
	return strings.Join(ids[:min(len(ids), maxCVEs)], " ")
}
