package notify_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"muster/cloud/notify"
	"muster/invite"
)

func TestMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := newSink(t, nil)
	n := s.sender(t, func(o *notify.SMTPSettings) { o.Bounces = "bounces@example.org" })
	m := message()
	receipt, err := n.Send(background(t), m)
	if err != nil {
		t.Fatal(err)
	}
	got := s.got()
	if len(got) != 1 {
		t.Fatalf("%d mails arrived", len(got))
	}
	h := got[0].parse(t).Header
	tag, _ := newSeal(t).Tag(m.ID)
	want := map[string]string{
		"Message-Id": "<" + tag + "@example.org>", "Auto-Submitted": "auto-generated", "Content-Language": "de",
		"X-Muster-Message": tag, "Subject": m.Subject, "User-Agent": "", "X-Mailer": "", "List-Unsubscribe": "",
	}
	for k, v := range want {
		if got, _ := new(mime.WordDecoder).DecodeHeader(h.Get(k)); got != v {
			t.Errorf("%s: %q, want %q", k, got, v)
		}
	}
	for k, v := range map[string][2]string{
		"From": {"Bäckerei Süß", "muster@example.org"}, "To": {"Anna Käfer", "anna@example.com"}, "Reply-To": {"Bäckerei Süß", "boss@example.net"},
	} {
		l, err := h.AddressList(k)
		if err != nil || len(l) != 1 || l[0].Name != v[0] || l[0].Address != v[1] {
			t.Errorf("%s: %v, %v", k, l, err)
		}
	}
	if at, err := h.Date(); err != nil || time.Since(at).Abs() > time.Hour {
		t.Errorf("Date: %v, %v", at, err)
	}
	if got[0].from != "bounces+"+tag+"@example.org" || got[0].to != "anna@example.com" {
		t.Errorf("envelope %s -> %s", got[0].from, got[0].to)
	}
	if got[0].ret != smtp.DSNReturnHeaders || len(got[0].notify) != 1 || got[0].notify[0] != smtp.DSNNotifyFailure {
		t.Errorf("asked for reports %v, returning %v", got[0].notify, got[0].ret)
	}
	if receipt.Provider != "smtp" || receipt.Reference != tag+"@example.org" {
		t.Errorf("receipt %+v", receipt)
	}
	plain, html := parts(t, got[0])
	if plain != "Hallo Anna,\r\n.\r\nÄpfel\r\n" || html != m.HTML {
		t.Errorf("text %q, HTML %q", plain, html)
	}
}

// parts decodes the two alternatives of a mail.
func parts(t *testing.T, r received) (plain, html string) {
	t.Helper()
	m := r.parse(t)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	var texts []string
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(raw))
	}
	if len(texts) != 2 {
		t.Fatalf("%d parts", len(texts))
	}
	return texts[0], texts[1]
}

