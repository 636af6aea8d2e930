package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// tablet does what a tablet does, by the letter of sync/wire and nothing else.
type tablet struct {
	t     testing.TB
	c     *cloud
	key   *ecdsa.PrivateKey
	claim wire.ClaimReply
	reply wire.CertificateReply
	cert  *tls.Certificate // nil until it has one

	stream uuid.UUID
	last   device.Row // the newest row of the journal

	client mqtt.Client
	down   chan message
	kept   []message
}

type message struct {
	leaf wire.Leaf
	body []byte
}

func newTablet(t testing.TB, c *cloud) *tablet {
	return &tablet{t: t, c: c, key: newKey(t), stream: uuid.New(), down: make(chan message, 1000)}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkixKey(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func csr(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (c *cloud) trust() *x509.CertPool {
	c.t.Helper()
	ca, err := os.ReadFile(c.Authority)
	if err != nil {
		c.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		c.t.Fatal("authority.pem holds no certificate")
	}
	return pool
}

func (d *tablet) tls() *tls.Config {
	cfg := &tls.Config{RootCAs: d.c.trust(), MinVersion: tls.VersionTLS12}
	if d.cert != nil {
		cfg.Certificates = []tls.Certificate{*d.cert}
	}
	return cfg
}

// post asks the device address; the refusal is nil when reply was filled in.
func (d *tablet) post(path string, request, reply any) *wire.Problem {
	d.t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.c.ctx(), http.MethodPost, d.c.DeviceURL+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	tr := &http.Transport{TLSClientConfig: d.tls(), ForceAttemptHTTP2: true}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		if err := json.NewDecoder(res.Body).Decode(reply); err != nil {
			d.t.Fatal(err)
		}
		return nil
	}
	var p wire.Problem
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil || p.Status != res.StatusCode || res.Header.Get("Content-Type") != "application/problem+json" {
		d.t.Fatalf("%s refused with %s and no problem: %v", path, res.Status, err)
	}
	return &p
}

// must fails the test on a refusal.
func (d *tablet) must(p *wire.Problem) {
	d.t.Helper()
	if p != nil {
		d.t.Fatalf("refused: %+v", *p)
	}
}

func (d *tablet) ask(activationCode string) *wire.Problem {
	d.t.Helper()
	return d.post(wire.PathClaims, wire.ClaimRequest{
		PublicKey: pkixKey(d.t, d.key), Hardware: "Test bench", Version: "1.0", ActivationCode: activationCode,
	}, &d.claim)
}

func (d *tablet) poll() (state string) {
	d.t.Helper()
	var p wire.PollReply
	d.must(d.post(wire.PathPoll, wire.PollRequest{DeviceCode: d.claim.DeviceCode}, &p))
	return p.State
}

func (d *tablet) fetch() *wire.Problem {
	d.t.Helper()
	p := d.post(wire.PathConfirm, wire.CertificateRequest{DeviceCode: d.claim.DeviceCode, CSR: csr(d.t, d.key)}, &d.reply)
	if p == nil {
		d.cert = &tls.Certificate{Certificate: [][]byte{d.reply.Certificate}, PrivateKey: d.key}
	}
	return p
}

// activate goes the whole way by user code.
func (d *tablet) activate() *tablet {
	d.t.Helper()
	d.must(d.ask(""))
	if _, err := d.c.fleet.Approve(d.c.ctx(), d.c.admin, d.claim.UserCode, d.c.site, "Gate"); err != nil {
		d.t.Fatal(err)
	}
	d.must(d.fetch())
	return d
}

func (d *tablet) address() wire.Address {
	return wire.Address{Org: attendance.OrgID(d.reply.Org), Device: attendance.DeviceID(d.reply.Device)}
}

// options are those of an honest tablet; a test may spoil them.
func (d *tablet) options() *mqtt.ClientOptions {
	o := mqtt.NewClientOptions().AddBroker("ssl://" + d.c.MQTT).SetClientID(d.reply.Device).SetTLSConfig(d.tls()).
		SetProtocolVersion(4).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(patience)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		if _, leaf, err := wire.ParseDown(m.Topic()); err == nil {
			d.down <- message{leaf, bytes.Clone(m.Payload())}
		}
	})
	return o
}

// connect opens the session and subscribes.
func (d *tablet) connect() *tablet {
	d.t.Helper()
	if err := d.dial(d.options()); err != nil {
		d.t.Fatal(err)
	}
	d.subscribe(d.address().DownAll(), 0, true)
	return d
}

