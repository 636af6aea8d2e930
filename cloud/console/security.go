package console

import (
	"context"
	"net/http"

	"muster/access"
	"muster/cloud/pages"
)

// secured sets the headers that every answer carries.
func (c *console) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		pages.Protect(h, c.https)
		h.Set("Content-Security-Policy", pages.ContentPolicy+"; frame-src 'self'") // mails are shown in a frame
		h.Set("Permissions-Policy", "camera=(), "+h.Get("Permissions-Policy"))
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), access.NetworkKey{}, access.NetworkOf(c.address(r)))))
	})
}
