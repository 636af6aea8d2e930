package pages_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"muster/cloud/pages"
)

// Whatever a cookie says, the zone is one that exists or none.
func FuzzReadersZone(f *testing.F) {
	for _, s := range []string{"Europe%2FBerlin", "Europe/Berlin", "Local", "", "..%2F..%2Fetc%2Fpasswd", "%zz", "UTC", strings.Repeat("a", 70)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "zone="+value)
		if zone := pages.ReadersZone(r); zone != nil && (zone.String() == "Local" || strings.Contains(zone.String(), "..")) {
			t.Fatalf("%q is the zone %q", value, zone)
		}
	})
}
