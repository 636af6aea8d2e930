package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"muster/internal/stage"
)

// The whole way as its first user goes it, in a browser: from the link of the
// first start to a punch that appears on the open page.
func TestFromFirstStartToTheFirstPunch(t *testing.T) {
	t.Parallel()
	ctx := patient(t)
	w := &world{t: t, ctx: ctx, dir: t.TempDir(), log: &logBuffer{}, programs: programs}
	defer func() {
		if t.Failed() {
			t.Logf("what the programs said:\n%s", w.log)
		}
	}()
	w.opts = stage.CloudOptions{Data: filepath.Join(w.dir, "cloud"), Log: w.log}
	w.startCloud()
	b := newBrowser(w)

	t.Log("set up with the one-time link")
	b.open(w.cloud.SetUpURL)
	b.fill(`input[name=organisation]`, "Example")
	b.fill(`input[name=name]`, "Ada")
	b.fill(`input[name=email]`, adminEmail)
	b.fill(`input[name=password]`, adminPassword)
	b.press(`form[action="/setup"] button[type=submit]`)

	t.Log("a site")
	b.open(w.cloud.HTTP + "/sites/new")
	b.fill(`input[name=name]`, "Nord")
	b.fill(`input[name=time_zone]`, "Europe/Berlin")
	b.press(`form[action="/sites/new"] button[type=submit]`)

	t.Log("the tablet shows a code; the manager types it and approves")
	r := w.reader()
	tab := w.tablet(r.Connstring)
	shown, err := tab.Await(ctx, "a code", func(s stage.Shown) bool { return s.UserCode != "" })
	w.check(err)
	b.open(w.cloud.HTTP + "/activate")
	b.fill(`input[name=code]`, shown.UserCode)
	b.press(`form[action="/activate"] button`)
	page := b.text(`main`)
	for _, word := range shown.Words {
		if !strings.Contains(page, word) {
			t.Errorf("the console doesn't show the tablet's word %q", word)
		}
	}
	b.fill(`#approve input[name=name]`, "Gate 2")
	b.press(`button[form=approve]`)
	w.scene(tab, "ready")

	t.Log("an employee, and a card for her by tapping it")
	b.open(w.cloud.HTTP + "/employees/new")
	b.fill(`input[name=first_name]`, "Анна")
	b.fill(`input[name=last_name]`, "O'Brien <b>")
	if n := b.count(`input[name=sites]:checked`); n == 0 {
		b.click(`input[name=sites]`)
	}
	b.press(`form[action="/employees/new"] button[type=submit]`)
	w.eventually("the console offers the tablet for assigning a card", func() bool {
		b.reload()
		return b.count(`form.assign button`) == 1
	})
	b.press(`form.assign button`)
	capture := w.scene(tab, "capture")
	if capture.Name != "Анна O'Brien <b>" {
		t.Errorf("the tablet asks for the card of %q", capture.Name)
	}
	w.check(r.Tap(ctx, uid(7)))
	_, err = tab.Await(ctx, "the card to be taken", func(s stage.Shown) bool { return s.Scene == "capture" && s.Done })
	w.check(err)
	b.see(`.capture-done`) // by itself, without reloading

	t.Log("the first punch, on an open page")
	b.open(w.cloud.HTTP + "/punches")
	w.scene(tab, "ready")
	// The card is in the roster once the feed has come back; until then it is unknown.
	var accepted stage.Shown
	w.eventually("the tablet knows the card", func() bool {
		w.check(r.Tap(ctx, uid(7)))
		accepted, err = tab.Await(ctx, "an answer", func(s stage.Shown) bool { return s.Scene == "accepted" || s.Scene == "refused" })
		w.check(err)
		return accepted.Scene == "accepted"
	})
	b.see(fmt.Sprintf(`tr#row-%s, tr#row-punch-%s, tr[id$="%s"]`, accepted.Punch, accepted.Punch, accepted.Punch))
	if row := b.text(`#log-rows`); !strings.Contains(row, "Анна O'Brien <b>") || !strings.Contains(row, "Gate 2") {
		t.Errorf("the page shows %q", row)
	}

	t.Log("and in the API")
	w.api = &stage.API{Base: w.cloud.HTTP, Token: w.token()}
	if all := w.punches(); len(all) != 1 || all[0].ID != accepted.Punch || all[0].Direction != "in" {
		t.Errorf("the API lists %+v, want the punch %s", all, accepted.Punch)
	}
}

// token asks the API for one with the admin's password.
func (w *world) token() string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.cloud.HTTP+"/api/v1/tokens", strings.NewReader(`{"name":"story"}`))
	w.check(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(adminEmail+":"+adminPassword)))
	resp, err := http.DefaultClient.Do(req)
	w.check(err)
	defer resp.Body.Close() //nolint:errcheck // read as far as needed
	var made struct {
		Token string `json:"token"`
	}
	w.check(json.NewDecoder(resp.Body).Decode(&made))
	if made.Token == "" {
		w.t.Fatalf("no token: %s", resp.Status)
	}
	return made.Token
}

// browser is a headless Chromium with one page.
type browser struct {
	w   *world
	ctx context.Context
}

func newBrowser(w *world) *browser {
	w.t.Helper()
	ctx, end, err := stage.Browser(w.ctx, 1280, 900)
	w.check(err)
	w.t.Cleanup(end)
	return &browser{w, ctx}
}

func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.w.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.w.t.Fatalf("%s at %s: %v", what, where, err)
	}
}

func (b *browser) open(url string) {
	b.w.t.Helper()
	b.do("open "+url, chromedp.Navigate(url))
}
func (b *browser) reload() { b.w.t.Helper(); b.do("reload", chromedp.Reload()) }
func (b *browser) fill(sel, text string) {
	b.w.t.Helper()
	b.do("fill "+sel, chromedp.SetValue(chromedp.CSS(sel), text))
}

func (b *browser) click(sel string) {
	b.w.t.Helper()
	b.do("click "+sel, chromedp.Click(chromedp.CSS(sel)))
}

// press clicks what sends a form and waits for the page that answers.
func (b *browser) press(sel string) {
	b.w.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(sel))); err != nil {
		b.w.t.Fatalf("press %s: %v", sel, err)
	}
}

// see waits until something is on the page.
func (b *browser) see(sel string) {
	b.w.t.Helper()
	b.do("see "+sel, chromedp.WaitVisible(chromedp.CSS(sel)))
}

func (b *browser) text(sel string) string {
	b.w.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(sel)))
	b.w.check(err)
	return s
}

func (b *browser) count(sel string) int {
	b.w.t.Helper()
	n, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](fmt.Sprintf("document.querySelectorAll(%q).length", sel)))
	b.w.check(err)
	return n
}
