package api

import (
	"slices"

	"vigie.example/internal/identity"
)

// A route is one line of the API: what it needs, what it does, what it is
// described as.
type route struct {
	method, path string
	action       identity.Action
	byRegister   bool // it also needs the action that the register asks for: identity.ToWrite
	created      bool // answers 201
	handle       func(*request) (any, error)
	summary      string
	query        []string // names of query parameters; "f.FIELD" stands for filters
	body, answer string   // names of schemas in openapi.go; a body of "file" is any file
}

// allowed says whether a token may use the route, for a register when the route
// is about one.
func (rt route) allowed(token identity.Token, register string) bool {
	var needed []identity.Action
	if rt.action != "" {
		needed = append(needed, rt.action)
	}
	if rt.byRegister {
		needed = append(needed, identity.ToWrite(register))
	}
	return len(needed) > 0 && !slices.ContainsFunc(needed, func(a identity.Action) bool { return !token.May(a) })
}

// routes is the whole API.
var routes []route

func init() {
	routes = []route{
		{method: "GET", path: "/openapi.json", action: identity.Read, handle: describe, summary: "This description"},
		{method: "GET", path: "/api/v1/posture", action: identity.Read, handle: posture, summary: "Verdicts of all rules, today or at the end of a past day", query: []string{"on"}, answer: "Posture"},
		{method: "GET", path: "/api/v1/rules", action: identity.Read, handle: rules, summary: "All rules", answer: "Rules"},
		{method: "GET", path: "/api/v1/rules/{id}", action: identity.Read, handle: rule, summary: "A rule and the explanation of its verdict", answer: "Rule"},
		{method: "GET", path: "/api/v1/findings", action: identity.Read, handle: findings, summary: "Findings, the oldest first", query: []string{"rule", "chapter", "check", "register", "record", "waived", "excluded", "on", "after", "limit"}, answer: "Findings"},
		{method: "GET", path: "/api/v1/waivers", action: identity.Read, handle: waivers, summary: "Waivers", query: listQuery, answer: "Page"},
		{method: "POST", path: "/api/v1/waivers", action: identity.Decide, created: true, handle: addWaiver, summary: "Waive the findings of one record for one rule", body: "Record", answer: "Record"},
		{method: "GET", path: "/api/v1/registers", action: identity.Read, handle: registers, summary: "All registers and their fields", answer: "Registers"},
		{method: "GET", path: "/api/v1/registers/{name}", action: identity.Read, handle: declaration, summary: "A register and its fields", answer: "Register"},
		{method: "GET", path: "/api/v1/registers/{name}/records", action: identity.Read, handle: list, summary: "A page of records", query: listQuery, answer: "Page"},
		{method: "POST", path: "/api/v1/registers/{name}/records", byRegister: true, created: true, handle: create, summary: "Add a record", body: "Record", answer: "Record"},
		{method: "GET", path: "/api/v1/registers/{name}/records/{id}", action: identity.Read, handle: get, summary: "A record", answer: "Record"},
		{method: "PATCH", path: "/api/v1/registers/{name}/records/{id}", byRegister: true, handle: update, summary: "Change the fields given; version is the one you saw", body: "Record", answer: "Record"},
		{method: "DELETE", path: "/api/v1/registers/{name}/records/{id}", byRegister: true, handle: remove, summary: "Delete a record that no other names", query: []string{"version", "reason"}},
		{method: "GET", path: "/api/v1/registers/{name}/records/{id}/history", action: identity.Read, handle: recordHistory, summary: "What happened to a record", query: []string{"before", "limit"}, answer: "History"},
		{method: "GET", path: "/api/v1/registers/{name}/history", action: identity.Read, handle: registerHistory, summary: "What happened to a register", query: []string{"batch", "before", "limit"}, answer: "History"},
		{method: "POST", path: "/api/v1/registers/{name}/import", action: identity.ImportFile, byRegister: true, handle: importFile, summary: "Import a CSV or XLSX file, wholly or not at all", query: []string{"strategy", "preview", "file", "mapping", "reason"}, body: "file", answer: "Import"},
		{method: "GET", path: "/api/v1/registers/{name}/export", action: identity.Read, handle: export, summary: "Export records as CSV or XLSX", query: append([]string{"format"}, listQuery...)},
		{method: "GET", path: "/api/v1/imports", action: identity.Read, handle: imports, summary: "The last imports, and edits of many records", answer: "Imports"},
		{method: "POST", path: "/api/v1/imports/{id}/undo", action: identity.Write, handle: undo, summary: "Take a whole import, or edit of many records, back", query: []string{"reason"}, answer: "Undone"},
		{method: "GET", path: "/api/v1/traces", action: identity.Search, handle: traceClasses, summary: "The retention classes of the vault of traces", answer: "Classes"},
		{method: "GET", path: "/api/v1/traces/{class}/events", action: identity.Search, handle: traceEvents, summary: "Events that a query finds, the newest first; all of them, one a line, to who accepts application/x-ndjson", query: []string{"q", "from", "to", "before", "since", "limit"}, answer: "Events"},
		{method: "GET", path: "/api/v1/traces/{class}/count", action: identity.Search, handle: traceCount, summary: "How many events a query finds, in all and by times of a length such as 1h", query: []string{"q", "from", "to", "every"}, answer: "Counts"},
		{method: "GET", path: "/api/v1/traces/{class}/pack", action: identity.Search, handle: tracePack, summary: "Chosen entries, or whole blocks of a time, as an evidence pack (zip) that anyone verifies without Vigie", query: []string{"entry", "from", "to"}},
		{method: "GET", path: "/api/v1/tokens", action: identity.Manage, handle: tokens, summary: "All tokens, without their secrets", answer: "Tokens"},
		{method: "POST", path: "/api/v1/tokens", action: identity.Manage, created: true, handle: addToken, summary: "Make a token; its secret is shown once", body: "NewToken", answer: "Token"},
		{method: "DELETE", path: "/api/v1/tokens/{id}", action: identity.Manage, handle: revoke, summary: "End a token at once"},
		{method: "POST", path: "/api/v1/agent/enrol", action: identity.Enrol, created: true, handle: enrol, summary: "Let a machine in; gives it a token of its own", body: "Enrolment", answer: "Enrolled"},
		{method: "POST", path: "/api/v1/agent/report", action: identity.Report, handle: report, summary: "Facts of a machine, gzip or plain JSON", body: "file", answer: "Accepted"},
	}
}

var listQuery = []string{"q", "sort", "after", "limit", "f.FIELD", "f.FIELD.from", "f.FIELD.to"}
