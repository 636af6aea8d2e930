package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// everyPage lists the addresses of all pages, with what is behind them in f.
func (f *furnished) everyPage(t *testing.T) []string {
	t.Helper()
	admin := f.admin.Actor()
	person := "/employees/" + string(f.people[0].ID)
	m := must(f.world.store.Member(t.Context(), admin, f.people[0].ID))(t)
	capture := must(f.fleet.StartCapture(t.Context(), admin, f.gate.at.Device, f.people[0].ID))(t)
	users := must(f.world.store.Users(t.Context(), admin))(t)
	if _, err := f.world.store.IssueAPIToken(t.Context(), admin, "payroll", f.now().AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	tokens := must(f.world.store.APITokens(t.Context(), admin))(t)
	return []string{
		"/", "/help", "/account", "/punches", "/punches?show=refused&day=2026-01-01", "/punches?day=nonsense", "/quarantine",
		"/approvals", "/approvals?state=rejected&day=2026-01-01", "/approvals?day=nonsense",
		"/employees", "/employees?q=nobodyatall", "/employees?site=" + string(f.north.ID), "/employees/new",
		person, person + "?capture=" + capture.ID, person + "/remove", person + "/cards/" + string(m.Cards[0].ID) + "/end",
		"/sites", "/sites/new", "/sites/" + string(f.north.ID),
		"/devices", "/devices/new", "/devices/" + string(f.yard.at.Device), "/devices/" + string(f.gate.at.Device) + "/revoke",
		"/activate", "/activate?code=" + f.claim("Raspberry Pi 4"), "/activate?code=BCDF-GHJK",
		"/launch", "/invitations", "/invitations/batches", "/invitations/texts", "/invitations/texts?channel=sms&language=ru", "/invitations/texts/reset",
		"/invitations/policy", "/invitations/mailbox", person + "/reset-access",
		"/users", "/users/new", "/users/" + string(users[1].ID), "/users/tokens/" + tokens[0].ID + "/revoke", "/nothing-here",
		"/audit", "/audit?action=nothing-of-that-name", "/audit?from=nonsense",
	}
}

// walk calls f with every element of a page.
func walk(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func parsePage(t *testing.T, a answer) *html.Node {
	t.Helper()
	return must(html.Parse(strings.NewReader(a.body)))(t)
}

// checkPage holds a page to what every page of the console must be.
func checkPage(t *testing.T, path string, a answer) {
	t.Helper()
	h := a.Header
	if policy := h.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("%s: content policy %q", path, policy)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
		if !strings.Contains(strings.Join(h.Values(name), ","), want) {
			t.Errorf("%s: %s is %q", path, name, h.Get(name))
		}
	}
	var headings, mains int
	ids := map[string]bool{}
	labels := map[string]bool{}
	page := parsePage(t, a)
	walk(page, func(n *html.Node) {
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
	})
	walk(page, func(n *html.Node) {
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("%s: two elements are called %q", path, id)
		} else {
			ids[id] = true
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("%s: <%s %s=%q> is inline", path, n.Data, a.Key, a.Val)
			}
			if (a.Key == "src" || a.Key == "href" || a.Key == "action") && (strings.Contains(a.Val, "//") || strings.HasPrefix(a.Val, "javascript:")) {
				t.Errorf("%s: <%s %s=%q> leads elsewhere", path, n.Data, a.Key, a.Val)
			}
		}
		switch n.Data {
		case "html":
			if attr(n, "lang") == "" {
				t.Errorf("%s: in no language", path)
			}
		case "style":
			t.Errorf("%s has inline style", path)
		case "script":
			if !strings.HasPrefix(attr(n, "src"), "/assets/") || n.FirstChild != nil {
				t.Errorf("%s has an inline script", path)
			}
		case "h1":
			headings++
		case "main":
			mains++
		case "title":
			if n.FirstChild == nil || strings.HasPrefix(n.FirstChild.Data, "title.") {
				t.Errorf("%s has no title", path)
			}
		case "input", "select":
			switch attr(n, "type") {
			case "hidden", "checkbox", "radio": // the last two are inside their labels
			default:
				hidden := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "hidden" })
				if !labels[attr(n, "id")] && !hidden {
					t.Errorf("%s: nothing says what %q is for", path, attr(n, "name"))
				}
			}
		}
	})
	if headings != 1 || mains != 1 {
		t.Errorf("%s has %d first headings and %d main parts", path, headings, mains)
	}
	if missing := regexp.MustCompile(`>[a-z]+(\.[a-z-]+)+<`).FindString(a.body); missing != "" {
		t.Errorf("%s says %s", path, missing)
	}
	if strings.Contains(a.body, "ZgotmplZ") {
		t.Errorf("%s: the template engine refused a value", path)
	}
}

