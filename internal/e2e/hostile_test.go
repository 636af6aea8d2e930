package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"google.golang.org/protobuf/proto"

	"muster/sync/wire"
)

// One tablet that has gone bad can't be, hear or speak for another.
func TestATabletIsOnlyItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	anna := w.employee("Anna", "Petersen", "")
	good, bad := newPeer(w, "Gate 1"), newPeer(w, "Gate 2")

	victim, err := good.connect(nil)
	w.check(err)
	w.check(victim.listen(good.address()))
	w.check(victim.tell(good.address().Up(wire.UpPresence), &wire.Presence{Session: "s1", Online: true, StartedUs: time.Now().UnixMicro()}))
	online := func(p *peer) bool {
		var d struct {
			Online bool `json:"online"`
		}
		w.get("/api/v1/devices/"+p.cert.Device, &d)
		return d.Online
	}
	w.eventually("the good tablet is seen online", func() bool { return online(good) })

	t.Log("another's client id")
	if _, err := bad.connect(func(o *mqtt.ClientOptions) { o.SetClientID(good.cert.Device) }); err == nil {
		t.Error("a tablet could connect under another's client id")
	}
	if _, err := bad.connect(func(o *mqtt.ClientOptions) { o.SetTLSConfig(bad.tls(nil)) }); err == nil {
		t.Error("somebody could connect without a certificate")
	}
	if !victim.IsConnectionOpen() {
		t.Error("the attempt has thrown the good tablet off")
	}

	t.Log("another's topics, and another's will")
	foreignWill, err := proto.Marshal(&wire.Presence{Session: "s1", Online: false, StartedUs: time.Now().UnixMicro()})
	w.check(err)
	attacker, err := bad.connect(func(o *mqtt.ClientOptions) {
		o.SetBinaryWill(good.address().Up(wire.UpPresence), foreignWill, 1, true)
	})
	if err == nil {
		_ = attacker.listen(good.address()) // refused, or never answered with anything
		// The edge may drop this silently or cut the connection: both will do.
		_ = attacker.tell(good.address().Up(wire.UpJournal), &wire.JournalBatch{Rows: []*wire.JournalRow{good.punchRow(anna)}})
		attacker.Disconnect(0) // without a goodbye on the wire the will is due
	}

	t.Log("its own topics still work")
	again, err := bad.connect(nil)
	w.check(err)
	w.check(again.listen(bad.address()))
	w.check(again.tell(bad.address().Up(wire.UpJournal), &wire.JournalBatch{Rows: []*wire.JournalRow{bad.punchRow(anna)}}))
	var ack wire.JournalAck
	w.check(proto.Unmarshal(again.next(t, w, bad.address().Down(wire.DownAck)), &ack))
	if ack.GetThrough() != 1 {
		t.Errorf("the ack says through %d, want 1", ack.GetThrough())
	}
	if n := len(w.punches()); n != 1 {
		t.Errorf("%d punches have arrived, want only the one of the tablet itself", n)
	}
	if !online(good) {
		t.Error("a foreign will has marked the good tablet offline")
	}
	select {
	case m := <-attackerMessages(attacker):
		t.Errorf("the attacker has heard %s", m.Topic())
	default:
	}
}

func attackerMessages(s *session) <-chan mqtt.Message {
	if s == nil {
		return nil
	}
	return s.got
}

// Revocation cuts the live connection, and there is no way back in.
func TestARevokedTabletIsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := newPeer(w, "Gate 1")
	s, err := p.connect(nil)
	w.check(err)
	w.post("/api/v1/devices/"+p.cert.Device+"/revoke", map[string]any{}, nil)
	select {
	case <-s.lost:
	case <-w.ctx.Done():
		t.Fatal("the revoked tablet is still connected")
	}
	if _, err := p.connect(nil); err == nil {
		t.Error("a revoked tablet could connect again")
	}
	var reply wire.CertificateReply
	err = p.ask(wire.PathRenew, p.certificate(), wire.RenewRequest{CSR: p.request(p.key)}, &reply)
	var no refused
	if !errors.As(err, &no) || no.problem.Code != wire.CodeRevoked {
		t.Errorf("renewal of a revoked tablet: %v, want the code %q", err, wire.CodeRevoked)
	}
}

// The same, as the tablet on the wall lives it: it says so, and stays out after
// a restart.
func TestARevokedTabletSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.reader()
	tab := w.tablet(r.Connstring)
	device := w.activate(tab)
	w.post("/api/v1/devices/"+device+"/revoke", map[string]any{}, nil)
	w.scene(tab, "revoked")
	w.check(tab.Stop())
	w.scene(w.tablet(r.Connstring), "revoked")
}

// A tablet that was in a drawer for months comes back by itself, but through
// the one door that is left to it.
func TestAnExpiredCertificateReachesOnlyRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "--certificate-life", "3s")
	p := newPeer(w, "Gate 1")
	w.eventually("the certificate has ended", func() bool { return time.Now().After(p.expires()) })

	if s, err := p.connect(nil); err == nil {
		// TLS 1.3 tells a client of its refusal only after the handshake.
		if err := s.listen(p.address()); err == nil {
			t.Error("a tablet with an expired certificate is let in")
		}
	}
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.check(err)
	var reply wire.CertificateReply
	wrong := &tls.Certificate{Certificate: [][]byte{p.cert.Certificate}, PrivateKey: stranger}
	if err := p.ask(wire.PathRenew, wrong, wire.RenewRequest{CSR: p.request(stranger)}, &reply); err == nil {
		t.Error("a certificate could be renewed without its key")
	}
	if err := p.ask(wire.PathRenew, nil, wire.RenewRequest{CSR: p.request(stranger)}, &reply); err == nil {
		t.Error("a certificate could be renewed without showing one")
	}

	old := p.certificate()
	p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.check(err)
	w.check(p.ask(wire.PathRenew, old, wire.RenewRequest{CSR: p.request(p.key)}, &p.cert))
	if p.expires().Before(time.Now()) {
		t.Error("the renewed certificate is expired as well")
	}
}
