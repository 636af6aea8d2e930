package pages

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
)

// NewSessions returns the sessions that one cookie opens. They end when nobody has
// asked for a page for as long as idle, or so long after signing in as life says.
//
// It is built by hand because scs.New starts a goroutine, for a store that isn't
// used, that nobody can stop.
func NewSessions(store scs.CtxStore, cookie string, idle, life time.Duration, https bool, log *slog.Logger) *scs.SessionManager {
	return &scs.SessionManager{
		IdleTimeout: idle, Lifetime: life, Store: store, Codec: scs.GobCodec{}, HashTokenInStore: true,
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, err error) {
			log.Error("session store", "error", err)
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		},
		Cookie: scs.SessionCookie{
			Name: CookieName(cookie, https), Path: "/", HttpOnly: true, Secure: https, SameSite: http.SameSiteLaxMode, Persist: true,
		},
	}
}

// CookieName says by its prefix, where TLS allows it, that no other server of the
// domain has set the cookie.
func CookieName(name string, https bool) string {
	if https {
		return "__Host-" + name
	}
	return name
}

// ReadersZone is the time zone of the reader's machine, as the page's script found it
// out; nil: nobody knows.
func ReadersZone(r *http.Request) *time.Location {
	cookie, err := r.Cookie("zone")
	if err != nil {
		return nil
	}
	name, err := url.QueryUnescape(cookie.Value)
	if err != nil || name == "" || name == "Local" || len(name) > 64 {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}
