package activation_test

import (
	"context"
	"testing"

	"muster/device/activation"
	"muster/sync/wire"
)

// A cloud that nobody vouched for is told nothing.
func TestOnlyThePinnedAuthorityIsBelieved(t *testing.T) {
	t.Parallel()
	c, other := newCloud(t), newCloud(t)
	b := newTablet(t, c)
	b.url = other.server.URL
	s := b.open()
	defer s.Close() //nolint:errcheck // at the end
	ctx, cancel := context.WithCancel(t.Context())
	_, done := b.activate(ctx, s)
	b.until(func(s activation.Stage) bool { return s.Problem == activation.CodeOffline })
	cancel()
	_ = b.end(done)
	if n := other.count(wire.PathClaims); n != 0 {
		t.Errorf("%d claims reached a stranger", n)
	}
}

// Answers that are not what they should be leave the tablet as it was.
func TestBadCertificatesAreNotTaken(t *testing.T) {
	t.Parallel()
	stranger := newCloud(t)
	for name, tamper := range map[string]func(*cloud, *wire.CertificateReply){
		"for another key":       func(c *cloud, r *wire.CertificateReply) { r.Certificate = c.issue(&c.key.PublicKey).Certificate },
		"by another authority":  func(_ *cloud, r *wire.CertificateReply) { r.Authority = stranger.authority.Raw },
		"for another device":    func(_ *cloud, r *wire.CertificateReply) { r.Device = "0199a0b0-0000-7000-8000-000000000009" },
		"no certificate":        func(_ *cloud, r *wire.CertificateReply) { r.Certificate = []byte("x") },
		"no card key":           func(_ *cloud, r *wire.CertificateReply) { r.CardKey = nil },
		"no organisation":       func(_ *cloud, r *wire.CertificateReply) { r.Org = "../.." },
		"no site":               func(_ *cloud, r *wire.CertificateReply) { r.Site = "" },
		"nowhere to connect to": func(_ *cloud, r *wire.CertificateReply) { r.MQTT = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t)
			c.tamper = func(path string, reply any) {
				if path == wire.PathConfirm {
					tamper(c, reply.(*wire.CertificateReply))
				}
			}
			b := newTablet(t, c)
			s := b.open()
			defer s.Close() //nolint:errcheck // at the end
			ctx, cancel := context.WithCancel(t.Context())
			_, done := b.activate(ctx, s)
			b.until(waiting)
			c.decide(wire.ClaimApproved)
			b.until(func(s activation.Stage) bool { return s.Problem == wire.CodeInternal })
			if _, ok, _ := s.Identity(t.Context()); ok {
				t.Error("the tablet took it")
			}
			c.mu.Lock()
			c.tamper = nil
			c.mu.Unlock()
			if err := b.end(done); err != nil {
				t.Error(err)
			}
			cancel()
		})
	}
}
