package edge

import (
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// busy has a tablet subscribe, and take it back, for as long as it is connected.
func (d *tablet) busy() {
	go func() {
		for d.IsConnectionOpen() {
			d.Subscribe(d.me.DownAll(), 1, nil).WaitTimeout(patience)
			d.Unsubscribe(d.me.DownAll()).WaitTimeout(patience)
		}
	}()
}

// endings are how the connections of a tablet that are over have ended, in the broker's
// words.
func (b *bench) endings(d *tablet) (all []string) {
	b.t.Helper()
	z, err := b.srv.Connz(&server.ConnzOptions{MQTTClient: string(d.me.Device), State: server.ConnClosed})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range z.Conns {
		all = append(all, c.Reason)
	}
	return all
}

// A second connection with the same certificate ends the first, also in the midst of
// its subscribing, and not by the broker's own hand. (The race that lines tells of was
// not seen here, even where the broker took the first one down.)
func TestTakenOverWhileSubscribing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for range 8 {
		d := b.tablet().on()
		d.busy()
		again := d.at(b).on()
		d.gone()
		if !again.subscribed(again.me.DownAll(), 0) {
			t.Error("the newer connection is of no use")
		}
		if n := b.connections(d.me); n != 1 {
			t.Errorf("it has %d connections", n)
		}
		waitFor(t, "the broker to say how the first one ended", func() bool { return len(b.endings(d)) > 0 })
		if all := b.endings(d); slices.Contains(all, server.DuplicateClientID.String()) {
			t.Errorf("the first one's end: %v", all)
		}
	}
}

// The edge ends it, and lets the second in once that is done: the broker has nothing to take
// down any more.
func TestTakenOverBeforeTheBrokerDoesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	d := b.tablet().on()
	b.receive(d.me.Device, 1<<40, time.Now().Add(time.Hour))
	if n := b.connections(d.me); n != 0 {
		t.Errorf("it has %d connections as the next one is let in", n)
	}
	d.gone()
}

// So does the end of the certificate.
func TestCertificateEndsWhileSubscribing(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	var all []*tablet
	end := time.Now().Add(6 * time.Second)
	for range 4 {
		d := b.tablet()
		d.cert = b.named(string(d.me.Device), func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), end
		})
		all = append(all, d.on())
		d.busy()
	}
	for _, d := range all {
		d.gone()
		waitFor(t, "the broker has let go of it", func() bool { return b.connections(d.me) == 0 })
		if again := d.at(b); again.connect(again.options()) == nil {
			t.Error("it came back")
		}
	}
}
