package console_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/attendance"
	"muster/device"
	"muster/internal/chromium"
	"muster/sync/wire"
)

// text is what an element of the page shows now.
func (win *window) text(css string) string {
	win.t.Helper()
	return run(win, chromedp.Text(chromedp.CSS(css)))
}

// press types keys into whatever has the focus.
func (win *window) press(keys string) {
	win.t.Helper()
	run(win, chromedp.KeyEvent(keys))
}

// focused says what has the focus: its name, address or words.
func (win *window) focused() string {
	win.t.Helper()
	return run(win, chromedp.Evaluate[string](`(e => e.name || e.getAttribute("href") || e.textContent.trim())(document.activeElement)`))
}

// Somebody without a mouse signs in, adds an employee and signs out again.
func TestByKeyboardAlone(t *testing.T) {
	w := newWorld(t)
	w.tablet(w.north.ID, "Gate 2")
	win := w.chromium()
	win.open("/login")
	win.until(`document.activeElement.name === "email"`)
	win.press(w.admin.Email + kb.Tab + password + kb.Enter)
	win.until(`location.pathname === "/" && document.readyState === "complete"`)
	win.press(kb.Tab)
	if at := win.focused(); at != "#main" {
		t.Errorf("the first stop is %q, want the link to the content", at)
	}
	win.press(kb.Enter + kb.Tab)
	if inside := run(win, chromedp.Evaluate[bool](`document.querySelector("main").contains(document.activeElement)`)); !inside {
		t.Errorf("after skipping to the content the next stop is %q", win.focused())
	}
	win.open("/employees/new")
	win.until(`document.activeElement.name === "first_name"`)
	win.press("Anna" + kb.Tab + "Bergmann" + kb.Tab + kb.Tab + " " + kb.Enter)
	win.until(`document.querySelector("h1").textContent === "Anna Bergmann" && document.readyState === "complete"`)
	if said := win.text("[role=status]"); said != "Added. Now give the person a card." {
		t.Errorf("the page says %q", said)
	}
	// The menu opens, closes and gives the focus back.
	run(win, chromedp.Focus(chromedp.CSS("details.me summary")))
	win.press(kb.Enter)
	win.until(`document.querySelector("details.me").open`)
	win.press(kb.Escape)
	win.until(`!document.querySelector("details.me").open && document.activeElement.tagName === "SUMMARY"`)
	// A question is asked in a dialog, and Escape is a no.
	run(win, chromedp.Focus(chromedp.CSS(".danger-line a")))
	win.press(kb.Enter)
	win.until(`document.querySelector("dialog[open] h1")?.textContent === "Remove Anna Bergmann?"`)
	win.press(kb.Escape)
	win.until(`!document.querySelector("dialog") && document.activeElement.matches(".danger-line a")`)
	win.press(kb.Enter)
	win.until(`document.querySelector("dialog[open]")`)
	win.press(kb.Enter) // the first button of the question
	win.until(`location.pathname === "/employees" && document.readyState === "complete"`)
	win.quiet()
}

func TestPunchAppearsByItself(t *testing.T) {
	f := furnish(t)
	win := f.chromium()
	win.signIn(f.admin.Email)
	win.open("/punches")
	win.until(`document.querySelector(".live:not(.is-off)") && document.querySelectorAll("#log-rows tr").length === 50`)
	anna := f.people[0]
	at := f.now()
	id := f.gate.punch(anna, attendance.In, at)
	win.until(`document.querySelector("#log-rows tr:first-child").id === "row-` + id + `"`)
	if row := win.text("#row-" + id); !strings.Contains(row, "Anna Bergmann") || !strings.Contains(row, "In") || !strings.Contains(row, "Gate 2") {
		t.Errorf("the new row shows %q", row)
	}
	win.until(`document.getElementById("log-spoken").textContent.startsWith("Anna Bergmann, in, ")`)
	late := f.gate.punch(f.people[1], attendance.In, at.Add(-time.Millisecond))
	win.until(`document.querySelector("#row-` + id + ` + #row-` + late + `")`)
	win.until(`document.querySelectorAll("#log-rows tr").length === 50`)
	win.quiet()
	// When the connection breaks, the page says so, comes back and is whole.
	f.server.CloseClientConnections()
	win.until(`document.querySelector(".live.is-off")`)
	missed := f.gate.punch(anna, attendance.Out, f.now())
	win.until(`document.querySelector(".live:not(.is-off)") && document.querySelector("#row-` + missed + `")`)
}

