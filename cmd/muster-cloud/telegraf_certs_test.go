package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// telegrafIndexes has Telegraf make its table with the least by which a punch is
// found again. They aren't unique: what Telegraf stores twice would stop its batch.
const telegrafIndexes = `
  create_templates = [
    """CREATE TABLE {{ .table }} ({{ .columns }})""",
    """CREATE INDEX ON {{ .table }} (id)""",
    """CREATE INDEX ON {{ .table }} (profile, time)""",
  ]`

// telegrafCerts is one certificate, its own authority, for both ends of the
// comparison: what TLS costs is the same whoever signed.
type telegrafCerts struct {
	pair      tls.Certificate
	pool      *x509.CertPool
	cert, key string // files
}

func newTelegrafCerts(b *testing.B) *telegrafCerts {
	b.Helper()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	check(err)
	private, err := x509.MarshalECPrivateKey(key)
	check(err)
	dir := b.TempDir()
	c := &telegrafCerts{pool: x509.NewCertPool(), cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem")}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})
	check(os.WriteFile(c.cert, certPEM, 0o600))
	check(os.WriteFile(c.key, keyPEM, 0o600))
	c.pair, err = tls.X509KeyPair(certPEM, keyPEM)
	check(err)
	c.pool.AppendCertsFromPEM(certPEM)
	return c
}

func (c *telegrafCerts) server() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.pair}, ClientCAs: c.pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
}

func (c *telegrafCerts) client() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.pair}, RootCAs: c.pool, MinVersion: tls.VersionTLS13}
}

// config is what Telegraf's input says of TLS.
func (c *telegrafCerts) config() string {
	return fmt.Sprintf("  tls_ca = %q\n  tls_cert = %q\n  tls_key = %q", c.cert, c.cert, c.key)
}
