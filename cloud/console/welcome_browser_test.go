package console_test

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"muster/invite"
)

// An admin writes the text of the invitation: chips put variables in, the preview
// follows, the browser's way back isn't paved with previews, and what can't be
// sent is refused with what to do.
func TestJ5WriteTheTextInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/invitations/texts?language=de")
	mail := `document.querySelector("iframe.preview").contentDocument?.querySelector("iframe")?.srcdoc`
	win.until(mail + `?.includes("Mein Konto öffnen") || ` + mail + `?.includes("Konto")`)
	before := run(win, chromedp.Evaluate[int](`history.length`))
	run(win, chromedp.SetValue(chromedp.CSS(".wording-body"), "Guten Tag "))
	run(win, chromedp.Click(chromedp.CSS(`[data-insert="{name}"]`)))
	win.until(`document.querySelector(".wording-body").value === "Guten Tag {name}"`)
	shown := `document.querySelector("iframe.preview").contentDocument`
	win.until(shown + `?.querySelector(".seen-wrong")?.textContent.includes("The link is missing")`)
	win.until(mail + `.includes("Guten Tag Anna Berg")`)
	run(win, chromedp.Click(chromedp.CSS(".wording + .actions .btn-primary")))
	win.until(`document.querySelector(".wrong")?.textContent.includes("press “Link”") && document.querySelector(".wording-body").value === "Guten Tag {name}"`)
	run(win, chromedp.Focus(chromedp.CSS(".wording-body")))
	run(win, chromedp.Evaluate[chromedp.Void](`document.querySelector(".wording-body").setSelectionRange(99, 99)`))
	run(win, chromedp.Click(chromedp.CSS(`[data-insert="{link}"]`)))
	win.until(`document.querySelector("iframe.preview").contentDocument?.querySelector(".seen") && !document.querySelector("iframe.preview").contentDocument.querySelector(".seen-wrong") && ` + mail + `.includes("/join/EXAMPLE")`)
	if after := run(win, chromedp.Evaluate[int](`history.length`)); after > before+1 { // the refused save is a page
		t.Errorf("%d pages to go back through instead of %d", after, before+1)
	}
	run(win, chromedp.Click(chromedp.CSS(".wording + .actions .btn-primary")))
	win.until(`document.querySelector(".flash") && location.search.includes("language=de")`)
	win.quiet()
	k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}
	if got := must(w.store.Templates(t.Context(), w.admin.Actor()))(t)[k].Body; got != "Guten Tag {name}{link}" {
		t.Errorf("stored: %q", got)
	}
	for _, width := range []int64{390, 1280} {
		win.size(width, 844)
		for _, page := range []string{"/invitations/texts", "/invitations/texts?channel=sms", "/launch", "/invitations/policy", "/invitations/batches", "/invitations/mailbox"} {
			win.open(page)
			if wide := run(win, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > width {
				t.Errorf("at %d pixels %s is %d wide", width, page, wide)
			}
		}
	}
	win.quiet()
}

// W9: in the review before sending the text can be changed for this order, and
// the same preview shows it.
func TestW9ChangeTheTextInTheReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/invitations")
	run(win, chromedp.Click(chromedp.CSS("[data-head]")))
	run(win, chromedp.Click(chromedp.CSS(".select-do .btn-primary")))
	win.until(`document.querySelector(".order-text") && document.readyState === "complete"`)
	run(win, chromedp.Click(chromedp.CSS(".order-text summary")))
	mail := `document.querySelector("iframe.preview")?.contentDocument?.querySelector("iframe")?.srcdoc`
	win.until(mail + `?.includes("Open my account")`)
	run(win, chromedp.SetValue(chromedp.CSS(`[name="invite.email.en.body"]`), "Only today: {link} "))
	run(win, chromedp.Click(chromedp.CSS(`.order-text [data-insert="{first_name}"]`)))
	win.until(mail + `?.includes("Only today: ") && ` + mail + `.includes("Anna")`)
	run(win, chromedp.Click(chromedp.CSS("#send .columns .btn-primary")))
	win.until(`location.pathname.startsWith("/invitations/batches/")`)
	win.quiet()
	jobs := must(w.store.TakeOn(t.Context(), "w", 5, w.now()))(t)
	k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "en"}
	if len(jobs) != 1 || len(jobs[0].Texts) != 1 || jobs[0].Texts[k].Body != "Only today: {link} {first_name}" {
		t.Errorf("%+v", jobs)
	}
}

