package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"muster/access"
	"muster/cloud/pages"
)

// secured sets the headers that every answer carries, and refuses forms that
// another site sends.
func (p *portal) secured(next http.Handler) http.Handler {
	refuse := p.sessions.LoadAndSave(p.public(func(*visit) error { return pages.ErrCrossOrigin }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		pages.Protect(h, p.https)
		h.Set("X-Robots-Tag", "noindex, nofollow")
		joining := strings.HasPrefix(r.URL.Path, "/join/")
		if joining {
			h.Set("Referrer-Policy", "no-referrer") // the address is a secret
		}
		if !p.ours(r, joining) {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), access.NetworkKey{}, access.NetworkOf(p.Address(r)))))
	})
}

// ours tells whether a request that changes something comes from a page of ours.
// Browsers that say nothing about that have no way to send somebody's cookies
// from elsewhere that SameSite doesn't stop; beside it, claiming takes a token.
// A page without a referrer sends the origin "null".
func (p *portal) ours(r *http.Request, joining bool) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" && joining || origin == p.origin {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host && u.Host != ""
}
