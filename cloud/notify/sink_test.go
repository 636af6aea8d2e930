package notify_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/uuid"

	"muster/cloud/notify"
	"muster/invite"
)

// sink is a real mail server that keeps what it gets.
type sink struct {
	server  *smtp.Server
	port    int
	roots   *x509.CertPool
	on      func(step, argument string) error // nil error: go on
	discard bool

	mu       sync.Mutex
	mails    []received
	sessions int
	conns    []net.Conn
}

type received struct {
	from, to string
	raw      []byte
	utf8     bool
	notify   []smtp.DSNNotify
	ret      smtp.DSNReturn
}

func (r received) parse(t testing.TB) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(r.raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (s *sink) got() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *sink) counted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// hangUp cuts every connection, as servers do with idle ones.
func (s *sink) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

func (s *sink) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	s.sessions++
	s.conns = append(s.conns, c.Conn())
	s.mu.Unlock()
	if err := s.ask("connect", ""); err != nil {
		return nil, err
	}
	return &sinkSession{sink: s}, nil
}

func (s *sink) ask(step, argument string) error {
	if s.on == nil {
		return nil
	}
	return s.on(step, argument)
}

type sinkSession struct {
	sink *sink
	now  received
}

func (n *sinkSession) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (n *sinkSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if err := n.sink.ask("auth", user); err != nil {
			return err
		}
		if user != "muster" || password != "right" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Authentication failed"}
		}
		return nil
	}), nil
}

func (n *sinkSession) Mail(from string, o *smtp.MailOptions) error {
	n.now = received{from: from, utf8: o.UTF8, ret: o.Return}
	return n.sink.ask("mail", from)
}

func (n *sinkSession) Rcpt(to string, o *smtp.RcptOptions) error {
	n.now.to, n.now.notify = to, o.Notify
	return n.sink.ask("rcpt", to)
}

func (n *sinkSession) Data(r io.Reader) error {
	if n.sink.discard {
		_, err := io.Copy(io.Discard, r)
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := n.sink.ask("data", ""); err != nil {
		return err
	}
	n.now.raw = raw
	n.sink.mu.Lock()
	n.sink.mails = append(n.sink.mails, n.now)
	n.sink.mu.Unlock()
	return nil
}

func (*sinkSession) Reset()        {}
func (*sinkSession) Logout() error { return nil }

// newSink starts a mail server on this machine.
func newSink(t testing.TB, change func(*sink)) *sink {
	t.Helper()
	s := &sink{}
	s.server = smtp.NewServer(s)
	s.server.Domain = "mail.example.org"
	s.server.AllowInsecureAuth = true
	s.server.EnableDSN = true
	s.server.ErrorLog = quiet{}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	done := make(chan error, 1)
	go func() { done <- s.server.Serve(l) }()
	t.Cleanup(func() {
		_ = s.server.Close()
		_ = l.Close() // it may not have begun to listen, and then doesn't hear of it
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// certified gives the sink a certificate for the address 127.0.0.1.
func certified(t testing.TB, s *sink) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(cert)
	s.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}
}

func newSeal(t testing.TB) notify.Seal {
	t.Helper()
	seal, err := notify.NewSeal(notify.NewSecret("a secret that is long enough"))
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

// sender makes an SMTP sender to the sink.
func (s *sink) sender(t testing.TB, change func(*notify.SMTPSettings)) *notify.SMTP {
	t.Helper()
	settings := notify.SMTPSettings{
		Host: "127.0.0.1", Port: s.port, Security: notify.Clear, From: "muster@example.org", FromName: "Muster",
		Seal: newSeal(t), Timeout: 20 * time.Second,
	}
	if change != nil {
		change(&settings)
	}
	n, err := notify.NewSMTP(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func message() invite.Message {
	return invite.Message{
		ID: invite.MessageID(uuid.NewString()), Channel: invite.Email, To: "anna@example.com", Name: "Anna Käfer", Sender: "Bäckerei Süß",
		ReplyTo: "boss@example.net", Language: "de", Subject: "Willkommen – dein Zugang", Text: "Hallo Anna,\n.\nÄpfel\n", HTML: "<p>Hallo Anna</p>",
	}
}

func undeliverable(t testing.TB, err error) *invite.Undeliverable {
	t.Helper()
	var u *invite.Undeliverable
	if !errors.As(err, &u) {
		t.Fatalf("got error %v, want *invite.Undeliverable", err)
	}
	return u
}

func background(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
