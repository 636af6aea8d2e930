package portal_test

import (
	"encoding/json"
	"os"
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

// fits fails the test where chromium.Window.Fits does, or where what is touched is too
// small for a thumb. A page that is still being read may have links without their words.
func (win *window) fits(axe []byte) {
	win.t.Helper()
	win.until(`document.readyState === "complete"`)
	if small := win.eval(`[...document.querySelectorAll("a, button, select, input:not([type=hidden]):not([type=checkbox])")].filter(e => {
		const r = e.getBoundingClientRect();
		return r.width && r.height && getComputedStyle(e).visibility !== "hidden" && !e.closest(".away, .skip, p:not(.door-note), li > span, .crop-text") && (r.height < 43.5 || r.width < 40);
	}).map(e => (e.name || e.textContent.trim()) + " " + Math.round(e.getBoundingClientRect().width) + "x" + Math.round(e.getBoundingClientRect().height)).join(", ")`); small != "" {
		win.t.Errorf("%s: too small for a thumb: %s", win.path(), small)
	}
	win.Fits(axe)
}
