package demo

import (
	"context"
	_ "embed"
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

func openDesk(addr string, p page) (*desk, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("open the desk: %w", err)
	}
	d := &desk{done: make(chan error, 1)}
	d.server = &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" || r.Method != http.MethodGet {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			_ = deskTemplate.Execute(w, p) // the reader has gone away
		}),
	}
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
