package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"time"
)

//go:embed desk.html
var deskHTML string

var deskTemplate = template.Must(template.New("desk").Parse(deskHTML))

// page is what the desk shows.
type page struct {
	Kiosk, Reader, Console string // addresses; Kiosk is empty where it has a window
	Email, Password        string
}

// desk is a page with the kiosk and the card reader side by side.
type desk struct {
	server *http.Server
	done   chan error
}

func openDesk(addr string, p page, parts map[string]*part) (*desk, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open the desk: %w", err)
	}
	d := &desk{done: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_ = deskTemplate.Execute(w, p) // the reader has gone away
	})
	mux.HandleFunc("GET /parts", func(w http.ResponseWriter, _ *http.Request) {
		states := map[string]string{}
		for name, p := range parts {
			states[name] = p.state()
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(states)
	})
	mux.HandleFunc("POST /parts/{part}/{deed}", func(w http.ResponseWriter, r *http.Request) {
		part, err := parts[r.PathValue("part")], error(nil)
		if part == nil {
			http.NotFound(w, r)
			return
		}
		switch r.PathValue("deed") {
		case "on":
			err = part.turn(true)
		case "off":
			err = part.turn(false)
		case "kill":
			err = part.kill()
		default:
			http.NotFound(w, r)
			return
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	// Other pages in the same browser have no business here.
	d.server = &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.NewCrossOriginProtection().Handler(mux)}
	go func() { d.done <- d.server.Serve(l) }()
	return d, nil
}

// Close ends the page.
func (d *desk) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := d.server.Shutdown(ctx); err != nil {
		_ = d.server.Close()
	}
	if err := <-d.done; err != http.ErrServerClosed {
		return fmt.Errorf("the desk: %w", err)
	}
	return nil
}
