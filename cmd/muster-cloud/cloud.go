package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"muster/attendance"
	"muster/cloud/edge"
	"muster/cloud/fleet"
	"muster/cloud/guard"
	"muster/cloud/importer"
	"muster/cloud/ingest"
	"muster/cloud/store"
	"muster/device"
	"muster/internal/tables"
)

// Main is the whole cloud, put together. Run it, then Close it.
type Main struct {
	HTTPURL   string // of the console, as the listener has it
	DeviceURL string
	MQTT      string // "host:port"
	Authority string // path of the authority's certificate, PEM

	now      func() time.Time
	rate     int    // of the API, see rest.Config
	feedback string // where people say what they think; empty: the help
	log      *slog.Logger
	folder   *folder
	store    *store.Store
	edge     *edge.Edge
	fleet    *fleet.Service
	ingest   *ingest.Ingest
	mail     mailroom
	lists    *importer.Importer
	public   string
	trial    string // address of a simulated tablet; empty: there is none
	web      net.Listener
	device   net.Listener
	servers  []*http.Server

	name     string // of this replica
	replica  string // its name and what tells this run from others
	shared   bool   // other clouds may work on the database
	hub      *edge.Hub
	roll     roll
	clock    clockwatch
	drain    time.Duration
	undo     time.Duration // how long messages are held, see store.Hold
	draining atomic.Bool
	moved    atomic.Int64 // organisations of the database that count in another one

	stopBeating context.CancelFunc // nil: this cloud is alone
	beating     sync.WaitGroup
	stop        context.CancelFunc // of what runs in the background
	background  sync.WaitGroup
}

// open brings everything up but the web servers: they answer once Run is called.
func open(ctx context.Context, c serveCommand, now func() time.Time, log *slog.Logger) (_ *Main, err error) {
	m := &Main{log: log, now: now, shared: c.Store.postgres(), drain: c.Drain, undo: c.UndoTime, clock: clockwatch{limit: c.MaxSkew}}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.Close())
		}
	}()
	if err = m.openName(c); err != nil {
		return m, err
	}
	if m.folder, err = openFolder(c.Data); err != nil {
		return m, err
	}
	if err = m.openStore(ctx, c); err != nil {
		return m, err
	}
	authority, err := fleet.OpenAuthority(ctx, m.store, now)
	if err != nil {
		return m, err
	}
	m.Authority = m.folder.authority()
	if err = os.WriteFile(m.Authority, authority.PEM(), 0o644); err != nil { //nolint:gosec // it is public
		return m, fmt.Errorf("authority's certificate: %w", err)
	}
	certificate := authority.Server(serverNames(c)...)
	if err = m.openEdge(ctx, c, authority, certificate); err != nil {
		return m, err
	}
	if err = m.listen(ctx, c, certificate); err != nil {
		return m, err
	}
	m.openFleet(c, authority)
	if err = m.openMail(ctx, c); err != nil {
		return m, err
	}
	if err = m.openIngest(ctx, c.Store.writers()); err != nil {
		return m, err
	}
	return m, m.openWeb(c.TrustedProxy)
}

// openName gives the replica its name, and checks what it is to be joined to.
func (m *Main) openName(c serveCommand) (err error) {
	if m.name, err = c.name(); err != nil {
		return err
	}
	m.replica = m.name + "-" + rand.Text()
	if m.hub, err = c.hubFlags.open(m.log); err != nil {
		return err
	}
	if m.hub != nil && !m.shared {
		return errors.New("--hub joins clouds on one database: it needs --store with a postgres URL")
	}
	return nil
}

// wakeSender has the sender look at once, and again when what was ordered just now
// may leave. Should the program end before, the next one looks by itself.
func (m *Main) wakeSender() {
	m.mail.sender.Wake()
	if m.undo > 0 {
		time.AfterFunc(m.undo, m.mail.sender.Wake)
	}
}

func (m *Main) openEdge(ctx context.Context, c serveCommand, a *fleet.Authority, cert *fleet.Server) (err error) {
	m.edge, err = edge.Start(ctx, edge.Config{
		Listen: c.MQTT, Certificate: cert.Certificate, Authority: a.Pool(), Registry: m.store, Scratch: m.folder.scratch(), Logger: m.log, Twins: m.twins,
		Replica: m.name, Hub: m.hub,
	})
	if err != nil {
		return err
	}
	m.MQTT = reachable(m.edge.Addr())
	if m.clock.wrong.Load() {
		m.edge.Shut(ctx)
	}
	return nil
}

// twins keeps the alarm that two devices seem to run as the same tablet.
func (m *Main) twins(ctx context.Context, org attendance.OrgID, dev attendance.DeviceID, detail string) {
	if err := m.store.Alarm(ctx, org, dev, device.AlarmTwins, detail); err != nil {
		m.log.Error("alarm not kept", "device", dev, "err", err)
	}
}

