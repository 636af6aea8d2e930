package console_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"muster/cloud/console"
	"muster/cloud/store"
)

// What a page loads is there, may be kept for ever, and comes packed.
func TestPagesLoadWhatIsThere(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("assets/kit/tabler.css"); err != nil {
		t.Fatal("the pages have no style: run scripts/console-assets first")
	}
	w := newWorld(t)
	b := w.browser()
	page := b.get("/login")
	refs := regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(page.body, -1)
	sheet := regexp.MustCompile(`/assets/tokens\.[0-9a-f]+\.css`).FindString(page.body)
	refs = append(refs, regexp.MustCompile(`url\((/assets/[^)]+)\)`).FindAllStringSubmatch(b.get(sheet).body, -1)...)
	if len(refs) < 12 {
		t.Fatalf("only %d files: %v", len(refs), refs)
	}
	for _, ref := range refs {
		r := b.request(http.MethodGet, ref[1], http.NoBody)
		r.Header.Set("Accept-Encoding", "gzip")
		a := b.do(r)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s, %q", ref[1], a.Status, a.Header.Get("Cache-Control"))
		}
		if packed := a.Header.Get("Content-Encoding") == "gzip"; packed == strings.HasSuffix(ref[1], ".woff2") {
			t.Errorf("%s: packed is %v", ref[1], packed)
		}
	}
}

// Behind TLS the cookie never travels without it, and browsers are told so.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	public := must(url.Parse("https://muster.example"))(t)
	h := must(console.New(console.Config{
		People: w.store, Fleet: w.fleet, News: w.bus, Sessions: store.Sessions{Store: w.store}, PublicURL: public, Now: w.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}))(t)
	post := func(origin string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", strings.NewReader(url.Values{"email": {w.admin.Email}, "password": {password}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin) // an old browser, behind a proxy that has another name
		r.Host = "backend:8080"
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Result()
	}
	res := post("https://muster.example")
	defer res.Body.Close() //nolint:errcheck // a recorder's
	cookie := res.Header.Get("Set-Cookie")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(cookie, "__Host-muster=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("%s, cookie %q", res.Status, cookie)
	}
	if hsts := res.Header.Get("Strict-Transport-Security"); !strings.HasPrefix(hsts, "max-age=") {
		t.Errorf("HSTS %q", hsts)
	}
	other := post("https://muster.example.evil.example")
	defer other.Body.Close() //nolint:errcheck // a recorder's
	if other.StatusCode != http.StatusForbidden {
		t.Errorf("from another origin: %s", other.Status)
	}
}

func TestNewNeedsAPublicURL(t *testing.T) {
	t.Parallel()
	if _, err := console.New(console.Config{}); err == nil {
		t.Error("made without a public URL")
	}
}
