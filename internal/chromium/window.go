package chromium

import (
	"context"
	"fmt"
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

// Patience bounds every wait in the browser. Only a failure uses it up.
const Patience = 5 * time.Minute

// one is the browser that all windows of a test binary share. To start it takes
// as long as many a test.
var one struct {
	sync.Mutex
	ctx context.Context //nolint:containedctx // of the whole run
	end func() error
}

// Main runs a package's tests and ends the browser after them.
func Main(m *testing.M) int {
	code := m.Run()
	if one.end != nil {
		if err := one.end(); err != nil {
			fmt.Fprintln(os.Stderr, "end the browser:", err)
			code = max(code, 1)
		}
	}
	return code
}

func shared() (context.Context, error) {
	one.Lock()
	defer one.Unlock()
	if one.ctx != nil {
		return one.ctx, nil
	}
	var err error
	one.ctx, one.end, err = Start(context.Background())
	return one.ctx, err
}

// Window is a page that shares no cookies and nothing else with other windows.
// It fails its test where something can't be done.
type Window struct {
	t    testing.TB
	base string
	ctx  context.Context //nolint:containedctx // of the page

	mu    sync.Mutex
	noise []string // what the browser complained of
}

// Open opens an empty window for as long as t runs. Addresses in it begin with
// base. The package's TestMain must call Main.
func Open(t testing.TB, base string, width, height int64) *Window {
	t.Helper()
	browser, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	win := &Window{t: t, base: base, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // makes it
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, win.listen); err != nil {
		t.Fatal(err)
	}
	Call(win, log.Enable, cdp.Empty{})
	Call(win, runtime.Enable, cdp.Empty{})
	Call(win, network.Enable, network.EnableParams{})
	// Each has the focus, as if it were the only one.
	Call(win, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	win.Size(width, height)
	return win
}

func (win *Window) listen(event any) {
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

// Quiet fails the test when the browser complained, of the content policy say.
func (win *Window) Quiet() {
	win.t.Helper()
	win.mu.Lock()
	defer win.mu.Unlock()
	for _, n := range win.noise {
		win.t.Errorf("the browser says: %s", n)
	}
	win.noise = nil
}

// Run does one thing in the page and returns what came of it.
func Run[T any](win *Window, action chromedp.Action[T]) T {
	win.t.Helper()
	ctx, cancel := context.WithTimeout(win.ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		win.t.Fatal(err)
	}
	return v
}

// Call gives the page a command of the browser's own protocol.
func Call[P, R any](win *Window, command cdp.Command[P, R], params P) {
	win.t.Helper()
	ctx, cancel := context.WithTimeout(win.ctx, Patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, command, params); err != nil {
		win.t.Fatal(err)
	}
}

// Size makes the window so many pixels large; a narrow one is a phone's.
func (win *Window) Size(width, height int64) {
	win.t.Helper()
	Call(win, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500,
	})
}

// Dark says whether whoever looks prefers dark colours.
func (win *Window) Dark(on bool) {
	win.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	Call(win, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// Go leads to a path.
func (win *Window) Go(path string) {
	win.t.Helper()
	Run(win, chromedp.Navigate(win.base+path))
}

// Until waits for a JavaScript expression to become true, on this page or the
// one that it leads to. What asks for something that isn't there yet is not true.
func (win *Window) Until(expression string) {
	win.t.Helper()
	ctx, cancel := context.WithTimeout(win.ctx, Patience)
	defer cancel()
	poll := "(() => { try { return !!(" + expression + ") } catch { return false } })()"
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](poll, chromedp.WithPollingTimeout(Patience)))
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
