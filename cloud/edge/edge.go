package edge

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"muster/attendance"
)

// Registry knows the tablets.
type Registry interface {
	// Admit tells which organisation the tablet belongs to that shows the
	// certificate of that serial number (hexadecimal), or why it may not come in.
	Admit(ctx context.Context, dev attendance.DeviceID, serial string) (attendance.OrgID, error)
}

// Config is what an edge needs.
type Config struct {
	Listen      string // "host:port"; port 0 takes a free one
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	Authority   *x509.CertPool // signs the tablets' certificates
	Registry    Registry
	Scratch     string // an existing folder; the edge makes one of its own inside and removes it
	Replica     string // the name of this replica among others, for logs and the hub's own lists; letters, digits, "-" and "_"
	Hub         *Hub   // nil: there is only this edge
	Logger      *slog.Logger
	// Twins is told of a tablet whose connections from two addresses take turns
	// while both are alive: perhaps two devices run as the same tablet. nil: nobody
	// wants to know.
	Twins func(ctx context.Context, org attendance.OrgID, dev attendance.DeviceID, detail string)

	// Connections bounds how many may be open at once, silent ones included.
	// 0: 20,000.
	Connections int
	// Pending bounds how many messages of one leaf may wait for their handler
	// before new ones are dropped and counted. 0: 100,000.
	Pending int
}

// Edge is a running broker. Make one with Start; it is safe for use by many
// goroutines.
type Edge struct {
	log      *slog.Logger
	registry Registry
	signer   nkeys.KeyPair
	scratch  string
	srv      *server.Server
	nc       *nats.Conn
	closed   chan struct{} // when the connection is
	ctx      context.Context
	cancel   context.CancelFunc
	workers  sync.WaitGroup
	addr     string
	pending  int
	twins    func(ctx context.Context, org attendance.OrgID, dev attendance.DeviceID, detail string)
	seen     takeovers
	lines    lines
	guests   guests
	self     string // names this edge to others, and no other
	hub      hubWatch
	draining atomic.Bool
	shut     atomic.Bool // until Reopen

	mu   sync.Mutex
	subs []*nats.Subscription
}

// Start brings an edge up and returns when tablets can connect. ctx bounds the
// start only; end the edge with Close.
func Start(ctx context.Context, cfg Config) (*Edge, error) {
	signer, err := nkeys.CreateAccount()
	if err != nil {
		return nil, fmt.Errorf("edge: make a signing key: %w", err)
	}
	scratch, err := os.MkdirTemp(cfg.Scratch, "edge-")
	if err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	e := &Edge{log: cfg.Logger, registry: cfg.Registry, signer: signer, scratch: scratch, closed: make(chan struct{}), pending: cfg.Pending, twins: cfg.Twins, self: rand.Text()}
	if e.pending == 0 {
		e.pending = defaultPending
	}
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := e.start(ctx, cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("edge: %w", err), e.Close())
	}
	return e, nil
}

func (e *Edge) start(ctx context.Context, cfg Config) error {
	user, err := nkeys.CreateUser()
	if err != nil {
		return fmt.Errorf("make the cloud's key: %w", err)
	}
	public, err := user.PublicKey()
	if err != nil {
		return fmt.Errorf("make the cloud's key: %w", err)
	}
	opts, err := options(cfg, e.scratch, public, e.signer, e.greet)
	if err != nil {
		return err
	}
	if e.srv, err = server.NewServer(opts); err != nil {
		return err
	}
	fatal := make(chan error, 1)
	e.srv.SetLoggerV2(&logger{log: e.log, fatal: fatal}, false, false, false)
	e.srv.Start()
	if err := ready(ctx, e.srv, fatal); err != nil {
		return err
	}
	e.nc, err = nats.Connect("", nats.InProcessServer(e.srv), nats.Nkey(public, user.Sign), nats.Name("muster-cloud"),
		nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), nats.ErrorHandler(e.trouble),
		nats.ClosedHandler(func(*nats.Conn) { close(e.closed) }))
	if err != nil {
		return fmt.Errorf("connect to the own broker: %w", err)
	}
	e.addr = net.JoinHostPort(opts.MQTT.Host, strconv.Itoa(opts.MQTT.Port))
	if err := e.makeStreams(ctx); err != nil {
		return err
	}
	if err := e.serveCallout(); err != nil {
		return err
	}
	if err := e.serveKicks(); err != nil {
		return err
	}
	if cfg.Hub != nil {
		if err := e.serveArrivals(); err != nil {
			return err
		}
		e.watchHub()
	}
	return e.nc.FlushTimeout(lookupTimeout)
}

// ready waits until the broker listens. It says at once why it can't.
func ready(ctx context.Context, srv *server.Server, fatal <-chan error) error {
	for range 200 {
		if srv.ReadyForConnections(100 * time.Millisecond) {
			return nil
		}
		select {
		case err := <-fatal:
			return err
		case <-ctx.Done():
			return ctx.Err()
		default:
		}
	}
	return errors.New("the broker was not ready within 20 s")
}

// Addr returns "host:port" where tablets connect.
func (e *Edge) Addr() string { return e.addr }

// Running tells whether tablets can connect.
func (e *Edge) Running() bool { return e.srv.Running() && e.nc.IsConnected() && !e.draining.Load() }

// Close disconnects everybody, after what has arrived was handed over, and ends
// every goroutine of the edge.
func (e *Edge) Close() error {
	var err error
	if e.nc != nil {
		if err = e.nc.Drain(); err == nil {
			select {
			case <-e.closed:
			case <-time.After(2 * time.Second):
			}
		}
		e.nc.Close()
	}
	e.cancel()
	e.guests.close()
	if e.srv != nil {
		e.srv.Shutdown()
		e.srv.WaitForShutdown()
	}
	e.workers.Wait()
	return errors.Join(err, os.RemoveAll(e.scratch))
}

// trouble is told what goes wrong outside any call.
func (e *Edge) trouble(_ *nats.Conn, sub *nats.Subscription, err error) {
	if sub == nil {
		e.log.Warn("edge", "err", err)
		return
	}
	dropped, _ := sub.Dropped() //nolint:errcheck // 0 where the subscription is gone
	e.log.Warn("edge", "err", err, "subject", sub.Subject, "dropped", dropped)
}
