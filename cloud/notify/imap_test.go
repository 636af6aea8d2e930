package notify_test

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"muster/cloud/notify"
	"muster/invite"
)

// newIMAPServer starts a mail server with one mailbox on this machine.
func newIMAPServer(t *testing.T) string {
	t.Helper()
	users := imapmemserver.New()
	user := imapmemserver.NewUser("bounces", "right")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	users.AddUser(user)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

func putMail(t *testing.T, at string, mails ...string) {
	t.Helper()
	c, err := imapclient.DialInsecure(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("bounces", "right").Wait(); err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		m = strings.ReplaceAll(m, "\n", "\r\n")
		a := c.Append("INBOX", int64(len(m)), nil)
		if _, err := io.WriteString(a, m); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

func unread(t *testing.T, at string) int {
	t.Helper()
	c, err := imapclient.DialInsecure(at, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login("bounces", "right").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return len(found.AllUIDs())
}

func TestBouncesFromAMailbox(t *testing.T) {
	t.Parallel()
	at := newIMAPServer(t)
	id, tag := newTag(t)
	bounce := strings.ReplaceAll(dsn("Final-Recipient: rfc822; a@b.c\nAction: failed\nStatus: 5.1.1", headersBack), "TAG", tag)
	putMail(t, at, "Subject: spam\n\nwin", bounce)
	settings, err := notify.ParseIMAP("imap+clear://bounces@"+at+"/INBOX", notify.NewSecret("right"))
	if err != nil {
		t.Fatal(err)
	}
	var told []invite.Report
	fails := errors.New("the disk is full")
	m := notify.NewIMAP(settings, newBounces(t), func(_ context.Context, r []invite.Report) error {
		if fails != nil {
			return fails
		}
		told = append(told, r...)
		return nil
	}, slog.New(slog.DiscardHandler))
	if n, err := m.Look(background(t)); !errors.Is(err, fails) || n != 1 || unread(t, at) != 1 {
		t.Errorf("could not be kept: %d read, %v, %d unread", n, err, unread(t, at))
	}
	fails = nil
	for want := 1; want >= 0; want-- { // then there is nothing new
		if n, err := m.Look(background(t)); err != nil || n != want {
			t.Errorf("read %d, %v", n, err)
		}
	}
	if len(told) != 1 || told[0].Message != id || told[0].Reason != invite.UnknownMailbox || unread(t, at) != 0 {
		t.Errorf("told %+v, %d unread", told, unread(t, at))
	}
	settings.Password = notify.NewSecret("wrong")
	if _, err := notify.NewIMAP(settings, newBounces(t), nil, slog.New(slog.DiscardHandler)).Look(background(t)); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestMailboxesAddress(t *testing.T) {
	t.Parallel()
	s, err := notify.ParseIMAP("imaps://anna%40example.org@mail.example.org", notify.NewSecret("x"))
	if err != nil || s.Port != 993 || s.Security != notify.TLS || s.User != "anna@example.org" || s.Folder != "INBOX" {
		t.Errorf("%+v, %v", s, err)
	}
	for given, want := range map[string]string{
		"mail.example.org": "unknown kind", "imaps://me:pw@mail.example.org": "file of its own", "imaps://mail.example.org": "needs a host", "imap+clear://me@mail.example.org": "only to this machine",
		"imaps://me@mail.example.org:99999": "out of range", "imaps://me@mail.example.org?x=1": "no parameters",
	} {
		if _, err := notify.ParseIMAP(given, notify.NewSecret("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", given, want, err)
		}
	}
}
