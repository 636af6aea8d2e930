package contact

import (
	"net/mail"
	"net/netip"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

// What is taken at a glance is what the parsers would have taken, as they would.
func TestPlainAddressesAreWhatTheParsersTake(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		local := rapid.StringMatching(`[aZ0._+ "@-]{0,6}`).Draw(r, "local")
		if address := local + "@example.org"; wordsWithDots(local) {
			if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
				r.Errorf("%q is parsed as %v, %v", address, parsed, err)
			}
		}
		domain := rapid.StringMatching(`([a-cxn0-9A.-]{0,5}|xn--[a-z0-9]{1,5}|[a-z]{62,65})(\.([a-z0-9-]{1,4}|de)){0,3}`).Draw(r, "domain")
		if plainDomain(domain) {
			if ascii, err := idna.Lookup.ToASCII(domain); err != nil || ascii != domain {
				r.Errorf("%q is %q, %v", domain, ascii, err)
			}
			if _, err := netip.ParseAddr(domain); err == nil {
				r.Errorf("%q is a numeric address", domain)
			}
		}
	})
	for address, want := range map[[2]string]bool{
		{"anna.berg", "firma-1.de"}: false, {"anna.berg", "firma1.de"}: true, {"a_b-c", "mail.firma.de"}: true, {"a..b", "firma.de"}: false, {".a", "firma.de"}: false,
		{"a", "firma"}: false, {"a", "firma.1"}: false, {"a", "Firma.de"}: false, {"a", "firma..de"}: false, {"a", "firma.d"}: false,
	} {
		if got := wordsWithDots(address[0]) && plainDomain(address[1]); got != want {
			t.Errorf("%v: %v", address, got)
		}
	}
}
