package link_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/sync/link"
	"muster/sync/wire"
)

// mute listens at a place, and never says anything.
func mute(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, c)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
		for _, c := range conns {
			_ = c.Close()
		}
	})
	return l.Addr().String()
}

// net of a tablet: what it dials, and the lines that can be made to carry nothing.
type network struct {
	deaf map[string]bool // places where what is sent is dropped

	mu     sync.Mutex
	lines  []*line
	dialed map[string]chan struct{} // told of each attempt
}

// line is a connection that can be frozen: nothing comes through, and nobody is told.
type line struct {
	net.Conn
	mu     sync.Mutex
	frozen chan struct{} // closed when it thaws; nil: it isn't frozen
	ended  chan struct{}
	once   sync.Once
}

func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	told := n.dialed[address]
	n.mu.Unlock()
	if told != nil {
		select {
		case told <- struct{}{}:
		default:
		}
	}
	if n.deaf[address] {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: conn, ended: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, l)
	return l, nil
}

// freeze has all lines that there are carry nothing, until the returned function is
// called.
func (n *network) freeze() func() {
	n.mu.Lock()
	defer n.mu.Unlock()
	thaw := make(chan struct{})
	for _, l := range n.lines {
		l.mu.Lock()
		l.frozen = thaw
		l.mu.Unlock()
	}
	return func() { close(thaw) }
}

func (l *line) wait() {
	l.mu.Lock()
	frozen := l.frozen
	l.mu.Unlock()
	if frozen != nil {
		select {
		case <-frozen:
		case <-l.ended:
		}
	}
}

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.wait()
	return n, err
}

func (l *line) Close() error {
	l.once.Do(func() { close(l.ended) })
	return l.Conn.Close()
}

// Among addresses that hang, drop what is sent, or refuse, the one that answers is
// found, whichever comes first. (Each that hangs costs a minute to wait for.)
func TestOneAddressOfManyAnswers(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	cert := p.issue(string(self.Device), time.Hour)
	brokers := []string{"127.0.0.1:1", "192.0.2.1:8883", "192.0.2.2:8883", b.addr}
	for range 6 {
		brokers = append(brokers, mute(t, "127.0.0.1:0"))
	}
	lines := network{deaf: map[string]bool{"192.0.2.1:8883": true, "192.0.2.2:8883": true}}
	r := with(t, func() *tls.Config { return p.client(cert) }, func(c *link.Config) {
		c.Brokers, c.Dial, c.Impatience = func() []string { return brokers }, lines.dial, 50*time.Millisecond
	})
	for i := range 3 {
		take(t, r.sessions)
		if n := r.attempts.Load(); n != int64(i+1) {
			t.Errorf("asked %d times for TLS in %d rounds: all addresses are to be shown the same certificate", n, i+1)
		}
		r.leave <- errors.New("enough")
		r.Retry()
	}
}

// A name stands for several machines, of which one hangs.
func TestNameWithTwoAddresses(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	cert := p.issue(string(self.Device), time.Hour)
	_, port, err := net.SplitHostPort(b.addr)
	if err != nil {
		t.Fatal(err)
	}
	mute(t, "127.0.0.2:"+port)
	hosts := make(chan string, 100)
	r := with(t, func() *tls.Config { return p.client(cert) }, func(c *link.Config) {
		c.Brokers = func() []string { return []string{"cloud.example:" + port, "nowhere.example:" + port} }
		c.TLS = func() (func(string) *tls.Config, error) {
			return func(host string) *tls.Config { hosts <- host; return p.client(cert) }, nil
		}
		c.Impatience = 50 * time.Millisecond
		c.Lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
			if host != "cloud.example" {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("::ffff:127.0.0.1")}, nil
		}
	})
	for range 4 {
		take(t, r.sessions)
		r.leave <- errors.New("enough")
		r.Retry()
	}
	if host := <-hosts; host != "cloud.example" {
		t.Errorf("the certificate is to name %q", host)
	}
}

