package fleet

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"muster/attendance"
	"muster/device"
)

// Vault keeps what exists once in an installation.
type Vault interface {
	// Secret returns what is kept under a name; make is called when there is nothing yet.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
}

// Authority is the cloud's certificate authority: it signs the certificates of
// tablets and of the addresses that tablets connect to, and nothing else. Its
// keys are ECDSA on P-256 (FIPS 186-5).
type Authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	now  func() time.Time
}

// longAgo is when the authority's and the servers' certificates begin to be good.
// A tablet without a battery-backed clock may start in the past, and must reach
// the cloud to learn the time.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

const authorityLife = 20 * 365 * 24 * time.Hour

// OpenAuthority returns the installation's authority and makes it the first time.
func OpenAuthority(ctx context.Context, vault Vault, now func() time.Time) (*Authority, error) {
	both, err := vault.Secret(ctx, "authority", func() ([]byte, error) { return newAuthority(now()) })
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	a := &Authority{now: now}
	for block, rest := pem.Decode(both); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "EC PRIVATE KEY":
			a.key, err = x509.ParseECPrivateKey(block.Bytes)
		case "CERTIFICATE":
			a.cert, err = x509.ParseCertificate(block.Bytes)
		}
		if err != nil {
			return nil, fmt.Errorf("certificate authority: %w", err)
		}
	}
	if a.key == nil || a.cert == nil || !a.key.PublicKey.Equal(a.cert.PublicKey) {
		return nil, errors.New("certificate authority: what is kept is no key with its certificate")
	}
	return a, nil
}

func newAuthority(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if now.Before(longAgo) { // a computer that doesn't know the time yet: the certificate would never be good
		now = longAgo
	}
	t := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "Muster " + rand.Text()[:8]},
		NotBefore: longAgo, NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...), nil
}

// newSerial draws a serial number of 127 bits (RFC 5280 allows 159).
func newSerial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // crypto/rand never fails since Go 1.24
	}
	return n.Add(n, big.NewInt(1))
}

// DER returns the authority's certificate.
func (a *Authority) DER() []byte { return a.cert.Raw }

// PEM returns the authority's certificate, for people and configuration.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Pool returns the authority as the only one to trust.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// certify issues a tablet's certificate for a key. Common name and organisation
// are the cloud's word; what the request says about them is never looked at.
func (a *Authority) certify(key *ecdsa.PublicKey, dev attendance.DeviceID, org attendance.OrgID, life time.Duration) (device.Certificate, error) {
	pkixKey, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return device.Certificate{}, fmt.Errorf("certify %s: %w", dev, err)
	}
	now := a.now().UTC().Truncate(time.Second)
	t := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: string(dev), Organization: []string{string(org)}},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key, a.key)
	if err != nil {
		return device.Certificate{}, fmt.Errorf("certify %s: %w", dev, err)
	}
	return device.Certificate{
		Serial: t.SerialNumber.Text(16), Device: dev, Key: pkixKey, DER: der, NotBefore: t.NotBefore, NotAfter: t.NotAfter,
	}, nil
}

// signed tells whether a tablet's certificate is one of ours, at any time: an
// expired one is good for renewal.
func (a *Authority) signed(c *x509.Certificate) error {
	_, err := c.Verify(x509.VerifyOptions{
		Roots: a.Pool(), CurrentTime: c.NotBefore.Add(time.Second), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}
