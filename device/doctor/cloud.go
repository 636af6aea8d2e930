package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"syscall"
	"time"
)

// cloudPatience is how long the cloud may take to answer.
const cloudPatience = 5 * time.Second

// checkCloud reaches for the cloud's address as the tablet does, up to the point
// where both know whom they talk to.
func checkCloud(ctx context.Context, cfg Config) []Finding {
	if cfg.Cloud == "" {
		return nil
	}
	u, err := url.Parse(cfg.Cloud)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return []Finding{{"cloud", Broken, fmt.Sprintf("%q is no address of a cloud", cfg.Cloud), "It looks like --cloud https://cloud.example:8443."}}
	}
	roots, bad := authority(cfg.CloudCA)
	if bad != nil {
		return []Finding{*bad}
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	address := net.JoinHostPort(u.Hostname(), port)
	ctx, cancel := context.WithTimeout(ctx, cloudPatience)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, Time: cfg.Now}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return []Finding{unreachable(address, err)}
	}
	_ = conn.Close()
	return []Finding{{"cloud", Fine, address + " answers and is who it should be", ""}}
}

// authority reads the certificate that vouches for the cloud; nil: the system's.
func authority(file string) (*x509.CertPool, *Finding) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, &Finding{"cloud", Broken, "the cloud's certificate can't be read: " + err.Error(), "Copy it from the cloud's data folder (authority.pem) and name it with --cloud-ca."}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		return nil, &Finding{"cloud", Broken, file + " holds no certificate", "Copy it from the cloud's data folder (authority.pem) and name it with --cloud-ca."}
	}
	return pool, nil
}

// unreachable says what an error on the way to the cloud means.
func unreachable(address string, err error) Finding {
	f := Finding{Part: "cloud", Severity: Broken}
	var (
		dns      *net.DNSError
		unknown  x509.UnknownAuthorityError
		invalid  x509.CertificateInvalidError
		hostname x509.HostnameError
		noTLS    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		f.Problem, f.Mend = "the name in "+address+" is unknown: "+dns.Err, "Is the network up (ip address), and is there a name server (resolvectl status)?"
	case errors.As(err, &unknown):
		f.Problem, f.Mend = address+" answers, and nobody vouches for it", "Name the cloud's own certificate with --cloud-ca (authority.pem in its data folder). If that is done, somebody else may be answering."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.Problem, f.Mend = address+" shows a certificate that is not valid now", "Is this tablet's clock right (date)? If so, the cloud's certificate must be renewed."
	case errors.As(err, &hostname):
		f.Problem, f.Mend = address+" shows the certificate of another name: "+hostname.Error(), "Use the name in the certificate, or start the cloud with --name for this one."
	case errors.As(err, &noTLS):
		f.Problem, f.Mend = address+" answers without TLS", "Is this the cloud's device address, and not that of its console?"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Problem, f.Mend = address+" refuses the connection", "Is the cloud running, and does it listen on this address (--device)?"
	case errors.Is(err, context.DeadlineExceeded):
		f.Problem, f.Mend = address+" does not answer", "Is a firewall in between? Try from another machine: nc -vz host port"
	default:
		f.Problem, f.Mend = address+" can't be reached: "+err.Error(), "Is the network up (ip address, ip route)?"
	}
	f.Mend += "\nThe tablet goes on without: punches are kept and sent later. It can't be activated, though."
	return f
}
