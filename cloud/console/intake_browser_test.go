package console_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"muster/cloud/importer"
	"muster/intake"
	"muster/invite"
)

// file puts a list where the browser can choose it.
func (w *world) file(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// choose puts a file into the page's field.
func (win *window) choose(path string) {
	win.t.Helper()
	run(win, chromedp.SetUploadFiles(chromedp.CSS("#f-file"), []string{path}))
}

// An admin uploads, sees each row checked, looks at the errors only, chooses now,
// sees how many messages that is, confirms, and watches it happen.
func TestP9ImportInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.region("DE")
	w.importing()
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/employees/new")
	win.open("/import")
	click := func(css string) { run(win, chromedp.Click(chromedp.CSS(css))) }
	win.choose(w.file("staff.csv", motley))
	run(win, chromedp.Evaluate[any](fmt.Sprintf(`document.querySelector("#f-site").value = %q; undefined`, w.north.ID)))
	click("form[data-upload] .btn-primary")
	win.until(`location.pathname.startsWith("/import/") && document.querySelector("#next-heading") && document.querySelectorAll(".rows-import tbody tr").length === 8`)
	click(".side-filters li:last-child a")
	win.until(`document.querySelectorAll(".rows-import tbody tr").length === 4 && document.querySelector(".rows-import").textContent.includes("Perhaps: +4917699999999")`)
	click("[name=send][value=now]")
	click("#next-heading ~ form .btn-primary")
	win.until(`document.querySelector("h1").textContent === "Import 4 rows?" && document.readyState === "complete"`)
	click("form[action$='/confirm'] .btn-primary")
	win.until(`document.querySelector(".flash") && document.querySelector(".rows-import tbody a")`)
	win.quiet()
	if tally := must(w.store.Tally(t.Context(), w.admin.Actor(), invite.Filter{}))(t); tally.Total() != 4 || tally[invite.Waiting] != 3 {
		t.Errorf("%v", tally)
	}
	for _, width := range []int64{390, 800, 1280} {
		win.size(width, 844)
		for _, path := range []string{"/import", run(win, chromedp.Evaluate[string](`location.pathname`))} {
			win.open(path)
			if wide := run(win, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
				t.Errorf("at %d pixels %s is %d wide", width, path, wide)
			}
		}
	}
	win.quiet()
}

// While people are written the bar moves by itself, and a page that is loaded again
// shows where it is.
func TestP13ProgressSurvivesAReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store.OnNews(w.announce)
	var list strings.Builder
	list.WriteString("Email,Name\n")
	for i := range 2400 {
		fmt.Fprintf(&list, "p%d@firma.de,Anna Berg%d\n", i, i)
	}
	at := w.as(w.admin.Email).bring(intake.People, list.String())
	id := intake.ID(strings.TrimPrefix(at, "/import/"))
	if err := w.store.ConfirmIntake(t.Context(), w.admin.Actor(), id, intake.Confirmation{}); err != nil {
		t.Fatal(err)
	}
	s := &slow{w.store, make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func(i *importer.Importer) {
		_, err := i.Round(ctx)
		done <- err
	}(w.importer(s))
	t.Cleanup(cancel)
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open(at)
	win.until(`document.querySelector("progress").max === 2400 && document.querySelector("progress").value === 0`)
	s.step <- struct{}{}
	win.until(`document.querySelector("progress").value === 2000`)
	win.open(at)
	win.until(`document.querySelector("progress").value === 2000`)
	close(s.step)
	win.until(`document.querySelector(".flash") && document.querySelectorAll(".rows-import tbody tr").length === 50`)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	win.quiet()
}

// From a list of addresses to the review that every selection ends in.
func TestW11SelectionFromASpreadsheetInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.importing()
	for i, name := range []string{"Berg", "Dorn", "Falk"} {
		w.reached("Anna", name, invite.Contact{Email: at("p%d@example.com", i), ExternalID: at("HR-%d", i)}, w.north.ID)
	}
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/invitations")
	click := func(css string) { run(win, chromedp.Click(chromedp.CSS(css))) }
	win.until(`document.readyState === "complete" && document.fonts.status === "loaded"`) // nothing moves any more
	click(`.head-actions a[href^="/import"]`)
	win.until(`document.querySelector("form[data-upload] [name=kind]").value === "choice" && document.readyState === "complete"`)
	win.choose(w.file("who.csv", "External ID\nHR-0\nHR-2\nHR-9\n"))
	click("form[data-upload] .btn-primary")
	win.until(`document.querySelector("#next-heading") && document.querySelector("#next-heading").textContent === "2 people were found" && document.querySelector(".rows-import").textContent.includes("Nobody is known by “HR-9”")`)
	click("#next-heading ~ form .btn-primary")
	win.until(`document.querySelector("h1").textContent === "Send 2 messages?" && document.readyState === "complete"`)
	click("form[action='/invitations/send'] .btn-primary")
	win.until(`location.pathname.startsWith("/invitations/batches/") && document.querySelectorAll(".rows-results tbody tr").length === 2`)
	win.quiet()
}

// A file that was not chosen, and one that is no list: the page says so and can be
// used again.
func TestImportSaysSoInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.importing()
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/import")
	run(win, chromedp.Click(chromedp.CSS("form[data-upload] .btn-primary")))
	win.until(`document.querySelector("#w-file") && document.readyState === "complete"`)
	win.choose(w.file("photo.csv", ""))
	run(win, chromedp.Click(chromedp.CSS("form[data-upload] .btn-primary")))
	win.until(`document.querySelector("#w-file") && document.querySelector("[data-progress]").hidden`)
	win.choose(w.file("photo.csv", "\x89PNG\r\n\x1a\n no list"))
	run(win, chromedp.Click(chromedp.CSS("form[data-upload] .btn-primary")))
	win.until(`document.querySelector("#intake .wrong") && document.querySelector("#intake .wrong").textContent.includes("This is no spreadsheet")`)
	win.quiet()
}

// TestLookImport takes pictures of the pages about importing.
func TestLookImport(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures of every page put there")
	}
	w := newWorld(t)
	w.region("DE")
	b := w.as(w.admin.Email)
	first := b.bring(intake.People, "Email;External ID;Name\nanna.berg@firma.de;HR-1;Anna Bergmann\n")
	if a := b.post(first+"/confirm", nil); a.StatusCode >= 400 {
		t.Fatal(a.Status)
	}
	w.round()
	at := b.bring(intake.People, motley)
	choice := b.bring(intake.Choice, "Email\nanna.berg@firma.de\nnobody@firma.de\n")
	bad := b.bring(intake.People, "%PDF-1.4")
	waiting := b.upload("/import", "Personal 2026.xlsx", []byte("x"), map[string]string{"kind": "people"}).Header.Get("Location")
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
		for _, p := range [][2]string{
			{"upload", "/import"},
			{"upload-choice", "/import?for=invitations"},
			{"checked", at},
			{"confirm", at + "/confirm?send=now"},
			{"choice", choice},
			{"failed", bad},
			{"reading", waiting},
			{"done", first},
			{"employees", "/employees"},
			{"invitations", "/invitations"},
		} {
			win.open(p[1])
			if err := os.WriteFile(filepath.Join(dir, "import-"+l.name+"-"+p[0]+".png"), run(win, chromedp.FullScreenshot(100)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
