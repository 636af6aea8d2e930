package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"muster/access"
	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// offline tells a punch that was taken without a line.
func (d *terminal) offline(p attendance.Profile, way attendance.Direction, at time.Time) string {
	d.w.t.Helper()
	return d.tell(device.KindPunch, at, &wire.PunchPayload{ProfileId: string(p.ID), SiteId: string(d.site), Direction: wire.Direction(way), NeedsApproval: true})
}

// stand returns how a punch stands.
func (w *world) stand(id string) attendance.Approval {
	w.t.Helper()
	return must(w.store.Punch(w.t.Context(), w.admin.Actor(), attendance.PunchID(id)))(w.t).Punch.Approval
}

// K29: what waits is on a page of its own, in the menu with its number and on the
// overview; it is decided one by one, by ticks, or all that the list shows after a
// question, and taken back; the log, and files, say how each stands.
func TestK29ApproveInTheConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna, bert := w.person("Anna", "Bergmann", w.north.ID), w.person("Bert", "Blume", w.north.ID, w.south.ID)
	gate, yard := w.tablet(w.north.ID, "Gate"), w.tablet(w.south.ID, "Yard")
	b := w.as(w.admin.Email)
	if strings.Contains(b.get("/").body, `href="/approvals"`) {
		t.Error("nothing waits, and the menu speaks of it")
	}
	b.get("/approvals").shows(t, http.StatusOK, "Nothing waits")
	at := w.now().Add(-time.Hour)
	gate.punch(anna, attendance.In, at)
	one, two := gate.offline(anna, attendance.Out, at.Add(time.Minute)), gate.offline(bert, attendance.In, at.Add(2*time.Minute))
	three, south := gate.offline(anna, attendance.In, at.Add(3*time.Minute)), yard.offline(bert, attendance.In, at.Add(4*time.Minute))
	b.get("/").shows(t, http.StatusOK, "4 punches wait for approval", `<small class="nav-count">4</small>`)
	whole := b.get("/approvals")
	whole.shows(t, http.StatusOK, "All 4 that match", "Anna Bergmann", "Yard")
	if a := whole; strings.Count(a.body, "data-row") != 4 {
		t.Errorf("the list: %s", a.body)
	}
	if a := b.get("/approvals?site=" + string(w.south.ID)); strings.Count(a.body, "data-row") != 1 || !strings.Contains(a.body, "1 punch that matches") {
		t.Errorf("of one site: %s", a.body)
	}
	b.get("/approvals?state=nonsense").shows(t, http.StatusNotFound)
	b.get("/approvals?day=nonsense").shows(t, http.StatusBadRequest)

	b.post("/approvals/approve", url.Values{"one": {one}, "id": {two}}).leadsTo(t, "/approvals?changed=1&decided=approved")
	if w.stand(one) != attendance.Approved || w.stand(two) != attendance.ApprovalWaiting {
		t.Errorf("one stands %q, two %q", w.stand(one), w.stand(two))
	}
	b.get("/approvals?changed=1&decided=approved").shows(t, http.StatusOK, "1 punch is approved.")
	b.post("/approvals/reject", url.Values{"id": {one, two}}).leadsTo(t, "/approvals?changed=1&decided=rejected&left=1")
	b.get("/approvals?changed=1&decided=rejected&left=1").shows(t, http.StatusOK, "1 punch is rejected.", "About 1 somebody else had decided already.")
	b.post("/approvals/reject", url.Values{}).leadsTo(t, "/approvals?none=1")
	b.get("/approvals?none=1").shows(t, http.StatusOK, "Tick at least one punch first.")
	b.post("/approvals/approve", url.Values{"state": {"rejected"}, "one": {two}}).leadsTo(t, "/approvals?changed=1&decided=approved&state=rejected")
	b.post("/approvals/reject", url.Values{"state": {"approved"}, "one": {two}}).leadsTo(t, "/approvals?changed=1&decided=rejected&state=approved")
	b.get("/approvals?state=rejected").shows(t, http.StatusOK, "Bert Blume", "Ada Admin, ", "1 punch that matches")
	b.get("/punches").shows(t, http.StatusOK, "Waits for approval", "Approved by Ada Admin", "Rejected by Ada Admin")

	// One came while the cloud's clock was ahead, and one after the page was made, while it is behind.
	w.ahead.Add(int64(time.Hour))
	ahead := gate.offline(bert, attendance.Out, w.now())
	w.ahead.Add(-int64(time.Hour))
	_, seen, _ := strings.Cut(b.get("/approvals?site="+string(w.north.ID)).body, `name="seen" value="`)
	seen, _, _ = strings.Cut(seen, `"`)
	w.ahead.Add(-int64(time.Minute))
	late := gate.offline(anna, attendance.Out, w.now())
	all := url.Values{"all": {"1"}, "seen": {seen}, "site": {string(w.north.ID)}, "id": {three}}
	b.post("/approvals/approve", all).shows(t, http.StatusOK, "Approve 2 punches?", `name="sure" value="1"`, `name="seen" value="`+seen+`"`)
	if w.stand(three) != attendance.ApprovalWaiting {
		t.Error("it was done before the question was answered")
	}
	all.Set("sure", "1")
	all.Set("most", "2")
	for _, unknown := range []string{"", "1700000000000000", string(attendance.NewID[attendance.PunchID]())} {
		other := maps.Clone(all)
		other.Set("seen", unknown)
		if a := b.post("/approvals/approve", other); a.StatusCode != http.StatusBadRequest || w.stand(three) != attendance.ApprovalWaiting {
			t.Errorf("seen through %q: %d", unknown, a.StatusCode)
		}
	}
	b.post("/approvals/approve", all).leadsTo(t, "/approvals?changed=2&decided=approved&site="+string(w.north.ID))
	for id, want := range map[string]attendance.Approval{three: attendance.Approved, ahead: attendance.Approved, late: attendance.ApprovalWaiting, south: attendance.ApprovalWaiting} {
		if got := w.stand(id); got != want {
			t.Errorf("%s stands %q, want %q", id, got, want)
		}
	}
	if a := b.get("/export/approvals.csv?state=rejected"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Bert Blume") || !strings.Contains(a.body, "Rejected,Ada Admin") || strings.Contains(a.body, "Anna") {
		t.Errorf("the file: %d %s", a.StatusCode, a.body)
	}
	if a := b.get("/export/punches.csv"); strings.Count(a.body, ",Waiting,") != 2 || strings.Count(a.body, ",Rejected,Ada Admin") != 1 {
		t.Errorf("the file of punches: %s", a.body)
	}
	b.get("/audit").shows(t, http.StatusOK, "Punch approved", "Punch rejected")
}

