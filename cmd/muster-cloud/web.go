package main

import "net/http"

// webHandler is everything on the console address.
func (m *Main) webHandler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("muster-cloud\n")) //nolint:errcheck // whoever asked is gone
	})
	return mux, nil
}
