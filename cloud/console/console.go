package console

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"muster/access"
	"muster/cloud/pages"
	"muster/cloud/ratelimit"
	"muster/cloud/words"
	"muster/invite"
)

// console is the handler with everything it was configured with.
type console struct {
	people    People
	fleet     Fleet
	imports   Imports
	news      News
	sessions  *scs.SessionManager
	attempts  *ratelimit.Limiter
	assets    *assets
	texts     *words.Texts
	pages     *pages.Templates
	https     bool
	now       func() time.Time
	log       *slog.Logger
	address   func(*http.Request) string
	origin    string // of the public URL, such as https://muster.example
	contacts  Contacts
	sheets    Sheets
	mail      Mailroom
	lists     Lists
	outages   func() []invite.Outage
	qr        func(text string) ([][]bool, error)
	exporter  *Exporter // nil: no list can be taken away
	resolver  Resolver
	simulator string              // address of a simulated tablet; empty: there is none
	operators Operators           // nil: nobody runs the cloud by pages
	desk      *scs.SessionManager // of operators
	feedback  string              // an address; empty: the help
	base      string              // the public URL, without a slash at its end
	start     string              // where people enter a code that was handed out
}

// New makes the console. It serves every path that no other handler of the
// cloud's address has; mount it at "/".
func New(cfg Config) (http.Handler, error) {
	if cfg.PublicURL == nil || cfg.PublicURL.Host == "" {
		return nil, errors.New("console: a public URL is needed")
	}
	c := &console{
		people: cfg.People, fleet: cfg.Fleet, imports: cfg.Imports, news: cfg.News,
		https:   cfg.PublicURL.Scheme == "https",
		origin:  cfg.PublicURL.Scheme + "://" + cfg.PublicURL.Host,
		now:     cfg.Now,
		log:     cfg.Log,
		address: cfg.Address,

		contacts: cfg.Contacts, sheets: cfg.Sheets, mail: cfg.Mail, lists: cfg.Lists, qr: cfg.QR, start: cfg.Start, resolver: cfg.Resolver, outages: cfg.Outages, feedback: cfg.Feedback, operators: cfg.Operators, simulator: cfg.Simulator,
		base: strings.TrimRight(cfg.PublicURL.String(), "/"),
	}
	if cfg.Tables != nil {
		c.exporter = newExporter(c, cfg)
	}
	if c.start == "" {
		c.start = strings.TrimRight(cfg.PublicURL.String(), "/") + "/my/login"
	}
	if c.resolver == nil {
		c.resolver = net.DefaultResolver
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.Default()
	}
	if c.address == nil {
		c.address = func(r *http.Request) string { return access.HostOf(r.RemoteAddr) }
	}
	c.attempts = ratelimit.New(c.now, attemptBurst, attemptEvery)
	c.sessions = pages.NewSessions(cfg.Sessions, "muster", sessionIdle, sessionLife, c.https, c.log)
	c.desk = pages.NewSessions(cfg.Sessions, "muster-operator", deskIdle, deskLife, c.https, c.log)
	var err error
	if c.assets, err = loadAssets(); err != nil {
		return nil, fmt.Errorf("console assets: %w", err)
	}
	if !c.assets.Has("kit/tabler.css") {
		c.log.Warn("the console has no style: run scripts/console-assets and build again")
	}
	if c.texts, err = loadTexts(); err != nil {
		return nil, fmt.Errorf("console texts: %w", err)
	}
	if c.pages, err = loadPages(); err != nil {
		return nil, fmt.Errorf("console pages: %w", err)
	}
	cross := http.NewCrossOriginProtection()
	if err := cross.AddTrustedOrigin(c.origin); err != nil {
		return nil, fmt.Errorf("console: public URL: %w", err)
	}
	cross.SetDenyHandler(c.passive(c.public(func(*visit) error { return pages.ErrCrossOrigin })))
	return c.secured(cross.Handler(c.routes())), nil
}
