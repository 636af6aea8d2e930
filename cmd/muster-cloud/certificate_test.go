package main

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"muster/attendance"
	"muster/sync/wire"
)

// renew asks for a certificate for a new key and, when it gets one, goes on with it.
func (d *tablet) renew() *wire.Problem {
	d.t.Helper()
	key := newKey(d.t)
	p := d.post(wire.PathRenew, wire.RenewRequest{CSR: csr(d.t, key)}, &d.reply)
	if p == nil {
		d.key = key
		d.cert = &tls.Certificate{Certificate: [][]byte{d.reply.Certificate}, PrivateKey: key}
	}
	return p
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	same := d.post(wire.PathRenew, wire.RenewRequest{CSR: csr(t, d.key)}, &d.reply)
	d.refused(same, wire.CodeWrongKey)
	before, id := d.cert, d.reply.Device
	d.must(d.renew())
	if d.reply.Device != id || d.reply.Site != string(c.site) {
		t.Errorf("renewed, it is %+v", d.reply)
	}
	d.connect()
	d.acked(d.punch())
	// The power goes before the new certificate is on the disk: the old one is
	// still good.
	d.cert = before
	d.must(d.renew())

	d.cert = nil
	d.refused(d.renew(), wire.CodeNoCertificate)
}

// A certificate that our authority signed but the store doesn't know is none:
// nobody gets in on a key that was stolen from a backup of another installation.
func TestRenewalNeedsAKnownCertificate(t *testing.T) {
	t.Parallel()
	c, elsewhere := startCloud(t), startCloud(t)
	d, foreign := newTablet(t, c).activate(), newTablet(t, elsewhere).activate()
	foreign.c = c
	foreign.refused(foreign.renew(), wire.CodeNoCertificate)
	c.exec(`DELETE FROM certificates`)
	d.refused(d.renew(), wire.CodeNoCertificate)
	if err := d.dial(d.options()); err == nil {
		t.Error("it got onto the broker")
	}
}

// A tablet that was in a cupboard for too long gets to renewal, and nowhere else.
func TestExpiredCertificateReachesOnlyRenewal(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	c.clock.forward(-100 * 24 * time.Hour)
	d := newTablet(t, c).activate()
	c.clock.forward(100 * 24 * time.Hour)
	cert, err := x509.ParseCertificate(d.reply.Certificate)
	if err != nil || time.Now().Before(cert.NotAfter) {
		t.Fatalf("the certificate ends %s, %v", cert.NotAfter, err)
	}
	if err := d.dial(d.options()); err == nil {
		t.Error("it got onto the broker")
	}
	d.must(d.renew())
	d.connect()
	d.acked(d.punch())
}

// One that could not renew in time is cut when its certificate ends, though it is
// connected; it gets to renewal, and comes in again by the new one.
func TestLiveConnectionEndsWithItsCertificate(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	const early = 90*24*time.Hour - 8*time.Second
	c.clock.forward(-early)
	d := newTablet(t, c).activate()
	c.clock.forward(early)
	lost := make(chan struct{})
	if err := d.dial(d.options().SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) })); err != nil {
		t.Fatal(err)
	}
	d.subscribe(d.address().DownAll(), 0, true)
	d.acked(d.punch())
	select {
	case <-lost:
	case <-time.After(patience):
		t.Fatal("the tablet is still connected")
	}
	if cert, err := x509.ParseCertificate(d.reply.Certificate); err != nil || time.Now().Before(cert.NotAfter) {
		t.Errorf("it was cut before %s, %v", cert.NotAfter, err)
	}
	if err := d.dial(d.options()); err == nil {
		t.Error("it came back")
	}
	d.must(d.renew())
	d.connect()
	d.acked(d.punch())
}

// A revoked tablet is cut at once and can't come back by any way.
func TestRevocation(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d, other := newTablet(t, c).activate(), newTablet(t, c).activate().connect()
	lost := make(chan struct{})
	if err := d.dial(d.options().SetConnectionLostHandler(func(mqtt.Client, error) { close(lost) })); err != nil {
		t.Fatal(err)
	}
	id := attendance.DeviceID(d.reply.Device)
	if err := c.fleet.Lock(c.ctx(), c.admin, id, "Stop"); err != nil {
		t.Fatal(err)
	}
	if err := c.fleet.Revoke(c.ctx(), c.admin, id); err != nil {
		t.Fatal(err)
	}
	select {
	case <-lost:
	case <-time.After(patience):
		t.Fatal("the tablet is still connected")
	}
	if err := d.dial(d.options()); err == nil {
		t.Error("it came back")
	}
	d.refused(d.renew(), wire.CodeRevoked)
	d.refused(d.fetch(), wire.CodeRevoked)
	d.refused(d.post(wire.PathPoll, wire.PollRequest{DeviceCode: d.claim.DeviceCode}, nil), wire.CodeRevoked)
	if n := c.count(`SELECT COUNT(*) FROM commands WHERE device = ? AND state = 'open'`, id); n != 0 {
		t.Error("a command still waits for it")
	}
	got, err := c.fleet.Tablet(c.ctx(), c.admin, id)
	if err != nil || got.Revoked.IsZero() || got.Online {
		t.Errorf("the manager sees %+v, %v", got, err)
	}
	other.acked(other.punch())
}
