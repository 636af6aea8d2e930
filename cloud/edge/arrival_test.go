package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/nats-io/nats-server/v2/server"

	"muster/attendance"
	"muster/sync/wire"
)

// pair is two edges of one cloud behind a hub.
func pair(t *testing.T, change func(*Config)) (a, b *bench) {
	t.Helper()
	hub := startHub(t)
	a = newBench(t, func(c *Config) {
		c.Hub = hub
		if change != nil {
			change(c)
		}
	})
	b = newBench(t, func(c *Config) {
		c.Hub, c.Authority, c.Registry = hub, a.pool(), a // they share a database
		if change != nil {
			change(c)
		}
	})
	return a, b
}

// together waits until each of two edges hears the other.
func together(t *testing.T, a, b *bench) {
	t.Helper()
	for _, way := range [][2]*bench{{a, b}, {b, a}} {
		heard := make(chan attendance.SiteID, 1000)
		if err := way[1].OnFeed(func(s attendance.SiteID) { heard <- s }); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the edges to hear each other", func() bool {
			way[0].FeedMoved("site")
			select {
			case <-heard:
				return true
			case <-time.After(20 * time.Millisecond):
				return false
			}
		})
	}
}

// at returns the same tablet with another edge's address.
func (d *tablet) at(b *bench) *tablet {
	return &tablet{b: b, me: d.me, cert: d.cert, lost: make(chan struct{}), down: make(chan string, 100)}
}

// aged waits until a tablet's connection is not young any more.
func (b *bench) aged(d *tablet) {
	b.t.Helper()
	waitFor(b.t, "the connection to be there for a while", func() bool {
		conns, err := b.srv.Connz(&server.ConnzOptions{MQTTClient: string(d.me.Device)})
		return err == nil && len(conns.Conns) == 1 && time.Since(conns.Conns[0].Start) > young
	})
}

// A tablet that comes in at another edge is taken off the first, where nobody may
// have noticed that its connection is dead.
func TestATabletIsAtOneEdge(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	together(t, a, b)
	d := a.tablet().on()
	a.aged(d)
	again := d.at(b).on()
	d.gone()
	if !again.IsConnectionOpen() {
		t.Error("the newer connection was cut")
	}
}

// slow is a registry that keeps everybody waiting.
type slow struct {
	Registry
	asked, answer chan struct{}
}

func (s *slow) Admit(ctx context.Context, dev attendance.DeviceID, serial string) (attendance.OrgID, error) {
	close(s.asked)
	<-s.answer
	return s.Registry.Admit(ctx, dev, serial)
}

// A tablet that had no answer for long has gone to another edge. When the first one gets
// so far as to let it in, it is not told to have come in there, or its new
// connection would be cut.
func TestWhoHasHungUpDoesNotArrive(t *testing.T) {
	t.Parallel()
	late := &slow{asked: make(chan struct{}), answer: make(chan struct{})}
	a, b := pair(t, func(c *Config) {
		if late.Registry == nil {
			late.Registry, c.Registry = c.Registry, late
		}
	})
	together(t, a, b)
	d := a.tablet()
	conn, err := tls.Dial("tcp", a.Addr(), d.options().TLSConfig)
	if err != nil {
		t.Fatal(err)
	}
	hello := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	hello.ProtocolName, hello.ProtocolVersion, hello.CleanSession, hello.ClientIdentifier = "MQTT", 4, true, string(d.me.Device)
	if err := hello.Write(conn); err != nil {
		t.Fatal(err)
	}
	<-late.asked
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	again := d.at(b).on()
	b.aged(again)
	close(late.answer)
	waitFor(t, "the first edge to be done with it", func() bool { return a.connections(d.me) == 0 })
	together(t, a, b) // what it had to say, it has said
	if b.connections(d.me) != 1 || !again.IsConnectionOpen() {
		t.Error("it was cut where it is")
	}
}

