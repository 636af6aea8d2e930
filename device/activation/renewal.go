package activation

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// ErrRevoked says that the cloud has taken this tablet's identity away.
var ErrRevoked = errors.New("this tablet has been revoked")

// CredentialStore keeps the tablet's keys and certificates.
type CredentialStore interface {
	Credentials(ctx context.Context) (device.Credentials, error)
	KeepCredentials(ctx context.Context, c device.Credentials) error
	KeepIdentity(ctx context.Context, id device.Identity) error
}

// KeeperConfig is what a keeper works with.
type KeeperConfig struct {
	Store   CredentialStore
	URL     string // the cloud's device address
	Roots   *x509.CertPool
	Now     func() time.Time // the best estimate of the cloud's time
	Renewed func(device.Identity)
	Dial    Dial                                       // nil: really
	Pause   func(context.Context, time.Duration) error // nil: really
	Logger  *slog.Logger
}

// Keeper holds the tablet's certificate and renews it in time, each time with a
// new key. The old key goes when the new certificate has been seen to work. Make
// one with NewKeeper; it is safe for use by many goroutines.
type Keeper struct {
	KeeperConfig
	client client
	early  float64 // where within the last third this tablet renews: 0 to 0.3

	renewing sync.Mutex // one request at a time

	mu       sync.Mutex
	creds    device.Credentials
	attempts int
	offered  []byte // the certificate of the last connection that was tried
}

// NewKeeper starts from what is kept.
func NewKeeper(ctx context.Context, c KeeperConfig) (*Keeper, error) {
	creds, err := c.Store.Credentials(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the credentials: %w", err)
	}
	if len(creds.Current.Certificate) == 0 {
		return nil, fmt.Errorf("open the credentials: %w: no certificate", device.ErrStorageDamaged)
	}
	if c.Pause == nil {
		c.Pause = pause
	}
	if c.Renewed == nil {
		c.Renewed = func(device.Identity) {}
	}
	return &Keeper{
		KeeperConfig: c, client: client{url: c.URL, roots: c.Roots, dial: c.Dial}, creds: creds,
		early: rand.Float64() * 0.3, // so that tablets activated together don't renew together
	}, nil
}

// TLS returns what the next connection is made with, to whichever host answers: one
// round may try several at a time, and Connected is to know with what. While a new
// certificate is on trial, every other round goes back to the old one.
func (k *Keeper) TLS() (func(host string) *tls.Config, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	use := k.creds.Current
	if next := k.creds.Next; next != nil && len(next.Certificate) > 0 {
		if k.attempts%2 == 0 {
			use = *next
		}
		k.attempts++
	}
	cert, err := pair(use)
	if err != nil {
		return nil, err
	}
	k.offered = use.Certificate
	return func(host string) *tls.Config { return believeOnly(k.Roots, host, &cert) }, nil
}

// Connected says that one of the last round was let in. If it was with the
// new certificate, the old one goes.
func (k *Keeper) Connected(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := k.creds.Next
	if next == nil || !bytes.Equal(k.offered, next.Certificate) {
		return nil
	}
	creds := device.Credentials{Authority: k.creds.Authority, Current: *next}
	if err := k.Store.KeepCredentials(context.WithoutCancel(ctx), creds); err != nil {
		return fmt.Errorf("drop the old certificate: %w", err)
	}
	k.creds, k.attempts = creds, 0
	return nil
}

// Due returns when the certificate is to be renewed: at two thirds of its life,
// or up to a third of the rest later.
func (k *Keeper) Due() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.newest()
	return c.RenewAfter.Add(time.Duration(float64(c.NotAfter.Sub(c.RenewAfter)) * k.early))
}

// newest returns the certificate that will be used longest.
func (k *Keeper) newest() device.Credential {
	if next := k.creds.Next; next != nil && len(next.Certificate) > 0 {
		return *next
	}
	return k.creds.Current
}

// Run renews the certificate whenever it is due. It ends with ctx, or with
// ErrRevoked.
func (k *Keeper) Run(ctx context.Context) error {
	failures := 0
	for {
		wait := k.Due().Sub(k.Now())
		if wait <= 0 {
			err := k.Renew(ctx)
			switch {
			case errors.Is(err, ErrRevoked), ctx.Err() != nil:
				return err
			case err != nil:
				failures++
				k.Logger.Warn("certificate not renewed", "error", err)
				wait = k.retry(failures)
			default:
				failures = 0
				continue
			}
		}
		// The clock may be set meanwhile: look again at least once an hour.
		if err := k.Pause(ctx, min(wait, time.Hour)); err != nil {
			return err
		}
	}
}

// retry returns how long to wait after a renewal that failed: short beside what
// is left of the certificate's life.
func (k *Keeper) retry(failures int) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.newest()
	high := min(max(c.NotAfter.Sub(c.RenewAfter)/20, time.Second), time.Hour)
	return max(Backoff(failures, time.Second, high), 100*time.Millisecond)
}

// Renew gets a certificate for a new key now. It is also how a tablet that is
// not let in finds out why: ErrRevoked. The new key is kept before the cloud is
// asked, so that a power cut before the answer reaches the disk costs nothing.
func (k *Keeper) Renew(ctx context.Context) error {
	k.renewing.Lock()
	defer k.renewing.Unlock()
	k.mu.Lock()
	creds := k.creds
	k.mu.Unlock()
	// The request is made with the certificate that has been seen to work; here
	// it counts even when it has expired.
	with, err := pair(creds.Current)
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	if creds.Next == nil || len(creds.Next.Certificate) > 0 {
		key, err := newKey()
		if err != nil {
			return fmt.Errorf("renew: %w", err)
		}
		creds.Next = &device.Credential{Key: key}
		if err := k.keep(ctx, creds); err != nil {
			return err
		}
	}
	key, err := parseKey(creds.Next.Key)
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	request, err := csr(key)
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	var reply wire.CertificateReply
	err = k.client.post(ctx, wire.PathRenew, &with, wire.RenewRequest{CSR: request}, &reply)
	if refused(err, wire.CodeRevoked) {
		return fmt.Errorf("renew: %w", ErrRevoked)
	}
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	grant, err := read(reply, creds.Next.Key)
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	creds.Authority, creds.Next = grant.Credentials.Authority, &grant.Credentials.Current
	if err := k.keep(ctx, creds); err != nil {
		return err
	}
	if err := k.Store.KeepIdentity(context.WithoutCancel(ctx), grant.Identity); err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	k.Renewed(grant.Identity)
	return nil
}

func (k *Keeper) keep(ctx context.Context, creds device.Credentials) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.Store.KeepCredentials(context.WithoutCancel(ctx), creds); err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	k.creds, k.attempts = creds, 0
	return nil
}
