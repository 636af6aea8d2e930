package console_test

import (
	"net/url"
	"os"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"muster/internal/chromium"
)

// patience bounds every wait in the browser. Only a failure uses it up.
const patience = chromium.Patience

func TestMain(m *testing.M) { os.Exit(chromium.Main(m)) }

// window is a page in a real browser.
type window struct {
	*chromium.Window
	t *testing.T
	w *world
}

// chromium opens a window with nothing in it.
func (w *world) chromium() *window {
	w.t.Helper()
	if _, err := os.Stat("assets/kit/tabler.css"); err != nil {
		w.t.Fatal("the pages have no style: run scripts/console-assets first")
	}
	return &window{chromium.Open(w.t, w.server.URL, 1280, 900), w.t, w}
}

func run[T any](win *window, action chromedp.Action[T]) T {
	win.t.Helper()
	return chromium.Run(win.Window, action)
}

func call[P, R any](win *window, command cdp.Command[P, R], params P) {
	win.t.Helper()
	chromium.Call(win.Window, command, params)
}

func (win *window) quiet()                   { win.t.Helper(); win.Quiet() }
func (win *window) size(width, height int64) { win.t.Helper(); win.Size(width, height) }
func (win *window) dark(on bool)             { win.t.Helper(); win.Dark(on) }
func (win *window) open(path string)         { win.t.Helper(); win.Go(path) }
func (win *window) until(expression string)  { win.t.Helper(); win.Until(expression) }

// signIn takes over the session of somebody who has signed in.
func (win *window) signIn(email string) {
	win.t.Helper()
	b := win.w.as(email)
	at := must(url.Parse(win.w.server.URL))(win.t)
	for _, c := range b.http.Jar.Cookies(at) {
		call(win, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: win.w.server.URL, HTTPOnly: new(true)})
	}
}
