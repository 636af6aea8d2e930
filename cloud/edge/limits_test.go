package edge

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"muster/sync/wire"
)

// Thousands of tablets that come back at once wait for each other: neither TLS
// nor CONNECT may time out after the broker's default of two seconds.
func TestHandshakeMayTakeLong(t *testing.T) {
	t.Parallel()
	signer, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	o, err := options(Config{Listen: ":1883"}, t.TempDir(), "", signer, nil)
	if err != nil {
		t.Fatal(err)
	}
	for what, seconds := range map[string]float64{"TLS": o.MQTT.TLSTimeout, "CONNECT": o.MQTT.AuthTimeout, "the callout": o.AuthTimeout} {
		if seconds < 120 {
			t.Errorf("%s may take %v s", what, seconds)
		}
	}
	if o.MQTT.TLSConfig.ClientAuth != tls.RequireAndVerifyClientCert || o.MQTT.TLSConfig.MinVersion < tls.VersionTLS12 {
		t.Error("TLS takes too much")
	}
}

// An answer to somebody who has given up would only hold up those who wait.
func TestStaleQuestionsAreDropped(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	asker, err := nkeys.CreateServer()
	if err != nil {
		t.Fatal(err)
	}
	user, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := user.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := b.nc.SubscribeSync("answers")
	if err != nil {
		t.Fatal(err)
	}
	for _, expires := range []time.Time{time.Now().Add(-time.Minute), time.Now().Add(time.Hour)} {
		req := jwt.NewAuthorizationRequestClaims(public)
		req.UserNkey, req.Expires = public, expires.Unix()
		token, err := req.Encode(asker)
		if err != nil {
			t.Fatal(err)
		}
		b.callout(&nats.Msg{Reply: "answers", Data: []byte(token), Sub: answers})
	}
	if err := b.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if n, _, err := answers.Pending(); err != nil || n != 1 {
		t.Errorf("%d answers, %v; want one, to the question that is not stale", n, err)
	}
	if err := answers.Unsubscribe(); err != nil {
		t.Error(err)
	}
}

// With the broker's default of 1000 consumers, the 501st tablet that subscribes
// with QoS 1 gets nothing.
func TestMoreThan500TabletsWithQoS1(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("skipped with -short: it connects 510 tablets")
	}
	b := newBench(t, nil)
	const tablets, together = 510, 16
	turns := make(chan *tablet)
	var wg sync.WaitGroup
	for range together {
		wg.Go(func() {
			for d := range turns {
				d.Client = mqtt.NewClient(d.options())
				if err := d.wait(d.Connect()); err != nil {
					t.Errorf("connect: %v", err)
					continue
				}
				if !d.subscribed(d.me.DownAll(), 1) {
					t.Error("a tablet was not subscribed")
				}
			}
		})
	}
	all := make([]*tablet, tablets)
	for i := range all {
		all[i] = b.tablet()
		turns <- all[i]
	}
	close(turns)
	wg.Wait()
	for _, d := range all {
		d.Disconnect(0)
	}
}

// A handler that is too slow loses messages, and somebody can see that it does.
func TestDropsAreCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Pending = 10 })
	begun, release := make(chan struct{}, 100), make(chan struct{})
	err := b.Subscribe(wire.UpPulse, func(context.Context, wire.Address, wire.Leaf, []byte) {
		begun <- struct{}{}
		<-release
	})
	if err != nil {
		t.Fatal(err)
	}
	defer close(release)
	d := b.tablet().on()
	for i := range 50 {
		d.publish(d.me.Up(wire.UpPulse), fmt.Sprint(i))
	}
	<-begun
	if err := b.nc.Flush(); err != nil { // everything published has come to the subscription
		t.Fatal(err)
	}
	if got := b.Dropped(); got < 30 {
		t.Errorf("%d messages counted as dropped, want about 39", got)
	}
}