// A browser has six connections for one server: a tab that nobody looks at must
// not keep one.
func TestHiddenPageGivesItsConnectionBack(t *testing.T) {
	f := furnish(t)
	win := f.chromium()
	win.signIn(f.admin.Email)
	win.open("/punches")
	win.until(`document.querySelector(".live:not(.is-off)") && document.querySelectorAll("#log-rows tr").length === 50`)
	show := func(state string) {
		t.Helper()
		run(win, chromedp.Evaluate[bool](`Object.defineProperty(document, "visibilityState", {value: "`+state+`", configurable: true}) && document.dispatchEvent(new Event("visibilitychange"))`))
	}
	show("hidden")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.bus.empty(ctx); err != nil {
		t.Fatal(err)
	}
	missed := f.gate.punch(f.people[0], attendance.In, f.now())
	show("visible")
	win.until(`document.querySelector("#row-` + missed + `") && document.querySelector(".live:not(.is-off)")`)
}

// On the overview, the list of tablets and a person's page, too.
func TestPagesFollowWhatHappens(t *testing.T) {
	f := furnish(t)
	win := f.chromium()
	win.signIn(f.admin.Email)
	win.open("/devices")
	win.until(`document.querySelector(".sub-line").textContent === "3 of 3 online"`)
	f.gate.presence(false)
	win.until(`document.querySelector(".sub-line").textContent === "2 of 3 online"`)
	// Somebody who is in the middle of the list stays there.
	run(win, chromedp.Focus(chromedp.CSS(".tablets li:last-child .ago")))
	f.gate.presence(true)
	win.until(`document.querySelector(".sub-line").textContent === "3 of 3 online"`)
	win.until(`document.activeElement.matches(".tablets li:last-child .ago")`)

	win.open("/employees/" + string(f.people[11].ID))
	run(win, chromedp.Click(chromedp.CSS(".assign button")))
	win.until(`document.querySelector(".capture-open") && document.readyState === "complete"`)
	id := run(win, chromedp.Evaluate[string](`new URLSearchParams(location.search).get("capture")`))
	win.until(`document.querySelector("[sse-connect]")`)
	key := attendance.NewCardKey()
	card := key.ID([]byte{4, 9, 9, 9, 9, 9, 9})
	f.gate.tell(device.KindCaptured, f.now(), &wire.CapturePayload{CaptureId: id, CardId: string(card)})
	win.until(`document.querySelector(".capture-done")`)
	if cards := win.text("#card-list"); !strings.Contains(cards, card.Short()) {
		t.Errorf("the card that was tapped isn't listed: %q", cards)
	}
	win.quiet()
}

// On each page: the browser finds nothing against the content policy, no phone
// has to scroll sideways, and axe finds nothing that keeps people out.
func TestEveryPageInTheBrowser(t *testing.T) {
	axe := chromium.Axe(t, "../..")
	f := furnish(t)
	win := f.chromium()
	check := func(path string) {
		t.Helper()
		win.open(path)
		win.Fits(axe)
	}
	pages := f.everyPage(t)
	check("/login")
	check("/password?token=dead")
	win.signIn(f.admin.Email)
	for _, narrow := range []bool{false, true} {
		win.size(1280, 900)
		if narrow {
			win.size(375, 812)
		}
		for i, dark := range []bool{false, true} {
			win.dark(dark)
			for j, path := range pages {
				if narrow && (i+j)%2 == 0 { // half of them each; colours don't depend on the width
					continue
				}
				check(path)
			}
		}
	}
}