func TestOneSessionCarriesManyMails(t *testing.T) {
	t.Parallel()
	s := newSink(t, nil)
	n := s.sender(t, func(o *notify.SMTPSettings) { o.PerSession = 40 })
	for range 100 {
		if _, err := n.Send(background(t), message()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.got()) != 100 || s.counted() != 3 {
		t.Errorf("%d mails over %d sessions, want 100 over 3", len(s.got()), s.counted())
	}
}

func TestAStaleSessionIsReplacedUnnoticed(t *testing.T) {
	t.Parallel()
	s := newSink(t, nil)
	n := s.sender(t, nil)
	for range 3 {
		if _, err := n.Send(background(t), message()); err != nil {
			t.Fatal(err)
		}
		s.hangUp()
	}
	if len(s.got()) != 3 {
		t.Errorf("%d mails arrived, want 3", len(s.got()))
	}
}

func TestNeverMoreSessionsThanAllowed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	open, most := 0, 0
	s := newSink(t, func(s *sink) {
		s.on = func(step, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			switch step {
			case "mail":
				open++
				most = max(most, open)
			case "data":
				open--
			}
			return nil
		}
	})
	n := s.sender(t, func(o *notify.SMTPSettings) { o.Connections = 3 })
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			for range 10 {
				if _, err := n.Send(background(t), message()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if s.counted() > 3 || most > 3 || len(s.got()) != 120 {
		t.Errorf("%d mails over %d sessions, %d at once", len(s.got()), s.counted(), most)
	}
}

func TestAnswersBecomeReasons(t *testing.T) {
	t.Parallel()
	answer := func(code, a, b, c int, words string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: words}
	}
	for name, c := range map[string]struct {
		step string
		err  error
		want invite.Undeliverable
	}{
		"nobody":             {"rcpt", answer(550, 5, 1, 1, "No such user"), invite.Undeliverable{Reason: invite.UnknownMailbox, Permanent: true}},
		"no domain":          {"rcpt", answer(550, 5, 1, 2, "Host unknown"), invite.Undeliverable{Reason: invite.UnknownDomain, Permanent: true}},
		"null MX":            {"rcpt", answer(556, 5, 1, 10, "Null MX"), invite.Undeliverable{Reason: invite.UnknownDomain, Permanent: true}},
		"bad syntax":         {"rcpt", answer(553, 5, 1, 3, "Bad syntax"), invite.Undeliverable{Reason: invite.BadAddress, Permanent: true}},
		"full for now":       {"rcpt", answer(452, 4, 2, 2, "Mailbox full"), invite.Undeliverable{Reason: invite.MailboxFull}},
		"full":               {"rcpt", answer(552, 5, 2, 2, "Over quota"), invite.Undeliverable{Reason: invite.MailboxFull, Permanent: true}},
		"grey":               {"rcpt", answer(450, 4, 7, 1, "Greylisted, come back"), invite.Undeliverable{Reason: invite.Refused}},
		"spam":               {"data", answer(554, 5, 7, 1, "Message looks like SPAM"), invite.Undeliverable{Reason: invite.Spam, Permanent: true}},
		"policy":             {"data", answer(550, 5, 7, 1, "Not by our policy"), invite.Undeliverable{Reason: invite.Refused, Permanent: true}},
		"relay":              {"rcpt", answer(554, 5, 7, 1, "Relay access denied"), invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true}},
		"large":              {"data", answer(552, 5, 3, 4, "Too big"), invite.Undeliverable{Reason: invite.TooLarge, Permanent: true}},
		"limit":              {"data", answer(550, 5, 4, 5, "Daily sending quota exceeded"), invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true}},
		"closing":            {"rcpt", answer(421, 4, 3, 2, "Shutting down"), invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true}},
		"plain 550, unknown": {"rcpt", answer(550, 5, 0, 0, "User unknown in table"), invite.Undeliverable{Reason: invite.UnknownMailbox, Permanent: true}},
		"plain 550":          {"rcpt", answer(550, 5, 0, 0, "Nope"), invite.Undeliverable{Reason: invite.Refused, Permanent: true}},
		"sender":             {"mail", answer(553, 5, 7, 1, "Sender not owned by user"), invite.Undeliverable{Reason: invite.ProviderRefused, Everybody: true}},
		"sender, for now":    {"mail", answer(451, 4, 3, 0, "Try later"), invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true}},
		"busy":               {"connect", answer(421, 4, 7, 0, "Too many connections"), invite.Undeliverable{Reason: invite.ProviderDown, Everybody: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			wrong := true
			s := newSink(t, func(s *sink) {
				s.on = func(step, _ string) error {
					mu.Lock()
					defer mu.Unlock()
					if wrong && step == c.step {
						return c.err
					}
					return nil
				}
			})
			n := s.sender(t, nil)
			_, err := n.Send(background(t), message())
			u := undeliverable(t, err)
			if u.Reason != c.want.Reason || u.Permanent != c.want.Permanent || u.Everybody != c.want.Everybody || u.Detail == "" {
				t.Errorf("got %+v, want %+v", u, c.want)
			}
			// Whatever was said about one message, the next one goes out.
			mu.Lock()
			wrong = false
			mu.Unlock()
			if _, err := n.Send(background(t), message()); err != nil {
				t.Errorf("the next message: %v", err)
			}
		})
	}
}

