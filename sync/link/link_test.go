package link_test

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"google.golang.org/protobuf/proto"

	"muster/device"
	"muster/sync/link"
	"muster/sync/wire"
)

// running is a link at work.
type running struct {
	*link.Link
	t        *testing.T
	sessions chan *link.Session
	states   chan device.Link
	refused  chan error
	attempts atomic.Int64
	leave    chan error // ends the session that is served
	stop     func()
}

func start(t *testing.T, brokers []string, conf func() *tls.Config) *running {
	t.Helper()
	return with(t, conf, func(c *link.Config) { c.Brokers = func() []string { return brokers } })
}

// with starts a link whose configuration is changed before.
func with(t *testing.T, conf func() *tls.Config, change func(*link.Config)) *running {
	t.Helper()
	r := &running{t: t, sessions: make(chan *link.Session, 100), states: make(chan device.Link, 1000), refused: make(chan error, 100), leave: make(chan error)}
	c := link.Config{
		Address: self, Now: time.Now, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		TLS: func() (func(string) *tls.Config, error) {
			r.attempts.Add(1)
			return func(string) *tls.Config { return conf() }, nil
		},
		Serve: func(ctx context.Context, s *link.Session) error {
			r.sessions <- s
			select {
			case err := <-r.leave:
				return err
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
		State: func(l device.Link) { r.states <- l }, Refused: func(_ context.Context, err error) { r.refused <- err },
	}
	change(&c)
	r.Link = link.New(c)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	r.stop = func() { cancel(); <-ended }
	t.Cleanup(r.stop)
	return r
}

func take[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(time.Minute):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// presence collects what the cloud hears of a tablet coming and going.
func presence(t *testing.T, b *broker) <-chan *wire.Presence {
	t.Helper()
	c := make(chan *wire.Presence, 100)
	b.hear("muster.1.*.*.up.presence", func(body []byte) {
		p := new(wire.Presence)
		if err := proto.Unmarshal(body, p); err != nil {
			t.Error(err)
		}
		c <- p
	})
	return c
}

func TestSessionCarriesMessagesBothWays(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	heard := presence(t, b)
	up := make(chan string, 10)
	b.hear("muster.1."+string(self.Org)+"."+string(self.Device)+".up.journal", func(body []byte) { up <- string(body) })
	cert := p.issue(string(self.Device), time.Hour)
	r := start(t, []string{b.addr}, func() *tls.Config { return p.client(cert) })
	s := take(t, r.sessions)
	on := take(t, heard)
	if !on.GetOnline() || on.GetSession() == "" || on.GetStartedUs() == 0 {
		t.Errorf("presence %v", on)
	}
	if err := s.Publish(wire.UpJournal, []byte("rows")); err != nil {
		t.Fatal(err)
	}
	if got := take(t, up); got != "rows" {
		t.Errorf("the cloud hears %q", got)
	}
	b.say(wire.DownAck, []byte("ack"))
	if m := take(t, s.Messages()); m.Leaf != wire.DownAck || string(m.Payload) != "ack" {
		t.Errorf("the tablet hears %+v", m)
	}
	// In order: the cloud is told, it needn't find out.
	r.stop()
	if off := take(t, heard); off.GetOnline() || off.GetSession() != on.GetSession() {
		t.Errorf("at the end: %v", off)
	}
}

// The will tells of a tablet that was cut off, and names the session it belongs
// to; the next session has another name.
func TestWillNamesItsSession(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	heard := presence(t, b)
	cert := p.issue(string(self.Device), time.Hour)
	r := start(t, []string{b.addr}, func() *tls.Config { return p.client(cert) })
	s := take(t, r.sessions)
	first := take(t, heard)
	b.cut(self.Device)
	take(t, s.Done())
	will := take(t, heard)
	if will.GetOnline() || will.GetSession() != first.GetSession() {
		t.Errorf("will %v of session %v", will, first)
	}
	take(t, r.sessions)
	if second := take(t, heard); !second.GetOnline() || second.GetSession() == first.GetSession() {
		t.Errorf("second session %v", second)
	}
	if n := r.attempts.Load(); n != 2 {
		t.Errorf("asked %d times for TLS, want once for each connection", n)
	}
}

func TestComesBackAfterTheBroker(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	cert := p.issue(string(self.Device), time.Hour)
	r := start(t, []string{"127.0.0.1:1", b.addr}, func() *tls.Config { return p.client(cert) })
	take(t, r.sessions)
	b.stop()
	for l := take(t, r.states); l.Online || l.Reason == "" || l.Reason == "not connected yet"; l = take(t, r.states) {
	}
	b.start()
	r.Retry()
	take(t, r.sessions)
	r.leave <- errors.New("enough") // a session that its user gives up is made anew
	take(t, r.sessions)
}

// Being turned away is told apart from not being answered.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p, strangers := newPapers(t), newPapers(t)
	for name, c := range map[string]struct {
		cert    tls.Certificate
		change  func(*server.Options)
		refused bool
	}{
		"not authorised": {p.issue(string(self.Device), time.Hour), func(o *server.Options) { o.Users = users(nil) }, true},
		"expired":        {p.issue(string(self.Device), -time.Hour), nil, true},
		"a stranger's":   {strangers.issue(string(self.Device), time.Hour), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBroker(t, p, c.change)
			r := start(t, []string{b.addr}, func() *tls.Config { return p.client(c.cert) })
			if err := take(t, r.refused); !link.Refused(err) {
				t.Errorf("%v is no refusal", err)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		cert := p.issue(string(self.Device), time.Hour)
		r := start(t, []string{"127.0.0.1:1"}, func() *tls.Config { return p.client(cert) })
		for l := take(t, r.states); l.Reason == "not connected yet"; l = take(t, r.states) {
		}
		select {
		case err := <-r.refused:
			t.Errorf("told as a refusal: %v", err)
		default:
		}
	})
}

// users returns accounts of which a tablet without a password has none but what
// permissions allow.
func users(tablet *server.Permissions) []*server.User {
	all := []*server.User{{Username: "cloud", Password: "cloud"}}
	if tablet != nil {
		all = append(all, &server.User{Username: "tablet", Password: "", Permissions: tablet})
	}
	return all
}

// The client reports a refused subscription as a success; a tablet that believed
// it would be deaf.
func TestRefusedSubscriptionIsNoSession(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, func(o *server.Options) {
		o.Users = users(&server.Permissions{Subscribe: &server.SubjectPermission{Deny: []string{"muster.>"}}})
		o.MQTT.NoAuthUser = "tablet"
	})
	cert := p.issue(string(self.Device), time.Hour)
	r := start(t, []string{b.addr}, func() *tls.Config { return p.client(cert) })
	for {
		l := take(t, r.states)
		if l.Online {
			t.Fatal("online without ears")
		}
		if l.Reason == "subscribe: refused by the broker" {
			return
		}
	}
}

// A peer that takes the connection and says nothing holds nobody up who wants to
// leave.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // at the end
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	p := newPapers(t)
	cert := p.issue(string(self.Device), time.Hour)
	r := start(t, []string{l.Addr().String()}, func() *tls.Config { return p.client(cert) })
	c := take(t, accepted)
	defer c.Close() //nolint:errcheck // at the end
	began := time.Now()
	r.stop()
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("leaving took %v", d)
	}
}

// More messages than anybody reads are dropped, and the connection lives.
func TestUnreadMessagesDoNotBlock(t *testing.T) {
	t.Parallel()
	p := newPapers(t)
	b := startBroker(t, p, nil)
	cert := p.issue(string(self.Device), time.Hour)
	r := start(t, []string{b.addr}, func() *tls.Config { return p.client(cert) })
	s := take(t, r.sessions)
	up := make(chan string, 10)
	b.hear("muster.1.*.*.up.pulse", func(body []byte) { up <- string(body) })
	for range 2000 {
		b.say(wire.DownFeed, make([]byte, 100))
	}
	if err := b.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(wire.UpPulse, []byte("alive")); err != nil {
		t.Fatal(err)
	}
	if got := take(t, up); got != "alive" {
		t.Errorf("heard %q", got)
	}
	for range 100 {
		take(t, s.Messages())
	}
}
