package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// IMAPSettings names a mailbox that gets bounces, best one of its own: everything
// unread in it is read and marked as read.
type IMAPSettings struct {
	Host     string
	Port     int
	Security Security
	User     string
	Password Secret
	Folder   string         // default INBOX
	Roots    *x509.CertPool // nil: the system's
}

// ParseIMAP reads a mailbox's address: imaps://user@host/INBOX, or imap:// for
// STARTTLS, or imap+clear:// to this machine.
func ParseIMAP(address string, password Secret) (IMAPSettings, error) {
	u, err := url.Parse(address)
	if err != nil {
		return IMAPSettings{}, errors.New("the mailbox's address can't be read: use imaps://user@host/INBOX")
	}
	s := IMAPSettings{Host: u.Hostname(), User: u.User.Username(), Password: password, Folder: strings.Trim(u.Path, "/")}
	kinds := map[string]IMAPSettings{"imaps": {Security: TLS, Port: 993}, "imap": {Security: STARTTLS, Port: 143}, "imap+clear": {Security: Clear, Port: 143}}
	kind, ok := kinds[u.Scheme]
	_, secret := u.User.Password()
	switch {
	case !ok:
		return s, fmt.Errorf("unknown kind %q of mailbox: use imaps://, imap:// or imap+clear://", u.Scheme)
	case secret:
		return s, errors.New("the mailbox's address holds a password: put it into a file of its own")
	case s.Host == "" || s.User == "" || password.Empty():
		return s, errors.New("the mailbox needs a host, a user and a password")
	case kind.Security == Clear && !loopback(s.Host):
		return s, errClear
	case u.RawQuery != "" || u.Fragment != "":
		return s, errors.New("the mailbox's address takes no parameters")
	}
	s.Security, s.Port = kind.Security, kind.Port
	if p := u.Port(); p != "" {
		if _, err := fmt.Sscanf(p, "%d", &s.Port); err != nil || s.Port < 1 || s.Port > 65535 {
			return s, fmt.Errorf("port %s of the mailbox is out of range", p)
		}
	}
	if s.Folder == "" {
		s.Folder = "INBOX"
	}
	return s, nil
}

const (
	// mostMails is how many mails one look into the mailbox takes.
	mostMails = 500
	// longestLook is for how long one look may take.
	longestLook = 5 * time.Minute
)

// IMAP fetches bounces from a mailbox.
type IMAP struct {
	settings IMAPSettings
	bounces  *Bounces
	report   Reporter
	log      *slog.Logger
}

// NewIMAP makes what looks into a mailbox.
func NewIMAP(s IMAPSettings, b *Bounces, report Reporter, log *slog.Logger) *IMAP {
	return &IMAP{s, b, report, log}
}

// Run looks into the mailbox again and again until ctx ends.
func (m *IMAP) Run(ctx context.Context, every time.Duration) {
	for {
		if n, err := m.Look(ctx); err != nil && ctx.Err() == nil {
			m.log.Warn("the mailbox for bounces can't be read", "err", err)
		} else if n > 0 {
			m.log.Info("bounces were read", "mails", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

// Look reads what is unread, tells it, and marks it as read; it gives how many
// mails that were. A mail whose report could not be kept stays unread.
func (m *IMAP) Look(ctx context.Context) (read int, err error) {
	ctx, cancel := context.WithTimeout(ctx, longestLook)
	defer cancel()
	c, err := m.connect(ctx)
	if err != nil {
		return 0, fmt.Errorf("open the mailbox: %w", err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	if err := c.Login(m.settings.User, m.settings.Password.Reveal()).Wait(); err != nil {
		return 0, fmt.Errorf("log in to the mailbox: %w", err)
	}
	if _, err := c.Select(m.settings.Folder, nil).Wait(); err != nil {
		return 0, fmt.Errorf("open the mailbox's folder: %w", err)
	}
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		return 0, fmt.Errorf("search the mailbox: %w", err)
	}
	uids := found.AllUIDs()
	for _, uid := range uids[:min(len(uids), mostMails)] {
		if err := m.one(ctx, c, uid); err != nil {
			return read, err
		}
		read++
	}
	return read, c.Logout().Wait()
}

func (m *IMAP) connect(ctx context.Context) (*imapclient.Client, error) {
	endpoint := net.JoinHostPort(m.settings.Host, fmt.Sprint(m.settings.Port))
	secure := &tls.Config{ServerName: m.settings.Host, RootCAs: m.settings.Roots, MinVersion: tls.VersionTLS12}
	if m.settings.Security == TLS {
		conn, err := (&tls.Dialer{Config: secure}).DialContext(ctx, "tcp", endpoint)
		if err != nil {
			return nil, err
		}
		return imapclient.New(conn, nil), nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", endpoint)
	if err != nil {
		return nil, err
	}
	if m.settings.Security == Clear {
		return imapclient.New(conn, nil), nil
	}
	forget := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer forget()
	return imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: secure})
}

// one reads one mail, tells what it reports and marks it as read.
func (m *IMAP) one(ctx context.Context, c *imapclient.Client, uid imap.UID) error {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: LongestBounce}}
	fetch := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{section}})
	var raw bytes.Buffer
	for mail := fetch.Next(); mail != nil; mail = fetch.Next() {
		for item := mail.Next(); item != nil; item = mail.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil {
				if _, err := io.Copy(&raw, io.LimitReader(body.Literal, LongestBounce)); err != nil {
					return fmt.Errorf("read a mail: %w", err)
				}
			}
		}
	}
	if err := fetch.Close(); err != nil {
		return fmt.Errorf("read a mail: %w", err)
	}
	reports, err := m.bounces.Read(&raw, "")
	if err != nil {
		m.log.Debug("a mail that reports nothing", "err", err)
	} else if err := m.report(ctx, reports); err != nil {
		return fmt.Errorf("keep a bounce: %w", err)
	}
	seen := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}
	if err := c.Store(imap.UIDSetNum(uid), seen, nil).Close(); err != nil {
		return fmt.Errorf("mark a mail as read: %w", err)
	}
	return nil
}
