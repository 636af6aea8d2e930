package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strings"

	"muster/cloud/edge"
)

// hubFlags join this cloud with others that work on the same database. What is
// secret comes in files: everybody on the machine can read a command line.
type hubFlags struct {
	Hub            []string `name:"hub" help:"Hub that joins this cloud with others on the same database (nats-leaf://host:port, or tls://host:port); once for each server of the hub." placeholder:"URL"`
	HubLogin       string   `name:"hub-login" help:"File with user:password for the hub." type:"path" placeholder:"FILE"`
	HubCredentials string   `name:"hub-credentials" help:"NATS credentials file for the hub." type:"path" placeholder:"FILE"`
	HubCA          string   `name:"hub-ca" help:"The hub's certificate authority (PEM); nobody else is believed." type:"path" placeholder:"FILE"`
	HubCertificate string   `name:"hub-certificate" help:"Certificate that this cloud shows the hub (PEM)." type:"path" placeholder:"FILE"`
	HubKey         string   `name:"hub-key" help:"Its key (PEM)." type:"path" placeholder:"FILE"`
	ReplicaName    string   `name:"replica-name" help:"What this cloud is called among others. Default: the machine's name."`
}

// errSecretInURL says that a password stands where others can read it.
var errSecretInURL = errors.New("user and password belong into the file of --hub-login, not on the command line")

// open returns the hub to join; nil is none.
func (f hubFlags) open(log *slog.Logger) (*edge.Hub, error) {
	if len(f.Hub) == 0 {
		return nil, nil
	}
	h := &edge.Hub{Credentials: f.HubCredentials}
	login, err := f.login()
	if err != nil {
		return nil, err
	}
	encrypted := f.HubCA != "" || f.HubCertificate != ""
	for _, text := range f.Hub {
		u, err := url.Parse(text)
		switch {
		case err != nil:
			return nil, errors.New("--hub: not a URL") // the error would repeat what may be secret
		case u.User != nil:
			return nil, fmt.Errorf("--hub: %w", errSecretInURL)
		case u.Scheme != "nats-leaf" && u.Scheme != "tls", u.Port() == "", u.Hostname() == "", strings.Trim(u.Path, "/") != "":
			return nil, fmt.Errorf("--hub %s: want nats-leaf://host:port or tls://host:port", text)
		}
		encrypted = encrypted || u.Scheme == "tls"
		u.User = login
		h.URLs = append(h.URLs, u)
	}
	if encrypted {
		h.TLS, err = f.tls()
	} else if login != nil || f.HubCredentials != "" {
		log.Warn("the way to the hub is not encrypted: use --hub-ca, or tls://")
	}
	return h, err
}

func (f hubFlags) login() (*url.Userinfo, error) {
	if f.HubLogin == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.HubLogin)
	if err != nil {
		return nil, fmt.Errorf("--hub-login: %w", err)
	}
	user, password, ok := strings.Cut(strings.TrimSpace(string(text)), ":")
	if !ok || user == "" || password == "" {
		return nil, fmt.Errorf("--hub-login: %s doesn't hold user:password", f.HubLogin)
	}
	return url.UserPassword(user, password), nil
}

func (f hubFlags) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.HubCA != "" {
		text, err := os.ReadFile(f.HubCA)
		if err != nil {
			return nil, fmt.Errorf("--hub-ca: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--hub-ca: %s holds no certificate in PEM", f.HubCA)
		}
	}
	if (f.HubCertificate == "") != (f.HubKey == "") {
		return nil, errors.New("--hub-certificate and --hub-key go together")
	}
	if f.HubCertificate == "" {
		return c, nil
	}
	read := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(f.HubCertificate, f.HubKey)
		if err != nil {
			return nil, fmt.Errorf("--hub-certificate: %w", err)
		}
		return &pair, nil
	}
	// Read at each connection, so that it can be renewed under a running cloud.
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return read() }
	_, err := read()
	return c, err
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// name returns what this replica is called.
func (f hubFlags) name() (string, error) {
	if f.ReplicaName != "" {
		if !plainName.MatchString(f.ReplicaName) {
			return "", fmt.Errorf("--replica-name %q: want letters, digits, '-' and '_', 40 at most", f.ReplicaName)
		}
		return f.ReplicaName, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "cloud", nil
	}
	host, _, _ = strings.Cut(host, ".")
	if !plainName.MatchString(host) {
		return "cloud", nil
	}
	return host, nil
}
