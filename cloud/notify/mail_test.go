package notify_test

import (
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"

	"github.com/google/uuid"

	"muster/cloud/notify"
	"muster/invite"
)

// allowed are the headers that a mail of ours may have.
var allowed = map[string]bool{
	"Auto-Submitted": true, "Content-Language": true, "Content-Transfer-Encoding": true, "Content-Type": true, "Date": true, "From": true,
	"Message-Id": true, "Mime-Version": true, "Reply-To": true, "Subject": true, "To": true, "X-Auto-Response-Suppress": true, "X-Muster-Message": true,
	"Received": true,
}

// checkMail says what of a mail came from its contents though it must not.
func checkMail(t *testing.T, r received, m invite.Message) {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(string(r.raw)))
	if err != nil {
		t.Errorf("the mail can't be read: %v", err)
		return
	}
	for k, v := range parsed.Header {
		if !allowed[k] || len(v) != 1 {
			t.Errorf("header %s: %q", k, v)
		}
	}
	for _, k := range []string{"From", "To"} {
		l, err := parsed.Header.AddressList(k)
		if err != nil || len(l) != 1 {
			t.Errorf("%s: %v, %v", k, l, err)
			continue
		}
		if k == "From" && l[0].Address != "muster@example.org" {
			t.Errorf("From: %s", l[0].Address)
		}
	}
	if r.to != "anna@example.com" {
		t.Errorf("sent to %q", r.to)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil || strings.ContainsAny(subject, "\r\n\x00") {
		t.Errorf("Subject: %q, %v", subject, err)
	}
	if body, err := io.ReadAll(parsed.Body); err != nil || m.Text != "" && len(body) == 0 {
		t.Errorf("body: %v", err)
	}
}

var injections = []string{
	"x\r\nBcc: evil@example.net", "x\nBcc: evil@example.net", "x\rBcc: evil@example.net", "a\r\n\r\n<script>", "\x00", "\"", "\\", "a\" <evil@example.net>, \"b",
	"=?utf-8?q?=0D=0ABcc:_evil@example.net?=", "\u2028Bcc: x@y.z", "\u0085Bcc: x@y.z", strings.Repeat("ä ", 400), strings.Repeat("a", 5000), "<evil@example.net>", "\xff\xfe", "(comment", "a,b;c:d",
	"\u202egnp.exe", "Иван Иванович Пётр", "😀",
}

func TestNothingInAMessageBecomesAHeader(t *testing.T) {
	t.Parallel()
	s := newSink(t, nil)
	n := s.sender(t, nil)
	for _, x := range injections {
		m := message()
		m.Name, m.Sender, m.Subject, m.Language, m.ReplyTo, m.Text, m.HTML = x, x, x, x, x, x+"\r\n.\r\nQUIT\r\n"+x, x
		if _, err := n.Send(background(t), m); err != nil {
			t.Errorf("%q: %v", x, err)
			continue
		}
		got := s.got()
		checkMail(t, got[len(got)-1], m)
	}
	if s.counted() != 1 || len(s.got()) != len(injections) {
		t.Errorf("%d mails over %d sessions, want %d over 1", len(s.got()), s.counted(), len(injections))
	}
}

func TestOnlyAddressesAreSentTo(t *testing.T) {
	t.Parallel()
	s := newSink(t, nil)
	n := s.sender(t, nil)
	for _, to := range append([]string{
		"", "anna", "@example.com", "anna@", "a@b@c", "anna@example.com>", "anna@example.com\r\nRCPT TO:<evil@example.net>", "anna@exa mple.com", "anna@[127.0.0.1]",
		"\"anna\"@example.com x", "anna@example.com, evil@example.net", "Anna <anna@example.com>", "anna@-example.com", "anna@" + strings.Repeat("a", 70) + ".com",
		strings.Repeat("a", 400) + "@example.com", "anna@127.0.0.1",
	}, injections...) {
		m := message()
		m.To = to
		_, err := n.Send(background(t), m)
		if u := undeliverable(t, err); u.Reason != invite.BadAddress || !u.Permanent || u.Everybody {
			t.Errorf("%q: %+v", to, u)
		}
	}
	if len(s.got()) != 0 || s.counted() != 0 {
		t.Errorf("%d mails went out", len(s.got()))
	}
}

func TestMessagesThatCantBeMails(t *testing.T) {
	t.Parallel()
	n := newSink(t, nil).sender(t, nil)
	m := message()
	m.ID = "1"
	_, err := n.Send(background(t), m)
	if u := undeliverable(t, err); !u.Permanent || u.Everybody {
		t.Errorf("no UUID: %+v", u)
	}
	m = message()
	m.Text = strings.Repeat("x", 2<<20)
	_, err = n.Send(background(t), m)
	if u := undeliverable(t, err); u.Reason != invite.TooLarge {
		t.Errorf("too large: %+v", u)
	}
}

func FuzzMail(f *testing.F) {
	s := newSink(f, nil)
	n := s.sender(f, nil)
	for _, x := range injections {
		f.Add(x, x, x, x, x, x)
	}
	f.Fuzz(func(t *testing.T, name, sender, subject, language, replyTo, text string) {
		if len(text) > 1000 {
			text = text[:1000]
		}
		m := message()
		m.Name, m.Sender, m.Subject, m.Language, m.ReplyTo, m.Text, m.HTML = name, sender, subject, language, replyTo, text, text
		if _, err := n.Send(background(t), m); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		got := s.mails
		s.mails = nil
		s.mu.Unlock()
		if len(got) != 1 {
			t.Fatalf("%d mails", len(got))
		}
		checkMail(t, got[0], m)
	})
}

func TestTagsAreOursOnly(t *testing.T) {
	t.Parallel()
	seal := newSeal(t)
	id, tag := newTag(t)
	for _, s := range []string{tag, strings.ToUpper(tag), "<" + tag + "@example.org>", "bounces+" + tag + "@example.org", "Message-ID: " + tag + "."} {
		if got, ok := seal.Find(s); !ok || got != id {
			t.Errorf("%q: %q, %t", s, got, ok)
		}
	}
	other, err := notify.NewSeal(notify.NewSecret("another secret, long enough"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, _ := other.Tag(invite.MessageID(uuid.NewString()))
	for _, s := range []string{"", tag[1:], "a" + tag, foreign, strings.Repeat("a", len(tag)), flip(tag)} {
		if got, ok := seal.Find(s); ok {
			t.Errorf("%q is taken for %q", s, got)
		}
	}
	if _, err := notify.NewSeal(notify.NewSecret("short")); err == nil {
		t.Error("a short secret was taken")
	}
}

// flip changes a tag's first letter.
func flip(tag string) string {
	if tag[0] == 'a' {
		return "b" + tag[1:]
	}
	return "a" + tag[1:]
}
