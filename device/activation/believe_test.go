package activation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

func certificate(t *testing.T, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template.SerialNumber = big.NewInt(1)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A tablet whose clock has lost the time still gets through; everything else
// that is wrong with a certificate stays wrong.
func TestBelieve(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	authority := func() *x509.Certificate {
		return certificate(t, &x509.Certificate{
			Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: begin, NotAfter: begin.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
		}, nil, key, key)
	}
	ca := authority()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger := certificate(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "stranger"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: begin, NotAfter: begin.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}, nil, other, other)
	leaf := certificate(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "cloud"}, DNSNames: []string{"cloud.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: begin.AddDate(0, 1, 0), NotAfter: begin.AddDate(0, 4, 0),
	}, ca, key, key)
	for name, c := range map[string]struct {
		root *x509.Certificate
		host string
		now  time.Time
		ok   bool
	}{
		"in its time":             {ca, "cloud.example", begin.AddDate(0, 2, 0), true},
		"by address":              {ca, "127.0.0.1", begin.AddDate(0, 2, 0), true},
		"the clock lost the time": {ca, "cloud.example", time.Unix(0, 0), true},
		"before it begins":        {ca, "cloud.example", begin, true},
		"after its end":           {ca, "cloud.example", begin.AddDate(1, 0, 0), false},
		"another host":            {ca, "evil.example", begin.AddDate(0, 2, 0), false},
		"another authority":       {stranger, "cloud.example", begin.AddDate(0, 2, 0), false},
	} {
		roots := x509.NewCertPool()
		roots.AddCert(c.root)
		if err := believe(roots, c.host, []*x509.Certificate{leaf}, c.now); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if believe(x509.NewCertPool(), "cloud.example", nil, begin) == nil {
		t.Error("no certificate at all is believed")
	}
}
