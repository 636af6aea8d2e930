package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"muster/invite"
)

// Reporter takes what became known of messages. It may be told the same thing
// twice. When it fails, whoever brought the reports is asked to bring them again.
type Reporter func(ctx context.Context, reports []invite.Report) error

// Listener is a mail server that takes bounces and nothing else: for a domain of
// its own, whose MX points here.
type Listener struct {
	bounces *Bounces
	report  Reporter
	log     *slog.Logger
	server  *smtp.Server
}

// NewListener makes a server that calls itself domain.
func NewListener(b *Bounces, domain string, report Reporter, log *slog.Logger) *Listener {
	l := &Listener{bounces: b, report: report, log: log}
	s := smtp.NewServer(l)
	s.Domain = domain
	s.MaxMessageBytes = LongestBounce
	s.MaxRecipients = 4
	s.MaxLineLength = 4096
	s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
	s.EnableSMTPUTF8 = true
	s.ErrorLog = hushed{log}
	l.server = s
	return l
}

// mostConnections is how many connections may be open at once.
const mostConnections = 64

// Serve takes mails until ctx ends.
func (l *Listener) Serve(ctx context.Context, listener net.Listener) error {
	ended := context.AfterFunc(ctx, func() { _ = l.server.Close() })
	defer ended()
	err := l.server.Serve(netutil.LimitListener(listener, mostConnections))
	if ctx.Err() != nil || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// NewSession begins a conversation.
func (l *Listener) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &incoming{listener: l}, nil
}

// incoming is one mail on its way in.
type incoming struct {
	listener *Listener
	to       string
}

func (*incoming) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt refuses what isn't addressed to a bounce of ours, so that spam ends here.
func (i *incoming) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, ok := i.listener.bounces.Seal.Find(to); !ok {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	i.to = to
	return nil
}

func (i *incoming) Data(r io.Reader) error {
	reports, err := i.listener.bounces.Read(r, i.to)
	// Whatever was not read: the answer comes after the text's end.
	if _, copied := io.Copy(io.Discard, r); copied != nil {
		return copied
	}
	if err != nil {
		// Nothing for us, but taken: it must not bounce in turn.
		i.listener.log.Debug("a mail that reports nothing", "err", err)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := i.listener.report(ctx, reports); err != nil {
		i.listener.log.Error("a bounce could not be kept", "err", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	}
	return nil
}

func (i *incoming) Reset()      { i.to = "" }
func (*incoming) Logout() error { return nil }

// hushed keeps strangers' words out of the log.
type hushed struct{ log *slog.Logger }

func (h hushed) Printf(string, ...any) { h.log.Debug("a conversation with a mail server broke off") }

func (h hushed) Println(...any) { h.log.Debug("a conversation with a mail server broke off") }