func TestP2EveryPageInEveryLanguage(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as(f.admin.Email)
	pages := f.everyPage(t)
	for _, language := range []string{"en", "de", "ru"} {
		if err := f.world.store.ChangeOwnAccount(t.Context(), f.admin.Actor(), "Ada Admin", language); err != nil {
			t.Fatal(err)
		}
		for _, path := range pages {
			a := b.get(path)
			if a.StatusCode >= 500 || a.Header.Get("Content-Language") != language {
				t.Errorf("%s: %s in %q", path, a.Status, a.Header.Get("Content-Language"))
			}
			checkPage(t, path, a)
		}
	}
	for _, path := range []string{"/login", "/login?next=/employees", "/password?token=dead"} {
		checkPage(t, path, f.browser().get(path))
	}
	checkPage(t, "/setup", emptyWorld(t).browser().get("/setup?token=x"))
}

// forms lists where the forms of a page lead, but for those that everybody has.
func forms(page *html.Node) []string {
	var all []string
	walk(page, func(n *html.Node) {
		if n.Data == "form" && strings.EqualFold(attr(n, "method"), "post") {
			if to := attr(n, "action"); to != "/logout" && !strings.HasPrefix(to, "/account") {
				all = append(all, to)
			}
		}
	})
	return all
}

func TestViewerSeesNothingToChange(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	pages := f.everyPage(t)
	admin, viewer := f.as(f.admin.Email), f.as("vera.viewer@acme.example")
	changing := regexp.MustCompile(`^/(employees|sites|users|devices)/new|/(remove|end|revoke)$|^/(users|activate|launch)|^/invitations/(texts|policy|mailbox)|/reset-access`)
	posts := map[string]bool{"/users/new": true, "/sites/new": true, "/employees/new": true, "/devices/new": true}
	for _, path := range pages {
		for _, to := range forms(parsePage(t, admin.get(path))) {
			to, _, _ = strings.Cut(to, "#")
			posts[to] = true
		}
		a := viewer.get(path)
		if changing.MatchString(path) {
			if a.StatusCode != http.StatusForbidden {
				t.Errorf("a viewer gets %s: %s", path, a.Status)
			}
			continue
		}
		page := parsePage(t, a)
		if got := forms(page); len(got) > 0 {
			t.Errorf("%s offers a viewer to change something: %v", path, got)
		}
		walk(page, func(n *html.Node) {
			if n.Data == "a" && changing.MatchString(attr(n, "href")) {
				t.Errorf("%s leads a viewer to %s", path, attr(n, "href"))
			}
		})
	}
	if len(posts) < 20 {
		t.Fatalf("only %d forms found: %v", len(posts), posts)
	}
	for to := range posts {
		if a := viewer.post(to, url.Values{"name": {"x"}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("a viewer posts to %s: %s", to, a.Status)
		}
	}
}

func TestSiteManagerKnowsHisSiteOnly(t *testing.T) {
	t.Parallel()
	f := furnish(t)
	b := f.as("mia.manager@acme.example") // of the north
	south := f.people[8]                  // works at the south only
	for _, path := range []string{"/", "/employees", "/punches", "/devices", "/sites", "/devices/new", "/employees/new"} {
		a := b.get(path)
		a.shows(t, http.StatusOK)
		for _, secret := range []string{"Site South", "Warehouse", "Дмитрий"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s tells about %q", path, secret)
			}
		}
	}
	for _, path := range []string{
		"/employees/" + string(south.ID), "/devices/" + string(f.store.at.Device), "/employees?site=" + string(f.south.ID),
		"/punches?site=" + string(f.south.ID), "/devices/" + string(f.store.at.Device) + "/revoke",
	} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	for path, form := range map[string]url.Values{
		"/employees/" + string(south.ID):                          {"first_name": {"x"}, "last_name": {"y"}, "sites": {string(f.north.ID)}},
		"/employees/" + string(south.ID) + "/remove":              {},
		"/devices/" + string(f.store.at.Device) + "/revoke":       {},
		"/devices/" + string(f.store.at.Device) + "/lock":         {"message": {"x"}},
		"/employees/" + string(f.people[0].ID) + "/captures":      {"device": {string(f.store.at.Device)}},
		"/employees/" + string(south.ID) + "/cards":               {"uid": {"04aabbcc"}},
		"/employees/" + string(south.ID) + "/photo/remove":        {},
		"/employees/" + string(south.ID) + "/captures/any/cancel": {},
	} {
		if a := b.post(path, form); a.StatusCode != http.StatusNotFound {
			t.Errorf("post %s: %s", path, a.Status)
		}
	}
	// Somebody at a site that the manager can't see can't be put there by him.
	a := b.post("/employees/new", url.Values{"first_name": {"x"}, "last_name": {"y"}, "sites": {string(f.south.ID)}})
	a.shows(t, http.StatusUnprocessableEntity, "Please choose one of the list.")
}
