package access_test

import (
	"testing"

	"muster/access"
)

func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1234":               "192.0.2.7",
		"192.0.2.7":                    "192.0.2.7",
		"[::ffff:192.0.2.7]:1234":      "192.0.2.7",
		"::ffff:192.0.2.7":             "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1234":  "2001:db8:1:2::/64",
		"[2001:db8:1:2::9]:9":          "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1":         "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1234":          "fe80::/64",
		"something that is no address": "something that is no address",
	} {
		if got := access.NetworkOf(remote); got != want {
			t.Errorf("%s is in %s, want %s", remote, got, want)
		}
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[2001:db8::9]:9": "2001:db8::9", "[fe80::1%eth0]:5": "fe80::1%eth0",
		"192.0.2.7": "192.0.2.7", "2001:db8::9": "2001:db8::9", "@": "@", "": "",
	} {
		if got := access.HostOf(remote); got != want {
			t.Errorf("%s is of %s, want %s", remote, got, want)
		}
	}
}

// Whatever a connection calls itself, its network is one, however often it is asked
// for.
func FuzzNetworkOf(f *testing.F) {
	for _, s := range []string{"192.0.2.7:1", "[2001:db8::9]:9", "::ffff:192.0.2.7", "fe80::1%eth0", "", "%", "[]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, remote string) {
		once := access.NetworkOf(remote)
		if twice := access.NetworkOf(once); twice != once {
			t.Fatalf("%q is in %q, and that in %q", remote, once, twice)
		}
	})
}