// K29: a manager sees and decides what is of their site; somebody who only reads
// decides nothing.
func TestK29ApprovalsStayInTheirSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.person("Anna", "Bergmann", w.north.ID)
	id := w.tablet(w.north.ID, "Gate").offline(anna, attendance.In, w.now())
	w.user(access.SiteManager, "south@acme.example", w.south.ID)
	w.user(access.Viewer, "reader@acme.example", w.north.ID)
	far, reader := w.as("south@acme.example"), w.as("reader@acme.example")
	if a := far.get("/approvals"); strings.Contains(a.body, "Bergmann") || strings.Contains(far.get("/").body, `href="/approvals"`) {
		t.Errorf("the other site's manager sees it: %s", a.body)
	}
	far.post("/approvals/approve", url.Values{"one": {id}}).leadsTo(t, "/approvals?changed=0&decided=approved&left=1")
	far.get("/approvals?site="+string(w.north.ID)).shows(t, http.StatusNotFound)
	far.post("/approvals/approve", url.Values{"all": {"1"}, "sure": {"1"}, "seen": {id}, "site": {string(w.north.ID)}}).shows(t, http.StatusNotFound)
	if a := reader.get("/approvals"); !strings.Contains(a.body, "Bergmann") || strings.Contains(a.body, "data-row") || strings.Contains(a.body, "/approvals/approve") {
		t.Errorf("a reader is offered to decide: %s", a.body)
	}
	reader.post("/approvals/approve", url.Values{"one": {id}}).shows(t, http.StatusForbidden)
	if w.stand(id) != attendance.ApprovalWaiting {
		t.Errorf("it stands %q", w.stand(id))
	}
}

