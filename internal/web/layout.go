package web

import (
	"slices"
	"strings"
)

// htmxConfig keeps htmx within our Content-Security-Policy, shows refused forms,
// and keeps no copy of pages in the browser.
const htmxConfig = `{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"selfRequestsOnly":true,"allowScriptTags":false,"responseHandling":[{"code":"204","swap":false},{"code":"...","swap":true}]}`

// inside says that a person is signed in and not locked out: the navigation is
// shown.
func (r *request) inside() bool { return r.session != nil && !r.session.Locked }

// firstTheme is what the page is drawn in before theme.js knows better.
func (r *request) firstTheme() string {
	if r.theme == "dark" {
		return "dark"
	}
	return "light"
}

func (r *request) keysState() string {
	if r.noKeys {
		return "off"
	}
	return "on"
}

// searched is what the general search looked for, to be corrected there.
func (r *request) searched() string {
	if r.URL.Path == "/search" {
		return r.URL.Query().Get("q")
	}
	return ""
}

// queryPairs are the names and values of the query but the day.
func (r *request) queryPairs() (pairs [][2]string) {
	q := r.URL.Query()
	for name, values := range q {
		if name == "on" {
			continue
		}
		for _, v := range values {
			pairs = append(pairs, [2]string{name, v})
		}
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return pairs
}

// backHere is where a change of language or theme leads back to: this page when
// it can be asked for again.
func (r *request) backHere() string {
	if r.Method != "GET" {
		return r.URL.Path
	}
	return r.URL.RequestURI()
}

// navigation returns the pages that the person may open.
func (r *request) navigation() (list []route) {
	for _, rt := range routes {
		if rt.nav.label != "" && (rt.access == nil || rt.access(r)) {
			list = append(list, rt)
		}
	}
	return list
}

// current is the aria-current of a page of the navigation.
func (r *request) current(path string) string {
	switch {
	case r.URL.Path == path:
		return "page"
	case strings.HasPrefix(r.URL.Path, path+"/"):
		return "true"
	}
	return "false"
}

// An accountItem is a line of the menu of the account.
type accountItem struct{ path, icon, label string }

// accountItems are the pages about one's own account.
func (r *request) accountItems() []accountItem {
	return []accountItem{{"/account", "person", "account.title"}}
}

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
