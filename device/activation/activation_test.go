package activation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"muster/device"
	"muster/device/activation"
	"muster/device/store"
	"muster/sync/wire"
)

// tablet is a tablet's activation over a real store that may be opened again.
type tablet struct {
	t      *testing.T
	dir    string
	cloud  *cloud
	url    string
	stages chan activation.Stage
	pauses chan time.Duration // each pause ends when it is received
}

func newTablet(t *testing.T, c *cloud) *tablet {
	return &tablet{t: t, dir: t.TempDir(), cloud: c, url: c.server.URL, stages: make(chan activation.Stage, 1000), pauses: make(chan time.Duration)}
}

func (b *tablet) open() *store.Store {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), b.dir)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// activate starts an activation; its result comes later.
func (b *tablet) activate(ctx context.Context, s activation.Store) (*activation.Activation, <-chan error) {
	a := activation.New(activation.Config{
		Store: s, URL: b.url, Roots: b.cloud.roots(), Hardware: "Test bench", Version: "1", Logger: slog.New(slog.DiscardHandler),
		Show: func(st activation.Stage) { b.stages <- st },
		Pause: func(ctx context.Context, d time.Duration) error {
			select {
			case b.pauses <- d:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	})
	done := make(chan error, 1)
	go func() {
		_, err := a.Run(ctx)
		done <- err
	}()
	return a, done
}

// until lets pauses pass until a stage is shown that f wants.
func (b *tablet) until(f func(activation.Stage) bool) activation.Stage {
	b.t.Helper()
	patience := time.After(5 * time.Minute)
	for {
		select {
		case s := <-b.stages:
			if f(s) {
				return s
			}
		case <-b.pauses:
		case <-patience:
			b.t.Fatal("never shown")
		}
	}
}

// end lets pauses pass until the activation ends.
func (b *tablet) end(done <-chan error) error {
	b.t.Helper()
	patience := time.After(5 * time.Minute)
	for {
		select {
		case err := <-done:
			return err
		case <-b.stages:
		case <-b.pauses:
		case <-patience:
			b.t.Fatal("the activation doesn't end")
		}
	}
}

func waiting(s activation.Stage) bool { return s.Step == activation.Waiting }

func TestApprovedByAManager(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	b := newTablet(t, c)
	s := b.open()
	defer s.Close() //nolint:errcheck // at the end
	_, done := b.activate(t.Context(), s)
	st := b.until(waiting)
	p, err := s.Progress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(p.Key)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public())
	if err == nil && !slices.Equal(st.Words, device.Words(pub)) {
		t.Errorf("words %v are not the key's", st.Words)
	}
	if st.UserCode != "BCDF-GHJK" || st.URL == "" || st.Complete == "" || st.Problem != "" {
		t.Errorf("stage %+v", st)
	}
	c.decide(wire.ClaimApproved)
	if err := b.end(done); err != nil {
		t.Fatal(err)
	}
	checkActivated(t, s, c)
}

func checkActivated(t *testing.T, s *store.Store, c *cloud) {
	t.Helper()
	id, ok, err := s.Identity(t.Context())
	if !ok || err != nil || string(id.Device) != c.device || id.Name != "Gate 2" || len(id.MQTT) != 1 {
		t.Errorf("identity %+v, %v, %v", id, ok, err)
	}
	creds, err := s.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(creds.Current.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if cert.Subject.CommonName != c.device || creds.Next != nil || creds.Current.RenewAfter.IsZero() {
		t.Errorf("credentials %+v", creds)
	}
	if head, err := s.Head(t.Context()); err != nil || head.Stream == [16]byte{} || head.Seq != 0 {
		t.Errorf("journal at %+v, %v", head, err)
	}
	if p, err := s.Progress(t.Context()); err != nil || p.DeviceCode != "" {
		t.Errorf("progress left behind: %+v, %v", p, err)
	}
}

// The power is cut before and after each single write to the store and each
// single answer of the cloud: the next start goes on and ends as the same
// tablet, having asked no second claim.
func TestPowerCutAtEachStep(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"approved by a manager", "code from the console"} {
		for cut := 1; ; cut++ {
			c := newCloud(t)
			c.codes["WXYZ-2345"] = true
			b := newTablet(t, c)
			if way == "code from the console" {
				s := b.open()
				if err := s.KeepProgress(t.Context(), device.Progress{Code: "WXYZ-2345"}); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			powerCut, cuts := runWithCut(t, b, c, cut)
			if !powerCut {
				t.Logf("%s: %d moments tried", way, cuts)
				if cuts < 6 {
					t.Errorf("%s: only %d moments tried", way, cuts)
				}
				break
			}
			// Power is back. The manager approves whatever waits.
			s := b.open()
			_, done := b.activate(t.Context(), s)
			go c.keepApproving(t.Context(), done)
			if err := b.end(done); err != nil {
				t.Fatalf("%s, cut %d: %v", way, cut, err)
			}
			checkActivated(t, s, c)
			if n := c.count(wire.PathClaims); n > 2 {
				t.Errorf("%s, cut %d: %d claims", way, cut, n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// keepApproving approves what waits until the tablet is through.
func (c *cloud) keepApproving(ctx context.Context, _ <-chan error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.decide(wire.ClaimApproved)
		case <-ctx.Done():
			return
		}
	}
}

// runWithCut runs an activation whose power goes at the nth moment. It tells
// whether there were so many.
func runWithCut(t *testing.T, b *tablet, c *cloud, nth int) (cut bool, moments int) {
	t.Helper()
	ctx, off := context.WithCancel(t.Context())
	defer off()
	var mu sync.Mutex
	moment := func() (lost bool) {
		mu.Lock()
		defer mu.Unlock()
		moments++
		if moments == nth {
			cut = true
			off()
		}
		return cut
	}
	s := b.open()
	c.mu.Lock()
	c.cut = func(string) bool { return moment() }
	c.mu.Unlock()
	_, done := b.activate(ctx, &fragile{Store: s, moment: moment})
	go c.keepApproving(ctx, done)
	err := b.end(done)
	if (err == nil) == cut && !cut {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.cut = nil
	c.mu.Unlock()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return cut, moments
}

// fragile is a store whose power may go before or after each write.
type fragile struct {
	*store.Store
	moment func() bool
}

var errPower = errors.New("the power is gone")

func (f *fragile) around(write func() error) error {
	if f.moment() {
		return errPower
	}
	if err := write(); err != nil {
		return err
	}
	if f.moment() {
		return errPower
	}
	return nil
}

func (f *fragile) KeepProgress(ctx context.Context, p device.Progress) error {
	return f.around(func() error { return f.Store.KeepProgress(context.WithoutCancel(ctx), p) })
}

func (f *fragile) Activate(ctx context.Context, g device.Grant) error {
	return f.around(func() error { return f.Store.Activate(context.WithoutCancel(ctx), g) })
}

func TestCodeFromTheConsole(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.codes["WXYZ-2345"] = true
	b := newTablet(t, c)
	s := b.open()
	defer s.Close() //nolint:errcheck // at the end
	a, done := b.activate(t.Context(), s)
	b.until(waiting)
	a.EnterCode("WRONG-CODE")
	st := b.until(func(s activation.Stage) bool { return s.Problem != "" })
	if st.Problem != wire.CodeUnknownCode || st.Step != activation.Waiting || st.UserCode == "" {
		t.Errorf("after a wrong code: %+v; want the problem, and the claim that waits", st)
	}
	a.EnterCode("WXYZ-2345")
	if err := b.end(done); err != nil {
		t.Fatal(err)
	}
	checkActivated(t, s, c)
}

func TestDeniedAndExpiredClaimsStartOver(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	b := newTablet(t, c)
	s := b.open()
	defer s.Close() //nolint:errcheck // at the end
	ctx, cancel := context.WithCancel(t.Context())
	a, done := b.activate(ctx, s)
	b.until(waiting)
	first, _ := s.Progress(t.Context())
	c.decide(wire.ClaimDenied)
	if st := b.until(func(s activation.Stage) bool { return s.Problem == wire.CodeDenied }); st.UserCode != "" {
		t.Errorf("a denied code is still shown: %+v", st)
	}
	a.NewCode()
	if st := b.until(waiting); st.Problem != "" {
		t.Errorf("with a new code: %+v", st)
	}
	second, _ := s.Progress(t.Context())
	if bytes.Equal(first.Key, second.Key) || first.DeviceCode == second.DeviceCode {
		t.Error("after a denial the tablet goes on with the same claim")
	}
	c.decide(wire.ClaimExpired)
	b.until(func(s activation.Stage) bool { return s.Step == activation.Asking })
	if st := b.until(waiting); st.Problem != "" {
		t.Errorf("a code that ran out is told as a problem: %+v", st)
	}
	c.mu.Lock()
	clear(c.claims) // the cloud forgot
	c.mu.Unlock()
	b.until(func(s activation.Stage) bool { return s.Step == activation.Asking })
	b.until(waiting)
	cancel()
	if err := b.end(done); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Without the cloud the tablet says so, and goes on by itself when it is back.
func TestOffline(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	b := newTablet(t, c)
	s := b.open()
	defer s.Close() //nolint:errcheck // at the end
	c.mu.Lock()
	c.cut = func(string) bool { return true }
	c.mu.Unlock()
	_, done := b.activate(t.Context(), s)
	b.until(func(s activation.Stage) bool { return s.Problem == activation.CodeOffline })
	c.mu.Lock()
	c.cut = nil
	c.mu.Unlock()
	if st := b.until(waiting); st.Problem != "" {
		t.Errorf("with the cloud back: %+v", st)
	}
	c.decide(wire.ClaimApproved)
	if err := b.end(done); err != nil {
		t.Fatal(err)
	}
}
