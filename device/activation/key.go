package activation

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"slices"

	"muster/attendance"
	"muster/device"
	"muster/sync/wire"
)

// newKey makes a key pair on P-256 and returns it in the form it is kept in.
func newKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

// firstKey makes a key pair for an activation: one whose words are all different.
// Of every 43 keys one has a word twice, and whoever compares such words across a
// room believes that they misread, or that the screen is broken.
//
// This is the tablet's own choice and no part of the protocol: each word stays one
// byte of the hash, in every version of tablet and cloud. Whoever wants another key
// with the same four words still has to try 2^32 of them.
func firstKey() ([]byte, error) {
	for {
		der, err := newKey()
		if err != nil {
			return nil, err
		}
		key, err := parseKey(der)
		if err != nil {
			return nil, err
		}
		pub, err := public(key)
		if err != nil {
			return nil, err
		}
		words := device.Words(pub)
		slices.Sort(words)
		if len(slices.Compact(words)) == len(words) {
			return der, nil
		}
	}
}

func parseKey(der []byte) (*ecdsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("read the tablet's key: %w: %w", device.ErrStorageDamaged, err)
	}
	k, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read the tablet's key: %w: it is a %T", device.ErrStorageDamaged, key)
	}
	return k, nil
}

// public returns the public half in PKIX form, DER.
func public(key *ecdsa.PrivateKey) ([]byte, error) { return x509.MarshalPKIXPublicKey(key.Public()) }

// csr asks for a certificate. It names nobody: the cloud decides who this is.
func csr(key *ecdsa.PrivateKey) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "tablet"}}, key)
}

// pair puts a credential into the form that TLS wants.
func pair(c device.Credential) (tls.Certificate, error) {
	key, err := parseKey(c.Key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{c.Certificate}, PrivateKey: crypto.Signer(key)}, nil
}

// read checks a certificate and what came with it, and puts them into the
// tablet's own form. key is the one that the certificate must be for.
func read(reply wire.CertificateReply, key []byte) (device.Grant, error) {
	var g device.Grant
	k, err := parseKey(key)
	if err != nil {
		return g, err
	}
	cert, err := x509.ParseCertificate(reply.Certificate)
	if err != nil {
		return g, fmt.Errorf("certificate: %w", err)
	}
	authority, err := x509.ParseCertificate(reply.Authority)
	if err != nil {
		return g, fmt.Errorf("authority: %w", err)
	}
	if err := cert.CheckSignatureFrom(authority); err != nil {
		return g, fmt.Errorf("certificate: not signed by the authority that came with it: %w", err)
	}
	if !k.PublicKey.Equal(cert.PublicKey) {
		return g, errors.New("certificate: for another key")
	}
	if cert.Subject.CommonName != reply.Device {
		return g, errors.New("certificate: names another device")
	}
	if g.Identity, err = identity(reply); err != nil {
		return g, err
	}
	if len(reply.CardKey) != len(g.Settings.CardKey) {
		return g, fmt.Errorf("card key: has %d bytes", len(reply.CardKey))
	}
	g.Credentials = device.Credentials{
		Authority: bytes.Clone(reply.Authority),
		Current:   device.Credential{Key: key, Certificate: reply.Certificate, NotAfter: reply.NotAfter, RenewAfter: reply.RenewAfter},
	}
	g.Settings = device.Settings{
		Site: reply.SiteName, Device: reply.Name, TimeZone: reply.TimeZone, Language: reply.Language,
		CardKey: attendance.CardKey(reply.CardKey),
	}
	return g, nil
}

func identity(reply wire.CertificateReply) (device.Identity, error) {
	id := device.Identity{Name: reply.Name, MQTT: reply.MQTT}
	var err error
	if id.Device, err = attendance.ParseID[attendance.DeviceID](reply.Device); err != nil {
		return id, fmt.Errorf("device: %w", err)
	}
	if id.Org, err = attendance.ParseID[attendance.OrgID](reply.Org); err != nil {
		return id, fmt.Errorf("organisation: %w", err)
	}
	if id.Site, err = attendance.ParseID[attendance.SiteID](reply.Site); err != nil {
		return id, fmt.Errorf("site: %w", err)
	}
	if len(reply.MQTT) == 0 {
		return id, errors.New("no address to connect to")
	}
	return id, nil
}
