package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestNoColumnIsOutOfReach: a page is cut off at the edge of its window, so a table
// that is wider hides its last columns.
func TestNoColumnIsOutOfReach(t *testing.T) {
	f := furnish(t)
	win := f.chromium()
	win.signIn(f.admin.Email)
	for _, lang := range []string{"en", "de", "ru"} {
		if err := f.world.store.ChangeOwnAccount(t.Context(), f.admin.Actor(), "Ada Admin", lang); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int64{1024, 1280} {
			win.size(width, 800)
			for _, path := range []string{"/", "/punches", "/employees", "/employees/" + string(f.people[0].ID), "/audit"} {
				win.open(path)
				over := run(win, chromedp.Evaluate[float64](`Math.max(0, ...[...document.querySelectorAll("main table")].map(t =>
					t.getBoundingClientRect().right - t.parentElement.closest(".card, main").getBoundingClientRect().right))`))
				if over > 1 {
					t.Errorf("%s in %s, %d wide: a table stands out by %.0f", path, lang, width, over)
				}
			}
		}
	}
}
