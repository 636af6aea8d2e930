package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	netsmtp "net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"muster/cloud/notify"
	"muster/invite"
)

var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newBounces(t testing.TB) *notify.Bounces {
	return &notify.Bounces{Seal: newSeal(t), Provider: "smtp", Now: func() time.Time { return today }}
}

func newTag(t testing.TB) (invite.MessageID, string) {
	t.Helper()
	id := invite.MessageID(uuid.NewString())
	tag, err := newSeal(t).Tag(id)
	if err != nil {
		t.Fatal(err)
	}
	return id, tag
}

// dsn is a bounce as RFC 3464 wants it. TAG stands for the message's tag.
func dsn(recipient, returned string) string {
	return `From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: muster@example.org
Subject: Undelivered Mail Returned to Sender
Date: Sat, 21 Nov 2026 11:00:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8

I'm sorry to have to inform you that your message could not be delivered.
--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Sat, 21 Nov 2026 10:59:00 +0000

` + recipient + `
--=_b
` + returned + `
--=_b--
`
}

const headersBack = `Content-Type: text/rfc822-headers

From: Muster <muster@example.org>
Message-ID: <TAG@example.org>
Subject: Hello`

func TestBouncesAreUnderstood(t *testing.T) {
	t.Parallel()
	failed := "Final-Recipient: rfc822; anna@example.com\nAction: failed\n"
	for name, c := range map[string]struct {
		mail, to string
		want     invite.Report
		nothing  bool
	}{
		"nobody there": {
			mail: dsn(failed+"Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <anna@example.com>: Recipient address rejected:\n User unknown", headersBack),
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "550 5.1.1 <anna@example.com>: Recipient address rejected: User unknown", At: today.Add(-time.Hour)},
		},
		"no such domain": {
			mail: dsn(failed+"Status: 5.4.4\nDiagnostic-Code: X-Postfix; Host or domain name not found. Name service error", headersBack),
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownDomain, Detail: "5.4.4 Host or domain name not found. Name service error", At: today.Add(-time.Hour)},
		},
		"full": {
			mail: dsn(failed+"Status: 5.2.2\nLast-Attempt-Date: Sat, 21 Nov 2026 11:30:00 +0000", headersBack),
			want: invite.Report{Event: invite.Bounce, Reason: invite.MailboxFull, Detail: "5.2.2", At: today.Add(-30 * time.Minute)},
		},
		"spam, whole mail returned": {
			mail: dsn(failed+"Status: 5.0.0\nDiagnostic-Code: smtp; 554 5.7.1 Spam message rejected", "Content-Type: message/rfc822\n\nX-Muster-Message: TAG\nMessage-Id: <replaced@provider.example>\nContent-Type: text/plain\n\nHello"),
			want: invite.Report{Event: invite.Bounce, Reason: invite.Spam, Detail: "554 5.7.1 Spam message rejected", At: today.Add(-time.Hour)},
		},
		"never got through": {
			mail: dsn(failed+"Status: 4.4.7\nDiagnostic-Code: smtp; 451 4.4.7 Message expired", headersBack),
			want: invite.Report{Event: invite.Bounce, Reason: invite.Refused, Detail: "451 4.4.7 Message expired", At: today.Add(-time.Hour)},
		},
		"by the envelope, nothing returned": {
			mail: dsn(failed+"Status: 5.1.1", "Content-Type: text/plain\n\nnothing"), to: "BOUNCES+TAG@example.org",
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "5.1.1", At: today.Add(-time.Hour)},
		},
		"delivered": {
			mail: dsn("Final-Recipient: rfc822; anna@example.com\nAction: delivered (to mailbox)\nStatus: 2.0.0", headersBack),
			want: invite.Report{Event: invite.Deliver, At: today.Add(-time.Hour)},
		},
		"international (RFC 6533)": {
			mail: strings.ReplaceAll(dsn("Final-Recipient: utf-8; käfer@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 Käfer unbekannt", strings.Replace(headersBack, "text/rfc822-headers", "message/global-headers", 1)), "message/delivery-status", "message/global-delivery-status"),
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "550 5.1.1 Käfer unbekannt", At: today.Add(-time.Hour)},
		},
		"a complaint": {
			mail: "From: fbl@provider.example\nDate: Sat, 21 Nov 2026 11:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n--b\n" + headersBack + "\n--b--\n",
			want: invite.Report{Event: invite.Bounce, Reason: invite.Complained, Detail: "marked as spam", At: today.Add(-time.Hour)},
		},
		"Exim, in prose": {
			mail: "From: Mail Delivery System <Mailer-Daemon@mx.example.com>\nTo: bounces+TAG@example.org\nX-Failed-Recipients: anna@example.com\nAuto-Submitted: auto-replied\nDate: Sat, 21 Nov 2026 11:00:00 +0000\nSubject: Mail delivery failed: returning message to sender\n\nThe following address(es) failed:\n\n  anna@example.com\n    host mx.example.com [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:<anna@example.com>:\n    550 5.1.1 User does not exist\n",
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "550 5.1.1 User does not exist", At: today.Add(-time.Hour)},
		},
		"qmail, in prose": {
			mail: "From: MAILER-DAEMON@mx.example.com\nTo: muster@example.org\nDate: Sat, 21 Nov 2026 11:00:00 +0000\n\nHi. This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your message.\n\n<anna@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <TAG@example.org>\n",
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "5.1.1)", At: today.Add(-time.Hour)},
		},
		"a date of the future": {
			mail: strings.Replace(dsn(failed+"Status: 5.1.1", headersBack), "Date: Sat, 21 Nov 2026 11:00", "Date: Sat, 21 Nov 2099 11:00", 1),
			want: invite.Report{Event: invite.Bounce, Reason: invite.UnknownMailbox, Detail: "5.1.1", At: today},
		},
		"only delayed": {nothing: true, mail: dsn("Final-Recipient: rfc822; anna@example.com\nAction: delayed\nStatus: 4.4.1", headersBack)},
		"a holiday note": {
			nothing: true, to: "bounces+TAG@example.org",
			mail: "From: anna@example.com\nTo: bounces+TAG@example.org\nAuto-Submitted: auto-replied\nSubject: On holiday\n\nI'm away until 550 5.1.1 o'clock.\n",
		},
		"of somebody else's message": {nothing: true, mail: strings.ReplaceAll(dsn(failed+"Status: 5.1.1", headersBack), "TAG", "nothing")},
		"a made-up tag":              {nothing: true, mail: strings.ReplaceAll(dsn(failed+"Status: 5.1.1", headersBack), "TAG", strings.Repeat("a", 40))},
		"an invitation to spam":      {nothing: true, mail: "From: x@y.example\nSubject: win\n\nwin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, tag := newTag(t)
			for _, ends := range []string{"\n", "\r\n"} {
				mail := strings.ReplaceAll(strings.ReplaceAll(c.mail, "TAG", tag), "\n", ends)
				got, err := newBounces(t).Read(strings.NewReader(mail), strings.ReplaceAll(c.to, "TAG", tag))
				if c.nothing {
					if !errors.Is(err, notify.ErrNoBounce) {
						t.Errorf("%+v, %v", got, err)
					}
					continue
				}
				c.want.Message, c.want.Provider = id, "smtp"
				if err != nil || len(got) != 1 {
					t.Fatalf("%+v, %v", got, err)
				}
				got[0].At = got[0].At.UTC()
				if got[0] != c.want {
					t.Errorf("got  %+v\nwant %+v", got[0], c.want)
				}
			}
		})
	}
}

