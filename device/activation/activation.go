// Package activation makes a tablet known to the cloud and keeps it known: the
// claim that a manager approves, the first certificate, and its renewal.
//
// Each step is kept before the next one is tried, so that a power cut at any
// moment loses none: the same claim goes on where it was.
package activation

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"muster/device"
	"muster/sync/wire"
)

// Store keeps how far the activation has come.
type Store interface {
	Progress(ctx context.Context) (device.Progress, error)
	KeepProgress(ctx context.Context, p device.Progress) error
	// Activate commits what the activation brought, and forgets its progress.
	Activate(ctx context.Context, g device.Grant) error
}

// Step is how far an activation has come.
type Step int

// The steps, in order.
const (
	Asking   Step = iota // the cloud has not answered yet
	Waiting              // for a manager
	Fetching             // approved; the certificate is on its way
)

// Stage is what a person at the tablet may see of an activation.
type Stage struct {
	Step     Step
	UserCode string
	URL      string
	Complete string // with the code in it, for a QR code
	Words    []string
	Expires  time.Time
	Problem  string // a code of sync/wire or CodeOffline; empty when nothing is wrong
}

// Config is what an activation works with.
type Config struct {
	Store    Store
	URL      string // the cloud's device address: "https://host:port"
	Roots    *x509.CertPool
	Hardware string
	Version  string
	Dial     Dial                                       // nil: really
	Show     func(Stage)                                // called from Run
	Pause    func(context.Context, time.Duration) error // nil: really
	Logger   *slog.Logger
}

// Activation is one tablet's way to its first certificate. Make one with New.
type Activation struct {
	Config
	client client
	codes  chan string
	fresh  chan struct{}

	problem string
}

// New returns an activation that Run carries out.
func New(c Config) *Activation {
	if c.Pause == nil {
		c.Pause = pause
	}
	return &Activation{
		Config: c, client: client{url: c.URL, roots: c.Roots, dial: c.Dial},
		codes: make(chan string, 1), fresh: make(chan struct{}, 1),
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// EnterCode activates with a one-time code from the console, as typed. It
// returns at once; a code typed before the last one was answered takes its place.
func (a *Activation) EnterCode(code string) {
	for {
		select {
		case a.codes <- code:
			return
		default:
		}
		select {
		case <-a.codes:
		default:
		}
	}
}

// NewCode asks for a fresh user code.
func (a *Activation) NewCode() {
	select {
	case a.fresh <- struct{}{}:
	default:
	}
}

// Run goes on until the tablet is somebody, and returns what that brought. It
// ends early only with ctx, or when the store fails.
func (a *Activation) Run(ctx context.Context) (device.Grant, error) {
	failures := 0
	for {
		p, err := a.Store.Progress(ctx)
		if err != nil {
			return device.Grant{}, fmt.Errorf("activate: %w", err)
		}
		a.show(p)
		grant, wait, err := a.step(ctx, p)
		switch {
		case err != nil && ctx.Err() != nil:
			return device.Grant{}, ctx.Err()
		case errors.As(err, new(keepError)):
			return device.Grant{}, fmt.Errorf("activate: %w", err)
		case err != nil:
			failures++
			a.Logger.Warn("activation", "error", err)
			a.problem = code(err)
			wait = max(wait, Backoff(failures, time.Second, 30*time.Second))
		case grant != nil:
			return *grant, nil
		default:
			failures = 0
		}
		if err := a.rest(ctx, wait); err != nil {
			return device.Grant{}, err
		}
	}
}

// Backoff returns how long to wait after so many failures in a row: a time drawn
// evenly from 0 up to a limit that doubles each time, at most high ("full
// jitter", so that a crowd that was cut off together doesn't come back together).
func Backoff(failures int, low, high time.Duration) time.Duration {
	limit := high
	if failures < 30 {
		limit = min(high, low<<max(failures-1, 0))
	}
	return time.Duration(rand.Int64N(int64(limit) + 1))
}

// rest waits, or less when somebody at the tablet wants something.
func (a *Activation) rest(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan error, 1)
	go func() { over <- a.Pause(ctx, d) }()
	select {
	case err := <-over:
		return err
	case code := <-a.codes:
		cancel()
		<-over
		return a.keepCode(ctx, code)
	case <-a.fresh:
		cancel()
		<-over
		return a.forget(context.WithoutCancel(ctx))
	}
}

// forget gives up the claim that waits, for a new one. One that a manager has
// approved is as good as done, and stays.
func (a *Activation) forget(ctx context.Context) error {
	p, err := a.Store.Progress(ctx)
	if err != nil {
		return fmt.Errorf("activate: %w", err)
	}
	if p.Approved {
		return nil
	}
	a.problem = ""
	return a.keep(ctx, device.Progress{})
}

// maxCode is the longest code that is worth asking the cloud about.
const maxCode = 64

func (a *Activation) keepCode(ctx context.Context, code string) error {
	if len(code) > maxCode {
		a.problem = wire.CodeUnknownCode
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	p, err := a.Store.Progress(ctx)
	if err != nil {
		return fmt.Errorf("activate: %w", err)
	}
	p.Code = code
	a.problem = ""
	return a.keep(ctx, p)
}

// keepError is a failure of the store: nothing can go on without it.
type keepError struct{ error }

func (k keepError) Unwrap() error { return k.error }

func (a *Activation) keep(ctx context.Context, p device.Progress) error {
	if err := a.Store.KeepProgress(ctx, p); err != nil {
		return keepError{err}
	}
	return nil
}

func (a *Activation) show(p device.Progress) {
	s := Stage{
		UserCode: p.UserCode, URL: p.URL, Complete: p.Complete, Words: p.Words, Expires: p.Expires, Problem: a.problem,
	}
	switch {
	case p.Approved:
		s = Stage{Step: Fetching, Problem: a.problem}
	case p.DeviceCode != "":
		s.Step = Waiting
	}
	a.Show(s)
}