// A broker that hangs takes what it is sent and confirms nothing. The tablet goes to
// another one as soon as it has something to tell, and has not waited in vain for
// long.
func TestHungBrokerIsLeft(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	up := make(chan string, 10)
	var brokers []string
	for range 3 {
		b := startBroker(t, p, nil)
		b.hear("muster.1.*.*.up.journal", func(body []byte) { up <- string(body) })
		brokers = append(brokers, b.addr)
	}
	cert := p.issue(string(self.Device), time.Hour)
	var lines network
	r := with(t, func() *tls.Config { return p.client(cert) }, func(c *link.Config) {
		c.Brokers, c.Dial, c.Silence = func() []string { return brokers }, lines.dial, 500*time.Millisecond // a greeting has three times as long: whoever is too slow for that is left as well
	})
	for i := range 2 {
		s := take(t, r.sessions)
		if i > 0 {
			if err := s.Publish(wire.UpJournal, []byte("a punch")); err != nil {
				t.Fatal(err)
			}
			take(t, up)
		}
		lines.freeze()
		if err := s.Publish(wire.UpJournal, []byte("a punch")); err != nil {
			t.Fatal(err)
		}
		take(t, up) // what hangs is the way back
		take(t, s.Done())
		last := take(t, r.states)
		for last.Online || last.Reason == "not connected yet" {
			last = take(t, r.states)
		}
		if last.Reason != "the broker is silent, and another one answers" { // and not the keepalive, much later
			t.Fatalf("it ended for: %s", last.Reason)
		}
		r.Retry()
	}
}

// A broker that hangs may have more addresses than the one that was tried. Whoever leaves it goes
// where another one has answered, and greets it at none of the others first.
func TestHungBrokerIsLeftForTheOther(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	up := make(chan string, 10)
	addresses := map[string]string{}
	var brokers []string
	for name, places := range map[string]int{"this": 12, "other": 1} {
		b := startBroker(t, p, nil)
		b.hear("muster.1.*.*.up.journal", func([]byte) { up <- name })
		for i := range places {
			brokers = append(brokers, net.JoinHostPort("192.0.2."+strconv.Itoa(len(name)*20+i), "8883"))
			addresses[brokers[len(brokers)-1]] = b.addr
		}
	}
	var met atomic.Bool
	cert := p.issue(string(self.Device), time.Hour)
	var lines network
	r := with(t, func() *tls.Config { return p.client(cert) }, func(c *link.Config) {
		c.Brokers = func() []string {
			if met.Load() {
				return brokers
			}
			return []string{"192.0.2.80:8883"}
		}
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			return lines.dial(ctx, network, addresses[address])
		}
		c.Silence, c.Impatience = 100*time.Millisecond, time.Minute
	})
	s := take(t, r.sessions)
	met.Store(true)
	lines.freeze()
	if err := s.Publish(wire.UpJournal, []byte("a punch")); err != nil {
		t.Fatal(err)
	}
	if at := take(t, up); at != "this" {
		t.Fatalf("it came to the %s broker", at)
	}
	take(t, s.Done())
	r.Retry()
	if err := take(t, r.sessions).Publish(wire.UpJournal, []byte("a punch")); err != nil {
		t.Fatal(err)
	}
	if at := take(t, up); at != "other" {
		t.Errorf("the next session is with %s broker again", at)
	}
}

// Where no other broker answers, a slow one is not left: to come anew would make it
// slower.
func TestSlowBrokerIsKept(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	up := make(chan string, 10)
	b.hear("muster.1.*.*.up.journal", func(body []byte) { up <- string(body) })
	cert := p.issue(string(self.Device), time.Hour)
	const other = "127.0.0.1:1"
	knocks := make(chan struct{}, 1)
	lines := network{dialed: map[string]chan struct{}{}}
	r := with(t, func() *tls.Config { return p.client(cert) }, func(c *link.Config) {
		c.Brokers, c.Dial, c.Silence = func() []string { return []string{b.addr, other} }, lines.dial, 50*time.Millisecond
	})
	s := take(t, r.sessions)
	lines.mu.Lock()
	lines.dialed[other] = knocks
	lines.mu.Unlock()
	thaw := lines.freeze()
	if err := s.Publish(wire.UpJournal, []byte("a punch")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		take(t, knocks)
	}
	thaw()
	take(t, up)
	if err := s.Publish(wire.UpJournal, []byte("another")); err != nil {
		t.Fatal(err)
	}
	take(t, up)
	select {
	case <-s.Done():
		t.Error("it was left")
	default:
	}
	if n := len(r.sessions); n > 0 {
		t.Errorf("%d sessions more", n)
	}
}

// Who was turned away is told so, also when another address doesn't answer.
func TestTurnedAwayByOneOfTwo(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	cert := p.issue(string(self.Device), -time.Hour)
	for range 5 { // in any order
		r := with(t, func() *tls.Config { return p.client(cert) }, func(c *link.Config) {
			c.Brokers = func() []string { return []string{b.addr, "127.0.0.1:1"} }
		})
		if err := take(t, r.refused); !link.Refused(err) {
			t.Errorf("%v is no refusal", err)
		}
		r.stop()
	}
}