// nested is a mail whose parts lie in one another.
func nested(deep int, inner string) io.Reader {
	var b strings.Builder
	for i := range deep {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString(inner)
	return strings.NewReader(b.String())
}

func TestHostileBouncesAreHarmless(t *testing.T) {
	t.Parallel()
	_, tag := newTag(t)
	whole := strings.ReplaceAll(dsn("Action: failed\nFinal-Recipient: rfc822; a@b.c\nStatus: 5.1.1\nDiagnostic-Code: smtp; "+strings.Repeat("x", 1<<20), headersBack), "TAG", tag)
	endless := io.MultiReader(strings.NewReader("From: a\r\n\r\n"), zeros{})
	for name, r := range map[string]io.Reader{
		"nested":         nested(1000, whole),
		"long header":    strings.NewReader("X: " + strings.Repeat("a", 10<<20)),
		"endless":        io.LimitReader(endless, 1<<40),
		"many parts":     strings.NewReader("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 100_000)),
		"many groups":    strings.NewReader("Content-Type: message/delivery-status\n\n" + strings.Repeat("Action: failed\n\n", 100_000)),
		"no charset":     strings.NewReader("Content-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: rot13\n\nx"),
		"empty":          strings.NewReader(""),
		"long diagnosis": strings.NewReader(whole),
	} {
		got, err := newBounces(t).Read(r, "")
		for _, g := range got {
			if len(g.Detail) > 500 {
				t.Errorf("%s: a detail of %d bytes", name, len(g.Detail))
			}
		}
		if err == nil && name != "long diagnosis" && name != "nested" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzBounce(f *testing.F) {
	_, tag := newTag(f)
	f.Add(strings.ReplaceAll(dsn("Action: failed\nStatus: 5.1.1", headersBack), "TAG", tag), "")
	f.Add("From: MAILER-DAEMON\nX-Failed-Recipients: a\n\n550 5.1.1 no", "x+"+tag+"@y")
	f.Add("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\nAAAA", "")
	b := newBounces(f)
	f.Fuzz(func(t *testing.T, mail, to string) {
		got, err := b.Read(strings.NewReader(mail), to)
		if err == nil && len(got) == 0 {
			t.Error("neither reports nor an error")
		}
		for _, r := range got {
			if r.Message == "" || len(r.Detail) > 500 || r.At.After(today) || r.Event != invite.Bounce && r.Event != invite.Deliver || (r.Reason == "") != (r.Event == invite.Deliver) {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestTheListenerTakesOnlyBounces(t *testing.T) {
	t.Parallel()
	id, tag := newTag(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	reports := make(chan []invite.Report, 8)
	broken := errors.New("the disk is full")
	n := notify.NewListener(newBounces(t), "bounces.example.org", func(_ context.Context, r []invite.Report) error {
		reports <- r
		if len(reports) > 1 {
			return broken
		}
		return nil
	}, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- n.Serve(ctx, l) }()
	send := func(to, mail string) error {
		return netsmtp.SendMail(l.Addr().String(), nil, "", []string{to}, []byte(mail))
	}
	mail := dsn("Final-Recipient: rfc822; a@b.c\nAction: failed\nStatus: 5.1.1", headersBack)
	if err := send("bounces+"+tag+"@example.org", mail); err != nil {
		t.Fatal(err)
	}
	if got := <-reports; len(got) != 1 || got[0].Message != id {
		t.Errorf("reported %+v", got)
	}
	for _, to := range []string{"anna@example.org", "bounces@example.org", "bounces+" + strings.Repeat("a", 40) + "@example.org"} {
		if err := send(to, mail); err == nil || !strings.HasPrefix(err.Error(), "550") {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := send("x+"+tag+"@example.org", "Subject: holiday\r\n\r\nx"); err != nil {
		t.Errorf("a holiday note must not bounce: %v", err)
	}
	reports <- nil
	if err := send("x+"+tag+"@example.org", mail); err == nil || !strings.HasPrefix(err.Error(), "451") {
		t.Errorf("a report that can't be kept: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
