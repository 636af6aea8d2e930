package edge

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"muster/attendance"
	"muster/sync/wire"
)

// Bounds of the service that lets tablets in.
const (
	calloutWorkers = 8
	calloutQueue   = 16_384 // tablets that wait for their turn after a cut
	lookupTimeout  = 10 * time.Second
)

// serveCallout answers the broker's question who may come in.
func (e *Edge) serveCallout() error {
	queue := make(chan *nats.Msg, calloutQueue)
	if _, err := e.nc.ChanSubscribe(server.AuthCalloutSubject, queue); err != nil {
		return fmt.Errorf("auth callout: %w", err)
	}
	for range calloutWorkers {
		e.workers.Go(func() {
			for {
				select {
				case <-e.ctx.Done():
					return
				case m := <-queue:
					e.callout(m)
				}
			}
		})
	}
	return nil
}

// callout answers one question. One whose asker has given up is dropped, so that
// a storm of tablets is not followed by a storm of stale answers.
func (e *Edge) callout(m *nats.Msg) {
	req, err := jwt.DecodeAuthorizationRequestClaims(string(m.Data))
	if err != nil {
		e.log.Warn("auth callout: not a request", "err", err)
		return
	}
	if req.Expires != 0 && time.Now().Unix() > req.Expires {
		return
	}
	answer := jwt.NewAuthorizationResponseClaims(req.UserNkey)
	answer.Audience = req.Server.ID
	if answer.Jwt, err = e.admit(&req.AuthorizationRequest); err != nil {
		e.log.Warn("tablet turned away", "client_id", req.ClientInformation.MQTT, "address", req.ClientInformation.Host, "err", err)
		answer.Error = "not authorized"
	}
	token, err := answer.Encode(e.signer)
	if err != nil {
		e.log.Error("auth callout: sign", "err", err)
		return
	}
	if err := m.Respond([]byte(token)); err != nil {
		e.log.Warn("auth callout: answer", "err", err)
	}
}

var errGone = errors.New("it has hung up meanwhile")

// admit checks that certificate, client id and registry agree on who it is, and
// returns the permissions as a signed token that ends soon after the certificate.
func (e *Edge) admit(req *jwt.AuthorizationRequest) (string, error) {
	cert, err := leafCertificate(req.TLS)
	if err != nil {
		return "", err
	}
	dev, err := attendance.ParseID[attendance.DeviceID](cert.Subject.CommonName)
	if err != nil {
		return "", fmt.Errorf("common name: %w", err)
	}
	// Without this, one tablet could throw another off by taking its client id.
	if req.ClientInformation.MQTT != string(dev) {
		return "", fmt.Errorf("client id is not that of the certificate, %s", dev)
	}
	ctx, cancel := context.WithTimeout(e.ctx, lookupTimeout)
	defer cancel()
	org, err := e.registry.Admit(ctx, dev, cert.SerialNumber.Text(16))
	if err != nil {
		return "", err
	}
	// Who waited too long and is elsewhere by now is not to be ended there as of yesterday.
	if e.gone(req.ClientInformation.ID) {
		return "", errGone
	}
	host := req.ClientInformation.Host
	if other, twins := e.seen.note(dev, host, time.Now(), func(other string) bool { return e.open(dev, other) }); twins {
		e.tellTwins(ctx, org, dev, host, other)
	}
	e.receive(dev, req.ClientInformation.ID, cert.NotAfter)
	e.arrived(org, dev, host)
	user := jwt.NewUserClaims(req.UserNkey)
	user.Name, user.Audience, user.Expires = string(dev), account, cert.NotAfter.Add(backstop).Unix()
	permit(&user.Permissions, wire.Address{Org: org, Device: dev})
	return user.Encode(e.signer)
}

// permit allows a tablet what is its own and nothing else: to publish the kinds
// of message that there are (more would let it fill the broker with retained
// ones), and to hear what is sent to it. A topic muster/1/… is the subject
// muster.1.… on the broker; a filter ending in /# also covers the level above.
func permit(p *jwt.Permissions, a wire.Address) {
	for _, leaf := range []wire.Leaf{wire.UpJournal, wire.UpPull, wire.UpPulse, wire.UpPresence} {
		p.Pub.Allow.Add(subject(a.Up(leaf)))
	}
	down := strings.TrimSuffix(subject(a.Down("")), ".")
	p.Sub.Allow.Add(down, down+".>")
}

func leafCertificate(t *jwt.ClientTLS) (*x509.Certificate, error) {
	if t == nil || len(t.VerifiedChains) == 0 || len(t.VerifiedChains[0]) == 0 {
		return nil, errors.New("no verified certificate")
	}
	block, _ := pem.Decode([]byte(t.VerifiedChains[0][0]))
	if block == nil {
		return nil, errors.New("certificate is not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}

// subject returns a topic as the broker names it inside.
func subject(topic string) string { return strings.ReplaceAll(topic, "/", ".") }

// topic is the inverse of subject for our own topics, whose segments hold no dot.
func topic(subject string) string { return strings.ReplaceAll(subject, ".", "/") }
