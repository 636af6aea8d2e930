package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

func readAuthority(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, errors.New("--cloud-ca is missing: without the cloud's authority nobody could be believed")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the cloud's authority: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read the cloud's authority: %s holds no certificate in PEM", path)
	}
	return pool, nil
}
