package main

import (
	"net"
	"net/url"
	"os"
	"slices"
)

// serverNames returns every name and address under which a tablet may look for
// the cloud: those it listens on, those it tells tablets, and the machine's own.
func serverNames(c serveCommand) []string {
	names := append([]string{"localhost", "127.0.0.1", "::1"}, c.Name...)
	for _, address := range append([]string{c.HTTP, c.Device, c.MQTT}, c.AdvertiseMQTT...) {
		if host, _, err := net.SplitHostPort(address); err == nil {
			names = append(names, host)
		}
	}
	if u, err := url.Parse(c.DeviceURL); err == nil {
		names = append(names, u.Hostname())
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool {
		ip := net.ParseIP(n)
		return n == "" || ip != nil && ip.IsUnspecified()
	})
}

// reachable returns an address that somebody can connect to for one that may
// stand for all of the machine's.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || !net.ParseIP(host).IsUnspecified() {
		return listen
	}
	if host, err = os.Hostname(); err != nil || host == "" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
