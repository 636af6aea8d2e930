package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	netsmtp "net/smtp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"muster/cloud/onboarding"
	"muster/invite"
)

// A server that is busy is asked again later; meanwhile the person's row says why.
func TestBusyMailServer(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	id := c.people(1)[0]
	s.say(func(string) error {
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "Busy, come again"}
	})
	c.ask(id)
	p := c.turns(id, "waiting again", func(p invite.Person) bool { return p.State.Delivery == invite.Queued && p.Reason != "" })
	if !strings.Contains(p.Detail, "Busy") {
		t.Errorf("%+v", p)
	}
	s.say(nil)
	c.clock.forward(time.Hour)
	c.mail.sender.Wake()
	if p := c.arrives(id, invite.Sent); p.Reason != "" {
		t.Errorf("%+v", p)
	}
	if got := s.got(); len(got) != 1 {
		t.Errorf("%d mails", len(got))
	}
}

// J10, J11, B6: an address that nobody has is left alone from then on, visibly,
// until an admin lifts that.
func TestJ10J11UnknownMailbox(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	ids := c.people(2)
	s.say(func(to string) error {
		if strings.HasPrefix(to, "de0@") {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}
		}
		return nil
	})
	c.ask(ids...)
	p := c.arrives(ids[0], invite.Failed)
	if p.Reason != invite.UnknownMailbox || !strings.Contains(p.Detail, "No such user") || p.Blocked.Address != "de0@people.example" || p.State.Status() != invite.Problem {
		t.Errorf("%+v, %s", p, p.State.Status())
	}
	c.arrives(ids[1], invite.Sent) // in the same session
	if b := c.ask(ids[0]); b.Refused[invite.Obstacle(invite.AddressBlocked)] != 1 {
		t.Errorf("asked again: %+v", b)
	}
	s.say(nil)
	if err := c.store.LiftBlock(c.ctx(), c.admin, "de0@people.example"); err != nil {
		t.Fatal(err)
	}
	if b := c.ask(ids[0]); b.Queued != 1 {
		t.Errorf("after the lifting: %+v", b)
	}
	c.arrives(ids[0], invite.Sent)
}

const bounce = "From: MAILER-DAEMON@people.example\r\nTo: %[1]s\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n" +
	"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; people.example\r\n\r\n" +
	"Final-Recipient: rfc822; %[2]s\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n\r\n--x--\r\n"

// J12: a bounce mail that comes later, by real SMTP, shows in the person's row. One
// that somebody made up changes nothing.
func TestJ12BounceComesLater(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	flags := serveCommand{Data: t.TempDir(), mailFlags: s.flags()}
	flags.BounceListen = "127.0.0.1:0"
	c := startCloudWith(t, flags).found()
	ids := c.people(2)
	c.ask(ids[0])
	c.arrives(ids[0], invite.Sent)
	l := s.got()[0]
	at := c.mail.bounces.Addr().String()
	forged := strings.Replace(l.from, "+", "+a", 1)
	if err := netsmtp.SendMail(at, nil, "", []string{forged}, fmt.Appendf(nil, bounce, forged, l.to)); err == nil {
		t.Error("a made up bounce is taken")
	}
	if err := netsmtp.SendMail(at, nil, "", []string{l.from}, fmt.Appendf(nil, bounce, l.from, l.to)); err != nil {
		t.Fatal(err)
	}
	if p := c.arrives(ids[0], invite.Bounced); p.Reason != invite.UnknownMailbox || p.Blocked.Address != l.to || p.State.Status() != invite.Problem {
		t.Errorf("%+v", p)
	}
}

