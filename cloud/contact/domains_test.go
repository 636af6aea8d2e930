package contact_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/cloud/contact"
	"muster/invite"
)

// zone answers for a few domains, as *net.Resolver would.
type zone struct {
	mx    map[string][]*net.MX
	hosts map[string][]string
	slow  map[string]bool
	sick  atomic.Bool
	asked atomic.Int32
}

func (z *zone) answer(ctx context.Context, name string) error {
	z.asked.Add(1)
	if z.slow[name] {
		<-ctx.Done()
		return &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true}
	}
	if z.sick.Load() {
		return &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	return nil
}

func (z *zone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	if err := z.answer(ctx, name); err != nil {
		return nil, err
	}
	if mx, ok := z.mx[name]; ok {
		return mx, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupHost(ctx context.Context, name string) ([]string, error) {
	if err := z.answer(ctx, name); err != nil {
		return nil, err
	}
	if hosts, ok := z.hosts[name]; ok {
		return hosts, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func TestDomains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		z := &zone{
			mx:    map[string][]*net.MX{"firma.de.": {{Host: "mx.firma.de.", Pref: 10}}, "nomail.de.": {{Host: "."}}},
			hosts: map[string][]string{"old.de.": {"192.0.2.1"}, "nomail.de.": {"192.0.2.2"}},
			slow:  map[string]bool{"slow.de.": true},
		}
		d := contact.NewDomains(z, 3*time.Second)
		for email, refused := range map[string]bool{
			"a@firma.de": false, "a@old.de": false, "a@nomail.de": true, "a@gone.de": true, "a@slow.de": false, "": false,
		} {
			refusal := d.Check(t.Context(), email)
			if refused != (refusal != nil) || refusal != nil && refusal.Reason != invite.UnknownDomain {
				t.Errorf("Check(%q) = %v, want refused %v", email, refusal, refused)
			}
		}
		if r := d.Check(t.Context(), "a@gmial.com"); r == nil || r.Suggestion != "a@gmail.com" {
			t.Errorf("a slip of the keys suggests nothing: %v", r)
		}
		before := z.asked.Load()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() { d.Check(t.Context(), "b@firma.de") })
		}
		all.Wait()
		if z.asked.Load() != before {
			t.Error("asked again for a domain that is known")
		}
	})
}

func TestTroubleIsNoRefusalAndIsForgotten(t *testing.T) {
	t.Parallel()
	z := &zone{}
	z.sick.Store(true)
	d := contact.NewDomains(z, time.Second)
	if r := d.Check(t.Context(), "a@gone.de"); r != nil {
		t.Errorf("refused while the resolver is sick: %v", r)
	}
	z.sick.Store(false)
	if r := d.Check(t.Context(), "a@gone.de"); r == nil {
		t.Error("taken after the resolver is well again")
	}
}
