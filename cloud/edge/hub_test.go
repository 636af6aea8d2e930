package edge

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/url"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// A hub beyond the own network: both sides show certificates, and a password is
// asked for as well. Who lacks either is alone.
func TestHubOverTLS(t *testing.T) {
	t.Parallel()
	papers := &bench{t: t}
	papers.caKey, papers.ca = authority(t)
	both := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	cert := papers.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "hub"}, DNSNames: []string{"localhost"}, ExtKeyUsage: both})
	o := &server.Options{DontListen: true, NoSigs: true, LeafNode: server.LeafNodeOpts{
		Host: "localhost", Port: -1, Username: "muster", Password: "hush", TLSTimeout: patience.Seconds(), AuthTimeout: patience.Seconds(),
		TLSConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*cert}, ClientCAs: papers.pool(), ClientAuth: tls.RequireAndVerifyClientCert,
		},
	}}
	hub, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	hub.Start()
	t.Cleanup(func() { hub.Shutdown(); hub.WaitForShutdown() })
	if !hub.ReadyForConnections(patience) {
		t.Fatal("no hub")
	}
	at := func(login *url.Userinfo) []*url.URL {
		return []*url.URL{{Scheme: "nats-leaf", User: login, Host: fmt.Sprintf("localhost:%d", o.LeafNode.Port)}}
	}
	good := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: papers.pool(), Certificates: []tls.Certificate{*cert}}
	right := url.UserPassword("muster", "hush")
	var alone []*bench
	for _, h := range []*Hub{
		{URLs: at(url.UserPassword("muster", "guess")), TLS: good},
		{URLs: at(right)},
		{URLs: at(right), TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: papers.pool()}},
		{URLs: at(right), TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool(), Certificates: good.Certificates}},
	} {
		alone = append(alone, newBench(t, func(c *Config) { c.Hub = h }))
	}
	a := newBench(t, func(c *Config) { c.Hub = &Hub{URLs: at(right), TLS: good} })
	b := newBench(t, func(c *Config) { c.Hub = &Hub{URLs: at(right), TLS: good} })
	together(t, a, b)
	for i, e := range alone {
		if e.Hub().Joined || e.srv.NumLeafNodes() != 0 {
			t.Errorf("number %d has joined", i)
		}
	}
	if n := hub.NumLeafNodes(); n != 2 {
		t.Errorf("the hub has %d leaves", n)
	}
}
