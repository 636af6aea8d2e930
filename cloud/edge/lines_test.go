package edge

import (
	"crypto/tls"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"muster/sync/wire"
)

// Tablets that are cut while they subscribe: under the race detector this fails
// where the broker is made to take their connections down from outside.
func TestCutWhileSubscribing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for i := range 8 {
		d := b.tablet().on()
		token := d.Subscribe(d.me.DownAll(), 1, nil)
		if i%2 == 0 { // whichever comes first: at the answer, or before it
			token.WaitTimeout(patience)
		}
		b.Cut(d.me.Device)
		d.gone()
		waitFor(t, "the broker has let go of it", func() bool { return b.connections(d.me) == 0 })
	}
}

// The connection that is cut is the tablet's, by the address that it came from.
func TestSocketsHaveAddresses(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	d, other := b.tablet().on(), b.tablet().on()
	for _, one := range []*tablet{d, other} {
		z, err := b.srv.Connz(&server.ConnzOptions{MQTTClient: string(one.me.Device)})
		if err != nil || len(z.Conns) != 1 {
			t.Fatalf("%v, %+v", err, z)
		}
		socket := b.lines.socket(place(z.Conns[0].IP, z.Conns[0].Port))
		if socket == nil || socket.RemoteAddr().String() != net.JoinHostPort(z.Conns[0].IP, strconv.Itoa(z.Conns[0].Port)) {
			t.Errorf("the socket of %s: %v", z.Conns[0].IP, socket)
		}
	}
	b.Cut(d.me.Device)
	d.gone()
	select {
	case <-other.lost:
		t.Error("another tablet was cut as well")
	case <-time.After(0):
	}
}

func (b *bench) connections(a wire.Address) int {
	z, err := b.srv.Connz(&server.ConnzOptions{MQTTClient: string(a.Device)})
	if err != nil {
		b.t.Fatal(err)
	}
	return len(z.Conns)
}

// Sockets that were closed don't pile up, and those that are open are kept.
func TestClosedSocketsAreForgotten(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // nobody comes any more
	var l lines
	var open *net.TCPConn
	for i := range 4 * someLines {
		far, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		near, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close() //nolint:errcheck // its address is not to come again before the end
		l.note(&tls.ClientHelloInfo{Conn: near})
		if i == 0 {
			open = near.(*net.TCPConn)
			defer open.Close() //nolint:errcheck // the test is over
			continue
		}
		if err := near.Close(); err != nil {
			t.Fatal(err)
		}
		if n := len(l.of); n > someLines+1 {
			t.Fatalf("%d sockets are remembered, and one is open", n)
		}
	}
	if l.socket(open.RemoteAddr().String()) != open {
		t.Error("the open one was forgotten")
	}
}

// One that takes up its TLS session of before shows no certificate again. Its socket is
// known all the same, so that it is cut, and it isn't let in by an edge that is shut.
func TestResumedSessionIsCut(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	sessions := tls.NewLRUClientSessionCache(8)
	resumed := false
	first := b.tablet()
	again := func() (*tablet, error) {
		d := &tablet{b: b, me: first.me, cert: first.cert, lost: make(chan struct{}), down: make(chan string, 1)}
		o := d.options()
		cfg := o.TLSConfig
		cfg.ClientSessionCache = sessions
		cfg.VerifyConnection = func(s tls.ConnectionState) error {
			resumed = s.DidResume
			return nil
		}
		return d, d.connect(o.SetTLSConfig(cfg))
	}
	d, err := again()
	if err != nil || resumed {
		t.Fatalf("%v, resumed: %v", err, resumed)
	}
	d.Disconnect(0)
	waitFor(t, "it has gone", func() bool { return b.connections(d.me) == 0 })
	if d, err = again(); err != nil || !resumed {
		t.Fatalf("%v, resumed: %v", err, resumed)
	}
	z, err := b.srv.Connz(&server.ConnzOptions{MQTTClient: string(d.me.Device)})
	if err != nil || len(z.Conns) != 1 {
		t.Fatalf("%v, %+v", err, z)
	}
	if socket := b.lines.socket(place(z.Conns[0].IP, z.Conns[0].Port)); socket == nil || closed(socket) {
		t.Error("its socket is not known")
	}
	b.Cut(d.me.Device)
	d.gone()
	b.Shut(t.Context())
	if d, err := again(); err == nil {
		t.Errorf("%s was let in", d.me.Device)
	}
}
