package portal_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait in the browser. Only a failure uses it up.
const patience = 60 * time.Second

// window is a page in a real browser.
type window struct {
	t   *testing.T
	w   *world
	ctx context.Context

	mu    sync.Mutex
	noise []string // what the browser complained of
}

// chromium starts the browser anew, as wide as a phone.
func (w *world) chromium(width int64) *window {
	w.t.Helper()
	if _, err := os.Stat("../console/assets/kit/tabler.css"); err != nil {
		w.t.Fatal("the pages have no style: run scripts/console-assets first")
	}
	flags := []chromedp.ExecAllocatorOption{
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.ExecPath("/usr/bin/chromium"), chromedp.UserDataDir(w.t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
	w.t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	w.t.Cleanup(cancel)
	win := &window{t: w.t, w: w, ctx: ctx}
	w.t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil && ctx.Err() == nil {
			w.t.Log("close the browser: ", err)
		}
	})
	if err := chromedp.Do(ctx); err != nil { // starts it
		w.t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, win.listen); err != nil {
		w.t.Fatal(err)
	}
	call(win, log.Enable, cdp.Empty{})
	call(win, runtime.Enable, cdp.Empty{})
	call(win, network.Enable, network.EnableParams{})
	win.size(width, 740)
	return win
}

func (win *window) listen(event any) {
	var said string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		said = e.Entry.Text + " " + e.Entry.URL
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Text
	}
	if said == "" || strings.Contains(said, "Failed to load resource") {
		return // the status of a page is the test's to judge
	}
	win.mu.Lock()
	defer win.mu.Unlock()
	win.noise = append(win.noise, said)
}

// quiet fails the test when the browser complained, of the content policy say.
func (win *window) quiet() {
	win.t.Helper()
	win.mu.Lock()
	defer win.mu.Unlock()
	for _, n := range win.noise {
		win.t.Errorf("the browser says: %s", n)
	}
	win.noise = nil
}

// run does one thing in the page and returns what came of it.
func run[T any](win *window, action chromedp.Action[T]) T {
	win.t.Helper()
	ctx, cancel := context.WithTimeout(win.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		win.t.Fatal(err)
	}
	return v
}

func call[P, R any](win *window, command cdp.Command[P, R], params P) {
	win.t.Helper()
	ctx, cancel := context.WithTimeout(win.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, command, params); err != nil {
		win.t.Fatal(err)
	}
}

func (win *window) size(width, height int64) {
	win.t.Helper()
	call(win, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
	call(win, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: width < 500})
}

func (win *window) dark(on bool) {
	win.t.Helper()
	scheme := map[bool]string{true: "dark", false: "light"}[on]
	call(win, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

func (win *window) open(path string) {
	win.t.Helper()
	run(win, chromedp.Navigate(win.w.server.URL+path))
}

// until waits for a JavaScript expression to become true, on this page or the one
// that it leads to.
func (win *window) until(expression string) {
	win.t.Helper()
	ctx, cancel := context.WithTimeout(win.ctx, patience)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingTimeout(patience)))
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			win.t.Fatalf("never came true: %s", expression)
		case strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "context was destroyed") || strings.Contains(err.Error(), "Cannot find context"):
			// the page it was asked of is gone; ask the next
		default:
			win.t.Fatal(err)
		}
	}
}

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
