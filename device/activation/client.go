package activation

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"muster/sync/wire"
)

// Refused is the cloud's answer when it says no. Code is one of sync/wire.
type Refused struct {
	Status int
	Code   string
	Title  string
}

// Error implements error.
func (r Refused) Error() string {
	return fmt.Sprintf("the cloud says no: %s (%s, HTTP %d)", r.Title, r.Code, r.Status)
}

// CodeOffline is shown when the cloud can't be reached at all.
const CodeOffline = "offline"

// code tells a person what went wrong, in the kiosk's own words.
func code(err error) string {
	var r Refused
	if errors.As(err, &r) {
		return r.Code
	}
	return CodeOffline
}

// refused tells whether err is the cloud's answer with this code.
func refused(err error, code string) bool {
	var r Refused
	return errors.As(err, &r) && r.Code == code
}

// maxReply is the longest answer that is read, in bytes.
const maxReply = 256 << 10

// client speaks to the cloud's device address and to nobody else: only the
// pinned authority is believed.
type client struct {
	url   string
	roots *x509.CertPool
	dial  Dial // nil: really
}

// Dial opens a TCP connection.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// post sends a request and reads its answer. cert is nil for the requests of a
// tablet that has none yet.
func (c client) post(ctx context.Context, path string, cert *tls.Certificate, request, reply any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.url, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{TLSClientConfig: believeOnly(c.roots, req.URL.Hostname(), cert), Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, DialContext: c.dial}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, CheckRedirect: noRedirect}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return refusal(res.StatusCode, text)
	}
	if err := json.Unmarshal(text, reply); err != nil {
		return Refused{Status: res.StatusCode, Code: wire.CodeInternal, Title: "answer is no JSON of ours"}
	}
	return nil
}

// noRedirect keeps requests on the address that was given.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func refusal(status int, text []byte) error {
	var p wire.Problem
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		p.Code, p.Title = wire.CodeInternal, http.StatusText(status)
	}
	return Refused{Status: status, Code: p.Code, Title: p.Title}
}
