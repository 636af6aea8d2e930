package access

import "net/netip"

// NetworkKey is the key under which a request's context has the network that it
// comes from (NetworkOf). Wrong passwords are held against it, and not against
// whoever has the account.
type NetworkKey struct{}

// NetworkOf returns what counts as one where attempts of strangers are counted: an
// IPv4 address, or the /64 that one IPv6 subscriber has to himself. It takes an
// address with or without a port; what is none comes back as it is.
func NetworkOf(remote string) string {
	ip, err := netip.ParseAddr(HostOf(remote))
	if err != nil {
		return remote
	}
	ip = ip.Unmap().WithZone("")
	if prefix, err := ip.Prefix(64); err == nil && ip.Is6() {
		return prefix.String()
	}
	return ip.String()
}

// HostOf returns an address without its port, if it has one.
func HostOf(remote string) string {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		return at.Addr().String()
	}
	return remote
}
