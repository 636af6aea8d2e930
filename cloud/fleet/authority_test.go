package fleet

import (
	"context"
	"crypto/x509"
	"errors"
	"testing"
	"time"
)

// vault is a vault in memory.
type vault map[string][]byte

func (v vault) Secret(_ context.Context, name string, make func() ([]byte, error)) ([]byte, error) {
	if v[name] == nil {
		b, err := make()
		if err != nil {
			return nil, err
		}
		v[name] = b
	}
	return v[name], nil
}

func TestAuthorityIsMadeOnce(t *testing.T) {
	t.Parallel()
	v := vault{}
	first, err := OpenAuthority(t.Context(), v, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenAuthority(t.Context(), v, time.Now)
	if err != nil || !again.cert.Equal(first.cert) {
		t.Errorf("the second time it is another: %v", err)
	}
	if life := time.Until(first.cert.NotAfter); life < 19*365*24*time.Hour || !first.cert.IsCA {
		t.Errorf("it lives %s", life)
	}
	for what, kept := range map[string][]byte{"nothing": {}, "nonsense": []byte("x"), "a certificate only": first.PEM()} {
		if _, err := OpenAuthority(t.Context(), vault{"authority": append([]byte{'\n'}, kept...)}, time.Now); err == nil {
			t.Errorf("%s is taken for an authority", what)
		}
	}
	broken := errors.New("disk is full")
	_, err = OpenAuthority(t.Context(), failing{broken}, time.Now)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Secret(context.Context, string, func() ([]byte, error)) ([]byte, error) {
	return nil, f.err
}

// A tablet checks the name it dialled, whatever its own clock says; the cloud
// makes a new certificate long before the old one ends.
func TestServerCertificate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	a, err := OpenAuthority(t.Context(), vault{}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	s := a.Server("cloud.example", "192.0.2.1")
	serial := func() string {
		t.Helper()
		c, err := s.Certificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"cloud.example", "192.0.2.1"} {
			for _, clock := range []time.Time{now, time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)} {
				if _, err := leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: name, CurrentTime: clock}); err != nil {
					t.Errorf("%s at %s: %v", name, clock, err)
				}
			}
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
			t.Error("it is good for a tablet")
		}
		return leaf.SerialNumber.String()
	}
	first := serial()
	now = now.Add(200 * 24 * time.Hour)
	if serial() != first {
		t.Error("renewed without need")
	}
	now = now.Add(100 * 24 * time.Hour)
	if serial() == first {
		t.Error("not renewed at two thirds of its life")
	}
}

// The first start of all happens on a computer that doesn't know the time yet. Once it
// does, the authority is as good as any.
func TestAuthorityMadeIn1970(t *testing.T) {
	t.Parallel()
	clock := time.Unix(0, 0)
	a, err := OpenAuthority(t.Context(), vault{}, func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	server := a.Server("cloud.example")
	if _, err := server.Certificate(nil); err != nil {
		t.Fatal(err)
	}
	clock = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	cert, err := server.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: "cloud.example", CurrentTime: clock}); err != nil {
		t.Error(err)
	}
}
