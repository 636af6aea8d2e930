package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"muster/attendance"
	"muster/cloud/console"
	"muster/invite"
)

// TestLookWelcome takes pictures of texts, rules, launch, mailbox, orders and a
// person's messages.
func TestLookWelcome(t *testing.T) {
	dir := os.Getenv("MUSTER_LOOK")
	if dir == "" {
		t.Skip("set MUSTER_LOOK to a folder to have pictures of every page put there")
	}
	only := os.Getenv("MUSTER_LOOK_ONLY")
	w, people := crowd(t)
	ctx, admin := t.Context(), w.admin.Actor()
	w.ask(people[:6]...)
	w.keep(t, invite.Email, "anna@example.com", "Anna Bergmann")
	w.keep(t, invite.SMS, "+4915112345678", "Boris Petrow")
	w.tablet(w.north.ID, "Gate")
	win := w.chromium()
	win.signIn(w.admin.Email)
	mails := must(w.store.Mailbox(ctx, admin, "", 10))(t)
	for _, l := range []struct {
		name, language string
		width, high    int64
		dark           bool
	}{{"d-en", "en", 1280, 900, false}, {"p-en", "en", 390, 844, false}, {"d-de", "de", 1280, 900, true}, {"p-de", "de", 390, 844, false}, {"p-ru", "ru", 390, 844, true}, {"d-ru", "ru", 1280, 900, false}} {
		if err := w.store.ChangeOwnAccount(ctx, admin, "Ada Admin", l.language); err != nil {
			t.Fatal(err)
		}
		win.size(l.width, l.high)
		win.dark(l.dark)
		shoot := func(name string) {
			if name = l.name + "-" + name; only == "" || strings.Contains(name, only) {
				win.until(`[...document.querySelectorAll("iframe")].every(f => !f.contentDocument || f.contentDocument.readyState === "complete")`)
				if err := os.WriteFile(filepath.Join(dir, "wel-"+name+".png"), run(win, chromedp.FullScreenshot(100)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, p := range [][2]string{
			{"texts", "/invitations/texts"},
			{"sms", "/invitations/texts?channel=sms"},
			{"reset", "/invitations/texts/reset"},
			{"policy", "/invitations/policy"},
			{"launch", "/launch"},
			{"batches", "/invitations/batches"},
			{"mailbox", "/invitations/mailbox"},
			{"mail", "/invitations/mailbox/" + string(mails[1].Message.ID)},
			{"smsmail", "/invitations/mailbox/" + string(mails[0].Message.ID)},
			{"blocked", "/employees/" + string(people[12].ID) + "#invitation"},
			{"active", "/employees/" + string(people[20].ID) + "#invitation"},
			{"resetaccess", "/employees/" + string(people[20].ID) + "/reset-access"},
			{"help", "/help"},
			{"list", "/invitations"},
		} {
			if only != "" && !strings.Contains(l.name+"-"+p[0], only) {
				continue
			}
			win.open(p[1])
			shoot(p[0])
		}
		if only == "" || strings.Contains(l.name+"-wrong", only) {
			win.open("/invitations/texts")
			run(win, chromedp.SetValue(chromedp.CSS(".wording-body"), "Hallo {frist_name}"))
			run(win, chromedp.Click(chromedp.CSS(".wording + .actions .btn-primary")))
			win.until(`document.querySelector(".wrong") && document.readyState === "complete"`)
			shoot("wrong")
		}
		if only == "" || strings.Contains(l.name+"-review", only) {
			win.open("/launch")
			run(win, chromedp.Click(chromedp.CSS(".launch-go .btn-primary")))
			win.until(`document.querySelector(".order-text") && document.readyState === "complete"`)
			run(win, chromedp.Click(chromedp.CSS(".order-text:nth-of-type(2) summary")))
			win.until(`document.querySelector("iframe.preview").contentDocument?.querySelector(".seen")`)
			shoot("review")
		}
	}
	w.post.set(func() { w.post.ways = console.Ways{Email: console.Open} })
}

// keep puts a message into the mailbox as the cloud does.
func (w *world) keep(t *testing.T, c invite.Channel, to, name string) invite.MessageID {
	t.Helper()
	k := invite.TemplateKey{Event: invite.Invite, Channel: c, Language: "de"}
	l := must(w.post.Letter(t.Context(), w.admin.Org, k, w.post.Standard(k)))(t)
	m := invite.Message{ID: attendance.NewID[invite.MessageID](), Org: w.admin.Org, Channel: c, To: to, Name: name, Sender: l.From, Language: "de", Subject: l.Subject, Text: l.Text, HTML: l.HTML}
	if err := w.store.Keep(t.Context(), m, w.now()); err != nil {
		t.Fatal(err)
	}
	return m.ID
}