// J13: a provider that calls back is believed when it signs, and only then.
func TestB6ProviderCallsBack(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	flags := serveCommand{Data: t.TempDir(), mailFlags: s.flags()}
	secret := "a secret of thirty-two bytes, or so"
	flags.WebhookSecret = filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(flags.WebhookSecret, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := startCloudWith(t, flags).found()
	id := c.people(1)[0]
	c.ask(id)
	c.arrives(id, invite.Sent)
	var reference string
	if err := c.db.QueryRow(`SELECT reference FROM messages WHERE profile = ?`, id).Scan(&reference); err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"reports":[{"reference":%q,"event":"deliver"}]}`, reference)
	post := func(key string) int {
		t.Helper()
		at := strconv.FormatInt(time.Now().Unix(), 10)
		m := hmac.New(sha256.New, []byte(key))
		m.Write([]byte("one." + at + "." + body))
		r, err := http.NewRequestWithContext(c.ctx(), http.MethodPost, c.HTTPURL+"/hooks/mail", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Webhook-Id", "one")
		r.Header.Set("Webhook-Timestamp", at)
		r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if code := post("another secret of many bytes"); code != http.StatusForbidden || c.stands(id).State.Delivery != invite.Sent {
		t.Errorf("forged: %d, %s", code, c.stands(id).State.Delivery)
	}
	if code := post(secret); code != http.StatusNoContent {
		t.Errorf("genuine: %d", code)
	}
	c.arrives(id, invite.Delivered)
}

// dying is a queue that a worker loses when it is killed: from then on it notes
// nothing and gets nothing.
type dying struct {
	onboarding.Queue
	dead atomic.Bool
}

var errDead = errors.New("killed")

func (d *dying) TakeOn(ctx context.Context, w string, n int, until time.Time) ([]invite.Job, error) {
	if d.dead.Load() {
		return nil, errDead
	}
	return d.Queue.TakeOn(ctx, w, n, until)
}

func (d *dying) Turn(ctx context.Context, w string, o []invite.Outcome, h []invite.Handing) ([]invite.MessageID, error) {
	if d.dead.Load() {
		return nil, errDead
	}
	return d.Queue.Turn(ctx, w, o, h)
}

func (d *dying) Settle(ctx context.Context, w string, o []invite.Outcome) error {
	if d.dead.Load() {
		return errDead
	}
	return d.Queue.Settle(ctx, w, o)
}

// post counts what each address gets.
type post struct {
	mu   sync.Mutex
	got  map[string]int
	each func(n int) error
}

// Send takes a message unless each says otherwise.
func (p *post) Send(_ context.Context, m invite.Message) (invite.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.got == nil {
		p.got = map[string]int{}
	}
	if p.each != nil {
		if err := p.each(len(p.got) + 1); err != nil {
			return invite.Receipt{}, err
		}
	}
	p.got[m.To]++
	return invite.Receipt{Provider: "post"}, nil
}

// P6: a cloud that is killed while it sends to 200 people sends to nobody twice:
// the next one sends to those that nothing was begun for, and shows the others
// as sent.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	data, s := t.TempDir(), newSink(t)
	first := startCloudIn(t, data).found()
	ids := first.people(200)
	admin := first.admin
	first.end()

	db, err := address("").open(t.Context(), data, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	b, err := db.Ask(t.Context(), admin, invite.Order{To: invite.Selection{IDs: ids}})
	if err != nil || b.Queued != 200 {
		t.Fatalf("%+v, %v", b, err)
	}
	queue := &dying{Queue: db}
	killed := &post{each: func(n int) error {
		if n == 75 {
			queue.dead.Store(true)
		}
		if queue.dead.Load() {
			return errDead
		}
		return nil
	}}
	sender := onboarding.New(onboarding.Config{
		Queue: queue, Texts: db, Providers: map[invite.Channel]onboarding.Provider{invite.Email: killed}, PublicURL: "http://x", Worker: "killed", Now: time.Now, Logger: first.log,
	})
	for !queue.dead.Load() {
		_, _ = sender.Round(t.Context())
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(killed.got); n != 74 {
		t.Fatalf("%d had a mail when it was killed", n)
	}

	c := startCloudWith(t, serveCommand{Data: data, mailFlags: s.flags()})
	c.admin, c.org = admin, admin.Org
	for _, id := range ids {
		c.arrives(id, invite.Sent)
	}
	after := s.got()
	for _, l := range after {
		killed.got[l.to]++
	}
	for to, n := range killed.got {
		if n != 1 {
			t.Errorf("%s got %d mails", to, n)
		}
	}
	// Those that were about to be handed over at that moment count as sent.
	if n := len(killed.got); n < 200-32 || n > 200 || len(after) == 0 {
		t.Errorf("%d people have a mail, %d of the second cloud", n, len(after))
	}
}

// Two clouds on one database share the work, and nobody gets two mails.
func TestTwoCloudsSend(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	_, url := startPostgres(t)
	a := startCloudWith(t, serveCommand{Data: t.TempDir(), Store: url, mailFlags: s.flags()}).found()
	b := startCloudWith(t, serveCommand{Data: t.TempDir(), Store: url, mailFlags: s.flags()})
	ids := a.people(150)
	a.ask(ids...)
	b.mail.sender.Wake()
	got := map[string]int{}
	for _, l := range s.wait(t, 150) {
		got[l.to]++
	}
	b.end() // what it has sent is noted now; a hears of its own
	for _, id := range ids {
		a.arrives(id, invite.Sent)
	}
	for to, n := range got {
		if n != 1 {
			t.Errorf("%s got %d mails", to, n)
		}
	}
	if n := len(s.got()); n != 150 || len(got) != 150 {
		t.Errorf("%d mails to %d people", n, len(got))
	}
}

// J3, W8: what waits can be taken back while the rest is being sent; those people
// get nothing.
func TestUndoneWhileSending(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	c := mailingCloud(t, s)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var first sync.Once
	s.say(func(string) error {
		first.Do(func() { close(begun) })
		<-goOn
		return nil
	})
	ids := c.people(200)
	batch := c.ask(ids...)
	select {
	case <-begun:
	case <-time.After(patience):
		t.Fatal("nothing is sent")
	}
	n, err := c.store.UndoBatch(c.ctx(), c.admin, batch.ID)
	close(goOn)
	if err != nil || n == 0 || n == 200 {
		t.Fatalf("%d undone, %v", n, err)
	}
	mails := s.wait(t, 200-n)
	sent := 0
	for _, id := range ids {
		switch d := c.turns(id, "at an end", func(p invite.Person) bool { return p.State.Delivery != invite.Queued }).State; {
		case d.Delivery == invite.Sent:
			sent++
		case d.Delivery != invite.Revoked || d.Account != invite.Inactive:
			t.Errorf("%+v", d)
		}
	}
	if sent != 200-n || len(mails) != sent || len(s.got()) != sent {
		t.Errorf("%d undone, %d sent, %d mails", n, sent, len(s.got()))
	}
}

// A cloud that is stopped ends the mail that is under way, and the next one doesn't
// send it again.
func TestStoppedWhileSending(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	data := t.TempDir()
	c := startCloudWith(t, serveCommand{Data: data, mailFlags: s.flags()}).found()
	begun, goOn := make(chan struct{}), make(chan struct{})
	s.say(func(string) error {
		close(begun)
		<-goOn
		return nil
	})
	id := c.people(1)[0]
	c.ask(id)
	select {
	case <-begun:
	case <-time.After(patience):
		t.Fatal("nothing is sent")
	}
	c.stop() // what runs in the background, as Close does
	close(goOn)
	c.end()
	s.say(nil)
	again := startCloudWith(t, serveCommand{Data: data, mailFlags: s.flags()})
	again.admin, again.org = c.admin, c.org
	again.arrives(id, invite.Sent)
	if n := len(s.got()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// Flags that can't work are refused at the start, by name and without a secret.
func TestMailFlags(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]mailFlags{
		"--mail-from":           {SMTP: "smtp://127.0.0.1:1"},
		"--smtp-url":            {SMTP: "smtp://muster:hush@mail.example", From: "a@b.example"},
		"--smtp-password-file":  {SMTP: "smtp://muster@mail.example", SMTPPassword: "nowhere"},
		"--bounce-listen":       {BounceListen: "127.0.0.1:0"},
		"--sms-config":          {SMS: "nowhere"},
		"--webhook-secret-file": {WebhookSecret: "nowhere"},
		"--bounce-secret-file":  {BounceSecret: "nowhere"},
		"--bounce-imap-url":     {SMTP: "smtp://127.0.0.1:1", From: "a@b.example", BounceIMAP: "http://x"},
	} {
		var log bytes.Buffer
		_, err := open(t.Context(), serveCommand{Data: t.TempDir(), HTTP: "127.0.0.1:0", Device: "127.0.0.1:0", MQTT: "127.0.0.1:0", CertificateLife: time.Hour, mailFlags: f}, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error()+log.String(), "hush") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
