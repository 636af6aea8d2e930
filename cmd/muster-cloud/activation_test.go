package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/access"
	"muster/attendance"
	"muster/sync/wire"
)

// refused fails the test unless the answer is a refusal with that code.
func (d *tablet) refused(p *wire.Problem, code string) {
	d.t.Helper()
	if p == nil {
		d.t.Errorf("not refused, want %s", code)
	} else if p.Code != code {
		d.t.Errorf("refused with %s (%s), want %s", p.Code, p.Detail, code)
	}
}

func TestUserCodeAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c)
	d.must(d.ask(""))
	if !strings.HasSuffix(d.claim.CompleteURL, "/activate?code="+d.claim.UserCode) || !strings.HasPrefix(d.claim.CompleteURL, c.HTTPURL) {
		t.Errorf("the QR code leads to %s", d.claim.CompleteURL)
	}
	code := d.claim.UserCode
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + code[:4] + " " + code[5:] + " "} {
		if got, err := c.fleet.Claim(c.ctx(), c.admin, typed); err != nil || got.UserCode != code {
			t.Errorf("typed as %q: %+v, %v", typed, got, err)
		}
	}
	for _, wrong := range []string{"", "A", "AAAA-AAAA", code + "B", "BCDF-GHJ1", strings.Repeat("B", 1000)} {
		if _, err := c.fleet.Claim(c.ctx(), c.admin, wrong); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

// A claim is decided once, in time, by a manager, for a site of his.
func TestWhoDecidesAboutAClaim(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	other, err := c.store.AddSite(c.ctx(), c.admin, attendance.Site{Name: "Branch", TimeZone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	d := newTablet(t, c)
	d.must(d.ask(""))
	d.refused(d.fetch(), wire.CodeNotApproved)
	for who, actor := range map[string]access.Actor{
		"nobody": {}, "a viewer": {Org: c.org, Role: access.Viewer, Sites: []attendance.SiteID{c.site}},
		"another site's manager": {Org: c.org, Role: access.SiteManager, Sites: []attendance.SiteID{other.ID}},
		"a stranger":             {Org: attendance.NewID[attendance.OrgID](), Role: access.OrgAdmin},
	} {
		if id, err := c.fleet.Approve(c.ctx(), actor, d.claim.UserCode, c.site, "Gate"); err == nil {
			t.Errorf("%s approved it: %s", who, id)
		}
	}
	if _, err := c.fleet.Approve(c.ctx(), c.admin, d.claim.UserCode, c.site, "  "); !errors.As(err, new(access.Invalid)) {
		t.Errorf("without a name: %v", err)
	}
	manager := access.Actor{Org: c.org, Role: access.SiteManager, Sites: []attendance.SiteID{c.site}}
	if _, err := c.fleet.Approve(c.ctx(), manager, d.claim.UserCode, c.site, "Gate"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.fleet.Approve(c.ctx(), manager, d.claim.UserCode, c.site, "Gate"); !errors.Is(err, access.ErrExpired) {
		t.Errorf("approved twice: %v", err)
	}
	if err := c.fleet.Deny(c.ctx(), manager, d.claim.UserCode); !errors.Is(err, access.ErrExpired) {
		t.Errorf("denied after approval: %v", err)
	}
	d.must(d.fetch())

	denied := newTablet(t, c)
	denied.must(denied.ask(""))
	if err := c.fleet.Deny(c.ctx(), manager, denied.claim.UserCode); err != nil {
		t.Fatal(err)
	}
	if got := denied.poll(); got != wire.ClaimDenied {
		t.Errorf("state %s", got)
	}
	denied.refused(denied.fetch(), wire.CodeDenied)
}

func TestClaimsExpire(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	late, approved := newTablet(t, c), newTablet(t, c)
	late.must(late.ask(""))
	approved.must(approved.ask(""))
	if _, err := c.fleet.Approve(c.ctx(), c.admin, approved.claim.UserCode, c.site, "Gate"); err != nil {
		t.Fatal(err)
	}
	c.clock.forward(15 * time.Minute)
	if got := late.poll(); got != wire.ClaimExpired {
		t.Errorf("after 15 minutes the state is %s", got)
	}
	if _, err := c.fleet.Approve(c.ctx(), c.admin, late.claim.UserCode, c.site, "Gate"); !errors.Is(err, access.ErrExpired) {
		t.Errorf("approved after 15 minutes: %v", err)
	}
	late.refused(late.fetch(), wire.CodeExpiredCode)
	approved.must(approved.fetch()) // it has longer to fetch
	c.clock.forward(31 * 24 * time.Hour)
	approved.refused(approved.fetch(), wire.CodeExpiredCode)
}

// Power cut between answer and disk: the tablet asks again, and lives.
func TestCertificateAgain(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c).activate()
	first := d.reply
	d.must(d.fetch())
	if d.reply.Device != first.Device || bytes.Equal(d.reply.Certificate, first.Certificate) {
		t.Error("asked again, it is another tablet or the same certificate")
	}
	d.connect()
	d.key = newKey(t)
	d.refused(d.fetch(), wire.CodeWrongKey)
}

// The cloud decides what stands in a certificate, whatever the request says.
func TestWhatStandsInACertificate(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c)
	d.must(d.ask(""))
	id, err := c.fleet.Approve(c.ctx(), c.admin, d.claim.UserCode, c.site, "Gate")
	if err != nil {
		t.Fatal(err)
	}
	vain, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"cloud.example"}}, d.key)
	if err != nil {
		t.Fatal(err)
	}
	d.must(d.post(wire.PathConfirm, wire.CertificateRequest{DeviceCode: d.claim.DeviceCode, CSR: vain}, &d.reply))
	cert, err := x509.ParseCertificate(d.reply.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if cert.Subject.CommonName != string(id) || cert.Subject.Organization[0] != string(c.org) || len(cert.DNSNames) != 0 || cert.IsCA {
		t.Errorf("subject %s, names %v", cert.Subject, cert.DNSNames)
	}
	if life := time.Until(cert.NotAfter); life < 89*24*time.Hour || life > 90*24*time.Hour {
		t.Errorf("it is good for %s", life)
	}
	if d.reply.RenewAfter.After(d.reply.NotAfter.Add(-29*24*time.Hour)) || d.reply.RenewAfter.Before(time.Now().Add(59*24*time.Hour)) {
		t.Errorf("renewed at %s, ends %s; want at two thirds", d.reply.RenewAfter, d.reply.NotAfter)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: c.trust(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
}

func TestActivationCode(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	code, expires, err := c.fleet.ActivationCode(c.ctx(), c.admin, c.site, "Back door")
	if err != nil || time.Until(expires) < 23*time.Hour {
		t.Fatalf("%s until %s, %v", code, expires, err)
	}
	d := newTablet(t, c)
	d.must(d.ask(" " + strings.ToLower(code)))
	if got := d.poll(); got != wire.ClaimApproved {
		t.Errorf("state %s", got)
	}
	// The power goes before the tablet has read the answer. It asks again.
	lost := d.claim.DeviceCode
	d.must(d.ask(code))
	d.must(d.fetch())
	if d.reply.Name != "Back door" || d.reply.Site != string(c.site) {
		t.Errorf("it became %+v", d.reply)
	}
	if n := c.count(`SELECT COUNT(*) FROM devices`); n != 1 {
		t.Errorf("%d tablets came of one code", n)
	}
	d.claim.DeviceCode = lost
	d.refused(d.fetch(), wire.CodeUnknownCode)

	thief := newTablet(t, c)
	thief.refused(thief.ask(code), wire.CodeUsedCode)

	code, _, err = c.fleet.ActivationCode(c.ctx(), c.admin, c.site, "Back door")
	if err != nil {
		t.Fatal(err)
	}
	c.clock.forward(24 * time.Hour)
	thief.refused(thief.ask(code), wire.CodeExpiredCode)
	viewer := access.Actor{Org: c.org, Role: access.Viewer, Sites: []attendance.SiteID{c.site}}
	if _, _, err := c.fleet.ActivationCode(c.ctx(), viewer, c.site, "x"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a viewer gets a code: %v", err)
	}
}

// Who guesses codes is held up, and not for ever; who types right is not.
func TestGuessing(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d, honest := newTablet(t, c), newTablet(t, c)
	var last *wire.Problem
	for range 6 {
		last = d.ask("BCDF-GHJK")
	}
	d.refused(last, wire.CodeTooMany)
	if last.Status != http.StatusTooManyRequests {
		t.Errorf("status %d", last.Status)
	}
	code, _, err := c.fleet.ActivationCode(c.ctx(), c.admin, c.site, "Gate")
	if err != nil {
		t.Fatal(err)
	}
	d.refused(d.ask(code), wire.CodeTooMany) // even the right one, or the wait would tell
	c.clock.forward(time.Minute)
	d.must(d.ask(code))

	honest.must(honest.ask(""))
	ada, ben := c.admin, c.admin
	ada.User, ben.User = "ada", "ben"
	tries := 0
	for ; ; tries++ {
		if _, err = c.fleet.Claim(c.ctx(), ada, "BCDF-GHJK"); errors.Is(err, access.ErrTooMany) || tries > 1000 {
			break
		}
	}
	if tries > 20 {
		t.Errorf("%d guesses went through", tries)
	}
	if _, err := c.fleet.Approve(c.ctx(), ada, honest.claim.UserCode, c.site, "Gate"); !errors.Is(err, access.ErrTooMany) {
		t.Errorf("approving goes on: %v", err)
	}
	for range 50 {
		if _, err := c.fleet.Claim(c.ctx(), ben, honest.claim.UserCode); err != nil {
			t.Fatalf("somebody else who types right: %v", err)
		}
	}
	c.clock.forward(time.Minute)
	if _, err := c.fleet.Claim(c.ctx(), ada, honest.claim.UserCode); err != nil {
		t.Errorf("after a minute: %v", err)
	}
}

// Tablets that ask too much are held up, each for itself.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d, other := newTablet(t, c), newTablet(t, c)
	d.must(d.ask(""))
	other.must(other.ask(""))
	var p *wire.Problem
	for range 20 {
		if p = d.post(wire.PathPoll, wire.PollRequest{DeviceCode: d.claim.DeviceCode}, new(wire.PollReply)); p != nil {
			break
		}
	}
	d.refused(p, wire.CodeTooMany)
	other.poll()
	for range 40 {
		if p = d.ask(""); p != nil {
			break
		}
	}
	d.refused(p, wire.CodeTooMany)
	c.clock.forward(time.Minute)
	d.must(d.ask(""))
}

// A lorry of tablets behind one address, each with a code of its own: nobody
// guesses, so nobody waits. Strangers at the same address still do.
func TestManyTabletsOfOneAddress(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	var all []*tablet
	var codes []string
	for i := range 100 {
		code, _, err := c.fleet.ActivationCode(c.ctx(), c.admin, c.site, fmt.Sprintf("Gate %d", i))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, newTablet(t, c))
		codes = append(codes, code)
	}
	var together sync.WaitGroup
	for i, d := range all {
		together.Go(func() { d.must(d.ask(codes[i])) })
	}
	together.Wait()
	stranger := newTablet(t, c)
	var p *wire.Problem
	for range 40 {
		if p = stranger.ask(""); p != nil {
			break
		}
	}
	stranger.refused(p, wire.CodeTooMany)
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	d := newTablet(t, c)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := pkixKey(t, d.key)
	for what, q := range map[string]any{
		"no key": wire.ClaimRequest{}, "another curve": wire.ClaimRequest{PublicKey: pkixKey(t, p384)},
		"something after the key": wire.ClaimRequest{PublicKey: append(bytes.Clone(good), 0)},
		"a long name":             wire.ClaimRequest{PublicKey: good, Hardware: strings.Repeat("x", 401)},
		"a number":                42, "a list": []string{"x"}, "too much": strings.Repeat("x", 40<<10),
	} {
		t.Run(what, func(*testing.T) { d.refused(d.post(wire.PathClaims, q, &d.claim), wire.CodeBadRequest) })
	}
	d.refused(d.post("/device/v1/nothing", 1, nil), wire.CodeBadRequest)
	d.refused(d.post(wire.PathPoll, wire.PollRequest{DeviceCode: "x"}, nil), wire.CodeUnknownCode)
	d.refused(d.post(wire.PathConfirm, wire.CertificateRequest{DeviceCode: strings.Repeat("x", 500)}, nil), wire.CodeUnknownCode)
	d.activate()
	d.refused(d.post(wire.PathConfirm, wire.CertificateRequest{DeviceCode: d.claim.DeviceCode, CSR: []byte("x")}, nil), wire.CodeBadRequest)
	forged := csr(t, d.key)
	forged[len(forged)-1] ^= 1
	d.refused(d.post(wire.PathConfirm, wire.CertificateRequest{DeviceCode: d.claim.DeviceCode, CSR: forged}, nil), wire.CodeBadRequest)

	odd := newTablet(t, c)
	odd.must(odd.post(wire.PathClaims, wire.ClaimRequest{PublicKey: pkixKey(t, odd.key), Hardware: "Pi\n\x1b[31m 5\u202e!"}, &odd.claim))
	if got, err := c.fleet.Claim(c.ctx(), c.admin, odd.claim.UserCode); err != nil || got.Hardware != "Pi[31m 5!" {
		t.Errorf("the manager sees %q, %v", got.Hardware, err)
	}
	tr := &http.Transport{TLSClientConfig: d.tls()}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Get(c.DeviceURL + wire.PathClaims)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %s, %v", res.Status, err)
	}
}

// The device address takes no old TLS.
func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	for _, address := range []string{strings.TrimPrefix(c.DeviceURL, "https://"), c.MQTT} {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: c.trust(), MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}) //nolint:gosec // that is the point
		if err == nil {
			t.Errorf("%s talks TLS 1.1", address)
			_ = conn.Close() //nolint:errcheck // it should not be there
		}
	}
}