func (d *tablet) dial(o *mqtt.ClientOptions) error {
	d.t.Helper()
	client := mqtt.NewClient(o)
	if err := d.wait(client.Connect()); err != nil {
		return err
	}
	d.client = client
	d.t.Cleanup(func() { client.Disconnect(0) })
	return nil
}

func (d *tablet) wait(token mqtt.Token) error {
	d.t.Helper()
	if !token.WaitTimeout(patience) {
		d.t.Fatal("the broker did not answer")
	}
	return token.Error()
}

func (d *tablet) subscribe(filter string, qos byte, granted bool) {
	d.t.Helper()
	token := d.client.Subscribe(filter, qos, nil).(*mqtt.SubscribeToken)
	if err := d.wait(token); err != nil && granted {
		d.t.Fatal(err)
	}
	if got := token.Result()[filter]; (got != 0x80) != granted {
		d.t.Errorf("SUBACK for %s is %#x, want granted: %v", filter, got, granted)
	}
}

func (d *tablet) publish(topic string, retained bool, m proto.Message) {
	d.t.Helper()
	body, err := proto.Marshal(m)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.wait(d.client.Publish(topic, 1, retained, body)); err != nil {
		d.t.Fatal(err)
	}
}

// send publishes under the tablet's own address.
func (d *tablet) send(leaf wire.Leaf, m proto.Message) {
	d.t.Helper()
	d.publish(d.address().Up(leaf), leaf == wire.UpPresence, m)
}

// receive waits for the next message of a kind; others are kept for later.
func (d *tablet) receive(leaf wire.Leaf, m proto.Message) {
	d.t.Helper()
	for i, got := range d.kept {
		if got.leaf == leaf {
			d.kept = slices.Delete(d.kept, i, i+1)
			d.read(got, m)
			return
		}
	}
	ctx := d.c.ctx()
	for {
		select {
		case got := <-d.down:
			if got.leaf == leaf {
				d.read(got, m)
				return
			}
			d.kept = append(d.kept, got)
		case <-ctx.Done():
			d.t.Fatalf("no %s came", leaf)
		}
	}
}

func (d *tablet) read(got message, m proto.Message) {
	d.t.Helper()
	if err := proto.Unmarshal(got.body, m); err != nil {
		d.t.Fatal(err)
	}
}

// pushed waits for the first page that goes beyond have.
func (d *tablet) pushed(have uint64) *wire.FeedPage {
	d.t.Helper()
	for {
		p := new(wire.FeedPage)
		if d.receive(wire.DownFeed, p); p.GetTo() > have {
			return p
		}
	}
}

// row writes the next row of the journal.
func (d *tablet) row(kind device.Kind, payload proto.Message) device.Row {
	d.t.Helper()
	body, err := proto.Marshal(payload)
	if err != nil {
		d.t.Fatal(err)
	}
	r := device.Row{
		Stream: d.stream, Seq: d.last.Seq + 1, ID: uuid.Must(uuid.NewV7()), Kind: kind, Payload: body, Prev: d.last.Hash,
		Clock: attendance.ClockReading{
			Device: time.UnixMicro(time.Now().UnixMicro()).UTC(), Monotonic: time.Hour, BootID: "boot",
			Offset: 2 * time.Second, Uncertainty: time.Millisecond, Trust: attendance.TrustEstimated,
		},
	}
	r.Hash = r.Sum()
	d.last = r
	return r
}

// punch writes the row of Anna coming in.
func (d *tablet) punch() device.Row {
	return d.row(device.KindPunch, &wire.PunchPayload{
		ProfileId: string(d.c.anna), SiteId: d.reply.Site, Direction: wire.Direction_DIRECTION_IN,
	})
}

func batch(rows ...device.Row) *wire.JournalBatch {
	b := new(wire.JournalBatch)
	for _, r := range rows {
		b.Rows = append(b.Rows, wire.FromRow(r))
	}
	return b
}

// acked sends rows and returns the acknowledgement.
func (d *tablet) acked(rows ...device.Row) *wire.JournalAck {
	d.t.Helper()
	d.send(wire.UpJournal, batch(rows...))
	ack := new(wire.JournalAck)
	d.receive(wire.DownAck, ack)
	return ack
}

func (d *tablet) String() string { return fmt.Sprintf("tablet %s", d.reply.Device) }