// A message of twice the size that is allowed closes the connection; one up to
// that comes through, for whoever is behind to put it aside.
func TestLargestMessage(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpJournal)
	d := b.tablet().on()
	d.publish(d.me.Up(wire.UpJournal), strings.Repeat("x", wire.MaxMessage+1))
	if got := len(b.next().body); got != wire.MaxMessage+1 {
		t.Errorf("%d bytes came", got)
	}
	_ = d.wait(d.Publish(d.me.Up(wire.UpJournal), 1, false, strings.Repeat("x", 2*wire.MaxMessage+100))) //nolint:errcheck // it is cut
	d.gone()
}

// Announcements reach who listens, within the organisation, until he stops.
func TestNews(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	ours, theirs := b.tablet().me.Org, b.tablet().me.Org
	heard := make(chan string, 10)
	stop, err := b.Listen(ours, func(topic, id string) { heard <- topic + " " + id })
	if err != nil {
		t.Fatal(err)
	}
	b.Announce(theirs, "punch", "not for us")
	b.Announce(ours, "punch", "1")
	if got := <-heard; got != "punch 1" {
		t.Errorf("heard %q", got)
	}
	stop()
	b.Announce(ours, "punch", "2")
	if err := b.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(heard) != 0 {
		t.Errorf("heard %q after stopping", <-heard)
	}
}

// Two edges behind a hub are one cloud: a tablet's message reaches one of them
// once, an answer and a kick reach it wherever it is. What is private to an edge
// stays there.
func TestEdgesBehindAHub(t *testing.T) {
	t.Parallel()
	hub := startHub(t)
	join := func(c *Config) { c.Hub = hub }
	a, b := newBench(t, join), newBench(t, join)
	b.orgs, b.ca, b.caKey = a.orgs, a.ca, a.caKey // they share a database
	a.collect(wire.UpPulse)
	d := a.tablet().on()
	if !d.subscribed(d.me.DownAll(), 0) {
		t.Fatal("not subscribed")
	}
	waitFor(t, "the edges to see each other", func() bool {
		done := make(chan bool, 1)
		stop, err := a.Listen(d.me.Org, func(string, string) { done <- true })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		b.Announce(d.me.Org, "device", "")
		if err := b.nc.Flush(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-done:
			return true
		case <-time.After(20 * time.Millisecond):
			return false
		}
	})
	if err := b.Send(d.me, wire.DownAck, []byte("from the other edge")); err != nil {
		t.Fatal(err)
	}
	if got := d.received(); got != "from the other edge" {
		t.Errorf("the tablet got %q", got)
	}
	leaked, err := b.nc.SubscribeSync("$MQTT.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.wait(d.Publish(d.me.Up(wire.UpPresence), 1, true, "retained")); err != nil {
		t.Fatal(err)
	}
	d.publish(d.me.Up(wire.UpPulse), "hello")
	if got := a.next(); got.body != "hello" {
		t.Errorf("got %v", got)
	}
	if n, _, err := leaked.Pending(); err != nil || n != 0 {
		t.Errorf("%d messages of the broker's own crossed over, %v", n, err)
	}
	if err := b.Kick(d.me.Device); err != nil {
		t.Fatal(err)
	}
	d.gone()
}

func startHub(t *testing.T) *Hub {
	t.Helper()
	h, stop := startHubAt(t, -1)
	t.Cleanup(stop)
	return h.hub()
}

// hubServer is a running hub.
type hubServer struct{ port int }

func (h hubServer) hub() *Hub {
	return &Hub{URLs: []*url.URL{{Scheme: "nats-leaf", Host: fmt.Sprintf("127.0.0.1:%d", h.port)}}}
}

// startHubAt starts a hub on a port; -1 is a free one.
func startHubAt(t *testing.T, port int) (h hubServer, stop func()) {
	t.Helper()
	o := &server.Options{DontListen: true, NoSigs: true, LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: port}}
	hub, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	hub.Start()
	if !hub.ReadyForConnections(patience) {
		t.Fatal("no hub")
	}
	return hubServer{o.LeafNode.Port}, func() { hub.Shutdown(); hub.WaitForShutdown() }
}

// waitFor tries until it is so.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			t.Fatal("waited in vain for " + what)
		}
	}
}
