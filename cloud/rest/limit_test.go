package rest

import (
	"fmt"
	"testing"
	"time"
)

func TestLimitGivesBackWithTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l := newLimit(func() time.Time { return now }, 3, time.Second)
	for i := range 5 {
		if got, want := l.allow("a"), i < 3; got != want {
			t.Errorf("request %d: %v", i, got)
		}
	}
	if !l.allow("b") {
		t.Error("another address pays for it")
	}
	now = now.Add(2 * time.Second)
	for i := range 4 {
		if got, want := l.allow("a"), i < 2; got != want {
			t.Errorf("request %d, two seconds later: %v", i, got)
		}
	}
}

// However many addresses come, the memory for them is bounded, and who has just
// been refused is rather remembered than who was quiet.
func TestLimitForgets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	l := newLimit(func() time.Time { return now }, 1, time.Minute)
	for i := range maxAddresses {
		l.allow(fmt.Sprint("quiet ", i))
	}
	now = now.Add(time.Hour)
	l.allow("busy") // makes room
	if len(l.addresses) > 1 || l.allow("busy") {
		t.Errorf("%d addresses are remembered", len(l.addresses))
	}
	for i := range 3 * maxAddresses { // all busy
		l.allow(fmt.Sprint("many ", i))
		if len(l.addresses) > maxAddresses {
			t.Fatalf("%d addresses are remembered", len(l.addresses))
		}
	}
}

func TestNeighbourhood(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1234":               "192.0.2.7",
		"[::ffff:192.0.2.7]:1234":      "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1234":  "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:9":          "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1234":          "fe80::/64",
		"something that is no address": "something that is no address",
	} {
		if got := neighbourhood(remote); got != want {
			t.Errorf("%s is in %s, want %s", remote, got, want)
		}
	}
}
