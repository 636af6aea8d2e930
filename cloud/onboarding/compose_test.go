package onboarding

import (
	"strings"
	"testing"
	"time"

	"muster/attendance"
	"muster/invite"
)

var (
	head    = invite.Letterhead{Organisation: "Björn & Söhne <GmbH>", Policy: invite.DefaultPolicy}
	anna    = invite.Variables{FirstName: "Anna", LastName: "O'Neil", Name: "Anna <b>O'Neil</b>", Number: "905951", Link: "https://muster.example/join/s3cr3t"}
	expires = time.Date(2026, 12, 5, 12, 0, 0, 0, time.UTC)
)

// P6, K2: each standard text says who writes, who is meant, how to log in and how
// long; in three languages, as text and as HTML, and no reusable password.
func TestStandardMessages(t *testing.T) {
	for language, words := range map[string][]string{
		"en": {"until 5 December 2026", "Open my account"}, "de-AT": {"bis 5. Dezember 2026", "Mein Konto öffnen"}, "ru": {"до 5 декабря 2026", "Открыть"}, "fr": {"until 5 December 2026"},
	} {
		for _, event := range []invite.Event{invite.Invite, invite.Chase} {
			subject, text, html, err := Compose(head, invite.TemplateKey{Event: event, Channel: invite.Email, Language: language}, anna, expires)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range append(words[:1:1], head.Organisation, anna.Link, anna.Number) {
				if !strings.Contains(text, want) {
					t.Errorf("%s %s: the text doesn't say %q:\n%s", language, event, want, text)
				}
			}
			for _, want := range append(words, `href="`+anna.Link+`"`, anna.Number, "Björn &amp; Söhne &lt;GmbH&gt;") {
				if !strings.Contains(html, want) {
					t.Errorf("%s %s: the HTML doesn't say %q:\n%s", language, event, want, html)
				}
			}
			if strings.Contains(html, "<b>") || strings.Contains(html, "\x00") || strings.ContainsAny(subject, "\r\n{}") || strings.ContainsAny(text, "{}") {
				t.Errorf("%s %s: %q\n%s\n%s", language, event, subject, text, html)
			}
		}
		_, sms, _, err := Compose(head, invite.TemplateKey{Event: invite.Chase, Channel: invite.SMS, Language: language}, anna, expires)
		if err != nil || !strings.Contains(sms, anna.Link) || strings.Contains(sms, "\n") {
			t.Errorf("%s: %q, %v", language, sms, err)
		}
	}
}

// J5: what the admin wrote goes out, in the recipient's language only.
func TestOwnTemplate(t *testing.T) {
	own := head
	own.Templates = map[invite.TemplateKey]invite.Template{
		{Event: invite.Invite, Channel: invite.Email, Language: "de"}: {Subject: "Los geht's, {first_name}", Body: "Hallo {first_name}\nzweite Zeile\n\nHier: {link} bis {expires}"},
	}
	subject, text, html, err := Compose(own, invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "de"}, anna, expires)
	if err != nil || subject != "Los geht's, Anna" || !strings.Contains(text, "Hier: "+anna.Link+" bis 5. Dezember 2026") || !strings.Contains(html, "Hallo Anna<br>zweite Zeile") {
		t.Errorf("%v %q\n%s\n%s", err, subject, text, html)
	}
	subject, _, _, err = Compose(own, invite.TemplateKey{Event: invite.Invite, Channel: invite.Email, Language: "ru"}, anna, expires)
	if err != nil || !strings.Contains(subject, "доступ") {
		t.Errorf("%v %q", err, subject)
	}
}

// The texts that the program brings are ones that an admin could save.
func TestStandardTextsAreGood(t *testing.T) {
	for _, language := range attendance.Languages {
		for _, event := range []invite.Event{invite.Invite, invite.Chase} {
			for _, channel := range []invite.Channel{invite.Email, invite.SMS} {
				if err := Standard(invite.TemplateKey{Event: event, Channel: channel, Language: language}).Check(channel); err != nil {
					t.Errorf("%s %s %s: %v", language, event, channel, err)
				}
			}
		}
	}
}
