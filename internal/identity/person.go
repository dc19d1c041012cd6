package identity

import (
	"context"
	"database/sql"
	"slices"
	"time"

	vigie "vigie.example"
	"vigie.example/internal/store"
)

// A PersonRole is what someone is in the company, as the registers say, or in
// Vigie itself.
type PersonRole string

// The roles of people. All but Administrator and Auditor come from the registers:
// nobody is given them in Vigie.
const (
	SecurityCommittee PersonRole = "committee"
	CISO              PersonRole = "ciso"
	CIO               PersonRole = "cio"
	ITTeam            PersonRole = "it_team"
	DPO               PersonRole = "dpo"
	HR                PersonRole = "hr"
	Facilities        PersonRole = "facilities"
	Auditor           PersonRole = "auditor"       // reads everything, until a date
	ServiceManager    PersonRole = "manager"       // of a team
	Owner             PersonRole = "owner"         // or deputy, of an asset
	Employee          PersonRole = "employee"      // and temp, intern, apprentice
	ThirdParty        PersonRole = "third_party"   // somebody of another company
	Administrator     PersonRole = "administrator" // of Vigie; does not thereby see the contents
)

// PersonRoles are the roles of people, for lists and tests.
var PersonRoles = []PersonRole{SecurityCommittee, CISO, CIO, ITTeam, DPO, HR, Facilities, Auditor, ServiceManager, Owner, Employee, ThirdParty, Administrator}

// secondFactor are the roles that sign in with two factors.
var secondFactor = []PersonRole{SecurityCommittee, CIO, Administrator}

// A Standing is what the registers say of a person today.
type Standing struct {
	Roles    []PersonRole
	Entity   string   // of the person; "" when the account is of nobody in the registers
	Entities []string // the only ones seen: that of the person, when no role is of the whole group
	Teams    []string // that the person manages
	Left     bool     // the last day is over: the account opens nothing
}

// group are the roles that see every entity; the others see that of the person,
// unless it is the head of the group.
var group = []PersonRole{SecurityCommittee, CISO, CIO, DPO, Auditor}

// Has says whether one of the roles is held.
func (s Standing) Has(roles ...PersonRole) bool {
	return slices.ContainsFunc(roles, func(r PersonRole) bool { return slices.Contains(s.Roles, r) })
}

// standing reads the registers for a user at now.
func standing(ctx context.Context, q store.Queryer, u User, now time.Time) (Standing, error) {
	var s Standing
	today := int64(vigie.DayOf(now.UTC()))
	if u.Admin {
		s.Roles = append(s.Roles, Administrator)
	}
	if u.AuditorUntil != nil && today <= int64(*u.AuditorUntil) {
		s.Roles = append(s.Roles, Auditor)
	}
	if u.Person == "" {
		return s, nil
	}
	args := map[string]any{"person": u.Person, "today": today}
	rows, err := q.Query(ctx, "SELECT kind, entity, first_day, last_day FROM person WHERE id = :person", args)
	if err != nil {
		return s, err
	}
	var kind, entity sql.NullString
	var first, last sql.NullInt64
	found := rows.Next()
	if found {
		err = rows.Scan(&kind, &entity, &first, &last)
	}
	rows.Close()
	if err != nil {
		return s, err
	}
	if !found || first.Int64 > today || last.Valid && last.Int64 < today {
		s.Left = true
		return s, nil
	}
	s.Entity = entity.String
	s.Roles = append(s.Roles, Employee)
	if kind.String == "third_party" {
		s.Roles[len(s.Roles)-1] = ThirdParty
	}
	held, err := texts(ctx, q, "SELECT DISTINCT role FROM role_assignment WHERE person = :person AND starts_on <= :today AND (ends_on IS NULL OR ends_on >= :today)", args)
	if err != nil {
		return s, err
	}
	for _, role := range held {
		if slices.Contains(PersonRoles, PersonRole(role)) && !s.Has(PersonRole(role)) {
			s.Roles = append(s.Roles, PersonRole(role))
		}
	}
	if s.Teams, err = texts(ctx, q, "SELECT id FROM team WHERE manager = :person", args); err != nil {
		return s, err
	}
	if len(s.Teams) > 0 {
		s.Roles = append(s.Roles, ServiceManager)
	}
	owned, err := texts(ctx, q, "SELECT id FROM asset WHERE owner = :person UNION SELECT id FROM asset WHERE deputy = :person LIMIT 1", args)
	if err != nil {
		return s, err
	}
	if len(owned) > 0 {
		s.Roles = append(s.Roles, Owner)
	}
	if s.Has(group...) {
		return s, nil
	}
	head, err := texts(ctx, q, "SELECT id FROM entity WHERE id = :entity AND (head OR NOT EXISTS (SELECT 1 FROM entity h WHERE h.head))", map[string]any{"entity": s.Entity})
	if err == nil && len(head) == 0 {
		s.Entities = []string{s.Entity}
	}
	return s, err
}

// texts returns the first column of a query.
func texts(ctx context.Context, q store.Queryer, query string, args map[string]any) ([]string, error) {
	rows, err := q.Query(ctx, query, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		if s.Valid {
			out = append(out, s.String)
		}
	}
	return out, rows.Err()
}
