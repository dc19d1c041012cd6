package web

// A route is one page or action of the site.
type route struct {
	method, path string
	access       access // who may come in; nil is anyone, signed in or not
	handle       func(*request) error
	nav          nav
	maxBody      int64 // of what is sent, in bytes; maxForm when 0
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
func may(a Action) access { return func(r *request) bool { return r.session.May(a) } }

// readsRegister and writesRegister look at the register that the path names.
func readsRegister(r *request) bool  { return r.session.MayRead(r.PathValue("name")) }
func writesRegister(r *request) bool { return r.session.MayWrite(r.PathValue("name")) }

// routes is the whole site. The order of the pages with a nav is that of the
// navigation.
var routes []route

func init() {
	routes = []route{
		{method: "GET", path: "/{$}", access: signedIn, handle: home},

		{method: "GET", path: "/registers", access: signedIn, handle: registersPage, nav: nav{"web.nav_registers", "table", "r"}},

		{method: "POST", path: "/preferences", handle: preferences},
	}
}
