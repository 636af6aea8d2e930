package fleet

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"sync"
	"time"
)

const serverLife = 365 * 24 * time.Hour

// Server is the certificate of the addresses that tablets connect to. It is made
// anew, with a new key, at each start and at two thirds of its life, and is
// nowhere on the disk.
type Server struct {
	authority *Authority
	names     []string

	mu    sync.Mutex
	cert  *tls.Certificate
	renew time.Time
}

// Server returns a certificate for DNS names and IP addresses.
func (a *Authority) Server(names ...string) *Server { return &Server{authority: a, names: names} }

// Certificate is for tls.Config.GetCertificate.
func (s *Server) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.authority.now()
	if s.cert != nil && now.Before(s.renew) {
		return s.cert, nil
	}
	cert, err := s.issue(now)
	if err != nil {
		return nil, fmt.Errorf("server certificate: %w", err)
	}
	s.cert, s.renew = cert, now.Add(serverLife*2/3)
	return cert, nil
}

func (s *Server) issue(now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: newSerial(), Subject: pkix.Name{CommonName: "Muster cloud"},
		NotBefore: longAgo, NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, n := range s.names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, s.authority.cert, &key.PublicKey, s.authority.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, s.authority.cert.Raw}, PrivateKey: key}, nil
}
