package edge

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"muster/attendance"
	"muster/sync/wire"
)

// patience bounds every wait. It is only ever used up by a failure.
const patience = 5 * time.Minute

// bench is an authority, a registry and an edge.
type bench struct {
	*Edge
	t      *testing.T
	caKey  *ecdsa.PrivateKey
	ca     *x509.Certificate
	serial int64

	mu   sync.Mutex
	orgs map[attendance.DeviceID]attendance.OrgID
	mail chan letter
}

type letter struct {
	from wire.Address
	leaf wire.Leaf
	body string
}

var errStranger = errors.New("no such tablet")

// Admit makes the bench the registry.
func (b *bench) Admit(_ context.Context, dev attendance.DeviceID, _ string) (attendance.OrgID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	org, ok := b.orgs[dev]
	if !ok {
		return "", errStranger
	}
	return org, nil
}

func (b *bench) forget(dev attendance.DeviceID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.orgs, dev)
}

func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, orgs: map[attendance.DeviceID]attendance.OrgID{}, mail: make(chan letter, 1000)}
	b.caKey, b.ca = authority(t)
	b.serial = 1
	server := b.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "edge"}, DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	cfg := Config{
		Listen: "localhost:0", Authority: b.pool(), Registry: b, Scratch: t.TempDir(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Certificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return server, nil },
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if b.Edge, err = Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// authority makes one that signs certificates.
func authority(t *testing.T) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	k := key(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return k, ca
}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (b *bench) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(b.ca)
	return p
}

// issue signs a certificate that is good now, unless the template says otherwise.
func (b *bench) issue(template *x509.Certificate) *tls.Certificate {
	b.t.Helper()
	b.serial++
	template.SerialNumber = big.NewInt(b.serial)
	if template.NotAfter.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	}
	k := key(b.t)
	der, err := x509.CreateCertificate(rand.Reader, template, b.ca, &k.PublicKey, b.caKey)
	if err != nil {
		b.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}
}

// collect puts what tablets send into b.mail.
func (b *bench) collect(leaves ...wire.Leaf) {
	b.t.Helper()
	for _, leaf := range leaves {
		err := b.Subscribe(leaf, func(_ context.Context, from wire.Address, leaf wire.Leaf, body []byte) {
			b.mail <- letter{from, leaf, string(body)}
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) next() letter {
	b.t.Helper()
	select {
	case l := <-b.mail:
		return l
	case <-time.After(patience):
		b.t.Fatal("nothing came")
		return letter{}
	}
}

// tablet is one that the registry knows.
type tablet struct {
	b    *bench
	me   wire.Address
	cert *tls.Certificate
	mqtt.Client
	lost chan struct{} // closed when the connection is
	down chan string
}

func (b *bench) tablet() *tablet {
	b.t.Helper()
	d := &tablet{
		b: b, me: wire.Address{Org: attendance.NewID[attendance.OrgID](), Device: attendance.NewID[attendance.DeviceID]()},
		lost: make(chan struct{}), down: make(chan string, 100),
	}
	b.mu.Lock()
	b.orgs[d.me.Device] = d.me.Org
	b.mu.Unlock()
	d.cert = b.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: string(d.me.Device)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return d
}

func (d *tablet) options() *mqtt.ClientOptions {
	cfg := &tls.Config{RootCAs: d.b.pool(), ServerName: "localhost"}
	if d.cert != nil {
		cfg.Certificates = []tls.Certificate{*d.cert}
	}
	return mqtt.NewClientOptions().AddBroker("ssl://" + d.b.Addr()).SetClientID(string(d.me.Device)).SetTLSConfig(cfg).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(patience).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(d.lost) }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { d.down <- string(m.Payload()) })
}

func (d *tablet) connect(o *mqtt.ClientOptions) error {
	d.b.t.Helper()
	d.Client = mqtt.NewClient(o)
	err := d.wait(d.Connect())
	d.b.t.Cleanup(func() { d.Disconnect(0) })
	return err
}

// on connects and fails the test when it can't.
func (d *tablet) on() *tablet {
	d.b.t.Helper()
	if err := d.connect(d.options()); err != nil {
		d.b.t.Fatal(err)
	}
	return d
}

func (d *tablet) wait(token mqtt.Token) error {
	d.b.t.Helper()
	if !token.WaitTimeout(patience) {
		d.b.t.Fatal("the broker did not answer")
	}
	return token.Error()
}

func (d *tablet) publish(topic, body string) {
	d.b.t.Helper()
	if err := d.wait(d.Publish(topic, 1, false, body)); err != nil {
		d.b.t.Fatal(err)
	}
}

// subscribed tells whether the broker granted a subscription.
func (d *tablet) subscribed(filter string, qos byte) bool {
	d.b.t.Helper()
	token := d.Subscribe(filter, qos, nil).(*mqtt.SubscribeToken)
	_ = d.wait(token)                     //nolint:errcheck // the result says it
	for _, code := range token.Result() { // by filter; the client leaves out $share/<group>/
		return code != 0x80
	}
	return false
}

func (d *tablet) received() string {
	d.b.t.Helper()
	select {
	case m := <-d.down:
		return m
	case <-time.After(patience):
		d.b.t.Fatal("nothing came")
		return ""
	}
}

func (d *tablet) gone() {
	d.b.t.Helper()
	select {
	case <-d.lost:
	case <-time.After(patience):
		d.b.t.Fatal("the connection is still there")
	}
}
