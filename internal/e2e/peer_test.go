package e2e_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// peer is somebody with a real certificate who speaks the tablet's protocols by
// hand, and so can also say what no tablet would.
type peer struct {
	w    *world
	key  *ecdsa.PrivateKey
	cert wire.CertificateReply
	ca   *x509.CertPool

	stream uuid.UUID
	seq    uint64
	prev   device.Hash
}

// newPeer activates one with a one-time code from the console.
func newPeer(w *world, name string) *peer {
	w.t.Helper()
	var made struct {
		Code string `json:"code"`
	}
	w.post("/api/v1/activation-codes", map[string]any{"site": w.site, "name": name}, &made)
	p := &peer{w: w, ca: x509.NewCertPool(), stream: uuid.Must(uuid.NewV7())}
	p.ca.AppendCertsFromPEM(readFile(w.t, w.cloud.Authority))
	var err error
	p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.check(err)
	pub, err := x509.MarshalPKIXPublicKey(p.key.Public())
	w.check(err)
	var claim wire.ClaimReply
	w.check(p.ask(wire.PathClaims, nil, wire.ClaimRequest{PublicKey: pub, Hardware: "a peer", Version: "0", ActivationCode: made.Code}, &claim))
	w.check(p.ask(wire.PathConfirm, nil, wire.CertificateRequest{DeviceCode: claim.DeviceCode, CSR: p.request(p.key)}, &p.cert))
	return p
}

// request makes a certificate signing request for a key.
func (p *peer) request(key *ecdsa.PrivateKey) []byte {
	p.w.t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	p.w.check(err)
	return csr
}

func (p *peer) tls(cert *tls.Certificate) *tls.Config {
	c := &tls.Config{RootCAs: p.ca, MinVersion: tls.VersionTLS12}
	if cert != nil {
		c.Certificates = []tls.Certificate{*cert}
	}
	return c
}

func (p *peer) certificate() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.cert.Certificate}, PrivateKey: p.key}
}

// refused is what the device address answers when it says no.
type refused struct{ problem wire.Problem }

func (r refused) Error() string { return fmt.Sprintf("refused: %+v", r.problem) }

// ask posts to the cloud's device address.
func (p *peer) ask(path string, cert *tls.Certificate, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: p.tls(cert), DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(p.w.ctx, http.MethodPost, p.w.cloud.Device+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		var r refused
		if err := json.Unmarshal(b, &r.problem); err != nil {
			return fmt.Errorf("%s: %s: %s", path, resp.Status, b)
		}
		return r
	}
	return json.Unmarshal(b, out)
}

func (p *peer) address() wire.Address {
	return wire.Address{Org: attendance.OrgID(p.cert.Org), Device: attendance.DeviceID(p.cert.Device)}
}

// session is one MQTT connection of a peer.
type session struct {
	mqtt.Client
	lost chan error
	got  chan mqtt.Message
}

// connect opens a session, as itself unless change says otherwise.
func (p *peer) connect(change func(*mqtt.ClientOptions)) (*session, error) {
	s := &session{lost: make(chan error, 1), got: make(chan mqtt.Message, 100)}
	o := mqtt.NewClientOptions().AddBroker("ssl://" + p.w.cloud.MQTT).SetClientID(p.cert.Device).
		SetTLSConfig(p.tls(p.certificate())).SetProtocolVersion(4).SetAutoReconnect(false).SetCleanSession(true).
		SetConnectTimeout(2 * time.Minute).SetConnectionLostHandler(func(_ mqtt.Client, err error) { s.lost <- err }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			select {
			case s.got <- m:
			default:
			}
		})
	if change != nil {
		change(o)
	}
	s.Client = mqtt.NewClient(o)
	return s, wait(s.Connect())
}

func wait(tok mqtt.Token) error {
	if !tok.WaitTimeout(5 * time.Minute) {
		return fmt.Errorf("no answer from the broker")
	}
	return tok.Error()
}

// punchRow makes the next row of the peer's journal: a punch of somebody.
func (p *peer) punchRow(profile string) *wire.JournalRow {
	p.w.t.Helper()
	payload, err := proto.Marshal(&wire.PunchPayload{
		ProfileId: profile, SiteId: p.w.site, CardId: string(attendance.CardKey{}.ID([]byte{4, 1, 2, 3})), Direction: wire.Direction_DIRECTION_IN,
	})
	p.w.check(err)
	p.seq++
	row := device.Row{
		Stream: p.stream, Seq: p.seq, ID: uuid.Must(uuid.NewV7()), Kind: device.KindPunch, Payload: payload,
		Clock: attendance.ClockReading{Device: time.Now().UTC().Truncate(time.Microsecond), BootID: "boot"}, Prev: p.prev,
	}
	row.Hash = row.Sum()
	p.prev = row.Hash
	return wire.FromRow(row)
}

// tell publishes a message on a topic.
func (s *session) tell(topic string, m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	return wait(s.Publish(topic, 1, false, b))
}

// listen subscribes to everything for an address; the broker's refusal is an error.
func (s *session) listen(a wire.Address) error {
	tok := s.Subscribe(a.DownAll(), 0, nil)
	if err := wait(tok); err != nil {
		return err
	}
	if code := tok.(*mqtt.SubscribeToken).Result()[a.DownAll()]; code == 0x80 {
		return fmt.Errorf("the broker refuses the subscription")
	}
	return nil
}

// next returns the next message on a leaf of the peer's own.
func (s *session) next(t *testing.T, w *world, topic string) []byte {
	t.Helper()
	for {
		select {
		case m := <-s.got:
			if m.Topic() == topic {
				return m.Payload()
			}
		case err := <-s.lost:
			t.Fatalf("the connection is gone while waiting for %s: %v", topic, err)
		case <-w.ctx.Done():
			t.Fatalf("waited in vain for %s", topic)
		}
	}
}

// expires returns when a peer's certificate ends.
func (p *peer) expires() time.Time {
	p.w.t.Helper()
	c, err := x509.ParseCertificate(p.cert.Certificate)
	p.w.check(err)
	return c.NotAfter
}
