package guard

import (
	"log/slog"
	"net/http"
	"runtime/debug"
)

// Program is around all handlers that answer programs: headers that every answer has, and
// a net under the handlers. One that panics is logged, and sorry answers in its place.
func Program(h http.Handler, log *slog.Logger, sorry http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				log.ErrorContext(r.Context(), "handler panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				sorry(w, r)
			}
		}()
		h.ServeHTTP(w, r)
	})
}
