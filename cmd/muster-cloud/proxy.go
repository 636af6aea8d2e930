package main

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/pires/go-proxyproto"
)

// proxies are the load balancers in front of this cloud, whose word about who
// really asks is taken. Nobody else's is: limits go by the address.
type proxies []netip.Prefix

func (p proxies) has(remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	return p.hasAddr(at.Addr())
}

func (p proxies) hasAddr(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// maxForwarded is more than an honest chain of proxies has.
const maxForwarded = 20

// client returns who asks: the last of those that the proxies name (header
// X-Forwarded-For) who is no proxy himself. What comes before him is his own
// word and counts for nothing.
func (p proxies) client(r *http.Request) string {
	if !p.has(r.RemoteAddr) {
		return r.RemoteAddr
	}
	named := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if len(named) > maxForwarded {
		named = named[len(named)-maxForwarded:]
	}
	found := r.RemoteAddr
	for i := len(named) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(named[i]))
		if err != nil {
			break
		}
		found = netip.AddrPortFrom(a.Unmap(), 0).String()
		if !p.hasAddr(a) {
			break
		}
	}
	return found
}

// behind has h see who really asks.
func (p proxies) behind(h http.Handler) http.Handler {
	if len(p) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client := p.client(r); client != r.RemoteAddr {
			asked := *r
			asked.RemoteAddr, r = client, &asked
		}
		h.ServeHTTP(w, r)
	})
}

// listener is l, with the address of who really connects where a proxy passes
// TLS on untouched and says so before it (PROXY protocol, version 1 or 2).
func (p proxies) listener(l net.Listener) net.Listener {
	if len(p) == 0 {
		return l
	}
	return &proxyproto.Listener{Listener: l, ReadHeaderTimeout: 10 * time.Second, ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
		if p.has(o.Upstream.String()) {
			return proxyproto.USE, nil
		}
		return proxyproto.SKIP, nil
	}}
}
