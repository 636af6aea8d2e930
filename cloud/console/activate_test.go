package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"muster/access"
)

// Whoever stands before a tablet compares its screen with this page: it says how long
// the code is good, and by which clock.
func TestActivationNamesItsClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.claim("Raspberry Pi 5")
	claim := must(w.fleet.Claim(t.Context(), w.admin.Actor(), code))(t)
	by := func(zone string) string {
		return claim.Expires.In(must(time.LoadLocation(zone))(t)).Format("15:04")
	}
	b := w.as(w.admin.Email)
	b.get("/activate?code="+code).shows(t, http.StatusOK, "15 minutes more", "until "+by("UTC")+" (UTC)") // its sites are in two zones
	w.user(access.SiteManager, "tim@nordwerk.example", w.north.ID)
	m := w.as("tim@nordwerk.example")
	m.get("/activate?code="+code).shows(t, http.StatusOK, "until "+by("Europe/Berlin")+" (Berlin)")
	here := must(url.Parse(w.server.URL))(t)
	for _, of := range []*browser{b, m} {
		of.http.Jar.SetCookies(here, []*http.Cookie{{Name: "zone", Value: "Asia%2FTokyo"}})
		of.get("/activate?code="+code).shows(t, http.StatusOK, "until "+by("Asia/Tokyo")+" (Tokyo)")
		of.http.Jar.SetCookies(here, []*http.Cookie{{Name: "zone", Value: "UTC"}})
		of.get("/activate?code="+code).shows(t, http.StatusOK, "until "+by("UTC")+" (UTC)")
	}
}
