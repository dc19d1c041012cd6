package web

import "vigie.example/internal/identity"

// A route is one page or action of the site.
type route struct {
	method, path string
	access       access // who may come in; nil is anyone, signed in or not
	handle       func(*request) error
	nav          nav
	maxBody      int64 // of what is sent, in bytes; maxForm when 0
	passive      bool  // asked for by the page itself: nobody is seen there
}

// A nav puts a page into the navigation, for those who may come in.
type nav struct {
	label string // key of its sentence
	icon  string // name in icon.go
	key   string // g then this letter goes there
}

// An access says whether a signed-in person may come in.
type access func(r *request) bool

// signedIn lets everyone in who has a session that is not locked.
func signedIn(*request) bool { return true }

// may lets in those who have a right of the permission table.
func may(right identity.Right) access {
	return func(r *request) bool { return r.session.May(right) }
}

// readsRegister and writesRegister look at the register that the path names.
func readsRegister(r *request) bool  { return r.session.MayRead(r.PathValue("name")) }
func writesRegister(r *request) bool { return r.session.MayWrite(r.PathValue("name")) }

// importsInto lets in those who bring files into the register that the path names.
func importsInto(r *request) bool { return r.mayImport(r.PathValue("name")) }

// routes is the whole site. The order of the pages with a nav is that of the
// navigation.
var routes []route

