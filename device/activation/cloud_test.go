package activation_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"muster/attendance"
	"muster/sync/wire"
)

// cloud is a small cloud's device address over real TLS: one authority, claims
// in a map, certificates for whoever shows the right key.
type cloud struct {
	t         testing.TB
	server    *httptest.Server
	authority *x509.Certificate
	key       *ecdsa.PrivateKey
	device    string
	life      time.Duration // of the certificates
	begin     time.Duration // how long ago they began

	mu      sync.Mutex
	claims  map[string]*claim // by device code
	codes   map[string]bool   // activation codes that are good
	revoked bool
	calls   map[string]int
	serial  int64
	tamper  func(path string, reply any) // changes an answer before it is sent
	cut     func(path string) bool       // loses the answer after the work is done
}

type claim struct {
	key   []byte // PKIX
	code  string // activation code, if one made it
	state string
	reply wire.ClaimReply
}

func newCloud(t testing.TB) *cloud {
	t.Helper()
	c := &cloud{
		t: t, claims: map[string]*claim{}, codes: map[string]bool{}, calls: map[string]int{}, life: 90 * 24 * time.Hour,
		device: string(attendance.NewID[attendance.DeviceID]()),
	}
	var err error
	if c.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	c.authority = c.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}, nil, &c.key.PublicKey)
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := c.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "cloud"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, c.authority, &serverKey.PublicKey)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+wire.PathClaims, handle(c, wire.PathClaims, c.claim))
	mux.HandleFunc("POST "+wire.PathPoll, handle(c, wire.PathPoll, c.poll))
	mux.HandleFunc("POST "+wire.PathConfirm, handle(c, wire.PathConfirm, c.confirm))
	mux.HandleFunc("POST "+wire.PathRenew, handle(c, wire.PathRenew, c.renew))
	c.server = httptest.NewUnstartedServer(mux)
	c.server.TLS = &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: serverKey}},
		ClientAuth:   tls.RequestClientCert, MinVersion: tls.VersionTLS13,
	}
	c.server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that a test breaks on purpose
	c.server.StartTLS()
	t.Cleanup(c.server.Close)
	return c
}

func (c *cloud) sign(template, parent *x509.Certificate, pub any) *x509.Certificate {
	c.serial++
	template.SerialNumber = big.NewInt(c.serial)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, c.key)
	if err != nil {
		c.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert
}

func (c *cloud) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.authority)
	return pool
}

// handle answers with what f returns: a reply, or the code of a refusal.
func handle[Q, R any](c *cloud, path string, f func(*http.Request, Q) (R, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.calls[path]++
		var q Q
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			c.t.Error(err)
		}
		reply, code := f(r, q)
		if c.cut != nil && c.cut(path) {
			panic(http.ErrAbortHandler) // the answer is lost on the way
		}
		if code != "" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(wire.Problem{Title: "no", Status: http.StatusForbidden, Code: code})
			return
		}
		if c.tamper != nil {
			c.tamper(path, &reply)
		}
		_ = json.NewEncoder(w).Encode(reply)
	}
}

func (c *cloud) claim(_ *http.Request, q wire.ClaimRequest) (wire.ClaimReply, string) {
	n := attendance.NewID[string]()
	cl := &claim{key: q.PublicKey, state: wire.ClaimPending}
	if q.ActivationCode != "" {
		if !c.codes[q.ActivationCode] {
			for _, old := range c.claims { // the same tablet asks again
				if old.code == q.ActivationCode && string(old.key) == string(q.PublicKey) {
					return old.reply, ""
				}
			}
			return wire.ClaimReply{}, wire.CodeUnknownCode
		}
		delete(c.codes, q.ActivationCode)
		cl.state, cl.code = wire.ClaimApproved, q.ActivationCode
	}
	cl.reply = wire.ClaimReply{
		DeviceCode: "dc-" + n, UserCode: "BCDF-GHJK", VerificationURL: "https://cloud/activate",
		CompleteURL: "https://cloud/activate?code=BCDF-GHJK", Expires: time.Now().Add(time.Hour), IntervalSeconds: 1,
	}
	c.claims[cl.reply.DeviceCode] = cl
	return cl.reply, ""
}

func (c *cloud) poll(_ *http.Request, q wire.PollRequest) (wire.PollReply, string) {
	cl := c.claims[q.DeviceCode]
	if cl == nil {
		return wire.PollReply{}, wire.CodeUnknownCode
	}
	return wire.PollReply{State: cl.state}, ""
}

func (c *cloud) confirm(_ *http.Request, q wire.CertificateRequest) (wire.CertificateReply, string) {
	cl := c.claims[q.DeviceCode]
	switch {
	case cl == nil:
		return wire.CertificateReply{}, wire.CodeUnknownCode
	case cl.state != wire.ClaimApproved:
		return wire.CertificateReply{}, wire.CodeNotApproved
	}
	key := c.csr(q.CSR)
	if pkixKey(c.t, key) != string(cl.key) {
		return wire.CertificateReply{}, wire.CodeWrongKey
	}
	return c.issue(key), ""
}

func (c *cloud) renew(r *http.Request, q wire.RenewRequest) (wire.CertificateReply, string) {
	if len(r.TLS.PeerCertificates) == 0 {
		return wire.CertificateReply{}, wire.CodeNoCertificate
	}
	if cert := r.TLS.PeerCertificates[0]; cert.Subject.CommonName != c.device || cert.CheckSignatureFrom(c.authority) != nil {
		return wire.CertificateReply{}, wire.CodeNoCertificate
	}
	if c.revoked {
		return wire.CertificateReply{}, wire.CodeRevoked
	}
	return c.issue(c.csr(q.CSR)), ""
}

func (c *cloud) csr(der []byte) *ecdsa.PublicKey {
	req, err := x509.ParseCertificateRequest(der)
	if err != nil || req.CheckSignature() != nil {
		c.t.Errorf("a CSR that is none: %v", err)
		return &c.key.PublicKey
	}
	key, ok := req.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		c.t.Errorf("a CSR for a %T", req.PublicKey)
	}
	return key
}

func (c *cloud) issue(key *ecdsa.PublicKey) wire.CertificateReply {
	begin := time.Now().Add(-c.begin).Truncate(time.Second)
	cert := c.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: c.device}, NotBefore: begin, NotAfter: begin.Add(c.life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, c.authority, key)
	return wire.CertificateReply{
		Certificate: cert.Raw, Authority: c.authority.Raw, Device: c.device, Org: "0199a0b0-0000-7000-8000-000000000001",
		Site: "0199a0b0-0000-7000-8000-000000000002", Name: "Gate 2", SiteName: "Nord", MQTT: []string{"127.0.0.1:8883"},
		CardKey: make([]byte, 32), TimeZone: "Europe/Berlin", Language: "de", NotAfter: cert.NotAfter, RenewAfter: begin.Add(c.life * 2 / 3),
	}
}

func pkixKey(t testing.TB, key *ecdsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(der)
}

// decide is a manager who decides on all that waits.
func (c *cloud) decide(state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cl := range c.claims {
		if cl.state == wire.ClaimPending {
			cl.state = state
		}
	}
}

func (c *cloud) count(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[path]
}
