package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"muster/cloud/console"
	"muster/cloud/ratelimit"
	"muster/cloud/rest"
	"muster/cloud/scim"
	"muster/cloud/store"
	"muster/internal/tables"
	"muster/sync/bundle"
)

// webHandler is everything on the console address: the API below /api/, a
// directory's address below /scim/v2/, the employees' portal below /my and /join/, the
// console everywhere else.
func (m *Main) webHandler() (http.Handler, error) {
	public, err := url.Parse(m.public)
	if err != nil {
		return nil, fmt.Errorf("public URL: %w", err)
	}
	imports := bundle.Receiver{Store: m.store, Now: time.Now, Announce: m.edge.Announce}
	files, err := console.NewExporter(console.Config{People: m.store, Fleet: m.fleet, Tables: sheets{}, Still: m.still, Now: time.Now})
	if err != nil {
		return nil, err
	}
	pages, err := console.New(console.Config{
		People: m.store, Fleet: m.fleet, Imports: imports, News: m.edge, Sessions: store.Sessions{Store: m.store},
		PublicURL: public, Now: time.Now, Log: m.log,
		Contacts: tables.Contacts{}, Mail: m.mail.letters, Sheets: sheets{}, Tables: sheets{}, Still: m.still, Lists: tables.Writer{}, QR: square, Outages: m.mail.sender.Outages, Feedback: m.feedback, Operators: m.store, Simulator: m.trial,
	})
	if err != nil {
		return nil, err
	}
	own, err := m.portalHandler(public)
	if err != nil {
		return nil, err
	}
	pace := ratelimit.PerSecond(time.Now, m.rate) // a token has one, whichever way its program comes
	api, err := rest.New(rest.Config{
		Store: m.store, Fleet: m.fleet, Imports: imports, News: m.edge, PublicURL: m.public, Now: time.Now, Logger: m.log, Pace: pace,
		Contacts: tables.Contacts{}, Letters: m.mail.letters, Exports: files,
	})
	if err != nil {
		return nil, err
	}
	directory, err := scim.New(scim.Config{Store: m.store, Contacts: tables.Contacts{}, PublicURL: m.public, Pace: pace, Now: time.Now, Logger: m.log})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	m.healthRoutes(mux)
	m.hookRoutes(mux)
	mux.Handle("/api/", api)
	mux.Handle(scim.Base+"/", directory)
	mux.Handle("/join/", own)
	mux.Handle("/my", own)
	mux.Handle("/my/", own)
	mux.Handle("/", pages)
	return mux, nil
}

// still has lists read as they are at one moment.
func (m *Main) still(ctx context.Context, f func(console.People) error) error {
	return m.store.Still(ctx, func(s *store.Store) error { return f(s) })
}
