package edge

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"strings"
	"testing"
	"time"

	"muster/sync/wire"
)

func TestTabletTalksWithTheCloud(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpPulse)
	d := b.tablet().on()
	if !d.subscribed(d.me.DownAll(), 0) {
		t.Fatal("the tablet may not listen to what is for it")
	}
	d.publish(d.me.Up(wire.UpPulse), "hello")
	if got := b.next(); got != (letter{d.me, wire.UpPulse, "hello"}) {
		t.Errorf("the cloud got %v", got)
	}
	if err := b.Send(d.me, wire.DownAck, []byte("thanks")); err != nil {
		t.Fatal(err)
	}
	if got := d.received(); got != "thanks" {
		t.Errorf("the tablet got %q", got)
	}
	if err := b.Send(d.me, wire.DownAck, make([]byte, wire.MaxMessage+1)); err == nil {
		t.Error("a message went out that is larger than any may be")
	}
}

// Who is not exactly the tablet that the certificate names doesn't get in.
func TestWhoIsTurnedAway(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	for what, spoil := range map[string]func(d, other *tablet){
		"no certificate":              func(d, _ *tablet) { d.cert = nil },
		"another's client id":         func(d, other *tablet) { d.me = other.me },
		"no client id":                func(d, _ *tablet) { d.me.Device = "" },
		"a tablet nobody knows":       func(d, _ *tablet) { b.forget(d.me.Device) },
		"a common name that is no id": func(d, _ *tablet) { d.me.Device = "gate"; d.cert = b.named("gate", nil) },
		"an expired certificate": func(d, _ *tablet) {
			d.cert = b.named(string(d.me.Device), func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
			})
		},
		"a certificate for servers": func(d, _ *tablet) {
			d.cert = b.named(string(d.me.Device), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
		},
		"another authority's certificate": func(d, _ *tablet) {
			other := &bench{t: t}
			other.caKey, other.ca = authority(t)
			d.cert = other.named(string(d.me.Device), nil)
		},
	} {
		t.Run(what, func(t *testing.T) {
			d, other := b.tablet(), b.tablet()
			spoil(d, other)
			if err := d.connect(d.options()); err == nil {
				t.Error("it got in")
			}
		})
	}
}

// named issues a client certificate with a common name.
func (b *bench) named(name string, change func(*x509.Certificate)) *tls.Certificate {
	b.t.Helper()
	c := &x509.Certificate{Subject: pkix.Name{CommonName: name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if change != nil {
		change(c)
	}
	return b.issue(c)
}

// A tablet that tries to throw another off by its client id leaves it alone.
func TestTakeover(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpPulse)
	victim, attacker := b.tablet().on(), b.tablet()
	if err := attacker.connect(attacker.options().SetClientID(string(victim.me.Device))); err == nil {
		t.Error("the attacker got in")
	}
	victim.publish(victim.me.Up(wire.UpPulse), "still here")
	if got := b.next(); got.body != "still here" {
		t.Errorf("got %v", got)
	}
}

// What a tablet publishes anywhere but under its own address goes nowhere, nor
// does its will.
func TestForeignTopics(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpPulse, wire.UpPresence, wire.UpJournal, wire.UpPull)
	victim, attacker := b.tablet().on(), b.tablet()
	if !victim.subscribed(victim.me.DownAll(), 0) {
		t.Fatal("not subscribed")
	}
	heard, err := b.nc.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	forged := victim.me.Up(wire.UpPresence)
	if err := attacker.connect(attacker.options().SetWill(forged, "forged will", 1, true)); err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{
		attacker.me.Up("strange"), attacker.me.Up(wire.UpJournal) + "/deeper",
		victim.me.Up(wire.UpJournal),
		wire.Address{Org: victim.me.Org, Device: attacker.me.Device}.Up(wire.UpJournal), // its own name in another organisation
		wire.Address{Org: attacker.me.Org, Device: victim.me.Device}.Up(wire.UpJournal),
		victim.me.Down(wire.DownCommand), attacker.me.Down(wire.DownCommand),
		"kick", "news/" + string(victim.me.Org) + "/punch", "$SYS/REQ/USER/AUTH", "$JS/API/INFO", "$MQTT/msgs/x", "muster", "muster/1",
	} {
		attacker.publish(topic, "forged")
	}
	if err := b.Kick(attacker.me.Device); err != nil { // whoever is cut has its will sent
		t.Fatal(err)
	}
	attacker.gone()
	for _, leaf := range []wire.Leaf{wire.UpJournal, wire.UpPresence} {
		victim.publish(victim.me.Up(leaf), "honest")
		if got := b.next(); got.body != "honest" {
			t.Errorf("the cloud got %v", got)
		}
	}
	if err := b.Send(victim.me, wire.DownAck, []byte("honest")); err != nil {
		t.Fatal(err)
	}
	if got := victim.received(); got != "honest" {
		t.Errorf("the victim got %q", got)
	}
	for {
		m, err := heard.NextMsg(time.Millisecond)
		if err != nil {
			return
		}
		if strings.Contains(string(m.Data), "forged") {
			t.Errorf("%q came through on %s", m.Data, m.Subject)
		}
	}
}