// Two devices that run as one tablet, each at an edge of its own, throw each
// other off; that raises the alarm as at one edge.
func TestTwinsAtTwoEdges(t *testing.T) {
	t.Parallel()
	told := make(chan string, 100)
	a, b := pair(t, func(c *Config) {
		c.Twins = func(_ context.Context, _ attendance.OrgID, _ attendance.DeviceID, detail string) { told <- detail }
	})
	together(t, a, b)
	d := a.tablet()
	for n := 0; ; n++ {
		one := d.at([]*bench{a, b}[n%2])
		o := one.options().SetDialer(&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+n%2))}, Timeout: patience})
		if err := one.connect(o); err != nil {
			t.Logf("attempt %d: %v", n, err)
		}
		if one.IsConnectionOpen() {
			one.b.aged(one)
		}
		select {
		case detail := <-told:
			if detail != "connections from 127.0.0.1 and 127.0.0.2 take turns while both are alive" {
				t.Errorf("told %q", detail)
			}
			return
		default:
		}
		if n > 200 {
			t.Fatal("no alarm")
		}
	}
}

// What a tablet says is dealt with at its own edge: it doesn't cross the hub, and
// nobody at the hub can say it.
func TestWhatTabletsSayStaysAtTheirEdge(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	together(t, a, b)
	b.collect(wire.UpPulse, wire.UpJournal)
	d := a.tablet().on()
	forged, err := b.nc.SubscribeSync("fence")
	if err != nil {
		t.Fatal(err)
	}
	d.publish(d.me.Up(wire.UpPulse), "private")
	// b says something in the tablet's name: a must not take it.
	a.collect(wire.UpJournal)
	if err := b.nc.Publish(subject(d.me.Up(wire.UpJournal)), []byte("forged")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the fence behind both", func() bool {
		if err := a.nc.Publish("fence", nil); err != nil {
			t.Fatal(err)
		}
		_, err := forged.NextMsg(20 * time.Millisecond)
		return err == nil
	})
	if got := b.next(); got.body != "forged" { // b's own consumer has it, and nothing before it
		t.Errorf("the other edge got %v", got)
	}
	for _, mail := range []chan letter{a.mail, b.mail} {
		if len(mail) != 0 {
			t.Errorf("%v crossed over", <-mail)
		}
	}
}

// An edge says how it stands with its hub, and when it joins again everybody who
// listens hears that something may have been missed.
func TestHubGoesAndComes(t *testing.T) {
	t.Parallel()
	hub, stop := startHubAt(t, -1)
	a := newBench(t, func(c *Config) { c.Hub = hub.hub() })
	waitFor(t, "the hub", func() bool { return a.Hub().Joined })
	missed := make(chan struct{}, 100)
	end, err := a.Listen("org", func(topic, _ string) {
		if topic == "" {
			missed <- struct{}{}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	stop()
	waitFor(t, "the hub to be away", func() bool { return !a.Hub().Joined })
	for len(missed) > 0 {
		<-missed
	}
	if !a.Running() {
		t.Error("without a hub the edge doesn't run")
	}
	_, stop = startHubAt(t, hub.port)
	defer stop()
	select {
	case <-missed:
	case <-time.After(patience):
		t.Fatal("nobody says that something was missed")
	}
	if h := a.Hub(); !h.Joined || !h.Wanted {
		t.Errorf("%+v", h)
	}
}

// An edge that is about to stop sends its tablets away and lets nobody in; what
// they sent before is handed over, and they are not told that they are refused.
func TestDrain(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpPulse)
	d, late := b.tablet().on(), b.tablet()
	d.publish(d.me.Up(wire.UpPulse), "last")
	b.Drain(t.Context())
	d.gone()
	if got := b.next(); got.body != "last" {
		t.Errorf("got %v", got)
	}
	err := late.connect(late.options())
	var op *net.OpError
	if err == nil || errors.As(err, &op) && op.Op == "remote error" {
		t.Errorf("a tablet that comes now: %v", err)
	}
	if b.Running() {
		t.Error("it says that it runs")
	}
}
