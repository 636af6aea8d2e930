package notify

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Security is how a connection to a mail server is protected.
type Security string

const (
	// STARTTLS begins in clear and insists on TLS before anything is said. Port 587.
	STARTTLS Security = "starttls"
	// TLS encrypts from the first byte. Port 465.
	TLS Security = "tls"
	// Clear encrypts nothing. Only a server on this machine may be spoken to so.
	Clear Security = "clear"
)

// SMTPSettings says how email leaves.
type SMTPSettings struct {
	Provider string // name in receipts and reports; default "smtp"
	Host     string
	Port     int // default by Security: 587, 465 or 25
	Security Security
	// User is empty where the server asks for no authentication.
	User     string
	Password Secret
	// Auth is one of Mechanisms; empty: the safest that the server offers.
	Auth     string
	From     string // the sender's address
	FromName string // used when a message brings no name of its own
	ReplyTo  string // used when a message brings none
	// Bounces is the address that bounce mails go to, such as bounces@example.org.
	// The mail server must deliver bounces+anything@example.org there too. Empty:
	// they go to From, and are known by the returned headers only.
	Bounces string
	Seal    Seal
	// Roots replaces the system's certificate authorities; nil: the system's.
	Roots *x509.CertPool
	// Hello is this machine's name for the server; empty: its host name.
	Hello string
	// Connections is how many sessions may be open at once; default 4.
	Connections int
	// PerSession is after how many messages a session is replaced, since servers
	// count; default 500.
	PerSession int
	// Timeout is for one step: connecting, or one message. Default a minute.
	Timeout time.Duration
	// Idle is for how long an unused session is trusted; default 20 seconds.
	Idle time.Duration
}

// Mechanisms lists the ways to authenticate that may be asked for by name.
var Mechanisms = []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "XOAUTH2"}

// bestFirst is tried when the admin names none. All but the first two show the
// password to the server; go-mail sends those only over TLS or to this machine.
var bestFirst = []mail.SMTPAuthType{
	mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5,
}

var errClear = errors.New("mail may go unencrypted only to this machine: use starttls or tls")

// complete fills in the defaults and says what is wrong.
func (s SMTPSettings) complete() (SMTPSettings, error) {
	if s.Host == "" {
		return s, errors.New("the mail server's host is missing")
	}
	if s.Security == "" {
		s.Security = STARTTLS
	}
	ports := map[Security]int{STARTTLS: 587, TLS: 465, Clear: 25}
	if _, ok := ports[s.Security]; !ok {
		return s, fmt.Errorf("unknown security %q: use starttls, tls or clear", s.Security)
	}
	if s.Port == 0 {
		s.Port = ports[s.Security]
	}
	if s.Port < 1 || s.Port > 65535 {
		return s, fmt.Errorf("port %d of the mail server is out of range", s.Port)
	}
	if s.Security == Clear && !loopback(s.Host) {
		return s, errClear
	}
	if err := s.credentials(); err != nil {
		return s, err
	}
	if err := s.addresses(); err != nil {
		return s, err
	}
	s.Provider = cmp.Or(s.Provider, "smtp")
	s.Connections = cmp.Or(s.Connections, 4)
	s.PerSession = cmp.Or(s.PerSession, 500)
	s.Timeout = cmp.Or(s.Timeout, time.Minute)
	s.Idle = cmp.Or(s.Idle, 20*time.Second)
	if s.Connections < 1 || s.PerSession < 1 || s.Timeout < 0 || s.Idle < 0 {
		return s, errors.New("connections, messages of a session and times can't be negative")
	}
	return s, nil
}

func (s *SMTPSettings) credentials() error {
	s.Auth = strings.ToUpper(s.Auth)
	switch {
	case s.Auth != "" && !slices.Contains(Mechanisms, s.Auth):
		return fmt.Errorf("unknown mechanism %q of authentication: use one of %s", s.Auth, strings.Join(Mechanisms, ", "))
	case s.User != "" && s.Password.Empty():
		return errors.New("the mail server's user has no password")
	case s.User == "" && (s.Auth != "" || !s.Password.Empty()):
		return errors.New("the mail server's password has no user")
	}
	return nil
}

func (s *SMTPSettings) addresses() (err error) {
	if s.From, err = address(s.From); err != nil {
		return fmt.Errorf("the sender %q is %w", s.From, err)
	}
	for what, a := range map[string]*string{"the address for answers": &s.ReplyTo, "the address for bounces": &s.Bounces} {
		if *a == "" {
			continue
		}
		given := *a
		if *a, err = address(given); err != nil {
			return fmt.Errorf("%s %q is %w", what, given, err)
		}
	}
	if local, _, _ := strings.Cut(s.Bounces, "@"); len(local)+1+tagLength > 64 {
		return fmt.Errorf("the address for bounces %q is too long: at most %d characters before the @", s.Bounces, 63-tagLength)
	}
	if !s.Password.Empty() && strings.ContainsAny(s.User+s.Password.Reveal(), "\x00\r\n") {
		return errors.New("the mail server's user or password holds a line end")
	}
	return nil
}

// client makes go-mail's dialer; one for each session, since it changes itself
// while it authenticates.
func (s *SMTPSettings) client(dial mail.DialContextFunc) (*mail.Client, error) {
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(s.Timeout), mail.WithTLSConfig(s.tls()), mail.WithDialContextFunc(dial)}
	switch s.Security {
	case STARTTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS:
		options = append(options, mail.WithSSL())
	default:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if s.Hello != "" {
		options = append(options, mail.WithHELO(s.Hello))
	}
	if s.User != "" {
		options = append(options, mail.WithUsername(s.User), mail.WithPassword(s.Password.Reveal()))
		if s.Auth == "" {
			options = append(options, mail.WithOpportunisticSMTPAuth(bestFirst...))
		} else {
			options = append(options, mail.WithSMTPAuth(mail.SMTPAuthType(s.Auth)))
		}
	}
	return mail.NewClient(s.Host, options...)
}

func (s *SMTPSettings) tls() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

func (s *SMTPSettings) endpoint() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
