package swarm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"muster/internal/barebroker"
)

// Crowd is tablets that do nothing but stay connected. Make one with NewCrowd.
type Crowd struct {
	Activated time.Duration // how long the activation of all took

	fleet  *Fleet
	lights []*light
	stay   time.Duration // how long all have to be back for a storm to be over

	mu      sync.Mutex
	reasons map[string]int // why attempts and sessions ended, since the last forget
}

// crowdAtOnce is how many tablets of a crowd are activated at the same time.
const crowdAtOnce = 8

// NewCrowd activates so many tablets as the fleet's settings say, each with a code
// and a key of its own. Nobody works at them.
func NewCrowd(ctx context.Context, c Config) (*Crowd, error) {
	c.People = 0
	f, err := New(ctx, c)
	if err != nil {
		return nil, err
	}
	w := &Crowd{fleet: f, stay: 5 * time.Second, lights: make([]*light, len(f.members)), reasons: map[string]int{}}
	began := time.Now()
	var ready atomic.Int64
	err = together(ctx, crowdAtOnce, len(w.lights), func(ctx context.Context, i int) error {
		w.lights[i] = &light{crowd: w}
		m := f.members[i]
		if err := w.lights[i].activate(ctx, m.code, address(m.site)); err != nil {
			return fmt.Errorf("activate %s: %w", m.name, err)
		}
		if n := ready.Add(1); n%10 == 0 {
			f.Progress(fmt.Sprintf("%d of %d tablets are activated", n, len(w.lights)))
		}
		return nil
	})
	w.Activated = time.Since(began)
	return w, err
}

// address is what a site's router is known by: the cloud bounds the requests of
// each, and the whole loopback network is there to be used.
func address(site int) net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, byte(1+site/200), byte(1+site%200), 1)}
}

// Join connects everybody to one of some brokers of the cloud and returns once all
// are.
func (w *Crowd) Join(ctx context.Context, brokers ...string) (time.Duration, error) {
	return w.join(ctx, brokers, func(t *light) credentials { return t.keeper.TLS })
}

// JoinBare connects everybody to a bare broker, by the certificates that the cloud
// has given them.
func (w *Crowd) JoinBare(ctx context.Context, b barebroker.Ready) (time.Duration, error) {
	cert, err := x509.ParseCertificate(b.Certificate)
	if err != nil {
		return 0, fmt.Errorf("the bare broker's certificate: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return w.join(ctx, []string{b.MQTT}, func(t *light) credentials {
		return func() (func(host string) *tls.Config, error) {
			own, err := t.keeper.TLS()
			if err != nil {
				return nil, err
			}
			return func(host string) *tls.Config {
				conf := own(host)
				return &tls.Config{ServerName: host, RootCAs: roots, MinVersion: conf.MinVersion, GetClientCertificate: conf.GetClientCertificate}
			}, nil
		}
	})
}

func (w *Crowd) join(ctx context.Context, brokers []string, with func(*light) credentials) (time.Duration, error) {
	began := time.Now()
	err := together(ctx, startAtOnce, len(w.lights), func(ctx context.Context, i int) error {
		t := w.lights[i]
		t.start(brokers, with(t))
		for !t.online.Load() {
			if pause(ctx, 5*time.Millisecond); ctx.Err() != nil {
				return fmt.Errorf("%d of %d tablets are connected; they say %v: %w", w.online(), len(w.lights), w.Reasons(), ctx.Err())
			}
		}
		if i%10 == 0 {
			w.fleet.Progress(fmt.Sprintf("%d of %d tablets are connected", w.online(), len(w.lights)))
		}
		return nil
	})
	return time.Since(began), err
}

// Leave ends all connections in order.
func (w *Crowd) Leave() {
	_ = together(context.Background(), startAtOnce, len(w.lights), func(_ context.Context, i int) error {
		if t := w.lights[i]; t != nil {
			t.end()
		}
		return nil
	})
}

func (w *Crowd) online() (n int) {
	for _, t := range w.lights {
		if t.online.Load() {
			n++
		}
	}
	return n
}

func (w *Crowd) count() (reached, sessions int) {
	for _, t := range w.lights {
		reached += int(t.reached.Load())
		sessions += int(t.sessions.Load())
	}
	return reached, sessions
}

// port is the part of a failure's words that is another one each time.
var port = regexp.MustCompile(`:\d+\b`)

func (w *Crowd) lost(why string) {
	why = port.ReplaceAllString(why, "")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reasons[why]++
}

// Reasons tells why attempts and sessions ended since it was last asked.
func (w *Crowd) Reasons() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.reasons
	w.reasons = map[string]int{}
	return r
}

// Storm cuts everybody off at once, for a time, and waits until everybody is back
// and has stayed for a while. restart, unless it is nil, kills the cloud and starts
// it again meanwhile. A round has failed if it reached the cloud and did not become a
// session, or one that did not last.
func (w *Crowd) Storm(ctx context.Context, dark time.Duration, restart func(context.Context) error) (r Returned, err error) {
	for _, t := range w.lights {
		t.gate.cut(pulled)
	}
	began := time.Now()
	if restart != nil {
		if err := restart(ctx); err != nil {
			return r, err
		}
	}
	for w.online() > 0 && ctx.Err() == nil {
		pause(ctx, 10*time.Millisecond)
	}
	pause(ctx, dark-time.Since(began))
	w.Reasons()
	before, _ := w.count()
	began = time.Now()
	for _, t := range w.lights {
		t.gate.join()
	}
	for n := w.online(); n < len(w.lights); n = w.online() {
		w.fleet.Progress(fmt.Sprintf("%d of %d tablets are back", n, len(w.lights)))
		if pause(ctx, 20*time.Millisecond); ctx.Err() != nil {
			return r, fmt.Errorf("storm: %d of %d tablets are back; they say %v: %w", n, len(w.lights), w.Reasons(), ctx.Err())
		}
	}
	r.Took = time.Since(began)
	pause(ctx, w.stay) // whoever is turned away again, is so at once
	if n := w.online(); n < len(w.lights) {
		err = errors.Join(err, fmt.Errorf("storm: %d tablets are gone again: %v", len(w.lights)-n, w.Reasons()))
	}
	after, _ := w.count()
	r.Rounds = after - before
	r.Failed = r.Rounds - len(w.lights)
	return r, err
}
