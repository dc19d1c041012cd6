package identity

import "slices"

// This file is the whole table of what people may see and do. What is not
// written is refused.

// A Right is something that a person may do in the pages, besides reading and
// changing registers.
type Right string

// The rights.
const (
	SeePosture   Right = "posture"   // verdicts of the whole company
	Waive        Right = "waive"     // waivers and exclusions
	Assign       Right = "assign"    // findings given to somebody
	SetParameter Right = "parameter" // numbers of the policy
	Import       Right = "import"    // files into registers that may be written
	ManageUsers  Right = "users"     // accounts, invitations, tokens
	SeeTrail     Right = "trail"     // who logged in, read, exported
	SearchTraces Right = "traces"    // events of machines in the vault of traces
	Cleared      Right = "cleared"   // records of confidentiality 3 and 4 without being named
)

// A set names registers. all is every register that no other set restricts.
type set []string

var (
	all = set{"*"}

	// restricted registers are seen only by the roles that name them.
	restricted = set{"breach_case", "data_access", "vetting", "employment_contract", "subject_request"}

	privacySet = set{"processing", "processing_asset", "data_category", "data_location", "data_purge", "subject_request", "notice", "notice_delivery"}
	peopleSet  = set{"person", "team", "employment_contract", "vetting", "movement", "breach_case", "acknowledgement", "communication", "role_assignment"}
	siteSet    = set{"site", "room", "room_authorisation", "badge", "badge_opening", "badge_event", "visit", "protection", "upkeep_visit", "maintenance_contract"}
	ownSet     = set{"person", "asset", "asset_review", "access_rule", "access_grant", "access_request", "acknowledgement", "action", "backup_plan", "recovery_plan", "recovery_test", "restore_test",
		"host_posture", "installation", "pending_update", "endpoint", "dependency", "data_placement", "media_authorisation", "movement", "badge", "equipment_return", "document", "document_reader",
		"incident_asset", "procedure", "exposure", "audit", "log_source", "monitor", "alert", "change", "journal_entry", "observed_change", "storage_hint", "maintenance_contract", "key_holder", "licence_user"}
	commonSet = set{"entity", "site", "team", "role_assignment", "policy_edition", "policy_statement", "communication", "software", "report_page", "role_profile"}
)

// A grant is what a role gives: registers read and written over the whole
// company, registers read and written where the records are one's own, rights.
type grant struct {
	read, write       set
	ownRead, ownWrite set
	rights            []Right
}

var grants = map[PersonRole]grant{
	SecurityCommittee: {read: append(slices.Clone(restricted), all...), write: all, rights: []Right{SeePosture, Assign, Waive, SetParameter, Import, SeeTrail, SearchTraces, Cleared}},
	CISO:              {read: append(slices.Clone(restricted), all...), write: all, rights: []Right{SeePosture, Assign, Import, SeeTrail, SearchTraces, Cleared}},
	CIO:               {read: all, write: all, rights: []Right{SeePosture, Assign, Import}},
	ITTeam:            {read: all, write: all, rights: []Right{SeePosture, Import}},
	DPO:               {read: append(slices.Clone(privacySet), all...), write: privacySet, rights: []Right{SeePosture, Import}},
	HR:                {read: append(slices.Clone(peopleSet), commonSet...), write: peopleSet, rights: []Right{Import}},
	Facilities:        {read: append(slices.Clone(siteSet), commonSet...), write: siteSet, rights: []Right{Import}},
	Auditor:           {read: append(slices.Clone(restricted), all...), rights: []Right{SeePosture, SeeTrail, SearchTraces}},
	ServiceManager:    {read: commonSet, ownRead: ownSet, ownWrite: set{"asset_review", "access_request", "action", "movement", "journal_entry", "incident_asset"}},
	Owner:             {read: commonSet, ownRead: ownSet, ownWrite: set{"asset", "asset_review", "access_rule", "access_grant", "backup_plan", "recovery_plan", "dependency", "media_authorisation", "action"}},
	Employee:          {read: commonSet, ownRead: ownSet, ownWrite: set{"acknowledgement", "access_request"}},
	ThirdParty:        {read: set{"policy_edition", "policy_statement", "communication", "entity"}, ownRead: set{"person", "acknowledgement", "access_grant", "badge"}, ownWrite: set{"acknowledgement"}},
	Administrator:     {rights: []Right{ManageUsers, SeeTrail}},
}

// decided are the registers that only those who may waive, assign, or set
// parameters, write.
var decided = map[string]Right{"waiver": Waive, "finding_assignment": Assign, "exclusion": Waive, "policy_parameter": SetParameter, "policy_edition": SetParameter, "policy_vote": Waive, "policy_review": Waive}

func (s set) holds(register string) bool {
	return slices.Contains(s, register) || slices.Contains(s, "*") && !slices.Contains(restricted, register)
}

// May says whether a right is given.
func (s Standing) May(right Right) bool {
	return slices.ContainsFunc(s.Roles, func(r PersonRole) bool { return slices.Contains(grants[r].rights, right) })
}

// A Reach is how much of a register a person sees or changes.
type Reach int

// The reaches.
const (
	Nothing Reach = iota
	OwnOnly       // the records that hang from the person, the team or the assets owned
	WholeCompany
)

// Reads returns how much of a register may be read.
func (s Standing) Reads(register string) Reach {
	return s.reach(func(g grant) (whole, own set) { return g.read, g.ownRead }, register)
}

// Writes returns how much of a register may be changed.
func (s Standing) Writes(register string) Reach {
	if right, ok := decided[register]; ok && !s.May(right) {
		return Nothing
	}
	return s.reach(func(g grant) (whole, own set) { return g.write, g.ownWrite }, register)
}

func (s Standing) reach(of func(grant) (whole, own set), register string) Reach {
	most := Nothing
	for _, role := range s.Roles {
		whole, own := of(grants[role])
		switch {
		case whole.holds(register):
			return WholeCompany
		case own.holds(register):
			most = OwnOnly
		}
	}
	return most
}

// MayRead says whether something of a register may be read.
func (s Standing) MayRead(register string) bool { return s.Reads(register) != Nothing }

// MayWrite says whether something of a register may be changed.
func (s Standing) MayWrite(register string) bool { return s.Writes(register) != Nothing }
