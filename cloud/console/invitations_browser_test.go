package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"muster/invite"
)

// An admin ticks, looks, confirms, watches, and reads what became of each person.
// Across pages the ticks that were taken away are left out.
func TestK4InviteInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.smsPolicy()
	for i := range 55 {
		w.reached("Many", at("Person%02d", i), invite.Contact{Email: at("p%d@example.com", i)}, w.north.ID)
	}
	w.reached("Zed", "Zzz", invite.Contact{Phone: "+4915123456789"}, w.north.ID)
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/invitations")
	click := func(css string) { run(win, chromedp.Click(chromedp.CSS(css))) }
	click("tbody tr:first-child [data-row]")
	win.until(`document.querySelector("[data-ticked]").textContent === "Ticked: 1" && document.querySelector("[data-head]").indeterminate`)
	click("[data-head]") // everybody that the filter shows, on the other pages too
	win.until(`document.querySelectorAll("[data-row]:checked").length === 50 && document.querySelector("[data-all]").checked`)
	click("[data-head]")
	win.until(`document.querySelectorAll("[data-row]:checked").length === 0 && !document.querySelector("[data-all]").checked`)
	click("[data-all]")
	win.until(`document.querySelectorAll("[data-row]:checked").length === 50`)
	click("tbody tr:first-child [data-row]")
	win.until(`document.querySelectorAll("[name=except]").length === 1 && document.querySelector("[data-all]").checked && document.querySelector("[data-head]").indeterminate`)
	click(".select-do .btn-primary")
	win.until(`document.querySelector("h1").textContent === "Send 55 messages?" && document.readyState === "complete"`)
	click("form[action='/invitations/send'] .btn-primary")
	win.until(`location.pathname.startsWith("/invitations/batches/") && document.querySelector(".undo") && document.querySelector("[data-live]:not(.is-off)")`)
	w.deliverAll(map[string]invite.Undeliverable{"p1@example.com": gone})
	win.until(`document.querySelector(".progress-line").textContent.includes("Nothing is waiting") && !document.querySelector(".undo") && document.querySelector("progress").value === 55`)
	win.until(`document.querySelector(".rows-results").textContent.includes("Nobody has this address")`)
	win.quiet()
	for _, width := range []int64{390, 800, 1280} {
		win.size(width, 844)
		win.open("/invitations")
		if wide := run(win, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
			t.Errorf("at %d pixels the list is %d wide", width, wide)
		}
	}
	win.quiet()
}