func TestOwnWillComesThrough(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.collect(wire.UpPresence)
	d := b.tablet()
	if err := d.connect(d.options().SetWill(d.me.Up(wire.UpPresence), "gone", 1, true)); err != nil {
		t.Fatal(err)
	}
	if err := b.Kick(d.me.Device); err != nil {
		t.Fatal(err)
	}
	if got := b.next(); got != (letter{d.me, wire.UpPresence, "gone"}) {
		t.Errorf("got %v", got)
	}
}

// A tablet may listen to what is for it, with and without QoS, and to nothing else.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	victim, d := b.tablet(), b.tablet().on()
	for filter, want := range map[string]bool{
		d.me.DownAll(): true, d.me.Down(wire.DownAck): true,
		victim.me.DownAll(): false, victim.me.Down(wire.DownCommand): false, d.me.Up(wire.UpJournal): false,
		"#": false, "+/#": false, "muster/#": false, "muster/1/+/+/down/#": false, "muster/1/" + string(d.me.Org) + "/+/down/ack": false,
		"$share/cloud/muster/1/+/+/up/journal": false, "$share/cloud/" + d.me.Up(wire.UpJournal): false,
		"news/#": false, "$SYS/#": false, "$JS/#": false, "$MQTT/#": false, "$MQTT/sub/#": false, "$MQTT/sub/+": false, "$MQTT/msgs/#": false,
	} {
		for qos := range byte(2) {
			if got := d.subscribed(filter, qos); got != want {
				t.Errorf("subscription to %s with QoS %d granted: %v", filter, qos, got)
			}
		}
	}
}

// A tablet that is revoked is cut, and doesn't come back.
func TestKick(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	d, other := b.tablet().on(), b.tablet().on()
	b.forget(d.me.Device)
	if err := b.Kick(d.me.Device); err != nil {
		t.Fatal(err)
	}
	d.gone()
	if again := (&tablet{b: b, me: d.me, cert: d.cert, lost: make(chan struct{})}); again.connect(again.options()) == nil {
		t.Error("it came back")
	}
	if !other.IsConnectionOpen() {
		t.Error("another tablet was cut as well")
	}
}

// The connection ends with the certificate that opened it.
func TestConnectionEndsWithTheCertificate(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	d := b.tablet()
	d.cert = b.named(string(d.me.Device), func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(8*time.Second)
	})
	d.on()
	d.gone()
}

// There is no way in but MQTT: the broker has no NATS port.
func TestNoPortForNATS(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	if a := b.srv.Addr(); a != nil {
		t.Errorf("the broker listens for NATS clients on %s", a)
	}
	conn, err := tls.Dial("tcp", b.Addr(), &tls.Config{RootCAs: b.pool(), ServerName: "localhost", Certificates: []tls.Certificate{*b.tablet().cert}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it is read to its end
	if _, err := conn.Write([]byte("CONNECT {\"user\":\"cloud\"}\r\nPING\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil || strings.Contains(line, "PONG") || strings.Contains(line, "INFO") {
		t.Errorf("the MQTT port answers NATS: %q, %v", line, err)
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody connects
	b := newBench(t, nil)
	_, err = Start(t.Context(), Config{
		Listen: l.Addr().String(), Authority: b.pool(), Registry: b, Scratch: t.TempDir(), Logger: b.log,
	})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}
