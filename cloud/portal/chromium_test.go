package portal_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"muster/internal/chromium"
)

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// window is a page in a real browser.
type window struct {
	*chromium.Window
	t *testing.T
}

// chromium opens a window with nothing in it; a narrow one is touched.
func (w *world) chromium(width int64) *window {
	w.t.Helper()
	if _, err := os.Stat("../console/assets/kit/tabler.css"); err != nil {
		w.t.Fatal("the pages have no style: run scripts/console-assets first")
	}
	win := &window{chromium.Open(w.t, w.server.URL, width, 740), w.t}
	win.size(width, 740)
	return win
}

func run[T any](win *window, action chromedp.Action[T]) T {
	win.t.Helper()
	return chromium.Run(win.Window, action)
}

func (win *window) size(width, height int64) {
	win.t.Helper()
	win.Size(width, height)
	chromium.Call(win.Window, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: width < 500})
}

func (win *window) quiet()                  { win.t.Helper(); win.Quiet() }
func (win *window) dark(on bool)            { win.t.Helper(); win.Dark(on) }
func (win *window) open(path string)        { win.t.Helper(); win.Go(path) }
func (win *window) until(expression string) { win.t.Helper(); win.Until(expression) }

func (win *window) eval(script string) string {
	win.t.Helper()
	return run(win, chromedp.Evaluate[string]("String("+script+")"))
}

// click presses what a thumb can get at: it waits until nothing lies over the
// middle of it, and then doesn't depend on where it moves.
func (win *window) click(css string) {
	win.t.Helper()
	at, err := json.Marshal(css)
	if err != nil {
		win.t.Fatal(err)
	}
	win.until(`(() => {
		const e = document.querySelector(` + string(at) + `);
		if (!e || document.readyState !== "complete") return false;
		e.scrollIntoView({ block: "nearest", behavior: "instant" });
		const r = e.getBoundingClientRect();
		return e.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2));
	})()`)
	win.eval(`document.querySelector(` + string(at) + `).click()`)
}

func (win *window) fill(css, text string) {
	win.t.Helper()
	run(win, chromedp.SendKeys(chromedp.CSS(css), text))
}

func (win *window) path() string { win.t.Helper(); return win.eval("location.pathname") }

// fits fails the test where a page has to be scrolled sideways, what is touched is
// too small for a thumb, or axe finds what keeps people out.
func (win *window) fits(axe []byte) {
	win.t.Helper()
	win.quiet()
	at := win.path()
	if over := run(win, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
		win.t.Errorf("%s is %d pixels wider than the window", at, over)
	}
	if small := win.eval(`[...document.querySelectorAll("a, button, select, input:not([type=hidden]):not([type=checkbox])")].filter(e => {
		const r = e.getBoundingClientRect();
		return r.width && r.height && getComputedStyle(e).visibility !== "hidden" && !e.closest(".away, .skip, p:not(.door-note), li > span, .crop-text") && (r.height < 43.5 || r.width < 40);
	}).map(e => (e.name || e.textContent.trim()) + " " + Math.round(e.getBoundingClientRect().width) + "x" + Math.round(e.getBoundingClientRect().height)).join(", ")`); small != "" {
		win.t.Errorf("%s: too small for a thumb: %s", at, small)
	}
	run(win, chromedp.Evaluate[chromedp.Void](string(axe)))
	found := run(win, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
		({id: v.id, impact: v.impact, help: v.help, at: v.nodes.map(n => n.target.join(" ") + ": " + (n.any[0]?.message || n.failureSummary))}))))`, chromedp.EvalAwaitPromise))
	var violations []struct {
		ID, Impact, Help string
		At               []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		win.t.Fatal(err)
	}
	for _, v := range violations {
		win.t.Errorf("%s: %s (%s): %s\n\t%s", at, v.ID, v.Impact, v.Help, strings.Join(v.At[:min(3, len(v.At))], "\n\t"))
	}
}

func axeScript(t *testing.T) []byte {
	t.Helper()
	axe, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatal("run scripts/console-assets first: ", err)
	}
	return axe
}
