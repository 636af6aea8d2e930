package swarm

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/device/activation"
	"muster/device/health"
	"muster/sync/link"
	"muster/sync/wire"
)

// light is a tablet without a store: a certificate of its own, the product's
// link, and a pulse. Thousands fit into one process.
type light struct {
	crowd    *Crowd
	gate     gate
	vain     vain
	kept     shelf
	keeper   *activation.Keeper
	stop     context.CancelFunc
	over     chan struct{} // closed once the link has ended; nil: there is none
	reached  atomic.Int64  // attempts that got as far as a TCP connection
	sessions atomic.Int64  // connections that came about
	online   atomic.Bool
	joined   atomic.Int64 // when the last of them did, in nanoseconds since 1970
}

// shelf keeps what an activation brings, in memory.
type shelf struct {
	mu       sync.Mutex
	progress device.Progress
	grant    device.Grant
}

// Progress implements activation.Store.
func (s *shelf) Progress(context.Context) (device.Progress, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress, nil
}

// KeepProgress implements activation.Store.
func (s *shelf) KeepProgress(_ context.Context, p device.Progress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = p
	return nil
}

// Activate implements activation.Store.
func (s *shelf) Activate(_ context.Context, g device.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant, s.progress = g, device.Progress{}
	return nil
}

// Credentials implements activation.CredentialStore.
func (s *shelf) Credentials(context.Context) (device.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grant.Credentials, nil
}

// KeepCredentials implements activation.CredentialStore.
func (s *shelf) KeepCredentials(_ context.Context, c device.Credentials) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant.Credentials = c
	return nil
}

// KeepIdentity implements activation.CredentialStore.
func (s *shelf) KeepIdentity(_ context.Context, id device.Identity) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant.Identity = id
	return nil
}

// activate gets a certificate for a code, as a tablet does, from an address.
func (t *light) activate(ctx context.Context, code string, from net.Addr) error {
	f := t.crowd.fleet
	t.kept.progress = device.Progress{Code: code}
	a := activation.New(activation.Config{
		Store: &t.kept, URL: f.Device, Roots: f.roots, Hardware: "swarm", Version: "swarm", Dial: (&net.Dialer{LocalAddr: from}).DialContext,
		Show: func(activation.Stage) {}, Logger: slog.New(slog.DiscardHandler),
	})
	if _, err := a.Run(ctx); err != nil {
		return err
	}
	var err error
	t.keeper, err = activation.NewKeeper(ctx, activation.KeeperConfig{
		Store: &t.kept, URL: f.Device, Roots: f.roots, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	return err
}

// credentials are what a tablet connects with; see link.Config.
type credentials func() (func(host string) *tls.Config, error)

// start keeps up a session with one of some brokers until end.
func (t *light) start(brokers []string, with credentials) {
	ctx, cancel := context.WithCancel(context.Background())
	id := t.kept.grant.Identity
	t.stop, t.over = cancel, make(chan struct{})
	l := link.New(link.Config{
		Address: wire.Address{Org: id.Org, Device: id.Device}, Brokers: func() []string { return brokers },
		TLS: with, Now: time.Now, Serve: t.serve, State: t.changed, Dial: t.dial,
		Refused: func(context.Context, error) {}, Logger: slog.New(slog.DiscardHandler),
	})
	go func() {
		defer close(t.over)
		l.Run(ctx)
	}()
}

func (t *light) end() {
	if t.over != nil {
		t.stop()
		<-t.over
		t.over = nil
	}
}

func (t *light) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.vain.dial(ctx, &t.gate, network, address)
	if err == nil {
		t.reached.Add(1)
	}
	return conn, err
}

func (t *light) changed(l device.Link) {
	if l.Online {
		t.joined.Store(l.Since.UnixNano())
	}
	t.online.Store(l.Online)
	if l.Online {
		t.sessions.Add(1)
	} else {
		t.crowd.lost(l.Reason)
	}
}

// serve sends a pulse as often as a tablet does, and listens.
func (t *light) serve(ctx context.Context, s *link.Session) error {
	started := time.Now()
	pulse := time.NewTimer(0)
	defer pulse.Stop()
	for {
		select {
		case <-pulse.C:
			body, err := proto.Marshal(&wire.Pulse{
				SentUs: time.Now().UnixMicro(), Version: "swarm", Reader: string(device.ReaderReady), StartedUs: started.UnixMicro(), Session: s.Name(),
			})
			if err != nil {
				return err
			}
			if err := s.Publish(wire.UpPulse, body); err != nil {
				return err
			}
			pulse.Reset(health.Interval)
		case <-s.Messages():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
