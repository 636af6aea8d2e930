package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"muster/attendance"
)

// A server that hangs keeps its connections open and says nothing. A page that has
// heard nothing for too long says so and connects again, to whoever answers now.
func TestPageLeavesAHungServer(t *testing.T) {
	f := furnish(t)
	win := f.chromium()
	win.signIn(f.admin.Email)
	for _, path := range []string{"/", "/devices", "/punches"} {
		win.open(path)
		win.until(`document.querySelector(".live:not([hidden]):not(.is-off)")`)
	}
	run(win, chromedp.Evaluate[any](`(() => {
		const now = Date.now, live = document.querySelector(".live");
		new MutationObserver(() => { if (live.classList.contains("is-off")) window.said = true; }).observe(live, {attributes: true});
		// Again and again until it is noticed: the server may say something in between.
		let ahead = 0;
		const jump = () => { if (!window.said) { ahead += 60_000; setTimeout(jump, 3_000); } };
		Date.now = () => now() + ahead;
		jump();
	})()`))
	win.until(`window.said`)
	id := f.gate.punch(f.people[0], attendance.In, f.now())
	win.until(`document.querySelector(".live:not(.is-off)") && document.querySelector("#row-` + id + `")`)
}
