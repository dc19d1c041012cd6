package host

import (
	"context"
	"maps"
	"slices"

	vigie "vigie.example"
	"vigie.example/internal/agent"
	"vigie.example/internal/register"
	"vigie.example/internal/register/catalog"
)

// accounts keeps the local accounts, as a directory of the machine. Whose they
// are is for people to say: a login is not a name.
func (t *taker) accounts(ctx context.Context) error {
	directory := t.directoryID()
	if err := t.directory(ctx, directory); err != nil {
		return err
	}
	policy, err := t.policy(ctx, directory)
	if err != nil || !t.report.Accounts.Known {
		return err
	}
	had, err := t.own(ctx, catalog.Account, "directory IN (SELECT d.id FROM directory d WHERE d.asset = :asset AND d.kind = 'local')")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	known := len(had) > 0
	for _, a := range t.report.Accounts.Value {
		login := cleaned(a.Login)
		id := key(t.asset, login)
		if login == "" || seen[id] {
			continue
		}
		seen[id] = true
		v := t.account(a, had[id])
		v["directory"], v["policy"] = directory, policy
		if err := t.put(ctx, catalog.Account, id, had[id], v, "observed_at", "last_login_at"); err != nil {
			return err
		}
		if !known {
			continue
		}
		if err := t.accountDiffers(ctx, id, directory, had[id], v); err != nil {
			return err
		}
	}
	if err := t.sweep(ctx, catalog.Account, had, seen, register.Values{"enabled": false}); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(had)) {
		if seen[id] {
			continue
		}
		if err := t.accountDiffers(ctx, id, directory, had[id], nil); err != nil {
			return err
		}
	}
	return t.forget(ctx, directory)
}

// directory keeps the directory of the local accounts, which also says which
// asset the machine is.
func (t *taker) directory(ctx context.Context, id string) error {
	list, err := t.own(ctx, catalog.Directory, "asset = :asset")
	if err != nil {
		return err
	}
	had := list[id]
	v := register.Values{"asset": t.asset}
	if t.report.Accounts.Known {
		v["last_read_at"] = max(t.at, number(had["last_read_at"]))
	}
	if had == nil {
		asset, _, err := t.Get(ctx, catalog.Asset, t.asset)
		if err != nil {
			return err
		}
		v["name"], v["kind"], v["entity"] = cleaned(t.report.Hostname)+" ("+t.report.MachineID[:12]+")", "local", asset["entity"]
	}
	return t.put(ctx, catalog.Directory, id, had, v, "last_read_at")
}

// policy keeps what the machine asks of passwords, and returns its id, nil when
// that is unknown.
func (t *taker) policy(ctx context.Context, directory string) (any, error) {
	p := t.report.PasswordPolicy
	if !p.Known {
		return nil, nil
	}
	list, err := t.own(ctx, catalog.PasswordPolicy, "directory IN (SELECT d.id FROM directory d WHERE d.asset = :asset)")
	if err != nil {
		return nil, err
	}
	id := "policy-" + t.report.MachineID
	v := register.Values{"directory": directory, "min_length": count(p.Value.MinLength), "classes": count(p.Value.Classes), "history": count(p.Value.History),
		"lockout_attempts": count(p.Value.LockoutAttempts), "lockout_minutes": lockout(p.Value), "max_age_days": count(p.Value.MaxAgeDays), "observed_at": t.at}
	if list[id] == nil {
		v["name"], v["privileged"] = "PAM "+cleaned(t.report.Hostname), false
	}
	return id, t.put(ctx, catalog.PasswordPolicy, id, list[id], v, "observed_at")
}

// account is the record of an account, given what it was. An account that may
// be usable is taken for enabled: the doubt is for people to lift.
func (t *taker) account(a agent.Account, had register.Values) register.Values {
	v := register.Values{"login": cleaned(a.Login), "enabled": !a.Enabled.Known || a.Enabled.Value, "privileged": nil, "last_login_at": nil, "initial_password": nil, "policy_exempt": t.exempt(a), "observed_at": t.at}
	if had == nil {
		v["kind"] = option(catalog.Account, "kind", a.Kind) // a person may correct it later
	}
	if a.Privileged.Known {
		v["privileged"] = a.Privileged.Value
	}
	if a.LastLogin.Known {
		v["last_login_at"] = t.instant(a.LastLogin.Value)
	}
	if a.Password.Known {
		v["initial_password"] = a.Password.Value.MustChange
	}
	return v
}

// exempt says whether an account escapes the policy of the machine: root unless
// the policy names it, and an account whose password lasts longer.
func (t *taker) exempt(a agent.Account) any {
	p := t.report.PasswordPolicy
	switch {
	case !p.Known:
		return nil
	case a.UID == 0:
		return !p.Value.ForRoot
	case !a.Password.Known:
		return nil
	case !a.Password.Value.Set || p.Value.MaxAgeDays == 0:
		return false
	}
	own := a.Password.Value.MaxAgeDays
	return own == 0 || own > p.Value.MaxAgeDays
}

// untilUnlocked stands for a lockout that only an administrator ends: longer, in
// minutes, than any delay that a policy asks.
const untilUnlocked = 1_000_000

func lockout(p agent.PasswordPolicy) any {
	if p.LockoutAttempts > 0 && p.LockoutMinutes == 0 {
		return int64(untilUnlocked)
	}
	return count(p.LockoutMinutes)
}

// forget removes the directories of machines that the asset was before: it was
// installed anew. One that other records name stays, without the asset.
func (t *taker) forget(ctx context.Context, current string) error {
	old, err := t.own(ctx, catalog.Directory, "asset = :asset AND kind = 'local' AND id LIKE 'local-%'")
	if err != nil {
		return err
	}
	delete(old, current)
	for id := range old {
		policy := "policy-" + id[len("local-"):]
		for _, gone := range []struct {
			register *register.Register
			id       string
		}{{catalog.PasswordPolicy, policy}, {catalog.Directory, id}} {
			err := t.Delete(ctx, gone.register, gone.id, 0)
			if err != nil && vigie.CodeOf(err) != vigie.NotFound && vigie.CodeOf(err) != vigie.Conflict {
				return err
			}
			if vigie.CodeOf(err) == vigie.Conflict && gone.register == catalog.Directory {
				if _, err := t.Update(ctx, catalog.Directory, id, 0, register.Values{"asset": nil}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