func TestEncryptionAndPasswords(t *testing.T) {
	t.Parallel()
	secured := newSink(t, func(s *sink) { certified(t, s) })
	login := func(o *notify.SMTPSettings) {
		o.Security, o.Roots, o.User, o.Password = notify.STARTTLS, secured.roots, "muster", notify.NewSecret("right")
	}
	if err := secured.sender(t, login).Check(background(t)); err != nil {
		t.Errorf("right password: %v", err)
	}
	if _, err := secured.sender(t, func(o *notify.SMTPSettings) { login(o); o.Auth = "plain" }).Send(background(t), message()); err != nil {
		t.Errorf("PLAIN by name: %v", err)
	}
	for name, change := range map[string]func(*notify.SMTPSettings){
		"wrong password":      func(o *notify.SMTPSettings) { o.Password = notify.NewSecret("wrong") },
		"unknown certificate": func(o *notify.SMTPSettings) { o.Roots = nil },
		"mechanism":           func(o *notify.SMTPSettings) { o.Auth = "SCRAM-SHA-256" },
	} {
		err := secured.sender(t, func(o *notify.SMTPSettings) { login(o); change(o) }).Check(background(t))
		if u := undeliverable(t, err); u.Reason != invite.ProviderRefused || !u.Everybody || u.Permanent || strings.Contains(err.Error(), "wrong\x00") {
			t.Errorf("%s: %+v", name, u)
		}
	}
	open := newSink(t, nil)
	err := open.sender(t, func(o *notify.SMTPSettings) { o.Security = notify.STARTTLS }).Check(background(t))
	if u := undeliverable(t, err); u.Reason != invite.ProviderRefused {
		t.Errorf("a server without STARTTLS: %+v", u)
	}
	if len(open.got()) != 0 {
		t.Error("mail went out in clear")
	}
}

func TestAServerThatIsAwayOrSilent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{port: l.Addr().(*net.TCPAddr).Port}
	n := s.sender(t, nil)
	ctx, cancel := context.WithCancelCause(t.Context())
	giveUp := errors.New("the program ends")
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		if c, err := l.Accept(); err == nil { // and says nothing
			cancel(giveUp)
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	}()
	if _, err := n.Send(ctx, message()); !errors.Is(err, giveUp) {
		t.Errorf("given up while the server was silent: %v", err)
	}
	<-taken
	_ = l.Close()
	_, err = n.Send(background(t), message())
	if u := undeliverable(t, err); u.Reason != invite.ProviderDown || !u.Everybody || u.Permanent {
		t.Errorf("nobody listens: %+v", u)
	}
}

func TestAddressesOfOtherAlphabets(t *testing.T) {
	t.Parallel()
	s := newSink(t, func(s *sink) { s.server.EnableSMTPUTF8 = true })
	n := s.sender(t, nil)
	m := message()
	m.To = "anna@bäckerei.example"
	if _, err := n.Send(background(t), m); err != nil {
		t.Fatal(err)
	}
	m = message()
	m.To = "käfer@example.com"
	if _, err := n.Send(background(t), m); err != nil {
		t.Fatal(err)
	}
	got := s.got()
	if got[0].to != "anna@xn--bckerei-5wa.example" || got[0].utf8 {
		t.Errorf("an international domain: %q, SMTPUTF8 %t", got[0].to, got[0].utf8)
	}
	if got[1].to != "käfer@example.com" || !got[1].utf8 {
		t.Errorf("an international mailbox: %q, SMTPUTF8 %t", got[1].to, got[1].utf8)
	}
	_, err := newSink(t, nil).sender(t, nil).Send(background(t), m)
	if u := undeliverable(t, err); u.Reason != invite.BadAddress || !u.Permanent {
		t.Errorf("a server that knows only ASCII: %+v", u)
	}
}

// When the connection breaks after the text nobody knows whether it was taken, and
// that is said; before its end nothing was taken. Sent again it is the same mail.
func TestConnectionBreaks(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]invite.Undeliverable{
		"data": {Reason: invite.PerhapsSent, Unknown: true},
		"rcpt": {Reason: invite.ProviderDown, Everybody: true},
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			var cut atomic.Bool
			s := newSink(t, func(s *sink) {
				s.on = func(at, _ string) error {
					if at == step && cut.CompareAndSwap(true, false) {
						s.hangUp()
					}
					return nil
				}
			})
			n := s.sender(t, nil)
			m := message()
			cut.Store(true)
			_, err := n.Send(background(t), m)
			u := undeliverable(t, err)
			if u.Reason != want.Reason || u.Unknown != want.Unknown || u.Everybody != want.Everybody || u.Permanent {
				t.Errorf("%+v, want %+v", u, want)
			}
			for range 2 {
				if _, err := n.Send(background(t), m); err != nil {
					t.Fatal(err)
				}
			}
			id := ""
			for _, r := range s.got() {
				now := r.parse(t).Header.Get("Message-Id")
				if id != "" && now != id || now == "" {
					t.Errorf("the same mail is called %s and %s", id, now)
				}
				id = now
			}
		})
	}
}
