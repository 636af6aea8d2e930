package console_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// follow reads a list page by page and returns what a pattern finds on each.
func follow(t *testing.T, b *browser, path string, find *regexp.Regexp) (found []string, pages int) {
	t.Helper()
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	for path != "" {
		a := b.get(path)
		a.shows(t, http.StatusOK)
		for _, m := range find.FindAllStringSubmatch(a.body, -1) {
			found = append(found, m[1])
		}
		path = ""
		if m := next.FindStringSubmatch(a.body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
		if pages++; pages > 20 {
			t.Fatal("the pages never end")
		}
	}
	return found, pages
}

func once(t *testing.T, what string, got []string, want int) {
	t.Helper()
	seen := map[string]bool{}
	for _, g := range got {
		if seen[g] {
			t.Errorf("%s %s is listed twice", what, g)
		}
		seen[g] = true
	}
	if len(seen) != want {
		t.Errorf("%d of %d %s are listed", len(seen), want, what)
	}
}

func TestEmployeesPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 120 {
		sites := []attendance.SiteID{w.north.ID}
		if i%3 == 0 {
			sites = []attendance.SiteID{w.south.ID}
		}
		w.person("Person", at("Name%03dX", i/2), sites...) // many share a name
	}
	b := w.as(w.admin.Email)
	row := regexp.MustCompile(`row-link" href="/employees/([0-9a-f-]+)"`)
	all, pages := follow(t, b, "/employees", row)
	if once(t, "people", all, 120); pages != 3 {
		t.Errorf("%d pages", pages)
	}
	south, _ := follow(t, b, "/employees?site="+string(w.south.ID), row)
	once(t, "people in the south", south, 40)
	b.get("/employees").shows(t, http.StatusOK, "120 people", "<span>Site North</span><small>80</small>", "<span>Site South</span><small>40</small>")
	b.get("/employees?q=PERSON+name001").shows(t, http.StatusOK, "2 people", `value="PERSON name001"`)
	b.get("/employees?q=nobody").shows(t, http.StatusOK, "Nobody found")
}

// Punches of the very same time must not be lost where a page ends.
func TestPunchesPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Berg", w.north.ID)
	gate := w.tablet(w.north.ID, "Gate 2")
	start := w.now().Add(-24 * time.Hour).Truncate(time.Second)
	for i := range 130 {
		when := start.Add(time.Duration(i/4) * time.Minute) // four at a time
		if i%3 == 0 {
			gate.refuse(attendance.UnknownCard, "", when)
		} else {
			gate.punch(anna, attendance.In, when)
		}
	}
	b := w.as(w.admin.Email)
	row := regexp.MustCompile(`<tr id="row-([0-9a-f-]+)"`)
	all, pages := follow(t, b, "/punches", row)
	if once(t, "rows", all, 130); pages != 3 {
		t.Errorf("%d pages", pages)
	}
	refused, _ := follow(t, b, "/punches?show=refused", row)
	once(t, "refusals", refused, 44)
}

// A day is a day at the site that was chosen.
func TestPunchesOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Berg", w.north.ID, w.south.ID)
	north, south := w.tablet(w.north.ID, "Gate"), w.tablet(w.south.ID, "Dock")
	moment := time.Date(2026, 3, 10, 20, 30, 0, 0, time.UTC) // 21:30 in Berlin, the day after at 01:30 in Yekaterinburg
	n, s := north.punch(anna, attendance.In, moment), south.punch(anna, attendance.Out, moment)
	b := w.as(w.admin.Email)
	for _, c := range []struct {
		site attendance.SiteID
		day  string
		want []string
	}{
		{w.north.ID, "2026-03-10", []string{n}},
		{w.north.ID, "2026-03-11", nil},
		{w.south.ID, "2026-03-10", nil},
		{w.south.ID, "2026-03-11", []string{s}},
	} {
		a := b.get("/punches?" + url.Values{"site": {string(c.site)}, "day": {c.day}}.Encode())
		a.shows(t, http.StatusOK)
		for _, id := range []string{n, s} {
			if want, got := len(c.want) == 1 && c.want[0] == id, strings.Contains(a.body, "row-"+id); got != want {
				t.Errorf("%s at %s: punch shown: %v, want %v", c.day, c.site, got, want)
			}
		}
	}
	// The zone is named where it isn't the reader's.
	here := must(url.Parse(w.server.URL))(t)
	b.http.Jar.SetCookies(here, []*http.Cookie{{Name: "zone", Value: "Europe%2FVienna"}})
	a := b.get("/punches")
	a.shows(t, http.StatusOK, `21:30</span> <span class="date">`, `01:30</span> <span class="zone">Yekaterinburg`)
	b.http.Jar.SetCookies(here, []*http.Cookie{{Name: "zone", Value: "..%2F..%2Fetc%2Fpasswd"}})
	b.get("/punches").shows(t, http.StatusOK, `21:30</span> <span class="zone">Berlin`)
}

func TestOverviewPutsProblemsFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.get("/").shows(t, http.StatusOK, "First steps", `<a href="/activate">Activate a tablet`, `<a href="/employees/new">Add an employee`, `<a href="/employees">Give the employee a card`)
	anna, boris := w.person("Anna", "Berg", w.north.ID), w.person("Boris", "Petrow", w.north.ID)
	gate, yard := w.tablet(w.north.ID, "Gate 2"), w.tablet(w.north.ID, "Yard")
	b.get("/").shows(t, http.StatusOK, "All 2 tablets are well.")
	now := w.now()
	// Each site's day begins at its own midnight: a minute before that of the site
	// where it begins last, the other's has begun already.
	last := w.north
	if attendance.StartOfDay(now, w.south.Location()).After(attendance.StartOfDay(now, w.north.Location())) {
		last = w.south
	}
	w.tablet(last.ID, "Night").punch(anna, attendance.In, attendance.StartOfDay(now, last.Location()).Add(-time.Minute))
	gate.punch(anna, attendance.In, now)
	gate.punch(boris, attendance.In, now)
	gate.punch(boris, attendance.Out, now.Add(time.Millisecond))
	gate.refuse(attendance.UnknownCard, "", now)
	gate.tell("nonsense", now, &wire.ReaderPayload{})
	yard.pulse(&wire.Pulse{Version: "1.4.0", Reader: string(device.ReaderFailing), DiskFree: 1 << 30, Trust: wire.ClockTrust(attendance.TrustStepped)})
	a := b.get("/")
	a.shows(t, http.StatusOK, "2 things need you", "The card reader doesn&#39;t answer", "Clock: was changed", "1 record couldn&#39;t be understood",
		"<strong>1</strong><span>person here now", "<strong>2</strong><span>punches in", "<strong>1</strong><span>punch out", "<strong>1</strong><span>tap refused")
	if strings.Index(a.body, "need you") > strings.Index(a.body, "here now") {
		t.Error("the numbers come before the problems")
	}
	b.get("/quarantine").shows(t, http.StatusOK, "A kind of record that isn&#39;t known", "Gate 2")
	gate.presence(false)
	w.ahead.Add(int64(20 * time.Minute))
	b.get("/devices").shows(t, http.StatusOK, "Silent: last heard 20 minutes ago")
}
