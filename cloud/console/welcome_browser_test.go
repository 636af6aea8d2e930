package console_test

import (
	"testing"

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
	run(win, chromedp.Click(chromedp.CSS("[data-page]")))
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
