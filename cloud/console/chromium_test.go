package console_test

import (
	"context"
	"net/url"
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

// chromium starts the browser anew, with nothing in it.
func (w *world) chromium() *window {
	w.t.Helper()
	if _, err := os.Stat("assets/kit/tabler.css"); err != nil {
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
	win.size(1280, 900)
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

// size makes the window so many pixels large; a narrow one is a phone's.
func (win *window) size(width, height int64) {
	win.t.Helper()
	call(win, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500,
	})
}

func (win *window) dark(on bool) {
	win.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	call(win, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

func (win *window) open(path string) {
	win.t.Helper()
	run(win, chromedp.Navigate(win.w.server.URL+path))
}

// signIn takes over the session of somebody who has signed in.
func (win *window) signIn(email string) {
	win.t.Helper()
	b := win.w.as(email)
	at := must(url.Parse(win.w.server.URL))(win.t)
	for _, c := range b.http.Jar.Cookies(at) {
		call(win, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: win.w.server.URL, HTTPOnly: new(true)})
	}
}