// J3, W8: the launch in a browser: what is mended elsewhere shows by itself, then
// everybody is invited, the progress is seen, and the launch page knows.
func TestW8LaunchInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 5 {
		w.reached("Many", at("Person%d", i), invite.Contact{Email: at("p%d@example.com", i)}, w.north.ID)
	}
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/launch")
	win.until(`document.querySelector(".check-fail")?.textContent.includes("Site North: no tablet") && document.querySelector("[data-live]:not(.is-off)")`)
	w.tablet(w.north.ID, "Gate")
	win.until(`document.querySelector(".checklist").textContent.includes("Site North: 1 tablet, at work") && !document.querySelector(".check-fail")`)
	run(win, chromedp.Click(chromedp.CSS(".launch-go .btn-primary")))
	win.until(`document.querySelector("h1").textContent === "Send 5 messages?" && document.readyState === "complete"`)
	run(win, chromedp.Click(chromedp.CSS("#send .columns .btn-primary")))
	win.until(`location.pathname.startsWith("/invitations/batches/") && document.querySelector(".undo") && document.querySelector("[data-live]:not(.is-off)")`)
	w.deliverAll(nil)
	win.until(`document.querySelector(".progress-line").textContent.includes("Nothing is waiting") && !document.querySelector(".undo")`)
	win.open("/launch")
	win.until(`document.querySelector(".launch-go").textContent.includes("Everybody has been invited.") && document.querySelector(".batch-line")`)
	win.quiet()
}

// A mail of the mailbox is shown with its own look, and nothing in it runs.
func TestMailboxInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hostile := invite.Message{
		ID: anyID(), Org: w.admin.Org, Channel: invite.Email, To: "anna@example.com", Subject: "S", Text: "T",
		HTML: `<!doctype html><html><head></head><body style="background:rgb(1,2,3)"><p>Hello</p><script>parent.document.title = "taken"</script><img src=x onerror="parent.document.title='taken'"></body></html>`,
	}
	if err := w.store.Keep(t.Context(), hostile, w.now()); err != nil {
		t.Fatal(err)
	}
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/invitations/mailbox/" + string(hostile.ID))
	win.until(`document.querySelector("iframe.mail-frame") && document.readyState === "complete"`)
	if got := run(win, chromedp.Evaluate[string](`document.title`)); got != "S · Muster" {
		t.Errorf("the title is %q", got)
	}
	if inside := run(win, chromedp.Evaluate[bool](`document.querySelector("iframe.mail-frame").contentDocument === null`)); !inside {
		t.Error("the mail and the console are of one origin")
	}
}

// shows waits until a colour is somewhere on the page: what a frame with an origin
// of its own shows can only be seen.
func (win *window) shows(want color.Color) bool {
	win.t.Helper()
	r, g, b, _ := want.RGBA()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		picture := must(png.Decode(bytes.NewReader(run(win, chromedp.FullScreenshot(100)))))(win.t)
		for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y += 2 {
			for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x += 2 {
				if pr, pg, pb, _ := picture.At(x, y).RGBA(); pr == r && pg == g && pb == b {
					return true
				}
			}
		}
	}
	return false
}

// The mail's button in the preview, before and after something was typed.
func TestJ5PreviewIsDrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	win := w.chromium()
	win.signIn(w.admin.Email)
	win.open("/invitations/texts")
	button := color.RGBA{0x1d, 0x4e, 0xd8, 0xff}
	if !win.shows(button) {
		t.Fatal("the first preview doesn't show the button of the mail")
	}
	// Whenever something in the frame changes, a mail is there to be seen.
	run(win, chromedp.Evaluate[chromedp.Void](`(() => {
		const frame = document.querySelector("iframe.preview").contentDocument;
		const drawn = new WeakSet([frame.querySelector("iframe")]);
		window.blank = 0;
		frame.addEventListener("load", (event) => drawn.add(event.target), true);
		new MutationObserver(() => {
			if (!drawn.has(frame.querySelector(".seen:not(.is-coming) iframe"))) window.blank++;
		}).observe(frame, { childList: true, subtree: true, attributes: true });
	})()`))
	run(win, chromedp.SetValue(chromedp.CSS(".wording-body"), "Hello\n\n{link}\n\n"))
	run(win, chromedp.Click(chromedp.CSS(`[data-insert="{name}"]`)))
	win.until(`document.querySelector("iframe.preview").contentDocument.querySelector("iframe").srcdoc.includes("Anna Berg")`)
	if !win.shows(button) {
		t.Fatal("the preview of what was typed doesn't show it")
	}
	if n := run(win, chromedp.Evaluate[int](`window.blank`)); n > 0 {
		t.Errorf("an empty preview was shown %d times while it was typed", n)
	}
	win.quiet()
}
