package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"muster/access"
)

// TestLook takes a picture of every page, for somebody to look at.
func TestLook(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures of every page put there")
	}
	only := os.Getenv("MUSTER_LOOK_ONLY")
	f := furnish(t)
	win := f.chromium()
	shoot := func(win *window, name string) {
		t.Helper()
		if only != "" && !strings.Contains(name, only) {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), run(win, chromedp.FullScreenshot(100)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	looks := []struct {
		name        string
		width, high int64
		dark        bool
		language    string
	}{{"d-light-en", 1280, 900, false, "en"}, {"p-light-en", 375, 812, false, "en"}, {"d-dark-de", 1280, 900, true, "de"}, {"p-dark-ru", 375, 812, true, "ru"}}
	code := f.claim("Raspberry Pi 4 Model B · serial 10000000a3f2b1c9")
	capture := must(f.fleet.StartCapture(t.Context(), f.admin.Actor(), f.gate.at.Device, f.people[1].ID))(t)
	pages := []struct{ name, path string }{
		{"overview", "/"},
		{"punches", "/punches"},
		{"quarantine", "/quarantine"},
		{"quarantine-again", "/quarantine/reprocess"},
		{"employees", "/employees"},
		{"employee-new", "/employees/new"},
		{"employee", "/employees/" + string(f.people[0].ID)},
		{"employee-long", "/employees/" + string(f.people[5].ID)},
		{"capture", "/employees/" + string(f.people[1].ID) + "?capture=" + capture.ID},
		{"remove", "/employees/" + string(f.people[0].ID) + "/remove"},
		{"sites", "/sites"},
		{"site", "/sites/" + string(f.north.ID)},
		{"devices", "/devices"},
		{"device", "/devices/" + string(f.yard.at.Device)},
		{"device-new", "/devices/new"},
		{"activate", "/activate?code=" + code},
		{"activate-wrong", "/activate?code=XXXX-XXXX"},
		{"users", "/users"},
		{"membership", "/membership"},
		{"membership-guide", "/membership/guides/link"},
		{"audit", "/audit"},
		{"user", "/users/new"},
		{"account", "/account"},
		{"help", "/help"},
		{"missing", "/nothing"},
		{"not-found", "/employees?q=nobodyatall"},
		{"bad-day", "/punches?day=2026-13-45"},
	}
	for _, q := range must(f.world.store.Quarantined(t.Context(), f.admin.Actor()))(t) {
		pages = append(pages, struct{ name, path string }{"quarantined-" + q.Reason, at("/quarantine/%d", q.ID)})
	}
	e := emptyWorld(t)
	door := e.chromium()
	win.signIn(f.admin.Email)
	call(win, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Berlin"})
	win.open("/help") // the page's script finds the zone out
	for _, l := range looks {
		if err := f.world.store.ChangeOwnAccount(t.Context(), f.admin.Actor(), "Ada Admin", l.language); err != nil {
			t.Fatal(err)
		}
		win.size(l.width, l.high)
		win.dark(l.dark)
		door.size(l.width, l.high)
		door.dark(l.dark)
		for _, p := range []struct{ name, path string }{
			{"setup", "/setup?token=abc&language=" + l.language}, {"setup-wrong", "/setup"}, {"dead-link", "/password?token=dead"},
		} {
			if name := l.name + "-" + p.name; only == "" || strings.Contains(name, only) {
				door.open(p.path)
				if p.name == "setup-wrong" {
					run(door, chromedp.Submit(chromedp.CSS("form[action='/setup']")))
					run(door, chromedp.WaitVisible(chromedp.CSS(".wrong")))
				}
				shoot(door, name)
			}
		}
		for _, p := range pages {
			name := l.name + "-" + p.name
			if only != "" && !strings.Contains(name, only) {
				continue
			}
			win.open(p.path)
			shoot(win, name)
		}
	}
}

// TestLookEmpty takes a picture of every page that has nothing to show yet, and
// of what somebody sees who may only look.
func TestLookEmpty(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures of every page put there")
	}
	f := furnish(t)
	e := emptyWorld(t)
	secret := must(e.store.IssueSetup(t.Context()))(t)
	e.admin = must(e.store.SetUp(t.Context(), secret, access.SetUp{
		Organisation: "Acme", Email: "ada@acme.example", Name: "Ada Admin", Password: password, Language: "en",
	}))(t)
	pages := []string{"/", "/punches", "/employees", "/devices", "/sites", "/users"}
	shots := func(win *window, prefix string, paths ...string) {
		for _, p := range paths {
			win.open(p)
			name := prefix + strings.ReplaceAll(p, "/", "-") + ".png"
			if err := os.WriteFile(filepath.Join(dir, name), run(win, chromedp.FullScreenshot(100)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	win := e.chromium()
	shots(win, "x-door", "/login")
	win.signIn(e.admin.Email)
	shots(win, "x-nosite", pages...)
	e.north = e.site("Site North", "Europe/Berlin")
	shots(win, "x-empty", pages...)
	look := f.chromium()
	look.signIn("vera.viewer@acme.example")
	shots(look, "x-viewer", "/", "/employees", "/employees/"+string(f.people[0].ID), "/devices", "/devices/"+string(f.gate.at.Device), "/sites", "/users")
}
