package activation_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"testing"
	"time"

	"muster/device"
	"muster/device/activation"
	"muster/device/store"
	"muster/sync/wire"
)

// renewing is an activated tablet with a keeper of its certificate.
type renewing struct {
	*activation.Keeper
	t       *testing.T
	store   *store.Store
	now     time.Time
	pauses  chan time.Duration
	renewed chan device.Identity
	tablet  *tablet
}

func newRenewing(t *testing.T, c *cloud) *renewing {
	t.Helper()
	b := newTablet(t, c)
	s := b.open()
	_, done := b.activate(t.Context(), s)
	go c.keepApproving(t.Context(), done)
	if err := b.end(done); err != nil {
		t.Fatal(err)
	}
	r := &renewing{t: t, store: s, now: time.Now(), pauses: make(chan time.Duration), renewed: make(chan device.Identity, 10), tablet: b}
	t.Cleanup(func() { _ = r.store.Close() })
	r.open()
	return r
}

func (r *renewing) open() {
	r.t.Helper()
	var err error
	r.Keeper, err = activation.NewKeeper(r.t.Context(), activation.KeeperConfig{
		Store: r.store, URL: r.tablet.url, Roots: r.tablet.cloud.roots(), Now: func() time.Time { return r.now },
		Renewed: func(id device.Identity) { r.renewed <- id },
		Pause: func(ctx context.Context, d time.Duration) error {
			select {
			case r.pauses <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// restart is a power cut and a start.
func (r *renewing) restart() {
	r.t.Helper()
	if err := r.store.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.store = r.tablet.open()
	r.open()
}

func (r *renewing) creds() device.Credentials {
	r.t.Helper()
	c, err := r.store.Credentials(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// shows returns the certificate that the next connection is made with.
func (r *renewing) shows() []byte {
	r.t.Helper()
	with, err := r.TLS()
	if err != nil {
		r.t.Fatal(err)
	}
	cert, err := with("127.0.0.1").GetClientCertificate(&tls.CertificateRequestInfo{})
	if err != nil {
		r.t.Fatal(err)
	}
	return cert.Certificate[0]
}

// A new certificate is for a new key, and the old one stays until the new one
// has been seen to work.
func TestRenewal(t *testing.T) {
	t.Parallel()
	r := newRenewing(t, newCloud(t))
	old := r.creds().Current
	if err := r.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	creds := r.creds()
	if !bytes.Equal(creds.Current.Key, old.Key) || creds.Next == nil || bytes.Equal(creds.Next.Key, old.Key) || len(creds.Next.Certificate) == 0 {
		t.Fatal("after the renewal: want the old credential in use and a new one beside it, with a key of its own")
	}
	if id := <-r.renewed; id.Name != "Gate 2" {
		t.Errorf("renewed as %+v", id)
	}
	r.restart()
	first, second := r.shows(), r.shows()
	if !bytes.Equal(first, creds.Next.Certificate) || !bytes.Equal(second, old.Certificate) {
		t.Error("connections should try the new certificate, then the old one")
	}
	if err := r.Connected(t.Context()); err != nil || r.creds().Next == nil {
		t.Errorf("a connection with the old certificate dropped one (%v)", err)
	}
	r.shows()
	if err := r.Connected(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now := r.creds(); now.Next != nil || !bytes.Equal(now.Current.Certificate, creds.Next.Certificate) || !bytes.Equal(now.Current.Key, creds.Next.Key) {
		t.Error("a connection with the new certificate should make it the only one")
	}
	for range 2 {
		if !bytes.Equal(r.shows(), creds.Next.Certificate) {
			t.Error("afterwards the new certificate is used each time")
		}
	}
}

// The answer is lost after the cloud has signed: the next start asks again with
// the same new key.
func TestRenewalSurvivesAPowerCut(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	r := newRenewing(t, c)
	c.mu.Lock()
	c.cut = func(string) bool { return true }
	c.mu.Unlock()
	if err := r.Renew(t.Context()); err == nil {
		t.Fatal("no error though the answer was lost")
	}
	key := r.creds().Next.Key
	r.restart()
	c.mu.Lock()
	c.cut = nil
	c.mu.Unlock()
	if err := r.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.creds(); !bytes.Equal(got.Next.Key, key) || len(got.Next.Certificate) == 0 {
		t.Error("the key that was asked for is not the one that was kept")
	}
}

func TestExpiredCertificateRenews(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.begin = 2 * c.life
	r := newRenewing(t, c)
	cert, err := x509.ParseCertificate(r.creds().Current.Certificate)
	if err != nil || time.Now().Before(cert.NotAfter) {
		t.Fatalf("the certificate is good until %v, %v", cert.NotAfter, err)
	}
	c.mu.Lock()
	c.begin = 0
	c.mu.Unlock()
	if err := r.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !r.creds().Next.NotAfter.After(time.Now()) {
		t.Error("the new certificate has expired too")
	}
}

// It is renewed at two thirds of its life, or a little later, and not before.
func TestDue(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	r := newRenewing(t, c)
	cur := r.creds().Current
	rest := cur.NotAfter.Sub(cur.RenewAfter)
	if due := r.Due(); due.Before(cur.RenewAfter) || due.After(cur.RenewAfter.Add(rest/3)) {
		t.Errorf("due at %v, want within the first third of %v to %v", due, cur.RenewAfter, cur.NotAfter)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ran := make(chan error, 1)
	go func() { ran <- r.Run(ctx) }()
	if d := <-r.pauses; d <= 0 || d > time.Hour {
		t.Errorf("waits %v, want at most an hour", d)
	}
	<-r.pauses
	if n := c.count(wire.PathRenew); n != 0 {
		t.Errorf("%d renewals of a fresh certificate", n)
	}
	cancel()
	if err := <-ran; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	r.now = cur.NotAfter.Add(-rest / 2)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	go func() { ran <- r.Run(ctx) }()
	<-r.renewed
	cancel()
	<-ran
}

// The cloud's "revoked" is told apart from every other failure.
func TestRevoked(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	r := newRenewing(t, c)
	c.mu.Lock()
	c.cut = func(string) bool { return true }
	c.mu.Unlock()
	if err := r.Renew(t.Context()); err == nil || errors.Is(err, activation.ErrRevoked) {
		t.Errorf("without the cloud: %v", err)
	}
	c.mu.Lock()
	c.cut, c.revoked = nil, true
	c.mu.Unlock()
	if err := r.Renew(t.Context()); !errors.Is(err, activation.ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
	r.now = r.now.Add(100 * 24 * time.Hour)
	if err := r.Run(t.Context()); !errors.Is(err, activation.ErrRevoked) {
		t.Errorf("run: %v", err)
	}
	if len(r.creds().Current.Certificate) == 0 {
		t.Error("the certificate is gone")
	}
}

func TestBackoffHasBounds(t *testing.T) {
	t.Parallel()
	for failures := range 100 {
		for range 20 {
			if d := activation.Backoff(failures, time.Second, 30*time.Second); d < 0 || d > 30*time.Second || failures <= 1 && d > time.Second {
				t.Fatalf("%v after %d failures", d, failures)
			}
		}
	}
}