func init() {
	routes = []route{
		{method: "GET", path: "/{$}", access: signedIn, handle: home},

		{method: "GET", path: "/situation", access: may(identity.SeePosture), handle: situation, nav: nav{"web.nav_situation", "gauge", "s"}},
		{method: "GET", path: "/situation/ahead", access: may(identity.SeePosture), handle: aheadPage},
		{method: "GET", path: "/start", access: startsUp, handle: startPage},
		{method: "POST", path: "/start", access: may(identity.ManageUsers), handle: startSave},
		{method: "GET", path: "/me", access: signedIn, handle: mePage, nav: nav{"web.nav_me", "person", "m"}},
		{method: "GET", path: "/policy", access: readsPolicy, handle: policyPage, nav: nav{"web.nav_policy", "page", "d"}},
		{method: "POST", path: "/policy/acknowledge", access: readsPolicy, handle: policyAcknowledge},
		{method: "POST", path: "/policy/vote", access: may(identity.Waive), handle: policyVote},
		{method: "GET", path: "/rules", access: may(identity.SeePosture), handle: rulesPage, nav: nav{"web.nav_rules", "book", "l"}},
		{method: "GET", path: "/rules/{id}", access: may(identity.SeePosture), handle: rulePage},
		{method: "GET", path: "/findings", access: may(identity.SeePosture), handle: findingsPage, nav: nav{"web.nav_findings", "alert", "e"}},
		{method: "GET", path: "/findings/export", access: may(identity.SeePosture), handle: findingsFile},
		{method: "GET", path: "/findings/assign", access: may(identity.Assign), handle: assignPage},
		{method: "POST", path: "/findings/assign", access: may(identity.Assign), handle: assignSave},
		{method: "GET", path: "/findings/{seq}/waive", access: may(identity.Waive), handle: waivePage},
		{method: "POST", path: "/findings/{seq}/waive", access: may(identity.Waive), handle: waiveSave},

		{method: "GET", path: "/registers", access: signedIn, handle: registersPage, nav: nav{"web.nav_registers", "table", "r"}},
		{method: "GET", path: "/registers/{name}", access: readsRegister, handle: listPage},
		{method: "GET", path: "/registers/{name}/options", access: readsRegister, handle: optionsPart},
		{method: "GET", path: "/registers/{name}/export", access: readsRegister, handle: exportFile},
		{method: "POST", path: "/registers/{name}/views", access: readsRegister, handle: viewSave},
		{method: "POST", path: "/registers/{name}/views/{view}/delete", access: readsRegister, handle: viewDelete},
		{method: "GET", path: "/registers/{name}/new", access: writesRegister, handle: newPage},
		{method: "POST", path: "/registers/{name}/new", access: writesRegister, handle: newSave},
		{method: "POST", path: "/registers/{name}/check", access: writesRegister, handle: fieldCheck},
		{method: "POST", path: "/registers/{name}/bulk", access: writesRegister, handle: bulk},
		{method: "GET", path: "/registers/{name}/import", access: importsInto, handle: importPage},
		{method: "POST", path: "/registers/{name}/import", access: importsInto, handle: importUpload, maxBody: maxUpload},
		{method: "GET", path: "/registers/{name}/import/{upload}", access: importsInto, handle: importMapping},
		{method: "POST", path: "/registers/{name}/import/{upload}", access: importsInto, handle: importStep},
		{method: "GET", path: "/registers/{name}/import/{upload}/progress", access: importsInto, handle: importProgress},
		{method: "GET", path: "/registers/{name}/records/{id}", access: readsRegister, handle: recordPage},
		{method: "GET", path: "/registers/{name}/records/{id}/edit", access: writesRegister, handle: recordEdit},
		{method: "POST", path: "/registers/{name}/records/{id}/edit", access: writesRegister, handle: recordSave},
		{method: "GET", path: "/registers/{name}/records/{id}/delete", access: writesRegister, handle: recordDeletePage},
		{method: "POST", path: "/registers/{name}/records/{id}/delete", access: writesRegister, handle: recordDelete},
		{method: "GET", path: "/imports", access: signedIn, handle: importsPage},
		{method: "GET", path: "/imports/{batch}", access: signedIn, handle: importBatchPage},
		{method: "POST", path: "/imports/{batch}/undo", access: signedIn, handle: importUndo},

		{method: "GET", path: "/parameters", access: may(identity.SeePosture), handle: parametersPage, nav: nav{"web.nav_parameters", "gear", "p"}},
		{method: "GET", path: "/parameters/{name}", access: may(identity.SeePosture), handle: parameterPage},
		{method: "POST", path: "/parameters/{name}", access: may(identity.SetParameter), handle: parameterSave},
		{method: "GET", path: "/accounts", access: may(identity.ManageUsers), handle: accountsPage, nav: nav{"web.nav_accounts", "key", "c"}},
		{method: "POST", path: "/accounts", access: may(identity.ManageUsers), handle: accountInvite},
		{method: "POST", path: "/accounts/{id}/link", access: may(identity.ManageUsers), handle: accountLink},
		{method: "POST", path: "/accounts/{id}/renew", access: may(identity.ManageUsers), handle: accountRenew},
		{method: "POST", path: "/accounts/{id}/disable", access: may(identity.ManageUsers), handle: accountDisable},
		{method: "GET", path: "/traces", access: may(identity.SearchTraces), handle: tracesPage, nav: nav{"traces.title", "search", "v"}},
		{method: "GET", path: "/traces/senders", access: may(identity.SearchTraces), handle: sendersPage},
		{method: "GET", path: "/traces/live", access: may(identity.SearchTraces), handle: tracesLive, passive: true},
		{method: "POST", path: "/traces/views", access: may(identity.SearchTraces), handle: searchSave},
		{method: "POST", path: "/traces/views/{view}/delete", access: may(identity.SearchTraces), handle: searchDelete},
		{method: "GET", path: "/traces/pack", access: may(identity.SearchTraces), handle: tracesPack},
		{method: "GET", path: "/trail", access: may(identity.SeeTrail), handle: trailPage, nav: nav{"web.nav_trail", "clock", "t"}},

		{method: "GET", path: "/search", access: signedIn, handle: searchPage},
		{method: "GET", path: "/palette", access: signedIn, handle: palettePart},
		{method: "GET", path: "/live", access: signedIn, handle: live, passive: true},
		{method: "POST", path: "/preferences", handle: preferences},

		{method: "GET", path: "/login", handle: loginPage},
		{method: "POST", path: "/login", handle: login},
		{method: "GET", path: "/login/provider", handle: providerGo},
		{method: "GET", path: "/login/provider/back", handle: providerReturn},
		{method: "POST", path: "/login/passkey/begin", handle: passkeyLoginBegin},
		{method: "POST", path: "/login/passkey", handle: passkeyLogin},
		{method: "GET", path: "/login/factor", handle: factorPage},
		{method: "POST", path: "/login/factor", handle: factor},
		{method: "GET", path: "/login/enrol", handle: enrolPage},
		{method: "POST", path: "/login/enrol", handle: enrol},
		{method: "GET", path: "/login/password", handle: expiredPage},
		{method: "POST", path: "/login/password", handle: expired},
		{method: "GET", path: "/unlock", handle: unlockPage},
		{method: "POST", path: "/unlock", handle: unlock},
		{method: "GET", path: "/welcome/{link}", handle: welcomePage},
		{method: "POST", path: "/welcome/{link}", handle: welcome},
		{method: "POST", path: "/password/strength", handle: strengthPart},
		{method: "POST", path: "/logout", handle: logout},

		{method: "GET", path: "/account", access: signedIn, handle: accountPage},
		{method: "POST", path: "/account/password", access: signedIn, handle: accountPassword},
		{method: "POST", path: "/account/passkeys/begin", access: signedIn, handle: passkeyBegin},
		{method: "POST", path: "/account/passkeys", access: signedIn, handle: passkeyAdd},
		{method: "POST", path: "/account/passkeys/{id}/delete", access: signedIn, handle: passkeyDrop},
		{method: "POST", path: "/account/sessions/{id}/end", access: signedIn, handle: sessionEnd},
		{method: "GET", path: "/account/factor", access: signedIn, handle: accountFactorPage},
		{method: "POST", path: "/account/factor", access: signedIn, handle: accountFactor},
	}
}