// K29: a tablet whose program can't mark what is to be approved says so on its page,
// where the site wants that.
func TestK29ProgramThatCantMarkIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	gate := w.tablet(w.north.ID, "Gate")
	const words = "mark for approval what it takes without a connection"
	says := func(reading uint32) bool {
		gate.pulse(&wire.Pulse{SentUs: 1, Reading: reading})
		return strings.Contains(b.get("/devices/"+string(gate.at.Device)).body, words)
	}
	if says(device.ReadsOffline) {
		t.Error("at a site that wants nothing approved")
	}
	w.north.Offline = attendance.OfflineApproval
	if err := w.store.ChangeSite(t.Context(), w.admin.Actor(), w.north); err != nil {
		t.Fatal(err)
	}
	for reading, want := range map[uint32]bool{device.ReadsOffline - 1: true, device.ReadsOffline: true, device.ReadsApproval: false} {
		if got := says(reading); got != want {
			t.Errorf("a program that reads %d: %v", reading, got)
		}
	}
}

// K29: in a browser a manager ticks, leaves one out of all that match, answers the
// question, and hears of what comes in meanwhile without losing the ticks.
func TestK29ApproveInABrowser(t *testing.T) {
	w := newWorld(t)
	anna := w.person("Anna", "Bergmann", w.north.ID)
	gate := w.tablet(w.north.ID, "Gate")
	var ids []string
	for i := range 52 {
		ids = append(ids, gate.offline(anna, attendance.In, w.now().Add(time.Duration(i-60)*time.Minute)))
	}
	slices.Reverse(ids) // the newest first, as the page has them
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/approvals")
	click := func(css string) { run(win, chromedp.Click(chromedp.CSS(css))) }
	win.until(`document.querySelectorAll("[data-row]").length === 50 && document.querySelector("[data-head]:not([hidden])")`)
	click("#row-" + ids[3] + " [data-row]")
	win.until(`document.querySelector("[data-ticked]").textContent === "Ticked: 1"`)
	late := gate.offline(anna, attendance.Out, w.now())
	win.until(`document.querySelector("#approval-news").textContent.includes("1 more has come in") && document.querySelectorAll("[data-row]:checked").length === 1`)
	click("[data-head]") // all that the list would show
	win.until(`document.querySelectorAll("[data-row]:checked").length === 50`)
	click("#row-" + ids[0] + " [data-row]")
	win.until(`document.querySelectorAll("[name=except]").length === 1`)
	click(".select-do .btn-primary")
	win.until(`document.querySelector("h1").textContent.startsWith("Approve ") && document.readyState === "complete"`)
	click("#confirm .btn-primary")
	win.until(`location.pathname === "/approvals" && document.querySelector(".flash") && document.querySelector(".flash").textContent.includes("51 punches are approved.")`)
	for id, want := range map[string]attendance.Approval{ids[0]: attendance.ApprovalWaiting, late: attendance.ApprovalWaiting, ids[51]: attendance.Approved} {
		if got := w.stand(id); got != want {
			t.Errorf("%s stands %q, want %q", id, got, want)
		}
	}
	win.until(`document.querySelectorAll("[data-row]").length === 2 && document.readyState === "complete"`)
	click("#row-" + late + " [formaction='/approvals/reject']")
	win.until(`document.querySelector(".flash") && document.querySelector(".flash").textContent.includes("1 punch is rejected.")`)
	win.quiet()
	for _, width := range []int64{390, 800, 1280} {
		win.size(width, 844)
		win.open("/approvals?state=approved")
		if wide := run(win, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
			t.Errorf("at %d pixels the list is %d wide", width, wide)
		}
	}
	win.quiet()
}
