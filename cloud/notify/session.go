package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// step is how far a session came.
type step string

const (
	stepLogin step = "log in"
	stepMail  step = "name the sender"
	stepRcpt  step = "name the receiver"
	stepData  step = "send the text"
	stepEnd   step = "hear that it was taken"
)

// Only what could not be delivered comes back, and of that only the headers: the
// text holds a link that is nobody else's business.
const (
	returned = "HDRS"
	notified = "FAILURE"
)

// failure is a step that went wrong.
type failure struct {
	step step
	err  error
}

func (f *failure) Error() string { return string(f.step) + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// broken tells that the session can't go on: the connection is gone, or the server
// has said that it closes it.
func (f *failure) broken() bool {
	var answer *textproto.Error
	return !errors.As(f.err, &answer) || answer.Code == 421
}

// session is one connection, authenticated. One goroutine uses it at a time.
type session struct {
	client  *smtp.Client
	conn    net.Conn // beneath client, which lets nobody near while it waits
	timeout time.Duration
	sent    int
	spoiled bool // nobody knows what the server waits for; good for nothing more
	used    time.Time
}

// open connects and authenticates.
func (s *SMTPSettings) open(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	var conn net.Conn
	var forget func() bool
	client, err := s.client(func(dialing context.Context, network, _ string) (net.Conn, error) {
		c, err := s.dial(dialing, network)
		if err != nil {
			return nil, err
		}
		// From here on go-mail looks at ctx no more, nor does it close the
		// connection when a later step fails.
		conn, forget = c, context.AfterFunc(ctx, func() { _ = c.Close() })
		return c, nil
	})
	if err != nil {
		return nil, &failure{stepLogin, err}
	}
	c, err := client.DialToSMTPClientWithContext(ctx)
	if forget != nil && !forget() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return nil, &failure{stepLogin, err}
	}
	c.SetDSNMailReturnOption(returned)
	c.SetDSNRcptNotifyOption(notified)
	return &session{client: c, conn: conn, timeout: s.Timeout}, nil
}

func (s *SMTPSettings) dial(ctx context.Context, network string) (net.Conn, error) {
	if s.Security == TLS {
		return (&tls.Dialer{Config: s.tls()}).DialContext(ctx, network, s.endpoint())
	}
	return (&net.Dialer{}).DialContext(ctx, network, s.endpoint())
}

// send gives the server one letter. Its error is a *failure.
func (n *session) send(ctx context.Context, l *letter) error {
	if err := n.client.UpdateDeadline(n.timeout); err != nil {
		return &failure{stepMail, err}
	}
	defer context.AfterFunc(ctx, func() { _ = n.conn.SetDeadline(time.Unix(1, 0)) })()
	n.client.SkipSMTPUTF8(!l.unicode())
	if utf8, _ := n.client.Extension("SMTPUTF8"); l.unicode() && !utf8 {
		return &failure{stepRcpt, &textproto.Error{Code: 553, Msg: "5.6.7 the mail server takes only ASCII addresses"}}
	}
	if pipelining, _ := n.client.Extension("PIPELINING"); pipelining {
		if err := n.sendAtOnce(l); err != nil {
			return err
		}
	} else if err := n.sendStepwise(l); err != nil {
		return err
	}
	n.sent++
	return nil
}

// sendStepwise waits for the answer to each command.
func (n *session) sendStepwise(l *letter) error {
	if err := n.client.Mail("<" + l.from + ">"); err != nil {
		return &failure{stepMail, err}
	}
	if err := n.client.Rcpt("<" + l.to + ">"); err != nil {
		return &failure{stepRcpt, err}
	}
	w, err := n.client.Data()
	if err != nil {
		return &failure{stepData, err}
	}
	if _, err := w.Write(l.text); err != nil {
		return &failure{stepData, err}
	}
	if err := w.Close(); err != nil {
		return &failure{stepEnd, err}
	}
	return nil
}

// reset makes the server forget a letter that it refused.
func (n *session) reset() bool { return n.client.Reset() == nil }

// quit says goodbye, and hangs up in any case.
func (n *session) quit() {
	if n.client.UpdateDeadline(time.Second) == nil {
		_ = n.client.Quit()
	}
	n.abandon()
}

// abandon hangs up.
func (n *session) abandon() { _ = n.client.Close() }

// connectionLost tells trouble of the network from a server or a certificate that
// is not what the settings say.
func connectionLost(err error) bool {
	var untrusted *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &untrusted) || errors.As(err, &record) || errors.As(err, &unknown) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, context.DeadlineExceeded)
}
