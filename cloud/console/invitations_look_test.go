package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestLookInvitations takes pictures of the pages about invitations.
func TestLookInvitations(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures of every page put there")
	}
	only := os.Getenv("MUSTER_LOOK_ONLY")
	w, people := crowd(t)
	batch := w.ask(people[:6]...)
	win := w.chromium()
	win.signIn(w.admin.Email)
	for _, l := range []struct {
		name, language string
		width, high    int64
		dark           bool
	}{{"d-en", "en", 1280, 900, false}, {"p-en", "en", 390, 844, false}, {"d-de", "de", 1280, 900, true}, {"p-de", "de", 390, 844, false}, {"p-ru", "ru", 390, 844, true}, {"d-ru", "ru", 1280, 900, false}} {
		if err := w.store.ChangeOwnAccount(t.Context(), w.admin.Actor(), "Ada Admin", l.language); err != nil {
			t.Fatal(err)
		}
		win.size(l.width, l.high)
		win.dark(l.dark)
		shoot := func(name string) {
			if name = l.name + "-" + name; only == "" || strings.Contains(name, only) {
				if err := os.WriteFile(filepath.Join(dir, "inv-"+name+".png"), run(win, chromedp.FullScreenshot(100)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, p := range [][2]string{
			{"list", "/invitations"},
			{"audit", "/audit"},
			{"audit-person", "/audit?person=" + string(people[0].ID)},
			{"tokens", "/users"},
			{"error", "/invitations?status=error"},
			{"nobody", "/invitations?q=nobodyatall"},
			{"blocks", "/invitations/blocks"},
			{"batch", "/invitations/batches/" + string(batch.ID)},
			{"person", "/employees/" + string(people[16].ID)},
			{"new", "/employees/new"},
			{"hand", "/employees/" + string(people[11].ID) + "/hand-out"},
		} {
			win.open(p[1])
			shoot(p[0])
		}
		run(win, chromedp.Submit(chromedp.CSS("#confirm form")))
		win.until(`document.querySelector(".handout") && document.readyState === "complete"`)
		shoot("handed")
		win.open("/invitations")
		run(win, chromedp.Click(chromedp.CSS("[data-all]")))
		shoot("all")
		run(win, chromedp.Click(chromedp.CSS(".select-do .btn-primary")))
		win.until(`document.querySelector(".sums, .obstacles") && document.readyState === "complete"`)
		shoot("review")
		win.open("/invitations")
		run(win, chromedp.Click(chromedp.CSS("[data-all]")))
		run(win, chromedp.Click(chromedp.CSS("[formaction]")))
		win.until(`document.querySelector("[name=kind]") && document.readyState === "complete"`)
		shoot("print")
	}
}
