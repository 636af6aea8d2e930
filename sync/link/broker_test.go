package link_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"muster/attendance"
	"muster/sync/wire"
)

var self = wire.Address{Org: "0199a0b0-0000-7000-8000-000000000001", Device: "0199a0b0-0000-7000-8000-000000000002"}

// papers are an authority and what it signed.
type papers struct {
	t     testing.TB
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey
}

func newPapers(t testing.TB) *papers {
	t.Helper()
	p := &papers{t: t}
	p.caKey = p.key()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	p.ca = p.sign(template, template, &p.caKey.PublicKey)
	return p
}

func (p *papers) key() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	return k
}

func (p *papers) sign(template, parent *x509.Certificate, pub any) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, p.caKey)
	if err != nil {
		p.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	return cert
}

func (p *papers) issue(name string, life time.Duration) tls.Certificate {
	k := p.key()
	cert := p.sign(&x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}, p.ca, &k.PublicKey)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: k}
}

func (p *papers) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.ca)
	return pool
}

// client is what a tablet with this certificate connects with.
func (p *papers) client(cert tls.Certificate) *tls.Config {
	return &tls.Config{ServerName: "127.0.0.1", RootCAs: p.pool(), Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13}
}

// broker is the real one, with MQTT over mutual TLS.
type broker struct {
	*server.Server
	t    testing.TB
	opts *server.Options
	addr string     // of its MQTT side
	nc   *nats.Conn // the cloud's own connection
}

func startBroker(t testing.TB, p *papers, change func(*server.Options)) *broker {
	t.Helper()
	opts := &server.Options{
		Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, ServerName: "edge", JetStream: true, StoreDir: t.TempDir(),
		MQTT: server.MQTTOpts{
			Host: "127.0.0.1", Port: -1,
			TLSConfig: &tls.Config{
				Certificates: []tls.Certificate{p.issue("broker", time.Hour)}, ClientCAs: p.pool(), ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13,
			},
			TLSTimeout: 60,
		},
	}
	if change != nil {
		change(opts)
	}
	b := &broker{t: t, opts: opts}
	b.start()
	// What it chose stays, so that it can be found again after a second start.
	opts.MQTT.Port = mqttPort(t, b.Server)
	b.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.MQTT.Port))
	t.Cleanup(b.stop)
	return b
}

func (b *broker) start() {
	b.t.Helper()
	s, err := server.NewServer(b.opts)
	if err != nil {
		b.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		b.t.Fatal("the broker doesn't start")
	}
	b.Server = s
	var opts []nats.Option
	if len(b.opts.Users) > 0 {
		opts = append(opts, nats.UserInfo("cloud", "cloud"))
	}
	if b.nc, err = nats.Connect(s.ClientURL(), append(opts, nats.InProcessServer(s))...); err != nil {
		b.t.Fatal(err)
	}
}

func mqttPort(t testing.TB, s *server.Server) int {
	v, err := s.Varz(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v.MQTT.Port
}

func (b *broker) stop() {
	if b.Server == nil {
		return
	}
	b.nc.Close()
	b.Shutdown()
	b.WaitForShutdown()
	b.Server = nil
}

// cut ends the tablet's connection as an edge does with a revoked one.
func (b *broker) cut(id attendance.DeviceID) bool {
	z, err := b.Connz(&server.ConnzOptions{MQTTClient: string(id)})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range z.Conns {
		_ = b.DisconnectClientByID(c.Cid)
	}
	return len(z.Conns) > 0
}

// hear subscribes as the cloud does.
func (b *broker) hear(subject string, f func([]byte)) {
	b.t.Helper()
	if _, err := b.nc.Subscribe(subject, func(m *nats.Msg) { f(m.Data) }); err != nil {
		b.t.Fatal(err)
	}
	if err := b.nc.Flush(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) say(leaf wire.Leaf, body []byte) {
	subject := "muster.1." + string(self.Org) + "." + string(self.Device) + ".down." + string(leaf)
	// A broker that was stopped meanwhile takes nothing more; the line is bad.
	if err := b.nc.Publish(subject, body); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.t.Error(err)
	}
}
