package guard

import (
	"errors"
	"net/http"
	"os"
	"time"
)

// Body bounds how long the body of a request may take to come. A handler that still waits
// for it then gets an error that is Slow; it may bound it otherwise by WithinBody. Once the
// body is there, the handler has all the time that it takes.
func Body(h http.Handler, most time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			WithinBody(w, most)
		}
		h.ServeHTTP(w, r)
	})
}

// WithinBody says anew how long the body of a request may take to come, from now on. Call
// it before the body is read to its end: net/http lifts the bound there, since it goes on
// to listen whether the client is still there, and would take a later one for a client
// that has gone.
func WithinBody(w http.ResponseWriter, most time.Duration) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(most)) //nolint:errcheck // a connection has deadlines; what is none needs none
}

// Slow tells whether reading a body failed because it took too long to come.
func Slow(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
