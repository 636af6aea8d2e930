package console_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/cloud/console"
	"muster/invite"
)

const germanMail = "invite.email.de"

// J5, P6: the text is kept per language and way; what would let nobody in, or has
// a variable that nobody knows, is refused with what to do, and what was typed
// stays.
func TestJ5TextsAreCheckedAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.get("/invitations/texts?language=de").shows(t, http.StatusOK, "standard text", "{first_name}", "Zeiterfassung")
	for body, says := range map[string]string{
		"Hello":                    "The link is missing, so nobody could get in.",
		"{link} {frist_name}":      "{frist_name} isn&#39;t a variable. Write {first_name} instead.",
		"{link} {password}":        "{password} isn&#39;t a variable.",
		"":                         "Write a text, and put the link into it.",
		strings.Repeat("x", 10001): "This is too long.",
	} {
		a := b.post("/invitations/texts", url.Values{"text": {germanMail}, germanMail + ".subject": {"Betreff"}, germanMail + ".body": {body}})
		a.shows(t, http.StatusUnprocessableEntity, says, `value="Betreff"`)
	}
	b.post("/invitations/texts", url.Values{"text": {germanMail}, germanMail + ".body": {"{link}"}}).shows(t, http.StatusUnprocessableEntity, "A mail needs a subject.")
	b.post("/invitations/texts", url.Values{"text": {germanMail}, germanMail + ".subject": {"Willkommen"}, germanMail + ".body": {"Los:\r\n\r\n{link}\r\n"}}).
		leadsTo(t, "/invitations/texts?channel=email&event=invite&language=de")
	k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}
	if got := must(w.store.Templates(t.Context(), w.admin.Actor()))(t)[k]; got != (invite.Template{Subject: "Willkommen", Body: "Los:\n\n{link}"}) {
		t.Errorf("%+v", got)
	}
	b.get("/invitations/texts?language=de").shows(t, http.StatusOK, "Willkommen", "Back to the standard text")
	b.get("/invitations/texts?language=en").shows(t, http.StatusOK, "standard text")
	b.get("/invitations/texts/reset?language=de").shows(t, http.StatusOK, "Your own text is deleted.", "Invitation, Email, German")
	b.post("/invitations/texts/reset?language=de", nil).leadsTo(t, "/invitations/texts?channel=email&event=invite&language=de")
	if own := must(w.store.Templates(t.Context(), w.admin.Actor()))(t); len(own) != 0 {
		t.Errorf("after the reset: %v", own)
	}
	for _, bad := range []string{"", "invite.email", "invite.email.xx", "expire.email.de", "invite.post.de"} {
		if a := b.post("/invitations/texts", url.Values{"text": {bad}}); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", bad, a.Status)
		}
	}
}

// J5: the preview is what the person sees, and nothing in it can act.
func TestJ5PreviewIsHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	a := b.post("/invitations/texts/preview", url.Values{"preview": {germanMail}, germanMail + ".subject": {"<b>S</b>"}, germanMail + ".body": {"<script>alert(1)</script>\n\n{link}"}})
	a.shows(t, http.StatusOK, "&lt;b&gt;S", "&amp;lt;script&amp;gt;", "sandbox srcdoc")
	if policy := a.Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'self'") {
		t.Errorf("policy: %s", policy)
	}
	sms := "invite.sms.ru"
	b.post("/invitations/texts/preview", url.Values{"preview": {sms}, sms + ".body": {"Привет {link}"}}).shows(t, http.StatusOK, "<strong>1 SMS</strong>", "isn&#39;t in the alphabet of SMS")
	b.post("/invitations/texts/preview", url.Values{"preview": {sms}, sms + ".body": {strings.Repeat("Привет ", 30) + "{link}"}}).shows(t, http.StatusOK, "<strong>4 SMS</strong>")
	b.get("/invitations/texts/preview?preview="+sms).shows(t, http.StatusOK, "muster.example/join/EXAMPLE")
}

