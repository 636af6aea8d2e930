// Package barebroker is the cloud's MQTT broker with nothing around it: it asks
// nobody who may come in, and no program listens to what is said. What the cloud
// needs for a connection is held against what this one needs.
package barebroker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Ready is the line of JSON by which a broker says where it is.
type Ready struct {
	Event       string `json:"event"`       // "ready"
	MQTT        string `json:"mqtt"`        // "host:port"
	Certificate []byte `json:"certificate"` // X.509, DER, signed by itself and drawn at each start
}

// patience is how long a client may take for TLS and CONNECT, as in the cloud: a
// broker that gives up sooner would be measured while it turns clients away.
const patience = 120.0 // seconds

// Run serves clients that show a certificate of the authority, on a free port of
// the loopback interface, until ctx ends. It writes a Ready to out when they can
// come. scratch is an existing folder for what it keeps.
func Run(ctx context.Context, authority *x509.CertPool, scratch string, out io.Writer) error {
	cert, err := ownCertificate()
	if err != nil {
		return fmt.Errorf("bare broker: %w", err)
	}
	o := &server.Options{
		ServerName: "bare-" + rand.Text(), DontListen: true, NoSigs: true, MaxConn: 20_000,
		JetStream: true, StoreDir: scratch, JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 1 << 30,
		JetStreamLimits: server.JSLimitOpts{DefaultMaxConsumers: -1}, // the default lets 500 clients in
		AuthTimeout:     patience,
		MQTT: server.MQTTOpts{
			Host: "127.0.0.1", Port: -1, AuthTimeout: patience, TLSTimeout: patience,
			TLSConfig: &tls.Config{
				MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert},
				ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority,
			},
		},
	}
	srv, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("bare broker: %w", err)
	}
	srv.SetLoggerV2(words{}, false, false, false)
	srv.Start()
	defer func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	}()
	if !srv.ReadyForConnections(20 * time.Second) {
		return errors.New("bare broker: not ready within 20 s")
	}
	at := net.JoinHostPort(o.MQTT.Host, strconv.Itoa(o.MQTT.Port))
	if err := json.NewEncoder(out).Encode(Ready{"ready", at, cert.Certificate[0]}); err != nil {
		return fmt.Errorf("bare broker: %w", err)
	}
	<-ctx.Done()
	return nil
}

// ownCertificate returns a certificate for the loopback interface.
func ownCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "bare broker"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// words passes on what the broker finds wrong, and nothing else.
type words struct{}

func (words) Noticef(string, ...any) {}
func (words) Debugf(string, ...any)  {}
func (words) Tracef(string, ...any)  {}

// Warnf implements server.Logger.
func (words) Warnf(format string, v ...any) {
	fmt.Fprintf(os.Stderr, "bare broker: "+format+"\n", v...)
}

// Errorf implements server.Logger.
func (words) Errorf(format string, v ...any) {
	fmt.Fprintf(os.Stderr, "bare broker: "+format+"\n", v...)
}

// Fatalf implements server.Logger.
func (words) Fatalf(format string, v ...any) {
	fmt.Fprintf(os.Stderr, "bare broker: "+format+"\n", v...)
}
