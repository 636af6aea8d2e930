package edge

import (
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"muster/sync/wire"
)

// account is where tablets and cloud meet: the broker's global account, the
// only one that is given JetStream without a configuration file.
const account = "$G"

// handshake is how long a tablet may take for TLS and for CONNECT. With a few
// seconds, thousands of tablets that come back at once (after a power cut of the
// cloud) time out while they wait for each other, try again, and never get in.
const handshake = 120 * time.Second

// options puts the broker's settings together. cloud is the public key of the
// cloud's own user, who bypasses the callout; its key pair is drawn at each start
// and never leaves the process, and it may connect from inside the process only.
func options(cfg Config, scratch, cloud string, signer nkeys.KeyPair, greet func(*tls.ClientHelloInfo) (*tls.Config, error)) (*server.Options, error) {
	host, port, err := split(cfg.Listen)
	if err != nil {
		return nil, err
	}
	issuer, err := signer.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	name := cmp.Or(cfg.Replica, "edge") + "-" + rand.Text()
	seconds := handshake.Seconds()
	connections := cfg.Connections
	if connections == 0 {
		connections = 20_000
	}
	o := &server.Options{
		ServerName: name,
		DontListen: true, // no NATS port: tablets speak MQTT, the cloud is inside
		NoSigs:     true, // the program's signals are the program's
		MaxConn:    connections,
		MaxPayload: 2 * wire.MaxMessage,

		Nkeys:       []*server.NkeyUser{{Nkey: cloud, AllowedConnectionTypes: map[string]struct{}{jwt.ConnectionTypeInProcess: {}}}},
		AuthCallout: &server.AuthCallout{Issuer: issuer, Account: account, AuthUsers: []string{cloud}},
		AuthTimeout: seconds,

		JetStream: true, StoreDir: scratch, JetStreamDomain: rand.Text(),
		JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 1 << 30,
		// The default of 1000 consumers a stream lets in 500 tablets that
		// subscribe with QoS 1, and no more.
		JetStreamLimits: server.JSLimitOpts{DefaultMaxConsumers: -1},

		MQTT: server.MQTTOpts{
			ConsumerMemoryStorage: true,

			Host: host, Port: port, AuthTimeout: seconds, TLSTimeout: seconds,
			TLSConfig: &tls.Config{
				MinVersion: tls.VersionTLS12, GetConfigForClient: greet, GetCertificate: cfg.Certificate,
				ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: cfg.Authority,
			},
		},
	}
	if cfg.Hub != nil {
		cfg.Hub.join(o)
	}
	return o, nil
}

// split takes an address apart; a port of 0 becomes the broker's sign for any.
func split(listen string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, fmt.Errorf("listen address: %w", err)
	}
	if port, err = strconv.Atoi(p); err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("listen address: port %q", p)
	}
	if port == 0 {
		port = -1
	}
	if host == "" {
		host = "0.0.0.0"
	}
	return host, port, nil
}