func (m *Main) listen(ctx context.Context, c serveCommand, cert *fleet.Server) (err error) {
	var lc net.ListenConfig
	if m.web, err = lc.Listen(ctx, "tcp", c.HTTP); err != nil {
		return fmt.Errorf("console address: %w", err)
	}
	device, err := lc.Listen(ctx, "tcp", c.Device)
	if err != nil {
		return fmt.Errorf("device address: %w", err)
	}
	m.device = tls.NewListener(c.TrustedProxy.listener(device), &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: cert.Certificate, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.RequestClientCert, // renewal looks at it itself
	})
	m.HTTPURL = "http://" + reachable(m.web.Addr().String())
	m.DeviceURL = or(c.DeviceURL, "https://"+reachable(device.Addr().String()))
	m.public, m.rate, m.feedback, m.trial = or(c.PublicURL, m.HTTPURL), c.APIRate, string(c.Feedback), c.Simulator
	return nil
}

func (m *Main) openFleet(c serveCommand, a *fleet.Authority) {
	advertise := c.AdvertiseMQTT
	if len(advertise) == 0 {
		advertise = []string{m.MQTT}
	}
	m.fleet = fleet.New(fleet.Config{
		Store: m.store, Authority: a, Downlink: m.edge, PublicURL: m.public, MQTT: advertise,
		Life: c.CertificateLife, Now: m.now, Logger: m.log,
	})
}

func (m *Main) openIngest(ctx context.Context, writers int) error {
	heads, err := m.store.FeedHeads(ctx)
	if err != nil {
		return err
	}
	m.ingest = ingest.New(ingest.Config{
		Journal: m.store, Feed: m.store, Health: m.store, Downlink: m.edge, Attend: m.fleet.Attend,
		Heads: heads, Writers: writers, Now: m.now, Logger: m.log,
	})
	m.store.OnFeed(m.feedMoved)
	m.lists = importer.New(importer.Config{
		Store: m.store, Tables: tables.Reader{}, Contacts: tables.Contacts{}, Worker: m.replica, Now: m.now, Logger: m.log,
	})
	m.store.OnNews(func(org attendance.OrgID, n device.News) {
		m.edge.Announce(org, n.Topic, n.ID)
		if n.Topic == "intake" {
			m.lists.Wake()
		}
	})
	// Whichever replica was told of new messages, all have a look: the database gives
	// each message to one.
	for _, topic := range []string{"batch", "queue"} {
		if err := m.edge.OnNews(topic, m.wakeSender); err != nil {
			return err
		}
	}
	if err := m.edge.OnNews("notices", m.mail.doorman.Wake); err != nil {
		return err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	m.stop = stop
	m.background.Go(func() { m.ingest.Run(background) })
	m.background.Go(func() { m.lookAfter(background) })
	m.background.Go(func() { m.lookAfterFaces(background) })
	m.background.Go(func() { m.redate(background) })
	m.background.Go(func() { m.watchSetBack(background) })
	m.background.Go(func() { m.watchMoved(background) })
	for _, leaf := range ingest.Leaves() {
		if err := m.edge.Subscribe(leaf, m.handle); err != nil {
			return err
		}
	}
	if err := m.openReplicas(background); err != nil {
		return err
	}
	if err := m.runLists(background); err != nil {
		return err
	}
	return m.runMail(background)
}

func (m *Main) openWeb(p proxies) error {
	web, err := m.webHandler()
	if err != nil {
		return err
	}
	device := m.server(m.fleet.DeviceHandler())
	device.ReadTimeout, device.WriteTimeout = time.Minute, time.Minute
	// The console has pages that are answered for as long as somebody looks at
	// them, and these timeouts would end them.
	m.servers = []*http.Server{m.server(p.behind(guard.Body(web, time.Minute))), device}
	return nil
}

func (m *Main) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelDebug),
	}
}

// Run answers console, API and tablets until ctx ends.
func (m *Main) Run(ctx context.Context) error {
	listeners := []net.Listener{m.web, m.device}
	failed := make(chan error, len(m.servers))
	for i, s := range m.servers {
		m.background.Go(func() {
			if err := s.Serve(listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve %s: %w", listeners[i].Addr(), err)
			}
		})
	}
	select {
	case <-ctx.Done():
		m.sendAway()
		return nil
	case err := <-failed:
		return err
	}
}

// sendAway has load balancers and tablets go elsewhere, while what is under way
// is still answered.
func (m *Main) sendAway() {
	m.log.Info("stopping")
	m.draining.Store(true)
	time.Sleep(m.drain)
	m.edge.Drain(context.Background())
}

// graceful is how long requests may take to end when the cloud does.
const graceful = 2 * time.Second

// Close ends everything, within five seconds, and loses nothing: what is not
// committed was not acknowledged.
func (m *Main) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), graceful)
	defer cancel()
	var errs []error
	for _, s := range m.servers {
		if s.Shutdown(ctx) != nil { // live pages stay open until they are cut
			errs = append(errs, s.Close())
		}
	}
	for _, l := range []net.Listener{m.web, m.device} {
		if l != nil {
			_ = l.Close() //nolint:errcheck // closed already where Run was called
		}
	}
	m.stopBeat()
	if m.edge != nil {
		errs = append(errs, m.edge.Close())
	}
	if m.stop != nil {
		m.stop()
	}
	m.background.Wait()
	m.leave() // nobody notes any more that a tablet is here
	errs = append(errs, m.closeMail())
	if m.store != nil {
		errs = append(errs, m.store.Close())
	}
	if m.folder != nil {
		errs = append(errs, m.folder.Close())
	}
	return errors.Join(errs...)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