// A test goes to whoever asks for it and to nobody else, in one language or all;
// a server that refuses is quoted.
func TestJ5TestToMyself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	form := url.Values{"text": {germanMail}, germanMail + ".subject": {"Ungespeichert"}, germanMail + ".body": {"{link}"}, "to": {"victim@example.com"}}
	b.post("/invitations/texts/test", form).shows(t, http.StatusOK, "1 test was sent to ada@acme.example.", `value="Ungespeichert"`)
	form.Set("all", "1")
	b.post("/invitations/texts/test", form).shows(t, http.StatusOK, "3 tests were sent to ada@acme.example.")
	subjects := map[string]int{}
	for _, k := range must(w.store.Mailbox(t.Context(), w.admin.Actor(), "", 10))(t) {
		if k.Message.To != w.admin.Email {
			t.Errorf("to %s", k.Message.To)
		}
		subjects[k.Message.Language+" "+k.Message.Subject]++
	}
	if len(subjects) != 3 || subjects["de Ungespeichert"] != 2 {
		t.Errorf("%v", subjects)
	}
	w.post.set(func() {
		w.post.fails = &invite.Undeliverable{Reason: invite.ProviderRefused, Detail: "535 5.7.8 wrong password"}
	})
	b.post("/invitations/texts/test", form).shows(t, http.StatusOK, "The sending service refused", "535 5.7.8 wrong password")
	w.post.set(func() { w.post.fails = nil })
	sms := url.Values{"text": {"invite.sms.en"}, "invite.sms.en.body": {"{link}"}, "number": {"0151 23"}}
	b.post("/invitations/texts/test", sms).shows(t, http.StatusUnprocessableEntity, "with the country code")
	sms.Set("number", "+49 151 23456789")
	b.post("/invitations/texts/test", sms).shows(t, http.StatusOK, "1 test was sent to &#43;4915123456789.")
	form.Set(germanMail+".body", "nothing")
	b.post("/invitations/texts/test", form).shows(t, http.StatusUnprocessableEntity, "The link is missing")
	for range 30 {
		if b.post("/invitations/texts/test", sms).StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("tests can be sent without end")
}

func upload(t *testing.T, b *browser, path, field string, data []byte) answer {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part := must(m.CreateFormFile(field, "logo.png"))(t)
	if _, err := part.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := b.request(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// The letterhead is in each message; the logo is a file that a mail program may
// fetch without being signed in.
func TestJ5LetterheadInThePreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(w.admin.Email)
	b.post("/invitations/texts/letterhead", url.Values{"sender": {"Personnel office"}, "reply_to": {"hr@acme.example"}}).leadsTo(t, "/invitations/texts#letterhead")
	b.post("/invitations/texts/letterhead", url.Values{"sender": {"x"}, "reply_to": {"nobody"}}).shows(t, http.StatusUnprocessableEntity, `value="nobody"`)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}
	upload(t, b, "/invitations/texts/logo", "logo", []byte("GIF89a nonsense")).shows(t, http.StatusUnprocessableEntity, `id="w-logo"`, "Personnel office")
	upload(t, b, "/invitations/texts/logo", "logo", picture.Bytes()).leadsTo(t, "/invitations/texts#letterhead")
	b.get("/invitations/texts/preview?preview="+germanMail).shows(t, http.StatusOK, "Personnel office", "hr@acme.example", "/logo/")
	logo := must(w.store.Style(t.Context(), w.admin.Actor()))(t).Logo
	a := w.browser().get("/logo/" + logo)
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "image/png" || a.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("%s %v", a.Status, a.Header)
	}
	if a := w.browser().get("/logo/" + strings.Repeat("0", 64)); a.StatusCode != http.StatusNotFound {
		t.Errorf("another: %s", a.Status)
	}
	b.post("/invitations/texts/logo/remove", nil).leadsTo(t, "/invitations/texts#letterhead")
}

