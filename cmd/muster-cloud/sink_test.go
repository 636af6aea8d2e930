package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// sink is a real mail server with TLS that keeps what it gets.
type sink struct {
	port        int
	authorities string // file with its certificate
	discard     bool

	mu    sync.Mutex
	on    func(to string) error // what it says to a mail for somebody; nil: yes
	cut   bool                  // it hangs up when it has the next text
	mails []envelope
	came  chan struct{} // closed and renewed at each mail
}

// envelope is a mail as a person sees it.
type envelope struct {
	from, to          string
	subject, language string
	text, html        string
	raw               []byte // as it came
}

func newSink(t testing.TB) *sink {
	t.Helper()
	s := &sink{came: make(chan struct{})}
	server := smtp.NewServer(s)
	server.Domain, server.EnableDSN, server.ErrorLog = "mail.example", true, log.New(io.Discard, "", 0)
	server.TLSConfig = s.certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close() // it may not have begun to listen, and then doesn't hear of it
		if err := <-ended; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

func (s *sink) certificate(t testing.TB) *tls.Config {
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
	s.authorities = filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(s.authorities, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}
}

// flags make a cloud send to the sink.
func (s *sink) flags() mailFlags {
	return mailFlags{
		SMTP: fmt.Sprintf("smtp://127.0.0.1:%d", s.port), SMTPAuthorities: s.authorities,
		From: "Muster <muster@acme.example>", Bounces: "bounces@acme.example",
	}
}

func (s *sink) say(on func(to string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
}

func (s *sink) got() []envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]envelope(nil), s.mails...)
}

// wait waits until so many mails have come.
func (s *sink) wait(t testing.TB, n int) []envelope {
	t.Helper()
	late := time.After(patience)
	for {
		s.mu.Lock()
		came, mails := s.came, len(s.mails)
		s.mu.Unlock()
		if mails >= n {
			return s.got()
		}
		select {
		case <-came:
		case <-late:
			t.Fatalf("%d mails of %d came", mails, n)
		}
	}
}

// NewSession begins a conversation.
func (s *sink) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &sinkSession{sink: s, conn: c.Conn()}, nil
}

type sinkSession struct {
	sink     *sink
	conn     net.Conn
	from, to string
}

func (n *sinkSession) Mail(from string, _ *smtp.MailOptions) error {
	n.from = from
	return nil
}

func (n *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	n.to = to
	n.sink.mu.Lock()
	on := n.sink.on
	n.sink.mu.Unlock()
	if on == nil {
		return nil
	}
	return on(to)
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
	l, err := read(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	l.raw = raw
	l.from, l.to = n.from, n.to
	s := n.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, l)
	if s.cut {
		s.cut = false
		_ = n.conn.Close()
	}
	close(s.came)
	s.came = make(chan struct{})
	return nil
}

func (*sinkSession) Reset()        {}
func (*sinkSession) Logout() error { return nil }

// read reads a mail as a program for mail does.
func read(r io.Reader) (l envelope, err error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return l, err
	}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, err
	}
	l.language = m.Header.Get("Content-Language")
	_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return l, err
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		var body io.Reader = p
		if strings.EqualFold(p.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(p)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return l, err
		}
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			l.html = string(text)
		} else {
			l.text = string(text)
		}
	}
}
