package activation

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// believeOnly returns what a connection to host is made with, by a tablet that
// believes these authorities and nobody else. cert is what it shows of itself;
// nil: nothing.
//
// It checks what the TLS library would check, but for one thing: a certificate
// that is not valid yet will do. A tablet without a battery for its clock starts
// in the past, and could never find out the time if that kept it from talking to
// anybody. Whoever could abuse this would need a key that the authority has
// vouched for in advance.
func believeOnly(roots *x509.CertPool, host string, cert *tls.Certificate) *tls.Config {
	conf := &tls.Config{
		ServerName: host, MinVersion: tls.VersionTLS13,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does it
		VerifyConnection: func(c tls.ConnectionState) error {
			return believe(roots, host, c.PeerCertificates, time.Now())
		},
	}
	if cert != nil {
		conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
	}
	return conf
}

// believe checks a chain of certificates for host.
func believe(roots *x509.CertPool, host string, chain []*x509.Certificate, now time.Time) error {
	if len(chain) == 0 {
		return errors.New("the cloud shows no certificate")
	}
	opts := x509.VerifyOptions{Roots: roots, DNSName: host, Intermediates: x509.NewCertPool(), CurrentTime: now}
	for _, c := range chain {
		if c.NotBefore.After(opts.CurrentTime) {
			opts.CurrentTime = c.NotBefore
		}
	}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(opts); err != nil {
		return fmt.Errorf("the cloud's certificate: %w", err)
	}
	return nil
}
