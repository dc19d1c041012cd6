package host

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	vigie "vigie.example"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// differ notes a difference with the report before, for the journal to explain
// (9.6.3). The first report of a machine differs from nothing.
func (t *taker) differ(kind, detail string) {
	if t.changes == nil {
		t.changes = map[string][]string{}
	}
	t.changes[kind] = append(t.changes[kind], detail)
}

// differences records what changed on the machine since the report before: one
// observed change for each kind.
func (t *taker) differences(ctx context.Context) error {
	for _, kind := range slices.Sorted(maps.Keys(t.changes)) {
		v := register.Values{"id": key(t.asset, "change", kind, strconv.FormatInt(t.at, 10)), "asset": t.asset, "observed_at": t.at, "kind": kind, "detail": summary(t.changes[kind])}
		if _, err := t.Create(ctx, catalog.ObservedChange, v); err != nil {
			return err
		}
	}
	return nil
}

// summary is a list in one text: what does not fit is counted.
func summary(list []string) string {
	slices.Sort(list)
	text := strings.Join(list, ", ")
	for kept := len(list); utf8.RuneCountInString(text) > maxText; {
		kept--
		text = strings.Join(list[:kept], ", ") + " … +" + strconv.Itoa(len(list)-kept)
	}
	return text
}

// movedTo is how a value that changed is shown.
func movedTo(name string, before, after any) string {
	return name + " " + shown(before) + " → " + shown(after)
}

func shown(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return "?"
}

// packageDiffers notes a product that was installed, removed or changed.
func (t *taker) packageDiffers(name string, before, after register.Values) {
	switch {
	case before == nil:
		t.differ("package", "+ "+name+" "+shown(after["version_text"]))
	case after == nil:
		t.differ("package", "− "+name+" "+shown(before["version_text"]))
	case before["version_text"] != after["version_text"]:
		t.differ("package", movedTo(name, before["version_text"], after["version_text"]))
	}
}

// accountDiffers records the creation, change or closing of an account that may
// be used (9.11.2), and notes it.
func (t *taker) accountDiffers(ctx context.Context, id, directory string, before, after register.Values) error {
	kind := ""
	login := shown(after["login"])
	switch {
	case before == nil && after["enabled"] == true:
		kind = "created"
		t.differ("account", "+ "+login)
	case after == nil && before["enabled"] == true:
		kind, login = "closed", shown(before["login"])
		t.differ("account", "− "+login)
	case before == nil || after == nil:
		return nil
	case before["enabled"] == true && after["enabled"] == false:
		kind = "closed"
		t.differ("account", "− "+login)
	case before["enabled"] == false && after["enabled"] == true:
		kind = "created"
		t.differ("account", "+ "+login)
	case before["privileged"] != nil && after["privileged"] != nil && before["privileged"] != after["privileged"]:
		kind = "changed"
		t.differ("account", movedTo(login+" privileged", before["privileged"], after["privileged"]))
	default:
		return nil
	}
	v := register.Values{"id": key(t.asset, "event", login, strconv.FormatInt(t.at, 10)), "login": login, "directory": directory, "account": id, "kind": kind, "occurred_at": t.at}
	if _, _, err := t.Get(ctx, catalog.Account, id); vigie.CodeOf(err) == vigie.NotFound {
		delete(v, "account")
	} else if err != nil {
		return err
	}
	_, err := t.Create(ctx, catalog.AccountEvent, v)
	return err
}

// serviceDiffers notes a service that others can reach and that appeared,
// vanished or is now offered by another program.
func (t *taker) serviceDiffers(before, after register.Values) {
	for _, v := range []register.Values{before, after} {
		if v != nil && v["audience"] == "loopback" {
			return
		}
	}
	switch {
	case before == nil:
		t.differ("service", "+ "+shown(after["name"]))
	case after == nil:
		t.differ("service", "− "+shown(before["name"]))
	case before["program"] != after["program"]:
		t.differ("service", movedTo(shown(before["name"]), before["program"], after["program"]))
	}
}

// systemDiffers notes another release of the operating system, which is a major
// change (9.12.1), and another kernel, which is a package like any other.
func (t *taker) systemDiffers(before, after register.Values) {
	for field, kind := range map[string]string{"os_version": "operating_system", "kernel": "package"} {
		if before[field] != nil && after[field] != nil && before[field] != after[field] {
			t.differ(kind, movedTo(field, before[field], after[field]))
		}
	}
}
