package chromium

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Axe reads the checker of pages that Fits runs. root is the folder of the module.
func Axe(t testing.TB, root string) []byte {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(root, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal("run scripts/console-assets first: ", err)
	}
	return script
}

// Fits fails the test where the browser complained of the page in the window, where
// it has to be scrolled sideways, or where axe finds what keeps people out.
func (win *Window) Fits(axe []byte) {
	win.t.Helper()
	win.Quiet()
	win.narrow("")
	Run(win, chromedp.Evaluate[chromedp.Void](string(axe)))
	win.accessible("", "")
}

// FitsEveryWay is Fits for the page on a desk, then in the dark and on a phone,
// without loading it again: in the dark only colours differ, and on a phone anything
// else.
func (win *Window) FitsEveryWay(axe []byte) {
	win.t.Helper()
	win.Dark(false)
	win.Size(1280, 900)
	win.Fits(axe)
	win.Dark(true)
	Run(win, chromedp.Evaluate[chromedp.Void](`document.getAnimations().forEach(a => a.finish())`))
	win.accessible("in the dark", `runOnly: ["color-contrast"]`)
	win.Size(375, 812)
	win.narrow("on a phone")
	win.reachable()
	win.accessible("on a phone", `rules: {"color-contrast": {enabled: false}}`)
	win.Quiet()
}

// at says which page is in the window.
func (win *Window) at(how string) string {
	win.t.Helper()
	return strings.TrimSpace(Run(win, chromedp.Evaluate[string]("location.pathname + location.search")) + " " + how)
}

// narrow fails the test where the page has to be scrolled sideways.
func (win *Window) narrow(how string) {
	win.t.Helper()
	if over := Run(win, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		win.t.Errorf("%s is %d pixels wider than the window", win.at(how), over)
	}
}

// reachable fails the test where the end of the page stays under the row of pages at
// the foot of a phone, however far one scrolls.
func (win *Window) reachable() {
	win.t.Helper()
	hidden := Run(win, chromedp.Evaluate[bool](`(() => {
		const last = document.querySelector(".page-foot a:last-of-type");
		if (!last) return false;
		scrollTo({top: document.documentElement.scrollHeight, behavior: "instant"});
		const at = last.getBoundingClientRect(), on = document.elementFromPoint(at.x + at.width / 2, at.bottom - 1);
		scrollTo({top: 0, behavior: "instant"});
		return !!on && !!on.closest("nav");
	})()`))
	if hidden {
		win.t.Errorf("%s ends under the row of pages", win.at("on a phone"))
	}
}

// accessible fails the test where axe, which is there already, finds what keeps
// people out. rules is what it looks at, in its own words.
func (win *Window) accessible(how, rules string) {
	win.t.Helper()
	found := Run(win, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"], `+rules+`}).then(r => JSON.stringify(r.violations.map(v =>
		({id: v.id, impact: v.impact, help: v.help, at: v.nodes.map(n => n.target.join(" ") + ": " + (n.any[0]?.message || n.failureSummary))}))))`, chromedp.EvalAwaitPromise))
	var violations []struct {
		ID, Impact, Help string
		At               []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		win.t.Fatal(err)
	}
	for _, v := range violations {
		win.t.Errorf("%s: %s (%s): %s\n\t%s", win.at(how), v.ID, v.Impact, v.Help, strings.Join(v.At[:min(3, len(v.At))], "\n\t"))
	}
}