// W9, W10: the review shows the text, what is changed there goes out with this
// order only, and what can't be sent stops it before anything is queued. A site
// manager may do that too.
func TestW9W10ReviewChangesTheText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.reached("Anna", "Berg", invite.Contact{Email: "anna@example.com"}, w.north.ID)
	w.user("site-manager", "mia.manager@acme.example", w.north.ID)
	b := w.as("mia.manager@acme.example")
	a := b.post("/invitations/review", url.Values{"id": {string(anna.ID)}})
	a.shows(t, http.StatusOK, "What people will read", `name="invite.email.en.body"`, `name="preview"`)
	for _, absent := range []string{`name="chase.email.en.body"`, `name="invite.sms.en.body"`} {
		if strings.Contains(a.body, absent) {
			t.Errorf("it offers %s, which nobody gets", absent)
		}
	}
	send := url.Values{"id": {string(anna.ID)}, "key": {"6f1c3f4e-58a5-4f0e-9a1e-0d6a5f8f2c11"}, "emails": {"1"}, "texts": {"0"}}
	for _, l := range []string{"en", "de", "ru"} {
		k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: l}
		standard := w.post.Standard(k)
		send.Set("invite.email."+l+".subject", standard.Subject)
		send.Set("invite.email."+l+".body", strings.ReplaceAll(standard.Body, "\n", "\r\n"))
	}
	send.Set(germanMail+".body", "Kein Weg hinein")
	b.post("/invitations/send", send).shows(t, http.StatusUnprocessableEntity, "The link is missing", "Kein Weg hinein", "changed for this order")
	if got := must(w.store.Invitation(t.Context(), w.admin.Actor(), anna.ID))(t).State.Account; got != invite.Inactive {
		t.Fatalf("it went out: %s", got)
	}
	send.Set(germanMail+".body", "Hier: {link}")
	if a := b.post("/invitations/send", send); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s\n%s", a.Status, a.body)
	}
	jobs := must(w.store.TakeOn(t.Context(), "w", 5, w.now()))(t)
	k := invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}
	if len(jobs) != 1 || len(jobs[0].Texts) != 1 || jobs[0].Texts[k].Body != "Hier: {link}" {
		t.Errorf("only the changed text: %+v", jobs)
	}
}

// Texts, rules, launch and mailbox are for administrators; the mailbox is there
// only while nothing leaves this machine.
func TestWelcomePagesAreForAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.keep(t, invite.Email, "anna@example.com", "Anna")
	w.user("site-manager", "mia.manager@acme.example", w.north.ID)
	pages := []string{"/invitations/texts", "/invitations/policy", "/launch", "/invitations/mailbox", "/invitations/mailbox/" + string(id), "/invitations/mailbox/" + string(id) + "/html"}
	manager, admin := w.as("mia.manager@acme.example"), w.as(w.admin.Email)
	for _, p := range pages {
		if a := manager.get(p); a.StatusCode != http.StatusForbidden || strings.Contains(a.body, "anna@example.com") {
			t.Errorf("a site manager gets %s: %s", p, a.Status)
		}
		if a := admin.get(p); a.StatusCode != http.StatusOK {
			t.Errorf("an administrator gets %s: %s", p, a.Status)
		}
	}
	for _, p := range []string{"/invitations/texts", "/invitations/texts/reset", "/invitations/texts/test", "/invitations/texts/letterhead", "/invitations/texts/logo/remove", "/invitations/policy", "/launch/review"} {
		if a := manager.post(p, url.Values{"text": {germanMail}}); a.StatusCode != http.StatusForbidden {
			t.Errorf("a site manager posts to %s: %s", p, a.Status)
		}
		r := admin.request(http.MethodPost, p, strings.NewReader("text="+germanMail))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := admin.do(r); a.StatusCode != http.StatusForbidden {
			t.Errorf("from another site to %s: %s", p, a.Status)
		}
	}
	w.post.set(func() { w.post.ways = console.Ways{Email: console.Open, SMS: console.Closed} })
	for _, p := range pages[3:] {
		if a := admin.get(p); a.StatusCode != http.StatusNotFound {
			t.Errorf("with a mail server: %s: %s", p, a.Status)
		}
	}
	if a := admin.get("/invitations"); strings.Contains(a.body, "/invitations/mailbox") {
		t.Error("the list leads to a mailbox that isn't there")
	}
}
