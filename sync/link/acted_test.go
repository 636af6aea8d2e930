package link

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"muster/device"
	"muster/sync/wire"
)

// acted is a broker that is played, in memory, so that hours pass at once. It answers
// pings always, and all else as late as it is told to.
type acted struct {
	hello, connack, suback, puback time.Duration

	cert    tls.Certificate
	reached atomic.Int64 // how often somebody connected
	greeted atomic.Int64
}

const never = time.Duration(-1)

// actors are brokers by their addresses. At all others, nobody listens.
type actors map[string]*acted

func (a actors) dial(_ context.Context, _, address string) (net.Conn, error) {
	b, there := a[address]
	if !there {
		return nil, errRefused
	}
	b.reached.Add(1)
	near, far := net.Pipe()
	go b.play(far)
	return near, nil
}

// certify gives each broker a certificate of its own.
func (a actors) certify(t *testing.T) {
	t.Helper()
	for _, b := range a {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		b.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
}

func (b *acted) play(far net.Conn) {
	defer far.Close() //nolint:errcheck // nobody would know what to do
	if b.hello == never {
		_, _ = io.Copy(io.Discard, far)
		return
	}
	time.Sleep(b.hello)
	conn := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{b.cert}, MinVersion: tls.VersionTLS13})
	for {
		asked, err := packets.ReadPacket(conn)
		if err != nil {
			return // the other side has gone
		}
		answer, late := b.answer(asked)
		if answer != nil && late != never {
			time.AfterFunc(late, func() { _ = answer.Write(conn) })
		}
	}
}

func (b *acted) answer(asked packets.ControlPacket) (answer packets.ControlPacket, late time.Duration) {
	switch asked := asked.(type) {
	case *packets.ConnectPacket:
		b.greeted.Add(1)
		return packets.NewControlPacket(packets.Connack), b.connack
	case *packets.SubscribePacket:
		granted := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
		granted.MessageID, granted.ReturnCodes = asked.MessageID, []byte{0}
		return granted, b.suback
	case *packets.PublishPacket:
		taken := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
		taken.MessageID = asked.MessageID
		return taken, b.puback
	case *packets.PingreqPacket:
		return packets.NewControlPacket(packets.Pingresp), 0
	}
	return nil, 0
}

// tablet is a link among actors. It tries their addresses in the order that is given
// first, and tells where it has a session.
func (a actors) tablet(t *testing.T, addresses ...string) (l *Link, up chan *Session) {
	t.Helper()
	up = make(chan *Session, 1000)
	l = New(Config{
		Address: wire.Address{Org: "0199a0b0-0000-7000-8000-000000000001", Device: "0199a0b0-0000-7000-8000-000000000002"},
		Brokers: func() []string { return addresses }, Dial: a.dial, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		TLS: func() (func(string) *tls.Config, error) {
			return func(string) *tls.Config { return &tls.Config{InsecureSkipVerify: true} }, nil //nolint:gosec // who they are is not the question
		},
		Serve: func(ctx context.Context, s *Session) error {
			up <- s
			<-ctx.Done()
			return context.Cause(ctx)
		},
		State: func(device.Link) {}, Refused: func(_ context.Context, err error) { t.Error(err) },
	})
	l.sour.at = map[place]time.Time{}
	for i, address := range addresses {
		host := address[:strings.LastIndex(address, ":")]
		l.sour.at[place{host, address}] = time.Now().Add(time.Duration(i) * time.Millisecond)
	}
	return l, up
}

// run keeps a link up until the returned function is called, which lets those brokers
// wake up that have not answered yet.
func run(t *testing.T, l *Link) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	return func() {
		cancel(errors.New("the test is over"))
		<-ended
		time.Sleep(time.Minute)
	}
}
