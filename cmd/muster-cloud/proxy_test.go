package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// Limits go by who asks. Behind a load balancer that is whom it names; nobody
// else can name himself.
func TestWhoAsks(t *testing.T) {
	t.Parallel()
	p := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct{ remote, said, want string }{
		{"10.1.1.1:5000", "192.0.2.7", "192.0.2.7:0"},
		{"10.1.1.1:5000", "6.6.6.6, 192.0.2.7", "192.0.2.7:0"}, // the first is a stranger's own word
		{"10.1.1.1:5000", "192.0.2.7, 10.2.2.2", "192.0.2.7:0"},
		{"10.1.1.1:5000", "10.3.3.3, 10.2.2.2", "10.3.3.3:0"},
		{"10.1.1.1:5000", "", "10.1.1.1:5000"},
		{"10.1.1.1:5000", "nonsense", "10.1.1.1:5000"},
		{"10.1.1.1:5000", "192.0.2.7, nonsense", "10.1.1.1:5000"},
		{"10.1.1.1:5000", "192.0.2.7, nonsense, 10.2.2.2", "10.2.2.2:0"},
		{"[fd00::1]:5000", "2001:db8::1", "[2001:db8::1]:0"},
		{"[::ffff:10.1.1.1]:5000", "192.0.2.7", "192.0.2.7:0"},
		{"203.0.113.9:5000", "192.0.2.7", "203.0.113.9:5000"}, // not one of ours
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": {c.said}}}
		if got := p.client(r); got != c.want {
			t.Errorf("%s saying %q: %s, want %s", c.remote, c.said, got, c.want)
		}
	}
	if got := proxies(nil).client(&http.Request{RemoteAddr: "10.1.1.1:1", Header: http.Header{"X-Forwarded-For": {"192.0.2.7"}}}); got != "10.1.1.1:1" {
		t.Errorf("without proxies: %s", got)
	}
}

// Whatever stands in the header, the answer is an address.
func FuzzWhoAsks(f *testing.F) {
	f.Add("192.0.2.7, 10.1.1.1")
	f.Add(",,::%eth0,")
	p := proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, said string) {
		r := &http.Request{RemoteAddr: "10.1.1.1:5000", Header: http.Header{"X-Forwarded-For": {said}}}
		if _, err := netip.ParseAddrPort(p.client(r)); err != nil {
			t.Errorf("%q: %v", said, err)
		}
	})
}

// Where a load balancer passes TLS on, it says before it who connects. Nobody
// else may.
func TestWhoConnects(t *testing.T) {
	t.Parallel()
	for network, want := range map[string]string{"127.0.0.0/8": "192.0.2.7:4711", "10.0.0.0/8": ""} {
		var lc net.ListenConfig
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l = proxies{netip.MustParsePrefix(network)}.listener(l)
		out, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		const first = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"
		if _, err := out.Write([]byte(first + "hello")); err != nil {
			t.Fatal(err)
		}
		in, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		said := "hello"
		if want == "" {
			want, said = out.LocalAddr().String(), first
		}
		got := make([]byte, len(said))
		if _, err := io.ReadFull(in, got); err != nil || string(got) != said || in.RemoteAddr().String() != want {
			t.Errorf("behind %s: %q from %s, %v; want %q from %s", network, got, in.RemoteAddr(), err, said, want)
		}
		if err := errors.Join(out.Close(), in.Close(), l.Close()); err != nil {
			t.Error(err)
		}
	}
}
