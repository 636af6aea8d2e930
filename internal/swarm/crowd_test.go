package swarm

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/attendance"
	"muster/device"
	"muster/device/activation"
	"muster/internal/barebroker"
)

// authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

// credential makes a key and a certificate for a tablet.
func (a authority) credential(t *testing.T, id attendance.DeviceID) device.Credential {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: string(id)}, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return device.Credential{Key: text, Certificate: der}
}

// bareBroker runs a bare broker for a test.
func bareBroker(t *testing.T, a authority) barebroker.Ready {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	ctx, cancel := context.WithCancel(t.Context())
	said, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := barebroker.Run(ctx, pool, t.TempDir(), out)
		_ = out.CloseWithError(io.ErrUnexpectedEOF)
		done <- err
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	var r barebroker.Ready
	if err := json.NewDecoder(said).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

// doorman lets connections through to a broker, but for as many as drop says.
type doorman struct {
	drop atomic.Int64
}

// stand begins at a free address, which it returns.
func (d *doorman) stand(t *testing.T, broker string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			if d.drop.Add(-1) >= 0 {
				_ = in.Close()
				continue
			}
			out, err := net.Dial("tcp", broker)
			if err != nil {
				_ = in.Close()
				continue
			}
			copying := func(to, from net.Conn) {
				_, _ = io.Copy(to, from)
				_ = to.Close()
			}
			wg.Go(func() { copying(out, in) })
			wg.Go(func() { copying(in, out) })
		}
	})
	return l.Addr().String()
}

// newCrowd is tablets with certificates that no cloud has given them.
func newCrowd(t *testing.T, a authority, n int) *Crowd {
	t.Helper()
	w := &Crowd{fleet: &Fleet{Config: Config{Progress: func(string) {}}}, reasons: map[string]int{}}
	t.Cleanup(w.Leave)
	for range n {
		m := &light{crowd: w}
		m.kept.grant.Identity = device.Identity{Org: attendance.NewID[attendance.OrgID](), Device: attendance.NewID[attendance.DeviceID]()}
		m.kept.grant.Credentials.Current = a.credential(t, m.kept.grant.Identity.Device)
		var err error
		m.keeper, err = activation.NewKeeper(t.Context(), activation.KeeperConfig{Store: &m.kept, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		w.lights = append(w.lights, m)
	}
	return w
}

// All of a crowd come back after a storm, and a round that came to nothing is
// counted as what it was.
func TestStormCountsFailedRounds(t *testing.T) {
	t.Parallel()
	const n = 8
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	a := newAuthority(t)
	b := bareBroker(t, a)
	d := &doorman{}
	b.MQTT = d.stand(t, b.MQTT)
	w := newCrowd(t, a, n)
	if _, err := w.JoinBare(ctx, b); err != nil {
		t.Fatal(err)
	}
	for _, failing := range []int{0, 3} {
		w.Reasons()
		d.drop.Store(int64(failing))
		r, err := w.Storm(ctx, 0, nil)
		if err != nil || r.Rounds != n+failing || r.Failed != failing {
			t.Errorf("%d connections were dropped: %+v, %v; %v", failing, r, err, w.Reasons())
		}
	}
}

// Who has no certificate of the authority is not let in by the bare broker either:
// it would be no match for the cloud's otherwise.
func TestBareBrokerWantsCertificates(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	b := bareBroker(t, newAuthority(t))
	w := newCrowd(t, newAuthority(t), 1)
	turned := make(chan string, 1)
	go func() {
		for ctx.Err() == nil {
			for why := range w.Reasons() {
				if why != "not connected yet" {
					turned <- why
					cancel()
					return
				}
			}
			pause(ctx, 5*time.Millisecond)
		}
	}()
	if _, err := w.JoinBare(ctx, b); err == nil {
		t.Fatal("it was let in")
	}
	t.Log(<-turned)
}
